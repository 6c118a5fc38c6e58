//! Who takes part, and what each must be able to do.

use std::{hint::black_box, time::Duration};

use ::roundkey::{Block, cbc::Message};

use crate::{
    measure::timed,
    work::{Operation, Row, Setup},
};

#[cfg(feature = "aws-lc")]
mod aws_lc;
pub mod limit;
#[cfg(feature = "openssl")]
mod openssl;
mod roundkey;
mod rustcrypto;

/// Who may take part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Everybody with all that the processor has: what users get.
    Open,
    /// Only without AES instructions: what users get whose processor has none.
    Software,
}

/// The C libraries that this build goes without, and the feature that would bring each.
pub const LEFT_OUT: &[(&str, &str)] = &[
    #[cfg(not(feature = "aws-lc"))]
    ("AWS-LC", "aws-lc"),
    #[cfg(not(feature = "openssl"))]
    ("OpenSSL", "openssl"),
];

/// Something that can be timed.
pub trait Sampler {
    /// Does `calls` calls of the row's kind on `data`, and says how long they took.
    fn sample(&mut self, row: &Row, data: &mut [Block], calls: u64) -> Duration;
}

/// An AES library with a key, both directions ready. All in place, without padding and without allocation: whole blocks.
pub trait Cipher {
    fn ecb_encrypt(&mut self, blocks: &mut [Block]);
    fn ecb_decrypt(&mut self, blocks: &mut [Block]);
    fn cbc_encrypt(&mut self, iv: &Block, blocks: &mut [Block]);
    fn cbc_decrypt(&mut self, iv: &Block, blocks: &mut [Block]);

    /// Leaves each message's last block in its IV. One after the other, unless the library can do better.
    fn cbc_encrypt_many(&mut self, messages: &mut [Message<'_>]) {
        for Message { iv, blocks } in messages {
            self.cbc_encrypt(iv, blocks);
            if let Some(last) = blocks.last() {
                *iv = *last;
            }
        }
    }

    /// Makes the key anew, for those directions at least, in the cheapest way that the library has.
    fn set_key(&mut self, key: &[u8], setup: Setup);
}

const IV: Block = [0x5a; 16];

// The loops are written once, here, and compiled into each candidate, so that a call is a direct one.
impl<C: Cipher> Sampler for C {
    fn sample(&mut self, row: &Row, data: &mut [Block], calls: u64) -> Duration {
        match row.operation {
            Operation::EcbEncrypt => in_turn(row, data, calls, |blocks| self.ecb_encrypt(blocks)),
            Operation::EcbDecrypt => in_turn(row, data, calls, |blocks| self.ecb_decrypt(blocks)),
            Operation::CbcDecrypt => in_turn(row, data, calls, |blocks| self.cbc_decrypt(&IV, blocks)),
            Operation::CbcEncrypt if row.independent() => {
                in_turn(row, data, calls, |blocks| self.cbc_encrypt(&IV, blocks))
            }
            Operation::CbcEncrypt => {
                let mut iv = IV;
                in_turn(row, data, calls, |blocks| {
                    self.cbc_encrypt(&iv, blocks);
                    iv = *blocks.last().unwrap_or(&iv);
                })
            }
            Operation::CbcEncryptMany => {
                let mut rest = data;
                let mut messages = Vec::new();
                for &blocks in &row.messages {
                    let (message, behind) = rest.split_at_mut(blocks);
                    messages.push(Message { iv: IV, blocks: message });
                    rest = &mut behind[row.gap..];
                }
                timed(calls, || self.cbc_encrypt_many(black_box(&mut messages)))
            }
            Operation::KeySetup(setup) => {
                let key = crate::work::key(row.key_len);
                timed(calls, || self.set_key(black_box(&key), setup))
            }
        }
    }
}

/// Calls on one place of `data` after the other, then from the start again.
///
/// As lean as can be: at 16 bytes a call takes a few nanoseconds, and what the loop costs would be on everyone's bill. No
/// `black_box` is needed, for each result is another call's input and the next candidate's too.
pub fn in_turn(row: &Row, data: &mut [Block], calls: u64, mut call: impl FnMut(&mut [Block])) -> Duration {
    let blocks = row.blocks();
    let end = blocks * row.places();
    let mut at = 0;
    timed(calls, || {
        call(&mut data[at..][..blocks]);
        at += blocks;
        if at == end {
            at = 0;
        }
    })
}

/// A candidate under the name of its column.
pub struct Named {
    pub name: String,
    /// Not roundkey, but one to compare it with.
    pub peer: bool,
    pub sampler: Box<dyn Sampler>,
}

/// Everyone, with this key, in the order of the columns; roundkey as its users get it is the first.
pub fn all(class: Class, key: &[u8]) -> Vec<Named> {
    let mut all: Vec<Named> = roundkey::backends(class, key)
        .map(|(name, cipher)| Named { name, peer: false, sampler: Box::new(cipher) })
        .collect();
    let mut peer = |name: &str, without: &str, sampler| {
        let name = if class == Class::Software { format!("{name}{without}") } else { name.into() };
        all.push(Named { name, peer: true, sampler });
    };
    peer("RustCrypto", " soft", rustcrypto::with_key(key));
    #[cfg(feature = "aws-lc")]
    peer("AWS-LC", ", no AES-NI", Box::new(aws_lc::AwsLc::new(key)));
    #[cfg(feature = "openssl")]
    peer("OpenSSL", ", no AES-NI", Box::new(openssl::OpenSsl::new(key)));
    all
}

/// XOR over the buffer, in place: what memory allows.
pub struct Xor;

impl Sampler for Xor {
    fn sample(&mut self, row: &Row, data: &mut [Block], calls: u64) -> Duration {
        let mask = black_box(u128::from_ne_bytes(IV));
        in_turn(row, data, calls, |blocks| {
            for block in blocks {
                *block = (u128::from_ne_bytes(*block) ^ mask).to_ne_bytes();
            }
        })
    }
}
