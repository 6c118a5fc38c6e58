//! ECB, the electronic codebook mode (SP 800-38A section 6.1), with PKCS#7 padding.
//!
//! Every block is encrypted by itself: Cⱼ = E(Pⱼ). So equal blocks of a message become equal blocks of the ciphertext,
//! and whoever sees it sees the pattern. **Don't encrypt messages with it.** It is here for old formats, for single
//! random blocks such as keys, and as the base of other modes; for messages see
//! [`cbc_hmac`](crate#features) and [`cbc`](crate::cbc).
//!
//! Whole blocks without padding: [`Aes::encrypt_blocks`](crate::Aes::encrypt_blocks).
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use roundkey::{Aes128, ecb};
//!
//! let key = Aes128::new(b"sixteen byte key");
//! let ciphertext = ecb::encrypt(&key, b"any number of bytes");
//! assert_eq!(ciphertext.len(), 32);
//! assert_eq!(ecb::decrypt(&key, &ciphertext)?, b"any number of bytes");
//! # }
//! # Ok::<(), roundkey::DecryptError>(())
//! ```

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use crate::{
    Aes,
    error::{BufferTooShort, DecryptError, DecryptIntoError, EncryptError},
    message,
    padding::{Padding, Pkcs7},
};

/// Pads and encrypts a message of any length; the ciphertext is 1 to 16 bytes longer, a multiple of 16.
#[cfg(feature = "alloc")]
#[must_use]
pub fn encrypt(key: &Aes, plaintext: &[u8]) -> Vec<u8> {
    message::encrypt(plaintext, &Pkcs7, |blocks| key.encrypt_blocks(blocks))
}

/// Decrypts a ciphertext and removes the padding.
///
/// # Errors
///
/// [`DecryptError`] if the ciphertext is empty or not whole blocks of 16 bytes, or if the padding is wrong; what was
/// decrypted is wiped then.
#[cfg(feature = "alloc")]
pub fn decrypt(key: &Aes, ciphertext: &[u8]) -> Result<Vec<u8>, DecryptError> {
    message::decrypt(ciphertext, &Pkcs7, |blocks| key.decrypt_blocks(blocks))
}

/// Pads and encrypts, in place, the message in the first `message_len` bytes of `buffer`; returns the ciphertext.
///
/// # Errors
///
/// [`BufferTooShort`] if `buffer` can't hold the message and its padding, 1 to 16 bytes. Nothing was touched then.
///
/// ```
/// use roundkey::{Aes128, ecb};
///
/// let key = Aes128::new(&[7; 16]);
/// let mut buffer = *b"thirteen byte, and room for more";
/// let ciphertext = ecb::encrypt_in_place(&key, &mut buffer, 13)?;
/// assert_eq!(ciphertext.len(), 16);
/// assert_eq!(ecb::decrypt_in_place(&key, ciphertext)?, b"thirteen byte");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encrypt_in_place<'b>(
    key: &Aes,
    buffer: &'b mut [u8],
    message_len: usize,
) -> Result<&'b mut [u8], BufferTooShort> {
    message::encrypt_in_place(buffer, message_len, &Pkcs7, |blocks| key.encrypt_blocks(blocks))
}

/// Decrypts a ciphertext in place and returns the message, at the beginning of `buffer`; behind it is left the padding.
///
/// # Errors
///
/// [`DecryptError`] if `buffer` is empty or not whole blocks of 16 bytes; nothing was touched then. Or if the padding is
/// wrong; then all of `buffer` was set to zero.
pub fn decrypt_in_place<'b>(key: &Aes, buffer: &'b mut [u8]) -> Result<&'b mut [u8], DecryptError> {
    message::decrypt_in_place(buffer, &Pkcs7, |blocks| key.decrypt_blocks(blocks))
}

/// Pads and encrypts a message into `out` and returns the ciphertext, at its beginning; bytes behind it aren't touched.
///
/// # Errors
///
/// [`BufferTooShort`] if `out` can't hold the message and its padding, 1 to 16 bytes. Nothing was touched then.
///
/// ```
/// use roundkey::{Aes128, ecb};
///
/// let key = Aes128::new(&[7; 16]);
/// let mut out = [0; 100];
/// assert_eq!(ecb::encrypt_into(&key, b"a message", &mut out)?.len(), 16);
/// # Ok::<(), roundkey::BufferTooShort>(())
/// ```
pub fn encrypt_into<'o>(key: &Aes, plaintext: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], BufferTooShort> {
    message::encrypt_into(plaintext, out, &Pkcs7, |blocks| key.encrypt_blocks(blocks))
}

