//! `vaes256`: registers of 256 bits, two blocks each. Zen 3 and Alder Lake have these and nothing wider.

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

use super::{Aesni, Registers, X86};
use crate::{
    Block,
    backend::{
        Job, Schedule,
        columns::{Row, RowBelow},
        hardware::Hardware,
        schedule::RoundKey,
    },
};

#[target_feature(enable = "avx2,vaes,aes,sse2")]
pub(in crate::backend) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    // SAFETY: where wide AES instructions were detected, the narrow ones were too.
    let narrow = unsafe { Aesni::new() };
    job.run(Hardware::new(Vaes256(()), narrow, schedule))
}

/// The proof that the instructions exist. Only [`enter`] makes one, and it can be called only where they were detected.
#[derive(Clone, Copy)]
struct Vaes256(());

impl Registers for Vaes256 {
    type Reg = __m256i;
    const LANES: usize = 2;

    type Narrow = Aesni;

    #[inline(always)]
    fn load(self, from: &[Block]) -> __m256i {
        let from = &from[..2];
        // SAFETY: `self` exists, so its instructions do; there are 2 blocks.
        unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, reg: __m256i, to: &mut [Block]) {
        let to = &mut to[..2];
        // SAFETY: `self` exists, so its instructions do; there are 2 blocks.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), reg) }
    }

    #[inline(always)]
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> __m256i {
        let [low, high] = [block(0), block(1)];
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes.
        unsafe { _mm256_loadu2_m128i(high.as_ptr().cast(), low.as_ptr().cast()) }
    }

    /// The second block is loaded together with the one above it, to where it belongs. Instructions that move blocks wait for
    /// the unit that does the rounds.
    #[inline(always)]
    fn gather_below(self, row: &RowBelow<'_>, first: usize) -> __m256i {
        let (low, above_and_high) = (row.block(first), row.with_above(first + 1));
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes, and there are one and two.
        unsafe {
            let low = _mm256_castsi128_si256(_mm_loadu_si128(low.as_ptr().cast()));
            _mm256_blend_epi32::<0b1111_0000>(low, _mm256_loadu_si256(above_and_high.as_ptr().cast()))
        }
    }

    #[inline(always)]
    fn scatter(self, reg: __m256i, to: &mut Row<'_>, first: usize) {
        let [low, high] = to.places(first);
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes, and is at each of these places.
        unsafe {
            _mm_storeu_si128(low.cast(), _mm256_castsi256_si128(reg));
            _mm_storeu_si128(high.cast(), _mm256_extracti128_si256(reg, 1));
        }
    }

    #[inline(always)]
    fn broadcast(self, round_key: &RoundKey) -> __m256i {
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(round_key.as_ptr().cast())) }
    }

    #[inline(always)]
    fn xor(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm256_xor_si256(a, b) }
    }
}

impl X86 for Vaes256 {
    #[inline(always)]
    fn aesenc(self, state: __m256i, round_key: __m256i) -> __m256i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm256_aesenc_epi128(state, round_key) }
    }

    #[inline(always)]
    fn aesenclast(self, state: __m256i, round_key: __m256i) -> __m256i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm256_aesenclast_epi128(state, round_key) }
    }

    #[inline(always)]
    fn aesdec(self, state: __m256i, round_key: __m256i) -> __m256i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm256_aesdec_epi128(state, round_key) }
    }

    #[inline(always)]
    fn aesdeclast(self, state: __m256i, round_key: __m256i) -> __m256i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm256_aesdeclast_epi128(state, round_key) }
    }
}
