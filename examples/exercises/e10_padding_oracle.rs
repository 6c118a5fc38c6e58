//! # 10. A padding oracle
//!
//! A server decrypts what it is sent, with CBC and PKCS#7. It shows you nothing of the message; it only answers
//! differently when the padding is wrong. You have recorded somebody's message to it. Read it, with at most 257 × 16
//! questions for each block of ciphertext.
//!
//! To know: CBC adds to each decrypted block the ciphertext block before it, and to the first one the IV:
//!
//! ```text
//! Pⱼ = D(Cⱼ) ⊕ Cⱼ₋₁       where C₀ is the IV
//! ```
//!
//! PKCS#7 appends n bytes of the value n, from 1 to 16 of them. When the server unpads, it looks at the last byte, n,
//! and the last n bytes must all be n. "Modes" in the guided reading; SP 800-38A section 6.2, RFC 5652 section 6.3.
//!
//! Your function gets the packet that was recorded: 16 bytes of IV, and then the blocks of ciphertext. It returns the
//! message without its padding. `oracle.ask(&packet)` takes such a packet, of any number of blocks, and says whether
//! its padding is right.
//!
//! Hints:
//! - Send only two blocks: one of your own, in the place of the IV, and one that was recorded. You decide what the
//!   decrypted block is XORed with.
//! - Try all 256 values as the last byte of your own block. When is the padding right? What does that tell you of D(C)?
//! - Then make the last byte of what the server sees {02}, and try the byte before it.
//! - With the last byte, the first that you find, there is a trap: the padding may be right because it ends in
//!   {02}{02}. It happens rarely, but the check sees to it that it happens. How do you tell the two cases apart, with
//!   one more question?
//! - From D(C) to the message it's one XOR.

use roundkey::{Aes128, Block, cbc};

use crate::shared::{Oracle, compare, random, random_bytes};

/// The message in `packet`, the IV and the blocks of ciphertext, from an oracle that says whether a packet's padding is
/// right.
pub fn read(oracle: &Oracle<[u8], bool>, packet: &[u8]) -> Vec<u8> {
    todo!("read {} with {oracle:?}", hex::encode(packet))
}

/// What an answer must pass: messages of many lengths, and two in which the padding seems right for the wrong reason.
pub fn check(read: impl Fn(&Oracle<[u8], bool>, &[u8]) -> Vec<u8>) {
    for len in [5, 14, 15, 16, 31, 40] {
        check_one(&read, &random(), &random_bytes(len));
    }
    // Under this IV the last but one byte of both D(C) and the message is {02}, so {02} as last byte of what the server
    // sees is a right padding, too: met before {01} by whoever counts upwards in the one, by whoever counts downwards
    // in the other.
    for last in [0x02, 0x01] {
        let message = [&random_bytes(14)[..], &[0x02, last], b"and more"].concat();
        let mut iv = random();
        iv[14..].fill(0);
        check_one(&read, &iv, &message);
    }
}

fn check_one(read: impl Fn(&Oracle<[u8], bool>, &[u8]) -> Vec<u8>, iv: &Block, message: &[u8]) {
    let key = Aes128::new(&random());
    let ciphertext = cbc::encrypt(&key, iv, message);
    let packet = [iv, &ciphertext[..]].concat();
    let oracle = Oracle::new(257 * ciphertext.len(), move |packet: &[u8]| {
        assert!(
            packet.len() >= 32 && packet.len().is_multiple_of(16),
            "a packet is an IV and at least one block, not {} bytes",
            packet.len()
        );
        let (iv, ciphertext) = packet.split_first_chunk().expect("it is long enough");
        cbc::decrypt(&key, iv, ciphertext).is_ok()
    });
    compare("the message", &read(&oracle, &packet), message);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution() {
        check(solution::read);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(read);
    }

    #[test]
    #[should_panic(expected = "(5 bytes), yours says")]
    fn the_padding_is_not_part_of_it() {
        check(solution::read_with_padding);
    }

    /// In whichever order the values are tried, and whatever is in the rest of the block that is sent.
    #[test]
    fn who_takes_the_first_right_padding_for_01_is_refused() {
        let upwards: Vec<u8> = (0..=255).collect();
        let downwards: Vec<u8> = (0..=255).rev().collect();
        for (values, keeps_the_iv) in [(&upwards, false), (&upwards, true), (&downwards, false), (&downwards, true)] {
            let refused = std::panic::catch_unwind(|| {
                check(|oracle, packet| {
                    // All is right but the last byte of the first block.
                    let mut message = solution::read(oracle, packet);
                    let (blocks, _) = packet.as_chunks::<16>();
                    let mut chosen = if keeps_the_iv { blocks[0] } else { [0; 16] };
                    let is_right = |value: &&u8| {
                        chosen[15] = **value;
                        oracle.ask(&[chosen, blocks[1]].concat())
                    };
                    let first = values.iter().find(is_right).expect("one of all values");
                    if let Some(last) = message.get_mut(15) {
                        *last = first ^ 0x01 ^ blocks[0][15];
                    }
                    message
                });
            });
            let why = *refused.expect_err("it must be refused").downcast::<String>().expect("a formatted message");
            assert!(why.starts_with("the message is"), "{why}");
        }
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    use std::array;

    use roundkey::Block;

    use crate::shared::{Oracle, add};

    pub fn read(oracle: &Oracle<[u8], bool>, packet: &[u8]) -> Vec<u8> {
        let mut message = read_with_padding(oracle, packet);
        let padding = message[message.len() - 1];
        message.truncate(message.len() - usize::from(padding));
        message
    }

    pub fn read_with_padding(oracle: &Oracle<[u8], bool>, packet: &[u8]) -> Vec<u8> {
        let (blocks, _) = packet.as_chunks::<16>();
        blocks.windows(2).flat_map(|pair| add(&pair[0], &decrypt(oracle, &pair[1]))).collect()
    }

    /// D(`block`), from the last byte to the first.
    fn decrypt(oracle: &Oracle<[u8], bool>, block: &Block) -> Block {
        let asks = |chosen: &Block| oracle.ask(&[*chosen, *block].concat());
        let mut decrypted = [0; 16];
        for i in (0..16).rev() {
            // The bytes behind this one are known, so they can be made the end of a padding that is to begin here.
            let padding = 16 - i as u8;
            let mut chosen: Block = array::from_fn(|j| if j > i { decrypted[j] ^ padding } else { 0 });
            let right = (0..=255).find(|value| {
                chosen[i] = *value;
                asks(&chosen) && (i != 15 || ends_in_one(asks, &chosen))
            });
            // What the server saw here was the padding: D(C) ⊕ chosen.
            decrypted[i] = right.expect("one of all values") ^ padding;
        }
        decrypted
    }

    /// The padding is right, but is it {01}? If it is longer, it is wrong with another byte before the last; if it is
    /// {01}, nobody looks at that byte.
    fn ends_in_one(asks: impl Fn(&Block) -> bool, chosen: &Block) -> bool {
        let mut other = *chosen;
        other[14] ^= 1;
        asks(&other)
    }
}
