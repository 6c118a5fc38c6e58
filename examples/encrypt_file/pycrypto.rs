//! The format of a Python program for PyCrypto that has been copied countless times.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | size of the file, little-endian |
//! | 16 | IV, random |
//! | 16 × n | the file, filled up with spaces to whole blocks, in AES-256-CBC |
//!
//! The key is SHA-256 of the password.

use std::io::Write;

use roundkey::{Aes256, Block, cbc};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    Result,
    files::{Input, Output, fill},
    format::{BLOCK_LEN, Format, Work, in_chunks, take},
};

pub struct PyCrypto {
    iv: Block,
    /// Of the decrypted file, if it is known.
    size: u64,
}

impl Format for PyCrypto {
    fn weaknesses(&self) -> Vec<String> {
        vec![
            "this format shows neither whether the password is right nor whether somebody changed the file".to_owned(),
            "its key is made in no time, and without a salt: passwords can be tried by the billion".to_owned(),
        ]
    }

    fn random(iterations: Option<u32>) -> Result<Self> {
        no_iterations(iterations)?;
        let mut iv = Block::default();
        getrandom::fill(&mut iv)?;
        Ok(PyCrypto { iv, size: 0 })
    }

    fn read(input: &mut Input, iterations: Option<u32>) -> Result<Self> {
        no_iterations(iterations)?;
        let mut header = [0; 8 + BLOCK_LEN];
        let len = fill(&mut *input, &mut header)?;
        let rest = &mut &header[..len];
        let cut = || format!("{input} is cut off: it ends within its header");
        let size = u64::from_le_bytes(take(rest).ok_or_else(cut)?);
        Ok(PyCrypto { size, iv: take(rest).ok_or_else(cut)? })
    }

    fn encrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()> {
        let key = key(password);
        // What the size is one knows only in the end: of a pipe, and of a file that grows meanwhile.
        output.write_all(&[0; 8])?;
        output.write_all(&self.iv)?;
        let mut size = 0;
        let mut encryptor = cbc::Encryptor::new(&key, &self.iv);
        let work = Work::only(|chunk: &mut [u8]| {
            size += chunk.len() as u64;
            encryptor.encrypt_blocks(chunk.as_chunks_mut().0);
        });
        let (mut last, len) = in_chunks(input, output, 0, work)?;
        size += len as u64;
        let filled = len.next_multiple_of(BLOCK_LEN);
        last[len..filled].fill(b' ');
        encryptor.encrypt_blocks(last[..filled].as_chunks_mut().0);
        output.write_all(&last[..filled])?;
        output.write_at_the_beginning(&size.to_le_bytes())
    }

    fn decrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()> {
        let key = key(password);
        let mut decryptor = cbc::Decryptor::new(&key, &self.iv);
        let mut filled = 0;
        let work = Work::only(|chunk: &mut [u8]| {
            filled += chunk.len() as u64;
            decryptor.decrypt_blocks(chunk.as_chunks_mut().0);
        });
        let (mut last, len) = in_chunks(input, output, 0, work)?;
        filled += len as u64;
        let (blocks, rest) = last[..len].as_chunks_mut();
        decryptor.decrypt_blocks(blocks);
        output.write_all(blocks.as_flattened())?;
        if !rest.is_empty() || self.size.checked_next_multiple_of(BLOCK_LEN as u64) != Some(filled) {
            let size = self.size;
            return Err(
                format!("{input} was not made by that program, or is damaged: it would hold {size} bytes").into()
            );
        }
        output.cut(self.size)
    }
}

fn no_iterations(iterations: Option<u32>) -> Result<()> {
    match iterations {
        Some(_) => Err("--iterations: this format has none".into()),
        None => Ok(()),
    }
}

fn key(password: &str) -> Aes256 {
    Aes256::new(&Zeroizing::new(Sha256::digest(password).into()))
}
