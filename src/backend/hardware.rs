//! The rounds with a processor's AES instructions, once, over the processor and the width of its registers.
//!
//! Processors cut rounds differently. x86 adds the round key in the end, so that before the first round there is another
//! AddRoundKey; ARM adds it in the beginning, so that it is after the last. Between the two there are as many rounds, which take
//! one round key each, and all that is done with these (how they are fetched, what is folded into them, how many registers
//! go side by side) is the same.

#[cfg(feature = "hazmat")]
use super::Part;
use super::{
    Engine, Links, Schedule,
    columns::{Row, RowBelow},
    engine::link,
    schedule::{RoundKey, RoundKeys},
};
use crate::Block;

/// Registers of whole blocks. A value exists only where the processor has them.
pub(super) trait Registers: Copy {
    type Reg: Copy;
    const LANES: usize;

    /// Those of one block, which exist where the wide ones do.
    type Narrow: Instructions<Narrow = Self::Narrow>;

    fn load(self, from: &[Block]) -> Self::Reg;
    fn store(self, reg: Self::Reg, to: &mut [Block]);
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> Self::Reg;
    #[inline(always)]
    fn gather_below(self, row: &RowBelow<'_>, first: usize) -> Self::Reg {
        self.gather(|lane| row.block(first + lane))
    }
    fn scatter(self, reg: Self::Reg, to: &mut Row<'_>, first: usize);
    /// Tells the processor that a block will be needed soon.
    #[inline(always)]
    fn prefetch(self, _block: &Block) {}
    /// The round key in every lane.
    fn broadcast(self, round_key: &RoundKey) -> Self::Reg;
    fn xor(self, a: Self::Reg, b: Self::Reg) -> Self::Reg;
}

/// The AES instructions on them.
pub(super) trait Instructions: Registers {
    /// Whether a round ends with AddRoundKey, so that there is another one before the first. If not, rounds begin with it, and
    /// the other one is after the last.
    const ENDS_WITH_KEY: bool;

    /// A round but the last (FIPS-197 section 5.1) with its AddRoundKey.
    fn cipher_round(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    /// The last round and all after it. The round keys are the last two, of which the first is needed only if rounds begin
    /// with AddRoundKey.
    fn cipher_last_round(self, state: Self::Reg, round_keys: [Self::Reg; 2]) -> Self::Reg;
    /// A round of the equivalent inverse cipher but the last (FIPS-197 section 5.3.5), likewise.
    fn inv_round(self, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
    fn inv_last_round(self, state: Self::Reg, round_keys: [Self::Reg; 2]) -> Self::Reg;

    /// See [`Engine::part`].
    #[cfg(feature = "hazmat")]
    fn part(self, part: Part, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;
}

/// The engine of any processor and width.
#[derive(Clone, Copy)]
pub(super) struct Hardware<'k, I: Instructions> {
    instructions: I,
    narrow: I::Narrow,
    round_keys: RoundKeys<'k>,
    inverse_round_keys: RoundKeys<'k>,
}

impl<'k> RoundKeys<'k> {
    /// Those of the nine rounds but the last that every key has, where the first of them takes the one of this number.
    #[inline(always)]
    fn nine(self, first: usize) -> &'k [RoundKey] {
        &self.all[first..][..9]
    }

    /// Those of the other rounds but the last.
    #[inline(always)]
    fn others(self, first: usize) -> &'k [[RoundKey; 2]] {
        let (pairs, _) = self.all[first + 9..].as_chunks();
        &pairs[..self.pairs]
    }

    #[inline(always)]
    fn last_but_one(self) -> &'k RoundKey {
        &self.all[9..][2 * self.pairs]
    }
}

impl<'k, I: Instructions> Hardware<'k, I> {
    /// The number of the round key that the first round takes.
    const FIRST: usize = if I::ENDS_WITH_KEY { 1 } else { 0 };

    #[inline(always)]
    pub(super) fn new(instructions: I, narrow: I::Narrow, schedule: &'k Schedule) -> Self {
        Hardware {
            instructions,
            narrow,
            round_keys: RoundKeys::of_cipher(schedule),
            inverse_round_keys: RoundKeys::of_inverse_cipher(schedule),
        }
    }

    /// AddRoundKey before the first round, if rounds don't begin with it.
    #[inline(always)]
    fn add_first<const N: usize>(self, mut regs: [I::Reg; N], round_keys: RoundKeys<'k>) -> [I::Reg; N] {
        if I::ENDS_WITH_KEY {
            let first = self.instructions.broadcast(round_keys.first());
            for reg in &mut regs {
                *reg = self.instructions.xor(*reg, first);
            }
        }
        regs
    }

