//! `vperm` by its definition, for tests: shuffles byte by byte, and the form of round keys.

use super::{
    Shuffle,
    tables::{self, CIPHER, INV_CIPHER},
};
use crate::{Block, backend::schedule::RoundKey};

/// The look-ups as they are defined, one by one. With these the permutation is tested on every machine.
#[derive(Clone, Copy)]
pub(super) struct ByDefinition;

impl Shuffle for ByDefinition {
    type Reg = Block;

    fn load(self, from: &Block) -> Block {
        *from
    }

    fn store(self, reg: Block, to: &mut Block) {
        *to = reg;
    }

    fn load_round_key(self, from: &RoundKey) -> Block {
        from.map(u64::to_le_bytes).as_flattened().try_into().unwrap()
    }

    fn store_round_key(self, reg: Block, to: &mut RoundKey) {
        *to = [0, 1].map(|half| u64::from_le_bytes(reg.as_chunks().0[half]));
    }

    fn load_word(self, word: u32) -> Block {
        core::array::from_fn(|i| if i < 4 { word.to_le_bytes()[i] } else { 0 })
    }

    fn low_word(self, reg: Block) -> u32 {
        u32::from_le_bytes(reg.as_chunks().0[0])
    }

    fn xor(self, a: Block, b: Block) -> Block {
        core::array::from_fn(|i| a[i] ^ b[i])
    }

    fn low_nibbles(self, reg: Block) -> Block {
        reg.map(|byte| byte & 0xf)
    }

    fn high_nibbles(self, reg: Block) -> Block {
        reg.map(|byte| byte >> 4)
    }

    fn look_up(self, table: Block, at: Block) -> Block {
        at.map(|at| {
            assert!(!(16..128).contains(&at));
            if at < 16 { table[usize::from(at)] } else { 0 }
        })
    }
}

/// The image of each byte.
pub(super) fn map(map: [u8; 8], block: Block) -> Block {
    block.map(|byte| (0..8).filter(|bit| byte >> bit & 1 == 1).fold(0, |image, bit| image ^ map[bit]))
}

pub(super) fn xor(a: Block, b: Block) -> Block {
    ByDefinition.xor(a, b)
}

/// A state in which ShiftRows was undone so many times as it is inside, modulo four.
pub(super) fn unshifted(block: Block, times: usize) -> Block {
    core::array::from_fn(|i| block[i % 4 + 4 * ((i / 4 + 3 * times * (i % 4)) % 4)])
}

/// The same for InvShiftRows.
pub(super) fn shifted(block: Block, times: usize) -> Block {
    unshifted(block, 3 * times)
}

/// A round key of the standard as a schedule keeps it.
pub(in crate::backend) fn kept_round_key(round_key: Block, round: usize, last: usize) -> RoundKey {
    kept(expected_round_key(round_key, round, last))
}

/// The same for the equivalent inverse cipher, whose round keys have been through InvMixColumns.
pub(in crate::backend) fn kept_inverse_round_key(round_key: Block, round: usize, last: usize) -> RoundKey {
    kept(expected_inverse_round_key(round_key, round, last))
}

fn kept(bytes: Block) -> RoundKey {
    let mut round_key = [0; 2];
    ByDefinition.store_round_key(bytes, &mut round_key);
    round_key
}

pub(super) fn expected_round_key(round_key: Block, round: usize, last: usize) -> Block {
    match round {
        0 => round_key,
        // Here ShiftRows has been made up for already.
        _ if round == last => xor(map(CIPHER, round_key), tables::CIPHER_CONSTANT),
        _ => unshifted(xor(map(CIPHER, round_key), tables::CIPHER_CONSTANT), round),
    }
}

pub(super) fn expected_inverse_round_key(round_key: Block, round: usize, last: usize) -> Block {
    match round {
        0 => round_key,
        _ if round == last => xor(round_key, tables::PLAIN_CONSTANT),
        _ => shifted(xor(map(INV_CIPHER, round_key), tables::INV_CIPHER_CONSTANT), last - round),
    }
}
