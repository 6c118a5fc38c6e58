//! One small error for each thing that can go wrong. None of them carries anything secret.

use core::fmt;

/// The key's length is not one of those that AES, or the type that was asked for, takes (FIPS-197 section 5, Figure 4).
///
/// ```
/// use roundkey::{Aes, Aes128};
///
/// let error = Aes::new(b"fifteen bytes..").unwrap_err();
/// assert_eq!(error.to_string(), "key of 15 bytes: AES takes 16, 24 or 32");
/// let error = Aes128::try_from(&[0; 32][..]).unwrap_err();
/// assert_eq!(error.to_string(), "key of 32 bytes: AES-128 takes 16");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKeyLength {
    given: usize,
    expected: &'static [usize],
}

impl InvalidKeyLength {
    /// That the key's length is one of `expected`: all three, or the only one.
    pub(crate) fn check(key: &[u8], expected: &'static [usize]) -> Result<(), Self> {
        if expected.contains(&key.len()) { Ok(()) } else { Err(InvalidKeyLength { given: key.len(), expected }) }
    }

    /// The length of the key that was given, in bytes.
    #[must_use]
    pub fn given(&self) -> usize {
        self.given
    }

    /// The lengths that would have been right, in bytes.
    #[must_use]
    pub fn expected(&self) -> &'static [usize] {
        self.expected
    }
}

impl fmt::Display for InvalidKeyLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key of {}: ", Bytes(self.given))?;
        match self.expected {
            [one] => write!(f, "AES-{} takes {one}", 8 * one),
            [16, ..] => f.write_str("AES takes 16, 24 or 32"),
            _ => f.write_str("CBC with HMAC takes 32, 48 or 64"),
        }
    }
}

/// The output buffer can't hold the result. Nothing was read or written.
///
/// ```
/// use roundkey::{Aes128, ecb};
///
/// // 16 bytes of message and a whole block of padding need 32.
/// let error = ecb::encrypt_into(&Aes128::new(&[0; 16]), &[0; 16], &mut [0; 31]).unwrap_err();
/// assert_eq!((error.given(), error.needed()), (31, 32));
/// assert_eq!(error.to_string(), "buffer of 31 bytes: 32 are needed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferTooShort {
    given: usize,
    needed: usize,
}

impl BufferTooShort {
    /// That a buffer of `given` bytes holds `needed` bytes.
    pub(crate) fn check(given: usize, needed: usize) -> Result<(), Self> {
        if given >= needed { Ok(()) } else { Err(BufferTooShort { given, needed }) }
    }

    /// The length of the buffer that was given, in bytes.
    #[must_use]
    pub fn given(&self) -> usize {
        self.given
    }

    /// The length that is needed, in bytes; [`usize::MAX`] if no buffer can be that long.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.needed
    }
}

impl fmt::Display for BufferTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "buffer of {}: ", Bytes(self.given))?;
        match self.needed {
            1 => f.write_str("1 is needed"),
            usize::MAX => f.write_str("more are needed than a buffer can have"),
            needed => write!(f, "{needed} are needed"),
        }
    }
}

/// The message is shorter than a block, and ciphertext stealing has nothing to steal from: see [`cts`](crate::cts).
///
/// ```
/// use roundkey::{Aes128, cts, cts::Variant};
///
/// let key = Aes128::new(&[0; 16]);
/// let error = cts::encrypt_in_place(&key, &[0; 16], Variant::Cs1, &mut [0; 15]).unwrap_err();
/// assert_eq!(error.given(), 15);
/// assert_eq!(error.to_string(), "message of 15 bytes: ciphertext stealing takes 16 or more");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageTooShort {
    given: usize,
}

impl MessageTooShort {
    /// That a message has 16 bytes or more.
    pub(crate) fn check(message: &[u8]) -> Result<(), Self> {
        if message.len() >= 16 { Ok(()) } else { Err(MessageTooShort { given: message.len() }) }
    }

    /// The length of the message or ciphertext that was given, in bytes.
    #[must_use]
    pub fn given(&self) -> usize {
        self.given
    }
}

impl fmt::Display for MessageTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message of {}: ciphertext stealing takes 16 or more", Bytes(self.given))
    }
}

/// A message couldn't be encrypted with the padding that was asked for.
///
/// ```
/// use roundkey::{Aes128, EncryptError, ecb, padding::NoPadding};
///
/// let key = Aes128::new(&[0; 16]);
/// let error = ecb::encrypt_in_place_with(&key, &mut [0; 32], 17, NoPadding).unwrap_err();
/// assert_eq!(error, EncryptError::Length(17));
/// assert_eq!(error.to_string(), "message of 17 bytes: not a multiple of 16, and without padding");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncryptError {
    /// The message has this many bytes, which is no multiple of 16, and with
    /// [`NoPadding`](crate::padding::NoPadding) it can't be made one. Nothing was touched.
    Length(usize),
    /// The buffer can't hold message and padding. Nothing was touched.
    Buffer(BufferTooShort),
}

