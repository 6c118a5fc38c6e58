//! The paddings: what each makes of every length, and what each takes back, against a plain reading of its definition.

mod common;

use common::{block, bytes, cbc_encrypt_by_definition, keys, on_every_backend, oracle};
use roundkey::{
    Aes, Block, DecryptError, DecryptIntoError, EncryptError, cbc, ecb,
    padding::{Added, AnsiX923, Iso7816, NoPadding, Padding, Pkcs7, Zero},
};

/// A padding in plain words: the bytes that are added to a message of so many bytes, and the message that a last block ends.
struct Definition {
    name: &'static str,
    added: fn(usize) -> Option<Vec<u8>>,
    removed: fn(&Block) -> Option<usize>,
}

/// To a multiple of 16, at least one.
fn missing(len: usize) -> usize {
    16 - len % 16
}

const PKCS7: Definition = Definition {
    name: "PKCS#7",
    added: |len| Some(vec![missing(len) as u8; missing(len)]),
    removed: |block| {
        let n = usize::from(block[15]);
        ((1..=16).contains(&n) && block[16 - n..].iter().all(|byte| usize::from(*byte) == n)).then(|| 16 - n)
    },
};

const ISO_7816: Definition = Definition {
    name: "ISO/IEC 7816-4",
    added: |len| Some([&[0x80], &vec![0; missing(len) - 1][..]].concat()),
    removed: |block| {
        let end = block.iter().rposition(|byte| *byte != 0)?;
        (block[end] == 0x80).then_some(end)
    },
};

const ANSI_X923: Definition = Definition {
    name: "ANSI X9.23",
    added: |len| Some([&vec![0; missing(len) - 1][..], &[missing(len) as u8]].concat()),
    removed: |block| {
        let n = usize::from(block[15]);
        ((1..=16).contains(&n) && block[16 - n..15].iter().all(|byte| *byte == 0)).then(|| 16 - n)
    },
};

const ZERO: Definition = Definition {
    name: "zeros",
    added: |len| Some(vec![0; missing(len) % 16]),
    removed: |block| Some(block.iter().rposition(|byte| *byte != 0).map_or(0, |end| end + 1)),
};

const NONE: Definition =
    Definition { name: "none", added: |len| len.is_multiple_of(16).then(Vec::new), removed: |_| Some(16) };

/// What each adds to twelve bytes, spelt out: the definitions above, checked.
#[test]
fn examples() {
    let dd = |tail: &[u8]| [&vec![0xdd; 16 - tail.len()][..], tail].concat();
    let cases: [(&Definition, Vec<u8>); 4] = [
        (&ANSI_X923, dd(&[0, 0, 0, 4])),
        (&ISO_7816, dd(&[0x80, 0, 0, 0])),
        (&PKCS7, dd(&[4, 4, 4, 4])),
        (&ZERO, dd(&[0, 0, 0, 0])),
    ];
    for (definition, padded) in cases {
        let got = [vec![0xdd; 12], (definition.added)(12).unwrap()].concat();
        assert_eq!(got, padded, "{}", definition.name);
        assert_eq!((definition.removed)(&padded.try_into().unwrap()), Some(12), "{}", definition.name);
    }
}

