//! CBC byte by byte: messages that come in pieces of any length.
//!
//! Whole blocks go on at once; what is left over waits for the next piece. In decryption the last block waits as well, as only
//! the end of the message tells that it was the last, and holds the padding.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::{borrow::Borrow, fmt, ops::Deref};

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Aes, Block, cbc,
    error::{BufferTooShort, DecryptError, EncryptError},
    message,
    padding::{Padding, Pkcs7},
};

const BLOCK_SIZE: usize = size_of::<Block>();

/// Encrypts a message that comes in pieces of any length, and pads it at the end; without allocation.
///
/// ```
/// use roundkey::{Aes128, cbc};
///
/// let (key, iv) = (Aes128::new(&[7; 16]), [9; 16]);
/// let mut encryptor = cbc::StreamEncryptor::new(&key, &iv);
/// let mut out = [0; 64];
/// assert_eq!(encryptor.update(b"seven b", &mut out)?.len(), 0); // waits
/// assert_eq!(encryptor.update(b"and twenty more bytes", &mut out)?.len(), 16);
/// assert_eq!(encryptor.finish()?.len(), 16);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With the feature `alloc`, into a `Vec`:
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// # use roundkey::{Aes128, cbc};
/// # let (key, iv) = (Aes128::new(&[7; 16]), [9; 16]);
/// let mut encryptor = cbc::StreamEncryptor::new(&key, &iv);
/// let mut ciphertext = Vec::new();
/// for piece in ["a message ", "that comes ", "in pieces"] {
///     encryptor.update_vec(piece.as_bytes(), &mut ciphertext);
/// }
/// ciphertext.extend_from_slice(&encryptor.finish()?);
/// assert_eq!(ciphertext, cbc::encrypt(&key, &iv, b"a message that comes in pieces"));
/// # }
/// # Ok::<(), roundkey::EncryptError>(())
/// ```
#[derive(Clone)]
#[must_use = "`finish` gives the last block"]
pub struct StreamEncryptor<'k, P = Pkcs7>(Stream<&'k Aes, P>);

impl<'k> StreamEncryptor<'k> {
    /// Begins a message with its IV of 16 bytes; it will be padded by PKCS#7.
    pub fn new(key: &'k Aes, iv: &Block) -> Self {
        Self::with_padding(key, iv, Pkcs7)
    }
}

impl<'k, P: Padding> StreamEncryptor<'k, P> {
    /// The same with another padding.
    pub fn with_padding(key: &'k Aes, iv: &Block, padding: P) -> Self {
        StreamEncryptor(Stream::new(key, iv, padding))
    }

    /// How many bytes [`update`](Self::update) will write for a piece of this many: whole blocks.
    #[must_use]
    pub fn update_len(&self, piece_len: usize) -> usize {
        self.0.encryption_len(piece_len)
    }

    /// Takes a piece of the message and writes what it makes whole, to the beginning of `out`; returns that.
    ///
    /// # Errors
    ///
    /// [`BufferTooShort`] if `out` is shorter than [`update_len`](Self::update_len). Nothing was taken or touched then.
    pub fn update<'o>(&mut self, piece: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], BufferTooShort> {
        let len = self.update_len(piece.len());
        BufferTooShort::check(out.len(), len)?;
        let out = &mut out[..len];
        self.0.encrypt(piece, out);
        Ok(out)
    }

    /// The same, and appends what is written to a `Vec`.
    #[cfg(feature = "alloc")]
    pub fn update_vec(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let (start, len) = (out.len(), self.update_len(piece.len()));
        out.resize(start + len, 0);
        self.0.encrypt(piece, &mut out[start..]);
    }

    /// Pads what waits and returns the last block, 16 bytes, or none if the padding didn't need one.
    ///
    /// # Errors
    ///
    /// [`EncryptError::Length`] if the message is not whole blocks and the padding is
    /// [`NoPadding`](crate::padding::NoPadding).
    pub fn finish(self) -> Result<LastBytes, EncryptError> {
        self.0.finish_encryption()
    }
}

