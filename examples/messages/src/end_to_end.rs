//! Files and messages that only who has a private key can read, however they get there.
//!
//! # The format
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `end2end` and the version, 1 |
//! | 2 | how long the next is, big-endian: as long as the RSA key |
//! | 256 to 1024 | 64 random bytes, encrypted with RSA-OAEP (SHA-256, no label) for the receiver |
//! | 65600 each | chunks of 65536 bytes of the file, as many as there are |
//! | 64 to 65584 | a last chunk, of the 0 to 65535 bytes that are left |
//!
//! A chunk is a random IV (16 bytes), the ciphertext and a tag (32): A256CBC-HS512 of RFC 7518 under the 64 bytes. Its additional
//! authenticated data are all that stands before the chunks and the chunk's number, from 0 on, in 8 bytes, big-endian. So chunks can't be
//! changed, left out, doubled or put in another order; and as the last one is the only one that is shorter, nothing can be cut off or
//! added. Each chunk is verified before any of it comes out, so that files of any size take the same small amount of memory.
//!
//! # What it doesn't give
//!
//! Everybody who has the public key can encrypt: who it was, the format doesn't say. Who gets hold of the private key can read all
//! that was ever encrypted for it. And how long the file is, everybody sees.

use std::io::{Read, Write};

use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use roundkey::{Block, cbc_hmac, random_iv, random_key};
use zeroize::Zeroizing;

use crate::{Result, files::fill};

pub mod classic;

const MAGIC: [u8; 8] = *b"end2end\x01";
/// How much of the file is in a chunk. For a fuzzer less, as its files are short.
pub const CHUNK: usize = if cfg!(fuzzing) { 1 << 7 } else { 1 << 16 };
const BLOCK_LEN: usize = size_of::<Block>();
const TAG_LEN: usize = 32;
/// IV, padding and tag.
const MORE: usize = 2 * BLOCK_LEN + TAG_LEN;
/// Of RSA keys of 2048 to 8192 bits.
const WRAPPED_LEN: std::ops::RangeInclusive<usize> = 256..=1024;

/// Whatever it is: what can be known of a chunk is only that it isn't the one that was meant.
const NOT_AUTHENTIC: &str = "this was changed or is damaged";
const NOT_OURS: &str = "this is not what end_to_end made";
const NOT_FOR_THIS_KEY: &str = "this was encrypted for another key, or is damaged";
const CUT_OFF: &str = "the end is missing";

/// A message whose key is known: of what the format begins with.
pub struct Message {
    header: Vec<u8>,
    key: cbc_hmac::Key,
}

impl Message {
    /// A new one, for who has the private key.
    pub fn new(to: &PublicEncryptingKey) -> Result<Self> {
        let secret = random_key::<64>()?;
        let to = OaepPublicEncryptingKey::new(to.clone())?;
        let mut wrapped = vec![0; to.ciphertext_size()];
        let wrapped = to.encrypt(&OAEP_SHA256_MGF1SHA256, &*secret, &mut wrapped, None)?;
        let len = u16::try_from(wrapped.len())?.to_be_bytes();
        Ok(Message { header: [&MAGIC, &len[..], wrapped].concat(), key: cbc_hmac::Key::a256cbc_hs512(&secret) })
    }

    /// Reads the beginning of what was encrypted.
    pub fn read(with: &PrivateDecryptingKey, mut input: impl Read) -> Result<Self> {
        let mut header = vec![0; MAGIC.len() + 2];
        let len = fill(&mut input, &mut header)?;
        let (magic, wrapped_len) = header[..len].split_first_chunk().ok_or(NOT_OURS)?;
        if *magic != MAGIC {
            return Err(NOT_OURS.into());
        }
        let wrapped_len = usize::from(u16::from_be_bytes(wrapped_len.try_into().map_err(|_| CUT_OFF)?));
        if !WRAPPED_LEN.contains(&wrapped_len) {
            return Err(NOT_OURS.into());
        }
        let begin = header.len();
        header.resize(begin + wrapped_len, 0);
        if fill(&mut input, &mut header[begin..])? < wrapped_len {
            return Err(CUT_OFF.into());
        }
        let with = OaepPrivateDecryptingKey::new(with.clone())?;
        let mut room = Zeroizing::new(vec![0; with.min_output_size()]);
        let secret = with.decrypt(&OAEP_SHA256_MGF1SHA256, &header[begin..], &mut room, None);
        let secret = secret.ok().and_then(|secret| (&*secret).try_into().ok()).ok_or(NOT_FOR_THIS_KEY)?;
        Ok(Message { key: cbc_hmac::Key::a256cbc_hs512(secret), header })
    }

    /// Encrypts all that there is to read.
    pub fn encrypt(&self, mut input: impl Read, mut output: impl Write) -> Result<()> {
        output.write_all(&self.header)?;
        let mut buffer = Zeroizing::new(vec![0; CHUNK + BLOCK_LEN]);
        for number in 0_u64.. {
            let len = fill(&mut input, &mut buffer[..CHUNK])?;
            let iv = random_iv()?;
            let (ciphertext, tag) = self.key.seal_in_place(&iv, &mut buffer, len, &self.additional(number))?;
            output.write_all(&iv)?;
            output.write_all(ciphertext)?;
            output.write_all(&tag)?;
            if len < CHUNK {
                break;
            }
        }
        Ok(output.flush()?)
    }

    /// Decrypts the rest of what was encrypted. What is written is right also when this fails, but then it isn't all.
    pub fn decrypt(&self, mut input: impl Read, mut output: impl Write) -> Result<()> {
        let mut buffer = Zeroizing::new(vec![0; CHUNK + MORE]);
        for number in 0_u64.. {
            let len = fill(&mut input, &mut buffer)?;
            let is_last = len < buffer.len();
            if len < MORE {
                return Err(CUT_OFF.into());
            }
            let (iv, rest) = buffer[..len].split_first_chunk_mut().ok_or(CUT_OFF)?;
            let (ciphertext, tag) = rest.split_at_mut(len - BLOCK_LEN - TAG_LEN);
            let chunk = self.key.open_in_place(iv, ciphertext, tag, &self.additional(number));
            let chunk = chunk.map_err(|_| NOT_AUTHENTIC)?;
            output.write_all(chunk)?;
            if is_last {
                break;
            }
        }
        Ok(output.flush()?)
    }

    /// What is authenticated with a chunk.
    fn additional(&self, number: u64) -> Vec<u8> {
        [&self.header[..], &number.to_be_bytes()].concat()
    }
}
