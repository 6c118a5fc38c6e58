//! The wide form: as many blocks as a word has bits, 32 or 64, for long messages.
//!
//! Here every byte of the state has eight words of its own, one for each plane, and in each of them each block a bit. So
//! ShiftRows and MixColumns move words and not bits, and all that is done is done alike to the four words of a row, which
//! stand beside each other, where the compiler can make vectors of them:
//!
//! ```text
//! row r, plane p:   31         1 0   31         1 0   31         1 0   31         1 0    words of 32 bits
//!                  |  |  ...  | | | |  |  ...  | | | |  |  ...  | | | |  |  ...  | | |
//!                      column 0         column 1         column 2         column 3
//! ```
//!
//! The steps of a round are functions of their own, which are not to be inlined: only of such small ones does the compiler see
//! that they are vectors. In one function with all others they take half as long again.

use zeroize::Zeroizing;

use super::{
    NarrowWord, RoundKeys, narrow, sbox,
    word::{Word, exchange},
};
use crate::{Block, backend::schedule::MAX_ROUND_KEYS};

/// A row of the state, plane by plane: the words of its columns, in the order of [`Word::COLUMNS`].
type Row<W> = [[W; 4]; 8];

/// The state of all blocks, row by row; and where vectors don't lie across two lines of the cache.
#[derive(Clone, Copy, Default, PartialEq)]
#[repr(align(64))]
pub(super) struct State<W>(pub(super) [Row<W>; 4]);

/// Cipher (FIPS-197 section 5.1) on at most as many blocks as a word has bits.
pub(super) fn cipher<W: Word>(round_keys: RoundKeys<'_>, blocks: &mut [Block]) {
    let (round_keys, len) = unpack(round_keys);
    let [first, middle @ .., last] = &round_keys[..len] else { return };
    let mut state = State::<W>::default();
    slice(blocks, &mut state);
    add_round_key(&mut state, first);
    for round_key in middle {
        sub_bytes(&mut state);
        shift_rows_and_mix_columns(&mut state);
        add_round_key(&mut state, round_key);
    }
    sub_bytes(&mut state);
    shift_rows(&mut state);
    add_round_key(&mut state, last);
    unslice(&mut state, blocks);
}

/// InvCipher (FIPS-197 section 5.3), the straight form.
pub(super) fn inv_cipher<W: Word>(round_keys: RoundKeys<'_>, blocks: &mut [Block]) {
    let (round_keys, len) = unpack(round_keys);
    let [first, middle @ .., last] = &round_keys[..len] else { return };
    let mut state = State::<W>::default();
    slice(blocks, &mut state);
    add_round_key(&mut state, last);
    for round_key in middle.iter().rev() {
        inv_shift_rows(&mut state);
        inv_sub_bytes(&mut state);
        add_round_key(&mut state, round_key);
        inv_mix_columns(&mut state);
    }
    inv_shift_rows(&mut state);
    inv_sub_bytes(&mut state);
    add_round_key(&mut state, first);
    unslice(&mut state, blocks);
}

/// The columns of all round keys, and how many round keys there are. That is little work beside that of one call, and the
/// words that [`add_round_key`] makes of them are many times as much memory.
fn unpack(round_keys: RoundKeys<'_>) -> (Zeroizing<[[u32; 4]; MAX_ROUND_KEYS]>, usize) {
    let mut columns = Zeroizing::new([[0; 4]; MAX_ROUND_KEYS]);
    let len = round_keys.middle().len() + 2;
    for (to, from) in columns.iter_mut().zip(&round_keys.all[..len]) {
        *to = narrow::columns::<NarrowWord>(from);
    }
    (columns, len)
}

/// AddRoundKey (FIPS-197 section 5.1.4): the round key's columns, of which each word of the state gets one bit, as often as it
/// has blocks.
#[inline(never)]
pub(super) fn add_round_key<W: Word>(state: &mut State<W>, columns: &[u32; 4]) {
    for (r, row) in state.0.iter_mut().enumerate() {
        for (p, words) in row.iter_mut().enumerate() {
            for (word, c) in words.iter_mut().zip(W::COLUMNS) {
                *word = word.xor_if(columns[c], 8 * r + p);
            }
        }
    }
}

/// SubBytes (FIPS-197 section 5.1.1).
#[inline(never)]
pub(super) fn sub_bytes<W: Word>(state: &mut State<W>) {
    each(state, sbox::sub_bytes);
}

/// InvSubBytes (FIPS-197 section 5.3.2).
#[inline(never)]
pub(super) fn inv_sub_bytes<W: Word>(state: &mut State<W>) {
    each(state, sbox::inv_sub_bytes);
}

/// A circuit on the planes of each byte.
#[inline(always)]
#[expect(clippy::needless_range_loop)] // The compiler makes vectors of these loops, and of others not.
fn each<W: Word>(state: &mut State<W>, circuit: impl Fn(&mut [W; 8])) {
    for row in &mut state.0 {
        for c in 0..4 {
            let mut planes = [W::default(); 8];
            for p in 0..8 {
                planes[p] = row[p][c];
            }
            circuit(&mut planes);
            for p in 0..8 {
                row[p][c] = planes[p];
            }
        }
    }
}

/// ShiftRows (FIPS-197 section 5.1.2): row r moves to the left by r columns.
#[inline(never)]
pub(super) fn shift_rows<W: Word>(state: &mut State<W>) {
    *state = rows_moved_left(state, [0, 1, 2, 3]);
}

