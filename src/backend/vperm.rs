//! `vperm`: AES by look-ups within a register, for processors that can shuffle bytes but have no AES instructions.
//!
//! Tables in memory are out of the question, as the cache would tell which entry was read. But processors with vectors can
//! look up all 16 bytes of a register at once in a table of 16 bytes that is in a register as well, always in the same
//! time. Sixteen entries are few for an S-box of 256. That they are enough is the discovery of Mike Hamburg, *Accelerating
//! AES with vector permute instructions* (CHES 2009), and this is his way to do it.
//!
//! # SubBytes by tables of 16 entries
//!
//! SubBytes is the inverse in GF(2⁸), and then a map that is linear but for a constant. A linear map is no problem: its
//! image of a byte is the sum of the images of its low nibble and of its high nibble. And the inverse can be put down to
//! inverses of nibbles: as an element kt + i over GF(2⁴), where t² = t + ζ, and with j = i + k,
//!
//! ```text
//! 1 / (kt + i) = (kt + j) / N        N = ζk² + ij
//! ```
//!
//! The product ij would want a table of two nibbles. But with
//!
//! ```text
//! u = 1 / (1/i + 1/ζk) + j        v = 1 / (1/j + 1/ζk) + i
//! ```
//!
//! which takes five look-ups of nibbles, 1/u = (ζk + i) / N and 1/v = (ζk + j) / N, and so
//!
//! ```text
//! 1 / (kt + i) = (t + ζ)/u + (t + ζ + 1)/v
//! ```
//!
//! Every linear map of this is a sum of one table's entry for u and another's for v: SubBytes, {02} times SubBytes, or the
//! products of InvMixColumns. Where something is divided by zero, ∞ stands for the result: a byte with the highest bit
//! set, whatever is added to it. The look-up of such a byte gives zero, which is 1/∞, and with that all is right for
//! i = 0, j = 0, k = 0 and u = ∞ or v = ∞ too. (If all are zero, ∞ + ∞ = 0, and u and v are ∞ again: the inverse of zero is
//! zero, as SubBytes wants.)
//!
//! # ShiftRows by doing nothing
//!
//! The state's bytes stay where they are in ShiftRows. It is enough to know, in all that follows, where they should be: the
//! byte that belongs into row r and column c is, after n rounds, in column c + n·r. That concerns MixColumns, which takes
//! bytes of other rows, and whose look-ups differ for each of four rounds; the round keys, which are shuffled beforehand;
//! and the end.
//!
//! # What it costs
//!
//! 12 look-ups a round, and 16 in the inverse cipher, in 13 and 15 steps of which each waits for the one before. In so many
//! steps a processor could do more than that, so four blocks go side by side: on Zen 3 a block of 16 KiB then takes 26 ns with
//! AES-128, and 32 to decrypt (`benches/peers`, `--software`). One that has to wait for the one before, as in CBC encryption,
//! takes 48 ns, and needs nothing between its rounds and the next one's but a shuffle and a sum: see
//! [`Vperm::encrypt_linked`].

#[cfg(feature = "hazmat")]
use super::Part;
use super::{
    Engine, Links, Schedule,
    columns::Row,
    key_expansion,
    schedule::{RoundKey, RoundKeys, unknown},
};
use crate::Block;
use tables::{ByHalves, ByNibbles};

#[cfg(test)]
pub(super) mod definition;
#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
pub(super) mod neon;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
pub(super) mod ssse3;
mod tables;
#[cfg(all(test, feature = "reference"))]
mod tests;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) mod wasm;

/// Registers of 16 bytes that can be shuffled. A value exists only where the instructions do.
trait Shuffle: Copy {
    type Reg: Copy;

    fn load(self, from: &Block) -> Self::Reg;
    fn store(self, reg: Self::Reg, to: &mut Block);
    fn load_round_key(self, from: &RoundKey) -> Self::Reg;
    fn store_round_key(self, reg: Self::Reg, to: &mut RoundKey);

    /// A word, little-endian, as the first four bytes.
    fn load_word(self, word: u32) -> Self::Reg;
    fn low_word(self, reg: Self::Reg) -> u32;

    fn xor(self, a: Self::Reg, b: Self::Reg) -> Self::Reg;

    /// The low nibble of each byte.
    fn low_nibbles(self, reg: Self::Reg) -> Self::Reg;
    /// The high nibble of each byte, as a number below 16.
    fn high_nibbles(self, reg: Self::Reg) -> Self::Reg;

