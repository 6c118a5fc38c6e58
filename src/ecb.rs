//! ECB, the electronic codebook mode (SP 800-38A section 6.1), with PKCS#7 padding.
//!
//! Every block is encrypted by itself: Cⱼ = E(Pⱼ). So equal blocks of a message become equal blocks of the ciphertext,
//! and whoever sees it sees the pattern. **Don't encrypt messages with it.** It is here for old formats, for single
//! random blocks such as keys, and as the base of other modes; for messages see [`cbc`](crate::cbc).
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
    error::{BufferTooShort, DecryptError, DecryptIntoError},
    message,
};

/// Pads and encrypts a message of any length; the ciphertext is 1 to 16 bytes longer, a multiple of 16.
#[cfg(feature = "alloc")]
#[must_use]
pub fn encrypt(key: &Aes, plaintext: &[u8]) -> Vec<u8> {
    message::encrypt(plaintext, |blocks| key.encrypt_blocks(blocks))
}

/// Decrypts a ciphertext and removes the padding.
///
/// # Errors
///
/// [`DecryptError`] if the ciphertext is empty or not whole blocks of 16 bytes, or if the padding is wrong; what was
/// decrypted is wiped then.
#[cfg(feature = "alloc")]
pub fn decrypt(key: &Aes, ciphertext: &[u8]) -> Result<Vec<u8>, DecryptError> {
    message::decrypt(ciphertext, |blocks| key.decrypt_blocks(blocks))
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
    message::encrypt_in_place(buffer, message_len, |blocks| key.encrypt_blocks(blocks))
}

/// Decrypts a ciphertext in place and returns the message, at the beginning of `buffer`; behind it is left the padding.
///
/// # Errors
///
/// [`DecryptError`] if `buffer` is empty or not whole blocks of 16 bytes; nothing was touched then. Or if the padding is
/// wrong; then all of `buffer` was set to zero.
pub fn decrypt_in_place<'b>(key: &Aes, buffer: &'b mut [u8]) -> Result<&'b mut [u8], DecryptError> {
    message::decrypt_in_place(buffer, |blocks| key.decrypt_blocks(blocks))
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
    message::encrypt_into(plaintext, out, |blocks| key.encrypt_blocks(blocks))
}

/// Decrypts a ciphertext into `out`, which must be at least as long, and returns the message, at its beginning; behind it
/// is left the padding. Bytes of `out` past the length of the ciphertext aren't touched.
///
/// # Errors
///
/// [`DecryptIntoError`] if `out` is shorter than the ciphertext, or the latter empty or not whole blocks of 16 bytes;
/// nothing was touched then. Or if the padding is wrong; then as much of `out` as the ciphertext is long was set to zero.
pub fn decrypt_into<'o>(key: &Aes, ciphertext: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], DecryptIntoError> {
    message::decrypt_into(ciphertext, out, |blocks| key.decrypt_blocks(blocks))
}
