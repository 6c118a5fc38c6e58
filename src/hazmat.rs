//! Single rounds of the cipher, for those who build AEGIS, Haraka and the like of them, and for study.
//!
//! **A round is not a cipher.** A few of them in a row are easily broken, and there is no key schedule, no mode and no MAC
//! around them: nothing here is for messages. Build only what others have published and attacked for years, and test it
//! against its vectors; for everything else there are [keys](crate::Aes) and [`cbc`](crate::cbc). Hence the name, hazardous
//! material, and the feature `hazmat` that has to be asked for.
//!
//! # What there is
//!
//! [`Rounds`] does each of these on one block of 16 bytes in place, and on eight, each with a round key of its own:
//!
//! | call | steps | FIPS-197 | x86 |
//! |---|---|---|---|
//! | [`cipher_round`](Rounds::cipher_round) | SubBytes, ShiftRows, MixColumns, AddRoundKey | section 5.1 | AESENC |
//! | [`cipher_last_round`](Rounds::cipher_last_round) | SubBytes, ShiftRows, AddRoundKey | section 5.1 | AESENCLAST |
//! | [`eq_inv_cipher_round`](Rounds::eq_inv_cipher_round) | InvSubBytes, InvShiftRows, InvMixColumns, AddRoundKey | section 5.3.5 | AESDEC |
//! | [`eq_inv_cipher_last_round`](Rounds::eq_inv_cipher_last_round) | InvSubBytes, InvShiftRows, AddRoundKey | section 5.3.5 | AESDECLAST |
//! | [`mix_columns`](Rounds::mix_columns) | MixColumns | section 5.1.3 | |
//! | [`inv_mix_columns`](Rounds::inv_mix_columns) | InvMixColumns | section 5.3.3 | AESIMC |
//!
//! and [`cipher_rounds`](Rounds::cipher_rounds) does several of the first in one call. Blocks and round keys are bytes in the
//! standard's order: byte r + 4c is in row r and column c of the state (section 3.4). (ARM's AESE is none of these: it adds
//! the round key first.)
//!
//! All backends give the same bytes, all but `reference` in constant time. Nothing is wiped: blocks and round keys are the
//! caller's.
//!
//! # One round by hand
//!
//! The first round of the standard's example (appendix B):
//!
//! ```
//! use roundkey::hazmat::Rounds;
//!
//! let start = 0x193de3be_a0f4e22b_9ac68d2a_e9f84808_u128.to_be_bytes();
//! let round_key = 0xa0fafe17_88542cb1_23a33939_2a6c7605_u128.to_be_bytes();
//! let next_start = 0xa49c7ff2_689f352b_6b5bea43_026a5049_u128.to_be_bytes();
//!
//! let rounds = Rounds::new();
//! let mut block = start;
//! rounds.cipher_round(&mut block, &round_key);
//! assert_eq!(block, next_start);
//!
//! // Or without MixColumns, and then that:
//! let mut block = start;
//! rounds.cipher_last_round(&mut block, &[0; 16]);
//! assert_eq!(block, 0xd4bf5d30_e0b452ae_b84111f1_1e2798e5_u128.to_be_bytes());
//! rounds.mix_columns(&mut block);
//! assert_eq!(block, 0x046681e5_e0cb199a_48f8d37a_2806264c_u128.to_be_bytes());
//! ```
//!
//! # AES out of rounds
//!
//! AES-128 as in appendix C.1, there and back. (A key does it faster, see [`Aes128`](crate::Aes128).)
//!
//! ```
//! # #[cfg(feature = "reference")] {
//! use roundkey::{Block, fips197, fips197::State, hazmat::Rounds};
//!
//! let add = |block: &mut Block, round_key: &Block| block.iter_mut().zip(round_key).for_each(|(b, k)| *b ^= k);
//! let w = fips197::key_expansion(&0x00010203_04050607_08090a0b_0c0d0e0f_u128.to_be_bytes())?;
//! let mut round_keys: Vec<Block> = w.round_keys().iter().map(|words| State { columns: *words }.to_block()).collect();
//!
//! let rounds = Rounds::new();
//! let mut block = 0x00112233_44556677_8899aabb_ccddeeff_u128.to_be_bytes();
//! add(&mut block, &round_keys[0]);
//! for round_key in &round_keys[1..10] {
//!     rounds.cipher_round(&mut block, round_key);
//! }
//! rounds.cipher_last_round(&mut block, &round_keys[10]);
//! assert_eq!(block, 0x69c4e0d8_6a7b0430_d8cdb780_70b4c55a_u128.to_be_bytes());
//!
//! // The equivalent inverse cipher wants InvMixColumns of all its round keys but the first and the last.
//! round_keys[1..10].iter_mut().for_each(|round_key| rounds.inv_mix_columns(round_key));
//! add(&mut block, &round_keys[10]);
//! for round_key in round_keys[1..10].iter().rev() {
//!     rounds.eq_inv_cipher_round(&mut block, round_key);
//! }
//! rounds.eq_inv_cipher_last_round(&mut block, &round_keys[0]);
//! assert_eq!(block, 0x00112233_44556677_8899aabb_ccddeeff_u128.to_be_bytes());
//! # }
//! # Ok::<(), roundkey::InvalidKeyLength>(())
//! ```
//!
//! # Eight blocks
//!
//! The state of AEGIS-128L is eight blocks, and its Update a round on each of them, with the next one as its round key
//! (draft-irtf-cfrg-aegis-aead-17, section 3.3; the values are of appendix A.2.1):
//!
//! ```
//! use roundkey::{Block, hazmat::Rounds};
//!
//! fn update(rounds: Rounds, s: &mut [Block; 8], m0: &Block, m1: &Block) {
//!     let mut round_keys = *s;
//!     for i in 0..16 {
//!         round_keys[0][i] ^= m0[i];
//!         round_keys[4][i] ^= m1[i];
//!     }
//!     s.rotate_right(1); // S7, S0, S1, ... S6
//!     rounds.cipher_round_8(s, &round_keys);
//! }
//!
//! let mut s = [
//!     0x9b7e60b24cc873ea894ecc07911049a3_u128, 0x330be08f35300faa2ebf9a7b0d274658,
//!     0x7bbd5bd2b049f7b9b515cf26fbe7756c, 0xc35a00f55ea86c3886ec5e928f87db18,
//!     0x9ebccafce87cab446396c4334592c91f, 0x58d83e31f256371e60fc6bb257114601,
//!     0x1639b56ea322c88568a176585bc915de, 0x640818ffb57dc0fbc2e72ae93457e39a,
//! ].map(u128::to_be_bytes);
//! let m0 = 0x033e6975b94816879e42917650955aa0_u128.to_be_bytes();
//! let m1 = 0xfcc1968a46b7e97861bd6e89af6aa55f_u128.to_be_bytes();
//! update(Rounds::new(), &mut s, &m0, &m1);
//! assert_eq!(s[0], 0x596ab773e4433ca0127c73f60536769d_u128.to_be_bytes());
//! assert_eq!(s[7], 0x61279ba73167f0ab76f0a11bf203bdff_u128.to_be_bytes());
//! ```
//!
//! # What it costs
//!
//! Nanoseconds on Zen 3, each call waiting for the one before:
//!
//! | | `vaes256` | `aesni` | `vperm-ssse3` | `portable` |
//! |---|---|---|---|---|
//! | a round, one block | 4.0 | 4.0 | 10.6 | 71 |
//! | a round, eight blocks | 4.4 | 4.4 | 38 | 148 |
//! | ten rounds in one call, one block | 15 | 15 | 55 | 400 |
//! | ten rounds in one call, eight blocks | 16 | 17 | 278 | 1080 |
//! | the Update above | 10.7 | 10.7 | 47 | 155 |
//!
//! With AES instructions the round itself is 1.3 ns of that. The rest is the way there: the backend is chosen in every call,
//! and blocks come from memory and go back. So eight blocks cost little more than one, and two rounds in one call (5.2 ns)
//! less than in two. Calls that don't wait for each other overlap: then a round of one block takes 1.5 ns. What this can't
//! give is the limit of the processor: for that a construction must keep its state in registers from one round to the next.

