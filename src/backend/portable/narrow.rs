//! The narrow form: as many blocks as a word has bits for, two or four; for short messages, the ends of long ones, single
//! chains and key expansion.
//!
//! A plane is a single word. Bit B · (4 · row + column) + block belongs to the byte in that row and column of that block, of
//! B blocks:
//!
//! ```text
//! plane p:  63            48 47            32 31            16 15             0    B = 4, words of 64 bits
//!          |     row 3      |     row 2      |     row 1      |     row 0      |
//!                                                              15 12 11  8 7  4 3  0
//!                                                             |col 3|col 2|col 1|col 0|
//!                                                                                3 2 1 0
//!                                                                          block |3|2|1|0|
//! ```
//!
//! In this order MixColumns is made of rotations of whole words, and ShiftRows stays within a quarter of them.
//!
//! Steps are part of the loop that takes them, but where there is no operating system: there each is a function of its own, of
//! which there is one in the program.

use zeroize::Zeroizing;

#[cfg(feature = "hazmat")]
use super::Part;
use super::{
    RoundKey, RoundKeys, key_expansion, sbox,
    word::{Word, exchange},
};
use crate::{Block, backend::SMALL};

/// The state of all blocks: plane p holds bit p of every byte.
pub(super) type State<W> = [W; 8];

/// How many blocks a word has room for.
pub(super) const fn blocks<W: Word>() -> usize {
    W::BITS / 16
}

/// Cipher (FIPS-197 section 5.1) on at most as many blocks as there is room for.
pub(super) fn cipher<W: Word>(round_keys: RoundKeys<'_>, blocks: &mut [Block]) {
    let mut state = slice::<W>(blocks);
    cipher_in_planes(round_keys, &mut state);
    unslice(&state, blocks);
}

/// InvCipher (FIPS-197 section 5.3) on at most as many blocks as there is room for.
pub(super) fn inv_cipher<W: Word>(round_keys: RoundKeys<'_>, blocks: &mut [Block]) {
    let mut state = slice::<W>(blocks);
    inv_cipher_in_planes(round_keys, &mut state);
    unslice(&state, blocks);
}

/// [`cipher()`] on what is sliced already, and so with the others of this name.
#[inline(always)]
pub(super) fn cipher_in_planes<W: Word>(round_keys: RoundKeys<'_>, state: &mut State<W>) {
    add_round_key(state, round_keys.first());
    for round_key in round_keys.middle() {
        sbox::sub_bytes(state);
        shift_rows(state);
        mix_columns(state);
        add_round_key(state, round_key);
    }
    sbox::sub_bytes(state);
    shift_rows(state);
    add_round_key(state, round_keys.last());
}

/// The straight form: it needs no round keys of its own.
#[inline(always)]
pub(super) fn inv_cipher_in_planes<W: Word>(round_keys: RoundKeys<'_>, state: &mut State<W>) {
    add_round_key(state, round_keys.last());
    for round_key in round_keys.middle().iter().rev() {
        inv_shift_rows(state);
        sbox::inv_sub_bytes(state);
        add_round_key(state, round_key);
        inv_mix_columns(state);
    }
    inv_shift_rows(state);
    sbox::inv_sub_bytes(state);
    add_round_key(state, round_keys.first());
}

/// A part of the cipher by itself, on at most as many blocks as there is room for.
#[cfg(feature = "hazmat")]
#[inline(always)]
pub(super) fn part<W: Word>(part: Part, blocks: &mut [Block]) {
    let mut state = slice::<W>(blocks);
    part_in_planes(part, &mut state);
    unslice(&state, blocks);
}

#[cfg(feature = "hazmat")]
#[inline(always)]
pub(super) fn part_in_planes<W: Word>(part: Part, state: &mut State<W>) {
    match part {
        Part::CipherRound | Part::CipherLastRound => {
            sbox::sub_bytes(state);
            shift_rows(state);
        }
        Part::EqInvCipherRound | Part::EqInvCipherLastRound => {
            sbox::inv_sub_bytes(state);
            inv_shift_rows(state);
        }
        Part::MixColumns | Part::InvMixColumns => {}
    }
    match part {
        Part::CipherRound | Part::MixColumns => mix_columns(state),
        Part::EqInvCipherRound | Part::InvMixColumns => inv_mix_columns(state),
        Part::CipherLastRound | Part::EqInvCipherLastRound => {}
    }
}

