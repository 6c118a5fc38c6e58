//! CBC with ciphertext stealing: any message of 16 bytes or more, and a ciphertext as long as the message (addendum to SP
//! 800-38A).
//!
//! There is no padding, and so no padding oracle. The message is encrypted as [CBC](crate::cbc) does it, its last block
//! filled with zeros. Of the last block but one, the ciphertext then has only as many bytes as the last block of the message
//! had: the others are to be had again by decrypting the last block, as the zeros brought nothing to them.
//!
//! The addendum has three [variants](Variant), which differ in the order of the last two blocks. Kerberos has the third (RFC
//! 3962). All that is said of CBC holds here too: a fresh, unpredictable IV for each message, sent along, and a MAC over IV
//! and ciphertext. Where messages may get longer, [`cbc_hmac`](crate#features) sees to that.
//!
//! ```
//! use roundkey::{Aes128, cts, cts::Variant};
//!
//! let key = Aes128::new(b"sixteen byte key");
//! let iv = [0x24; 16]; // in earnest: random, and another one for every message
//! let mut message = *b"seventeen bytes..";
//! cts::encrypt_in_place(&key, &iv, Variant::Cs3, &mut message)?;
//! cts::decrypt_in_place(&key, &iv, Variant::Cs3, &mut message)?;
//! assert_eq!(&message, b"seventeen bytes..");
//! # Ok::<(), roundkey::MessageTooShort>(())
//! ```

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::{
    Aes, Block,
    cbc::{Decryptor, Encryptor},
    error::MessageTooShort,
};

/// How the ciphertext ends (addendum to SP 800-38A, section 3). A message of 16 bytes is a block of CBC in all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// CBC-CS1: the last block but one, cut, and then the last, whole. A message of whole blocks is as with CBC.
    Cs1,
    /// CBC-CS2: as the first if the message is of whole blocks, or else as the third.
    Cs2,
    /// CBC-CS3: the last block, whole, and then the last but one, cut or not. So with Kerberos.
    Cs3,
}

impl Variant {
    /// Whether the last two blocks change places, when the last one of the message has this many bytes.
    fn swaps(self, last_len: usize) -> bool {
        match self {
            Variant::Cs1 => false,
            Variant::Cs2 => last_len < size_of::<Block>(),
            Variant::Cs3 => true,
        }
    }
}

/// Encrypts a message of 16 bytes or more; the ciphertext has the same length.
///
/// # Errors
///
/// [`MessageTooShort`] if the message has less than 16 bytes.
#[cfg(feature = "alloc")]
pub fn encrypt(key: &Aes, iv: &Block, variant: Variant, plaintext: &[u8]) -> Result<Vec<u8>, MessageTooShort> {
    MessageTooShort::check(plaintext)?;
    let mut buffer = plaintext.to_vec();
    encrypt_in_place(key, iv, variant, &mut buffer)?;
    Ok(buffer)
}

/// Decrypts a ciphertext of 16 bytes or more; the message has the same length.
///
/// # Errors
///
/// [`MessageTooShort`] if the ciphertext has less than 16 bytes. Nothing else can go wrong: whether the ciphertext was
/// changed, a MAC must tell.
#[cfg(feature = "alloc")]
pub fn decrypt(key: &Aes, iv: &Block, variant: Variant, ciphertext: &[u8]) -> Result<Vec<u8>, MessageTooShort> {
    MessageTooShort::check(ciphertext)?;
    let mut buffer = ciphertext.to_vec();
    decrypt_in_place(key, iv, variant, &mut buffer)?;
    Ok(buffer)
}

/// Encrypts a message of 16 bytes or more in place.
///
/// # Errors
///
/// [`MessageTooShort`] if the message has less than 16 bytes. Nothing was touched then.
pub fn encrypt_in_place(key: &Aes, iv: &Block, variant: Variant, buffer: &mut [u8]) -> Result<(), MessageTooShort> {
    MessageTooShort::check(buffer)?;
    let mut encryptor = Encryptor::new(key, iv);
    let (blocks, rest) = buffer.as_chunks_mut();
    encryptor.encrypt_blocks(blocks);
    if rest.is_empty() {
        swap_whole(variant, blocks);
    } else if let Some(cut) = blocks.last_mut() {
        // The rest and its zeros.
        let mut last = [Block::default()];
        last[0][..rest.len()].copy_from_slice(rest);
        encryptor.encrypt_blocks(&mut last);
        rest.copy_from_slice(&cut[..rest.len()]);
        *cut = last[0];
        // Now they are as in CS3.
        turn(variant, buffer);
    }
    Ok(())
}

/// Decrypts a ciphertext of 16 bytes or more in place.
///
/// # Errors
///
/// [`MessageTooShort`] if the ciphertext has less than 16 bytes. Nothing was touched then.
pub fn decrypt_in_place(key: &Aes, iv: &Block, variant: Variant, buffer: &mut [u8]) -> Result<(), MessageTooShort> {
    MessageTooShort::check(buffer)?;
    if buffer.len().is_multiple_of(size_of::<Block>()) {
        swap_whole(variant, buffer.as_chunks_mut().0);
    } else {
        turn_back(variant, buffer);
    }
    let (blocks, rest) = buffer.as_chunks_mut();
    if !rest.is_empty()
        && let Some(cut) = blocks.last_mut()
    {
        // The last block gives the zeros of the message, so there it is the block before, and that block's beginning is here.
        let mut last = Zeroizing::new(*cut);
        key.decrypt_block(&mut last);
        cut.copy_from_slice(&*last);
        cut[..rest.len()].copy_from_slice(rest);
        for (rest, last) in rest.iter_mut().zip(&*last) {
            *rest ^= last;
        }
    }
    Decryptor::new(key, iv).decrypt_blocks(blocks);
    Ok(())
}

/// The last two blocks of whole ones, in the other order if the variant has them so. Doing it again undoes it.
fn swap_whole(variant: Variant, blocks: &mut [Block]) {
    if let [.., one, other] = blocks
        && variant.swaps(size_of::<Block>())
    {
        core::mem::swap(one, other);
    }
}

/// The last block, whole, and the one before, cut: from this order, that of CS3, to the variant's.
fn turn(variant: Variant, buffer: &mut [u8]) {
    let (tail, cut_len) = tail(buffer);
    if !variant.swaps(cut_len) {
        tail.rotate_right(cut_len);
    }
}

/// The other way round.
fn turn_back(variant: Variant, buffer: &mut [u8]) {
    let (tail, cut_len) = tail(buffer);
    if !variant.swaps(cut_len) {
        tail.rotate_left(cut_len);
    }
}

/// A whole block and one that is cut, at the end of a message that is not of whole blocks, and the length of the latter.
fn tail(buffer: &mut [u8]) -> (&mut [u8], usize) {
    let cut_len = buffer.len() % size_of::<Block>();
    let start = buffer.len() - size_of::<Block>() - cut_len;
    (&mut buffer[start..], cut_len)
}
