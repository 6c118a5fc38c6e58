//! Every backend against the reference, a block at a time: ECB and CBC, both directions, any length, cut anywhere, at any alignment.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use roundkey::{Backend, cbc};
use roundkey_fuzz::{Pieces, Placed, Setup, definition};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    setup: Setup,
    offset: u8,
    /// Of blocks.
    pieces: Pieces,
    message: &'a [u8],
}

/// Two of the longest stretches that any engine works on at once, and some more; the reference takes long.
const MOST: usize = 16 * 140;

fuzz_target!(|input: Input| {
    let Input { setup, offset, pieces, message } = input;
    let message = &message[..message.len().min(MOST)];
    let (reference, iv) = (setup.reference(), &setup.iv);
    // What isn't a whole block must stay as it is.
    let by_definition = |work: &dyn Fn(&mut [_])| {
        let mut bytes = message.to_vec();
        work(bytes.as_chunks_mut().0);
        bytes
    };
    let ecb_encrypted = by_definition(&|blocks| definition::ecb_encrypt(&reference, blocks));
    let ecb_decrypted = by_definition(&|blocks| definition::ecb_decrypt(&reference, blocks));
    let cbc_encrypted = by_definition(&|blocks| definition::cbc_encrypt(&reference, iv, blocks));
    let cbc_decrypted = by_definition(&|blocks| definition::cbc_decrypt(&reference, iv, blocks));

    for backend in Backend::available() {
        let key = setup.key_on(backend);

        let mut placed = Placed::new(offset, message);
        pieces.cut_mut(placed.blocks()).for_each(|piece| key.encrypt_blocks(piece));
        placed.expect("ECB encryption", backend, &ecb_encrypted);

        let mut placed = Placed::new(offset, message);
        pieces.cut_mut(placed.blocks()).for_each(|piece| key.decrypt_blocks(piece));
        placed.expect("ECB decryption", backend, &ecb_decrypted);

        let mut placed = Placed::new(offset, message);
        let mut encryptor = cbc::Encryptor::new(&key, iv);
        pieces.cut_mut(placed.blocks()).for_each(|piece| encryptor.encrypt_blocks(piece));
        placed.expect("CBC encryption", backend, &cbc_encrypted);

        let mut placed = Placed::new(offset, message);
        let mut decryptor = cbc::Decryptor::new(&key, iv);
        pieces.cut_mut(placed.blocks()).for_each(|piece| decryptor.decrypt_blocks(piece));
        placed.expect("CBC decryption", backend, &cbc_decrypted);
    }
});
