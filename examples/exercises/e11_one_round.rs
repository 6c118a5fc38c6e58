//! # 11. One round of AES
//!
//! How many blocks must one have to find the key of one-round AES? One, and its ciphertext. The cipher is
//!
//! ```text
//! AddRoundKey(w[0..3])   SubBytes   ShiftRows   AddRoundKey(w[4..7])
//! ```
//!
//! with the key schedule of AES-128; a last round has no MixColumns. You get one plaintext and its ciphertext. Find all
//! keys under which the one becomes the other, well within a second.
//!
//! Why all: there are as many keys as ciphertexts, 2¹²⁸, but they aren't matched one to one. Some ciphertexts of a
//! plaintext can be had under no key, others under several: here under one, two or three mostly, the true one among
//! them. Which one that is nobody can know from one block: whoever has a second one tries. The check wants the true key
//! among yours, and that each of yours fits.
//!
//! To know: write k[r, c] for the byte of the key in row r and column c, and y[r, c] for that of the round key w[4..7].
//! From the key schedule (FIPS-197 section 5.2) it follows that
//!
//! ```text
//! y[r, 0] = k[r, 0] ⊕ S(k[r+1, 3]) ⊕ Rcon    row 4 is row 0 again; Rcon is {01} in row 0, and {00} in others
//! y[r, c] = k[r, c] ⊕ y[r, c−1]              for the columns 1, 2 and 3
//! ```
//!
//! and from the round, that byte [r, c] of the ciphertext is S(p[r, c+r] ⊕ k[r, c+r]) ⊕ y[r, c] (column 4 is column 0
//! again). "The key schedule" in the guided reading. `crate::shared::encrypt_rounds(1, &key, &plaintext)` is the
//! cipher; `roundkey::fips197::sbox::{SBOX, INV_SBOX}` are there. In a block, [r, c] is byte r + 4c.
//!
//! Hints:
//! - Rows hardly know of each other. Only S(k[r+1, 3]) goes from one row to another. Call it t and forget where it
//!   comes from: then each row has four equations, and five unknown bytes. How many solutions will it have, about?
//! - From y[r, c] and the ciphertext one gets k[r, c+r]. So in row 1, y[1, 0] gives k[1, 1], that gives y[1, 1], that
//!   gives k[1, 2], and so on to the end. There are 256 values for y[1, 0].
//! - Row 0 goes the same way, from y[0, 3] backwards. In rows 2 and 3 guess two bytes, and one equation is left over to
//!   tell whether they were right.
//! - Then join the rows: of a solution of row r and one of row r + 1, the t of the one must be the S(k[r+1, 3]) of the
//!   other. A circle of four.

use roundkey::Block;

use crate::shared::{encrypt_rounds, random};

/// All keys under which one round takes `plaintext` to `ciphertext`, in any order.
pub fn find_keys(plaintext: &Block, ciphertext: &Block) -> Vec<Block> {
    todo!("the keys under which {plaintext:02x?} becomes {ciphertext:02x?}")
}