/// Decrypts a ciphertext that comes in pieces of any length, and removes the padding at the end; without allocation.
///
/// **What [`update`](Self::update) returns was not checked by anything**, and has left this type's hands when
/// [`finish`](Self::finish) finds the padding wrong. The last block is held back until then.
///
/// ```
/// use roundkey::{Aes128, cbc};
///
/// let (key, iv) = (Aes128::new(&[7; 16]), [9; 16]);
/// let mut ciphertext = [0; 32];
/// cbc::encrypt_into(&key, &iv, b"more bytes than a block has", &mut ciphertext)?;
///
/// let mut decryptor = cbc::StreamDecryptor::new(&key, &iv);
/// let mut out = [0; 32];
/// assert_eq!(decryptor.update(&ciphertext[..20], &mut out)?, b"more bytes than ");
/// assert_eq!(decryptor.update(&ciphertext[20..], &mut out)?, b"");
/// assert_eq!(*decryptor.finish()?, *b"a block has");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "`finish` checks the padding and gives the last bytes"]
pub struct StreamDecryptor<'k, P = Pkcs7>(Stream<&'k Aes, P>);

impl<'k> StreamDecryptor<'k> {
    /// Begins a ciphertext with its IV of 16 bytes; the padding is PKCS#7.
    pub fn new(key: &'k Aes, iv: &Block) -> Self {
        Self::with_padding(key, iv, Pkcs7)
    }
}

impl<'k, P: Padding> StreamDecryptor<'k, P> {
    /// The same with another padding.
    pub fn with_padding(key: &'k Aes, iv: &Block, padding: P) -> Self {
        StreamDecryptor(Stream::new(key, iv, padding))
    }

    /// How many bytes [`update`](Self::update) will write for a piece of this many: whole blocks, but never the last.
    #[must_use]
    pub fn update_len(&self, piece_len: usize) -> usize {
        self.0.decryption_len(piece_len)
    }

    /// Takes a piece of the ciphertext and writes what it makes whole, to the beginning of `out`; returns that.
    ///
    /// # Errors
    ///
    /// [`BufferTooShort`] if `out` is shorter than [`update_len`](Self::update_len). Nothing was taken or touched then.
    pub fn update<'o>(&mut self, piece: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], BufferTooShort> {
        let len = self.update_len(piece.len());
        BufferTooShort::check(out.len(), len)?;
        let out = &mut out[..len];
        self.0.decrypt(piece, out);
        Ok(out)
    }

    /// The same, and appends what is written to a `Vec`.
    #[cfg(feature = "alloc")]
    pub fn update_vec(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let (start, len) = (out.len(), self.update_len(piece.len()));
        out.resize(start + len, 0);
        self.0.decrypt(piece, &mut out[start..]);
    }

    /// Decrypts the last block, removes the padding and returns what is left of the message, 0 to 16 bytes.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] if the ciphertext was empty or not whole blocks of 16 bytes, or if the padding is wrong. Then what
    /// [`update`](Self::update) returned is to be thrown away.
    pub fn finish(self) -> Result<LastBytes, DecryptError> {
        self.0.finish_decryption()
    }
}

/// What both directions have, and in each of them what is done: with a key of its own or with somebody else's.
#[derive(Clone)]
pub(crate) struct Stream<K, P> {
    key: K,
    /// The last ciphertext block, or the IV.
    chain: Block,
    padding: P,
    waiting: Waiting,
}

impl<K: Borrow<Aes>, P: Padding> Stream<K, P> {
    pub(crate) fn new(key: K, iv: &Block, padding: P) -> Self {
        Stream { key, chain: *iv, padding, waiting: Waiting::new() }
    }