use core::{array, ops::Range};

use crate::{
    Block,
    backend::{Backend, Engine, Job, Part, load, run_without_key, store},
};

/// Rounds on one of the backends: a small value to be copied about, which knows the backend and nothing else.
///
/// No call fails or panics. See the [module](self) for what they are for, what not, and for examples.
///
/// ```
/// use roundkey::{Backend, hazmat::Rounds};
///
/// for backend in Backend::available() {
///     let mut block = [0; 16];
///     Rounds::with_backend(backend).cipher_round(&mut block, &[0; 16]);
///     assert_eq!(block, [0x63; 16]); // SubBytes of {00}, and the other steps don't change equal bytes
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rounds {
    backend: Backend,
}

impl Rounds {
    /// Rounds on the [fastest backend](Backend::detect).
    #[must_use]
    pub fn new() -> Self {
        Self::with_backend(Backend::detect())
    }

    /// Rounds on the given backend.
    #[must_use]
    pub fn with_backend(backend: Backend) -> Self {
        Rounds { backend }
    }

    /// The backend that these rounds use.
    #[must_use]
    pub fn backend(self) -> Backend {
        self.backend
    }

    /// A round of the cipher but the last (FIPS-197 section 5.1) on a block of 16 bytes: SubBytes, ShiftRows, MixColumns,
    /// AddRoundKey.
    #[inline]
    pub fn cipher_round(self, block: &mut Block, round_key: &Block) {
        self.one(|| Part::CipherRound, block, round_key);
    }

