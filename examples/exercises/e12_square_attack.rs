//! # 12. The square attack
//!
//! Four rounds of AES, with all their steps: nothing was left out, and trying keys is hopeless. Still the key can be
//! found. An oracle encrypts the blocks that you choose, with AES-128 of four rounds (the fourth without MixColumns, as
//! last rounds are): at most 1280 of them, five times 256. Find the key.
//!
//! The attack is older than AES: it was published together with its predecessor, the cipher Square.
//!
//! To know: take 256 blocks that differ in one byte, which has every value once, and are the same in the fifteen
//! others. What do rounds do with such a set? Look at each place of the state by itself:
//!
//! ```text
//!                          one place has all 256 values, the others are the same in all blocks
//! SubBytes, AddRoundKey    leave that so
//! ShiftRows                moves the place
//! MixColumns    round 1    four places have all values: a column           (why?)
//!               round 2    all sixteen have all values                     (why?)
//!               round 3    the 256 bytes at a place are something, but their XOR is zero, at every place   (why?)
//! AddRoundKey              leaves the XOR zero
//! SubBytes      round 4    and that is the end of it
//! ```
//!
//! So before the fourth SubBytes the 256 bytes at each place add up to zero, and the ciphertext is only SubBytes,
//! ShiftRows and AddRoundKey away from there. FIPS-197 section 5.1; "The four steps" in the guided reading.
//!
//! `oracle.ask(&block)` returns the block encrypted. Exercise 8 gets the key out of a round key: call your own,
//! `crate::e08_undo_key_schedule::undo_key_schedule`. The last round key here is w[16] to w[19].
//!
//! Hints:
//! - Guess one byte of the last round key. With it go back through the fourth SubBytes, with that byte of all 256
//!   ciphertexts, and add up. What is the sum if the guess is right? How often is it that if it is wrong?
//! - Where ShiftRows moves bytes plays no role here. Why?
//! - One set of 256 blocks leaves about two guesses for each byte. Another set, with other bytes in the fifteen places,
//!   mostly leaves one; and at times a third is needed.

use roundkey::Block;

use crate::shared::{Oracle, compare, encrypt_rounds, random};

/// The key of an oracle that encrypts with four rounds.
pub fn find_key(oracle: &Oracle<Block, Block>) -> Block {
    todo!("find the key of {oracle:?}")
}

/// What an answer must pass: random keys.
pub fn check(find_key: impl Fn(&Oracle<Block, Block>) -> Block) {
    for _ in 0..5 {
        let key = random();
        let oracle = Oracle::new(5 * 256, move |block| encrypt_rounds(4, &key, block));
        compare("the key", &find_key(&oracle), &key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution() {
        check(solution::find_key);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(find_key);
    }

    #[test]
    #[should_panic(expected = "the key is")]
    fn one_set_is_not_enough() {
        check(|oracle| {
            let fitting = solution::guesses_that_fit(&solution::ask_a_set(oracle, 0));
            solution::key(&fitting.map(|guesses| guesses[0]))
        });
    }

    #[test]
    #[should_panic(expected = "the oracle answers 1280 questions")]
    fn too_many_questions_are_refused() {
        check(|oracle| std::array::from_fn(|i| solution::ask_a_set(oracle, i as u8)[0][0]));
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    use std::array;

    use roundkey::{
        Block,
        fips197::{State, sbox::INV_SBOX},
    };

    use crate::{e08_undo_key_schedule::solution::undo_key_schedule, shared::Oracle};

    /// First the answers to the three questions above. In round 1, MixColumns makes each byte of the new column a
    /// multiple of the one byte that varies plus a constant, and multiplying by {01}, {02} or {03} can be undone: so
    /// each has all values. In round 2, ShiftRows has brought these four bytes into four different columns, and the
    /// same happens in each. In round 3 a byte is a sum of multiples of four bytes, each of which has all values;
    /// nothing says that the sum has. But adding it up over the set is adding up the four, one after the other, and all
    /// 256 values add up to zero.
    pub fn find_key(oracle: &Oracle<Block, Block>) -> Block {
        let mut guesses = guesses_that_fit(&ask_a_set(oracle, 0));
        // A wrong guess fits by chance, once in 256 times, and with another set again only once in 256.
        for constant in 1.. {
            if guesses.iter().all(|guesses| guesses.len() == 1) {
                break;
            }
            let fitting = guesses_that_fit(&ask_a_set(oracle, constant));
            for (guesses, fitting) in guesses.iter_mut().zip(&fitting) {
                guesses.retain(|guess| fitting.contains(guess));
            }
        }
        key(&guesses.map(|guesses| guesses[0]))
    }

    /// The ciphertexts of 256 blocks that differ in their first byte only.
    pub fn ask_a_set(oracle: &Oracle<Block, Block>, constant: u8) -> [Block; 256] {
        array::from_fn(|x| {
            let mut block = [constant; 16];
            block[0] = x as u8;
            oracle.ask(&block)
        })
    }

    /// For each byte of the last round key, all its values with which the set adds up to zero before the last SubBytes.
    ///
    /// ShiftRows would tell at which place of the state that is. But it is so at all of them.
    pub fn guesses_that_fit(set: &[Block; 256]) -> [Vec<u8>; 16] {
        array::from_fn(|i| {
            let sum = |guess: u8| set.iter().fold(0, |sum, c| sum ^ INV_SBOX[usize::from(c[i] ^ guess)]);
            (0..=255).filter(|guess| sum(*guess) == 0).collect()
        })
    }

    /// From the last round key, w[16] to w[19], to the key.
    pub fn key(last_round_key: &Block) -> Block {
        let key = undo_key_schedule(&State::from_block(last_round_key).columns, 16);
        key.try_into().expect("a key of 16 bytes")
    }
}