impl From<BufferTooShort> for EncryptError {
    fn from(error: BufferTooShort) -> Self {
        EncryptError::Buffer(error)
    }
}

impl fmt::Display for EncryptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncryptError::Length(given) => {
                write!(f, "message of {}: not a multiple of 16, and without padding", Bytes(*given))
            }
            EncryptError::Buffer(error) => error.fmt(f),
        }
    }
}

/// Decryption with padding failed: the ciphertext's length, or its padding, can't be right.
///
/// It says nothing more, as whoever can send ciphertexts and learn more about the padding can read every message (a
/// *padding oracle*; for CBC even this much, told to the sender, is enough). To the outside, answer every failure alike,
/// and check a MAC over the ciphertext before you decrypt: [`cbc_hmac`](crate#features) does both.
///
/// ```
/// use roundkey::{Aes128, DecryptError, ecb};
///
/// let key = Aes128::new(&[0; 16]);
/// let error = ecb::decrypt_in_place(&key, &mut [0; 17]).unwrap_err();
/// assert_eq!(error, DecryptError::Length(17));
/// assert_eq!(error.to_string(), "ciphertext of 17 bytes: not a multiple of 16");
/// let error = ecb::decrypt_in_place(&key, &mut [0; 16]).unwrap_err();
/// assert_eq!(error.to_string(), "wrong padding");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecryptError {
    /// The ciphertext has this many bytes, which is zero or no multiple of 16. Nothing was touched.
    Length(usize),
    /// The padding is wrong. The whole output was set to zero.
    Padding,
}

impl fmt::Display for DecryptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecryptError::Length(0) => {
                f.write_str("ciphertext of 0 bytes: even an empty message has 16 bytes of padding")
            }
            DecryptError::Length(given) => write!(f, "ciphertext of {}: not a multiple of 16", Bytes(*given)),
            DecryptError::Padding => f.write_str("wrong padding"),
        }
    }
}

/// Decryption from one buffer into another failed.
///
/// The buffer must hold the whole ciphertext, padding included, and is checked before anything is decrypted: if a buffer
/// for the message alone were enough, its being too short would tell how long the padding is.
///
/// ```
/// use roundkey::{Aes128, DecryptError, DecryptIntoError, ecb};
///
/// let key = Aes128::new(&[0; 16]);
/// let error = ecb::decrypt_into(&key, &[0; 32], &mut [0; 31]).unwrap_err();
/// assert_eq!(error.to_string(), "buffer of 31 bytes: 32 are needed");
/// let error = ecb::decrypt_into(&key, &[0; 32], &mut [0; 32]).unwrap_err();
/// assert_eq!(error, DecryptIntoError::Decrypt(DecryptError::Padding));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecryptIntoError {
    /// The output buffer is shorter than the ciphertext. Nothing was touched.
    Buffer(BufferTooShort),
    /// The ciphertext's length or its padding is wrong.
    Decrypt(DecryptError),
}

impl From<BufferTooShort> for DecryptIntoError {
    fn from(error: BufferTooShort) -> Self {
        DecryptIntoError::Buffer(error)
    }
}

impl From<DecryptError> for DecryptIntoError {
    fn from(error: DecryptError) -> Self {
        DecryptIntoError::Decrypt(error)
    }
}

impl fmt::Display for DecryptIntoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecryptIntoError::Buffer(error) => error.fmt(f),
            DecryptIntoError::Decrypt(error) => error.fmt(f),
        }
    }
}

/// Padding couldn't be added: see [`pkcs7::pad`](crate::padding::pkcs7::pad). Nothing was touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadError {
    /// The block size is 0: PKCS#7 is for 1 to 255.
    BlockSize,
    /// The buffer can't hold message and padding.
    Buffer(BufferTooShort),
}

impl From<BufferTooShort> for PadError {
    fn from(error: BufferTooShort) -> Self {
        PadError::Buffer(error)
    }
}

impl fmt::Display for PadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PadError::BlockSize => f.write_str(BLOCK_SIZE),
            PadError::Buffer(error) => error.fmt(f),
        }
    }
}

