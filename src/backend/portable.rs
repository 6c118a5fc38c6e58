//! `portable`: bitsliced AES, for any processor, without a branch or an index on anything secret.
//!
//! Tables are out of the question, as the cache would tell which entry was read. But the S-box can be calculated with
//! AND, XOR and NOT alone, 128 of them, and if every bit of a word takes part in the calculation for another byte, the
//! price of one byte is the price of all. So the blocks are turned by 90 degrees, *sliced*: the state is eight words
//! called planes, and plane p holds bit p of all bytes.
//!
//! A plane is a `u64` and holds one bit of each byte of four blocks. Bit 16 · row + 4 · column + block belongs to the
//! byte in that row and column of that block:
//!
//! ```text
//! plane p:  63            48 47            32 31            16 15             0
//!          |     row 3      |     row 2      |     row 1      |     row 0      |
//!                                                              15 12 11  8 7  4 3  0
//!                                                             |col 3|col 2|col 1|col 0|
//!                                                                                3 2 1 0
//!                                                                          block |3|2|1|0|
//! ```
//!
//! In this order MixColumns is made of rotations of whole words, ShiftRows stays within the 16 bits of a row, and a round
//! key, equal for all four blocks, needs a bit only where the planes have four.

use zeroize::Zeroizing;

use super::{
    Engine, Job, Schedule,
    columns::Row,
    key_expansion,
    schedule::{RoundKey, RoundKeys},
};
use crate::Block;

pub(super) mod sbox;

/// How many blocks the planes hold.
const BLOCKS: usize = 4;

/// The state of four blocks, sliced: plane p holds bit p of every byte.
type Planes = [u64; 8];

/// KeyExpansion, with SubWord in planes, and the round keys packed for slicing on use.
pub(super) fn expand(key: &[u8], schedule: &mut Schedule) {
    let round_keys = schedule.round_keys_mut();
    key_expansion::expand(key, round_keys, sub_word);
    for round_key in round_keys {
        *round_key = pack(*round_key);
    }
}

pub(super) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    job.run(Portable { round_keys: RoundKeys::of_cipher(schedule) })
}

#[derive(Clone, Copy)]
struct Portable<'k> {
    round_keys: RoundKeys<'k>,
}

impl Engine for Portable<'_> {
    /// Bytes, not planes: CBC adds blocks before and after the permutation, and would slice them all over again.
    type Reg = [Block; BLOCKS];
    const LANES: usize = BLOCKS;

    /// The planes cost the same whatever part of them is used.
    type Narrow = Self;
    #[inline(always)]
    fn narrow(self) -> Self {
        self
    }

    #[inline(always)]
    fn load(self, from: &[Block]) -> Self::Reg {
        let mut reg = Self::Reg::default();
        for (to, from) in reg.iter_mut().zip(from) {
            *to = *from;
        }
        reg
    }

    #[inline(always)]
    fn store(self, reg: Self::Reg, to: &mut [Block]) {
        for (to, from) in to.iter_mut().zip(&reg) {
            *to = *from;
        }
    }

    #[inline(always)]
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> Self::Reg {
        let mut reg = Self::Reg::default();
        for (lane, to) in reg.iter_mut().enumerate() {
            *to = *block(lane);
        }
        reg
    }

    #[inline(always)]
    fn scatter(self, reg: Self::Reg, to: &mut Row<'_>, first: usize) {
        for (lane, from) in reg.into_iter().enumerate() {
            *to.block_mut(first + lane) = from;
        }
    }

    #[inline(always)]
    fn xor(self, mut a: Self::Reg, b: Self::Reg) -> Self::Reg {
        for (a, b) in a.as_flattened_mut().iter_mut().zip(b.as_flattened()) {
            *a ^= *b;
        }
        a
    }

    #[inline(always)]
    fn encrypt<const N: usize>(self, mut regs: [Self::Reg; N]) -> [Self::Reg; N] {
        for reg in &mut regs {
            cipher(self.round_keys, reg);
        }
        regs
    }

    #[inline(always)]
    fn decrypt<const N: usize>(self, mut regs: [Self::Reg; N]) -> [Self::Reg; N] {
        for reg in &mut regs {
            inv_cipher(self.round_keys, reg);
        }
        regs
    }
}

/// Cipher (FIPS-197 section 5.1) on four blocks at once.
fn cipher(round_keys: RoundKeys<'_>, blocks: &mut [Block; BLOCKS]) {
    let mut state = slice(blocks);
    add_round_key(&mut state, round_keys.first());
    for round_key in round_keys.middle() {
        sbox::sub_bytes(&mut state);
        shift_rows(&mut state);
        mix_columns(&mut state);
        add_round_key(&mut state, round_key);
    }
    sbox::sub_bytes(&mut state);
    shift_rows(&mut state);
    add_round_key(&mut state, round_keys.last());
    unslice(&state, blocks);
}

