//! `portable`: bitsliced AES, for any processor, without a branch or an index on anything secret.
//!
//! Tables are out of the question, as the cache would tell which entry was read. But the S-box can be calculated with
//! AND, XOR and NOT alone, some 115 of them, and if every bit of a word takes part in the calculation for another byte, the
//! price of one byte is the price of all. So the blocks are turned by 90 degrees, *sliced*: the state is in eight planes,
//! and plane p holds bit p of all bytes.
//!
//! That is done in two forms. In the [`narrow`] one a plane is a single word, with one bit of each byte of four blocks (or two,
//! where words have 32 bits). In the [`wide`] one a plane has a word for each byte, with a bit of each of 32 or 64 blocks:
//!
//! ```text
//! narrow, plane p:  |     row 3      |     row 2      |     row 1      |     row 0      |   a word
//!                                             each  |col 3|col 2|col 1|col 0|
//!                                                                 each  |3|2|1|0|  blocks
//!
//! wide, plane p:    |31      ...      1|0|  |31      ...      1|0|  |31      ...      1|0|   and so on: 16 words
//!                    row 0, column 0         row 0, column 1         row 0, column 2
//!                    blocks
//! ```
//!
//! So the wide form leaves nothing to be done to bits but the S-box and sums, and these are done to many words at once, of
//! which the compiler makes vectors. But work for blocks that aren't there is for nothing. With AES-128 on a Zen 3, compiled
//! for any x86-64 (vectors of 128 bits, `benches/peers`, `--software`), the narrow form takes 330 ns for one to four blocks and the wide one 1220 ns for one
//! to 32; to decrypt, 350 and 1350. That is 83 and 38 ns for a block at best, and the wide form pays from 13 blocks on.
//!
//! Where there is no operating system there is little memory, as a rule, and then there is `portable/sliced.rs` instead: the
//! narrow form alone, in a quarter of the code.
//!
//! A round key is the same for all blocks, so it needs 16 bits for each plane. The schedule holds it packed for the narrow
//! form, 16 bytes; either form makes masks of it as it needs them, which aren't stored.

#![cfg_attr(target_os = "none", allow(dead_code, reason = "only `sliced` and what it needs are in use there"))]

#[cfg(feature = "hazmat")]
use super::Part;
use super::{
    Engine, Job, Schedule,
    columns::Row,
    key_expansion,
    schedule::{RoundKey, RoundKeys},
};
use crate::Block;
use word::Word;

mod narrow;
mod sbox;
#[cfg(any(target_os = "none", all(test, feature = "reference")))]
mod sliced;
#[cfg(all(test, feature = "reference"))]
mod tests;
mod wide;
mod word;

/// The words of the narrow form: the processor's own. (WebAssembly has 64 bits, though its addresses don't.)
#[cfg(any(target_pointer_width = "64", target_arch = "wasm32"))]
type NarrowWord = u64;
#[cfg(not(any(target_pointer_width = "64", target_arch = "wasm32")))]
type NarrowWord = u32;

/// Whether any processor that this is compiled for has vectors, of which the compiler then makes use in the wide form.
const VECTORS: bool = cfg!(any(target_feature = "sse2", target_feature = "neon", target_feature = "simd128"));

/// The words of the wide form. In vectors 32 bits are as fast as 64, and half as many blocks fill them.
#[cfg(any(target_feature = "sse2", target_feature = "neon", target_feature = "simd128"))]
type WideWord = u32;
#[cfg(not(any(target_feature = "sse2", target_feature = "neon", target_feature = "simd128")))]
type WideWord = NarrowWord;

/// How many blocks the narrow form has room for.
const NARROW: usize = narrow::blocks::<NarrowWord>();

/// How many blocks the wide form has room for.
const WIDE: usize = <WideWord as Word>::BITS;

/// From how many blocks on the wide form is the faster one: in vectors it takes a little more than three calls of the narrow
/// one (as measured with those of x86-64), or else not much less than all of its blocks would there, as each gate then is for
/// as many bits in one form as in the other.
const WORTH_WIDE: usize = if VECTORS { 3 * NARROW + 1 } else { WIDE / 4 * 3 };

/// KeyExpansion, and the round keys in the form that the narrow form wants.
pub(super) fn expand(key: &[u8], schedule: &mut Schedule) {
    narrow::expand::<NarrowWord>(key, schedule.round_keys_mut());
}

