//! The format of `openssl enc -aes-256-cbc -pbkdf2 -salt`.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `Salted__` |
//! | 8 | salt, random |
//! | 16 × n | the file, PKCS#7-padded, in AES-256-CBC |
//!
//! PBKDF2-HMAC-SHA-256 makes 48 bytes of password and salt: the key and the IV. How many iterations there were stands
//! nowhere; `openssl` takes 10,000 unless `-iter` says something else. What was encrypted without `-pbkdf2` has its key in
//! another way.

use std::io::Write;

use roundkey::{Aes256, Block, cbc, padding::pkcs7};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    Result,
    files::{Input, Output, fill},
    format::{BLOCK_LEN, Format, Work, in_chunks},
    modern,
};

const MAGIC: [u8; 8] = *b"Salted__";

/// What `openssl` takes.
const ITERATIONS: u32 = 10_000;

/// Only the padding tells that something is wrong, and not what; and one time in 256 it is right by chance.
const WRONG: &str = "wrong password or number of iterations, or the file is damaged";

pub struct OpenSsl {
    salt: [u8; 8],
    iterations: u32,
}

impl Format for OpenSsl {
    fn weaknesses(&self) -> Vec<String> {
        let mut weaknesses =
            vec!["this format doesn't show whether somebody changed the file, nor always a wrong password".to_owned()];
        if self.iterations < modern::ITERATIONS {
            weaknesses.push(format!(
                "{} iterations make passwords fast to try: {} are advised",
                self.iterations,
                modern::ITERATIONS
            ));
        }
        weaknesses
    }

    fn random(iterations: Option<u32>) -> Result<Self> {
        let mut salt = [0; 8];
        getrandom::fill(&mut salt)?;
        Ok(OpenSsl { salt, iterations: iterations.unwrap_or(ITERATIONS) })
    }

    fn read(input: &mut Input, iterations: Option<u32>) -> Result<Self> {
        let mut header = [[0; 8]; 2];
        let len = fill(&mut *input, header.as_flattened_mut())?;
        let [magic, salt] = header;
        if len < 8 || magic != MAGIC {
            return Err(format!("{input} is not a file that openssl enc made with a salt").into());
        }
        if len < 16 {
            return Err(format!("{input} is cut off: it ends within its salt").into());
        }
        Ok(OpenSsl { salt, iterations: iterations.unwrap_or(ITERATIONS) })
    }

    fn encrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()> {
        let (key, iv) = self.derive(password);
        output.write_all(&[MAGIC, self.salt].concat())?;
        let mut encryptor = cbc::Encryptor::new(&key, &iv);
        let work = Work::only(|chunk: &mut [u8]| encryptor.encrypt_blocks(chunk.as_chunks_mut().0));
        let (mut last, len) = in_chunks(input, output, 0, work)?;
        let last = pkcs7::pad(&mut last, len, BLOCK_LEN as u8)?;
        encryptor.encrypt_blocks(last.as_chunks_mut().0);
        Ok(output.write_all(last)?)
    }

    fn decrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()> {
        let (key, iv) = self.derive(password);
        let mut decryptor = cbc::Decryptor::new(&key, &iv);
        let work = Work::only(|chunk: &mut [u8]| decryptor.decrypt_blocks(chunk.as_chunks_mut().0));
        // The padding is in the last block.
        let (mut last, len) = in_chunks(input, output, BLOCK_LEN, work)?;
        let last = &mut last[..len];
        let (blocks, rest) = last.as_chunks_mut();
        decryptor.decrypt_blocks(blocks);
        if !rest.is_empty() {
            return Err(WRONG.into());
        }
        Ok(output.write_all(pkcs7::unpad(last, BLOCK_LEN as u8).map_err(|_| WRONG)?)?)
    }
}

impl OpenSsl {
    /// Key and IV.
    fn derive(&self, password: &str) -> (Aes256, Block) {
        let mut bytes = Zeroizing::new([0; 48]);
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), &self.salt, self.iterations, &mut *bytes);
        let (key, iv) = bytes.split_first_chunk().expect("48 bytes are more than 32");
        (Aes256::new(key), iv.try_into().expect("and 16 are left"))
    }
}
