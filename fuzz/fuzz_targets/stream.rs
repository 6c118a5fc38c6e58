//! Messages in pieces, with `StreamEncryptor` and `StreamDecryptor`, against the same in one: every padding, whatever becomes of
//! the padding, with places for the output that are longer or too short.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use roundkey::{
    BufferTooShort, EncryptError, cbc,
    padding::{AnsiX923, Iso7816, NoPadding, Padding, Pkcs7, Zero},
};
use roundkey_fuzz::{Pieces, Setup, definition};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    setup: Setup,
    padding: u8,
    pieces: Pieces,
    /// How much longer than need be the place for the output is; after each piece another one.
    room: [i8; 3],
    bytes: &'a [u8],
}

fuzz_target!(|input: Input| match input.padding % 5 {
    0 => of(Pkcs7, definition::PKCS7, &input),
    1 => of(Iso7816, definition::ISO_7816, &input),
    2 => of(AnsiX923, definition::ANSI_X923, &input),
    3 => of(Zero, definition::ZERO, &input),
    _ => of(NoPadding, definition::NONE, &input),
});

fn of(padding: impl Padding + Copy, definition: definition::Padding, input: &Input) {
    let (key, reference, iv, bytes) = (input.setup.key(), input.setup.reference(), &input.setup.iv, input.bytes);

    // The bytes as a message.
    let expected = definition.pad(bytes).map(|mut padded| {
        definition::cbc_encrypt(&reference, iv, padded.as_chunks_mut().0);
        padded
    });
    let mut stream = cbc::StreamEncryptor::with_padding(&key, iv, padding);
    let mut ciphertext = Vec::new();
    let mut rooms = input.room.into_iter().cycle();
    for piece in input.pieces.cut(bytes) {
        let len = stream.update_len(piece.len());
        update(rooms.next(), len, piece, &mut ciphertext, |piece, out| match out {
            Some(out) => stream.update(piece, out).map(|written| written.len()),
            None => {
                let mut out = b"before".to_vec();
                stream.clone().update_vec(piece, &mut out);
                Ok(out.len() - b"before".len())
            }
        });
    }
    match (stream.finish(), expected) {
        (Ok(last), Some(expected)) => assert_eq!([&ciphertext, &*last].concat(), expected),
        (Err(EncryptError::Length(len)), None) => assert_eq!(len, bytes.len()),
        (got, expected) => panic!("{got:?} and not {expected:?}"),
    }

    // As a ciphertext, and as what comes out of one.
    let [mut padded, mut encrypted] = [bytes.to_vec(), bytes.to_vec()];
    definition::cbc_decrypt(&reference, iv, padded.as_chunks_mut().0);
    decrypt(padding, definition, input, bytes, &padded);
    definition::cbc_encrypt(&reference, iv, encrypted.as_chunks_mut().0);
    decrypt(padding, definition, input, &encrypted, bytes);
}

fn decrypt(
    padding: impl Padding + Copy,
    definition: definition::Padding,
    input: &Input,
    ciphertext: &[u8],
    padded: &[u8],
) {
    let key = input.setup.key();
    let mut stream = cbc::StreamDecryptor::with_padding(&key, &input.setup.iv, padding);
    let mut message = Vec::new();
    let mut rooms = input.room.into_iter().cycle();
    for piece in input.pieces.cut(ciphertext) {
        let len = stream.update_len(piece.len());
        update(rooms.next(), len, piece, &mut message, |piece, out| match out {
            Some(out) => stream.update(piece, out).map(|written| written.len()),
            None => {
                let mut out = b"before".to_vec();
                stream.clone().update_vec(piece, &mut out);
                Ok(out.len() - b"before".len())
            }
        });
    }
    match (stream.finish(), definition.unpad(padded)) {
        (Ok(last), Ok(len)) => assert_eq!([&message, &*last].concat(), padded[..len]),
        (Err(error), Err(expected)) => assert_eq!(error, expected),
        (got, expected) => panic!("{got:?} and not {expected:?}"),
    }
    // Whatever it was, what came out is what was in the ciphertext, and the last block was held back.
    assert!(message.len() <= ciphertext.len().saturating_sub(1) && padded.starts_with(&message));
}

/// One piece: if there is too little room it is refused first, and nothing is touched.
fn update(
    room: Option<i8>,
    len: usize,
    piece: &[u8],
    all: &mut Vec<u8>,
    mut call: impl FnMut(&[u8], Option<&mut [u8]>) -> Result<usize, BufferTooShort>,
) {
    let room = room.map_or(0, isize::from);
    let mut out = vec![0x77; len.saturating_add_signed(room)];
    if out.len() < len {
        let error = call(piece, Some(&mut out)).expect_err("there is no room");
        assert_eq!((error.given(), error.needed()), (out.len(), len));
        assert!(out.iter().all(|byte| *byte == 0x77));
        out.resize(len, 0x77);
    }
    // On a clone, so that it isn't taken twice.
    assert_eq!(call(piece, None), Ok(len));
    assert_eq!(call(piece, Some(&mut out)), Ok(len));
    assert!(out[len..].iter().all(|byte| *byte == 0x77));
    all.extend_from_slice(&out[..len]);
}
