//! `aesni`: registers of 128 bits, one block each. Every x86 processor with AES instructions has these.

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

use core::slice;

use super::{Instructions, X86};
use crate::{
    Block,
    backend::{Job, Schedule, columns::Row, key_expansion, schedule::RoundKey},
};

#[target_feature(enable = "sse2,aes")]
pub(in crate::backend) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    job.run(X86::new(Aesni(()), Aesni(()), schedule))
}

/// KeyExpansion, and the round keys of the equivalent inverse cipher: the plain ones in reverse, all but the first and the
/// last through InvMixColumns.
#[target_feature(enable = "sse2,aes")]
pub(in crate::backend) fn expand(key: &[u8], schedule: &mut Schedule) {
    let x86 = Aesni(());
    key_expansion::expand(key, schedule.round_keys_mut(), |word| x86.sub_word(word));

    let (round_keys, inverse) = schedule.split_inverse_mut();
    for (to, from) in inverse.iter_mut().zip(round_keys.iter().rev()) {
        *to = *from;
    }
    if let [_, middle @ .., _] = inverse {
        for round_key in middle {
            x86.inv_mix_columns(round_key);
        }
    }
}

/// The proof that the instructions exist. Only [`enter`] and [`expand`] make one, and they can be called only where the
/// instructions were detected.
#[derive(Clone, Copy)]
pub(super) struct Aesni(());

impl Aesni {
    /// To be called only where the instructions are: in the `enter` of an engine that rests on them.
    #[inline(always)]
    pub(super) unsafe fn new() -> Self {
        Aesni(())
    }

    /// SubWord. AESKEYGENASSIST substitutes words 1 and 3 of its operand; the constant is added elsewhere.
    #[inline(always)]
    fn sub_word(self, word: u32) -> u32 {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_cvtsi128_si32(_mm_aeskeygenassist_si128(_mm_set_epi32(0, 0, word as i32, 0), 0)) as u32 }
    }

    /// InvMixColumns of a round key, in place.
    #[inline(always)]
    fn inv_mix_columns(self, round_key: &mut RoundKey) {
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { _mm_storeu_si128(round_key.as_mut_ptr().cast(), _mm_aesimc_si128(self.broadcast(round_key))) }
    }
}

impl Instructions for Aesni {
    type Reg = __m128i;
    const LANES: usize = 1;

    #[inline(always)]
    fn load(self, from: &[Block]) -> __m128i {
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes.
        unsafe { _mm_loadu_si128(from[0].as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, reg: __m128i, to: &mut [Block]) {
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes.
        unsafe { _mm_storeu_si128(to[0].as_mut_ptr().cast(), reg) }
    }

    #[inline(always)]
    fn gather(self, from: &Row<'_, '_>, first: usize) -> __m128i {
        self.load(slice::from_ref(from.block(first)))
    }

    #[inline(always)]
    fn scatter(self, reg: __m128i, to: &mut Row<'_, '_>, first: usize) {
        self.store(reg, slice::from_mut(to.block_mut(first)));
    }

    #[inline(always)]
    fn broadcast(self, round_key: &RoundKey) -> __m128i {
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { _mm_loadu_si128(round_key.as_ptr().cast()) }
    }

    #[inline(always)]
    fn xor(self, a: __m128i, b: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_xor_si128(a, b) }
    }

    #[inline(always)]
    fn aesenc(self, state: __m128i, round_key: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_aesenc_si128(state, round_key) }
    }

    #[inline(always)]
    fn aesenclast(self, state: __m128i, round_key: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_aesenclast_si128(state, round_key) }
    }

    #[inline(always)]
    fn aesdec(self, state: __m128i, round_key: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_aesdec_si128(state, round_key) }
    }

    #[inline(always)]
    fn aesdeclast(self, state: __m128i, round_key: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_aesdeclast_si128(state, round_key) }
    }
}
