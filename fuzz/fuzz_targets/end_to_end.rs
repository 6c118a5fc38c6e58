//! The formats of the example `end_to_end`: what is encrypted is what the format's table says, and what comes out of a file that was
//! changed is the beginning of what went in, in whole chunks, and then an error. (RSA is a stand-in; a chunk is 128 bytes.)
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey, PublicEncryptingKey};
use formats::{
    end_to_end::{CHUNK, Message, classic},
    files::Input as FileIn,
};
use libfuzzer_sys::fuzz_target;
use roundkey::{Aes, Backend};
use roundkey_fuzz::{Change, definition};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    most: u8,
    changes: [Change; 2],
    /// Two chunks that change places.
    swapped: [u8; 2],
    bytes: &'a [u8],
}

static PRIVATE: LazyLock<PrivateDecryptingKey> =
    LazyLock::new(|| PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("a key"));
static PUBLIC: LazyLock<PublicEncryptingKey> = LazyLock::new(|| PRIVATE.public_key());

/// Magic and length, and an RSA ciphertext.
const HEADER: usize = 8 + 2 + 256;
/// IV, a block of padding and the tag.
const SEALED: usize = 16 + CHUNK + 16 + 32;

fuzz_target!(|input: Input| {
    let Input { most, changes, swapped, bytes } = input;
    let most = usize::from(most).max(1);

    let mut file = Vec::new();
    let message = Message::new(&PUBLIC).expect("a key");
    message.encrypt(FileIn::new(bytes, most), &mut file).expect("it is memory");
    as_in_the_table(&file, bytes);
    assert_eq!(decrypt(&file, most), (bytes.to_vec(), true));

    let mut changed = file.clone();
    swap(&mut changed[HEADER..], swapped);
    changes.iter().for_each(|change| change.apply(&mut changed));
    let (got, whole) = decrypt(&changed, most);
    assert!(bytes.starts_with(&got));
    assert_eq!(whole, changed == file);
    assert!(whole || got.len().is_multiple_of(CHUNK));

    // What comes from elsewhere, and the beginning of one with the rest of another.
    let (got, whole) = decrypt(bytes, most);
    if whole {
        as_in_the_table(bytes, &got);
    }
    let (got, whole) = decrypt(&[&file[..HEADER], bytes].concat(), most);
    assert!(!whole && got.is_empty());

    match classic::encrypt(&PUBLIC, bytes) {
        Ok(ciphertext) => {
            assert_eq!(*classic::decrypt(&PRIVATE, &ciphertext).expect("it was encrypted"), bytes);
            let mut changed = ciphertext.clone();
            changes[0].apply(&mut changed);
            let _ = classic::decrypt(&PRIVATE, &changed);
        }
        Err(_) => assert!(bytes.len() > 256 - 42),
    }
    let _ = classic::decrypt(&PRIVATE, bytes);
});

/// What comes out, and whether it is said to be all.
fn decrypt(file: &[u8], most: usize) -> (Vec<u8>, bool) {
    let (mut input, mut output) = (FileIn::new(file, most), Vec::new());
    let result = Message::read(&PRIVATE, &mut input).and_then(|message| message.decrypt(&mut input, &mut output));
    (output, result.is_ok())
}

fn as_in_the_table(file: &[u8], bytes: &[u8]) {
    let (header, sealed) = file.split_at(HEADER);
    assert_eq!(header[..10], *b"end2end\x01\x01\x00");
    // The stand-in for RSA hides nothing.
    let secret = &header[13..77];
    let reference = |key: &[u8]| {
        Aes::with_backend(key, Backend::available().last().expect("there is one")).expect("half of the secret")
    };
    // There is always a shorter one in the end.
    let chunks = bytes.chunks_exact(CHUNK).chain([bytes.chunks_exact(CHUNK).remainder()]);
    let mut expected = Vec::new();
    for (number, chunk) in chunks.enumerate() {
        let iv = sealed[expected.len()..].first_chunk().expect("there is another");
        let additional = [header, &(number as u64).to_be_bytes()].concat();
        expected.extend(definition::cbc_hmac_seal(secret, reference, iv, chunk, &additional));
    }
    assert_eq!(sealed, expected);
}

fn swap(sealed: &mut [u8], which: [u8; 2]) {
    let chunks = sealed.as_chunks_mut::<SEALED>().0;
    if !chunks.is_empty() {
        let [one, other] = which.map(|which| usize::from(which) % chunks.len());
        chunks.swap(one, other);
    }
}
