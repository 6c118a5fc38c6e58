//! `vperm-wasm`: `i8x16.swizzle`, in WebAssembly that is compiled with the feature `simd128`.

use core::arch::wasm32::*;

use super::{Shuffle, Vperm};
use crate::{
    Block,
    backend::{Job, Schedule, schedule::RoundKey},
};

pub(in crate::backend) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    job.run(Vperm::new(Wasm(()), schedule))
}

pub(in crate::backend) fn expand(key: &[u8], schedule: &mut Schedule) {
    super::expand(Wasm(()), key, schedule);
}

/// The proof that the instructions exist. This file is compiled only where the whole program rests on them.
#[derive(Clone, Copy)]
pub(super) struct Wasm(());

impl Wasm {
    #[cfg(all(test, feature = "reference"))]
    pub(super) fn new() -> Self {
        Wasm(())
    }
}

impl Shuffle for Wasm {
    type Reg = v128;

    #[inline(always)]
    fn load(self, from: &Block) -> v128 {
        // SAFETY: a block has 16 bytes, wherever they lie.
        unsafe { v128_load(from.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, reg: v128, to: &mut Block) {
        // SAFETY: a block has 16 bytes, wherever they lie.
        unsafe { v128_store(to.as_mut_ptr().cast(), reg) }
    }

    #[inline(always)]
    fn load_round_key(self, [low, high]: &RoundKey) -> v128 {
        u64x2(*low, *high)
    }

    #[inline(always)]
    fn store_round_key(self, reg: v128, to: &mut RoundKey) {
        *to = [u64x2_extract_lane::<0>(reg), u64x2_extract_lane::<1>(reg)];
    }

    #[inline(always)]
    fn load_word(self, word: u32) -> v128 {
        u32x4_splat(word)
    }

    #[inline(always)]
    fn low_word(self, reg: v128) -> u32 {
        u32x4_extract_lane::<0>(reg)
    }

    #[inline(always)]
    fn xor(self, a: v128, b: v128) -> v128 {
        v128_xor(a, b)
    }

    #[inline(always)]
    fn low_nibbles(self, reg: v128) -> v128 {
        v128_and(reg, u8x16_splat(0x0f))
    }

    #[inline(always)]
    fn high_nibbles(self, reg: v128) -> v128 {
        u8x16_shr(reg, 4)
    }

    #[inline(always)]
    fn look_up(self, table: v128, at: v128) -> v128 {
        u8x16_swizzle(table, at)
    }
}
