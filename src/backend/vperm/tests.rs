//! That `vperm` is AES: proven by trying everything, as far as there are no more than a few thousand cases of it.
//!
//! *What is proven.* A round takes each byte of the state by itself, looks things up for it, moves what it found to some places
//! and adds it up there. So a round is a sum over the sixteen places of something that depends on one byte, and the round
//! key. Two functions of this kind that agree on all 256 values of each byte, the others being zero, are the same: the sum
//! of those states' images is the image of any state, plus that of zero some times over. That is tried, against the steps
//! of [`fips197`](crate::fips197), for each round modulo four, as which of them it is matters to the look-ups. Round keys are
//! brought to their form by a linear map and a constant, so what becomes of zero and of each of the 128 bits tells all of
//! it. SubWord is tried for every byte in every place.
//!
//! That the processor's instructions do what is expected of them is tried for every byte in every place too, one
//! table being enough, since they don't see what they look up.
//!
//! What the module `hazmat` has of rounds is tried in the same way, against those steps as well.
//!
//! *What is only tested*, by the standard's examples and NIST's: that rounds follow each other as they should.

use super::{
    Permutation, Shuffle,
    definition::{ByDefinition, expected_inverse_round_key, expected_round_key, map, shifted, unshifted, xor},
    tables::{self, CIPHER, INV_CIPHER},
};
#[cfg(feature = "hazmat")]
use crate::backend::{Part, reference};
use crate::{
    Block,
    fips197::state::{self, State},
};

/// Something to do with every kind of register that there is here.
trait ForEach {
    fn run<S: Shuffle>(&self, shuffle: S);
}

fn for_each(test: &impl ForEach) {
    test.run(ByDefinition);
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if crate::backend::x86::detect::ssse3() {
        // SAFETY: that was detected.
        test.run(unsafe { super::ssse3::Ssse3::new() });
    }
    #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
    test.run(super::neon::Neon::new());
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    test.run(super::wasm::Wasm::new());
}

/// What a register holds.
fn block<S: Shuffle>(shuffle: S, reg: S::Reg) -> Block {
    let mut block = [0xaa; 16];
    shuffle.store(reg, &mut block);
    block
}

/// The blocks that have one byte, of any value, in one place, and zeros in the others.
fn one_byte() -> impl Iterator<Item = Block> {
    (0..16).flat_map(|place| {
        (0..=255).map(move |byte| {
            let mut block = [0; 16];
            block[place] = byte;
            block
        })
    })
}

/// Zero, and the blocks that have one bit.
fn one_bit() -> impl Iterator<Item = Block> {
    one_byte().filter(|block| block.iter().map(|byte| byte.count_ones()).sum::<u32>() <= 1)
}

#[test]
fn instructions() {
    struct Instructions;
    impl ForEach for Instructions {
        fn run<S: Shuffle>(&self, s: S) {
            let table: Block = core::array::from_fn(|i| 0xf0 ^ (i * 7) as u8);
            for bytes in one_byte() {
                let other = bytes.map(|byte| byte.wrapping_mul(29) ^ 0x5c);
                let reg = s.load(&bytes);
                assert_eq!(block(s, reg), bytes);
                assert_eq!(block(s, s.low_nibbles(reg)), ByDefinition.low_nibbles(bytes));
                assert_eq!(block(s, s.high_nibbles(reg)), ByDefinition.high_nibbles(bytes));
                assert_eq!(block(s, s.xor(reg, s.load(&other))), xor(bytes, other));
                let at = bytes.map(|byte| if byte < 128 { byte & 15 } else { byte });
                assert_eq!(block(s, s.look_up(s.load(&table), s.load(&at))), ByDefinition.look_up(table, at));
                let mut round_key = [0; 2];
                s.store_round_key(reg, &mut round_key);
                assert_eq!(ByDefinition.load_round_key(&round_key), bytes);
                assert_eq!(block(s, s.load_round_key(&round_key)), bytes);
                assert_eq!(s.low_word(reg), ByDefinition.low_word(bytes));
                assert_eq!(s.low_word(s.load_word(s.low_word(reg))), s.low_word(reg));
            }
        }
    }
    for_each(&Instructions);
}

#[test]
fn sub_word() {
    struct SubWord;
    impl ForEach for SubWord {
        fn run<S: Shuffle>(&self, shuffle: S) {
            for word in one_byte().map(|block| *block.first_chunk().unwrap()) {
                let got = Permutation { shuffle }.sub_word(u32::from_le_bytes(word));
                assert_eq!(got.to_le_bytes(), crate::fips197::key_expansion::sub_word(word));
            }
        }
    }
    for_each(&SubWord);
}

/// Bytes to the form of the cipher and back, whatever they are.
#[test]
fn there_and_back() {
    struct ThereAndBack;
    impl ForEach for ThereAndBack {
        fn run<S: Shuffle>(&self, s: S) {
            let vperm = Permutation { shuffle: s };
            for bytes in one_byte() {
                let there = vperm.map(&tables::TO_CIPHER, s.load(&bytes));
                assert_eq!(block(s, there), map(CIPHER, bytes));
                assert_eq!(block(s, vperm.map(&tables::FROM_CIPHER, there)), bytes);
                assert_eq!(block(s, vperm.map(&tables::TO_INV_CIPHER, s.load(&bytes))), map(INV_CIPHER, bytes));
            }
        }
    }
    for_each(&ThereAndBack);
}