    /// All rounds but the last, on registers that the first round key was added to, if need be. There is no loop over the nine
    /// that every key has: a short call would lose as much by guessing its end wrong as it takes otherwise.
    #[inline(always)]
    fn middle_rounds<const N: usize>(
        self,
        mut regs: [I::Reg; N],
        round_keys: RoundKeys<'k>,
        round: impl Fn(I, I::Reg, I::Reg) -> I::Reg + Copy,
    ) -> [I::Reg; N] {
        let round_keys = round_keys.unknown();
        for round_key in round_keys.nine(Self::FIRST) {
            regs = self.round(regs, round_key, round);
        }
        for [one, two] in round_keys.others(Self::FIRST) {
            regs = self.round(regs, one, round);
            regs = self.round(regs, two, round);
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
        round: impl Fn(I, I::Reg, I::Reg) -> I::Reg + Copy,
    ) -> [I::Reg; N] {
        let round_key = self.instructions.broadcast(round_key);
        for reg in &mut regs {
            *reg = round(self.instructions, *reg, round_key);
        }
        regs
    }

    /// The last two round keys.
    #[inline(always)]
    fn last_two(self, round_keys: RoundKeys<'k>) -> [I::Reg; 2] {
        [self.instructions.broadcast(round_keys.last_but_one()), self.instructions.broadcast(round_keys.last())]
    }
}

impl<'k, I: Instructions> Engine for Hardware<'k, I> {
    type Reg = I::Reg;
    const LANES: usize = I::LANES;

    type Narrow = Hardware<'k, I::Narrow>;
    #[inline(always)]
    fn narrow(self) -> Self::Narrow {
        let Hardware { narrow, round_keys, inverse_round_keys, .. } = self;
        Hardware { instructions: narrow, narrow, round_keys, inverse_round_keys }
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
    fn gather_below(self, row: &RowBelow<'_>, first: usize) -> Self::Reg {
        self.instructions.gather_below(row, first)
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
        let round_keys = self.inverse_round_keys;
        let mut regs = self.middle_rounds(self.add_first(regs, round_keys), round_keys, I::inv_round);
        let last_two = self.last_two(round_keys);
        for reg in &mut regs {
            *reg = self.instructions.inv_last_round(*reg, last_two);
        }
        regs
    }

    /// The other is added to the last round key, which doesn't wait for the rounds.
    #[inline(always)]
    fn decrypt_then_xor<const N: usize>(
        self,
        regs: [Self::Reg; N],
        other: impl Fn(usize) -> Self::Reg,
    ) -> [Self::Reg; N] {
        let round_keys = self.inverse_round_keys;
        let mut regs = self.middle_rounds(self.add_first(regs, round_keys), round_keys, I::inv_round);
        let [last_but_one, last] = self.last_two(round_keys);
        for (i, reg) in regs.iter_mut().enumerate() {
            *reg = self.instructions.inv_last_round(*reg, [last_but_one, self.xor(last, other(i))]);
        }
        regs
    }

    /// AddRoundKey before the first round.
    #[inline(always)]
    fn whiten(self, reg: Self::Reg) -> Self::Reg {
        let [whitened] = self.add_first([reg], self.round_keys);
        whitened
    }

    #[inline(always)]
    fn encrypt_whitened<const N: usize>(self, whitened: [Self::Reg; N]) -> [Self::Reg; N] {
        let mut regs = self.middle_rounds(whitened, self.round_keys, I::cipher_round);
        let last_two = self.last_two(self.round_keys);
        for reg in &mut regs {
            *reg = self.instructions.cipher_last_round(*reg, last_two);
        }
        regs
    }

    /// What comes next is added to the last round key, so that from link to link there are the rounds and nothing else.
    /// The encrypted blocks, which nobody waits for, are had by taking it off again. That is an instruction more, so it is not
    /// for eight wide registers, which with the moving of their blocks are more work than the chains are long.
    #[inline(always)]
    fn encrypt_linked<const N: usize>(
        self,
        whitened: [Self::Reg; N],
        links: &mut impl Links<Self::Reg>,
    ) -> [Self::Reg; N] {
        if N >= 8 && I::LANES > 1 {
            return link(self, self.encrypt_whitened(whitened), links);
        }
        let mut linked = self.middle_rounds(whitened, self.round_keys, I::cipher_round);
        let [last_but_one, last] = self.last_two(self.round_keys);
        for (i, linked) in linked.iter_mut().enumerate() {
            let next = links.next(i);
            *linked = self.instructions.cipher_last_round(*linked, [last_but_one, self.xor(last, next)]);
            links.put(i, self.xor(*linked, next));
        }
        linked
    }

    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn part(self, part: Part, state: Self::Reg, round_key: Self::Reg) -> Self::Reg {
        self.instructions.part(part, state, round_key)
    }
}
