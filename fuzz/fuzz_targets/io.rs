//! `cbc::Writer` and `cbc::Reader` over streams that take and give little, fail, are interrupted, claim to have done more than they
//! were asked: whatever happens, nothing is lost or doubled, and nothing is decrypted twice. And over streams that panic: that was all
//! then, and nobody is told that it was the end.
#![no_main]

use std::{
    io::{self, ErrorKind, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use roundkey::{DecryptError, cbc};
use roundkey_fuzz::{
    Pieces, Setup,
    definition::{self, PKCS7},
    streams::{Moody, Planned, Script},
};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    setup: Setup,
    /// How many bytes are written or read at once.
    pieces: Pieces,
    moods: [u8; 12],
    /// Short messages are made longer.
    times: u8,
    bytes: &'a [u8],
}

/// So that there is more than the largest buffer, once in a while.
const LONG: usize = 70_000;

fuzz_target!(|input: Input| {
    let Input { setup, pieces, moods, times, bytes } = input;
    let (key, reference, iv) = (setup.key(), setup.reference(), &setup.iv);
    let slow = key.backend().name() == "reference";
    let times = if slow || times < 255 { 1 } else { LONG / bytes.len().max(1) };
    let bytes = &bytes.repeat(times)[..];
    let script = Script::new(moods.to_vec());

    let mut ciphertext = PKCS7.pad(bytes).expect("it takes any length");
    // For long ones the library itself is quick enough; `differential` says that it is right.
    if times == 1 {
        definition::cbc_encrypt(&reference, iv, ciphertext.as_chunks_mut().0);
    } else {
        cbc::Encryptor::new(&key, iv).encrypt_blocks(ciphertext.as_chunks_mut().0);
    }

    let mut writer = cbc::Writer::encrypt(Moody::new(script.clone(), &[]), &key, iv);
    assert_eq!(write(&mut writer, bytes, pieces), Ok(()));
    assert_eq!(writer.get_ref().flushed, ciphertext.len());
    assert!(writer.get_ref().bytes == ciphertext);

    let mut writer = cbc::Writer::decrypt(Moody::new(script.clone(), &[]), &key, iv);
    assert_eq!(write(&mut writer, &ciphertext, pieces), Ok(()));
    assert!(writer.get_ref().bytes == bytes);

    let mut all = Vec::new();
    let mut reader = cbc::Reader::encrypt(Moody::new(script.clone(), bytes), &key, iv);
    assert_eq!(read(&mut reader, pieces, bytes.len(), &mut all), Ok(()));
    assert!(all == ciphertext);

    let mut reader = cbc::Reader::decrypt(Moody::new(script.clone(), &ciphertext), &key, iv);
    all.clear();
    assert_eq!(read(&mut reader, pieces, bytes.len(), &mut all), Ok(()));
    assert!(all == bytes);
    assert_eq!(reader.finish().expect("all was read").read, ciphertext.len());

    // The bytes themselves, and what would be them when decrypted: most have a wrong padding, and the end is the same each time.
    if times == 1 {
        let [mut padded, mut encrypted] = [bytes.to_vec(), bytes.to_vec()];
        definition::cbc_decrypt(&reference, iv, padded.as_chunks_mut().0);
        definition::cbc_encrypt(&reference, iv, encrypted.as_chunks_mut().0);
        for (ciphertext, padded) in [(bytes, &padded[..]), (&encrypted, bytes)] {
            let end = PKCS7.unpad(padded).map(drop);
            let mut writer = cbc::Writer::decrypt(Moody::new(script.clone(), &[]), &key, iv);
            assert_eq!(write(&mut writer, ciphertext, pieces), end);
            assert!(padded.starts_with(&writer.get_ref().bytes));
            if end.is_err() {
                assert_eq!(insist(|| writer.try_finish()), end);
            }
            let mut reader = cbc::Reader::decrypt(Moody::new(script.clone(), ciphertext), &key, iv);
            all.clear();
            assert_eq!(read(&mut reader, pieces, bytes.len(), &mut all), end);
            assert!(padded.starts_with(&all));
            assert_eq!(insist(|| reader.read(&mut [0; 9])), end.map(|()| 0));
        }
    }

    let behind = |bytes: &[u8]| Moody::new(script.clone().with_panics(), bytes);
    write_until_panic(cbc::Writer::encrypt(behind(&[]), &key, iv), bytes, pieces, &ciphertext);
    write_until_panic(cbc::Writer::decrypt(behind(&[]), &key, iv), &ciphertext, pieces, bytes);
    read_until_panic(cbc::Reader::encrypt(behind(bytes), &key, iv), pieces, &ciphertext);
    read_until_panic(cbc::Reader::decrypt(behind(&ciphertext), &key, iv), pieces, bytes);
});

/// Calls until there is no error that may pass. What is wrong with a ciphertext is an answer.
fn insist<T>(mut call: impl FnMut() -> io::Result<T>) -> Result<T, DecryptError> {
    loop {
        match call() {
            Ok(value) => return Ok(value),
            Err(error) if error.kind() == ErrorKind::InvalidInput => panic!("{error}"),
            Err(error) => {
                if let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<DecryptError>()) {
                    return Err(*error);
                }
            }
        }
    }
}