#[cfg(target_os = "none")]
pub(super) use sliced::enter;

#[cfg(not(target_os = "none"))]
pub(super) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    job.run(Portable::<WIDE> { round_keys: RoundKeys::of_cipher(schedule) })
}

#[cfg(all(test, feature = "reference"))]
pub(super) use sliced::enter as enter_sliced;

/// A schedule's round key as it was before it was packed, little-endian words in order.
#[cfg(test)]
pub(super) fn unpacked(round_key: RoundKey) -> RoundKey {
    let [a, b, c, d] = narrow::columns::<NarrowWord>(&round_key).map(u64::from);
    [a | b << 32, c | d << 32]
}

/// One of the two forms, by the number of its blocks.
#[derive(Clone, Copy)]
struct Portable<'k, const BLOCKS: usize> {
    round_keys: RoundKeys<'k>,
}

impl<'k, const BLOCKS: usize> Engine for Portable<'k, BLOCKS> {
    /// Bytes, not planes: CBC adds blocks before and after the permutation, and would slice them all over again.
    type Reg = [Block; BLOCKS];
    const LANES: usize = BLOCKS;
    const AT_ONCE: usize = 1;
    const WORTHWHILE: usize = if BLOCKS == WIDE { WORTH_WIDE } else { 1 };

    type Narrow = Portable<'k, NARROW>;
    #[inline(always)]
    fn narrow(self) -> Self::Narrow {
        Portable { round_keys: self.round_keys }
    }

    #[inline(always)]
    fn load(self, from: &[Block]) -> Self::Reg {
        let mut reg = [Block::default(); BLOCKS];
        for (to, from) in reg.iter_mut().zip(from) {
            *to = *from;
        }
        reg
    }

    #[inline(always)]
    fn store(self, reg: Self::Reg, to: &mut [Block]) {
        for (to, from) in to.iter_mut().zip(&reg) {
            *to = *from;
        }
    }

    #[inline(always)]
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> Self::Reg {
        let mut reg = [Block::default(); BLOCKS];
        for (lane, to) in reg.iter_mut().enumerate() {
            *to = *block(lane);
        }
        reg
    }

    #[inline(always)]
    fn scatter(self, reg: Self::Reg, to: &mut Row<'_>, first: usize) {
        for (lane, from) in reg.into_iter().enumerate() {
            *to.block_mut(first + lane) = from;
        }
    }

    #[inline(always)]
    fn xor(self, mut a: Self::Reg, b: Self::Reg) -> Self::Reg {
        for (a, b) in a.as_flattened_mut().iter_mut().zip(b.as_flattened()) {
            *a ^= *b;
        }
        a
    }

    #[inline(always)]
    fn encrypt<const N: usize>(self, mut regs: [Self::Reg; N]) -> [Self::Reg; N] {
        for reg in &mut regs {
            if BLOCKS == WIDE {
                wide::cipher::<WideWord>(self.round_keys, reg);
            } else {
                narrow::cipher::<NarrowWord>(self.round_keys, reg);
            }
        }
        regs
    }

    #[inline(always)]
    fn decrypt<const N: usize>(self, mut regs: [Self::Reg; N]) -> [Self::Reg; N] {
        for reg in &mut regs {
            if BLOCKS == WIDE {
                wide::inv_cipher::<WideWord>(self.round_keys, reg);
            } else {
                narrow::inv_cipher::<NarrowWord>(self.round_keys, reg);
            }
        }
        regs
    }

    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn part(self, part: Part, mut state: Self::Reg, round_key: Self::Reg) -> Self::Reg {
        state.chunks_mut(NARROW).for_each(|blocks| narrow::part::<NarrowWord>(part, blocks));
        self.xor(state, round_key)
    }

    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn cipher_rounds<const N: usize>(
        self,
        mut states: [Self::Reg; N],
        rounds: usize,
        round_keys: impl Fn(usize) -> [Self::Reg; N],
    ) -> [Self::Reg; N] {
        for (n, state) in states.iter_mut().enumerate() {
            for (i, blocks) in state.chunks_mut(NARROW).enumerate() {
                narrow::cipher_rounds::<NarrowWord>(blocks, rounds, |round| {
                    let round_keys = round_keys(round)[n];
                    narrow::slice(&round_keys[i * NARROW..][..NARROW])
                });
            }
        }
        states
    }
}
