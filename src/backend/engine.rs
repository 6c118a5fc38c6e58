//! The seam between modes and processors.
//!
//! ```text
//! key, iv, message ─▶ ecb | cbc ──Job──▶ backend::run ──Engine──▶ portable | vperm | armv8 | aesni | vaes256 | vaes512 | reference
//!    (caller)          chaining           one match             whole permutations on registers of blocks
//! ```
//!
//! A mode is written once, as a [`Job`], over any [`Engine`]. `run` enters the engine's `#[target_feature]` function with
//! the whole job, so the mode's loop lies inside it, and everything from there down is `#[inline(always)]`: the compiler
//! makes one loop of the mode's chaining and the processor's instructions.
//!
//! The engine is asked for whole permutations rather than single rounds, since processors cut rounds differently: x86 adds
//! the round key last, ARM first, and bitslicing has no use for either. (Single rounds are for [`hazmat`](crate::hazmat) only,
//! and what they have to be there doesn't always suit the engine.) And it is asked for several registers at once,
//! since an AES instruction takes a few cycles to finish but a new one can start every cycle or half-cycle: eight
//! registers in flight keep the unit busy.

use super::columns::{Row, RowBelow};
use crate::Block;

/// One implementation of AES, working on registers of whole blocks.
///
/// A value of an engine exists only where its instructions do: it is the proof, and its methods rest on it.
pub(crate) trait Engine: Copy {
    /// One or several blocks, in whatever form moves and adds fastest. Not the sliced form, for one: CBC adds blocks to
    /// blocks before and after the permutation.
    type Reg: Copy;

    /// How many blocks a register holds.
    const LANES: usize;

    /// How many registers at once keep the processor busy: eight, or four, or one if a permutation on one of them is work enough.
    ///
    /// An engine of the last kind may have registers of several blocks only. Its [`load`](Self::load) and
    /// [`store`](Self::store) then take fewer blocks than that.
    const AT_ONCE: usize = 8;

    /// From how many blocks on a register that is filled in part is faster than narrow ones. It is for engines that work on
    /// one at once.
    const WORTHWHILE: usize = Self::LANES;

    /// An engine of the same key with narrower registers, for the ends of messages and for chains. An engine that has
    /// nothing narrower names itself.
    type Narrow: Engine;

    fn narrow(self) -> Self::Narrow;

    /// The register that holds these `LANES` blocks.
    fn load(self, from: &[Block]) -> Self::Reg;

    /// Writes the register's `LANES` blocks.
    fn store(self, reg: Self::Reg, to: &mut [Block]);

    /// Tells the processor that a block will be needed soon.
    #[inline(always)]
    fn prefetch(self, _block: &Block) {}

    /// The register that holds `LANES` blocks from wherever each of them lies.
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> Self::Reg;

    /// The blocks of `LANES` columns, from `first` on, in a row that has one above it.
    #[inline(always)]
    fn gather_below(self, row: &RowBelow<'_>, first: usize) -> Self::Reg {
        self.gather(|lane| row.block(first + lane))
    }