/// InvShiftRows (FIPS-197 section 5.3.1).
#[inline(never)]
pub(super) fn inv_shift_rows<W: Word>(state: &mut State<W>) {
    *state = rows_moved_left(state, [0, 3, 2, 1]);
}

/// The state with its rows moved to the left by so many columns, around the edge.
#[inline(always)]
fn rows_moved_left<W: Word>(state: &State<W>, [_, one, two, three]: [usize; 4]) -> State<W> {
    // Written out, since the compiler must know by how many.
    let mut moved = *state;
    for p in 0..8 {
        moved.0[1][p] = moved_left(state.0[1][p], one);
    }
    for p in 0..8 {
        moved.0[2][p] = moved_left(state.0[2][p], two);
    }
    for p in 0..8 {
        moved.0[3][p] = moved_left(state.0[3][p], three);
    }
    moved
}

#[inline(always)]
fn moved_left<W: Word>(words: [W; 4], columns: usize) -> [W; 4] {
    // The order of columns is its own inverse.
    let from = |i: usize| words[W::COLUMNS[(W::COLUMNS[i] + columns) % 4]];
    [from(0), from(1), from(2), from(3)]
}

/// ShiftRows, and then MixColumns (FIPS-197 section 5.1.3): as in the narrow form.
#[inline(never)]
pub(super) fn shift_rows_and_mix_columns<W: Word>(state: &mut State<W>) {
    *state = mixed(&rows_moved_left(state, [0, 1, 2, 3]));
}

/// InvMixColumns (FIPS-197 section 5.3.3): as in the narrow form.
#[inline(never)]
pub(super) fn inv_mix_columns<W: Word>(state: &mut State<W>) {
    let mut s = *state;
    for r in 0..2 {
        let mut sum = s.0[r];
        add(&mut sum, &s.0[r + 2]);
        let [s0, s1, s2, s3, s4, s5, s6, s7] = sum;
        let s67 = xor(s6, s7);
        let quadruple = [s6, s67, xor(s0, s7), xor(s1, s6), xor(s2, s67), xor(s3, s7), s4, s5];
        add(&mut s.0[r], &quadruple);
        add(&mut s.0[r + 2], &quadruple);
    }
    *state = mixed(&s);
}

#[inline(always)]
fn mixed<W: Word>(s: &State<W>) -> State<W> {
    let mut sums = *s;
    for r in 0..4 {
        add(&mut sums.0[r], &s.0[(r + 1) % 4]);
    }
    let mut mixed = *s;
    for r in 0..4 {
        let mut row = s.0[(r + 1) % 4];
        add(&mut row, &sums.0[(r + 2) % 4]);
        // xtime.
        add(&mut row[1..], &sums.0[r][..7]);
        for p in [0, 1, 3, 4] {
            add(&mut row[p..=p], &sums.0[r][7..]);
        }
        mixed.0[r] = row;
    }
    mixed
}

#[inline(always)]
fn add<W: Word>(to: &mut [[W; 4]], from: &[[W; 4]]) {
    for (to, from) in to.as_flattened_mut().iter_mut().zip(from.as_flattened()) {
        *to ^= *from;
    }
}

#[inline(always)]
fn xor<W: Word>(a: [W; 4], b: [W; 4]) -> [W; 4] {
    core::array::from_fn(|i| a[i] ^ b[i])
}

/// Turns blocks into planes; where there are fewer than there is room for, the others are zero.
///
/// At first the words lie as they do in the blocks, one behind the other. Then the binary digits of a bit's place in its
/// word, those of the row and of the plane, change places with the upper ones of the word's index, those of the block; the
/// lowest, that of the word in its block, is part of the column and stays. In words of 64 bits there is another digit, which
/// tells odd columns from even ones, and which becomes the last but one: hence the order of columns.
#[inline(never)]
pub(super) fn slice<W: Word>(blocks: &[Block], state: &mut State<W>) {
    let words = state.0.as_flattened_mut().as_flattened_mut();
    let per_block = 128 / W::BITS;
    for (words, block) in words.chunks_exact_mut(per_block).zip(blocks) {
        for (i, word) in words.iter_mut().enumerate() {
            *word = W::from_block(block, i);
        }
    }
    exchange_digits(words);
}

/// Turns planes into blocks: the same steps, which undo themselves and don't touch each other.
#[inline(never)]
pub(super) fn unslice<W: Word>(state: &mut State<W>, blocks: &mut [Block]) {
    let words = state.0.as_flattened_mut().as_flattened_mut();
    exchange_digits(words);
    let per_block = 128 / W::BITS;
    for (words, block) in words.chunks_exact(per_block).zip(blocks) {
        for (i, word) in words.iter().enumerate() {
            word.to_block(block, i);
        }
    }
}

#[inline(always)]
fn exchange_digits<W: Word>(words: &mut [W]) {
    if W::BITS == 64 {
        exchange(words, 2, 32, 0x0000_0000_ffff_ffff);
    }
    exchange(words, 64, 16, 0x0000_ffff_0000_ffff);
    exchange(words, 32, 8, 0x00ff_00ff_00ff_00ff);
    exchange(words, 16, 4, 0x0f0f_0f0f_0f0f_0f0f);
    exchange(words, 8, 2, 0x3333_3333_3333_3333);
    exchange(words, 4, 1, 0x5555_5555_5555_5555);
}
