//! # 9. A secret behind ECB
//!
//! In this exercise and the next the cipher is AES as it should be. What is broken is how it is used.
//!
//! An oracle takes any bytes from you, appends a secret of its own, pads with PKCS#7 and encrypts all of it with ECB,
//! each block on its own. (Think of a web server that makes a cookie of your name and of something that you shouldn't
//! see.) Find the secret, with at most 300 questions for each byte of it. Its bytes are random, and you don't know its
//! length.
//!
//! To know: in ECB equal blocks of plaintext are equal blocks of ciphertext. PKCS#7 appends n bytes of the value n, 1
//! to 16 of them, so that whole blocks result: where the message already is whole blocks, 16 of them. "Modes" in the
//! guided reading; SP 800-38A section 6.1.
//!
//! `oracle.ask(b"any bytes")` returns the ciphertext.
//!
//! Hints:
//! - The length first: send one byte more each time, and see when the ciphertext grows.
//! - Send fifteen bytes of your own. Then what is in the first block? How many blocks are there that begin with your
//!   fifteen bytes?
//! - Once the first byte of the secret is known, send fourteen bytes.
//! - If you like: one question for each byte of the secret is enough.

use roundkey::{Aes128, ecb};

use crate::shared::{Oracle, compare, random, random_bytes};

/// The secret that the oracle appends.
pub fn find_secret(oracle: &Oracle<[u8], Vec<u8>>) -> Vec<u8> {
    todo!("find the secret of {oracle:?}")
}

/// What an answer must pass: random secrets, shorter and longer than a block, and just as long.
pub fn check(find_secret: impl Fn(&Oracle<[u8], Vec<u8>>) -> Vec<u8>) {
    for len in [1, 15, 16, 17, 32, 45] {
        let (key, secret) = (Aes128::new(&random()), random_bytes(len));
        let appended = secret.clone();
        let oracle = Oracle::new(300 * len, move |sent: &[u8]| ecb::encrypt(&key, &[sent, &appended].concat()));
        compare("the secret", &find_secret(&oracle), &secret);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution() {
        check(solution::find_secret);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(find_secret);
    }

    #[test]
    #[should_panic(expected = "(1 bytes), yours says")]
    fn the_padding_is_not_part_of_it() {
        check(|oracle| {
            let mut secret = solution::find_secret(oracle);
            secret.push(1);
            secret
        });
    }

    #[test]
    #[should_panic(expected = "(17 bytes), yours says")]
    fn one_block_is_not_enough() {
        check(|oracle| {
            let mut secret = solution::find_secret(oracle);
            secret.truncate(16);
            secret
        });
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    use crate::shared::Oracle;

    pub fn find_secret(oracle: &Oracle<[u8], Vec<u8>>) -> Vec<u8> {
        let len = length(oracle);
        let mut secret = Vec::new();
        for n in 0..len {
            // All of one question: 256 blocks, one for each value that the next byte may have, and then so many bytes
            // that the next byte of the secret ends a block. What stands before that byte is known, fifteen bytes of
            // it, and is the same in all those blocks: zeros of ours and the secret as far as it has been found.
            let filler = vec![0; 15 - n % 16];
            let known = [&[0; 15], &secret[..]].concat();
            let before = &known[known.len() - 15..];

            let mut question = Vec::new();
            for guess in 0..=255 {
                question.extend_from_slice(before);
                question.push(guess);
            }
            question.extend_from_slice(&filler);

            // Under ECB the block that ends with the secret's byte looks like the block with the right guess.
            let answer = oracle.ask(&question);
            let (blocks, _) = answer.as_chunks::<16>();
            let wanted = blocks[256 + n / 16];
            let guess = (0..=255).find(|guess| blocks[usize::from(*guess)] == wanted);
            secret.push(guess.expect("one of all values"));
        }
        secret
    }

    /// The ciphertext gets a block longer when message and secret have filled whole blocks, because then a whole block
    /// of padding is added. Before that it was just as long as both together are now.
    fn length(oracle: &Oracle<[u8], Vec<u8>>) -> usize {
        let before = oracle.ask(&[]).len();
        let sent = (1..=16).find(|sent| oracle.ask(&vec![0; *sent]).len() > before);
        before - sent.expect("sixteen bytes are a block more")
    }
}
