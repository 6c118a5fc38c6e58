//! The rounds with x86's AES instructions, once, over the width of the register.
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
use super::{
    Engine, Links, Schedule,
    columns::Row,
    schedule::{RoundKey, RoundKeys},
};
use crate::Block;
use aesni::Aesni;

pub(super) mod aesni;
pub(super) mod detect;
mod key_expansion;
pub(super) mod vaes256;
pub(super) mod vaes512;

/// The AES instructions on registers of one width. A value exists only where they do.
trait Instructions: Copy {
    type Reg: Copy;
    const LANES: usize;

    fn load(self, from: &[Block]) -> Self::Reg;
    fn store(self, reg: Self::Reg, to: &mut [Block]);
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> Self::Reg;
    fn scatter(self, reg: Self::Reg, to: &mut Row<'_>, first: usize);
    /// The round key in every lane.
    fn broadcast(self, round_key: &RoundKey) -> Self::Reg;
    fn xor(self, a: Self::Reg, b: Self::Reg) -> Self::Reg;

    fn aesenc(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    fn aesenclast(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    fn aesdec(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    fn aesdeclast(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
}

/// The engine of any width. Where it is wide there are the narrow instructions too.
#[derive(Clone, Copy)]
struct X86<'k, I> {
    instructions: I,
    narrow: Aesni,
    round_keys: RoundKeys<'k>,
    inverse_round_keys: RoundKeys<'k>,
}

impl<'k> RoundKeys<'k> {
    #[inline(always)]
    fn nine(self) -> &'k [RoundKey] {
        &self.all[1..10]
    }

    #[inline(always)]
    fn others(self) -> &'k [[RoundKey; 2]] {
        let (pairs, _) = self.all[10..].as_chunks();
        &pairs[..self.pairs]
    }
}

impl<'k, I: Instructions> X86<'k, I> {
    #[inline(always)]
    fn new(instructions: I, narrow: Aesni, schedule: &'k Schedule) -> Self {
        X86 {
            instructions,
            narrow,
            round_keys: RoundKeys::of_cipher(schedule),
            inverse_round_keys: RoundKeys::of_inverse_cipher(schedule),
        }
    }

    /// AddRoundKey before the first round.
    #[inline(always)]
    fn add_first<const N: usize>(self, mut regs: [I::Reg; N], round_keys: RoundKeys<'k>) -> [I::Reg; N] {
        let first = self.instructions.broadcast(round_keys.first());
        for reg in &mut regs {
            *reg = self.instructions.xor(*reg, first);
        }
        regs
    }

    /// All rounds but the last, on registers that the first round key was added to. There is no loop over the nine that
    /// every key has: a short call would lose as much by guessing its end wrong as it takes otherwise.
    #[inline(always)]
    fn middle_rounds<const N: usize>(
        self,
        mut regs: [I::Reg; N],
        round_keys: RoundKeys<'k>,
        round: impl Fn(I, I::Reg, I::Reg) -> I::Reg,
    ) -> [I::Reg; N] {
        let round_keys = round_keys.unknown();
        for round_key in round_keys.nine() {
            regs = self.round(regs, round_key, &round);
        }
        for [one, two] in round_keys.others() {
            regs = self.round(regs, one, &round);
            regs = self.round(regs, two, &round);
        }
        regs
    }

    /// A round. The round key is fetched once and used by one register after the other, so that the unit starts on the next
    /// while it is still busy with the ones before.
    #[inline(always)]
    fn round<const N: usize>(
        self,
        mut regs: [I::Reg; N],
        round_key: &RoundKey,
        round: impl Fn(I, I::Reg, I::Reg) -> I::Reg,
    ) -> [I::Reg; N] {
        let round_key = self.instructions.broadcast(round_key);
        for reg in &mut regs {
            *reg = round(self.instructions, *reg, round_key);
        }
        regs
    }

    /// All rounds, on registers that the first round key was added to. The last round is told which register it is for.
    #[inline(always)]
    fn rounds<const N: usize>(
        self,
        mut regs: [I::Reg; N],
        round_keys: RoundKeys<'k>,
        round: impl Fn(I, I::Reg, I::Reg) -> I::Reg,
        last_round: impl Fn(usize, I::Reg, I::Reg) -> I::Reg,
    ) -> [I::Reg; N] {
        regs = self.middle_rounds(regs, round_keys, round);
        let last = self.instructions.broadcast(round_keys.last());
        for (i, reg) in regs.iter_mut().enumerate() {
            *reg = last_round(i, *reg, last);
        }
        regs
    }
}

impl<'k, I: Instructions> Engine for X86<'k, I> {
    type Reg = I::Reg;
    const LANES: usize = I::LANES;

    type Narrow = X86<'k, Aesni>;
    #[inline(always)]
    fn narrow(self) -> Self::Narrow {
        let X86 { narrow, round_keys, inverse_round_keys, .. } = self;
        X86 { instructions: narrow, narrow, round_keys, inverse_round_keys }
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
    fn prefetch(self, block: &Block) {
        self.narrow.prefetch(block);
    }

    #[inline(always)]
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> Self::Reg {
        self.instructions.gather(block)
    }

    #[inline(always)]
    fn scatter(self, reg: Self::Reg, to: &mut Row<'_>, first: usize) {
        self.instructions.scatter(reg, to, first);
    }

    #[inline(always)]
    fn xor(self, a: Self::Reg, b: Self::Reg) -> Self::Reg {
        self.instructions.xor(a, b)
    }

    #[inline(always)]
    fn encrypt<const N: usize>(self, regs: [Self::Reg; N]) -> [Self::Reg; N] {
        self.encrypt_whitened(self.add_first(regs, self.round_keys))
    }

    #[inline(always)]
    fn decrypt<const N: usize>(self, regs: [Self::Reg; N]) -> [Self::Reg; N] {
        let x86 = self.instructions;
        let last_round = |_, reg, last| x86.aesdeclast(reg, last);
        self.rounds(self.add_first(regs, self.inverse_round_keys), self.inverse_round_keys, I::aesdec, last_round)
    }

    /// The other is added to the last round key, which doesn't wait for the rounds.
    #[inline(always)]
    fn decrypt_then_xor<const N: usize>(
        self,
        regs: [Self::Reg; N],
        other: impl Fn(usize) -> Self::Reg,
    ) -> [Self::Reg; N] {
        let x86 = self.instructions;
        let last_round = |i, reg, last| x86.aesdeclast(reg, x86.xor(last, other(i)));
        self.rounds(self.add_first(regs, self.inverse_round_keys), self.inverse_round_keys, I::aesdec, last_round)
    }

    /// AddRoundKey before the first round.
    #[inline(always)]
    fn whiten(self, reg: Self::Reg) -> Self::Reg {
        let [whitened] = self.add_first([reg], self.round_keys);
        whitened
    }

    #[inline(always)]
    fn encrypt_whitened<const N: usize>(self, whitened: [Self::Reg; N]) -> [Self::Reg; N] {
        let x86 = self.instructions;
        self.rounds(whitened, self.round_keys, I::aesenc, |_, reg, last| x86.aesenclast(reg, last))
    }

    /// What comes next is added to the last round key, so that from link to link there are the rounds and nothing else.
    /// The encrypted blocks, which nobody waits for, are had by taking it off again.
    #[inline(always)]
    fn encrypt_linked<const N: usize>(
        self,
        whitened: [Self::Reg; N],
        links: &mut impl Links<Self::Reg>,
    ) -> [Self::Reg; N] {
        let x86 = self.instructions;
        let mut linked = self.middle_rounds(whitened, self.round_keys, I::aesenc);
        let last = x86.broadcast(self.round_keys.last());
        for (i, linked) in linked.iter_mut().enumerate() {
            let next = links.next(i);
            *linked = x86.aesenclast(*linked, x86.xor(last, next));
            links.put(i, x86.xor(*linked, next));
        }
        linked
    }

    /// MixColumns alone is what is left of AESENC after AESDECLAST, which undoes all else; and the other way round. (AESIMC is
    /// for registers of one block only.)
    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn part<const N: usize>(
        self,
        part: Part,
        mut states: [Self::Reg; N],
        round_keys: [Self::Reg; N],
    ) -> [Self::Reg; N] {
        let x86 = self.instructions;
        let zero = x86.broadcast(&[0; 2]);
        for (state, round_key) in states.iter_mut().zip(round_keys) {
            *state = match part {
                Part::CipherRound => x86.aesenc(*state, round_key),
                Part::CipherLastRound => x86.aesenclast(*state, round_key),
                Part::EqInvCipherRound => x86.aesdec(*state, round_key),
                Part::EqInvCipherLastRound => x86.aesdeclast(*state, round_key),
                Part::MixColumns => x86.aesenc(x86.aesdeclast(*state, zero), round_key),
                Part::InvMixColumns => x86.aesdec(x86.aesenclast(*state, zero), round_key),
            };
        }
        states
    }
}
