//! The narrow form alone, for where there is no operating system and little memory.
//!
//! Registers are planes here. So a mode's sums are made in planes too, and all that goes to and fro between them and bytes
//! is the modes' own loading and storing: no copies of blocks, no second form, one loop. In CBC that is slicing one more block for
//! each block, a few per cent.

#[cfg(feature = "hazmat")]
use super::Part;
use super::{
    Engine, Job, NARROW, NarrowWord, RoundKeys, Schedule,
    narrow::{self, State},
};
use crate::{Block, backend::columns::Row};

pub(in crate::backend) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    job.run(Sliced { round_keys: RoundKeys::of_cipher(schedule) })
}

#[derive(Clone, Copy)]
struct Sliced<'k> {
    round_keys: RoundKeys<'k>,
}

impl Engine for Sliced<'_> {
    type Reg = State<NarrowWord>;
    const LANES: usize = NARROW;
    const AT_ONCE: usize = 1;
    const WORTHWHILE: usize = 1;

    type Narrow = Self;
    #[inline(always)]
    fn narrow(self) -> Self {
        self
    }

    #[inline(always)]
    fn load(self, from: &[Block]) -> Self::Reg {
        narrow::slice(from)
    }

    #[inline(always)]
    fn store(self, mut reg: Self::Reg, to: &mut [Block]) {
        narrow::turn_back(&mut reg);
        for (lane, block) in to.iter_mut().enumerate() {
            narrow::take(&reg, lane, block);
        }
    }

    #[inline(always)]
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> Self::Reg {
        let mut reg = Self::Reg::default();
        for lane in 0..NARROW {
            narrow::put(&mut reg, lane, block(lane));
        }
        narrow::turn(&mut reg);
        reg
    }

    #[inline(always)]
    fn scatter(self, mut reg: Self::Reg, to: &mut Row<'_>, first: usize) {
        narrow::turn_back(&mut reg);
        for lane in 0..NARROW {
            narrow::take(&reg, lane, to.block_mut(first + lane));
        }
    }

    #[inline(always)]
    fn xor(self, mut a: Self::Reg, b: Self::Reg) -> Self::Reg {
        for (a, b) in a.iter_mut().zip(b) {
            *a ^= b;
        }
        a
    }

    #[inline(always)]
    fn encrypt<const N: usize>(self, mut regs: [Self::Reg; N]) -> [Self::Reg; N] {
        for reg in &mut regs {
            narrow::cipher_in_planes(self.round_keys, reg);
        }
        regs
    }

    #[inline(always)]
    fn decrypt<const N: usize>(self, mut regs: [Self::Reg; N]) -> [Self::Reg; N] {
        for reg in &mut regs {
            narrow::inv_cipher_in_planes(self.round_keys, reg);
        }
        regs
    }

    #[inline(always)]
    fn decrypt_then_xor<const N: usize>(
        self,
        mut regs: [Self::Reg; N],
        other: impl Fn(usize) -> Self::Reg,
    ) -> [Self::Reg; N] {
        for (i, reg) in regs.iter_mut().enumerate() {
            narrow::inv_cipher_in_planes(self.round_keys, reg);
            for (plane, other) in reg.iter_mut().zip(&other(i)) {
                *plane ^= *other;
            }
        }
        regs
    }

    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn part(self, part: Part, mut state: Self::Reg, round_key: Self::Reg) -> Self::Reg {
        narrow::part_in_planes(part, &mut state);
        self.xor(state, round_key)
    }

    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn cipher_rounds<const N: usize>(
        self,
        mut states: [Self::Reg; N],
        rounds: usize,
        round_keys: impl Fn(usize) -> [Self::Reg; N],
    ) -> [Self::Reg; N] {
        for (n, state) in states.iter_mut().enumerate() {
            narrow::cipher_rounds_in_planes(state, rounds, |round| round_keys(round)[n]);
        }
        states
    }
}
