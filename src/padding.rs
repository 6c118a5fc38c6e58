//! Padding: how a message of any length becomes whole blocks, and how it comes back.
//!
//! The modes use PKCS#7, and [others](Padding) if they are named in the call. What is in [`pkcs7`] is for protocols that pad
//! in their own way or place, for other block sizes, and for whoever wants to attack it.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater, CtOption};

use crate::Block;

/// A way to fill a message's last block of 16 bytes, and to tell message and padding apart again.
///
/// There are five: [`Pkcs7`], [`Iso7816`], [`AnsiX923`], [`Zero`] and [`NoPadding`], and a protocol that has one of its own may
/// bring it.
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// use roundkey::{Aes128, cbc, padding::Iso7816};
///
/// let (key, iv) = (Aes128::new(&[7; 16]), [9; 16]);
/// let ciphertext = cbc::encrypt_with(&key, &iv, b"for a smart card", Iso7816)?;
/// assert_eq!(ciphertext.len(), 32);
/// assert_eq!(cbc::decrypt_with(&key, &iv, &ciphertext, Iso7816)?, b"for a smart card");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Whatever such a one does, nothing outside its message's buffer is read or written. What it does wrong shows in its own messages: they are
/// encrypted as they are after [`pad`](Self::pad), and cut where [`unpad`](Self::unpad) says, at their end at the latest. If it
/// panics, the buffer is set to zero as far as the padded message or the ciphertext was to reach; what it has copied
/// elsewhere is its own to wipe, and on the stack plaintext may be left.
pub trait Padding {
    /// When a message is padded.
    const ADDED: Added;

    /// Fills a block behind the first `message_len` bytes, 0 to 15 of them, which are the message's.
    fn pad(&self, block: &mut Block, message_len: usize);

    /// How many bytes of a message's last block are the message's, 0 to 16, or none if the padding is wrong; in constant time.
    /// More than 16 are taken for 16.
    #[must_use]
    fn unpad(&self, block: &Block) -> CtOption<u8>;
}

/// When a message is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Added {
    /// Always, by 1 to 16 bytes, so that what is removed was always added.
    Always,
    /// Only if it isn't whole blocks, by 1 to 15 bytes.
    IfNeeded,
    /// Never: it must be whole blocks.
    Never,
}

/// PKCS#7 (RFC 5652 section 6.3): n bytes of the value n, from 1 to 16 of them. What the modes use if nothing else is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pkcs7;

impl Padding for Pkcs7 {
    const ADDED: Added = Added::Always;

    fn pad(&self, block: &mut Block, message_len: usize) {
        let padding = &mut block[message_len..];
        padding.fill(padding.len() as u8);
    }

    fn unpad(&self, block: &Block) -> CtOption<u8> {
        let (right, message_len) = pkcs7::examine(block, BLOCK_SIZE);
        // At most a block's length if it is right.
        CtOption::new(message_len as u8, right)
    }
}

/// ISO/IEC 7816-4, for smart cards: the byte `80`, and zeros up to the end of the block. Also known as the second method of
/// ISO/IEC 9797-1, and to NIST as the padding of SP 800-38A, appendix A: one bit, and zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Iso7816;

impl Padding for Iso7816 {
    const ADDED: Added = Added::Always;

    fn pad(&self, block: &mut Block, message_len: usize) {
        block[message_len..].fill(0);
        block[message_len] = 0x80;
    }

    fn unpad(&self, block: &Block) -> CtOption<u8> {
        let (last, message_len) = last_but_zeros(block);
        CtOption::new(message_len.wrapping_sub(1), last.ct_eq(&0x80))
    }
}

/// ANSI X9.23: zeros, and in the last byte the number of bytes that were added, 1 to 16. Other bytes than zeros are wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AnsiX923;

impl Padding for AnsiX923 {
    const ADDED: Added = Added::Always;

    fn pad(&self, block: &mut Block, message_len: usize) {
        let padding = &mut block[message_len..];
        let padding_len = padding.len();
        padding.fill(0);
        padding[padding_len - 1] = padding_len as u8;
    }

    fn unpad(&self, block: &Block) -> CtOption<u8> {
        let [others @ .., padding] = block;
        let mut right = !padding.ct_eq(&0) & !padding.ct_gt(&BLOCK_SIZE);
        let places_from_the_end = (2..=BLOCK_SIZE).rev();
        for (byte, place) in others.iter().zip(places_from_the_end) {
            right &= place.ct_gt(padding) | byte.ct_eq(&0);
        }
        CtOption::new(BLOCK_SIZE.wrapping_sub(*padding), right)
    }
}