    /// For each byte of `at`, which is a number below 16, that byte of `table`; or zero, if its highest bit is set.
    fn look_up(self, table: Self::Reg, at: Self::Reg) -> Self::Reg;
}

/// KeyExpansion, and the round keys as both directions want them.
#[inline(always)]
fn expand<S: Shuffle>(shuffle: S, key: &[u8], schedule: &mut Schedule) {
    let vperm = Permutation { shuffle };
    key_expansion::expand(key, schedule.round_keys_mut(), |word| vperm.sub_word(word));
    let last = schedule.round_keys().len() - 1;
    for round in 0..=last {
        let round_key = shuffle.load_round_key(&schedule.round_keys[round]);
        shuffle.store_round_key(vperm.round_key(round_key, round, last), &mut schedule.round_keys[round]);
        let inverse = vperm.inverse_round_key(round_key, round, last);
        shuffle.store_round_key(inverse, &mut schedule.inverse_round_keys[last - round]);
    }
}

/// The steps of both ciphers.
#[derive(Clone, Copy)]
struct Permutation<S> {
    shuffle: S,
}

impl<S: Shuffle> Permutation<S> {
    #[inline(always)]
    fn look_up(self, table: &Block, at: S::Reg) -> S::Reg {
        self.shuffle.look_up(self.shuffle.load(table), at)
    }

    /// The bytes of a state, each from another place.
    #[inline(always)]
    fn take_from(self, places: &Block, state: S::Reg) -> S::Reg {
        self.shuffle.look_up(state, self.shuffle.load(places))
    }

    /// A linear map of each byte.
    #[inline(always)]
    fn map(self, [low, high]: &ByNibbles, bytes: S::Reg) -> S::Reg {
        let low = self.look_up(low, self.shuffle.low_nibbles(bytes));
        let high = self.look_up(high, self.shuffle.high_nibbles(bytes));
        self.shuffle.xor(low, high)
    }

    /// What [`halves`](Self::halves) found, put together and mapped.
    #[inline(always)]
    fn map_inverse(self, [of_u, of_v]: &ByHalves, [u, v]: [S::Reg; 2]) -> S::Reg {
        self.shuffle.xor(self.look_up(of_u, u), self.look_up(of_v, v))
    }

    /// Of each byte, u and v as above.
    #[inline(always)]
    fn halves(self, state: S::Reg) -> [S::Reg; 2] {
        let s = self.shuffle;
        let k = s.high_nibbles(state);
        let i = s.low_nibbles(state);
        let j = s.xor(i, k);
        let inverse = |x| self.look_up(&tables::INVERSE, x);
        let of_k = self.look_up(&tables::INVERSE_OVER_ZETA, k);
        let u = s.xor(inverse(s.xor(inverse(i), of_k)), j);
        let v = s.xor(inverse(s.xor(inverse(j), of_k)), i);
        [u, v]
    }

    /// A round of the cipher (FIPS-197 section 5.1) but the last, on a state in which ShiftRows is undone by now for the
    /// `round`-th time: SubBytes, MixColumns, AddRoundKey.
    #[inline(always)]
    fn round(self, state: S::Reg, round: usize, round_key: S::Reg) -> S::Reg {
        let halves = self.halves(state);
        let sub = self.map_inverse(&tables::SUB, halves);
        let sub_02 = self.map_inverse(&tables::SUB_02, halves);
        self.mix(sub, sub_02, round, round_key)
    }

    /// MixColumns, AddRoundKey, of a state and of {02} times the state.
    ///
    /// With s the byte in row r and s₁, s₂, s₃ those in the rows below it, around the edge, MixColumns is {02}•s + {03}•s₁
    /// + s₂ + s₃. That is a + a₁ + s₃, if a is {02}•s + s₁.
    #[inline(always)]
    fn mix(self, state: S::Reg, state_02: S::Reg, round: usize, round_key: S::Reg) -> S::Reg {
        let s = self.shuffle;
        let a = s.xor(self.take_from(&BELOW[round % 4], state), state_02);
        let rest = s.xor(self.take_from(&ABOVE[round % 4], state), round_key);
        s.xor(self.take_from(&BELOW[round % 4], a), s.xor(a, rest))
    }

