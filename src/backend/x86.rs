//! x86's AES instructions, for which the rounds are in [`hardware`](super::hardware).
//!
//! AESENC does ShiftRows, SubBytes, MixColumns and AddRoundKey in one go, AESENCLAST the same without MixColumns; AESDEC
//! and AESDECLAST do a round of the *equivalent* inverse cipher (FIPS-197 section 5.3.5), so decryption wants round keys
//! that went through InvMixColumns (AESIMC). The instructions take the same time whatever they work on.
//!
//! Each width has a file of its own that says what its register is and how to enter.
//!
//! # What the loops cost
//!
//! AES-128 is 10 AES instructions a register, AES-192 12, AES-256 14. On Zen 3 two of them start in every cycle, of whatever
//! width, and each takes four cycles, so eight registers in flight keep both units busy. Everything else fits in beside them:
//! a register's load, its store and an exclusive or for the first round key go to other units, round keys are fetched once
//! for eight registers, and what CBC decryption adds comes in through the last round key.
//!
//! | AES-128 on Zen 3, cycles | `aesni` | `vaes256` | of these, AES alone |
//! |---|---|---|---|
//! | ECB, and CBC decryption, a block | 5.3 | 2.7 | 5, 2.5 |
//! | CBC encryption of one message, a block | 40 | 40 | 40: ten times four, one after the other |
//! | the same of many messages, a block | 5.4 | 3.8 | 5, 2.5 |
//!
//! (`benches/peers` at 16 KiB, in nanoseconds; 1 ns is 3.2 cycles there.) The last line's `vaes256` is above its limit because
//! blocks of different messages lie apart: each register is put together from two loads and taken apart into two stores, in
//! units that the AES instructions use as well. In the machine code of these loops there are no calls, and of vectors nothing
//! goes over the stack.

#[cfg(feature = "hazmat")]
use super::Part;
use super::hardware::{Instructions, Registers};
#[cfg(feature = "hazmat")]
use super::schedule::RoundKey;
use aesni::Aesni;

pub(super) mod aesni;
pub(super) mod detect;
mod key_expansion;
pub(super) mod vaes256;
pub(super) mod vaes512;

/// The AES instructions on registers of one width.
trait X86: Registers {
    fn aesenc(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    fn aesenclast(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    fn aesdec(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    fn aesdeclast(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
}

impl<W: X86> Instructions for W {
    const ENDS_WITH_KEY: bool = true;

    #[inline(always)]
    fn cipher_round(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg {
        self.aesenc(state, round_key)
    }

    #[inline(always)]
    fn cipher_last_round(self, state: Self::Reg, [_, last]: [Self::Reg; 2]) -> Self::Reg {
        self.aesenclast(state, last)
    }

    #[inline(always)]
    fn inv_round(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg {
        self.aesdec(state, round_key)
    }

    #[inline(always)]
    fn inv_last_round(self, state: Self::Reg, [_, last]: [Self::Reg; 2]) -> Self::Reg {
        self.aesdeclast(state, last)
    }

    /// MixColumns alone is what is left of AESENC after AESDECLAST, which undoes all else; and the other way round. (AESIMC is
    /// for registers of one block only.)
    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn part(self, part: Part, state: Self::Reg, round_key: Self::Reg) -> Self::Reg {
        let zero = self.broadcast(&RoundKey::default());
        match part {
            Part::CipherRound => self.aesenc(state, round_key),
            Part::CipherLastRound => self.aesenclast(state, round_key),
            Part::EqInvCipherRound => self.aesdec(state, round_key),
            Part::EqInvCipherLastRound => self.aesdeclast(state, round_key),
            Part::MixColumns => self.aesenc(self.aesdeclast(state, zero), round_key),
            Part::InvMixColumns => self.aesdec(self.aesenclast(state, zero), round_key),
        }
    }
}