/// InvCipher (FIPS-197 section 5.3) on four blocks at once. The straight form: it needs no round keys of its own.
fn inv_cipher(round_keys: RoundKeys<'_>, blocks: &mut [Block; BLOCKS]) {
    let mut state = slice(blocks);
    add_round_key(&mut state, round_keys.last());
    for round_key in round_keys.middle().iter().rev() {
        inv_shift_rows(&mut state);
        sbox::inv_sub_bytes(&mut state);
        add_round_key(&mut state, round_key);
        inv_mix_columns(&mut state);
    }
    inv_shift_rows(&mut state);
    sbox::inv_sub_bytes(&mut state);
    add_round_key(&mut state, round_keys.first());
    unslice(&state, blocks);
}

/// Bit p of every nibble, for p = 0.
const NIBBLES: u64 = 0x1111_1111_1111_1111;

/// A round key's 16 bytes as 32 nibbles, the low ones in the first word and the high ones in the second, in the planes'
/// order of rows and columns: the nibble at bit 16 · row + 4 · column.
///
/// So bit p of a nibble stands where plane p has its first block, which makes [`add_round_key`] short.
fn pack(round_key: RoundKey) -> RoundKey {
    let mut packed = [0; 2];
    for column in 0..4 {
        for row in 0..4 {
            let byte = round_key[column / 2] >> (32 * (column % 2) + 8 * row);
            packed[0] |= (byte & 0x0f) << (16 * row + 4 * column);
            packed[1] |= (byte >> 4 & 0x0f) << (16 * row + 4 * column);
        }
    }
    packed
}

/// AddRoundKey (FIPS-197 section 5.1.4): bit p of each nibble, four times over, is what plane p gets.
#[inline(always)]
fn add_round_key(state: &mut Planes, &[low, high]: &RoundKey) {
    for p in 0..4 {
        state[p] ^= four_times(low >> p & NIBBLES);
        state[p + 4] ^= four_times(high >> p & NIBBLES);
    }
}

/// The lowest bit of each nibble in all its four bits: times 15, without a multiplication, since there are processors on
/// which that takes longer for larger numbers.
#[inline(always)]
fn four_times(bits: u64) -> u64 {
    (bits << 4).wrapping_sub(bits)
}

/// ShiftRows (FIPS-197 section 5.1.2): the 16 bits of row r, rotated to the right by r columns of 4 bits.
#[inline(always)]
fn shift_rows(state: &mut Planes) {
    for plane in state {
        *plane = rotate_rows(*plane, [0, 4, 8, 12]);
    }
}

/// InvShiftRows (FIPS-197 section 5.3.1).
#[inline(always)]
fn inv_shift_rows(state: &mut Planes) {
    for plane in state {
        *plane = rotate_rows(*plane, [0, 12, 8, 4]);
    }
}

/// The 16 bits of each row, rotated to the right by its number of `places`.
#[inline(always)]
fn rotate_rows(plane: u64, places: [u32; 4]) -> u64 {
    let mut rotated = 0;
    for (row, places) in places.into_iter().enumerate() {
        rotated |= u64::from(((plane >> (16 * row)) as u16).rotate_right(places)) << (16 * row);
    }
    rotated
}

/// MixColumns (FIPS-197 section 5.1.3).
///
/// With s the byte in row r and s₁, s₂, s₃ those in the rows below it, around the edge, {02}•s + {03}•s₁ + s₂ + s₃ is
/// {02}•(s + s₁) + s₁ + (s₂ + s₃), and s₂ + s₃ is s + s₁ two rows further down.
#[inline(always)]
fn mix_columns(state: &mut Planes) {
    let s = *state;
    let mut sum = s;
    for (sum, s) in sum.iter_mut().zip(s) {
        *sum ^= one_row_down(s);
    }
    let double = xtime(&sum);
    for p in 0..8 {
        state[p] = double[p] ^ one_row_down(s[p]) ^ two_rows_down(sum[p]);
    }
}

/// InvMixColumns (FIPS-197 section 5.3.3): the matrix of {0e}, {0b}, {0d}, {09} is that of MixColumns times one of
/// {05}, {00}, {04}, {00}. The latter adds {04}•(s + s₂) to s.
#[inline(always)]
fn inv_mix_columns(state: &mut Planes) {
    let mut sum = *state;
    for plane in &mut sum {
        *plane ^= two_rows_down(*plane);
    }
    let quadruple = xtime(&xtime(&sum));
    for (s, quadruple) in state.iter_mut().zip(quadruple) {
        *s ^= quadruple;
    }
    mix_columns(state);
}

/// To each byte's place, the byte in the row below it, around the edge.
#[inline(always)]
fn one_row_down(plane: u64) -> u64 {
    plane.rotate_right(16)
}