    /// A round of the equivalent inverse cipher (FIPS-197 section 5.3.5) but the last: InvSubBytes, InvMixColumns,
    /// AddRoundKey. With the names above, InvMixColumns is {0e}•s + {0b}•s₁ + {0d}•s₂ + {09}•s₃.
    #[inline(always)]
    fn inv_round(self, state: S::Reg, round: usize, round_key: S::Reg) -> S::Reg {
        let s = self.shuffle;
        let halves = self.halves(state);
        let [s_0e, s_0b, s_0d, s_09] = &tables::INV_SUB_TIMES;
        let below = |bytes| self.take_from(&BELOW[round.wrapping_neg() % 4], bytes);
        let mut sum = self.map_inverse(s_09, halves);
        sum = s.xor(below(sum), self.map_inverse(s_0d, halves));
        sum = s.xor(below(sum), self.map_inverse(s_0b, halves));
        s.xor(below(sum), s.xor(self.map_inverse(s_0e, halves), round_key))
    }

    /// What the last round does before it adds its round key: SubBytes, or InvSubBytes, and all that ShiftRows left undone.
    #[inline(always)]
    fn last_round(self, state: S::Reg, sub: &ByHalves, shift: &Block) -> S::Reg {
        self.take_from(shift, self.map_inverse(sub, self.halves(state)))
    }

    /// A round key of the cipher, in the form that [`round`](Self::round) wants.
    #[inline(always)]
    fn round_key(self, round_key: S::Reg, round: usize, last: usize) -> S::Reg {
        if round == 0 {
            return round_key;
        }
        let s = self.shuffle;
        let mut kept = self.map(&tables::TO_CIPHER, round_key);
        if round < last {
            kept = self.take_from(&SHIFT_ROWS[round.wrapping_neg() % 4], kept);
        }
        s.xor(kept, s.load(&tables::CIPHER_CONSTANT))
    }

    /// The same for the equivalent inverse cipher, which comes to them from the last to the first.
    #[inline(always)]
    fn inverse_round_key(self, round_key: S::Reg, round: usize, last: usize) -> S::Reg {
        if round == 0 {
            return round_key;
        }
        let s = self.shuffle;
        if round == last {
            return s.xor(round_key, s.load(&tables::PLAIN_CONSTANT));
        }
        let kept = self.take_from(&SHIFT_ROWS[(last - round) % 4], self.inv_mix(round_key));
        s.xor(kept, s.load(&tables::INV_CIPHER_CONSTANT))
    }

    /// InvMixColumns of bytes as they are, which brings them to the form that the inverse cipher has its bytes in.
    #[inline(always)]
    fn inv_mix(self, bytes: S::Reg) -> S::Reg {
        let s = self.shuffle;
        let [b_0e, b_0b, b_0d, b_09] = &tables::INV_MIX_TIMES;
        let mut sum = self.map(b_09, bytes);
        for times in [b_0d, b_0b, b_0e] {
            sum = s.xor(self.take_from(&BELOW[0], sum), self.map(times, bytes));
        }
        sum
    }

    /// A part of the cipher by itself and AddRoundKey, from bytes as the standard has them to such: rounds are the first in
    /// which ShiftRows is left undone, and it is made up for at once.
    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn part(self, part: Part, state: S::Reg, round_key: S::Reg) -> S::Reg {
        let s = self.shuffle;
        let zero = s.load(&[0; 16]);
        let constant = s.load(&tables::PLAIN_CONSTANT);
        let to_cipher = || self.map(&tables::TO_CIPHER, state);
        let to_inv_cipher = || self.map(&tables::TO_INV_CIPHER, s.xor(state, constant));
        let done = match part {
            Part::CipherRound => {
                let state = self.round(to_cipher(), 1, s.load(&tables::CIPHER_CONSTANT));
                self.map(&tables::FROM_CIPHER, self.take_from(&SHIFT_ROWS[1], state))
            }
            Part::CipherLastRound => s.xor(self.last_round(to_cipher(), &tables::SUB_WORD, &SHIFT_ROWS[1]), constant),
            Part::EqInvCipherRound => {
                let state = self.inv_round(to_inv_cipher(), 1, zero);
                self.map(&tables::FROM_INV_CIPHER, self.take_from(&SHIFT_ROWS[3], state))
            }
            Part::EqInvCipherLastRound => self.last_round(to_inv_cipher(), &tables::INV_SUB, &SHIFT_ROWS[3]),
            Part::MixColumns => self.mix(state, self.map(&tables::TIMES_02, state), 0, zero),
            Part::InvMixColumns => self.map(&tables::FROM_INV_CIPHER, self.inv_mix(state)),
        };
        s.xor(done, round_key)
    }