/// Every message length up to a few blocks, in both modes and all forms of call, on every backend.
#[test]
fn every_length() {
    fn of(padding: impl Padding + Copy, definition: &Definition) {
        on_every_backend(&format!("padding with {}", definition.name), |cases| {
            let key_bytes = &keys()[0];
            let (oracle, key, iv) = (oracle(key_bytes), cases.key(key_bytes), block(3));
            for len in (0..=65).chain([160, 255, 256]) {
                // The message ends with something that is neither zero nor the mark.
                let mut text = bytes(len as u64, len);
                if let Some(last) = text.last_mut() {
                    *last = 0x41;
                }
                let Some(added) = (definition.added)(len) else {
                    refused(&key, &iv, &text, padding);
                    continue;
                };
                let padded = [&text[..], &added].concat();
                let [mut in_ecb, mut in_cbc] = [padded.clone(), padded];
                in_ecb.as_chunks_mut().0.iter_mut().for_each(|block| oracle.encrypt_block(block));
                cbc_encrypt_by_definition(&oracle, &iv, in_cbc.as_chunks_mut().0);

                let mut buffer = [&text[..], &[0xc5; 20]].concat();
                let got = ecb::encrypt_in_place_with(&key, &mut buffer, len, padding).unwrap();
                cases.equal(|| format!("ECB, {len} bytes"), got, &in_ecb);
                let got = ecb::decrypt_in_place_with(&key, &mut buffer[..in_ecb.len()], padding).unwrap();
                cases.equal(|| format!("ECB back, {len} bytes"), got, &text);

                let mut buffer = [&text[..], &[0xc5; 20]].concat();
                let got = cbc::encrypt_in_place_with(&key, &iv, &mut buffer, len, padding).unwrap();
                cases.equal(|| format!("CBC, {len} bytes"), got, &in_cbc);
                let got = cbc::decrypt_in_place_with(&key, &iv, &mut buffer[..in_cbc.len()], padding).unwrap();
                cases.equal(|| format!("CBC back, {len} bytes"), got, &text);
                assert!(buffer[in_cbc.len()..].iter().all(|byte| *byte == 0xc5));

                let mut out = vec![0xc5; in_cbc.len() + 3];
                assert_eq!(ecb::encrypt_into_with(&key, &text, &mut out, padding).unwrap(), in_ecb);
                assert_eq!(cbc::encrypt_into_with(&key, &iv, &text, &mut out, padding).unwrap(), in_cbc);
                assert_eq!(ecb::decrypt_into_with(&key, &in_ecb, &mut out, padding).unwrap(), text);
                assert_eq!(cbc::decrypt_into_with(&key, &iv, &in_cbc, &mut out, padding).unwrap(), text);
                assert_eq!(out[in_cbc.len()..], [0xc5; 3]);
                if let Some(short) = in_cbc.len().checked_sub(1) {
                    let error = cbc::encrypt_into_with(&key, &iv, &text, &mut out[..short], padding).unwrap_err();
                    assert!(matches!(error, EncryptError::Buffer(error) if error.needed() == in_cbc.len()));
                    let error = cbc::decrypt_into_with(&key, &iv, &in_cbc, &mut out[..short], padding).unwrap_err();
                    assert!(matches!(error, DecryptIntoError::Buffer(error) if error.needed() == in_cbc.len()));
                }
                #[cfg(feature = "alloc")]
                {
                    assert_eq!(ecb::encrypt_with(&key, &text, padding).unwrap(), in_ecb);
                    assert_eq!(cbc::encrypt_with(&key, &iv, &text, padding).unwrap(), in_cbc);
                    assert_eq!(ecb::decrypt_with(&key, &in_ecb, padding).unwrap(), text);
                    assert_eq!(cbc::decrypt_with(&key, &iv, &in_cbc, padding).unwrap(), text);
                }
            }
        });
    }
    of(Pkcs7, &PKCS7);
    of(Iso7816, &ISO_7816);
    of(AnsiX923, &ANSI_X923);
    of(Zero, &ZERO);
    of(NoPadding, &NONE);
}

/// A message that can't be padded is left as it was.
fn refused(key: &Aes, iv: &Block, text: &[u8], padding: impl Padding + Copy) {
    let wrong = EncryptError::Length(text.len());
    let mut buffer = [text, &[0; 16]].concat();
    let before = buffer.clone();
    assert_eq!(ecb::encrypt_in_place_with(key, &mut buffer, text.len(), padding), Err(wrong));
    assert_eq!(cbc::encrypt_in_place_with(key, iv, &mut buffer, text.len(), padding), Err(wrong));
    assert_eq!(ecb::encrypt_into_with(key, text, &mut buffer, padding), Err(wrong));
    assert_eq!(cbc::encrypt_into_with(key, iv, text, &mut buffer, padding), Err(wrong));
    assert_eq!(buffer, before);
    #[cfg(feature = "alloc")]
    {
        assert_eq!(ecb::encrypt_with(key, text, padding), Err(wrong));
        assert_eq!(cbc::encrypt_with(key, iv, text, padding), Err(wrong));
    }
}