/// To each byte's place, the byte two rows below it.
#[inline(always)]
fn two_rows_down(plane: u64) -> u64 {
    plane.rotate_right(32)
}

/// xtime (FIPS-197 section 4.2.1) on every byte: the planes move up by one, and what falls out, x⁸, comes back as
/// x⁴ + x³ + x + 1.
#[inline(always)]
fn xtime(s: &Planes) -> Planes {
    [s[7], s[0] ^ s[7], s[1], s[2] ^ s[7], s[3] ^ s[7], s[4], s[5], s[6]]
}

/// Turns four blocks into planes.
#[inline(always)]
fn slice(blocks: &[Block; BLOCKS]) -> Planes {
    // First the nibbles of each block by themselves, in the planes' order: the low ones in word b, the high ones in word
    // 4 + b. Then bit p of a nibble in word b becomes bit b of a nibble in word p.
    let mut words = [0; 8];
    for (b, block) in blocks.iter().enumerate() {
        let even = interleave(word(block, 0), word(block, 2));
        let odd = interleave(word(block, 1), word(block, 3));
        words[b] = (even & LOW_NIBBLES) | (odd & LOW_NIBBLES) << 4;
        words[b + 4] = (even >> 4 & LOW_NIBBLES) | (odd & !LOW_NIBBLES);
    }
    transpose_nibbles(&mut words);
    words
}

/// Turns planes into four blocks: the same steps backwards.
#[inline(always)]
fn unslice(planes: &Planes, blocks: &mut [Block; BLOCKS]) {
    let mut words = *planes;
    transpose_nibbles(&mut words);
    for (b, block) in blocks.iter_mut().enumerate() {
        let even = (words[b] & LOW_NIBBLES) | (words[b + 4] & LOW_NIBBLES) << 4;
        let odd = (words[b] >> 4 & LOW_NIBBLES) | (words[b + 4] & !LOW_NIBBLES);
        let columns = [deinterleave(even), deinterleave(odd), deinterleave(even >> 8), deinterleave(odd >> 8)];
        for (to, column) in block.as_chunks_mut().0.iter_mut().zip(columns) {
            *to = column.to_le_bytes();
        }
    }
}

const LOW_NIBBLES: u64 = 0x0f0f_0f0f_0f0f_0f0f;

/// Column `c` of a block, its byte in row 0 lowest.
#[inline(always)]
fn word(block: &Block, c: usize) -> u32 {
    u32::from_le_bytes(block.as_chunks().0[c])
}

/// The bytes of `a` in the even places, those of `b` in the odd ones.
#[inline(always)]
fn interleave(a: u32, b: u32) -> u64 {
    spread(a) | spread(b) << 8
}

/// The bytes of a word in the even places.
#[inline(always)]
fn spread(word: u32) -> u64 {
    let x = u64::from(word);
    let x = (x | x << 16) & 0x0000_ffff_0000_ffff;
    (x | x << 8) & 0x00ff_00ff_00ff_00ff
}

/// The bytes in the even places.
#[inline(always)]
fn deinterleave(x: u64) -> u32 {
    let x = x & 0x00ff_00ff_00ff_00ff;
    let x = (x | x >> 8) & 0x0000_ffff_0000_ffff;
    (x | x >> 16) as u32
}

/// Bit i of the nibbles of word j changes places with bit j of the nibbles of word i, among words 0 to 3, and the same
/// among words 4 to 7. Doing it again undoes it.
#[inline(always)]
fn transpose_nibbles(words: &mut [u64; 8]) {
    for half in [0, 4] {
        // Bits 1 and 0 of the two indices, one after the other.
        exchange(words, half, half + 2, 2, 0x3333_3333_3333_3333);
        exchange(words, half + 1, half + 3, 2, 0x3333_3333_3333_3333);
        exchange(words, half, half + 1, 1, 0x5555_5555_5555_5555);
        exchange(words, half + 2, half + 3, 1, 0x5555_5555_5555_5555);
    }
}

/// The bits of word `i` above those of `mask` by `shift` change places with the bits of word `j` in `mask`.
#[inline(always)]
fn exchange(words: &mut [u64; 8], i: usize, j: usize, shift: u32, mask: u64) {
    let difference = (words[i] >> shift ^ words[j]) & mask;
    words[i] ^= difference << shift;
    words[j] ^= difference;
}

/// SubWord (FIPS-197 section 5.2): the four bytes as the first column of the first block.
fn sub_word(word: u32) -> u32 {
    let mut blocks = Zeroizing::new([Block::default(); BLOCKS]);
    blocks[0].as_chunks_mut().0[0] = word.to_le_bytes();
    let mut planes = Zeroizing::new(slice(&blocks));
    sbox::sub_bytes(&mut planes);
    unslice(&planes, &mut blocks);
    self::word(&blocks[0], 0)
}