    /// How many bytes wait: at most a block.
    #[cfg(feature = "std")]
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len
    }

    /// How many bytes a piece gives.
    pub(crate) fn encryption_len(&self, piece_len: usize) -> usize {
        self.waiting.whole(piece_len, 0)
    }

    pub(crate) fn decryption_len(&self, piece_len: usize) -> usize {
        self.waiting.whole(piece_len, 1)
    }

    /// Takes a piece; `out` has the length that it gives.
    pub(crate) fn encrypt(&mut self, piece: &[u8], out: &mut [u8]) {
        self.waiting.advance(piece, out);
        cbc::encrypt_blocks(self.key.borrow(), &mut self.chain, out.as_chunks_mut().0);
    }

    pub(crate) fn decrypt(&mut self, piece: &[u8], out: &mut [u8]) {
        self.waiting.advance(piece, out);
        cbc::decrypt_blocks(self.key.borrow(), &mut self.chain, out.as_chunks_mut().0);
    }

    /// The same in place: `bytes` are room for [what waits](Self::waiting), and then a piece. Returns how many are ready.
    #[cfg(feature = "std")]
    pub(crate) fn encrypt_in_place(&mut self, bytes: &mut [u8]) -> usize {
        let whole = self.waiting.advance_in_place(bytes, 0);
        cbc::encrypt_blocks(self.key.borrow(), &mut self.chain, bytes[..whole].as_chunks_mut().0);
        whole
    }

    #[cfg(feature = "std")]
    pub(crate) fn decrypt_in_place(&mut self, bytes: &mut [u8]) -> usize {
        let whole = self.waiting.advance_in_place(bytes, 1);
        cbc::decrypt_blocks(self.key.borrow(), &mut self.chain, bytes[..whole].as_chunks_mut().0);
        whole
    }

    pub(crate) fn finish_encryption(&self) -> Result<LastBytes, EncryptError> {
        let waiting = self.waiting.bytes();
        if message::check_message(&self.padding, waiting.len()).is_err() {
            return Err(EncryptError::Length(self.waiting.total));
        }
        let mut last = LastBytes::new();
        let block = |block: &mut [Block]| cbc::encrypt_blocks(self.key.borrow(), &mut { self.chain }, block);
        last.len = message::encrypt_into(waiting, &mut last.bytes, &self.padding, block)?.len();
        Ok(last)
    }

    pub(crate) fn finish_decryption(&self) -> Result<LastBytes, DecryptError> {
        let waiting = self.waiting.bytes();
        let mut last = LastBytes::new();
        let buffer = &mut last.bytes[..waiting.len()];
        buffer.copy_from_slice(waiting);
        let block = |block: &mut [Block]| cbc::decrypt_blocks(self.key.borrow(), &mut { self.chain }, block);
        last.len = match message::decrypt_in_place(buffer, &self.padding, block) {
            Ok(message) => message.len(),
            // What was wrong is the length of it all.
            Err(DecryptError::Length(_)) => return Err(DecryptError::Length(self.waiting.total)),
            Err(error) => return Err(error),
        };
        Ok(last)
    }
}

/// The last bytes of a ciphertext or of a message, 0 to 16: a slice, for all that one does with it. Wiped when dropped.
#[derive(Clone)]
#[must_use = "they belong to the ciphertext or to the message"]
pub struct LastBytes {
    bytes: Block,
    len: usize,
}

impl LastBytes {
    fn new() -> Self {
        LastBytes { bytes: [0; 16], len: 0 }
    }
}

