//! CBC that notices changes: `A128CBC-HS256`, `A192CBC-HS384` and `A256CBC-HS512` (RFC 7518 section 5.2, feature
//! `cbc-hmac`). **If no old format ties you, begin here.**
//!
//! The message is padded and encrypted by [CBC](crate::cbc), and then a *tag* is made by HMAC over all that the receiver
//! relies on (*encrypt-then-MAC*):
//!
//! ```text
//! key = MAC_KEY ‖ ENC_KEY, two halves
//! E   = CBC-PKCS7(ENC_KEY, IV, message)
//! tag = the first half of HMAC(MAC_KEY, AAD ‖ IV ‖ E ‖ length of AAD in bits, as 64 bits)
//! ```
//!
//! Who opens it compares the tag before anything is decrypted. So a message that was changed, by a bit or by a clever
//! choice of blocks, is refused as a whole, always with the same error and before its padding matters: there is no padding
//! oracle. *AAD*, additional authenticated data, is what receiver and sender know both without sending it in secret: a
//! header, a file's name, the message's number. It isn't part of what is sealed, but opening needs the same.
//!
//! | algorithm | key | AES | HMAC | tag |
//! |---|---|---|---|---|
//! | `A128CBC-HS256` | 32 bytes | AES-128 | SHA-256 | 16 bytes |
//! | `A192CBC-HS384` | 48 bytes | AES-192 | SHA-384 | 24 bytes |
//! | `A256CBC-HS512` | 64 bytes | AES-256 | SHA-512 | 32 bytes |
//!
//! ```
//! # #[cfg(all(feature = "alloc", feature = "getrandom"))] {
//! use roundkey::{cbc_hmac, random_key};
//!
//! let secret = random_key()?; // 64 bytes, which the receiver needs too
//! let key = cbc_hmac::Key::a256cbc_hs512(&secret);
//! let sealed = key.seal(b"attack at dawn", b"message 17")?; // IV, ciphertext and tag in one
//! assert_eq!(key.open(&sealed, b"message 17")?, b"attack at dawn");
//! assert!(key.open(&sealed, b"message 18").is_err());
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it leaves to you: keys (one for each direction, and a number in the AAD, or messages can be sent back and sent
//! again), and messages of a length that fits in memory, as nothing may be believed before all of it was checked.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::{fmt, ops::Deref};

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::{Sha256, Sha384, Sha512};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Aes, Backend, Block, cbc,
    error::{BufferTooShort, InvalidKeyLength, OpenError},
    message,
    padding::{Pkcs7, pkcs7},
};
#[cfg(all(feature = "alloc", feature = "getrandom"))]
use crate::{error::RandomError, random_iv};

/// Blocks that are encrypted, and go into the tag while they are in the fastest memory.
const PIECE: usize = 4096 / BLOCK_SIZE;
const BLOCK_SIZE: usize = size_of::<Block>();

/// A key for sealing and opening messages: 32, 48 or 64 bytes, of which the first half is for the tag and the second for
/// encryption (RFC 7518 section 5.2.2.1).
///
/// It is wiped when dropped, shows nothing of itself, and may be shared between threads. Making and using one may leave copies
/// of the half for the tag on the stack, and making one of the other: the crate `hmac` moves what it works with.
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// use roundkey::cbc_hmac::Key;
///
/// let key = Key::new(&[7; 48])?; // A192CBC-HS384
/// let iv = [9; 16]; // in earnest: random, and another one for every message
/// let sealed = key.seal_with_iv(&iv, b"attack at dawn", b"");
/// assert_eq!(sealed.len(), 16 + 16 + 24);
/// assert_eq!(key.open(&sealed, b"")?, b"attack at dawn");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Key {
    cipher: Aes,
    mac: Mac,
}

impl Key {
    /// A key whose length chooses the algorithm: 32 bytes `A128CBC-HS256`, 48 `A192CBC-HS384`, 64 `A256CBC-HS512`. For
    /// the [fastest backend](Backend::detect).
    ///
    /// # Errors
    ///
    /// [`InvalidKeyLength`] if the key has another length.
    pub fn new(key: &[u8]) -> Result<Self, InvalidKeyLength> {
        Self::with_backend(key, Backend::detect())
    }

    /// The same for the given backend.
    ///
    /// # Errors
    ///
    /// [`InvalidKeyLength`] if the key has another length.
    pub fn with_backend(key: &[u8], backend: Backend) -> Result<Self, InvalidKeyLength> {
        InvalidKeyLength::check(key, &[32, 48, 64])?;
        Ok(Self::halves(key, backend))
    }

    /// A key of 32 bytes for `A128CBC-HS256` (RFC 7518 section 5.2.3).
    #[must_use]
    pub fn a128cbc_hs256(key: &[u8; 32]) -> Self {
        Self::halves(key, Backend::detect())
    }

    /// A key of 48 bytes for `A192CBC-HS384` (RFC 7518 section 5.2.4).
    #[must_use]
    pub fn a192cbc_hs384(key: &[u8; 48]) -> Self {
        Self::halves(key, Backend::detect())
    }

