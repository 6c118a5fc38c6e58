//! `armv8`: the AES instructions of 64-bit ARM, for which the rounds are in [`hardware`](super::hardware).
//!
//! AESE does AddRoundKey, SubBytes and ShiftRows, AESMC does MixColumns; AESD and AESIMC are the same of the *equivalent*
//! inverse cipher (FIPS-197 section 5.3.5). So a round begins with its round key, and the last one is an exclusive or behind the
//! last round. Processors do an AESE and the AESMC behind it as one. The instructions take the same time whatever they work on.

use core::{arch::aarch64::*, slice};

#[cfg(feature = "hazmat")]
use super::Part;
use super::{
    Job, Schedule,
    columns::Row,
    hardware::{Hardware, Instructions, Registers},
    key_expansion,
    schedule::RoundKey,
};
use crate::Block;

/// Whether the processor has the instructions. It is asked once, where there is an operating system to ask; else they are
/// there if the program is compiled for them.
pub(super) fn is_detected() -> bool {
    #[cfg(feature = "std")]
    return std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(not(feature = "std"))]
    return cfg!(target_feature = "aes");
}

#[target_feature(enable = "neon,aes")]
pub(super) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    job.run(Hardware::new(Armv8(()), Armv8(()), schedule))
}

/// KeyExpansion, and the round keys of the equivalent inverse cipher: the plain ones in reverse, all but the first and the
/// last through InvMixColumns.
#[target_feature(enable = "neon,aes")]
pub(super) fn expand(key: &[u8], schedule: &mut Schedule) {
    let arm = Armv8(());
    key_expansion::expand(key, schedule.round_keys_mut(), |word| arm.sub_word(word));
    let last = schedule.round_keys().len() - 1;
    for round in 0..=last {
        let round_key = schedule.round_keys[round];
        let inverse = if round == 0 || round == last { round_key } else { arm.inv_mix_columns(&round_key) };
        schedule.inverse_round_keys[last - round] = inverse;
    }
}

/// The proof that the instructions exist. Only [`enter`] and [`expand`] make one, and they can be called only where the
/// instructions were detected.
#[derive(Clone, Copy)]
struct Armv8(());

/// The instructions, for [`Armv8`], which knows that they exist. The compiler lets what is always inlined be inlined only where
/// it knows that as well, so the intrinsics can't be called from there directly.
mod instructions {
    use core::arch::aarch64::*;

    /// AddRoundKey, SubBytes, ShiftRows.
    #[inline]
    #[target_feature(enable = "neon,aes")]
    pub(super) fn aese(state: uint8x16_t, round_key: uint8x16_t) -> uint8x16_t {
        vaeseq_u8(state, round_key)
    }

    /// AddRoundKey, InvSubBytes, InvShiftRows.
    #[inline]
    #[target_feature(enable = "neon,aes")]
    pub(super) fn aesd(state: uint8x16_t, round_key: uint8x16_t) -> uint8x16_t {
        vaesdq_u8(state, round_key)
    }

    /// MixColumns.
    #[inline]
    #[target_feature(enable = "neon,aes")]
    pub(super) fn aesmc(state: uint8x16_t) -> uint8x16_t {
        vaesmcq_u8(state)
    }

    /// InvMixColumns.
    #[inline]
    #[target_feature(enable = "neon,aes")]
    pub(super) fn aesimc(state: uint8x16_t) -> uint8x16_t {
        vaesimcq_u8(state)
    }
}

impl Armv8 {
    #[inline(always)]
    fn aese(self, state: uint8x16_t, round_key: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { instructions::aese(state, round_key) }
    }

    #[inline(always)]
    fn aesd(self, state: uint8x16_t, round_key: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { instructions::aesd(state, round_key) }
    }

    #[inline(always)]
    fn aesmc(self, state: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { instructions::aesmc(state) }
    }

    #[inline(always)]
    fn aesimc(self, state: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { instructions::aesimc(state) }
    }

