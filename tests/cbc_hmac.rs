//! Authenticated CBC: RFC 7518 appendix B and the same algorithms in Python, and that nothing else can be opened.

mod common;

use common::{Cases, block, bytes, hex_field, json, list, on_every_backend};
use hmac::{Hmac, KeyInit, Mac};
use roundkey::{Aes128, Aes256, Backend, Block, InvalidKeyLength, OpenError, cbc_hmac::Key};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

const KEY_LENGTHS: [usize; 3] = [32, 48, 64];

fn key(cases: &Cases<'_>, key: &[u8]) -> Key {
    Key::with_backend(key, cases.backend).unwrap()
}

/// `vectors/cbc-hmac`: the RFC's, and every length of a message up to five blocks.
#[test]
fn vectors() {
    let file = json("cbc-hmac/cbc_hmac.json");
    on_every_backend("CBC with HMAC", |cases| {
        for vector in list(&file, "vectors") {
            let [bytes, aad, plaintext, ciphertext, tag] =
                ["key", "aad", "plaintext", "ciphertext", "tag"].map(|name| hex_field(vector, name));
            let iv: Block = hex_field(vector, "iv").try_into().unwrap();
            let (algorithm, len) = (&vector["algorithm"], plaintext.len());
            let name = |what| move || format!("{what}, {algorithm}, {len} bytes");
            let key = key(cases, &bytes);

            let mut buffer = plaintext.to_vec();
            buffer.resize(plaintext.len() + 20, 0xc5);
            let (got, got_tag) = key.seal_in_place(&iv, &mut buffer, plaintext.len(), &aad).unwrap();
            cases.equal(name("ciphertext"), got, &ciphertext);
            cases.equal(name("tag"), &got_tag, &tag);
            cases.equal(name("opened in place"), key.open_in_place(&iv, got, &tag, &aad).unwrap(), &plaintext);
            cases.holds(name("behind"), buffer[ciphertext.len()..].iter().all(|byte| *byte == 0xc5));

            #[cfg(feature = "alloc")]
            {
                let sealed = [&iv[..], &ciphertext, &tag].concat();
                cases.equal(name("sealed"), &key.seal_with_iv(&iv, &plaintext, &aad), &sealed);
                cases.equal(name("opened"), &key.open(&sealed, &aad).unwrap(), &plaintext);
            }
        }
    });
}

/// A message of many pieces, by the definition.
#[test]
fn long_messages() {
    on_every_backend("CBC with HMAC, long messages", |cases| {
        for len in [4095, 4096, 4097, 3 * 4096 - 1, 100_000] {
            let (both, iv, aad, plaintext) = (bytes(1, 64), block(2), bytes(3, 300), bytes(4, len));
            let (mac_key, enc_key) = both.split_at(32);
            let mut expected = plaintext.clone();
            expected.resize(len + 16, 0);
            let cipher = Aes256::try_from(enc_key).unwrap();
            let expected = roundkey::cbc::encrypt_in_place(&cipher, &iv, &mut expected, len).unwrap().to_vec();
            let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(mac_key).unwrap();
            mac.update(&[&aad[..], &iv, &expected, &(8_u64 * 300).to_be_bytes()].concat());

            let mut buffer = plaintext.clone();
            buffer.resize(len + 16, 0);
            let key = key(cases, &both);
            let (got, tag) = key.seal_in_place(&iv, &mut buffer, len, &aad).unwrap();
            cases.equal(|| format!("ciphertext, {len} bytes"), got, &expected);
            cases.equal(|| format!("tag, {len} bytes"), &tag, &mac.finalize().into_bytes()[..32]);
            cases.equal(|| format!("{len} bytes"), key.open_in_place(&iv, got, &tag, &aad).unwrap(), &plaintext);
        }
    });
}

