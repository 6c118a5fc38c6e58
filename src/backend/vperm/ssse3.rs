//! `vperm-ssse3`: PSHUFB, which x86 processors have had since 2006.

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

use super::{Shuffle, Vperm};
use crate::{
    Block,
    backend::{Job, Schedule, schedule::RoundKey},
};

#[target_feature(enable = "sse2,ssse3")]
pub(in crate::backend) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    job.run(Vperm::new(Ssse3(()), schedule))
}

#[target_feature(enable = "sse2,ssse3")]
pub(in crate::backend) fn expand(key: &[u8], schedule: &mut Schedule) {
    super::expand(Ssse3(()), key, schedule);
}

/// The proof that the instructions exist. Only [`enter`] and [`expand`] make one, and they can be called only where they
/// were detected.
#[derive(Clone, Copy)]
pub(super) struct Ssse3(());

impl Ssse3 {
    /// The proof for tests.
    ///
    /// # Safety
    ///
    /// The processor must have SSE2 and SSSE3.
    #[cfg(all(test, feature = "reference"))]
    pub(super) unsafe fn new() -> Self {
        Ssse3(())
    }
}

impl Shuffle for Ssse3 {
    type Reg = __m128i;

    #[inline(always)]
    fn load(self, from: &Block) -> __m128i {
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes.
        unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, reg: __m128i, to: &mut Block) {
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes.
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), reg) }
    }

    #[inline(always)]
    fn load_round_key(self, from: &RoundKey) -> __m128i {
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store_round_key(self, reg: __m128i, to: &mut RoundKey) {
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), reg) }
    }

    #[inline(always)]
    fn load_word(self, word: u32) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_cvtsi32_si128(word.cast_signed()) }
    }

    #[inline(always)]
    fn low_word(self, reg: __m128i) -> u32 {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_cvtsi128_si32(reg) }.cast_unsigned()
    }

    #[inline(always)]
    fn xor(self, a: __m128i, b: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_xor_si128(a, b) }
    }

    #[inline(always)]
    fn low_nibbles(self, reg: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_and_si128(reg, _mm_set1_epi8(0x0f)) }
    }

    /// There is no shift of bytes. That of words brings along the next byte's low nibble.
    #[inline(always)]
    fn high_nibbles(self, reg: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_and_si128(_mm_srli_epi16(reg, 4), _mm_set1_epi8(0x0f)) }
    }

    #[inline(always)]
    fn look_up(self, table: __m128i, at: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_shuffle_epi8(table, at) }
    }
}
