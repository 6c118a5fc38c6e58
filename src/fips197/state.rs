//! The state and the four steps of a round, with their inverses (FIPS-197 sections 3.4, 5.1 and 5.3).

use super::{
    Word,
    gf256::{add, mul, xtime},
    sbox::{INV_SBOX, SBOX},
};
use crate::Block;

/// The state: sixteen bytes as a square of four rows and four columns (section 3.4, Figure 3).
///
/// A block fills it column by column, so the byte `s[r, c]` in row r and column c is byte r + 4c of the block. It is kept
/// as its four columns because three of the four steps of a round see columns or single bytes; [`shift_rows`] alone goes
/// across.
///
/// ```
/// use roundkey::fips197::State;
///
/// let state = State::from_block(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
/// assert_eq!(state.columns[1], [4, 5, 6, 7]);
/// assert_eq!(state.row(1), [1, 5, 9, 13]);
/// assert_eq!(state.to_block()[5], 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The columns from left to right, each from top to bottom (section 3.5).
    pub columns: [Word; 4],
}

impl State {
    /// Fills the state with a block of 16 bytes: `s[r, c] = in[r + 4c]` (equation 3.3).
    #[must_use]
    pub fn from_block(block: &Block) -> Self {
        let mut columns = [[0; 4]; 4];
        columns.as_flattened_mut().copy_from_slice(block);
        State { columns }
    }

    /// The block of 16 bytes that the state holds: `out[r + 4c] = s[r, c]` (equation 3.4).
    #[must_use]
    pub fn to_block(&self) -> Block {
        let mut block = [0; 16];
        block.copy_from_slice(self.columns.as_flattened());
        block
    }

    /// The four bytes of row `r`, counted from 0, from left to right.
    ///
    /// # Panics
    ///
    /// If `r` is 4 or more.
    #[must_use]
    pub fn row(&self, r: usize) -> [u8; 4] {
        let [a, b, c, d] = &self.columns;
        [a[r], b[r], c[r], d[r]]
    }

    /// The state whose row `r` is row `r` of this one, moved to the left by `places[r]` columns, around the edge.
    fn rows_rotated_left(&self, places: [usize; 4]) -> Self {
        let mut to = *self;
        for c in 0..4 {
            for r in 0..4 {
                to.columns[c][r] = self.columns[(c + places[r]) % 4][r];
            }
        }
        to
    }

    /// Replaces every byte by what the table holds for it.
    fn substitute(&mut self, table: &[u8; 256]) {
        for byte in self.columns.as_flattened_mut() {
            *byte = table[usize::from(*byte)];
        }
    }
}

/// SubBytes (section 5.1.1, Figure 6): each byte goes through the [S-box](SBOX), on its own.
///
/// This is the only step that is not linear, and so the one that keeps the key from being a solution of equations. It
/// mixes nothing: byte i of the result depends on byte i alone.
pub fn sub_bytes(state: &mut State) {
    state.substitute(&SBOX);
}

/// ShiftRows (section 5.1.2, Figure 8): row r moves to the left by r places, around the edge.
///
/// The four bytes of each column come to stand in four different columns. Without this step AES would be four
/// independent ciphers of one column each, and small ones: a column has only 2³² values.
pub fn shift_rows(state: &mut State) {
    *state = state.rows_rotated_left([0, 1, 2, 3]);
}

/// MixColumns (section 5.1.3, Figure 9): each column is multiplied by a fixed matrix over GF(2⁸) (equation 5.6).
///
/// ```text
/// s'₀ = {02}•s₀ + {03}•s₁ +      s₂ +      s₃
/// s'₁ =      s₀ + {02}•s₁ + {03}•s₂ +      s₃
/// s'₂ =      s₀ +      s₁ + {02}•s₂ + {03}•s₃
/// s'₃ = {03}•s₀ +      s₁ +      s₂ + {02}•s₃
/// ```
///
/// Every byte of the new column depends on all four of the old one, and the matrix does it as strongly as any can: change
/// n bytes of a column, and at least 5 − n bytes of the result change. Together with [`shift_rows`] one changed byte has
/// reached all sixteen after two rounds. The coefficients are as small as that property allows, for speed.
pub fn mix_columns(state: &mut State) {
    for column in &mut state.columns {
        let s = *column;
        for r in 0..4 {
            let (a, b) = (s[r], s[(r + 1) % 4]);
            let three_b = add(xtime(b), b);
            column[r] = xtime(a) ^ three_b ^ s[(r + 2) % 4] ^ s[(r + 3) % 4];
        }
    }
}

/// AddRoundKey (section 5.1.4, Figure 10): the round key is added to the state, column by column.
///
/// All other steps are public: anybody can undo them. This one makes the result depend on the key, in every round, and
/// before the first and after the last, so that no step at either end can be peeled off.
///
/// It is its own inverse (section 5.3.4), because adding the same thing twice in GF(2⁸) adds nothing.
pub fn add_round_key(state: &mut State, round_key: &[Word; 4]) {
    for (s, k) in state.columns.as_flattened_mut().iter_mut().zip(round_key.as_flattened()) {
        *s = add(*s, *k);
    }
}

/// InvShiftRows (section 5.3.1, Figure 13): row r moves to the right by r places, which undoes [`shift_rows`].
///
/// To the right by r places around an edge of four is to the left by 4 − r.
pub fn inv_shift_rows(state: &mut State) {
    *state = state.rows_rotated_left([0, 3, 2, 1]);
}

/// InvSubBytes (section 5.3.2, Figure 14): each byte goes through the [inverse S-box](INV_SBOX), which undoes
/// [`sub_bytes`].
///
/// Both act on each byte alone, so it makes no difference whether it comes before or after [`inv_shift_rows`].
pub fn inv_sub_bytes(state: &mut State) {
    state.substitute(&INV_SBOX);
}

/// InvMixColumns (section 5.3.3): each column is multiplied by the inverse matrix (equation 5.10), which undoes
/// [`mix_columns`].
///
/// ```text
/// s'₀ = {0e}•s₀ + {0b}•s₁ + {0d}•s₂ + {09}•s₃
/// s'₁ = {09}•s₀ + {0e}•s₁ + {0b}•s₂ + {0d}•s₃
/// s'₂ = {0d}•s₀ + {09}•s₁ + {0e}•s₂ + {0b}•s₃
/// s'₃ = {0b}•s₀ + {0d}•s₁ + {09}•s₂ + {0e}•s₃
/// ```
///
/// The inverse of a matrix with small coefficients need not have small ones. That is why decryption costs more than
/// encryption wherever this step is calculated rather than looked up or built in. Being linear, it may change places with
/// [`add_round_key`] when it is applied to the round key too: the equivalent inverse cipher rests on that.
pub fn inv_mix_columns(state: &mut State) {
    for column in &mut state.columns {
        *column = inv_mix_column(*column);
    }
}

/// InvMixColumns on a single column.
pub(super) fn inv_mix_column(s: Word) -> Word {
    let mut column = [0; 4];
    for r in 0..4 {
        column[r] = mul(0x0e, s[r]) ^ mul(0x0b, s[(r + 1) % 4]) ^ mul(0x0d, s[(r + 2) % 4]) ^ mul(0x09, s[(r + 3) % 4]);
    }
    column
}
