//! KeyExpansion (FIPS-197 section 5.2) with the AES instructions, four words at a time.
//!
//! In the standard each word waits for the one before: `w[i] = w[i-Nk] + f(w[i-1])`, where f is the identity but for every
//! Nk-th word. Between those the words are running sums of the ones Nk places before, and only f's result is missing, to
//! be added to each of them. So for Nk words there is one SubWord to wait for, and the sums are made meanwhile.

use core::slice;

use super::{Instructions, aesni::Aesni};
use crate::{
    Block,
    backend::{Schedule, schedule::RoundKey},
};

/// SubWord of the highest word.
const WORD_3: Block = four_times([12, 13, 14, 15]);
/// The same after RotWord.
const ROTATED_WORD_3: Block = four_times([13, 14, 15, 12]);
/// Word 1, which is the highest of two, after RotWord.
const ROTATED_WORD_1: Block = four_times([5, 6, 7, 4]);

const fn four_times([a, b, c, d]: [u8; 4]) -> Block {
    [a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d]
}

/// The round constants.
const RCON: [u8; 10] = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36];

/// The round keys of a key of 16, 24 or 32 bytes, and those of the equivalent inverse cipher (FIPS-197 section 5.3.5).
#[inline(always)]
pub(super) fn expand(x86: Aesni, key: &[u8], schedule: &mut Schedule) {
    match key.as_chunks() {
        ([key], []) => expand_128(x86, key, schedule.round_keys_mut()),
        ([low], high) => expand_192(x86, low, high, schedule.round_keys_mut()),
        ([low, high, ..], _) => expand_256(x86, [low, high], schedule.round_keys_mut()),
        ([], _) => unreachable!("the key's length was checked"),
    }

    // The plain ones in reverse, all but the first and the last through InvMixColumns.
    let (round_keys, inverse) = schedule.split_inverse_mut();
    let last = round_keys.len() - 1;
    for (i, to) in inverse.iter_mut().enumerate() {
        *to = round_keys[last - i];
        if i != 0 && i != last {
            x86.put(x86.inv_mix_columns(x86.broadcast(to)), to);
        }
    }
}

/// Nk = 4: each round key comes of the one before.
#[inline(always)]
fn expand_128(x86: Aesni, key: &Block, round_keys: &mut [RoundKey]) {
    let mut words = x86.load(slice::from_ref(key));
    let (first, others) = round_keys.split_at_mut(1);
    x86.put(words, &mut first[0]);
    for (to, rcon) in others.iter_mut().zip(RCON) {
        words = x86.xor(x86.running_sums(words), x86.sub_word(words, &ROTATED_WORD_3, rcon));
        x86.put(words, to);
    }
}

/// Nk = 6: six words come of the six before, four and two, and fill one and a half round keys.
#[inline(always)]
fn expand_192(x86: Aesni, low: &Block, high: &[u8], round_keys: &mut [RoundKey]) {
    let mut four = x86.load(slice::from_ref(low));
    let mut two = high.first_chunk().map_or(four, |high| x86.load_half(high));
    let mut rcon = RCON.into_iter();
    // In halves of round keys, of which a step makes three. The last step makes two more than there is room for.
    for three in round_keys.as_flattened_mut().chunks_mut(3) {
        let (whole, half) = three.as_chunks_mut();
        if let [whole] = whole {
            x86.put(four, whole);
        }
        if let [half] = half {
            x86.put_half(two, half);
        }
        let sub_word = x86.sub_word(two, &ROTATED_WORD_1, rcon.next().unwrap_or_default());
        four = x86.xor(x86.running_sums(four), sub_word);
        two = x86.xor(x86.running_sums(two), x86.highest_word(four));
    }
}

/// Nk = 8: two round keys come of the two before, the second with a SubWord of its own, but no RotWord and no constant.
#[inline(always)]
fn expand_256(x86: Aesni, [low, high]: [&Block; 2], round_keys: &mut [RoundKey]) {
    let [mut low, mut high] = [low, high].map(|block| x86.load(slice::from_ref(block)));
    let mut rcon = RCON.into_iter();
    for two in round_keys.chunks_mut(2) {
        for (to, words) in two.iter_mut().zip([low, high]) {
            x86.put(words, to);
        }
        let sub_word = x86.sub_word(high, &ROTATED_WORD_3, rcon.next().unwrap_or_default());
        low = x86.xor(x86.running_sums(low), sub_word);
        high = x86.xor(x86.running_sums(high), x86.sub_word(low, &WORD_3, 0));
    }
}
