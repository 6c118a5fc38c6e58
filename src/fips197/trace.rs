//! What happens inside, step by step: an observer is told every transformation, with the state before it and after it.
//!
//! The functions that are traced are the ones that compute: [`cipher`](super::cipher()) is [`trace_cipher`](super::cipher::trace_cipher) with an
//! observer that looks away, and so are the others. So what an observer sees is what is done.
//!
//! ```
//! use roundkey::fips197::{cipher::trace_cipher, key_expansion, trace::Transformation};
//!
//! let w = key_expansion(b"sixteen byte key")?;
//! let mut changed = [0; 11]; // bytes that SubBytes has changed, in each round
//! trace_cipher(b"sixteen bytes ..", &w, |step| {
//!     if step.transformation == Transformation::SubBytes {
//!         let (before, after) = (step.before.to_block(), step.after.to_block());
//!         changed[step.round] = before.iter().zip(after).filter(|(before, after)| **before != *after).count();
//!     }
//! });
//! assert_eq!(changed, [0, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16]); // the S-box has no fixed point
//! # Ok::<(), roundkey::InvalidKeyLength>(())
//! ```

use core::fmt::{self, Display};

use super::{
    State, Word,
    state::{add_round_key, inv_mix_columns, inv_shift_rows, inv_sub_bytes, mix_columns, shift_rows, sub_bytes},
};
use crate::Block;

/// A transformation of the state, by its name in the standard (sections 5.1 and 5.3).
///
/// ```
/// use roundkey::fips197::trace::Transformation;
/// assert_eq!(Transformation::InvMixColumns.to_string(), "InvMixColumns");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transformation {
    /// [`sub_bytes`], section 5.1.1.
    SubBytes,
    /// [`shift_rows`], section 5.1.2.
    ShiftRows,
    /// [`mix_columns`], section 5.1.3.
    MixColumns,
    /// [`add_round_key`], section 5.1.4.
    AddRoundKey,
    /// [`inv_shift_rows`], section 5.3.1.
    InvShiftRows,
    /// [`inv_sub_bytes`], section 5.3.2.
    InvSubBytes,
    /// [`inv_mix_columns`], section 5.3.3.
    InvMixColumns,
}

impl Display for Transformation {
    /// As the standard writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Their names here are those there.
        fmt::Debug::fmt(self, f)
    }
}

/// One step of the cipher or of one of its inverses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'w> {
    /// The round that it belongs to, from 1 to Nr; 0 is the AddRoundKey before the first.
    pub round: usize,
    /// What was done.
    pub transformation: Transformation,
    /// The state before.
    pub before: State,
    /// The state after.
    pub after: State,
    /// What was added, if that is what was done.
    pub round_key: Option<&'w [Word; 4]>,
}

/// One word of the key schedule, with all that it was made of: a line of the tables in Appendix A.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// Which one: `w[i]`, from Nk on.
    pub i: usize,
    /// The word before, `w[i − 1]`.
    pub temp: Word,
    /// `temp` after RotWord, every Nk words.
    pub after_rot_word: Option<Word>,
    /// That, or `temp` half-way through eight words, after SubWord.
    pub after_sub_word: Option<Word>,
    /// The round constant, every Nk words.
    pub rcon: Option<Word>,
    /// With the round constant added.
    pub after_rcon: Option<Word>,
    /// The word Nk places before, `w[i − Nk]`.
    pub w_i_minus_nk: Word,
    /// The sum of that and of what became of `temp`.
    pub w_i: Word,
}

impl Expansion {
    pub(super) fn new(i: usize, temp: Word, w_i_minus_nk: Word) -> Self {
        let [after_rot_word, after_sub_word, rcon, after_rcon] = [None; 4];
        Expansion { i, temp, after_rot_word, after_sub_word, rcon, after_rcon, w_i_minus_nk, w_i: [0; 4] }
    }
}

/// A state on its way, and who watches.
pub(super) struct Walk<O> {
    state: State,
    round: usize,
    observer: O,
}

impl<'w, O: FnMut(Step<'w>)> Walk<O> {
    pub(super) fn new(input: &Block, observer: O) -> Self {
        Walk { state: State::from_block(input), round: 0, observer }
    }

    /// What follows belongs to this round.
    pub(super) fn begin(&mut self, round: usize) {
        self.round = round;
    }

    pub(super) fn sub_bytes(&mut self) {
        self.step(Transformation::SubBytes, None, sub_bytes);
    }

    pub(super) fn shift_rows(&mut self) {
        self.step(Transformation::ShiftRows, None, shift_rows);
    }

    pub(super) fn mix_columns(&mut self) {
        self.step(Transformation::MixColumns, None, mix_columns);
    }

    pub(super) fn add_round_key(&mut self, round_key: &'w [Word; 4]) {
        self.step(Transformation::AddRoundKey, Some(round_key), |state| add_round_key(state, round_key));
    }

    pub(super) fn inv_shift_rows(&mut self) {
        self.step(Transformation::InvShiftRows, None, inv_shift_rows);
    }

    pub(super) fn inv_sub_bytes(&mut self) {
        self.step(Transformation::InvSubBytes, None, inv_sub_bytes);
    }

    pub(super) fn inv_mix_columns(&mut self) {
        self.step(Transformation::InvMixColumns, None, inv_mix_columns);
    }

    pub(super) fn to_block(&self) -> Block {
        self.state.to_block()
    }

    // If nobody watches, nothing is left of the copies.
    #[inline(always)]
    fn step(&mut self, transformation: Transformation, round_key: Option<&'w [Word; 4]>, act: impl Fn(&mut State)) {
        let before = self.state;
        act(&mut self.state);
        (self.observer)(Step { round: self.round, transformation, before, after: self.state, round_key });
    }
}