impl Deref for LastBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl AsRef<[u8]> for LastBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Drop for LastBytes {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl ZeroizeOnDrop for LastBytes {}

/// Bytes that wait for more to come: at most a block. Wiped when dropped.
#[derive(Clone)]
struct Waiting {
    bytes: Block,
    len: usize,
    /// How many have come in all, or as many as a `usize` can say.
    total: usize,
}

impl Waiting {
    fn new() -> Self {
        Waiting { bytes: [0; 16], len: 0, total: 0 }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// How many bytes become whole blocks when so many come, if at least `held_back` stay.
    fn whole(&self, more: usize, held_back: usize) -> usize {
        // No slice is so long that this would be more than a `usize`.
        self.len.saturating_add(more).saturating_sub(held_back) / BLOCK_SIZE * BLOCK_SIZE
    }

    /// What waits and what comes, as much as `out` has room for, and the rest waits.
    fn advance(&mut self, piece: &[u8], out: &mut [u8]) {
        self.total = self.total.saturating_add(piece.len());
        if out.is_empty() {
            self.bytes[self.len..][..piece.len()].copy_from_slice(piece);
            self.len += piece.len();
            return;
        }
        let (first, then) = out.split_at_mut(self.len);
        first.copy_from_slice(&self.bytes[..self.len]);
        let (now, later) = piece.split_at(then.len());
        then.copy_from_slice(now);
        self.bytes[..later.len()].copy_from_slice(later);
        self.len = later.len();
    }
}

#[cfg(feature = "std")]
impl Waiting {
    /// What waits, put before a piece that is there already, and the rest waits; returns how many bytes are whole blocks.
    fn advance_in_place(&mut self, bytes: &mut [u8], held_back: usize) -> usize {
        let (first, piece) = bytes.split_at_mut(self.len);
        first.copy_from_slice(&self.bytes[..self.len]);
        self.total = self.total.saturating_add(piece.len());
        let whole = self.whole(piece.len(), held_back);
        let later = &bytes[whole..];
        self.bytes[..later.len()].copy_from_slice(later);
        self.len = later.len();
        whole
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for LastBytes {
    /// Shows how many they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastBytes").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<P> fmt::Debug for StreamEncryptor<'_, P> {
    /// Shows the backend.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamEncryptor").field("backend", &self.0.key.backend()).finish_non_exhaustive()
    }
}

impl<P> fmt::Debug for StreamDecryptor<'_, P> {
    /// Shows the backend.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamDecryptor").field("backend", &self.0.key.backend()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Aes128, padding::NoPadding};

    /// What has come in is told if it was no whole blocks, past 2³² bytes too, where a `usize` says so many; or else the most that it
    /// says, which isn't whole blocks either.
    #[test]
    fn counts_past_any_number() {
        let key = Aes128::new(&[7; 16]);
        let [u32_max, max] = [u32::MAX as usize, usize::MAX];
        for (before, then, expected) in [
            (u32_max - 20, 16, u32_max - 4),
            (u32_max - 15, 30, u32_max.saturating_add(15)),
            (u32_max.saturating_add(1), 5, u32_max.saturating_add(6)),
            (max - 15, 15, max),
            (max - 4, 5, max),
            (max - 4, 6, max),
            (max, 31, max),
        ] {
            let mut stream = Stream::new(&*key, &[9; 16], NoPadding);
            let mut out = [0; 32];
            // As after so many; of them, those wait that aren't whole blocks.
            stream.waiting.total = before;
            stream.waiting.len = before % BLOCK_SIZE;
            let mut decryption = stream.clone();

            let len = stream.encryption_len(then);
            stream.encrypt(&[5; 31][..then], &mut out[..len]);
            assert_eq!(stream.waiting.total, expected, "{before} bytes and {then}");
            if stream.waiting.len != 0 {
                assert_eq!(stream.finish_encryption().unwrap_err(), EncryptError::Length(expected));
            }

            let len = decryption.decryption_len(then);
            decryption.decrypt(&[5; 31][..then], &mut out[..len]);
            assert_eq!(decryption.waiting.total, expected, "{before} bytes and {then}");
            if !decryption.waiting.len.is_multiple_of(BLOCK_SIZE) {
                assert_eq!(decryption.finish_decryption().unwrap_err(), DecryptError::Length(expected));
            }
        }
    }
}
