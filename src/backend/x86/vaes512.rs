//! `vaes512`: registers of 512 bits, four blocks each.

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

use super::{Aesni, Registers, X86};
use crate::{
    Block,
    backend::{Job, Schedule, columns::Row, hardware::Hardware, schedule::RoundKey},
};

#[target_feature(enable = "avx512f,avx2,vaes,aes,sse2")]
pub(in crate::backend) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    // SAFETY: where wide AES instructions were detected, the narrow ones were too.
    let narrow = unsafe { Aesni::new() };
    job.run(Hardware::new(Vaes512(()), narrow, schedule))
}

/// The proof that the instructions exist. Only [`enter`] makes one, and it can be called only where they were detected.
#[derive(Clone, Copy)]
struct Vaes512(());

impl Registers for Vaes512 {
    type Reg = __m512i;
    const LANES: usize = 4;

    type Narrow = Aesni;

    #[inline(always)]
    fn load(self, from: &[Block]) -> __m512i {
        let from = &from[..4];
        // SAFETY: `self` exists, so its instructions do; there are 4 blocks.
        unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, reg: __m512i, to: &mut [Block]) {
        let to = &mut to[..4];
        // SAFETY: `self` exists, so its instructions do; there are 4 blocks.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), reg) }
    }

    #[inline(always)]
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> __m512i {
        let block = |lane| block(lane).as_ptr().cast();
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes.
        let [low, high] = unsafe { [_mm256_loadu2_m128i(block(1), block(0)), _mm256_loadu2_m128i(block(3), block(2))] };
        // SAFETY: as above.
        unsafe { _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1) }
    }

    #[inline(always)]
    fn scatter(self, reg: __m512i, to: &mut Row<'_>, first: usize) {
        let [a, b, c, d] = to.places(first);
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes, and is at each of these places.
        unsafe {
            _mm_storeu_si128(a.cast(), _mm512_castsi512_si128(reg));
            _mm_storeu_si128(b.cast(), _mm512_extracti32x4_epi32(reg, 1));
            _mm_storeu_si128(c.cast(), _mm512_extracti32x4_epi32(reg, 2));
            _mm_storeu_si128(d.cast(), _mm512_extracti32x4_epi32(reg, 3));
        }
    }

    #[inline(always)]
    fn broadcast(self, round_key: &RoundKey) -> __m512i {
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { _mm512_broadcast_i32x4(_mm_loadu_si128(round_key.as_ptr().cast())) }
    }

    #[inline(always)]
    fn xor(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm512_xor_si512(a, b) }
    }
}

impl X86 for Vaes512 {
    #[inline(always)]
    fn aesenc(self, state: __m512i, round_key: __m512i) -> __m512i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm512_aesenc_epi128(state, round_key) }
    }

    #[inline(always)]
    fn aesenclast(self, state: __m512i, round_key: __m512i) -> __m512i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm512_aesenclast_epi128(state, round_key) }
    }

    #[inline(always)]
    fn aesdec(self, state: __m512i, round_key: __m512i) -> __m512i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm512_aesdec_epi128(state, round_key) }
    }

    #[inline(always)]
    fn aesdeclast(self, state: __m512i, round_key: __m512i) -> __m512i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm512_aesdeclast_epi128(state, round_key) }
    }
}
