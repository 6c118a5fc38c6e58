//! The ladder: cutting a message into as many registers at once as possible.
//!
//! Eight registers at a time keep the processor busy. What is left of wide ones is done by four and two, until less than
//! eight blocks are left, and these by as many narrow ones, all at once. So no call does more than its blocks need, and
//! none has a slow tail of single blocks.
//!
//! An engine that is busy with four registers has a rung of four, and then those that are left.
//!
//! For an engine that is busy with one register it is a short one: as many as can be filled, and the rest in narrow ones, the
//! last of them filled in part. Or in another wide one, if there are so many blocks left that it is faster in spite of its
//! empty places.
//!
//! The way goes down, from the message's last block to the first. Nothing in the ladder minds, and CBC decryption needs it:
//! it adds to each decrypted block the ciphertext block before it, which in this direction has not been overwritten yet.

use core::slice;

use super::{Engine, Job};
use crate::Block;

/// A number of blocks for which the same rungs are taken as for so many, and that is not so large.
///
/// The first rung takes a number of blocks that divides 64, again and again. What comes then depends on what is left.
pub(crate) const fn same_rungs(blocks: usize) -> usize {
    if blocks < 64 { blocks } else { 64 + blocks % 64 }
}

/// What a mode does with some of its blocks, when each can be done without the others' results.
pub(crate) trait Step: Copy + Sync {
    /// Replaces `blocks[start..]`, which are `N` full registers; the blocks before `start` are still as they came.
    ///
    /// With an engine that works on one at once, and then only with `N` = 1, they may be less than a register.
    fn step<E: Engine, const N: usize>(&self, engine: E, blocks: &mut [Block], start: usize);

    /// The same for blocks that come behind this one, if any.
    #[cfg(feature = "rayon")]
    fn behind<'b>(&'b self, before: Option<&'b Block>) -> impl Step + 'b;
}

/// A mode that goes down the ladder with all its blocks, from the last to the first.
pub(crate) struct Ladder<'b, S> {
    pub(crate) blocks: &'b mut [Block],
    pub(crate) step: S,
}

impl<S: Step> Job for Ladder<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run<E: Engine>(self, engine: E) {
        descend(engine, self.blocks, &self.step);
    }
}

/// The same for less than eight blocks: the last rung. The compiler gets by with fewer registers than for a whole ladder, so
/// such short calls have less to save and to restore.
pub(crate) struct LastRung<'b, S> {
    pub(crate) blocks: &'b mut [Block],
    pub(crate) step: S,
}

impl<S: Step> Job for LastRung<'_, S> {
    type Output = ();
    const NARROW: bool = true;

    #[inline(always)]
    fn run<E: Engine>(self, engine: E) {
        match E::AT_ONCE {
            1 => one_by_one(engine.narrow(), self.blocks, &self.step),
            4 => descend(engine, self.blocks, &self.step),
            _ => less_than_eight(engine.narrow(), self.blocks, &self.step),
        }
    }
}

/// The same for a block alone, which doesn't need to find its rung.
pub(crate) struct Single<'b, S> {
    pub(crate) block: &'b mut Block,
    pub(crate) step: S,
}

impl<S: Step> Job for Single<'_, S> {
    type Output = ();
    const NARROW: bool = true;

    #[inline(always)]
    fn run<E: Engine>(self, engine: E) {
        self.step.step::<E::Narrow, 1>(engine.narrow(), slice::from_mut(self.block), 0);
    }
}

#[inline(always)]
fn descend<E: Engine>(engine: E, blocks: &mut [Block], step: &impl Step) {
    if E::AT_ONCE == 1 && E::WORTHWHILE == 1 {
        return in_parts(engine, blocks, step);
    }
    if E::AT_ONCE == 1 {
        let rest = rung::<E, 1>(engine, blocks, step);
        if rest.len() < E::WORTHWHILE {
            return one_by_one(engine.narrow(), rest, step);
        }
        return step.step::<E, 1>(engine, rest, 0);
    }
    if E::AT_ONCE == 4 {
        let rest = rung::<E, 4>(engine, blocks, step);
        return less_than_eight(engine, rest, step);
    }
    let rest = rung::<E, 8>(engine, blocks, step);
    if E::LANES == 1 {
        return less_than_eight(engine, rest, step);
    }
    let rest = rung::<E, 4>(engine, rest, step);
    let rest = if E::LANES > 2 { rung::<E, 2>(engine, rest, step) } else { rest };
    // Four registers of two blocks or two of four were a rung of eight.
    less_than_eight(engine.narrow(), rest, step);
}

/// The same where there are no narrow ones, in one loop.
#[inline(always)]
fn in_parts<E: Engine>(engine: E, mut blocks: &mut [Block], step: &impl Step) {
    while !blocks.is_empty() {
        let start = blocks.len().saturating_sub(E::LANES);
        step.step::<E, 1>(engine, blocks, start);
        blocks = &mut blocks[..start];
    }
}

/// All blocks in one register after the other, the last one filled in part.
#[inline(always)]
fn one_by_one<E: Engine>(engine: E, blocks: &mut [Block], step: &impl Step) {
    let rest = rung::<E, 1>(engine, blocks, step);
    if !rest.is_empty() {
        step.step::<E, 1>(engine, rest, 0);
    }
}

/// The last rung: what is left, all at once, in registers of one block.
#[inline(always)]
fn less_than_eight<E: Engine>(engine: E, blocks: &mut [Block], step: &impl Step) {
    match blocks.len() {
        1 => step.step::<E, 1>(engine, blocks, 0),
        2 => step.step::<E, 2>(engine, blocks, 0),
        3 => step.step::<E, 3>(engine, blocks, 0),
        4 => step.step::<E, 4>(engine, blocks, 0),
        5 => step.step::<E, 5>(engine, blocks, 0),
        6 => step.step::<E, 6>(engine, blocks, 0),
        7 => step.step::<E, 7>(engine, blocks, 0),
        _ => {}
    }
}

/// Does all that can be done by `N` registers at a time, and returns the blocks that are left.
#[inline(always)]
fn rung<'b, E: Engine, const N: usize>(engine: E, mut blocks: &'b mut [Block], step: &impl Step) -> &'b mut [Block] {
    while let Some(start) = blocks.len().checked_sub(N * E::LANES) {
        step.step::<E, N>(engine, blocks, start);
        blocks = &mut blocks[..start];
    }
    blocks
}

/// The registers that hold `blocks`: `N` of them, or a single one that may be filled in part.
#[inline(always)]
pub(crate) fn load<E: Engine, const N: usize>(engine: E, blocks: &[Block]) -> [E::Reg; N] {
    let len = lanes::<E, N>(blocks.len());
    let mut regs = [engine.load(&blocks[..len]); N];
    // Plain counting: what iterators do here isn't always seen through.
    for i in 1..N {
        regs[i] = engine.load(&blocks[i * len..][..len]);
    }
    regs
}

/// Writes the registers to `blocks`, of which there are as many as for [`load`].
#[inline(always)]
pub(crate) fn store<E: Engine, const N: usize>(engine: E, regs: [E::Reg; N], blocks: &mut [Block]) {
    let len = lanes::<E, N>(blocks.len());
    for i in 0..N {
        engine.store(regs[i], &mut blocks[i * len..][..len]);
    }
}

/// How many blocks a register holds of `blocks` in `N` registers.
#[inline(always)]
fn lanes<E: Engine, const N: usize>(blocks: usize) -> usize {
    if N == 1 { blocks.min(E::LANES) } else { E::LANES }
}
