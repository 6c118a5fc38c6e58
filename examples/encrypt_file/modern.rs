//! The format of this program.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `roundkey` |
//! | 1 | version of the format, 1 |
//! | 4 | iterations of PBKDF2, big-endian |
//! | 16 | salt, random |
//! | 16 | IV, random |
//! | 16 × n | the file, PKCS#7-padded, in AES-256-CBC |
//! | 32 | HMAC-SHA-256 of everything before it |
//!
//! PBKDF2-HMAC-SHA-256 makes 32 bytes of password and salt, slowly, so that passwords can't be tried fast. Of these,
//! HKDF-Expand makes two keys that have nothing to do with each other, for the cipher and for the MAC.

use std::io::Write;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use roundkey::{Aes256, Block, cbc, padding::pkcs7};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    MAX_ITERATIONS, Result,
    files::{Input, Output, fill},
    format::{BLOCK_LEN, Format, Work, in_chunks, take},
};

const MAGIC: [u8; 8] = *b"roundkey";
const VERSION: u8 = 1;
const TAG_LEN: usize = 32;

/// OWASP's advice for PBKDF2-HMAC-SHA-256 since 2023.
pub const ITERATIONS: u32 = 600_000;

/// Whatever it is: a wrong password and a spoiled file look the same, and should.
const NOT_AUTHENTIC: &str = "wrong password, or the file was changed or is damaged";

/// What the file begins with.
pub struct Modern {
    iterations: u32,
    salt: [u8; 16],
    iv: Block,
}

impl Format for Modern {
    fn weaknesses(&self) -> Vec<String> {
        Vec::new()
    }

    fn random(iterations: Option<u32>) -> Result<Self> {
        let mut header = Modern { iterations: iterations.unwrap_or(ITERATIONS), salt: [0; 16], iv: [0; 16] };
        getrandom::fill(&mut header.salt)?;
        getrandom::fill(&mut header.iv)?;
        Ok(header)
    }

    fn read(input: &mut Input, iterations: Option<u32>) -> Result<Self> {
        if iterations.is_some() {
            return Err("--iterations: a file of this format says itself how many there were".into());
        }
        let mut bytes = [0; Self::LEN];
        let len = fill(&mut *input, &mut bytes)?;
        let rest = &mut &bytes[..len];
        if take::<8>(rest) != Some(MAGIC) {
            return Err(format!("{input} is not a file that encrypt_file made").into());
        }
        let cut = || format!("{input} is cut off: it ends within its header");
        let [version] = take(rest).ok_or_else(cut)?;
        if version != VERSION {
            return Err(format!("{input} is of version {version}, known is version {VERSION}").into());
        }
        let header = Modern {
            iterations: u32::from_be_bytes(take(rest).ok_or_else(cut)?),
            salt: take(rest).ok_or_else(cut)?,
            iv: take(rest).ok_or_else(cut)?,
        };
        // The count is read before anything can be verified, and could cost hours.
        if !(1..=MAX_ITERATIONS).contains(&header.iterations) {
            let iterations = header.iterations;
            return Err(format!("{input} asks for {iterations} iterations: 1 to {MAX_ITERATIONS} are allowed").into());
        }
        Ok(header)
    }

    fn encrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()> {
        let Keys { cipher, mut mac } = self.derive_keys(password)?;
        let header = self.to_bytes();
        mac.update(&header);
        output.write_all(&header)?;

        let mut encryptor = cbc::Encryptor::new(&cipher, &self.iv);
        let work = Work {
            read: |_: &[u8]| {},
            transform: |chunk: &mut [u8]| encryptor.encrypt_blocks(chunk.as_chunks_mut().0),
            write: |chunk: &[u8]| mac.update(chunk),
        };
        let (mut last, len) = in_chunks(input, output, 0, work)?;
        let last = pkcs7::pad(&mut last, len, BLOCK_LEN as u8)?;
        encryptor.encrypt_blocks(last.as_chunks_mut().0);
        mac.update(last);
        output.write_all(last)?;
        Ok(output.write_all(&mac.finalize().into_bytes())?)
    }

    fn decrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()> {
        let Keys { cipher, mut mac } = self.derive_keys(password)?;
        mac.update(&self.to_bytes());

        let mut decryptor = cbc::Decryptor::new(&cipher, &self.iv);
        let work = Work {
            read: |chunk: &[u8]| mac.update(chunk),
            transform: |chunk: &mut [u8]| decryptor.decrypt_blocks(chunk.as_chunks_mut().0),
            write: |_: &[u8]| {},
        };
        // The tag is behind the ciphertext, and the padding in its last block.
        let (mut last, len) = in_chunks(input, output, BLOCK_LEN + TAG_LEN, work)?;
        let (last, tag) =
            len.checked_sub(TAG_LEN).and_then(|at| last[..len].split_at_mut_checked(at)).ok_or(NOT_AUTHENTIC)?;
        mac.update(last);
        mac.verify_slice(tag).map_err(|_| NOT_AUTHENTIC)?;
        // From here on the file is known to be what `encrypt` wrote.
        let (blocks, rest) = last.as_chunks_mut();
        decryptor.decrypt_blocks(blocks);
        if !rest.is_empty() {
            return Err(NOT_AUTHENTIC.into());
        }
        Ok(output.write_all(pkcs7::unpad(last, BLOCK_LEN as u8).map_err(|_| NOT_AUTHENTIC)?)?)
    }
}

impl Modern {
    const LEN: usize = MAGIC.len() + 1 + 4 + 16 + 16;

    fn to_bytes(&self) -> Vec<u8> {
        [&MAGIC[..], &[VERSION], &self.iterations.to_be_bytes(), &self.salt, &self.iv].concat()
    }

    fn derive_keys(&self, password: &str) -> Result<Keys> {
        let mut secret = Zeroizing::new([0; 32]);
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), &self.salt, self.iterations, &mut *secret);
        let hkdf = Hkdf::<Sha256>::from_prk(&*secret).map_err(|error| error.to_string())?;
        let [mut cipher, mut mac] = [Zeroizing::new([0; 32]), Zeroizing::new([0; 32])];
        hkdf.expand(b"encrypt_file 1: AES-256-CBC", &mut *cipher).map_err(|error| error.to_string())?;
        hkdf.expand(b"encrypt_file 1: HMAC-SHA-256", &mut *mac).map_err(|error| error.to_string())?;
        Ok(Keys { cipher: Aes256::new(&cipher), mac: Hmac::new_from_slice(&*mac)? })
    }
}

struct Keys {
    cipher: Aes256,
    mac: Hmac<Sha256>,
}