    /// A key of 64 bytes for `A256CBC-HS512` (RFC 7518 section 5.2.5).
    #[must_use]
    pub fn a256cbc_hs512(key: &[u8; 64]) -> Self {
        Self::halves(key, Backend::detect())
    }

    /// The backend that this key uses for AES.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.cipher.backend()
    }

    /// The length of the tag in bytes: 16, 24 or 32.
    #[must_use]
    pub fn tag_len(&self) -> usize {
        self.mac.tag_len()
    }

    /// Seals a message of any length under a random IV: IV, ciphertext and tag in one, 33 to 64 bytes longer than the
    /// message. `aad` is authenticated with it and not contained in it.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the operating system has no random bytes to give.
    #[cfg(all(feature = "alloc", feature = "getrandom"))]
    pub fn seal(&self, plaintext: &[u8], aad: &[u8]) -> Result<Vec<u8>, RandomError> {
        Ok(self.seal_with_iv(&random_iv()?, plaintext, aad))
    }

    /// The same under an IV of one's own: 16 bytes that nobody could foresee, others for every message.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn seal_with_iv(&self, iv: &Block, plaintext: &[u8], aad: &[u8]) -> Vec<u8> {
        let padded_len = plaintext.len() + BLOCK_SIZE - plaintext.len() % BLOCK_SIZE;
        // As long as needed from the beginning: growing would leave a copy of the message behind.
        let mut sealed = Vec::with_capacity(BLOCK_SIZE + padded_len + self.tag_len());
        sealed.extend_from_slice(iv);
        sealed.extend_from_slice(plaintext);
        sealed.resize(BLOCK_SIZE + padded_len, 0);
        let Ok((_, tag)) = self.seal_in_place(iv, &mut sealed[BLOCK_SIZE..], plaintext.len(), aad) else {
            unreachable!("there is room")
        };
        sealed.extend_from_slice(&tag);
        sealed
    }

    /// Opens what [`seal`](Self::seal) or [`seal_with_iv`](Self::seal_with_iv) gave, and returns the message.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if nothing sealed can be of this length, or if it was not sealed with this key and this `aad`, or was
    /// changed since: then nothing was decrypted.
    #[cfg(feature = "alloc")]
    pub fn open(&self, sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>, OpenError> {
        let ciphertext_len = check_length(sealed.len(), BLOCK_SIZE + self.tag_len())?;
        let (iv, rest) = sealed.split_at(BLOCK_SIZE);
        let (ciphertext, tag) = rest.split_at(ciphertext_len);
        let iv = &iv.as_chunks().0[0];
        self.verify(iv, aad, ciphertext, tag)?;
        cbc::decrypt(&self.cipher, iv, ciphertext).map_err(|_| OpenError::Tag)
    }

    /// Seals, in place, the message in the first `message_len` bytes of `buffer`; returns the ciphertext and the tag, which
    /// go to the receiver with the IV: 16 bytes that nobody could foresee, others for every message.
    ///
    /// # Errors
    ///
    /// [`BufferTooShort`] if `buffer` can't hold the message and its padding, 1 to 16 bytes. Nothing was touched then.
    ///
    /// ```
    /// use roundkey::cbc_hmac::Key;
    ///
    /// let (key, iv) = (Key::a128cbc_hs256(&[7; 32]), [9; 16]);
    /// let mut buffer = *b"thirteen byte, and room for more";
    /// let (ciphertext, tag) = key.seal_in_place(&iv, &mut buffer, 13, b"header")?;
    /// assert_eq!((ciphertext.len(), tag.len()), (16, 16));
    /// assert_eq!(key.open_in_place(&iv, ciphertext, &tag, b"header")?, b"thirteen byte");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn seal_in_place<'b>(
        &self,
        iv: &Block,
        buffer: &'b mut [u8],
        message_len: usize,
        aad: &[u8],
    ) -> Result<(&'b mut [u8], Tag), BufferTooShort> {
        let mut mac = self.mac_over(aad, iv);
        let ciphertext = message::encrypt_in_place(buffer, message_len, &Pkcs7, |blocks| {
            let mut encryptor = cbc::Encryptor::new(&self.cipher, iv);
            for piece in blocks.chunks_mut(PIECE) {
                encryptor.encrypt_blocks(piece);
                mac.update(piece.as_flattened());
            }
        })?;
        Ok((ciphertext, mac.tag(aad)))
    }

    /// Opens in place what [`seal_in_place`](Self::seal_in_place) gave, and returns the message, at the beginning of
    /// `buffer`; behind it is left the padding. `buffer` holds the ciphertext, a multiple of 16 bytes.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if `buffer` is empty or not whole blocks of 16 bytes, or if this is not what was sealed with this key,
    /// IV and `aad`. Nothing was decrypted and nothing touched then. (Somebody who has the key can make a right tag for a
    /// wrong padding. Then the error is the same, and `buffer` was set to zero.)
    pub fn open_in_place<'b>(
        &self,
        iv: &Block,
        buffer: &'b mut [u8],
        tag: &[u8],
        aad: &[u8],
    ) -> Result<&'b mut [u8], OpenError> {
        check_length(buffer.len(), 0)?;
        self.verify(iv, aad, buffer, tag)?;
        cbc::decrypt_in_place(&self.cipher, iv, buffer).map_err(|_| OpenError::Tag)
    }

    /// For a key whose length is right already.
    fn halves(key: &[u8], backend: Backend) -> Self {
        let (mac_key, enc_key) = key.split_at(key.len() / 2);
        Key { cipher: Aes::expand(enc_key, backend), mac: Mac::new(mac_key) }
    }

    /// That this is the tag of all this; a tag of another length is wrong.
    fn verify(&self, iv: &Block, aad: &[u8], ciphertext: &[u8], tag: &[u8]) -> Result<(), OpenError> {
        let mut mac = self.mac_over(aad, iv);
        mac.update(ciphertext);
        pkcs7::verdict((*mac.tag(aad)).ct_eq(tag), 0).map(|_| ()).ok_or(OpenError::Tag)
    }

    /// What begins every tag.
    fn mac_over(&self, aad: &[u8], iv: &Block) -> Mac {
        let mut mac = self.mac.clone();
        mac.update(aad);
        mac.update(iv);
        mac
    }
}