/// Padding couldn't be removed: see [`pkcs7::unpad`](crate::padding::pkcs7::unpad).
///
/// Like [`DecryptError`] it tells a wrong length from wrong padding and nothing more.
///
/// ```
/// use roundkey::padding::pkcs7;
///
/// let error = pkcs7::unpad(b"message", 5).unwrap_err();
/// assert_eq!(error.to_string(), "padded message of 7 bytes: not a multiple of 5");
/// let error = pkcs7::unpad(b"messages\x03\x02", 5).unwrap_err();
/// assert_eq!(error.to_string(), "wrong padding");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnpadError {
    /// The block size is 0: PKCS#7 is for 1 to 255.
    BlockSize,
    /// The padded message has `given` bytes, which is zero or no multiple of `block_size`.
    Length {
        /// The length of the padded message, in bytes.
        given: usize,
        /// The block size that was asked for, in bytes.
        block_size: u8,
    },
    /// The padding is wrong.
    Padding,
}

impl fmt::Display for UnpadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnpadError::BlockSize => f.write_str(BLOCK_SIZE),
            UnpadError::Length { given: 0, block_size } => {
                let padding = Bytes(usize::from(*block_size));
                write!(f, "padded message of 0 bytes: even an empty message has {padding} of padding")
            }
            UnpadError::Length { given, block_size } => {
                write!(f, "padded message of {}: not a multiple of {block_size}", Bytes(*given))
            }
            UnpadError::Padding => f.write_str("wrong padding"),
        }
    }
}

/// A sealed message couldn't be opened: see [`cbc_hmac`](crate::cbc_hmac).
///
/// ```
/// use roundkey::{OpenError, cbc_hmac::Key};
///
/// let key = Key::a128cbc_hs256(&[7; 32]);
/// let error = key.open_in_place(&[9; 16], &mut [0; 17], &[0; 16], b"").unwrap_err();
/// assert_eq!(error, OpenError::Length { given: 17, least: 16 });
/// assert_eq!(error.to_string(), "sealed message of 17 bytes: expected 16, or more by a multiple of 16");
/// let error = key.open_in_place(&[9; 16], &mut [0; 16], &[0; 16], b"").unwrap_err();
/// assert_eq!(error.to_string(), "wrong tag: not sealed with this key and this additional data, or changed since");
/// ```
#[cfg(feature = "cbc-hmac")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// What was `given` has so many bytes, but what is sealed has `least`, or more by a multiple of 16. Nothing was touched.
    Length {
        /// The bytes that were given.
        given: usize,
        /// The bytes of the shortest sealed message.
        least: usize,
    },
    /// It was not sealed with this key, IV and additional data, or was changed since. Nothing was decrypted; or, if somebody who
    /// has the key made a right tag for a wrong padding, all of it was wiped.
    Tag,
}

#[cfg(feature = "cbc-hmac")]
impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Length { given, least } => {
                write!(f, "sealed message of {}: expected {least}, or more by a multiple of 16", Bytes(*given))
            }
            OpenError::Tag => {
                f.write_str("wrong tag: not sealed with this key and this additional data, or changed since")
            }
        }
    }
}

/// The operating system has no random bytes to give.
///
/// On most systems that never happens.
#[cfg(feature = "getrandom")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomError {
    raw_os_error: Option<i32>,
}

#[cfg(feature = "getrandom")]
impl RandomError {
    pub(crate) fn new(source: getrandom::Error) -> Self {
        RandomError { raw_os_error: source.raw_os_error() }
    }

    /// The operating system's number for what went wrong, if it is from there.
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        self.raw_os_error
    }
}

#[cfg(feature = "getrandom")]
impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no random bytes from the operating system")?;
        match self.raw_os_error {
            Some(number) => write!(f, ": its error {number}"),
            None => Ok(()),
        }
    }
}

const BLOCK_SIZE: &str = "block size of 0: PKCS#7 pads to blocks of 1 to 255 bytes";

impl core::error::Error for InvalidKeyLength {}
impl core::error::Error for BufferTooShort {}
impl core::error::Error for MessageTooShort {}
impl core::error::Error for EncryptError {}
impl core::error::Error for DecryptError {}
impl core::error::Error for DecryptIntoError {}
impl core::error::Error for PadError {}
impl core::error::Error for UnpadError {}
#[cfg(feature = "cbc-hmac")]
impl core::error::Error for OpenError {}
#[cfg(feature = "getrandom")]
impl core::error::Error for RandomError {}

/// A number of bytes in words: "1 byte", "17 bytes".
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} byte{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

#[cfg(all(test, feature = "getrandom"))]
mod tests {
    extern crate std;

    use std::string::ToString;

    use super::RandomError;

    /// An operating system that has no random bytes can't be had for a test.
    #[test]
    fn no_random_bytes() {
        let error = RandomError { raw_os_error: Some(5) };
        assert_eq!(error.raw_os_error(), Some(5));
        assert_eq!(error.to_string(), "no random bytes from the operating system: its error 5");
        let error = RandomError::new(getrandom::Error::UNSUPPORTED);
        assert_eq!(error.raw_os_error(), None);
        assert_eq!(error.to_string(), "no random bytes from the operating system");
    }
}