/// So many rounds of the cipher but the last, each with other round keys, one for each block, which are sliced like blocks.
#[cfg(feature = "hazmat")]
#[inline(always)]
pub(super) fn cipher_rounds<W: Word>(blocks: &mut [Block], rounds: usize, round_keys: impl Fn(usize) -> State<W>) {
    let mut state = slice::<W>(blocks);
    cipher_rounds_in_planes(&mut state, rounds, round_keys);
    unslice(&state, blocks);
}

#[cfg(feature = "hazmat")]
#[inline(always)]
pub(super) fn cipher_rounds_in_planes<W: Word>(
    state: &mut State<W>,
    rounds: usize,
    round_keys: impl Fn(usize) -> State<W>,
) {
    for round in 0..rounds {
        sbox::sub_bytes(state);
        shift_rows(state);
        mix_columns(state);
        for (plane, round_key) in state.iter_mut().zip(round_keys(round)) {
            *plane ^= round_key;
        }
    }
}

/// KeyExpansion, with SubWord in planes, and the round keys packed for slicing on use.
pub(super) fn expand<W: Word>(key: &[u8], round_keys: &mut [RoundKey]) {
    key_expansion::expand(key, round_keys, sub_word::<W>);
    for round_key in round_keys {
        *round_key = pack::<W>(*round_key);
    }
}

/// SubWord (FIPS-197 section 5.2): the four bytes as the first column of the only block.
#[cfg_attr(target_os = "none", inline(never))]
pub(super) fn sub_word<W: Word>(word: u32) -> u32 {
    let mut state = Zeroizing::new(State::<W>::default());
    state[0] = W::cut(word.into());
    turn(&mut state);
    sbox::sub_bytes(&mut state);
    turn_back(&mut state);
    state[0].low()
}

/// Packs a round key (little-endian words in order) for slicing on use: see [`add_round_key`].
///
/// Word q, of W's bits, holds B planes, from plane B · q on: each where the planes have their first block, moved up by one
/// for each plane before it.
pub(super) fn pack<W: Word>(round_key: RoundKey) -> RoundKey {
    let per_word = blocks::<W>();
    let mut packed = [0; 2];
    for column in 0..4 {
        for row in 0..4 {
            let byte = round_key[column / 2] >> (32 * (column % 2) + 8 * row);
            for q in 0..8 / per_word {
                let bits = byte >> (per_word * q) & ((1 << per_word) - 1);
                // Of two words of 32 bits that lie in one of 64, the first is the lower one.
                packed[q * W::BITS / 64] ^= bits << (q * W::BITS % 64 + per_word * (4 * row + column));
            }
        }
    }
    packed
}

/// A packed round key's columns, each a little-endian word, as they were.
pub(super) fn columns<W: Word>(packed: &RoundKey) -> [u32; 4] {
    let per_word = blocks::<W>();
    let mut columns = [0; 4];
    for (c, column) in columns.iter_mut().enumerate() {
        // As many bits of every byte as a word holds planes, the rows a quarter of a word apart.
        let mut rows = 0;
        for q in 0..8 / per_word {
            let word = packed[q * W::BITS / 64] >> (q * W::BITS % 64);
            let bits = if per_word == 4 { 0x000f_000f_000f_000f } else { 0x0303_0303 };
            rows ^= (word >> (per_word * c) & bits) << (per_word * q);
        }
        if per_word == 4 {
            rows = (rows ^ rows >> 8) & 0x0000_ffff_0000_ffff;
            rows ^= rows >> 16;
        }
        *column = rows as u32;
    }
    columns
}

/// AddRoundKey (FIPS-197 section 5.1.4): each bit that a plane gets, as many times over as there are blocks.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
pub(super) fn add_round_key<W: Word>(state: &mut State<W>, packed: &RoundKey) {
    let per_word = blocks::<W>();
    for (p, plane) in state.iter_mut().enumerate() {
        let q = p / per_word;
        let word = W::cut(packed[q * W::BITS / 64] >> (q * W::BITS % 64));
        let bits = word >> (p % per_word) & first_block::<W>();
        // The sum of two, and of two of those if there are four.
        let bits = bits ^ bits << 1;
        *plane ^= if per_word == 4 { bits ^ bits << 2 } else { bits };
    }
}