    /// So many rounds of the cipher but the last, from bytes as the standard has them to such. The round keys are brought to
    /// the form of the rounds while these wait for each other.
    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn cipher_rounds<const N: usize>(
        self,
        mut states: [S::Reg; N],
        rounds: usize,
        round_keys: impl Fn(usize) -> [S::Reg; N],
    ) -> [S::Reg; N] {
        for state in &mut states {
            *state = self.map(&tables::TO_CIPHER, *state);
        }
        for round in 0..rounds {
            for (state, round_key) in states.iter_mut().zip(round_keys(round)) {
                *state = self.round(*state, round + 1, self.round_key(round_key, round + 1, rounds + 1));
            }
        }
        for state in &mut states {
            *state = self.map(&tables::FROM_CIPHER, self.take_from(&SHIFT_ROWS[rounds % 4], *state));
        }
        states
    }

    /// SubWord (FIPS-197 section 5.2).
    #[inline(always)]
    fn sub_word(self, word: u32) -> u32 {
        let halves = self.halves(self.map(&tables::TO_CIPHER, self.shuffle.load_word(word)));
        self.shuffle.low_word(self.map_inverse(&tables::SUB_WORD, halves)) ^ tables::SUB_WORD_CONSTANT
    }
}

/// ShiftRows, none to three times over.
const SHIFT_ROWS: [Block; 4] =
    [tables::shift_rows(0), tables::shift_rows(1), tables::shift_rows(2), tables::shift_rows(3)];

/// Where the byte is that belongs into the row below, when ShiftRows was left undone none to three times. If it was
/// InvShiftRows, they are in the other direction.
const BELOW: [Block; 4] =
    [tables::from_place(1, 0), tables::from_place(1, 1), tables::from_place(1, 2), tables::from_place(1, 3)];

/// The same for the row above, which is three rows below.
const ABOVE: [Block; 4] =
    [tables::from_place(3, 0), tables::from_place(3, 3), tables::from_place(3, 2), tables::from_place(3, 1)];

/// The engine, whatever the instructions.
#[derive(Clone, Copy)]
struct Vperm<'k, S> {
    permutation: Permutation<S>,
    round_keys: RoundKeys<'k>,
    inverse_round_keys: RoundKeys<'k>,
}

impl<'k, S: Shuffle> Vperm<'k, S> {
    #[inline(always)]
    fn new(shuffle: S, schedule: &'k Schedule) -> Self {
        Vperm {
            permutation: Permutation { shuffle },
            round_keys: RoundKeys::of_cipher(schedule),
            inverse_round_keys: RoundKeys::of_inverse_cipher(schedule),
        }
    }

    /// A round key for one block. Others get it anew: kept for them, it would come to be on the stack.
    #[inline(always)]
    fn load_round_key(self, round_key: &RoundKey) -> S::Reg {
        self.permutation.shuffle.load_round_key(unknown(round_key))
    }

    /// What undoes ShiftRows or InvShiftRows after all rounds: after 10, 12 or 14 of them it is the same in both.
    #[inline(always)]
    fn shift(self) -> &'static Block {
        if self.round_keys.pairs.is_multiple_of(2) { &SHIFT_ROWS[10 % 4] } else { &SHIFT_ROWS[12 % 4] }
    }

    /// The cipher on whitened blocks, but for the last AddRoundKey and [`finish`](Self::finish).
    #[inline(always)]
    fn cipher<const N: usize>(self, mut states: [S::Reg; N]) -> [S::Reg; N] {
        for (i, round_key) in self.round_keys.middle().iter().enumerate() {
            for state in &mut states {
                *state = self.permutation.round(*state, i + 1, self.load_round_key(round_key));
            }
        }
        for state in &mut states {
            *state = self.permutation.last_round(*state, &tables::SUB, self.shift());
        }
        states
    }

    /// The equivalent inverse cipher.
    #[inline(always)]
    fn inv_cipher<const N: usize>(self, mut states: [S::Reg; N]) -> [S::Reg; N] {
        let s = self.permutation.shuffle;
        let round_keys = self.inverse_round_keys;
        for state in &mut states {
            let sum = s.xor(*state, self.load_round_key(round_keys.first()));
            *state = self.permutation.map(&tables::TO_INV_CIPHER, sum);
        }
        for (i, round_key) in round_keys.middle().iter().enumerate() {
            for state in &mut states {
                *state = self.permutation.inv_round(*state, i + 1, self.load_round_key(round_key));
            }
        }
        for state in &mut states {
            let sub = self.permutation.last_round(*state, &tables::INV_SUB, self.shift());
            *state = s.xor(sub, self.load_round_key(round_keys.last()));
        }
        states
    }

    /// The last round key, which is added to what [`cipher`](Self::cipher) returns.
    #[inline(always)]
    fn last_round_key(self) -> S::Reg {
        self.load_round_key(self.round_keys.last())
    }

    /// Encrypted blocks as the standard has them.
    #[inline(always)]
    fn finish(self, block: S::Reg) -> S::Reg {
        self.permutation.map(&tables::FROM_CIPHER, block)
    }
}

