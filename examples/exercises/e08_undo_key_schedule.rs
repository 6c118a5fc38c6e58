//! # 8. Undo the key schedule
//!
//! Many attacks find the key of the last round, because that is the one next to the ciphertext. Show that this is
//! enough: from one round key of AES-128 calculate the key. Then do the same for longer keys.
//!
//! To know: a key of Nk words (4, 6 or 8) becomes 4 × (Nr + 1) = 4 × (Nk + 7) words w[0], w[1], … (44, 52 or 60). The
//! first Nk of them are the key, and for every i from Nk on
//!
//! ```text
//! w[i] = w[i−Nk] ⊕ w[i−1]                                   but
//! w[i] = w[i−Nk] ⊕ SubWord(RotWord(w[i−1])) ⊕ Rcon[i/Nk]    if i is a multiple of Nk
//! w[i] = w[i−Nk] ⊕ SubWord(w[i−1])                          if Nk = 8 and i is 4 more than a multiple of 8
//! ```
//!
//! FIPS-197 section 5.2; "The key schedule" in the guided reading.
//!
//! Your function gets Nk words in a row, from anywhere in the schedule: `words` are w[at], w[at+1], …, and Nk is how
//! many they are. For the last round key of AES-128 these are four, and `at` is 40. `roundkey::fips197::key_expansion`
//! has `rot_word`, `sub_word` and `rcon()`; `rcon().nth(0)` is the first round constant, Rcon[1].
//!
//! Hints:
//! - Solve the equations for w[i−Nk]. Which words must be known?
//! - From w[40] to w[43], which word before them can be calculated at once? Which not yet?
//! - It is worth doing it for Nk = 4 first: that is all that exercise 12 needs, and the check begins there.

use roundkey::fips197::{Word, key_expansion};

use crate::shared::random_bytes;

/// The key, 4 × Nk bytes, from the Nk words w[at], w[at+1], … of its schedule.
pub fn undo_key_schedule(words: &[Word], at: usize) -> Vec<u8> {
    todo!("the key in whose schedule {words:02x?} begin at w[{at}]")
}

/// What an answer must pass: the standard's example, then random keys of all lengths, from the end and from everywhere.
pub fn check(undo_key_schedule: impl Fn(&[Word], usize) -> Vec<u8>) {
    let check_one = |key: &[u8], at: usize| {
        let nk = key.len() / 4;
        let schedule = key_expansion(key).expect("16, 24 or 32 bytes");
        let yours = undo_key_schedule(&schedule.words()[at..at + nk], at);
        assert!(
            yours == key,
            "AES-{}: from w[{at}] to w[{}], which are {}, yours finds the key {}, but it is {}",
            32 * nk,
            at + nk - 1,
            hex::encode(schedule.words()[at..at + nk].as_flattened()),
            hex::encode(yours),
            hex::encode(key),
        );
    };
    check_one(b"\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c", 40); // Appendix A.1
    for nk in [4, 6, 8] {
        let last = 4 * (nk + 7) - nk;
        (0..20).for_each(|_| check_one(&random_bytes(4 * nk), last));
        (0..last).for_each(|at| check_one(&random_bytes(4 * nk), at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution() {
        check(solution::undo_key_schedule);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(undo_key_schedule);
    }

    #[test]
    #[should_panic(expected = "AES-128: from w[40] to w[43]")]
    fn the_round_key_itself_is_refused() {
        check(|words, _| words.as_flattened().to_vec());
    }

    #[test]
    #[should_panic(expected = "AES-192: from w[46] to w[51]")]
    fn only_short_keys_are_refused() {
        check(|words, at| match words.len() {
            4 => solution::undo_key_schedule(words, at),
            nk => vec![0; 4 * nk],
        });
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
pub mod solution {
    use std::array;

    use roundkey::fips197::{
        Word,
        key_expansion::{rcon, rot_word, sub_word},
    };

    /// ⊕ undoes itself, so w[i−Nk] is w[i] ⊕ what became of w[i−1]. From the top down both are always known: the Nk
    /// words after w[i−Nk], the last of which is w[i].
    ///
    /// So any Nk words in a row are as good as the key, and whoever sees one round key of AES-128 sees them all. That
    /// is why none may be leaked, and why a key schedule must be wiped like a key.
    pub fn undo_key_schedule(words: &[Word], at: usize) -> Vec<u8> {
        let nk = words.len();
        let mut w = vec![Word::default(); at];
        w.extend(words);
        for i in (nk..w.len()).rev() {
            let mut temp = w[i - 1];
            if i % nk == 0 {
                let rcon = rcon().nth(i / nk - 1).expect("they don't end");
                temp = add(sub_word(rot_word(temp)), rcon);
            } else if nk == 8 && i % nk == 4 {
                temp = sub_word(temp);
            }
            w[i - nk] = add(w[i], temp);
        }
        w[..nk].as_flattened().to_vec()
    }

    fn add(a: Word, b: Word) -> Word {
        array::from_fn(|i| a[i] ^ b[i])
    }
}