/// The first block's bits.
#[inline(always)]
fn first_block<W: Word>() -> W {
    W::cut(if blocks::<W>() == 4 { 0x1111_1111_1111_1111 } else { 0x5555_5555 })
}

/// All blocks' bits in the rows and columns that `PLACES` has, as bit 4 · row + column.
#[inline(always)]
fn at<W: Word, const PLACES: u16>() -> W {
    const fn spread(places: u16, blocks: usize) -> u64 {
        let (mut bits, mut place) = (0, 0);
        while place < 16 {
            if places >> place & 1 == 1 {
                bits |= ((1 << blocks) - 1) << (blocks * place);
            }
            place += 1;
        }
        bits
    }
    W::cut(const { spread(PLACES, blocks::<W>()) })
}

/// ShiftRows (FIPS-197 section 5.1.2): row r moves to the left by r columns.
///
/// Columns change places, first those that are two apart and then neighbours: in row 1, 0123 becomes 2103 and then 1230; in
/// row 2, 2301; in row 3, 0321 and then 3012.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
pub(super) fn shift_rows<W: Word>(state: &mut State<W>) {
    exchange_columns::<W, 0b0010_0011_0001_0000>(state);
}

/// InvShiftRows (FIPS-197 section 5.3.1): the same with rows 1 and 3 as each other.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
pub(super) fn inv_shift_rows<W: Word>(state: &mut State<W>) {
    exchange_columns::<W, 0b0001_0011_0010_0000>(state);
}

/// The columns in `TWO_APART` change places with those two further on, and then those in rows 1 and 3 with their neighbours.
#[inline(always)]
fn exchange_columns<W: Word, const TWO_APART: u16>(state: &mut State<W>) {
    let (two_apart, neighbours) = (at::<W, TWO_APART>(), at::<W, 0b0101_0000_0101_0000>());
    for plane in state {
        *plane = plane.exchange_within(2 * blocks::<W>(), two_apart);
        *plane = plane.exchange_within(blocks::<W>(), neighbours);
    }
}

/// MixColumns (FIPS-197 section 5.1.3).
///
/// With s the byte in row r and s₁, s₂, s₃ those in the rows below it, around the edge, {02}•s + {03}•s₁ + s₂ + s₃ is
/// {02}•(s + s₁) + s₁ + (s₂ + s₃), and s₂ + s₃ is s + s₁ two rows further down.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
pub(super) fn mix_columns<W: Word>(state: &mut State<W>) {
    if SMALL {
        return mix_columns_in_place(state);
    }
    let s = *state;
    let mut sum = s;
    for (sum, s) in sum.iter_mut().zip(s) {
        *sum ^= rows_down(s, 1);
    }
    let double = xtime(&sum);
    for p in 0..8 {
        state[p] = double[p] ^ rows_down(s[p], 1) ^ rows_down(sum[p], 2);
    }
}

/// The same plane by plane, with less on the stack, as a loop.
#[inline(always)]
pub(super) fn mix_columns_in_place<W: Word>(state: &mut State<W>) {
    let sum = |plane| plane ^ rows_down(plane, 1);
    let highest = sum(state[7]);
    let mut below = W::default();
    for (p, plane) in state.iter_mut().enumerate() {
        let s = *plane;
        // As in xtime.
        let double = if 0x1b >> p & 1 == 1 { below ^ highest } else { below };
        *plane = double ^ rows_down(s, 1) ^ rows_down(sum(s), 2);
        below = sum(s);
    }
}

/// InvMixColumns (FIPS-197 section 5.3.3): the matrix of {0e}, {0b}, {0d}, {09} is that of MixColumns times one of
/// {05}, {00}, {04}, {00}. The latter adds {04}•(s + s₂) to s.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
pub(super) fn inv_mix_columns<W: Word>(state: &mut State<W>) {
    let mut sum = *state;
    for plane in &mut sum {
        *plane ^= rows_down(*plane, 2);
    }
    let quadruple = xtime(&xtime(&sum));
    for (s, quadruple) in state.iter_mut().zip(quadruple) {
        *s ^= quadruple;
    }
    mix_columns(state);
}

