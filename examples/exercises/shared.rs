//! What several exercises are given: AES with a step left out or with fewer rounds, oracles, random bytes.
//!
//! All ciphers here are AES-128 with the standard's own key schedule; only the rounds are changed.

// Loops count here as the standard's do.
#![allow(clippy::needless_range_loop)]

use std::{cell::Cell, fmt};

use roundkey::{
    Block,
    fips197::{
        State, Word, key_expansion,
        state::{add_round_key, inv_mix_columns, inv_shift_rows, inv_sub_bytes, mix_columns, shift_rows, sub_bytes},
    },
};

/// A step that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    SubBytes,
    ShiftRows,
    MixColumns,
}

/// Encrypts one block with AES-128 without one of the steps: it is left out of every round.
pub fn encrypt_without(step: Step, key: &Block, plaintext: &Block) -> Block {
    encrypt(key, plaintext, 10, Some(step))
}

/// Decrypts what [`encrypt_without`] has encrypted.
#[allow(dead_code, reason = "answers may call it")]
pub fn decrypt_without(step: Step, key: &Block, ciphertext: &Block) -> Block {
    let round_keys = round_keys(key);
    let mut state = State::from_block(ciphertext);
    for round in (1..=10).rev() {
        add_round_key(&mut state, &round_keys[round]);
        if step != Step::MixColumns && round != 10 {
            inv_mix_columns(&mut state);
        }
        if step != Step::ShiftRows {
            inv_shift_rows(&mut state);
        }
        if step != Step::SubBytes {
            inv_sub_bytes(&mut state);
        }
    }
    add_round_key(&mut state, &round_keys[0]);
    state.to_block()
}

/// Encrypts one block with AES-128 of fewer rounds, 1 to 10: the last one has no MixColumns, as in the standard, and
/// the round keys are the first `rounds` + 1.
pub fn encrypt_rounds(rounds: usize, key: &Block, plaintext: &Block) -> Block {
    encrypt(key, plaintext, rounds, None)
}

/// FIPS-197's Figure 5, with so many rounds, and without that step.
fn encrypt(key: &Block, plaintext: &Block, rounds: usize, without: Option<Step>) -> Block {
    let round_keys = round_keys(key);
    let mut state = State::from_block(plaintext);
    add_round_key(&mut state, &round_keys[0]);
    for round in 1..=rounds {
        if without != Some(Step::SubBytes) {
            sub_bytes(&mut state);
        }
        if without != Some(Step::ShiftRows) {
            shift_rows(&mut state);
        }
        if without != Some(Step::MixColumns) && round != rounds {
            mix_columns(&mut state);
        }
        add_round_key(&mut state, &round_keys[round]);
    }
    state.to_block()
}

fn round_keys(key: &Block) -> Vec<[Word; 4]> {
    key_expansion(key).expect("a key of 16 bytes").round_keys().to_vec()
}

/// Somebody who has the key and answers questions, but not endlessly many.
///
/// It stands for a server that encrypts what it is sent, or lets on whether it could decrypt it. A question is a `Q`,
/// for example a [`Block`]; the answer is an `A`.
pub struct Oracle<Q: ?Sized, A> {
    answers: Box<dyn Fn(&Q) -> A>,
    limit: usize,
    asked: Cell<usize>,
}

impl<Q: ?Sized, A> Oracle<Q, A> {
    pub fn new(limit: usize, answers: impl Fn(&Q) -> A + 'static) -> Self {
        Oracle { answers: Box::new(answers), limit, asked: Cell::new(0) }
    }

    /// Asks a question.
    ///
    /// # Panics
    ///
    /// If more are asked than the exercise allows.
    #[track_caller]
    #[allow(dead_code, reason = "answers call it, checks don't")]
    pub fn ask(&self, question: &Q) -> A {
        assert!(
            self.asked.get() < self.limit,
            "the oracle answers {} questions, and you have asked one more",
            self.limit
        );
        self.asked.set(self.asked.get() + 1);
        (self.answers)(question)
    }
}

impl<Q: ?Sized, A> fmt::Debug for Oracle<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an oracle that has answered {} of {} questions", self.asked.get(), self.limit)
    }
}

/// Bytes that nobody can foresee, from the operating system: keys, messages, IVs.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has random bytes");
    bytes
}

/// The same, as many as one wants.
pub fn random_bytes(len: usize) -> Vec<u8> {
    (0..len).map(|_| random::<1>()[0]).collect()
}

/// Panics unless what an answer found is right.
#[track_caller]
pub fn compare(what: &str, yours: &[u8], right: &[u8]) {
    let said = |bytes: &[u8]| format!("{} ({} bytes)", hex::encode(bytes), bytes.len());
    assert!(yours == right, "{what} is {}, yours says {}", said(right), said(yours));
}

/// The sum of two blocks, byte by byte.
pub fn add(a: &Block, b: &Block) -> Block {
    std::array::from_fn(|i| a[i] ^ b[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use roundkey::fips197::cipher;

    #[test]
    fn ten_rounds_with_all_steps_are_aes() {
        let (key, block) = (random(), random());
        assert_eq!(encrypt_rounds(10, &key, &block), cipher(&block, &key_expansion(&key).unwrap()));
    }

    #[test]
    fn a_round_less_or_a_step_less_is_another_cipher() {
        let (key, block) = (random(), random());
        let others =
            [Step::SubBytes, Step::ShiftRows, Step::MixColumns].map(|step| encrypt_without(step, &key, &block));
        let mut all = vec![encrypt_rounds(9, &key, &block), encrypt_rounds(10, &key, &block)];
        all.extend(others);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn decryption_undoes_encryption() {
        let (key, block) = (random(), random());
        for step in [Step::SubBytes, Step::ShiftRows, Step::MixColumns] {
            assert_eq!(decrypt_without(step, &key, &encrypt_without(step, &key, &block)), block, "without {step:?}");
        }
    }

    #[test]
    #[should_panic(expected = "the oracle answers 3 questions")]
    fn an_oracle_has_a_limit() {
        let oracle = Oracle::new(3, |question: &u8| question + 1);
        assert_eq!([oracle.ask(&1), oracle.ask(&2), oracle.ask(&3)], [2, 3, 4]);
        oracle.ask(&4);
    }
}
