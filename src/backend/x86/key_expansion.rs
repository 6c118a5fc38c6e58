//! KeyExpansion (FIPS-197 section 5.2) with the AES instructions, four words at a time.
//!
//! In the standard each word waits for the one before: `w[i] = w[i-Nk] + f(w[i-1])`, where f is the identity but for every
//! Nk-th word. Between those the words are running sums of the ones Nk places before, and only f's result is missing, to
//! be added to each of them. So for Nk words there is one SubWord to wait for, and the sums are made meanwhile.

use core::slice;

use super::aesni::Aesni;
use crate::{
    Block,
    backend::{Schedule, hardware::Registers},
};

/// Four words; of some only the lower two count.
type Words = <Aesni as Registers>::Reg;

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
        ([key], []) => expand_128(x86, key, RoundKeys { x86, schedule }),
        ([low], high) => expand_192(x86, low, high, RoundKeys { x86, schedule }),
        ([low, high, ..], _) => expand_256(x86, [low, high], RoundKeys { x86, schedule }),
        ([], _) => unreachable!("the key's length was checked"),
    }
}

/// Where the round keys go, the last of which has the number `LAST`.
struct RoundKeys<'s, const LAST: usize> {
    x86: Aesni,
    schedule: &'s mut Schedule,
}

impl<const LAST: usize> RoundKeys<'_, LAST> {
    /// Puts a round key in its place, and in that of the equivalent inverse cipher: there they go from the last to the first,
    /// and all but these two through InvMixColumns.
    #[inline(always)]
    fn put(&mut self, i: usize, words: Words) {
        let inverse = if i == 0 || i == LAST { words } else { self.x86.inv_mix_columns(words) };
        self.x86.put(words, &mut self.schedule.round_keys[i]);
        self.x86.put(inverse, &mut self.schedule.inverse_round_keys[LAST - i]);
    }
}

/// Nk = 4: each round key comes of the one before.
#[inline(always)]
fn expand_128(x86: Aesni, key: &Block, mut round_keys: RoundKeys<'_, 10>) {
    let mut words = x86.load(slice::from_ref(key));
    round_keys.put(0, words);
    for i in 1..=10 {
        words = x86.xor(x86.running_sums(words), x86.sub_word(words, &ROTATED_WORD_3, RCON[i - 1]));
        round_keys.put(i, words);
    }
}

/// Nk = 6: six words come of the six before, four and two. Twice six of them are three round keys.
#[inline(always)]
fn expand_192(x86: Aesni, low: &Block, high: &[u8], mut round_keys: RoundKeys<'_, 12>) {
    let mut four = x86.load(slice::from_ref(low));
    let mut two = high.first_chunk().map_or(four, |high| x86.load_half(high));
    let next = |four, two, rcon| {
        let four = x86.xor(x86.running_sums(four), x86.sub_word(two, &ROTATED_WORD_1, rcon));
        (four, x86.xor(x86.running_sums(two), x86.highest_word(four)))
    };
    for i in 0..4 {
        let (next_four, next_two) = next(four, two, RCON[2 * i]);
        round_keys.put(3 * i, four);
        round_keys.put(3 * i + 1, x86.low_halves(two, next_four));
        round_keys.put(3 * i + 2, x86.high_and_low_half(next_four, next_two));
        (four, two) = next(next_four, next_two, RCON[2 * i + 1]);
    }
    round_keys.put(12, four);
}

/// Nk = 8: two round keys come of the two before, the second with a SubWord of its own, but no RotWord and no constant.
#[inline(always)]
fn expand_256(x86: Aesni, [low, high]: [&Block; 2], mut round_keys: RoundKeys<'_, 14>) {
    let [mut low, mut high] = [low, high].map(|block| x86.load(slice::from_ref(block)));
    for (i, rcon) in RCON.into_iter().take(7).enumerate() {
        round_keys.put(2 * i, low);
        round_keys.put(2 * i + 1, high);
        low = x86.xor(x86.running_sums(low), x86.sub_word(high, &ROTATED_WORD_3, rcon));
        high = x86.xor(x86.running_sums(high), x86.sub_word(low, &WORD_3, 0));
    }
    round_keys.put(14, low);
}
