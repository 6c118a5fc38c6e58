//! Both forms, in words of both lengths, whichever the processor uses: each step against [`fips197`], never against another
//! form or the way back.
//!
//! What is **proven**, by trying all there is:
//!
//! - *The S-boxes*: all 256 bytes in every place of every block. The circuits have gates only, so a bit of a word has nothing
//!   to do with the bits beside it.
//! - *The linear steps*: ShiftRows, MixColumns, AddRoundKey, slicing, the packing of round keys, and what undoes them, on
//!   zero and on each single bit of each block. They are made of XOR, AND with constants and moved bits alone, so that
//!   f(a + b) = f(a) + f(b) whatever the constants are; and such a map is determined by what it makes of each single bit.
//! - *Each step of key expansion*, of all lengths of keys: all 256 bytes in each byte that goes through SubWord there, and
//!   each single bit of the words that it is made from. What goes around SubWord is linear, and SubWord takes each byte for
//!   itself, by the first of these proofs.
//!
//! What is **tested** only, on examples, here and in all suites: that the cipher takes these steps in the right order, and
//! what is around it.

extern crate std;

use core::{array, marker::PhantomData, ops::Range};
use std::{vec, vec::Vec};

#[cfg(feature = "hazmat")]
use super::Part;
use super::{NarrowWord, RoundKeys, narrow, wide, word::Word};
#[cfg(feature = "hazmat")]
use crate::backend::reference::part as reference_part;
use crate::{
    Block,
    backend::schedule::{MAX_ROUND_KEYS, RoundKey},
    fips197::{self, State, key_expansion as reference, sbox, state},
};

type Step<S> = fn(&mut S);

/// A form in words of some length, by the layout that its documentation draws.
trait Form {
    const BLOCKS: usize;

    type State: Clone + PartialEq;
    const STEPS: Steps<Self::State>;

    fn zero() -> Self::State;

    /// The word and the bit in it that hold bit `p` of a byte.
    fn place(state: &mut Self::State, block: usize, row: usize, column: usize, p: usize) -> Bit<'_>;

    fn slice(blocks: &[Block]) -> Self::State;

    fn unslice(state: &Self::State, blocks: &mut [Block]);

    /// Adds a round key, little-endian words in order.
    fn add_round_key(state: &mut Self::State, round_key: RoundKey);

    fn cipher(key: &[u8], blocks: &mut [Block]);

    fn inv_cipher(key: &[u8], blocks: &mut [Block]);

    fn get(state: &mut Self::State, block: usize) -> Block {
        array::from_fn(|i| {
            (0..8).fold(0, |byte, p| byte | u8::from(Self::place(state, block, i % 4, i / 4, p).get()) << p)
        })
    }

    fn set(state: &mut Self::State, block: usize, to: &Block) {
        for (i, byte) in to.iter().enumerate() {
            for p in (0..8).filter(|p| byte >> p & 1 == 1) {
                Self::place(state, block, i % 4, i / 4, p).set();
            }
        }
    }
}

struct Steps<S> {
    sub_bytes: Step<S>,
    inv_sub_bytes: Step<S>,
    /// What stands for it where there is no operating system.
    inv_sub_bytes_by_sub_bytes: Step<S>,
    /// Each with the standard's own.
    linear: [(&'static str, Step<S>, Step<State>); 4],
    /// One of them as it is where there is no operating system.
    small: Option<(&'static str, Step<S>, Step<State>)>,
}

/// A bit of a word of either length.
enum Bit<'w> {
    Of32(&'w mut u32, usize),
    Of64(&'w mut u64, usize),
}

impl Bit<'_> {
    fn get(&self) -> bool {
        match self {
            Bit::Of32(word, bit) => **word >> bit & 1 == 1,
            Bit::Of64(word, bit) => **word >> bit & 1 == 1,
        }
    }

    fn set(self) {
        match self {
            Bit::Of32(word, bit) => *word |= 1 << bit,
            Bit::Of64(word, bit) => *word |= 1 << bit,
        }
    }
}

/// What the tests have to know of a word.
trait TestWord: Word + PartialEq {
    fn bit(&mut self, bit: usize) -> Bit<'_>;

    /// Which bit of a word is block `block`'s, in the wide form.
    fn wide_bit(block: usize) -> usize;
}

impl TestWord for u32 {
    fn bit(&mut self, bit: usize) -> Bit<'_> {
        Bit::Of32(self, bit)
    }

    fn wide_bit(block: usize) -> usize {
        block
    }
}

impl TestWord for u64 {
    fn bit(&mut self, bit: usize) -> Bit<'_> {
        Bit::Of64(self, bit)
    }

    fn wide_bit(block: usize) -> usize {
        block / 2 + 32 * (block % 2)
    }
}

struct Narrow<W>(PhantomData<W>);

impl<W: TestWord> Form for Narrow<W> {
    const BLOCKS: usize = W::BITS / 16;