/// To each byte's place, the byte so many rows below it, around the edge.
#[inline(always)]
fn rows_down<W: Word>(plane: W, rows: usize) -> W {
    plane.rotate_right(W::BITS / 4 * rows)
}

/// xtime (FIPS-197 section 4.2.1) on every byte: the planes move up by one, and what falls out, x⁸, comes back as {1b}, which is
/// x⁴ + x³ + x + 1.
#[inline(always)]
fn xtime<W: Word>(s: &State<W>) -> State<W> {
    [s[7], s[0] ^ s[7], s[1], s[2] ^ s[7], s[3] ^ s[7], s[4], s[5], s[6]]
}

/// Turns blocks into planes; where there are fewer than there is room for, the others are zero.
///
/// Word B · c + b begins as column c of block b, above it, if it is long enough, column c + 2. A byte's bit p has to come to
/// word p, and c and b to where p was: three pairs of binary digits change places. In a word of 64 bits the digit that
/// tells column c + 2 from c then stands above those of the row and goes down past them.
#[inline(always)]
pub(super) fn slice<W: Word>(blocks: &[Block]) -> State<W> {
    let mut words = State::default();
    for (b, block) in blocks.iter().enumerate() {
        put(&mut words, b, block);
    }
    turn(&mut words);
    words
}

/// Puts block `b` where it is before slicing.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
pub(super) fn put<W: Word>(words: &mut State<W>, b: usize, block: &Block) {
    let (columns, _) = block.as_chunks();
    for c in 0..8 / self::blocks::<W>() {
        let mut word = W::default();
        for high in 0..W::BITS / 32 {
            word ^= W::cut(u64::from(u32::from_le_bytes(columns[c + 2 * high]))) << (32 * high);
        }
        words[place::<W>(c, b)] = word;
    }
}

/// The word that column `c` of block `b` begins in. There is room for it: where programs are to be small the remainder assures
/// the compiler, which would else leave a way to a panic in them.
#[inline(always)]
fn place<W: Word>(c: usize, b: usize) -> usize {
    let per_word = blocks::<W>();
    per_word * c + if SMALL { b % per_word } else { b }
}

/// The blocks' words into planes.
#[inline(always)]
pub(super) fn turn<W: Word>(words: &mut State<W>) {
    exchange_digits(words);
    if W::BITS == 64 {
        for word in words {
            *word = word
                .exchange_within(16, W::cut(0x0000_0000_ffff_0000))
                .exchange_within(8, W::cut(0x0000_ff00_0000_ff00));
        }
    }
}

/// Turns planes into blocks: the same steps backwards.
#[inline(always)]
pub(super) fn unslice<W: Word>(planes: &State<W>, blocks: &mut [Block]) {
    let mut words = *planes;
    turn_back(&mut words);
    for (b, block) in blocks.iter_mut().enumerate() {
        take(&words, b, block);
    }
}

/// The planes into the blocks' words.
#[inline(always)]
pub(super) fn turn_back<W: Word>(words: &mut State<W>) {
    if W::BITS == 64 {
        for word in &mut *words {
            *word = word
                .exchange_within(8, W::cut(0x0000_ff00_0000_ff00))
                .exchange_within(16, W::cut(0x0000_0000_ffff_0000));
        }
    }
    exchange_digits(words);
}

/// Takes block `b` from where it is before slicing.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
pub(super) fn take<W: Word>(words: &State<W>, b: usize, block: &mut Block) {
    let per_word = self::blocks::<W>();
    let (columns, _) = block.as_chunks_mut();
    for c in 0..8 / per_word {
        for high in 0..W::BITS / 32 {
            columns[c + 2 * high] = (words[place::<W>(c, b)] >> (32 * high)).low().to_le_bytes();
        }
    }
}

/// The digits of a bit's place in its byte and those of the word's index.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
fn exchange_digits<W: Word>(words: &mut State<W>) {
    exchange(words, 4, 4, 0x0f0f_0f0f_0f0f_0f0f);
    exchange(words, 2, 2, 0x3333_3333_3333_3333);
    exchange(words, 1, 1, 0x5555_5555_5555_5555);
}