/// Zeros, only if the message isn't whole blocks. **Ambiguous**: zeros at the end of a message are taken for padding, all of
/// those in its last block. So it is for text and for old protocols only; there is no wrong padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Zero;

impl Padding for Zero {
    const ADDED: Added = Added::IfNeeded;

    fn pad(&self, block: &mut Block, message_len: usize) {
        block[message_len..].fill(0);
    }

    fn unpad(&self, block: &Block) -> CtOption<u8> {
        let (_, message_len) = last_but_zeros(block);
        CtOption::new(message_len, Choice::from(1))
    }
}

/// No padding: the message must be whole blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoPadding;

impl Padding for NoPadding {
    const ADDED: Added = Added::Never;

    /// There is nothing to fill.
    fn pad(&self, _: &mut Block, _: usize) {}

    fn unpad(&self, _: &Block) -> CtOption<u8> {
        CtOption::new(BLOCK_SIZE, Choice::from(1))
    }
}

/// The block size of AES, as padding counts it.
const BLOCK_SIZE: u8 = size_of::<Block>() as u8;

/// The last byte that isn't zero, and how many bytes it ends; zero and none if all are zero. In constant time.
fn last_but_zeros(block: &Block) -> (u8, u8) {
    let (mut last, mut len) = (0, 0);
    for (byte, end) in block.iter().zip(1..) {
        let further = !byte.ct_eq(&0);
        last.conditional_assign(byte, further);
        len.conditional_assign(&end, further);
    }
    (last, len)
}

pub mod pkcs7 {
    //! PKCS#7 padding (RFC 5652 section 6.3), for blocks of 1 to 255 bytes.
    //!
    //! The message is followed by n bytes of the value n, where n, from 1 to the block size, makes whole blocks. There is
    //! always at least one, so that the last byte can tell: a message that fills its blocks gets one block more.
    //!
    //! Removing it looks at the last block, at all of it, in the same steps whatever it holds. What is done with the answer is another matter: see [`DecryptError`](crate::DecryptError).

    use subtle::{Choice, ConstantTimeEq, ConstantTimeGreater, CtOption};

    use crate::error::{BufferTooShort, PadError, UnpadError};

    /// The length in bytes of a padded message, the next multiple of `block_size` above `message_len`.
    ///
    /// `None` if `block_size` is 0 or if no `usize` is so large.
    ///
    /// ```
    /// use roundkey::padding::pkcs7::padded_len;
    /// assert_eq!(padded_len(15, 16), Some(16));
    /// assert_eq!(padded_len(16, 16), Some(32));
    /// assert_eq!(padded_len(usize::MAX, 16), None);
    /// ```
    #[must_use]
    pub const fn padded_len(message_len: usize, block_size: u8) -> Option<usize> {
        let block_size = block_size as usize;
        match message_len.checked_rem(block_size) {
            Some(over) => message_len.checked_add(block_size - over),
            None => None,
        }
    }

    /// Pads the message that the first `message_len` bytes of `buffer` hold, and returns message and padding together.
    ///
    /// # Errors
    ///
    /// [`PadError`] if `block_size` is 0 or if `buffer` is shorter than [`padded_len`]; then nothing was written.
    ///
    /// ```
    /// use roundkey::padding::pkcs7;
    ///
    /// let mut buffer = *b"message.....";
    /// assert_eq!(pkcs7::pad(&mut buffer, 7, 5)?, b"message\x03\x03\x03");
    /// # Ok::<(), roundkey::PadError>(())
    /// ```
    pub fn pad(buffer: &mut [u8], message_len: usize, block_size: u8) -> Result<&mut [u8], PadError> {
        if block_size == 0 {
            return Err(PadError::BlockSize);
        }
        Ok(fill(buffer, message_len, padded_len(message_len, block_size))?)
    }

    /// Writes the padding between `message_len` and `padded_len`, where the latter is what [`padded_len`] said.
    pub(crate) fn fill(
        buffer: &mut [u8],
        message_len: usize,
        padded_len: Option<usize>,
    ) -> Result<&mut [u8], BufferTooShort> {
        let padded_len = padded_len.unwrap_or(usize::MAX);
        BufferTooShort::check(buffer.len(), padded_len)?;
        let padded = &mut buffer[..padded_len];
        // At most the block size, which is a byte.
        let padding = (padded_len - message_len) as u8;
        padded[message_len..].fill(padding);
        Ok(padded)
    }

