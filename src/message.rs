//! Whole messages: padding and buffers, once for every mode. A mode brings what it does to whole blocks.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use crate::{
    Block,
    backend::same_rungs,
    error::{BufferTooShort, DecryptError, DecryptIntoError},
    padding::pkcs7,
};

/// The block size of AES, as PKCS#7 counts it.
const BLOCK_SIZE: u8 = size_of::<Block>() as u8;

#[cfg(feature = "alloc")]
pub(crate) fn encrypt(plaintext: &[u8], encrypt_blocks: impl FnOnce(&mut [Block])) -> Vec<u8> {
    let padding = BLOCK_SIZE - (plaintext.len() % usize::from(BLOCK_SIZE)) as u8;
    let padded_len = plaintext.len() + usize::from(padding);
    // As long as needed from the beginning: growing would leave a copy of the message behind.
    let mut buffer = Vec::with_capacity(padded_len);
    buffer.extend_from_slice(plaintext);
    buffer.resize(padded_len, padding);
    encrypt_blocks(buffer.as_chunks_mut().0);
    buffer
}

#[cfg(feature = "alloc")]
pub(crate) fn decrypt(ciphertext: &[u8], decrypt_blocks: impl Fn(&mut [Block])) -> Result<Vec<u8>, DecryptError> {
    check_ciphertext(ciphertext)?;
    let mut buffer = ciphertext.to_vec();
    let message_len = decrypt_in_place(&mut buffer, decrypt_blocks)?.len();
    buffer.truncate(message_len);
    Ok(buffer)
}

pub(crate) fn encrypt_in_place(
    buffer: &mut [u8],
    message_len: usize,
    encrypt_blocks: impl FnOnce(&mut [Block]),
) -> Result<&mut [u8], BufferTooShort> {
    let padded = pkcs7::fill(buffer, message_len, pkcs7::padded_len(message_len, BLOCK_SIZE))?;
    encrypt_blocks(padded.as_chunks_mut().0);
    Ok(padded)
}

pub(crate) fn decrypt_in_place(
    buffer: &mut [u8],
    decrypt_blocks: impl Fn(&mut [Block]),
) -> Result<&mut [u8], DecryptError> {
    check_ciphertext(buffer)?;
    apart(&decrypt_blocks, buffer.as_chunks_mut().0);
    let (right, message_len) = pkcs7::examine(buffer, BLOCK_SIZE);
    // From here on it is known whether the padding is right. The answer says as much, and no more.
    match pkcs7::verdict(right, message_len) {
        Some(message_len) => Ok(&mut buffer[..message_len]),
        None => {
            wipe(buffer);
            // An engine that needs more than registers has left plaintext on the stack. The same steps put what zeros become
            // in its place.
            let blocks = buffer.as_chunks_mut().0;
            let enough = same_rungs(blocks.len());
            apart(&decrypt_blocks, &mut blocks[..enough]);
            wipe(buffer);
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
fn wipe(buffer: &mut [u8]) {
    buffer.fill(0);
    zeroize::optimization_barrier(buffer);
}

pub(crate) fn encrypt_into<'o>(
    plaintext: &[u8],
    out: &'o mut [u8],
    encrypt_blocks: impl FnOnce(&mut [Block]),
) -> Result<&'o mut [u8], BufferTooShort> {
    let padded_len = pkcs7::padded_len(plaintext.len(), BLOCK_SIZE).unwrap_or(usize::MAX);
    BufferTooShort::check(out.len(), padded_len)?;
    out[..plaintext.len()].copy_from_slice(plaintext);
    encrypt_in_place(out, plaintext.len(), encrypt_blocks)
}

pub(crate) fn decrypt_into<'o>(
    ciphertext: &[u8],
    out: &'o mut [u8],
    decrypt_blocks: impl Fn(&mut [Block]),
) -> Result<&'o mut [u8], DecryptIntoError> {
    BufferTooShort::check(out.len(), ciphertext.len())?;
    check_ciphertext(ciphertext)?;
    let out = &mut out[..ciphertext.len()];
    out.copy_from_slice(ciphertext);
    Ok(decrypt_in_place(out, decrypt_blocks)?)
}

/// That a ciphertext of this length can come from a padded message.
fn check_ciphertext(ciphertext: &[u8]) -> Result<(), DecryptError> {
    if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(usize::from(BLOCK_SIZE)) {
        return Err(DecryptError::Length(ciphertext.len()));
    }
    Ok(())
}
