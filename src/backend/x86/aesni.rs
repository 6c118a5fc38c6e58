//! `aesni`: registers of 128 bits, one block each. Every x86 processor with AES instructions has these.

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;
use core::slice;

use super::{Registers, X86, key_expansion};
use crate::{
    Block,
    backend::{Job, Schedule, columns::Row, hardware::Hardware, schedule::RoundKey},
};

#[target_feature(enable = "sse2,ssse3,aes")]
pub(in crate::backend) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    job.run(Hardware::new(Aesni(()), Aesni(()), schedule))
}

/// KeyExpansion, and the round keys of the equivalent inverse cipher: the plain ones in reverse, all but the first and the
/// last through InvMixColumns.
#[target_feature(enable = "sse2,ssse3,aes")]
pub(in crate::backend) fn expand(key: &[u8], schedule: &mut Schedule) {
    key_expansion::expand(Aesni(()), key, schedule);
}

/// The proof that the instructions exist. Only [`enter`], [`expand`] and the `enter` of wider engines make one, and they can
/// be called only where the instructions were detected.
#[derive(Clone, Copy)]
pub(super) struct Aesni(());

impl Aesni {
    /// The proof for another engine.
    ///
    /// # Safety
    ///
    /// The processor must have SSE2, SSSE3 and AES: to be called in the `enter` of an engine that rests on them.
    #[inline(always)]
    pub(super) unsafe fn new() -> Self {
        Aesni(())
    }

    /// SubWord (FIPS-197 section 5.2) of the word that `choice` takes four times, and the constant added to it.
    ///
    /// AESENCLAST is SubBytes, ShiftRows and AddRoundKey. Of four equal words ShiftRows changes nothing, and the round key
    /// is the constant. AESKEYGENASSIST, made for this, is slower on most processors.
    #[inline(always)]
    pub(super) fn sub_word(self, words: __m128i, choice: &Block, constant: u8) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe {
            let word = _mm_shuffle_epi8(words, self.load(slice::from_ref(choice)));
            _mm_aesenclast_si128(word, _mm_set1_epi32(constant.into()))
        }
    }

    /// Of words w₀, w₁, w₂, w₃: w₀, w₀ + w₁, w₀ + w₁ + w₂ and all four.
    #[inline(always)]
    pub(super) fn running_sums(self, words: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe {
            let pairs = _mm_xor_si128(words, _mm_slli_si128(words, 4));
            _mm_xor_si128(pairs, _mm_slli_si128(pairs, 8))
        }
    }

    /// The highest word in all four places.
    #[inline(always)]
    pub(super) fn highest_word(self, words: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_shuffle_epi32(words, 0xff) }
    }

    /// InvMixColumns (FIPS-197 section 5.3.3).
    #[inline(always)]
    pub(super) fn inv_mix_columns(self, words: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_aesimc_si128(words) }
    }

    /// The words as a round key is kept.
    #[inline(always)]
    pub(super) fn put(self, words: __m128i, to: &mut RoundKey) {
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), words) }
    }

    /// The lower two words of both.
    #[inline(always)]
    pub(super) fn low_halves(self, low: __m128i, high: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { _mm_unpacklo_epi64(low, high) }
    }

    /// The higher two words of one and the lower two of the other.
    #[inline(always)]
    pub(super) fn high_and_low_half(self, low: __m128i, high: __m128i) -> __m128i {
        // SAFETY: `self` exists, so its instructions do; this is a shift by 8 bytes.
        unsafe { _mm_alignr_epi8::<8>(high, low) }
    }

    /// Eight bytes as the lower two words.
    #[inline(always)]
    pub(super) fn load_half(self, from: &[u8; 8]) -> __m128i {
        // SAFETY: `self` exists, so its instructions do; there are 8 bytes.
        unsafe { _mm_loadl_epi64(from.as_ptr().cast()) }
    }
}

impl Registers for Aesni {
    type Reg = __m128i;
    const LANES: usize = 1;

    type Narrow = Aesni;

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
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> __m128i {
        self.load(slice::from_ref(block(0)))
    }

    #[inline(always)]
    fn scatter(self, reg: __m128i, to: &mut Row<'_>, first: usize) {
        self.store(reg, slice::from_mut(to.block_mut(first)));
    }

    /// Fetches the line of the cache that a block begins in.
    #[inline(always)]
    fn prefetch(self, block: &Block) {
        // SAFETY: `self` exists, so its instructions do; and this one reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(block.as_ptr().cast()) }
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
}

impl X86 for Aesni {
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
