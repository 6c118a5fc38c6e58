//! The modes by their definitions, a block at a time and in the plainest words, with any key. Fuzzing uses them as well.

use roundkey::{Aes, Block, cts::Variant};

/// CBC (SP 800-38A section 6.2).
pub fn cbc_encrypt(key: &Aes, iv: &Block, blocks: &mut [Block]) {
    let mut chain = *iv;
    for block in blocks {
        *block = xor(block, &chain);
        key.encrypt_block(block);
        chain = *block;
    }
}

/// The other direction.
pub fn cbc_decrypt(key: &Aes, iv: &Block, blocks: &mut [Block]) {
    let mut chain = *iv;
    for block in blocks {
        let ciphertext = *block;
        key.decrypt_block(block);
        *block = xor(block, &chain);
        chain = ciphertext;
    }
}

pub fn xor(a: &Block, b: &Block) -> Block {
    std::array::from_fn(|i| a[i] ^ b[i])
}

/// CBC with ciphertext stealing, of 16 bytes or more (addendum to SP 800-38A): the blocks of CBC with zeros at the end; all of the
/// last, and of the one before as much as the message's last block had.
pub fn cts_encrypt(key: &Aes, iv: &Block, variant: Variant, message: &[u8]) -> Vec<u8> {
    let last_len = (message.len() - 1) % 16 + 1;
    let mut padded = message.to_vec();
    padded.resize(message.len().next_multiple_of(16), 0);
    let blocks = padded.as_chunks_mut().0;
    cbc_encrypt(key, iv, blocks);
    let [before @ .., last_but_one, last] = blocks else { return padded };
    let cut = &last_but_one[..last_len];
    let swapped = match variant {
        Variant::Cs1 => false,
        Variant::Cs2 => last_len < 16,
        Variant::Cs3 => true,
    };
    let end = if swapped { [&last[..], cut] } else { [cut, &last[..]] };
    [before.as_flattened(), end[0], end[1]].concat()
}
