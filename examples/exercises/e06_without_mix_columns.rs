//! # 6. AES without MixColumns
//!
//! Leave MixColumns out, and every byte goes its own way. You have a ciphertext, and an oracle that encrypts under the
//! same key, with AES-128 without MixColumns, whatever block you send it: at most 256 of them. Find the plaintext.
//!
//! To know: SubBytes and AddRoundKey change each byte on its own; ShiftRows only moves bytes. So byte i of the
//! plaintext alone decides one byte of the ciphertext. It need not stand at place i, though: ShiftRows is done in all
//! ten rounds. FIPS-197 sections 3.4 (which byte of a block stands where in the state) and 5.1; "The state" and "The
//! four steps" in the guided reading.
//!
//! `oracle.ask(&block)` returns the block encrypted. `roundkey::fips197::state::shift_rows` is there.
//!
//! Hints:
//! - AES without MixColumns is sixteen ciphers of one byte each. What must you know of one of them to decrypt with it?
//! - A block asks something of all sixteen at once.
//! - Where does byte i of the plaintext arrive? Take a block of the bytes 0 to 15, and only move them.

use roundkey::Block;

use crate::shared::{Oracle, Step, encrypt_without, random};

/// The plaintext of `ciphertext`, from an oracle that encrypts under its key.
pub fn decrypt(oracle: &Oracle<Block, Block>, ciphertext: &Block) -> Block {
    todo!("decrypt {ciphertext:02x?} with {oracle:?}")
}

/// What an answer must pass: random blocks under random keys.
pub fn check(decrypt: impl Fn(&Oracle<Block, Block>, &Block) -> Block) {
    for _ in 0..5 {
        let (key, plaintext) = (random(), random());
        let oracle = Oracle::new(256, move |block| encrypt_without(Step::MixColumns, &key, block));
        let yours = decrypt(&oracle, &encrypt_without(Step::MixColumns, &key, &plaintext));
        let wrong: Vec<usize> = (0..16).filter(|i| yours[*i] != plaintext[*i]).collect();
        assert!(
            wrong.is_empty(),
            "the plaintext was {}, yours says {}: the bytes at {wrong:?} are wrong",
            hex::encode(plaintext),
            hex::encode(yours),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution() {
        check(solution::decrypt);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(decrypt);
    }

    #[test]
    #[should_panic(expected = "are wrong")]
    fn bytes_in_wrong_places_are_refused() {
        check(|oracle, ciphertext| {
            let answers: Vec<Block> = (0..=255).map(|x| oracle.ask(&[x; 16])).collect();
            std::array::from_fn(|i| answers.iter().position(|answer| answer[i] == ciphertext[i]).unwrap() as u8)
        });
    }

    #[test]
    #[should_panic(expected = "the oracle answers 256 questions")]
    fn too_many_questions_are_refused() {
        check(|oracle, _| std::array::from_fn(|_| (0..=255).map(|x| oracle.ask(&[x; 16])[0]).max().unwrap()));
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    use std::array;

    use roundkey::{
        Block,
        fips197::{State, state::shift_rows},
    };

    use crate::shared::Oracle;

    pub fn decrypt(oracle: &Oracle<Block, Block>, ciphertext: &Block) -> Block {
        // The ciphertexts of all blocks of sixteen equal bytes: place i of them shows what the cipher that ends there
        // does with every byte.
        let answers: [Block; 256] = array::from_fn(|x| oracle.ask(&[x as u8; 16]));

        let from = where_bytes_come_from();
        let mut plaintext = [0; 16];
        for i in 0..16 {
            // Encryption can be undone, so there is one such byte and no other.
            let x = (0..=255).find(|x| answers[usize::from(*x)][i] == ciphertext[i]);
            plaintext[from[i]] = x.expect("each byte comes from one");
        }
        plaintext
    }

    /// The byte at place i of a ciphertext was at this place of the plaintext. Row r was moved by r places ten times,
    /// so rows 0 and 2 are where they were, and rows 1 and 3 have gone half-way around.
    fn where_bytes_come_from() -> [usize; 16] {
        let mut state = State::from_block(&array::from_fn(|i| i as u8));
        for _ in 0..10 {
            shift_rows(&mut state);
        }
        state.to_block().map(usize::from)
    }
}
