//! CBC with HMAC: sealing against RFC 7518, and that opening refuses all that was not sealed, whatever was changed, and touches
//! nothing then.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use roundkey::{Aes, Backend, Block, OpenError, cbc_hmac::Key};
use roundkey_fuzz::{Change, Placed, definition};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    key: [u8; 64],
    key_len: u8,
    backend: u8,
    iv: Block,
    aad_len: u8,
    /// Of what was sealed, and of what goes with it.
    change: Change,
    change_of_aad: Change,
    offset: u8,
    /// The additional data, and then the message.
    bytes: &'a [u8],
}

fuzz_target!(|input: Input| {
    let backends: Vec<Backend> = Backend::available().collect();
    let backend = backends[usize::from(input.backend) % backends.len()];
    let key_bytes = &input.key[..[32, 48, 64][usize::from(input.key_len % 3)]];
    let key = Key::with_backend(key_bytes, backend).expect("it has keys of these lengths");
    let iv = &input.iv;
    let (aad, message) = input.bytes.split_at(input.bytes.len().min(input.aad_len.into()));

    let reference = |key: &[u8]| Aes::with_backend(key, *backends.last().expect("there is one")).expect("half a key");
    let expected = definition::cbc_hmac_seal(key_bytes, reference, iv, message, aad);
    let sealed = key.seal_with_iv(iv, message, aad);
    assert_eq!(sealed, expected);

    let (mut changed, mut changed_aad) = (sealed.clone(), aad.to_vec());
    input.change.apply(&mut changed);
    input.change_of_aad.apply(&mut changed_aad);
    let is_same = changed == sealed && changed_aad == aad;
    opens(&key, &changed, &changed_aad, is_same.then_some(message), input.offset);
    // What was never sealed, and the same bytes with the border between the two elsewhere.
    opens(&key, input.bytes, aad, None, input.offset);
    let moved = [&aad[aad.len() / 2..], &sealed].concat();
    let is_same = moved == sealed;
    opens(&key, &moved, &aad[..aad.len() / 2], is_same.then_some(message), input.offset);
});

/// Both forms of opening.
fn opens(key: &Key, sealed: &[u8], aad: &[u8], message: Option<&[u8]>, offset: u8) {
    let least = 32 + key.tag_len();
    let length_is_right = sealed.len() >= least && (sealed.len() - least).is_multiple_of(16);
    match (key.open(sealed, aad), message) {
        (Ok(opened), Some(message)) => assert_eq!(opened, message),
        (Err(OpenError::Tag), None) => assert!(length_is_right),
        (Err(OpenError::Length { given, least: said }), None) => {
            assert_eq!((given, said, length_is_right), (sealed.len(), least, false));
        }
        (got, _) => panic!("{got:?}"),
    }
    let Some((iv, rest)) = sealed.split_first_chunk() else { return };
    let Some((ciphertext, tag)) = rest.len().checked_sub(key.tag_len()).map(|len| rest.split_at(len)) else { return };
    let mut placed = Placed::new(offset, ciphertext);
    match (key.open_in_place(iv, placed.bytes(), tag, aad), message) {
        (Ok(opened), Some(message)) => assert_eq!(opened, message),
        (Err(_), None) => placed.expect("not sealed", key.backend(), ciphertext),
        (got, _) => panic!("{got:?}"),
    }
}