    type State = narrow::State<W>;
    const STEPS: Steps<Self::State> = Steps {
        sub_bytes: super::sbox::sub_bytes,
        inv_sub_bytes: super::sbox::inv_sub_bytes_by_circuit,
        inv_sub_bytes_by_sub_bytes: super::sbox::inv_sub_bytes_by_sub_bytes,
        linear: [
            ("ShiftRows", narrow::shift_rows, state::shift_rows),
            ("InvShiftRows", narrow::inv_shift_rows, state::inv_shift_rows),
            ("MixColumns", narrow::mix_columns, state::mix_columns),
            ("InvMixColumns", narrow::inv_mix_columns, state::inv_mix_columns),
        ],
        small: Some(("MixColumns in place", narrow::mix_columns_in_place, state::mix_columns)),
    };

    fn zero() -> Self::State {
        Default::default()
    }

    fn place(state: &mut Self::State, block: usize, row: usize, column: usize, p: usize) -> Bit<'_> {
        state[p].bit(Self::BLOCKS * (4 * row + column) + block)
    }

    fn slice(blocks: &[Block]) -> Self::State {
        narrow::slice(blocks)
    }

    fn unslice(state: &Self::State, blocks: &mut [Block]) {
        narrow::unslice(state, blocks);
    }

    fn add_round_key(state: &mut Self::State, round_key: RoundKey) {
        narrow::add_round_key(state, &narrow::pack::<W>(round_key));
    }

    fn cipher(key: &[u8], blocks: &mut [Block]) {
        with_round_keys::<W>(key, |round_keys| narrow::cipher::<W>(round_keys, blocks));
    }

    fn inv_cipher(key: &[u8], blocks: &mut [Block]) {
        with_round_keys::<W>(key, |round_keys| narrow::inv_cipher::<W>(round_keys, blocks));
    }
}

struct Wide<W>(PhantomData<W>);

impl<W: TestWord> Form for Wide<W> {
    const BLOCKS: usize = W::BITS;

    type State = wide::State<W>;
    const STEPS: Steps<Self::State> = Steps {
        sub_bytes: wide::sub_bytes,
        inv_sub_bytes: wide::inv_sub_bytes,
        inv_sub_bytes_by_sub_bytes: wide::inv_sub_bytes,
        linear: [
            ("ShiftRows", wide::shift_rows, state::shift_rows),
            ("InvShiftRows", wide::inv_shift_rows, state::inv_shift_rows),
            ("ShiftRows and MixColumns", wide::shift_rows_and_mix_columns, |state| {
                state::shift_rows(state);
                state::mix_columns(state);
            }),
            ("InvMixColumns", wide::inv_mix_columns, state::inv_mix_columns),
        ],
        small: None,
    };

    fn zero() -> Self::State {
        Default::default()
    }

    fn place(state: &mut Self::State, block: usize, row: usize, column: usize, p: usize) -> Bit<'_> {
        let place = W::COLUMNS.iter().position(|c| *c == column).unwrap();
        state.0[row][p][place].bit(W::wide_bit(block))
    }

    fn slice(blocks: &[Block]) -> Self::State {
        let mut state = Self::zero();
        wide::slice(blocks, &mut state);
        state
    }

    fn unslice(state: &Self::State, blocks: &mut [Block]) {
        wide::unslice(&mut state.clone(), blocks);
    }

    fn add_round_key(state: &mut Self::State, round_key: RoundKey) {
        wide::add_round_key(state, &narrow::columns::<W>(&narrow::pack::<W>(round_key)));
    }

    fn cipher(key: &[u8], blocks: &mut [Block]) {
        with_round_keys::<NarrowWord>(key, |round_keys| wide::cipher::<W>(round_keys, blocks));
    }

    fn inv_cipher(key: &[u8], blocks: &mut [Block]) {
        with_round_keys::<NarrowWord>(key, |round_keys| wide::inv_cipher::<W>(round_keys, blocks));
    }
}