/// What an answer must pass: random blocks under random keys. So many that nobody passes by finding some keys only.
pub fn check(find_keys: impl Fn(&Block, &Block) -> Vec<Block>) {
    for _ in 0..30 {
        let (key, plaintext) = (random(), random());
        let ciphertext = encrypt_rounds(1, &key, &plaintext);
        let yours = find_keys(&plaintext, &ciphertext);
        for your_key in &yours {
            let yours = encrypt_rounds(1, your_key, &plaintext);
            assert!(
                yours == ciphertext,
                "under the key {} {} becomes {}, not {}",
                hex::encode(your_key),
                hex::encode(plaintext),
                hex::encode(yours),
                hex::encode(ciphertext),
            );
        }
        assert!(
            yours.contains(&key),
            "{} became {} under the key {}, which isn't among the {} that you have found",
            hex::encode(plaintext),
            hex::encode(ciphertext),
            hex::encode(key),
            yours.len(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution() {
        check(solution::find_keys);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(find_keys);
    }

    #[test]
    #[should_panic(expected = "which isn't among the")]
    fn the_first_key_is_not_enough() {
        check(|plaintext, ciphertext| {
            let mut keys = solution::find_keys(plaintext, ciphertext);
            keys.truncate(1);
            keys
        });
    }

    #[test]
    #[should_panic(expected = "under the key 00000000000000000000000000000000")]
    fn a_key_that_does_not_fit_is_refused() {
        check(|_, _| vec![[0; 16]]);
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    use roundkey::{
        Block,
        fips197::{
            State,
            sbox::{INV_SBOX, SBOX},
        },
    };

    /// A row of the key that fits, if `t` is what the key schedule adds to its first byte.
    #[derive(Clone, Copy)]
    struct Row {
        k: [u8; 4],
        t: u8,
    }

    impl Row {
        /// Whether `next` can be the row below this one, row `r`: t = S(k[r+1, 3]) ⊕ Rcon.
        fn joins(&self, r: usize, next: &Row) -> bool {
            let rcon = if r == 0 { 0x01 } else { 0x00 };
            self.t == SBOX[usize::from(next.k[3])] ^ rcon
        }
    }

    pub fn find_keys(plaintext: &Block, ciphertext: &Block) -> Vec<Block> {
        let (p, c) = (State::from_block(plaintext), State::from_block(ciphertext));
        let rows: [Vec<Row>; 4] = std::array::from_fn(|r| rows_that_fit(r, &p.row(r), &c.row(r)));

        // Each of the four has about 256, and of 256 that could be next to one of them about one joins. So there are
        // about 256 half-way around, and after the circle is closed about one, and the true one.
        let mut keys = Vec::new();
        for a in &rows[0] {
            for b in rows[1].iter().filter(|b| a.joins(0, b)) {
                for c in rows[2].iter().filter(|c| b.joins(1, c)) {
                    for d in rows[3].iter().filter(|d| c.joins(2, d) && d.joins(3, a)) {
                        keys.push(std::array::from_fn(|i| [a, b, c, d][i % 4].k[i / 4]));
                    }
                }
            }
        }
        keys
    }

    /// All rows `r` of keys that fit to this row of the plaintext and this one of the ciphertext.
    fn rows_that_fit(r: usize, p: &[u8; 4], c: &[u8; 4]) -> Vec<Row> {
        // Byte i of the key's row has met, at the end of its way, byte i − r of the round key. From that, backwards:
        // off with the round key, back through the S-box, and off with the plaintext.
        let k = |i: usize, y: u8| p[i] ^ INV_SBOX[usize::from(c[(i + 4 - r) % 4] ^ y)];

        let mut rows = Vec::new();
        for y0 in 0..=255 {
            for y3 in 0..=255 {
                // y[i] = y[i−1] ⊕ k[i], for i from 1 to 3, in the order in which k[i] can be had: from y[i−r].
                let (y1, y2);
                match r {
                    0 => {
                        y2 = y3 ^ k(3, y3);
                        y1 = y2 ^ k(2, y2);
                    }
                    1 => {
                        y1 = y0 ^ k(1, y0);
                        y2 = y1 ^ k(2, y1);
                    }
                    2 => {
                        y1 = y0 ^ k(1, y3);
                        y2 = y1 ^ k(2, y0);
                    }
                    _ => {
                        y2 = y3 ^ k(3, y0);
                        y1 = y2 ^ k(2, y3);
                    }
                }
                let y = [y0, y1, y2, y3];
                let k = std::array::from_fn(|i| k(i, y[(i + 4 - r) % 4]));
                // Two of the three equations hold now by themselves; of 256 guesses about one fulfils the third as
                // well.
                if (1..4).all(|i| y[i] == y[i - 1] ^ k[i]) {
                    rows.push(Row { k, t: y0 ^ k[0] });
                }
            }
        }
        rows
    }
}