/// The length of the ciphertext in so many bytes, of which `others` are for IV and tag.
fn check_length(given: usize, others: usize) -> Result<usize, OpenError> {
    match given.checked_sub(others) {
        Some(len) if len != 0 && len.is_multiple_of(BLOCK_SIZE) => Ok(len),
        _ => Err(OpenError::Length { given, least: others + BLOCK_SIZE }),
    }
}

impl TryFrom<&[u8]> for Key {
    type Error = InvalidKeyLength;

    fn try_from(key: &[u8]) -> Result<Self, InvalidKeyLength> {
        Key::new(key)
    }
}

impl fmt::Debug for Key {
    /// Shows the algorithm and the backend and nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = match self.mac {
            Mac::Sha256(..) => "A128CBC-HS256",
            Mac::Sha384(_) => "A192CBC-HS384",
            Mac::Sha512(_) => "A256CBC-HS512",
        };
        let mut debug = f.debug_struct("Key");
        debug.field("algorithm", &algorithm).field("backend", &self.backend()).finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for Key {}

/// What tells a sealed message from any other: 16, 24 or 32 bytes, by the algorithm; a slice, for all that one does with it.
///
/// Opening compares it. Whoever compares it elsewhere does so in constant time, with its `ct_eq`, as whoever learns how much of a
/// tag is right can find the rest. Wiped when dropped.
#[derive(Clone)]
pub struct Tag {
    bytes: [u8; 32],
    len: usize,
}

impl ConstantTimeEq for Tag {
    fn ct_eq(&self, other: &Self) -> Choice {
        (**self).ct_eq(&**other)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tag").field("len", &self.len).finish_non_exhaustive()
    }
}

impl Drop for Tag {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl ZeroizeOnDrop for Tag {}

impl Deref for Tag {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl AsRef<[u8]> for Tag {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// HMAC with one of the three hashes, from the key on.
#[derive(Clone)]
enum Mac {
    Sha256(Hmac<Sha256>, #[expect(dead_code, reason = "it is zeros, and stays so")] Rest),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

/// What a shorter HMAC doesn't use of the place for the longest: zeros. If nobody said what is there, moving it would take along
/// what was on the stack, copies of other keys included.
type Rest = [u8; size_of::<Hmac<Sha512>>() - size_of::<Hmac<Sha256>>()];

impl Mac {
    /// For a key of 16, 24 or 32 bytes.
    fn new(key: &[u8]) -> Self {
        match key.len() {
            16 => Mac::Sha256(hmac(key), [0; _]),
            24 => Mac::Sha384(hmac(key)),
            _ => Mac::Sha512(hmac(key)),
        }
    }

    fn tag_len(&self) -> usize {
        match self {
            Mac::Sha256(..) => 16,
            Mac::Sha384(_) => 24,
            Mac::Sha512(_) => 32,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Mac::Sha256(mac, _) => mac.update(bytes),
            Mac::Sha384(mac) => mac.update(bytes),
            Mac::Sha512(mac) => mac.update(bytes),
        }
    }

    /// The end of every tag, and then its first half.
    fn tag(mut self, aad: &[u8]) -> Tag {
        let bits = 8 * aad.len() as u64; // no slice has 2⁶¹ bytes
        self.update(&bits.to_be_bytes());
        let mut tag = Tag { bytes: [0; 32], len: self.tag_len() };
        let bytes = &mut tag.bytes[..tag.len];
        match self {
            Mac::Sha256(mac, _) => bytes.copy_from_slice(&mac.finalize().into_bytes()[..bytes.len()]),
            Mac::Sha384(mac) => bytes.copy_from_slice(&mac.finalize().into_bytes()[..bytes.len()]),
            Mac::Sha512(mac) => bytes.copy_from_slice(&mac.finalize().into_bytes()[..bytes.len()]),
        }
        tag
    }
}

fn hmac<M: KeyInit>(key: &[u8]) -> M {
    let Ok(mac) = M::new_from_slice(key) else { unreachable!("HMAC takes keys of any length") };
    mac
}
