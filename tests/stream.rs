//! CBC byte by byte: any split of a message gives what a single call gives.

mod common;

use common::{block, bytes, keys, on_every_backend};
use roundkey::{
    Block, DecryptError, EncryptError, cbc,
    padding::{AnsiX923, Iso7816, NoPadding, Padding, Pkcs7, Zero},
};

const IV: Block = [0x24; 16];

/// A message in pieces of these lengths, again and again, through `update` with a buffer of just the length that is needed.
fn encrypt_in_pieces(
    mut encryptor: cbc::StreamEncryptor<'_, impl Padding>,
    message: &[u8],
    pieces: &[usize],
) -> Result<Vec<u8>, EncryptError> {
    let (mut rest, mut ciphertext, mut taken) = (message, Vec::new(), 0);
    for len in pieces.iter().cycle() {
        let (piece, later) = rest.split_at(rest.len().min(*len));
        let mut out = vec![0xc5; encryptor.update_len(piece.len()) + 1];
        let (last, exact) = out.split_last_mut().unwrap();
        let made = encryptor.update(piece, exact).unwrap();
        ciphertext.extend_from_slice(made);
        assert_eq!((made.len(), *last), (exact.len(), 0xc5));
        taken += piece.len();
        // As much as can be.
        assert_eq!(ciphertext.len(), taken / 16 * 16);
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    ciphertext.extend_from_slice(&encryptor.finish()?);
    Ok(ciphertext)
}

fn decrypt_in_pieces(
    mut decryptor: cbc::StreamDecryptor<'_, impl Padding>,
    ciphertext: &[u8],
    pieces: &[usize],
) -> Result<Vec<u8>, DecryptError> {
    let (mut rest, mut message, mut taken) = (ciphertext, Vec::new(), 0_usize);
    for len in pieces.iter().cycle() {
        let (piece, later) = rest.split_at(rest.len().min(*len));
        let mut out = vec![0; decryptor.update_len(piece.len())];
        message.extend_from_slice(decryptor.update(piece, &mut out).unwrap());
        taken += piece.len();
        // Exactly the last block is held back.
        assert_eq!(message.len(), taken.saturating_sub(1) / 16 * 16);
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    message.extend_from_slice(&decryptor.finish()?);
    Ok(message)
}

const PIECES: [&[usize]; 9] =
    [&[1], &[2, 3], &[15], &[16], &[17], &[1, 0, 31, 7], &[64, 1], &[255, 257], &[usize::MAX]];

#[test]
fn any_split() {
    on_every_backend("CBC in pieces of any length", |cases| {
        for key_bytes in keys() {
            let key = cases.key(&key_bytes);
            for len in (0..=50).chain([63, 64, 65, 511, 512, 1000]) {
                let message = bytes(len as u64, len);
                let mut buffer = [&message[..], &[0; 16]].concat();
                let expected = cbc::encrypt_in_place(&key, &IV, &mut buffer, len).unwrap();
                for pieces in PIECES {
                    let name = || format!("{len} bytes in pieces of {pieces:?}");
                    let encryptor = cbc::StreamEncryptor::new(&key, &IV);
                    let got = encrypt_in_pieces(encryptor, &message, pieces).unwrap();
                    cases.equal(name, &got, expected);
                    let decryptor = cbc::StreamDecryptor::new(&key, &IV);
                    let got = decrypt_in_pieces(decryptor, expected, pieces).unwrap();
                    cases.equal(name, &got, &message);
                }
            }
        }
    });
}

#[test]
#[cfg(feature = "alloc")]
fn into_a_vec() {
    on_every_backend("CBC in pieces, into a Vec", |cases| {
        let key = cases.key(&[7; 16]);
        let message = bytes(1, 300);
        for piece_len in 1..=40 {
            let mut encryptor = cbc::StreamEncryptor::new(&key, &IV);
            let mut ciphertext = vec![0xc5];
            message.chunks(piece_len).for_each(|piece| encryptor.update_vec(piece, &mut ciphertext));
            ciphertext.extend_from_slice(&encryptor.finish().unwrap());
            assert_eq!(ciphertext.remove(0), 0xc5);
            cases.equal(|| format!("pieces of {piece_len}"), &ciphertext, &cbc::encrypt(&key, &IV, &message));

            let mut decryptor = cbc::StreamDecryptor::new(&key, &IV);
            let mut decrypted = vec![0xc5];
            ciphertext.chunks(piece_len).for_each(|piece| decryptor.update_vec(piece, &mut decrypted));
            decrypted.extend_from_slice(&decryptor.finish().unwrap());
            assert_eq!(decrypted.remove(0), 0xc5);
            cases.equal(|| format!("pieces of {piece_len}"), &decrypted, &message);
        }
    });
}

#[test]
fn other_paddings() {
    fn of(padding: impl Padding + Copy) {
        on_every_backend("CBC in pieces, other paddings", |cases| {
            let key = cases.key(&[7; 32]);
            for len in [0, 1, 15, 16, 17, 32, 100] {
                // It doesn't end with a zero.
                let message: Vec<u8> = bytes(2, len).into_iter().map(|byte| byte | 1).collect();
                let mut buffer = [&message[..], &[0; 16]].concat();
                let expected = cbc::encrypt_in_place_with(&key, &IV, &mut buffer, len, padding);
                let encryptor = cbc::StreamEncryptor::with_padding(&key, &IV, padding);
                let got = encrypt_in_pieces(encryptor, &message, &[7]);
                match expected {
                    Ok(expected) => {
                        cases.equal(|| format!("{len} bytes"), &got.unwrap(), expected);
                        let decryptor = cbc::StreamDecryptor::with_padding(&key, &IV, padding);
                        let got = decrypt_in_pieces(decryptor, expected, &[33]).unwrap();
                        cases.equal(|| format!("{len} bytes"), &got, &message);
                    }
                    Err(error) => assert_eq!(got, Err(error)),
                }
            }
        });
    }
    of(Pkcs7);
    of(Iso7816);
    of(AnsiX923);
    of(Zero);
    of(NoPadding);
}

#[test]
fn errors() {
    on_every_backend("CBC in pieces, errors", |cases| {
        let key = cases.key(&[7; 24]);
        // A buffer that is too short: nothing happens, and it goes on with another one.
        let mut encryptor = cbc::StreamEncryptor::new(&key, &IV);
        let mut out = [0xc5; 48];
        assert!(encryptor.update(&[1; 5], &mut []).unwrap().is_empty());
        let error = encryptor.update(&[0xf2; 43], &mut out[..47]).unwrap_err();
        assert_eq!((error.given(), error.needed()), (47, 48));
        cases.equal(|| "untouched".into(), &out, &[0xc5; 48]);
        encryptor.update(&[0xf2; 43], &mut out).unwrap();
        assert_eq!(encryptor.finish().unwrap().len(), 16);

        let mut decryptor = cbc::StreamDecryptor::new(&key, &IV);
        let error = decryptor.update(&out, &mut [0; 31]).unwrap_err();
        assert_eq!((error.given(), error.needed()), (31, 32));
        let mut message = [0; 32];
        decryptor.update(&out, &mut message).unwrap();
        cases.equal(|| "as before".into(), &message, &[&[1; 5][..], &[0xf2; 27]].concat());
        // That was no padding.
        assert_eq!(decryptor.finish().unwrap_err(), DecryptError::Padding);

        for len in [0, 1, 15, 17, 40] {
            let got = decrypt_in_pieces(cbc::StreamDecryptor::new(&key, &IV), &bytes(3, len), &[5]);
            cases.holds(|| format!("{len} bytes"), got == Err(DecryptError::Length(len)));
        }
        // Lengths that no message has.
        assert_eq!(cbc::StreamEncryptor::new(&key, &IV).update_len(usize::MAX), usize::MAX / 16 * 16);
        assert_eq!(cbc::StreamDecryptor::new(&key, &IV).update_len(usize::MAX), usize::MAX / 16 * 16);
    });
}

/// Both can be moved to other threads and shared, and show nothing of the message.
#[test]
fn is_a_good_citizen() {
    fn check<T: Send + Sync + Unpin + Clone + std::fmt::Debug>(value: &T) {
        let text = format!("{value:?}");
        assert!(!text.contains("241") && !text.contains("f1"), "{text}");
    }
    let key = roundkey::Aes::new(&[0xf1; 16]).unwrap();
    let mut encryptor = cbc::StreamEncryptor::new(&key, &block(1));
    encryptor.update(&[0xf1; 10], &mut []).unwrap();
    check(&encryptor);
    let last = encryptor.finish().unwrap();
    assert_eq!((last.as_ref(), last.len()), (&*last, 16));
    check(&last);
    let mut decryptor = cbc::StreamDecryptor::new(&key, &block(1));
    decryptor.update(&[0xf1; 10], &mut []).unwrap();
    check(&decryptor);
}
