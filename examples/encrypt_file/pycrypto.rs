//! The format of a Python program for PyCrypto that has been copied countless times.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | size of the file, little-endian |
//! | 16 | IV, random |
//! | 16 × n | the file, filled up with spaces to whole blocks, in AES-256-CBC |
//!
//! The key is SHA-256 of the password.

use roundkey::{Aes256, Block, cbc};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    Result,
    files::{Input, Output},
    format::{BLOCK_LEN, Format, in_chunks, take},
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
        let len = input.read(&mut header)?;
        let rest = &mut &header[..len];
        let cut = || format!("{} is cut off: it ends within its header", input.path.display());
        let size = u64::from_le_bytes(take(rest).ok_or_else(cut)?);
        Ok(PyCrypto { size, iv: take(rest).ok_or_else(cut)? })
    }

    fn encrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()> {
        let key = key(password);
        // What the size is one knows only in the end: of a pipe, and of a file that grows meanwhile.
        output.write(&[0; 8])?;
        output.write(&self.iv)?;
        let mut size = 0_u64;
        let mut encryptor = cbc::Encryptor::new(&key, &self.iv);
        let mut write = |chunk: &mut [u8]| {
            encryptor.encrypt_blocks(chunk.as_chunks_mut().0);
            output.write(chunk)
        };
        let (mut last, len) = in_chunks(input, 0, |chunk| {
            size += chunk.len() as u64;
            write(chunk)
        })?;
        let filled = len.next_multiple_of(BLOCK_LEN);
        last[len..filled].fill(b' ');
        write(&mut last[..filled])?;
        output.write_at_the_beginning(&(size + len as u64).to_le_bytes())
    }

    fn decrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()> {
        let key = key(password);
        let mut decryptor = cbc::Decryptor::new(&key, &self.iv);
        let mut left = self.size;
        // As much of it as belongs to the file, and whether what doesn't is less than a block.
        let mut write = |chunk: &mut [u8]| -> Result<bool> {
            let (blocks, rest) = chunk.as_chunks_mut();
            decryptor.decrypt_blocks(blocks);
            let is_whole = rest.is_empty();
            let len = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            left -= len as u64;
            output.write(&chunk[..len])?;
            Ok(is_whole && chunk.len() - len < BLOCK_LEN)
        };
        let mut is_right = true;
        let (mut last, len) = in_chunks(input, 0, |chunk| {
            is_right &= write(chunk)?;
            Ok(())
        })?;
        is_right &= write(&mut last[..len])?;
        if !is_right || left > 0 {
            let (path, size) = (input.path.display(), self.size);
            return Err(
                format!("{path} was not made by that program, or is damaged: it would hold {size} bytes").into()
            );
        }
        Ok(())
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
