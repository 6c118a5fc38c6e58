//! Whole messages: padding and buffers, once for every mode. A mode brings what it does to whole blocks.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::mem;

use crate::{
    Block,
    backend::same_rungs,
    error::{BufferTooShort, DecryptError, DecryptIntoError, EncryptError},
    padding::{Added, Padding, pkcs7},
};

const BLOCK_SIZE: usize = size_of::<Block>();

/// That a message so long can be padded. Only a padding that is never added says no, so for the others it need not be asked.
pub(crate) fn check_message<P: Padding>(_: &P, message_len: usize) -> Result<(), EncryptError> {
    match P::ADDED {
        Added::Never if !message_len.is_multiple_of(BLOCK_SIZE) => Err(EncryptError::Length(message_len)),
        _ => Ok(()),
    }
}

#[cfg(feature = "alloc")]
pub(crate) fn encrypt<P: Padding>(plaintext: &[u8], padding: &P, encrypt_blocks: impl FnOnce(&mut [Block])) -> Vec<u8> {
    // A slice is never so long that its padding would not fit in memory's addresses.
    let padded_len = padded_len::<P>(plaintext.len()).unwrap_or(usize::MAX);
    // As long as needed from the beginning: growing would leave a copy of the message behind.
    let mut buffer = Vec::with_capacity(padded_len);
    buffer.extend_from_slice(plaintext);
    buffer.resize(padded_len, 0);
    wiped_on_panic(&mut buffer, |buffer| pad(buffer, plaintext.len(), padding));
    encrypt_blocks(buffer.as_chunks_mut().0);
    buffer
}

#[cfg(feature = "alloc")]
pub(crate) fn decrypt<P: Padding>(
    ciphertext: &[u8],
    padding: &P,
    decrypt_blocks: impl Fn(&mut [Block]),
) -> Result<Vec<u8>, DecryptError> {
    check_ciphertext::<P>(ciphertext)?;
    let mut buffer = ciphertext.to_vec();
    let message_len = decrypt_in_place(&mut buffer, padding, decrypt_blocks)?.len();
    buffer.truncate(message_len);
    Ok(buffer)
}

pub(crate) fn encrypt_in_place<'b, P: Padding>(
    buffer: &'b mut [u8],
    message_len: usize,
    padding: &P,
    encrypt_blocks: impl FnOnce(&mut [Block]),
) -> Result<&'b mut [u8], BufferTooShort> {
    let padded_len = padded_len::<P>(message_len).unwrap_or(usize::MAX);
    BufferTooShort::check(buffer.len(), padded_len)?;
    let padded = &mut buffer[..padded_len];
    wiped_on_panic(padded, |padded| pad(padded, message_len, padding));
    encrypt_blocks(padded.as_chunks_mut().0);
    Ok(padded)
}

pub(crate) fn decrypt_in_place<'b, P: Padding>(
    buffer: &'b mut [u8],
    padding: &P,
    decrypt_blocks: impl Fn(&mut [Block]),
) -> Result<&'b mut [u8], DecryptError> {
    check_ciphertext::<P>(buffer)?;
    apart(&decrypt_blocks, buffer.as_chunks_mut().0);
    match wiped_on_panic(buffer, |buffer| unpad(buffer, padding)) {
        Some(message_len) => {
            // It is no longer anyway. Now the compiler knows, and leaves no way to a panic in the program; as below.
            let message_len = message_len.min(buffer.len());
            Ok(&mut buffer[..message_len])
        }
        None => {
            wipe(buffer);
            // An engine that needs more than registers has left plaintext on the stack. The same steps put what zeros become
            // in its place.
            let blocks = buffer.as_chunks_mut().0;
            let enough = same_rungs(blocks.len()).min(blocks.len());
            let enough = &mut blocks[..enough];
            apart(&decrypt_blocks, enough);
            wipe(enough.as_flattened_mut());
            Err(DecryptError::Padding)
        }
    }
}

