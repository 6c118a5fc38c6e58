//! The modes and paddings by their definitions: a block at a time on the reference, in the plainest words.

#[path = "../../tests/common/definition.rs"]
mod modes;

use hmac::{Hmac, KeyInit, Mac};
use roundkey::{Aes, Block, DecryptError};
use sha2::{Sha256, Sha384, Sha512};

pub use modes::{cbc_decrypt, cbc_encrypt, cts_encrypt};

pub fn ecb_encrypt(key: &Aes, blocks: &mut [Block]) {
    blocks.iter_mut().for_each(|block| key.encrypt_block(block));
}

pub fn ecb_decrypt(key: &Aes, blocks: &mut [Block]) {
    blocks.iter_mut().for_each(|block| key.decrypt_block(block));
}

/// RFC 7518, section 5.2.2.1: IV, ciphertext and tag. `reference` makes the key of the second half.
pub fn cbc_hmac_seal(key: &[u8], reference: impl Fn(&[u8]) -> Aes, iv: &Block, message: &[u8], aad: &[u8]) -> Vec<u8> {
    let (mac_key, enc_key) = key.split_at(key.len() / 2);
    let mut ciphertext = pkcs7_pad(message, 16);
    cbc_encrypt(&reference(enc_key), iv, ciphertext.as_chunks_mut().0);
    let al = (8 * aad.len() as u64).to_be_bytes();
    let authenticated = [aad, iv, &ciphertext, &al].concat();
    let tag = match key.len() {
        32 => hmac::<Hmac<Sha256>>(mac_key, &authenticated),
        48 => hmac::<Hmac<Sha384>>(mac_key, &authenticated),
        _ => hmac::<Hmac<Sha512>>(mac_key, &authenticated),
    };
    [&iv[..], &ciphertext, &tag[..tag.len() / 2]].concat()
}

pub fn hmac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// RFC 5652, section 6.3, for blocks of any size but 0.
pub fn pkcs7_pad(message: &[u8], block_size: u8) -> Vec<u8> {
    let missing = usize::from(block_size) - message.len() % usize::from(block_size);
    [message, &vec![missing as u8; missing]].concat()
}

/// The message, if this is one and its padding.
pub fn pkcs7_unpad(padded: &[u8], block_size: u8) -> Option<&[u8]> {
    // It is, if padding the message would give the same.
    let message = padded.get(..padded.len().checked_sub(usize::from(*padded.last()?))?)?;
    (pkcs7_pad(message, block_size) == padded).then_some(message)
}

/// A padding of blocks of 16 bytes.
#[derive(Clone, Copy)]
pub struct Padding {
    /// Whether an empty message has one.
    pub always: bool,
    /// What is added to a message of so many bytes, if it can be padded.
    pub added: fn(usize) -> Option<Vec<u8>>,
    /// How much of a last block is the message's, if its padding is right.
    pub removed: fn(&Block) -> Option<usize>,
}

/// To a multiple of 16, at least one.
fn missing(len: usize) -> usize {
    16 - len % 16
}

pub const PKCS7: Padding = Padding {
    always: true,
    added: |len| Some(vec![missing(len) as u8; missing(len)]),
    removed: |block| pkcs7_unpad(block, 16).map(<[u8]>::len),
};

pub const ISO_7816: Padding = Padding {
    always: true,
    added: |len| Some([&[0x80], &vec![0; missing(len) - 1][..]].concat()),
    removed: |block| {
        let end = block.iter().rposition(|byte| *byte != 0)?;
        (block[end] == 0x80).then_some(end)
    },
};

pub const ANSI_X923: Padding = Padding {
    always: true,
    added: |len| Some([&vec![0; missing(len) - 1][..], &[missing(len) as u8]].concat()),
    removed: |block| {
        let n = usize::from(block[15]);
        ((1..=16).contains(&n) && block[16 - n..15].iter().all(|byte| *byte == 0)).then(|| 16 - n)
    },
};

pub const ZERO: Padding = Padding {
    always: false,
    added: |len| Some(vec![0; missing(len) % 16]),
    removed: |block| Some(block.iter().rposition(|byte| *byte != 0).map_or(0, |end| end + 1)),
};

pub const NONE: Padding =
    Padding { always: false, added: |len| len.is_multiple_of(16).then(Vec::new), removed: |_| Some(16) };

impl Padding {
    pub fn pad(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some([message, &(self.added)(message.len())?].concat())
    }

    /// How long the message is, if these can be whole blocks and the padding is right. What has no block has no padding.
    pub fn unpad(&self, padded: &[u8]) -> Result<usize, DecryptError> {
        let (blocks, rest) = padded.as_chunks();
        match blocks.split_last() {
            _ if !rest.is_empty() => Err(DecryptError::Length(padded.len())),
            None if self.always => Err(DecryptError::Length(0)),
            None => Ok(0),
            Some((last, before)) => Ok(16 * before.len() + (self.removed)(last).ok_or(DecryptError::Padding)?),
        }
    }
}