    /// [`cipher_round`](Self::cipher_round) on eight blocks, each with its own round key.
    #[inline]
    pub fn cipher_round_8(self, blocks: &mut [Block; 8], round_keys: &[Block; 8]) {
        self.run(Once { part: || Part::CipherRound, blocks, round_keys });
    }

    /// [`cipher_round`](Self::cipher_round) with one round key after another, as many as there are, in a single call.
    #[inline]
    pub fn cipher_rounds(self, block: &mut Block, round_keys: &[Block]) {
        let (round_keys, _) = round_keys.as_chunks();
        self.run(Several { blocks: array::from_mut(block), round_keys });
    }

    /// [`cipher_rounds`](Self::cipher_rounds) on eight blocks: one round key for each, and then the next eight.
    #[inline]
    pub fn cipher_rounds_8(self, blocks: &mut [Block; 8], round_keys: &[[Block; 8]]) {
        self.run(Several { blocks, round_keys });
    }

    /// The last round of the cipher (FIPS-197 section 5.1) on a block of 16 bytes: SubBytes, ShiftRows, AddRoundKey.
    #[inline]
    pub fn cipher_last_round(self, block: &mut Block, round_key: &Block) {
        self.one(|| Part::CipherLastRound, block, round_key);
    }

    /// [`cipher_last_round`](Self::cipher_last_round) on eight blocks, each with its own round key.
    #[inline]
    pub fn cipher_last_round_8(self, blocks: &mut [Block; 8], round_keys: &[Block; 8]) {
        self.run(Once { part: || Part::CipherLastRound, blocks, round_keys });
    }

    /// A round of the equivalent inverse cipher but the last (FIPS-197 section 5.3.5) on a block of 16 bytes: InvSubBytes,
    /// InvShiftRows, InvMixColumns, AddRoundKey.
    ///
    /// It doesn't undo [`cipher_round`](Self::cipher_round), since its steps are in another order. What does is to add the round
    /// key, then [`inv_mix_columns`](Self::inv_mix_columns), then
    /// [`eq_inv_cipher_last_round`](Self::eq_inv_cipher_last_round) with a round key of zeros.
    #[inline]
    pub fn eq_inv_cipher_round(self, block: &mut Block, round_key: &Block) {
        self.one(|| Part::EqInvCipherRound, block, round_key);
    }

    /// [`eq_inv_cipher_round`](Self::eq_inv_cipher_round) on eight blocks, each with its own round key.
    #[inline]
    pub fn eq_inv_cipher_round_8(self, blocks: &mut [Block; 8], round_keys: &[Block; 8]) {
        self.run(Once { part: || Part::EqInvCipherRound, blocks, round_keys });
    }

    /// The last round of the equivalent inverse cipher (FIPS-197 section 5.3.5) on a block of 16 bytes: InvSubBytes,
    /// InvShiftRows, AddRoundKey.
    #[inline]
    pub fn eq_inv_cipher_last_round(self, block: &mut Block, round_key: &Block) {
        self.one(|| Part::EqInvCipherLastRound, block, round_key);
    }

    /// [`eq_inv_cipher_last_round`](Self::eq_inv_cipher_last_round) on eight blocks, each with its own round key.
    #[inline]
    pub fn eq_inv_cipher_last_round_8(self, blocks: &mut [Block; 8], round_keys: &[Block; 8]) {
        self.run(Once { part: || Part::EqInvCipherLastRound, blocks, round_keys });
    }

    /// MixColumns (FIPS-197 section 5.1.3) on a block of 16 bytes.
    #[inline]
    pub fn mix_columns(self, block: &mut Block) {
        self.one(|| Part::MixColumns, block, &NOTHING);
    }

    /// [`mix_columns`](Self::mix_columns) on eight blocks.
    #[inline]
    pub fn mix_columns_8(self, blocks: &mut [Block; 8]) {
        self.run(Once { part: || Part::MixColumns, blocks, round_keys: &[NOTHING; 8] });
    }

    /// InvMixColumns (FIPS-197 section 5.3.3) on a block of 16 bytes, or on a round key, of which it makes one of the
    /// equivalent inverse cipher.
    #[inline]
    pub fn inv_mix_columns(self, block: &mut Block) {
        self.one(|| Part::InvMixColumns, block, &NOTHING);
    }

