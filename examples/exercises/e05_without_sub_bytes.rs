//! # 5. AES without SubBytes
//!
//! Leave SubBytes out of every round, and AES can be broken with XOR. Somebody has encrypted two blocks under the same
//! key, with AES-128 without SubBytes. You have both ciphertexts and the first plaintext. You don't have the key. Find
//! the second plaintext.
//!
//! To know: a map L is *linear* if L(p ⊕ q) = L(p) ⊕ L(q). ShiftRows and MixColumns are linear, and so is one after the
//! other. AddRoundKey is not, quite: it adds something that doesn't depend on the block. FIPS-197 section 5.1; "The
//! four steps" in the guided reading. (The key schedule has its S-box still; but what does that help?)
//!
//! `crate::shared` has this cipher, for keys of your own choice: `encrypt_without(Step::SubBytes, &key, &block)` and
//! `decrypt_without`, and `add`, the XOR of two blocks.
//!
//! Hints:
//! - Write down what becomes of a block p in one round, and then in two: a part that depends on p alone, and a part
//!   that depends on the key alone.
//! - Encrypt p and q under the same key. What is the XOR of both ciphertexts? What in it depends on the key?
//! - What you then want to undo can be done with any key. Take zeros.
//! - For those who want it harder: do it with `encrypt_without` only.

use roundkey::Block;

use crate::shared::{Step, add, encrypt_without, random};

/// The plaintext of `ciphertext`, where `known` is a plaintext and its ciphertext under the same key.
pub fn decrypt(known: (&Block, &Block), ciphertext: &Block) -> Block {
    todo!("knowing {known:02x?}, decrypt {ciphertext:02x?}")
}

/// What an answer must pass: pairs of random blocks under random keys.
pub fn check(decrypt: impl Fn((&Block, &Block), &Block) -> Block) {
    for _ in 0..20 {
        let (key, p, q) = (random(), random(), random());
        let [c, d] = [p, q].map(|block| encrypt_without(Step::SubBytes, &key, &block));
        let yours = decrypt((&p, &c), &d);
        assert!(
            yours == q,
            "under the same key {} became {}, and {} was {}; yours says {}, which is wrong by {}",
            hex::encode(p),
            hex::encode(c),
            hex::encode(d),
            hex::encode(q),
            hex::encode(yours),
            hex::encode(add(&yours, &q)),
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
    #[should_panic(expected = "which is wrong by")]
    fn as_if_aes_only_added_a_key_is_refused() {
        check(|(p, c), d| add(p, &add(c, d)));
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    use roundkey::Block;

    use crate::shared::{Step, add, decrypt_without};

    /// Each round takes p to M(p) ⊕ k, where M is ShiftRows and MixColumns, and linear. The next one takes that to
    /// M(M(p) ⊕ k) ⊕ k' = M(M(p)) ⊕ (M(k) ⊕ k'), and so on. After all rounds it is
    ///
    /// ```text
    /// E(p) = L(p) ⊕ t
    /// ```
    ///
    /// where L is the same linear map for all keys, and t is what the key contributes: a single block. It could be
    /// taken from the pair, but it needn't even be known, because it drops out:
    ///
    /// ```text
    /// E(p) ⊕ E(q) = L(p) ⊕ L(q) = L(p ⊕ q)
    /// ```
    ///
    /// In the same way decryption under any key is D(c) = L⁻¹(c) ⊕ t', and D(c) ⊕ D(d) = L⁻¹(c ⊕ d) = p ⊕ q, with the
    /// wrong key as well as with the right one.
    pub fn decrypt((p, c): (&Block, &Block), d: &Block) -> Block {
        let any_key = [0; 16];
        let [x, y] = [c, d].map(|block| decrypt_without(Step::SubBytes, &any_key, block));
        add(p, &add(&x, &y))
    }
}
