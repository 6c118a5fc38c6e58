//! # 7. AES without ShiftRows
//!
//! Leave ShiftRows out, and the columns never meet. An oracle encrypts blocks under its key, with AES-128 without
//! ShiftRows, but not every block: it refuses to encrypt one certain message. Make the ciphertext of just that message.
//! You may ask two questions.
//!
//! To know: FIPS-197 sections 3.4 and 5.1; "The state" and "The four steps" in the guided reading. The columns of the
//! state are bytes 0 to 3 of the block, 4 to 7, 8 to 11, and 12 to 15.
//!
//! `oracle.ask(&block)` returns the block encrypted, and panics if it is the message that may not be asked for.
//!
//! Hints:
//! - Which bytes of the ciphertext depend on byte 5 of the plaintext?
//! - Why can't one question be enough? Which two are?

use roundkey::Block;

use crate::shared::{Oracle, Step, compare, encrypt_without, random};

/// The ciphertext of `message`, which the oracle doesn't encrypt.
pub fn forge(oracle: &Oracle<Block, Block>, message: &Block) -> Block {
    todo!("forge the ciphertext of {message:02x?} with {oracle:?}")
}

/// What an answer must pass: random messages under random keys.
pub fn check(forge: impl Fn(&Oracle<Block, Block>, &Block) -> Block) {
    for _ in 0..20 {
        let (key, message) = (random(), random());
        let oracle = Oracle::new(2, move |block| {
            assert!(*block != message, "this is the message that the oracle doesn't encrypt");
            encrypt_without(Step::ShiftRows, &key, block)
        });
        let right = encrypt_without(Step::ShiftRows, &key, &message);
        compare("the ciphertext", &forge(&oracle, &message), &right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution() {
        check(solution::forge);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(forge);
    }

    #[test]
    #[should_panic(expected = "the message that the oracle doesn't encrypt")]
    fn asking_for_it_is_refused() {
        check(|oracle, message| oracle.ask(message));
    }

    #[test]
    #[should_panic(expected = "the ciphertext is")]
    fn three_columns_are_refused() {
        check(|oracle, message| {
            let mut question = *message;
            question[15] ^= 1;
            oracle.ask(&question)
        });
    }

    #[test]
    #[should_panic(expected = "the oracle answers 2 questions")]
    fn a_question_for_each_column_is_refused() {
        check(|oracle, message| {
            let mut ciphertext = [0; 16];
            for i in 0..4 {
                let mut question = *message;
                question[(4 * i + 4) % 16] ^= 1;
                ciphertext[4 * i..][..4].copy_from_slice(&oracle.ask(&question)[4 * i..][..4]);
            }
            ciphertext
        });
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    use roundkey::Block;

    use crate::shared::Oracle;

    /// Each column of the ciphertext depends on the same column of the plaintext and on the key, and on nothing else.
    /// So the message may be changed in one column, and the ciphertext of the other three is right. One question can't
    /// do, as it must differ from the message somewhere; two do if they differ in different columns.
    pub fn forge(oracle: &Oracle<Block, Block>, message: &Block) -> Block {
        let (mut first_changed, mut last_changed) = (*message, *message);
        first_changed[0] ^= 1;
        last_changed[15] ^= 1;

        let mut ciphertext = oracle.ask(&first_changed);
        ciphertext[..4].copy_from_slice(&oracle.ask(&last_changed)[..4]);
        ciphertext
    }
}