/// The same code at the same depth of the stack, whenever it is called from the same function.
#[inline(never)]
fn apart(decrypt_blocks: &impl Fn(&mut [Block]), blocks: &mut [Block]) {
    decrypt_blocks(blocks);
}

/// Sets the buffer to zero, also if it is freed or overwritten next and nobody would see.
pub(crate) fn wipe(buffer: &mut [u8]) {
    buffer.fill(0);
    zeroize::optimization_barrier(buffer);
}

/// Lets a padding look at a message. It may be the caller's own and panic: then nothing of the message stays in the buffer.
fn wiped_on_panic<T>(buffer: &mut [u8], padding: impl FnOnce(&mut [u8]) -> T) -> T {
    let buffer = WipedOnDrop(buffer);
    let result = padding(buffer.0);
    mem::forget(buffer);
    result
}

/// A buffer that is wiped unless it is [forgotten](mem::forget).
struct WipedOnDrop<'b>(&'b mut [u8]);

impl Drop for WipedOnDrop<'_> {
    fn drop(&mut self) {
        wipe(self.0);
    }
}

pub(crate) fn encrypt_into<'o, P: Padding>(
    plaintext: &[u8],
    out: &'o mut [u8],
    padding: &P,
    encrypt_blocks: impl FnOnce(&mut [Block]),
) -> Result<&'o mut [u8], BufferTooShort> {
    let padded_len = padded_len::<P>(plaintext.len()).unwrap_or(usize::MAX);
    BufferTooShort::check(out.len(), padded_len)?;
    out[..plaintext.len()].copy_from_slice(plaintext);
    encrypt_in_place(out, plaintext.len(), padding, encrypt_blocks)
}

pub(crate) fn decrypt_into<'o, P: Padding>(
    ciphertext: &[u8],
    out: &'o mut [u8],
    padding: &P,
    decrypt_blocks: impl Fn(&mut [Block]),
) -> Result<&'o mut [u8], DecryptIntoError> {
    BufferTooShort::check(out.len(), ciphertext.len())?;
    check_ciphertext::<P>(ciphertext)?;
    let out = &mut out[..ciphertext.len()];
    out.copy_from_slice(ciphertext);
    Ok(decrypt_in_place(out, padding, decrypt_blocks)?)
}

/// That a ciphertext of this length can come from a padded message.
fn check_ciphertext<P: Padding>(ciphertext: &[u8]) -> Result<(), DecryptError> {
    let always = matches!(P::ADDED, Added::Always);
    if !ciphertext.len().is_multiple_of(BLOCK_SIZE) || (ciphertext.is_empty() && always) {
        return Err(DecryptError::Length(ciphertext.len()));
    }
    Ok(())
}

/// The length of a message with its padding; none if no `usize` is so large.
fn padded_len<P: Padding>(message_len: usize) -> Option<usize> {
    match P::ADDED {
        Added::Always => message_len.checked_add(BLOCK_SIZE - message_len % BLOCK_SIZE),
        Added::IfNeeded => message_len.checked_next_multiple_of(BLOCK_SIZE),
        Added::Never => Some(message_len),
    }
}

/// Fills the last block behind the message.
fn pad(padded: &mut [u8], message_len: usize, padding: &impl Padding) {
    if padded.len() > message_len
        && let Some(last) = padded.as_chunks_mut().0.last_mut()
    {
        padding.pad(last, message_len % BLOCK_SIZE);
    }
}

/// The length of the message in whole blocks, if its padding is right. From here on it is known whether that is so. The answer
/// says as much, and no more.
fn unpad(padded: &[u8], padding: &impl Padding) -> Option<usize> {
    let Some((last, before)) = padded.as_chunks().0.split_last() else { return Some(0) };
    let message_len = padding.unpad(last);
    let right = message_len.is_some();
    let message_len = message_len.unwrap_or(0);
    let message_len = pkcs7::verdict(right, message_len.into())?;
    // It is the padding's word that there are no more.
    Some(size_of_val(before) + message_len.min(BLOCK_SIZE))
}