/// Every bit of IV, additional data, ciphertext and tag, and every other key, length of the tag, and boundary between what
/// is authenticated.
#[test]
fn anything_changed_is_refused() {
    on_every_backend("CBC with HMAC, changed", |cases| {
        for key_len in KEY_LENGTHS {
            let key = key(cases, &bytes(1, key_len));
            let (iv, aad) = (block(2), bytes(3, 21));
            let mut buffer = bytes(4, 48);
            let (ciphertext, tag) = key.seal_in_place(&iv, &mut buffer, 40, &aad).unwrap();
            let (ciphertext, tag) = (ciphertext.to_vec(), tag.to_vec());
            let mut refused = |what: &str, iv: &Block, aad: &[u8], ciphertext: &[u8], tag: &[u8]| {
                let mut buffer = ciphertext.to_vec();
                let error = key.open_in_place(iv, &mut buffer, tag, aad).unwrap_err();
                cases.holds(|| format!("{what}: {error}"), error == OpenError::Tag);
                cases.equal(|| format!("{what}: untouched"), &buffer, ciphertext);
                #[cfg(feature = "alloc")]
                {
                    let opened = key.open(&[&iv[..], ciphertext, tag].concat(), aad);
                    cases.holds(|| format!("{what}, in one: {opened:?}"), opened.is_err());
                }
            };
            for bit in 0..8 * iv.len() {
                refused("IV", &flipped(&iv, bit).try_into().unwrap(), &aad, &ciphertext, &tag);
            }
            for bit in 0..8 * aad.len() {
                refused("additional data", &iv, &flipped(&aad, bit), &ciphertext, &tag);
            }
            for bit in 0..8 * ciphertext.len() {
                refused("ciphertext", &iv, &aad, &flipped(&ciphertext, bit), &tag);
            }
            for bit in 0..8 * tag.len() {
                refused("tag", &iv, &aad, &ciphertext, &flipped(&tag, bit));
            }
            for len in 0..tag.len() {
                refused("part of the tag", &iv, &aad, &ciphertext, &tag[..len]);
            }
            refused("tag and more", &iv, &aad, &ciphertext, &[&tag[..], &[0]].concat());
            refused("fewer blocks", &iv, &aad, &ciphertext[..32], &tag);
            refused("blocks in another order", &iv, &aad, &ciphertext[16..].repeat(2), &tag);
            // What was additional data can't become IV or ciphertext, as its length is authenticated.
            let moved: Block = aad[aad.len() - 16..].try_into().unwrap();
            let more = [&iv[..], &ciphertext].concat();
            refused("another boundary", &moved, &aad[..aad.len() - 16], &more, &tag);

            let other = Key::with_backend(&flipped(&bytes(1, key_len), 8 * key_len - 1), cases.backend).unwrap();
            let mut buffer = ciphertext.clone();
            // Of the other half of the key the tag knows nothing, so the padding refuses, in all but one of 255 cases.
            let error = other.open_in_place(&iv, &mut buffer, &tag, &aad);
            cases.holds(|| "another key for AES".into(), error == Err(OpenError::Tag));
            let other = Key::with_backend(&flipped(&bytes(1, key_len), 0), cases.backend).unwrap();
            let mut buffer = ciphertext.clone();
            let error = other.open_in_place(&iv, &mut buffer, &tag, &aad);
            cases.holds(|| "another key for the tag".into(), error == Err(OpenError::Tag));
        }
    });
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[bit / 8] ^= 1 << (bit % 8);
    flipped
}

/// Somebody with the key makes a right tag for a wrong padding: the same error, and nothing of the message.
#[test]
fn wrong_padding_under_a_right_tag() {
    on_every_backend("CBC with HMAC, wrong padding", |cases| {
        let both = bytes(1, 32);
        let (mac_key, enc_key) = both.split_at(16);
        let mut blocks = [[0x41; 16], [0; 16]];
        let cipher = Aes128::with_backend(enc_key.try_into().unwrap(), cases.backend);
        roundkey::cbc::Encryptor::new(&cipher, &[9; 16]).encrypt_blocks(&mut blocks);
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(mac_key).unwrap();
        mac.update(&[&[9; 16], blocks.as_flattened(), &[0; 8]].concat());
        let tag = mac.finalize().into_bytes();
        let key = key(cases, &both);

        #[cfg(feature = "alloc")]
        {
            let sealed = [&[9; 16], blocks.as_flattened(), &tag[..16]].concat();
            cases.holds(|| "Vec".into(), key.open(&sealed, b"") == Err(OpenError::Tag));
        }
        let error = key.open_in_place(&[9; 16], blocks.as_flattened_mut(), &tag[..16], b"");
        cases.holds(|| "in place".into(), error == Err(OpenError::Tag));
        cases.equal(|| "wiped".into(), blocks.as_flattened(), &[0; 32]);
    });
}

