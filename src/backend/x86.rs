//! The rounds with x86's AES instructions, once, over the width of the register.
//!
//! AESENC does ShiftRows, SubBytes, MixColumns and AddRoundKey in one go, AESENCLAST the same without MixColumns; AESDEC
//! and AESDECLAST do a round of the *equivalent* inverse cipher (FIPS-197 section 5.3.5), so decryption wants round keys
//! that went through InvMixColumns (AESIMC). The instructions take the same time whatever they work on.
//!
//! Each width has a file of its own that says what its register is and how to enter.

use super::{
    Engine, Schedule,
    schedule::{RoundKey, RoundKeys},
};
use crate::Block;

pub(super) mod aesni;
pub(super) mod detect;

/// The AES instructions on registers of one width. A value exists only where they do.
trait Instructions: Copy {
    type Reg: Copy;
    const LANES: usize;

    type Narrow: Instructions;
    fn narrow(self) -> Self::Narrow;

    fn load(self, from: &[Block]) -> Self::Reg;
    fn store(self, reg: Self::Reg, to: &mut [Block]);
    /// The round key in every lane.
    fn broadcast(self, round_key: &RoundKey) -> Self::Reg;
    fn xor(self, a: Self::Reg, b: Self::Reg) -> Self::Reg;

    fn aesenc(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    fn aesenclast(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    fn aesdec(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    fn aesdeclast(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
}

/// The engine of any width.
#[derive(Clone, Copy)]
struct X86<'k, I> {
    instructions: I,
    round_keys: RoundKeys<'k>,
    inverse_round_keys: RoundKeys<'k>,
}

impl<'k, I: Instructions> X86<'k, I> {
    #[inline(always)]
    fn new(instructions: I, schedule: &'k Schedule) -> Self {
        X86 {
            instructions,
            round_keys: RoundKeys::new(schedule.round_keys()),
            inverse_round_keys: RoundKeys::new(schedule.inverse_round_keys()),
        }
    }

    /// All rounds on all registers: a round key is fetched once and used by each of them, one after the other, so that
    /// the unit starts on the next register while it is still busy with the ones before.
    #[inline(always)]
    fn rounds<const N: usize>(
        self,
        mut regs: [I::Reg; N],
        round_keys: RoundKeys<'k>,
        round: impl Fn(I, I::Reg, I::Reg) -> I::Reg,
        last_round: impl Fn(I, I::Reg, I::Reg) -> I::Reg,
    ) -> [I::Reg; N] {
        let x86 = self.instructions;
        let round_key = x86.broadcast(round_keys.first);
        for reg in &mut regs {
            *reg = x86.xor(*reg, round_key);
        }
        for round_key in round_keys.middle {
            let round_key = x86.broadcast(round_key);
            for reg in &mut regs {
                *reg = round(x86, *reg, round_key);
            }
        }
        let round_key = x86.broadcast(round_keys.last);
        for reg in &mut regs {
            *reg = last_round(x86, *reg, round_key);
        }
        regs
    }
}

impl<'k, I: Instructions> Engine for X86<'k, I> {
    type Reg = I::Reg;
    const LANES: usize = I::LANES;

    type Narrow = X86<'k, I::Narrow>;
    #[inline(always)]
    fn narrow(self) -> Self::Narrow {
        let X86 { instructions, round_keys, inverse_round_keys } = self;
        X86 { instructions: instructions.narrow(), round_keys, inverse_round_keys }
    }

    #[inline(always)]
    fn load(self, from: &[Block]) -> Self::Reg {
        self.instructions.load(from)
    }

    #[inline(always)]
    fn store(self, reg: Self::Reg, to: &mut [Block]) {
        self.instructions.store(reg, to);
    }

    #[inline(always)]
    fn xor(self, a: Self::Reg, b: Self::Reg) -> Self::Reg {
        self.instructions.xor(a, b)
    }

    #[inline(always)]
    fn encrypt<const N: usize>(self, regs: [Self::Reg; N]) -> [Self::Reg; N] {
        self.rounds(regs, self.round_keys, I::aesenc, I::aesenclast)
    }

    #[inline(always)]
    fn decrypt<const N: usize>(self, regs: [Self::Reg; N]) -> [Self::Reg; N] {
        self.rounds(regs, self.inverse_round_keys, I::aesdec, I::aesdeclast)
    }
}
