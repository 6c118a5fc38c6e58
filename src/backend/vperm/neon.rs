//! `vperm-neon`: TBL, which every ARMv8 processor has.

use core::arch::aarch64::*;

use super::{Shuffle, Vperm};
use crate::{
    Block,
    backend::{Job, Schedule, schedule::RoundKey},
};

pub(in crate::backend) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    job.run(Vperm::new(Neon(()), schedule))
}

pub(in crate::backend) fn expand(key: &[u8], schedule: &mut Schedule) {
    super::expand(Neon(()), key, schedule);
}

/// The proof that the instructions exist. This file is compiled only where the whole program rests on them.
#[derive(Clone, Copy)]
pub(super) struct Neon(());

impl Neon {
    #[cfg(all(test, feature = "reference"))]
    pub(super) fn new() -> Self {
        Neon(())
    }
}

impl Shuffle for Neon {
    type Reg = uint8x16_t;

    #[inline(always)]
    fn load(self, from: &Block) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes.
        unsafe { vld1q_u8(from.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, reg: uint8x16_t, to: &mut Block) {
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes.
        unsafe { vst1q_u8(to.as_mut_ptr(), reg) }
    }

    #[inline(always)]
    fn load_round_key(self, from: &RoundKey) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { vld1q_u8(from.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store_round_key(self, reg: uint8x16_t, to: &mut RoundKey) {
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { vst1q_u8(to.as_mut_ptr().cast(), reg) }
    }

    #[inline(always)]
    fn load_word(self, word: u32) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { vreinterpretq_u8_u32(vdupq_n_u32(word)) }
    }

    #[inline(always)]
    fn low_word(self, reg: uint8x16_t) -> u32 {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { vgetq_lane_u32::<0>(vreinterpretq_u32_u8(reg)) }
    }

    #[inline(always)]
    fn xor(self, a: uint8x16_t, b: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { veorq_u8(a, b) }
    }

    #[inline(always)]
    fn low_nibbles(self, reg: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { vandq_u8(reg, vdupq_n_u8(0x0f)) }
    }

    #[inline(always)]
    fn high_nibbles(self, reg: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { vshrq_n_u8::<4>(reg) }
    }

    #[inline(always)]
    fn look_up(self, table: uint8x16_t, at: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { vqtbl1q_u8(table, at) }
    }
}