/// Lengths that nothing sealed has, and those that it has.
#[test]
fn lengths() {
    for key_len in KEY_LENGTHS {
        let key = Key::new(&bytes(1, key_len)).unwrap();
        let tag_len = key_len / 2;
        assert_eq!(key.tag_len(), tag_len);
        for len in 0..=200 {
            let mut buffer = vec![7; len];
            let right = len != 0 && len % 16 == 0;
            let expected = if right { OpenError::Tag } else { OpenError::Length { given: len, least: 16 } };
            assert_eq!(key.open_in_place(&[9; 16], &mut buffer, &[0; 16], b""), Err(expected));
            assert_eq!(buffer, vec![7; len]);
            #[cfg(feature = "alloc")]
            {
                let least = 32 + tag_len;
                let right = len >= least && (len - least) % 16 == 0;
                let expected = if right { OpenError::Tag } else { OpenError::Length { given: len, least } };
                assert_eq!(key.open(&buffer, b""), Err(expected), "{len} bytes");
            }
        }
        for len in 0..=40 {
            let error = key.seal_in_place(&[9; 16], &mut [7; 64][..len], len, b"").unwrap_err();
            assert_eq!((error.given(), error.needed()), (len, len / 16 * 16 + 16));
        }
    }
}

#[test]
fn keys() {
    for len in 0..=130 {
        let key: Result<Key, InvalidKeyLength> = Key::try_from(&bytes(1, len)[..]);
        assert_eq!(key.is_ok(), KEY_LENGTHS.contains(&len));
        if let Err(error) = key {
            let text = error.to_string();
            assert!(text.starts_with(&format!("key of {len} byte")), "{text}");
            assert!(text.ends_with("CBC with HMAC takes 32, 48 or 64"), "{text}");
        }
    }
    for (key, algorithm) in [
        (Key::a128cbc_hs256(&[0xab; 32]), "A128CBC-HS256"),
        (Key::a192cbc_hs384(&[0xab; 48]), "A192CBC-HS384"),
        (Key::a256cbc_hs512(&[0xab; 64]), "A256CBC-HS512"),
    ] {
        let backend = Backend::detect();
        assert_eq!(format!("{key:?}"), format!("Key {{ algorithm: {algorithm:?}, backend: {backend}, .. }}"));
    }
    let (_, tag) = Key::a192cbc_hs384(&[0xab; 48]).seal_in_place(&[9; 16], &mut [0; 16], 5, b"").unwrap();
    assert_eq!(format!("{tag:?}"), "Tag { len: 24, .. }");
    assert_eq!((tag.as_ref(), tag.len()), (&*tag, 24));
    assert!(bool::from(tag.ct_eq(&tag.clone())));
    let (_, other) = Key::a192cbc_hs384(&[0xab; 48]).seal_in_place(&[9; 16], &mut [0; 16], 6, b"").unwrap();
    assert!(!bool::from(tag.ct_eq(&other)));
    // The clone lives on.
    let key = Key::a256cbc_hs512(&[7; 64]);
    let clone = key.clone();
    drop(key);
    let mut buffer = [1; 32];
    let (ciphertext, tag) = clone.seal_in_place(&[9; 16], &mut buffer, 20, b"").unwrap();
    assert_eq!(Key::a256cbc_hs512(&[7; 64]).open_in_place(&[9; 16], ciphertext, &tag, b"").unwrap(), [1; 20]);
}

/// Every message under an IV of its own.
#[cfg(all(feature = "alloc", feature = "getrandom"))]
#[test]
fn random_ivs() {
    let key = Key::a128cbc_hs256(&[7; 32]);
    let sealed: Vec<_> = (0..100).map(|_| key.seal(b"the same message", b"aad").unwrap()).collect();
    let ivs: std::collections::HashSet<_> = sealed.iter().map(|sealed| &sealed[..16]).collect();
    assert_eq!(ivs.len(), 100);
    for sealed in &sealed {
        assert_eq!(key.open(sealed, b"aad").unwrap(), b"the same message");
    }
}