fn with_round_keys<W: Word>(key: &[u8], run: impl FnOnce(RoundKeys<'_>)) {
    let mut all = [[0; 2]; MAX_ROUND_KEYS];
    narrow::expand::<W>(key, &mut all[..key.len() / 4 + 7]);
    run(RoundKeys { all: &all, pairs: (key.len() - 16) / 8 });
}

/// Zero, and each block with a single bit.
fn single_bits() -> impl Iterator<Item = Block> {
    [[0; 16]].into_iter().chain((0..128).map(|bit| (1_u128 << bit).to_le_bytes()))
}

fn round_key(block: &Block) -> RoundKey {
    block.as_chunks().0.iter().map(|half| u64::from_le_bytes(*half)).collect::<Vec<_>>().try_into().unwrap()
}

fn s_boxes<F: Form>() {
    let steps = [
        (F::STEPS.sub_bytes, &sbox::SBOX),
        (F::STEPS.inv_sub_bytes, &sbox::INV_SBOX),
        (F::STEPS.inv_sub_bytes_by_sub_bytes, &sbox::INV_SBOX),
    ];
    for (substitute, table) in steps {
        for first in 0..=255_u8 {
            // Each place has another byte than those beside it, and gets to all of them.
            let byte = |block: usize, i: usize| first.wrapping_add((16 * block + i) as u8);
            let mut state = F::zero();
            for block in 0..F::BLOCKS {
                F::set(&mut state, block, &array::from_fn(|i| byte(block, i)));
            }
            substitute(&mut state);
            for block in 0..F::BLOCKS {
                let expected = array::from_fn(|i| table[usize::from(byte(block, i))]);
                assert_eq!(F::get(&mut state, block), expected, "block {block}, from {first:02x} on");
            }
        }
    }
}

fn linear_steps<F: Form>() {
    for (name, step, reference) in F::STEPS.linear.into_iter().chain(F::STEPS.small) {
        for block in 0..F::BLOCKS {
            for bits in single_bits() {
                let [mut got, mut expected] = [F::zero(), F::zero()];
                F::set(&mut got, block, &bits);
                step(&mut got);
                let mut state = State::from_block(&bits);
                reference(&mut state);
                F::set(&mut expected, block, &state.to_block());
                assert!(got == expected, "{name} of {bits:02x?} in block {block}: {:02x?}", F::get(&mut got, block));
            }
        }
    }
}

/// Both ways by the layout, not only that they undo each other. Of fewer blocks than there is room for, too.
fn slicing<F: Form>() {
    for len in [1, F::BLOCKS - 1, F::BLOCKS] {
        for block in 0..len {
            for bits in single_bits() {
                let mut blocks = vec![[0; 16]; len];
                blocks[block] = bits;
                let mut state = F::zero();
                F::set(&mut state, block, &bits);
                assert!(F::slice(&blocks) == state, "{bits:02x?} in block {block} of {len}, sliced");

                let mut got = vec![[0xff; 16]; len];
                F::unslice(&state, &mut got);
                assert_eq!(got, blocks, "{bits:02x?} in block {block} of {len}, and back");
            }
        }
    }
}

/// Linear in the state and the round key together, the packing of the latter included: so it is enough if one is zero.
fn round_keys<F: Form>() {
    for bits in single_bits() {
        let [mut got, mut expected] = [F::zero(), F::zero()];
        F::add_round_key(&mut got, round_key(&bits));
        (0..F::BLOCKS).for_each(|block| F::set(&mut expected, block, &bits));
        assert!(got == expected, "{bits:02x?} added to nothing");

        for block in 0..F::BLOCKS {
            let mut expected = F::zero();
            F::set(&mut expected, block, &bits);
            let mut got = expected.clone();
            F::add_round_key(&mut got, [0; 2]);
            assert!(got == expected, "nothing added to {bits:02x?} in block {block}");
        }
    }
}

/// The steps in their order: an example. Each block is another one, and there may be fewer than there is room for.
fn ciphers<F: Form>() {
    for key_len in [16, 24, 32] {
        let key: Vec<u8> = (0..key_len).map(|i| (i * 41 + key_len) as u8).collect();
        let w = fips197::key_expansion(&key).unwrap();
        for len in 1..=F::BLOCKS {
            let blocks: Vec<Block> = (0..len).map(|b| array::from_fn(|i| (b * 89 + i * i * 7 + len) as u8)).collect();
            let mut got = blocks.clone();
            F::cipher(&key, &mut got);
            let expected: Vec<_> = blocks.iter().map(|block| fips197::cipher(block, &w)).collect();
            assert_eq!(got, expected, "{len} blocks encrypted");

            let mut got = blocks.clone();
            F::inv_cipher(&key, &mut got);
            let expected: Vec<_> = blocks.iter().map(|block| fips197::inv_cipher(block, &w)).collect();
            assert_eq!(got, expected, "{len} blocks decrypted");
        }
    }
}

fn all_of<F: Form>() {
    s_boxes::<F>();
    linear_steps::<F>();
    slicing::<F>();
    round_keys::<F>();
    ciphers::<F>();
}

#[test]
fn narrow_32() {
    all_of::<Narrow<u32>>();
}

#[test]
fn narrow_64() {
    all_of::<Narrow<u64>>();
}

#[test]
fn wide_32() {
    all_of::<Wide<u32>>();
}

#[test]
fn wide_64() {
    all_of::<Wide<u64>>();
}

#[test]
fn packed_round_keys() {
    fn of<W: Word>() {
        for bits in single_bits() {
            let columns = narrow::columns::<W>(&narrow::pack::<W>(round_key(&bits)));
            assert_eq!(columns.map(u32::to_le_bytes).as_flattened(), bits, "words of {} bits", W::BITS);
        }
    }
    of::<u32>();
    of::<u64>();
}

/// What is added in step `i` of KeyExpansion to the word Nk before (FIPS-197 Figure 11).
fn temp(nk: usize, i: usize, before: [u8; 4]) -> [u8; 4] {
    if i.is_multiple_of(nk) {
        let rcon = reference::rcon().nth(i / nk - 1).unwrap();
        let word = reference::sub_word(reference::rot_word(before));
        array::from_fn(|i| word[i] ^ rcon[i])
    } else if nk > 6 && i % nk == 4 {
        reference::sub_word(before)
    } else {
        before
    }
}

/// The key whose expansion has these words in step `i`: the steps before, backwards.
fn key_with(words: &[[u8; 4]], i: usize) -> Vec<u8> {
    let nk = words.len();
    let mut words = words.to_vec();
    for i in (nk..i).rev() {
        // The last of the words came of step `i`, from the one before it and from one that is sought.
        let last = words.pop().unwrap();
        let temp = temp(nk, i, *words.last().unwrap());
        words.insert(0, array::from_fn(|i| last[i] ^ temp[i]));
    }
    words.as_flattened().to_vec()
}

fn key_expansion<W: Word>() {
    let expands = |key: &[u8], name: &dyn Fn() -> std::string::String| {
        let mut got = [[0; 2]; MAX_ROUND_KEYS];
        let got = &mut got[..key.len() / 4 + 7];
        narrow::expand::<W>(key, got);
        let got: Vec<_> = got.iter().map(|packed| narrow::columns::<W>(packed).map(u32::to_le_bytes)).collect();
        assert!(got == fips197::key_expansion(key).unwrap().round_keys(), "{}", name());
    };
    for nk in [4, 6, 8] {
        let steps: Range<usize> = nk..4 * (nk + 7);
        for i in steps {
            // The words that the step is made from are w[i - Nk] to w[i - 1].
            let substitutes = i.is_multiple_of(nk) || nk > 6 && i % nk == 4;
            for place in (0..4).filter(|_| substitutes) {
                for byte in 0..=255_u8 {
                    let mut words = vec![[0; 4]; nk];
                    words[nk - 1] = array::from_fn(|i| byte.wrapping_mul(7).wrapping_add(i as u8));
                    words[nk - 1][place] = byte;
                    expands(&key_with(&words, i), &|| {
                        std::format!("byte {place} is {byte:02x} in step {i} of {nk} words")
                    });
                }
            }
            for bit in (0..32 * nk).map(Some).chain([None]) {
                let mut words = vec![[0; 4]; nk];
                if let Some(bit) = bit {
                    words.as_flattened_mut()[bit / 8] = 1 << (bit % 8);
                }
                expands(&key_with(&words, i), &|| std::format!("bit {bit:?} in step {i} of {nk} words"));
            }
        }
    }
}

#[test]
fn key_expansion_32() {
    key_expansion::<u32>();
}

#[test]
fn key_expansion_64() {
    key_expansion::<u64>();
}

/// The right steps, each of which is proven above, for each part; of fewer blocks than there is room for, too.
#[cfg(feature = "hazmat")]
fn parts<W: Word>() {
    let room = narrow::blocks::<W>();
    let blocks = |seed: usize, len| -> Vec<Block> {
        (0..len).map(|b| array::from_fn(|i| (seed * 131 + b * 89 + i * i * 7 + i) as u8)).collect()
    };
    for (seed, part) in (0..256).flat_map(|seed| Part::ALL.map(|part| (seed, part))) {
        let len = 1 + seed % room;
        let mut got = blocks(seed, len);
        narrow::part::<W>(part, &mut got);
        let expected: Vec<_> = blocks(seed, len).iter().map(|block| reference_part(part, block)).collect();
        assert_eq!(got, expected, "{part:?}, {len} blocks, words of {} bits", W::BITS);
    }
    for rounds in 0..6 {
        let mut got = blocks(rounds, room);
        let mut expected = got.clone();
        narrow::cipher_rounds::<W>(&mut got, rounds, |round| narrow::slice(&blocks(99 + round, room)));
        for round in 0..rounds {
            for (block, round_key) in expected.iter_mut().zip(blocks(99 + round, room)) {
                let done = reference_part(Part::CipherRound, block);
                *block = array::from_fn(|i| done[i] ^ round_key[i]);
            }
        }
        assert_eq!(got, expected, "{rounds} rounds, words of {} bits", W::BITS);
    }
}

#[cfg(feature = "hazmat")]
#[test]
fn parts_32() {
    parts::<u32>();
}

#[cfg(feature = "hazmat")]
#[test]
fn parts_64() {
    parts::<u64>();
}