    #[inline(always)]
    fn zero(self) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { vdupq_n_u8(0) }
    }

    /// SubWord (FIPS-197 section 5.2). Of four equal words ShiftRows changes nothing, and a round key of zeros adds nothing.
    #[inline(always)]
    fn sub_word(self, word: u32) -> u32 {
        // SAFETY: `self` exists, so its instructions do.
        let words = unsafe { vreinterpretq_u8_u32(vdupq_n_u32(word)) };
        let words = self.aese(words, self.zero());
        // SAFETY: as above.
        unsafe { vgetq_lane_u32::<0>(vreinterpretq_u32_u8(words)) }
    }

    /// InvMixColumns of a round key.
    #[inline(always)]
    fn inv_mix_columns(self, round_key: &RoundKey) -> RoundKey {
        let mut inverse = RoundKey::default();
        let reg = self.aesimc(self.broadcast(round_key));
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { vst1q_u8(inverse.as_mut_ptr().cast(), reg) }
        inverse
    }
}

impl Registers for Armv8 {
    type Reg = uint8x16_t;
    const LANES: usize = 1;

    type Narrow = Self;

    #[inline(always)]
    fn load(self, from: &[Block]) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes.
        unsafe { vld1q_u8(from[0].as_ptr()) }
    }

    #[inline(always)]
    fn store(self, reg: uint8x16_t, to: &mut [Block]) {
        // SAFETY: `self` exists, so its instructions do; a block has 16 bytes.
        unsafe { vst1q_u8(to[0].as_mut_ptr(), reg) }
    }

    #[inline(always)]
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> uint8x16_t {
        self.load(slice::from_ref(block(0)))
    }

    #[inline(always)]
    fn scatter(self, reg: uint8x16_t, to: &mut Row<'_>, first: usize) {
        self.store(reg, slice::from_mut(to.block_mut(first)));
    }

    #[inline(always)]
    fn broadcast(self, round_key: &RoundKey) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do; a round key has 16 bytes.
        unsafe { vld1q_u8(round_key.as_ptr().cast()) }
    }

    #[inline(always)]
    fn xor(self, a: uint8x16_t, b: uint8x16_t) -> uint8x16_t {
        // SAFETY: `self` exists, so its instructions do.
        unsafe { veorq_u8(a, b) }
    }
}

impl Instructions for Armv8 {
    const ENDS_WITH_KEY: bool = false;

    #[inline(always)]
    fn cipher_round(self, state: uint8x16_t, round_key: uint8x16_t) -> uint8x16_t {
        self.aesmc(self.aese(state, round_key))
    }

    #[inline(always)]
    fn cipher_last_round(self, state: uint8x16_t, [last_but_one, last]: [uint8x16_t; 2]) -> uint8x16_t {
        self.xor(self.aese(state, last_but_one), last)
    }

    #[inline(always)]
    fn inv_round(self, state: uint8x16_t, round_key: uint8x16_t) -> uint8x16_t {
        self.aesimc(self.aesd(state, round_key))
    }

    #[inline(always)]
    fn inv_last_round(self, state: uint8x16_t, [last_but_one, last]: [uint8x16_t; 2]) -> uint8x16_t {
        self.xor(self.aesd(state, last_but_one), last)
    }

    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn part(self, part: Part, state: uint8x16_t, round_key: uint8x16_t) -> uint8x16_t {
        let done = match part {
            Part::CipherRound => self.aesmc(self.aese(state, self.zero())),
            Part::CipherLastRound => self.aese(state, self.zero()),
            Part::EqInvCipherRound => self.aesimc(self.aesd(state, self.zero())),
            Part::EqInvCipherLastRound => self.aesd(state, self.zero()),
            Part::MixColumns => self.aesmc(state),
            Part::InvMixColumns => self.aesimc(state),
        };
        self.xor(done, round_key)
    }
}
