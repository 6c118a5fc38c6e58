//! Blocks that end in padding, or in something else; and the unpadding that nobody should write.

use dudect_bencher::{
    BenchRng,
    rand::{Rng, RngExt},
};
use roundkey::{Block, padding::pkcs7};

/// How a padding is right or wrong.
#[derive(Clone, Copy)]
pub enum Padding {
    Valid,
    /// The last byte is 0.
    Zero,
    /// The last byte is more than the block has.
    TooLong,
    /// The last byte is right, the foremost byte that must equal it doesn't.
    Front,
    /// One between the foremost and the last doesn't.
    Middle,
    /// Random bytes that happen to be no padding, as from a wrong key.
    Random,
}

impl Padding {
    pub fn name(self) -> &'static str {
        match self {
            Padding::Valid => "valid",
            Padding::Zero => "0",
            Padding::TooLong => "too long",
            Padding::Front => "front",
            Padding::Middle => "middle",
            Padding::Random => "random",
        }
    }

    /// Random bytes with such an end.
    pub fn block(self, rng: &mut BenchRng) -> Block {
        let mut block = [0; 16];
        rng.fill_bytes(&mut block);
        let len = match self {
            Padding::Valid => rng.random_range(1..=16),
            Padding::Zero | Padding::TooLong | Padding::Random => 0,
            Padding::Front => rng.random_range(2..=16),
            Padding::Middle => rng.random_range(3..=16),
        };
        let start = 16 - len;
        block[start..].fill(len as u8);
        // Any difference but none.
        let difference = rng.random_range(1..=255);
        match self {
            Padding::Valid => {}
            Padding::Zero => block[15] = 0,
            Padding::TooLong => block[15] = rng.random_range(17..=255),
            Padding::Front => block[start] ^= difference,
            Padding::Middle => block[rng.random_range(start + 1..15)] ^= difference,
            Padding::Random => {
                while pkcs7::unpad(&block, 16).is_ok() {
                    rng.fill_bytes(&mut block);
                }
            }
        }
        block
    }
}

/// Unpadding as the textbook's victim does it: done at the first byte that is wrong.
pub fn leaky_unpad(block: &Block) -> Option<usize> {
    let padding = usize::from(block[15]);
    if padding == 0 || padding > block.len() {
        return None;
    }
    for &byte in block.iter().rev().take(padding) {
        if usize::from(byte) != padding {
            return None;
        }
    }
    Some(block.len() - padding)
}