    /// The message in `padded`: all but the padding, in constant time but for the length of the result.
    ///
    /// # Errors
    ///
    /// [`UnpadError`] if `block_size` is 0, if `padded` is empty or not whole blocks, or if its end is not PKCS#7
    /// padding. Which byte was wrong is not told, not by its timing either.
    ///
    /// ```
    /// use roundkey::{UnpadError, padding::pkcs7};
    ///
    /// assert_eq!(pkcs7::unpad(b"message\x03\x03\x03", 5), Ok(&b"message"[..]));
    /// assert_eq!(pkcs7::unpad(b"message\x02\x03\x03", 5), Err(UnpadError::Padding));
    /// assert_eq!(pkcs7::unpad(b"message", 5), Err(UnpadError::Length { given: 7, block_size: 5 }));
    /// ```
    pub fn unpad(padded: &[u8], block_size: u8) -> Result<&[u8], UnpadError> {
        if block_size == 0 {
            return Err(UnpadError::BlockSize);
        }
        if !is_whole_blocks(padded, block_size) {
            return Err(UnpadError::Length { given: padded.len(), block_size });
        }
        let (right, message_len) = examine(padded, block_size);
        verdict(right, message_len).and_then(|message_len| padded.get(..message_len)).ok_or(UnpadError::Padding)
    }

    /// The verdict on a padding that was [examined](examine): the length of the message, if it is right. Or on a tag that was
    /// compared.
    ///
    /// Here a secret becomes public, and nowhere else in this crate: whether the padding or the tag is right, and if so how
    /// long the message is, as whoever gets the message gets its length. `tests/constant_time`, which lets nothing else pass, knows
    /// this function by its name, so it must stay one.
    #[inline(never)]
    pub(crate) fn verdict(right: Choice, message_len: usize) -> Option<usize> {
        bool::from(right).then_some(message_len)
    }

    /// The length of the message in `padded`, as a choice that isn't made yet: in constant time throughout.
    ///
    /// For protocols that must not branch on the padding before they have done other things, such as checking a MAC. A
    /// `block_size` of 0 and a length that isn't whole blocks, which are no secrets, give `None` too. The function
    /// decides and changes nothing: wiping what must not be seen is the caller's.
    ///
    /// ```
    /// use roundkey::padding::pkcs7::unpad_ct;
    ///
    /// let message_len = unpad_ct(b"message\x03\x03\x03", 5);
    /// let decision = message_len.is_some(); // a `subtle::Choice`, to be combined with others
    /// assert!(bool::from(decision));
    /// assert_eq!(message_len.into_option(), Some(7));
    /// assert!(bool::from(unpad_ct(b"message\x03\x03\x04", 5).is_none()));
    /// ```
    #[must_use]
    pub fn unpad_ct(padded: &[u8], block_size: u8) -> CtOption<usize> {
        if !is_whole_blocks(padded, block_size) {
            return CtOption::new(0, Choice::from(0));
        }
        let (right, message_len) = examine(padded, block_size);
        CtOption::new(message_len, right)
    }

    /// Whether the padding of whole blocks is right, and if so the length of the message; in constant time throughout.
    pub(crate) fn examine(padded: &[u8], block_size: u8) -> (Choice, usize) {
        let block = &padded[padded.len() - usize::from(block_size)..];
        let padding = block[block.len() - 1];

        // The padding is right if it is neither 0 nor longer than the block, and if the last `padding` bytes equal it. Every
        // byte is compared; whether the comparison counts is decided by another, on the byte's place.
        let mut right = !padding.ct_eq(&0) & !padding.ct_gt(&block_size);
        let places_from_the_end = (1..=block_size).rev();
        for (byte, place) in block.iter().zip(places_from_the_end) {
            let in_message = place.ct_gt(&padding);
            right &= in_message | byte.ct_eq(&padding);
        }
        // Where the padding is wrong the difference may be below zero; then nobody gets to see it.
        (right, padded.len().wrapping_sub(usize::from(padding)))
    }

    /// Whether `padded` can be the result of padding at all: one block or more, none of them cut.
    fn is_whole_blocks(padded: &[u8], block_size: u8) -> bool {
        !padded.is_empty() && padded.len().checked_rem(usize::from(block_size)) == Some(0)
    }
}