impl<S: Shuffle> Engine for Vperm<'_, S> {
    type Reg = S::Reg;
    const LANES: usize = 1;
    const AT_ONCE: usize = 4;

    type Narrow = Self;
    #[inline(always)]
    fn narrow(self) -> Self {
        self
    }

    #[inline(always)]
    fn load(self, from: &[Block]) -> S::Reg {
        self.permutation.shuffle.load(&from[0])
    }

    #[inline(always)]
    fn store(self, reg: S::Reg, to: &mut [Block]) {
        self.permutation.shuffle.store(reg, &mut to[0]);
    }

    #[inline(always)]
    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> S::Reg {
        self.permutation.shuffle.load(block(0))
    }

    #[inline(always)]
    fn scatter(self, reg: S::Reg, to: &mut Row<'_>, first: usize) {
        self.permutation.shuffle.store(reg, to.block_mut(first));
    }

    #[inline(always)]
    fn xor(self, a: S::Reg, b: S::Reg) -> S::Reg {
        self.permutation.shuffle.xor(a, b)
    }

    #[inline(always)]
    fn encrypt<const N: usize>(self, mut regs: [S::Reg; N]) -> [S::Reg; N] {
        for reg in &mut regs {
            *reg = self.whiten(*reg);
        }
        self.encrypt_whitened(regs)
    }

    #[inline(always)]
    fn decrypt<const N: usize>(self, regs: [S::Reg; N]) -> [S::Reg; N] {
        self.inv_cipher(regs)
    }

    /// The first AddRoundKey, and then the form that the cipher has its bytes in.
    #[inline(always)]
    fn whiten(self, reg: S::Reg) -> S::Reg {
        self.permutation.map(&tables::TO_CIPHER, self.xor(reg, self.load_round_key(self.round_keys.first())))
    }

    #[inline(always)]
    fn encrypt_whitened<const N: usize>(self, whitened: [S::Reg; N]) -> [S::Reg; N] {
        let mut regs = self.cipher(whitened);
        for reg in &mut regs {
            *reg = self.finish(self.xor(*reg, self.last_round_key()));
        }
        regs
    }

    /// A chain need not leave the form that the cipher has its bytes in. The encrypted blocks do, but nobody waits for them.
    #[inline(always)]
    fn encrypt_linked<const N: usize>(self, whitened: [S::Reg; N], links: &mut impl Links<S::Reg>) -> [S::Reg; N] {
        let mut linked = self.cipher(whitened);
        for (i, linked) in linked.iter_mut().enumerate() {
            let (last, encrypted) = (self.last_round_key(), *linked);
            *linked = self.xor(encrypted, self.xor(last, links.next(i)));
            links.put(i, self.finish(self.xor(encrypted, last)));
        }
        linked
    }

    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn part(self, part: Part, state: S::Reg, round_key: S::Reg) -> S::Reg {
        self.permutation.part(part, state, round_key)
    }

    #[cfg(feature = "hazmat")]
    #[inline(always)]
    fn cipher_rounds<const N: usize>(
        self,
        states: [S::Reg; N],
        rounds: usize,
        round_keys: impl Fn(usize) -> [S::Reg; N],
    ) -> [S::Reg; N] {
        self.permutation.cipher_rounds(states, rounds, round_keys)
    }
}