#[test]
fn shifts() {
    let block = core::array::from_fn(|i| i as u8);
    let mut state = State::from_block(&block);
    for times in 0..9 {
        assert_eq!(shifted(block, times), state.to_block());
        assert_eq!(unshifted(state.to_block(), times), block);
        state::shift_rows(&mut state);
    }
}

#[test]
fn rounds_of_the_cipher() {
    struct Rounds;
    impl ForEach for Rounds {
        fn run<S: Shuffle>(&self, s: S) {
            let vperm = Permutation { shuffle: s };
            let round_key = [0x3d; 16];
            for (round, bytes) in (1..=4).flat_map(|round| one_byte().map(move |bytes| (round, bytes))) {
                let mut state = State::from_block(&bytes);
                state::sub_bytes(&mut state);
                state::shift_rows(&mut state);
                let last = state.to_block();
                state::mix_columns(&mut state);

                let before = s.load(&unshifted(map(CIPHER, bytes), round - 1));
                // The constant of SubBytes is part of the round keys, of equal bytes here.
                let constant = tables::CIPHER_CONSTANT;
                let expected = xor(xor(map(CIPHER, state.to_block()), constant), round_key);
                let got = vperm.round(before, round, s.load(&round_key));
                assert_eq!(block(s, got), unshifted(expected, round), "round {round}, {bytes:02x?}");

                let got = vperm.last_round(before, &tables::SUB, &super::SHIFT_ROWS[round % 4]);
                assert_eq!(block(s, got), xor(map(CIPHER, last), constant), "last round {round}, {bytes:02x?}");
            }
        }
    }
    for_each(&Rounds);
}

#[test]
fn rounds_of_the_inverse_cipher() {
    struct Rounds;
    impl ForEach for Rounds {
        fn run<S: Shuffle>(&self, s: S) {
            let vperm = Permutation { shuffle: s };
            let round_key = [0x3d; 16];
            for (round, bytes) in (1..=4).flat_map(|round| one_byte().map(move |bytes| (round, bytes))) {
                let mut state = State::from_block(&bytes);
                state::inv_sub_bytes(&mut state);
                state::inv_shift_rows(&mut state);
                let last = state.to_block();
                state::inv_mix_columns(&mut state);

                // What InvSubBytes begins with was done with the round key before.
                let before = xor(map(INV_CIPHER, bytes), tables::INV_CIPHER_CONSTANT);
                let before = s.load(&shifted(before, round - 1));
                let got = vperm.inv_round(before, round, s.load(&round_key));
                let expected = xor(map(INV_CIPHER, state.to_block()), round_key);
                assert_eq!(block(s, got), shifted(expected, round), "round {round}, {bytes:02x?}");

                let got = vperm.last_round(before, &tables::INV_SUB, &super::SHIFT_ROWS[3 * round % 4]);
                assert_eq!(block(s, got), last, "last round {round}, {bytes:02x?}");
            }
        }
    }
    for_each(&Rounds);
}

#[test]
fn round_keys() {
    struct RoundKeys;
    impl ForEach for RoundKeys {
        fn run<S: Shuffle>(&self, s: S) {
            let vperm = Permutation { shuffle: s };
            let lasts = [10, 12, 14];
            for (last, bits) in lasts.into_iter().flat_map(|last| one_bit().map(move |bits| (last, bits))) {
                for round in 0..=last {
                    let got = vperm.round_key(s.load(&bits), round, last);
                    assert_eq!(block(s, got), expected_round_key(bits, round, last), "round {round}, {bits:02x?}");

                    let mut state = State::from_block(&bits);
                    if round > 0 && round < last {
                        state::inv_mix_columns(&mut state);
                    }
                    let expected = expected_inverse_round_key(state.to_block(), round, last);
                    let got = vperm.inverse_round_key(s.load(&bits), round, last);
                    assert_eq!(block(s, got), expected, "inverse, round {round}, {bits:02x?}");
                }
            }
        }
    }
    for_each(&RoundKeys);
}

/// Each part by itself, from bytes as they are to such; and several rounds, as many as ShiftRows can be left undone and more.
#[cfg(feature = "hazmat")]
#[test]
fn parts() {
    struct Parts;
    impl ForEach for Parts {
        fn run<S: Shuffle>(&self, s: S) {
            let vperm = Permutation { shuffle: s };
            let round_key = core::array::from_fn(|i| (i * 37 + 11) as u8);
            for (part, bytes) in Part::ALL.into_iter().flat_map(|part| one_byte().map(move |bytes| (part, bytes))) {
                let got = vperm.part(part, s.load(&bytes), s.load(&round_key));
                assert_eq!(block(s, got), xor(reference::part(part, &bytes), round_key), "{part:?} of {bytes:02x?}");
            }
            for (rounds, bytes) in (0..=5).flat_map(|rounds| one_byte().map(move |bytes| (rounds, bytes))) {
                let round_key = |round: usize| round_key.map(|byte: u8| byte.wrapping_mul(round as u8));
                let expected = (0..rounds)
                    .fold(bytes, |bytes, round| xor(reference::part(Part::CipherRound, &bytes), round_key(round)));
                let [got] = vperm.cipher_rounds([s.load(&bytes)], rounds, |round| [s.load(&round_key(round))]);
                assert_eq!(block(s, got), expected, "{rounds} rounds of {bytes:02x?}");
            }
        }
    }
    for_each(&Parts);
}