    /// Writes the register's blocks to `LANES` columns, from `first` on.
    fn scatter(self, reg: Self::Reg, to: &mut Row<'_>, first: usize);

    /// The exclusive or, block by block.
    fn xor(self, a: Self::Reg, b: Self::Reg) -> Self::Reg;

    /// The cipher (FIPS-197 section 5.1) on each block.
    fn encrypt<const N: usize>(self, regs: [Self::Reg; N]) -> [Self::Reg; N];

    /// The inverse cipher (FIPS-197 section 5.3) on each block.
    fn decrypt<const N: usize>(self, regs: [Self::Reg; N]) -> [Self::Reg; N];

    /// [`decrypt`](Self::decrypt), and then the exclusive or with `other`, register by register. It is asked for late, when
    /// most of the work is done, as there may be no registers to keep it in.
    ///
    /// An engine may have room for the exclusive or within the rounds.
    #[inline(always)]
    fn decrypt_then_xor<const N: usize>(
        self,
        regs: [Self::Reg; N],
        other: impl Fn(usize) -> Self::Reg,
    ) -> [Self::Reg; N] {
        let mut regs = self.decrypt(regs);
        for (i, reg) in regs.iter_mut().enumerate() {
            *reg = self.xor(*reg, other(i));
        }
        regs
    }

    /// Whatever of the cipher can be done to a block by an exclusive or before all else.
    #[inline(always)]
    fn whiten(self, reg: Self::Reg) -> Self::Reg {
        reg
    }

    /// The rest of the cipher, on whitened blocks.
    #[inline(always)]
    fn encrypt_whitened<const N: usize>(self, whitened: [Self::Reg; N]) -> [Self::Reg; N] {
        self.encrypt(whitened)
    }

    /// A link of chains, in which every block waits for the one before: takes whitened blocks, encrypts and
    /// [puts](Links::put) them, and returns the exclusive or of them with the [next](Links::next), which is what the next
    /// link begins with and what the chain waits for.
    ///
    /// An engine may have a shorter way to the latter than through the encrypted blocks.
    #[inline(always)]
    fn encrypt_linked<const N: usize>(
        self,
        whitened: [Self::Reg; N],
        links: &mut impl Links<Self::Reg>,
    ) -> [Self::Reg; N] {
        link(self, self.encrypt_whitened(whitened), links)
    }

    /// A part of the cipher by itself, on each block, and then AddRoundKey with a round key for each block, bytes in order
    /// both. So that each part is compiled by itself, `part` must be known where this is called.
    #[cfg(feature = "hazmat")]
    fn part(self, part: Part, state: Self::Reg, round_key: Self::Reg) -> Self::Reg;

    /// [`Part::CipherRound`] so many times, each time with other round keys.
    ///
    /// An engine may have another form of its blocks for its rounds, and a shorter way than to and fro each time.
    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn cipher_rounds<const N: usize>(
        self,
        mut states: [Self::Reg; N],
        rounds: usize,
        round_keys: impl Fn(usize) -> [Self::Reg; N],
    ) -> [Self::Reg; N] {
        for round in 0..rounds {
            for (state, round_key) in states.iter_mut().zip(round_keys(round)) {
                *state = self.part(Part::CipherRound, *state, round_key);
            }
        }
        states
    }
}

/// What [`hazmat`](crate::hazmat) has of the cipher, all without AddRoundKey.
#[cfg(feature = "hazmat")]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// SubBytes, ShiftRows, MixColumns.
    CipherRound,
    /// SubBytes, ShiftRows.
    CipherLastRound,
    /// InvSubBytes, InvShiftRows, InvMixColumns (FIPS-197 section 5.3.5).
    EqInvCipherRound,
    /// InvSubBytes, InvShiftRows.
    EqInvCipherLastRound,
    MixColumns,
    InvMixColumns,
}

#[cfg(all(test, feature = "hazmat", feature = "reference"))]
impl Part {
    pub(super) const ALL: [Part; 6] = [
        Part::CipherRound,
        Part::CipherLastRound,
        Part::EqInvCipherRound,
        Part::EqInvCipherLastRound,
        Part::MixColumns,
        Part::InvMixColumns,
    ];
}

/// What a link of chains has to do with memory, register by register. Asked late, when most of the work is done, as there
/// may be no registers to keep it all in.
pub(crate) trait Links<Reg> {
    /// The blocks that come next, whitened.
    fn next(&mut self, i: usize) -> Reg;

    /// Takes the encrypted blocks.
    fn put(&mut self, i: usize, encrypted: Reg);
}

/// [Puts](Links::put) encrypted blocks, and returns the exclusive or of them with the [next](Links::next).
#[inline(always)]
pub(super) fn link<E: Engine, const N: usize>(
    engine: E,
    mut encrypted: [E::Reg; N],
    links: &mut impl Links<E::Reg>,
) -> [E::Reg; N] {
    for (i, reg) in encrypted.iter_mut().enumerate() {
        let linked = engine.xor(*reg, links.next(i));
        links.put(i, *reg);
        *reg = linked;
    }
    encrypted
}

/// A mode of operation, written once and run by any engine.
pub(crate) trait Job {
    type Output;

    /// Whether it works with [narrow](Engine::narrow) registers only, so that an engine made of nothing else will do.
    #[cfg_attr(not(any(target_arch = "x86", target_arch = "x86_64")), expect(dead_code))]
    const NARROW: bool = false;

    /// Must be `#[inline(always)]`, so that it becomes part of the engine's `#[target_feature]` function.
    fn run<E: Engine>(self, engine: E) -> Self::Output;
}