/// Last blocks of every kind: each last byte, each byte that could be a mark, in each place, with each byte before it and
/// zeros or the same behind it.
#[test]
fn every_ending() {
    fn of(padding: impl Padding, definition: &Definition) {
        let (mut right, mut wrong) = (0, 0);
        let mut check = |block: Block| {
            let expected = (definition.removed)(&block);
            assert_eq!(
                padding.unpad(&block).into_option().map(usize::from),
                expected,
                "{}: {block:02x?}",
                definition.name
            );
            *(if expected.is_some() { &mut right } else { &mut wrong }) += 1;
        };
        for (place, byte, fill) in (0..16).flat_map(|place| {
            (0..=255_u8).flat_map(move |byte| [0, 0x80, 0x10, 0x41, byte].map(move |fill| (place, byte, fill)))
        }) {
            let mut block = [fill; 16];
            block[place] = byte;
            for behind in [0, byte, fill] {
                block[place + 1..].fill(behind);
                check(block);
                for last in (0..=17).chain([0x7f, 0x80, 0x81, 0xff]) {
                    block[15] = last;
                    check(block);
                }
            }
        }
        assert!(right > 1000 && (wrong > 1000 || matches!(definition.name, "zeros" | "none")));
    }
    of(Pkcs7, &PKCS7);
    of(Iso7816, &ISO_7816);
    of(AnsiX923, &ANSI_X923);
    of(Zero, &ZERO);
    of(NoPadding, &NONE);
}

/// Wrong padding zeroes everything, whichever padding it is; a wrong length touches nothing.
#[test]
fn errors() {
    fn of(padding: impl Padding + Copy, ending: Option<u8>, empty_is_right: bool) {
        on_every_backend("errors of paddings", |cases| {
            let (key, iv) = (cases.key(&[7; 32]), block(8));
            if let Some(ending) = ending {
                let mut ciphertext = bytes(4, 80);
                ciphertext[79] = ending;
                cbc::Encryptor::new(&key, &iv).encrypt_blocks(ciphertext.as_chunks_mut().0);
                let mut out = [1; 90];
                let error = cbc::decrypt_into_with(&key, &iv, &ciphertext, &mut out, padding).unwrap_err();
                assert_eq!(error, DecryptIntoError::Decrypt(DecryptError::Padding));
                cases.holds(|| "zeroed".into(), out[..80] == [0; 80] && out[80..] == [1; 10]);
                let error = cbc::decrypt_in_place_with(&key, &iv, &mut ciphertext, padding).unwrap_err();
                assert_eq!(error, DecryptError::Padding);
                cases.holds(|| "zeroed in place".into(), ciphertext == [0; 80]);
            }
            for len in (0..=33).filter(|len| len % 16 != 0 || (*len == 0 && !empty_is_right)) {
                let mut ciphertext = bytes(5, len);
                let error = cbc::decrypt_in_place_with(&key, &iv, &mut ciphertext, padding).unwrap_err();
                assert_eq!(error, DecryptError::Length(len));
                cases.equal(|| format!("{len} bytes"), &ciphertext, &bytes(5, len));
            }
            if empty_is_right {
                assert!(cbc::decrypt_in_place_with(&key, &iv, &mut [], padding).unwrap().is_empty());
                assert!(ecb::decrypt_in_place_with(&key, &mut [], padding).unwrap().is_empty());
            }
        });
    }
    of(Pkcs7, Some(0), false);
    of(Iso7816, Some(1), false);
    of(AnsiX923, Some(17), false);
    of(Zero, None, true);
    of(NoPadding, None, true);
}

/// A padding of one's own, and one that claims more of the message than a block holds.
#[test]
fn brought_along() {
    use subtle::{Choice, CtOption};
    struct Ones(u8);
    impl Padding for Ones {
        const ADDED: Added = Added::IfNeeded;
        fn pad(&self, block: &mut Block, message_len: usize) {
            block[message_len..].fill(0xff);
        }
        fn unpad(&self, block: &Block) -> CtOption<u8> {
            let ones = block.iter().rev().take_while(|byte| **byte == 0xff).count();
            CtOption::new(16 - ones as u8 + self.0, Choice::from(1))
        }
    }
    let key = Aes::new(&[7; 16]).unwrap();
    let mut buffer = [1; 32];
    ecb::encrypt_in_place_with(&key, &mut buffer, 19, Ones(0)).unwrap();
    assert_eq!(ecb::decrypt_in_place_with(&key, &mut buffer, Ones(0)).unwrap(), [1; 19]);
    ecb::encrypt_in_place_with(&key, &mut buffer, 19, Ones(0)).unwrap();
    assert_eq!(ecb::decrypt_in_place_with(&key, &mut buffer, Ones(200)).unwrap().len(), 32);
}