    /// [`inv_mix_columns`](Self::inv_mix_columns) on eight blocks.
    #[inline]
    pub fn inv_mix_columns_8(self, blocks: &mut [Block; 8]) {
        self.run(Once { part: || Part::InvMixColumns, blocks, round_keys: &[NOTHING; 8] });
    }

    #[inline(always)]
    fn one(self, part: impl Fn() -> Part, block: &mut Block, round_key: &Block) {
        self.run(Once { part, blocks: array::from_mut(block), round_keys: array::from_ref(round_key) });
    }

    #[inline(always)]
    fn run<const BLOCKS: usize>(self, work: impl Work<BLOCKS>) {
        run_without_key(self.backend, InRegisters(work));
    }
}

impl Default for Rounds {
    fn default() -> Self {
        Self::new()
    }
}

/// A round key that changes nothing.
const NOTHING: Block = [0; 16];

/// Work on one block or on eight.
trait Work<const BLOCKS: usize> {
    /// Whether registers of one block are best, even for eight.
    const NARROW: bool;

    /// Does the blocks with the numbers in `range`: `N` registers of them, or, if `N` is 1, a register that may be filled
    /// in part.
    fn step<E: Engine, const N: usize>(&mut self, engine: E, range: Range<usize>);
}

/// A part of the cipher, once.
///
/// Which one is told by a function, since there each has a type of its own: so the engine's `#[target_feature]` function
/// is compiled for each of them, and has nothing to choose.
struct Once<'b, P, const BLOCKS: usize> {
    part: P,
    blocks: &'b mut [Block; BLOCKS],
    round_keys: &'b [Block; BLOCKS],
}

impl<P: Fn() -> Part, const BLOCKS: usize> Work<BLOCKS> for Once<'_, P, BLOCKS> {
    /// Wide registers would be done with eight blocks two cycles earlier. But a caller who has just put the blocks in their
    /// order, one by one, would wait longer than that: a load of several waits until their stores have reached the cache.
    /// (AEGIS-128L's Update on Zen 3: 10.7 ns, and with registers of two blocks 15.2.)
    const NARROW: bool = true;

    #[inline(always)]
    fn step<E: Engine, const N: usize>(&mut self, engine: E, range: Range<usize>) {
        let blocks = &mut self.blocks[range.clone()];
        let mut states = load::<E, N>(engine, blocks);
        let round_keys = load::<E, N>(engine, &self.round_keys[range]);
        for (state, round_key) in states.iter_mut().zip(round_keys) {
            *state = engine.part((self.part)(), *state, round_key);
        }
        store(engine, states, blocks);
    }
}

/// Rounds of the cipher, one after another.
struct Several<'b, const BLOCKS: usize> {
    blocks: &'b mut [Block; BLOCKS],
    round_keys: &'b [[Block; BLOCKS]],
}

impl<const BLOCKS: usize> Work<BLOCKS> for Several<'_, BLOCKS> {
    const NARROW: bool = BLOCKS == 1;

    #[inline(always)]
    fn step<E: Engine, const N: usize>(&mut self, engine: E, range: Range<usize>) {
        let blocks = &mut self.blocks[range.clone()];
        let states = load::<E, N>(engine, blocks);
        let round_keys = |round: usize| load::<E, N>(engine, &self.round_keys[round][range.clone()]);
        store(engine, engine.cipher_rounds(states, self.round_keys.len(), round_keys), blocks);
    }
}

/// Work as a job: as many registers at once as keep the engine busy.
struct InRegisters<W, const BLOCKS: usize>(W);

impl<W: Work<BLOCKS>, const BLOCKS: usize> Job for InRegisters<W, BLOCKS> {
    type Output = ();
    const NARROW: bool = W::NARROW;

    #[inline(always)]
    fn run<E: Engine>(self, engine: E) {
        if W::NARROW || E::AT_ONCE == 1 { self.on(engine.narrow()) } else { self.on(engine) }
    }
}

impl<W: Work<BLOCKS>, const BLOCKS: usize> InRegisters<W, BLOCKS> {
    #[inline(always)]
    fn on<E: Engine>(self, engine: E) {
        match (BLOCKS, E::AT_ONCE, E::LANES) {
            (1, ..) | (_, 1, _) => self.in_turn::<E, 1>(engine),
            (_, 4, _) => self.in_turn::<E, 4>(engine),
            (_, _, 1) => self.in_turn::<E, 8>(engine),
            (_, _, 2) => self.in_turn::<E, 4>(engine),
            _ => self.in_turn::<E, 2>(engine),
        }
    }

    #[inline(always)]
    fn in_turn<E: Engine, const N: usize>(mut self, engine: E) {
        let mut start = 0;
        while start < BLOCKS {
            let end = BLOCKS.min(start + N * E::LANES);
            self.0.step::<E, N>(engine, start..end);
            start = end;
        }
    }
}