/// Decrypts a ciphertext into `out`, which must be at least as long, and returns the message, at its beginning; behind it
/// is left the padding. Bytes of `out` past the length of the ciphertext aren't touched.
///
/// # Errors
///
/// [`DecryptIntoError`] if `out` is shorter than the ciphertext, or the latter empty or not whole blocks of 16 bytes;
/// nothing was touched then. Or if the padding is wrong; then as much of `out` as the ciphertext is long was set to zero.
pub fn decrypt_into<'o>(key: &Aes, ciphertext: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], DecryptIntoError> {
    message::decrypt_into(ciphertext, out, &Pkcs7, |blocks| key.decrypt_blocks(blocks))
}

/// [`encrypt`] with another padding than PKCS#7, and so with the others below.
///
/// # Errors
///
/// [`EncryptError::Length`] if the message is not whole blocks of 16 bytes and the padding is [`NoPadding`](crate::padding::NoPadding).
///
/// ```
/// use roundkey::{Aes128, ecb, padding::Zero};
///
/// let key = Aes128::new(&[7; 16]);
/// let ciphertext = ecb::encrypt_with(&key, b"text", Zero)?;
/// assert_eq!(ecb::decrypt_with(&key, &ciphertext, Zero)?, b"text");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "alloc")]
pub fn encrypt_with(key: &Aes, plaintext: &[u8], padding: impl Padding) -> Result<Vec<u8>, EncryptError> {
    message::check_message(&padding, plaintext.len())?;
    Ok(message::encrypt(plaintext, &padding, |blocks| key.encrypt_blocks(blocks)))
}

/// [`decrypt`] with another padding.
///
/// # Errors
///
/// [`DecryptError`] as there; but an empty ciphertext is right for a padding that isn't [always](crate::padding::Added::Always) added.
#[cfg(feature = "alloc")]
pub fn decrypt_with(key: &Aes, ciphertext: &[u8], padding: impl Padding) -> Result<Vec<u8>, DecryptError> {
    message::decrypt(ciphertext, &padding, |blocks| key.decrypt_blocks(blocks))
}

/// [`encrypt_in_place`] with another padding.
///
/// # Errors
///
/// [`EncryptError`] if `buffer` can't hold message and padding, or if the message is not whole blocks of 16 bytes and the
/// padding is [`NoPadding`](crate::padding::NoPadding). Nothing was touched then.
pub fn encrypt_in_place_with<'b>(
    key: &Aes,
    buffer: &'b mut [u8],
    message_len: usize,
    padding: impl Padding,
) -> Result<&'b mut [u8], EncryptError> {
    message::check_message(&padding, message_len)?;
    Ok(message::encrypt_in_place(buffer, message_len, &padding, |blocks| key.encrypt_blocks(blocks))?)
}

/// [`decrypt_in_place`] with another padding.
///
/// # Errors
///
/// [`DecryptError`] as there; but an empty ciphertext is right for a padding that isn't [always](crate::padding::Added::Always) added.
pub fn decrypt_in_place_with<'b>(
    key: &Aes,
    buffer: &'b mut [u8],
    padding: impl Padding,
) -> Result<&'b mut [u8], DecryptError> {
    message::decrypt_in_place(buffer, &padding, |blocks| key.decrypt_blocks(blocks))
}

/// [`encrypt_into`] with another padding.
///
/// # Errors
///
/// [`EncryptError`] if `out` can't hold message and padding, or if the message is not whole blocks of 16 bytes and the
/// padding is [`NoPadding`](crate::padding::NoPadding). Nothing was touched then.
pub fn encrypt_into_with<'o>(
    key: &Aes,
    plaintext: &[u8],
    out: &'o mut [u8],
    padding: impl Padding,
) -> Result<&'o mut [u8], EncryptError> {
    message::check_message(&padding, plaintext.len())?;
    Ok(message::encrypt_into(plaintext, out, &padding, |blocks| key.encrypt_blocks(blocks))?)
}

/// [`decrypt_into`] with another padding.
///
/// # Errors
///
/// [`DecryptIntoError`] as there; but an empty ciphertext is right for a padding that isn't [always](crate::padding::Added::Always) added.
pub fn decrypt_into_with<'o>(
    key: &Aes,
    ciphertext: &[u8],
    out: &'o mut [u8],
    padding: impl Padding,
) -> Result<&'o mut [u8], DecryptIntoError> {
    message::decrypt_into(ciphertext, out, &padding, |blocks| key.decrypt_blocks(blocks))
}