/// Whether the stream behind has panicked, as it had planned.
fn panics<T>(work: impl FnOnce() -> T) -> bool {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => false,
        Err(panic) if panic.is::<Planned>() => true,
        Err(panic) => resume_unwind(panic),
    }
}

/// Writes until the writer behind panics, if it does: it has got the beginning of what it was to get, and gets no more.
fn write_until_panic(mut writer: cbc::Writer<Moody>, bytes: &[u8], pieces: Pieces, expected: &[u8]) {
    if panics(|| write(&mut writer, bytes, pieces)) {
        let written = writer.get_ref().bytes.len();
        assert!(expected.starts_with(&writer.get_ref().bytes));
        for result in [writer.write(b"more").map(drop), writer.flush(), writer.try_finish()] {
            assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::Other));
        }
        assert_eq!(writer.get_ref().bytes.len(), written);
    }
}

/// The same for a reader, which reads no more.
fn read_until_panic(mut reader: cbc::Reader<Moody>, pieces: Pieces, expected: &[u8]) {
    let mut all = Vec::new();
    if panics(|| read(&mut reader, pieces, expected.len(), &mut all)) {
        let taken = reader.get_ref().read;
        assert!(expected.starts_with(&all));
        assert_eq!(reader.read(&mut [0; 9]).map_err(|error| error.kind()), Err(ErrorKind::Other));
        assert_eq!(reader.get_ref().read, taken);
        assert!(reader.finish().is_err());
    }
}

fn write(writer: &mut cbc::Writer<Moody>, bytes: &[u8], pieces: Pieces) -> Result<(), DecryptError> {
    for mut rest in pieces.cut(bytes) {
        while !rest.is_empty() {
            let len = insist(|| writer.write(rest))?;
            assert!((1..=rest.len()).contains(&len));
            rest = &rest[len..];
        }
    }
    insist(|| writer.flush())?;
    insist(|| writer.try_finish())
}

/// Appends all that there is, and says how it ended.
fn read(reader: &mut cbc::Reader<Moody>, pieces: Pieces, len: usize, all: &mut Vec<u8>) -> Result<(), DecryptError> {
    // Until the end, however many bytes a piece is; none is no end.
    let lengths: Vec<usize> = pieces.lengths(len.max(1)).filter(|len| *len > 0).take(64).collect();
    for len in lengths.iter().cycle() {
        let mut out = vec![0; *len];
        match insist(|| reader.read(&mut out)) {
            Ok(0) => return Ok(()),
            Ok(read) => all.extend_from_slice(&out[..read]),
            Err(error) => return Err(error),
        }
    }
    unreachable!("there is a length")
}
