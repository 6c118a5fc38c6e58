//! `cbc::Writer` and `cbc::Reader` between streams that behave as streams do, and worse.

#![cfg(feature = "std")]

mod common;

use std::{
    cell::Cell,
    env,
    io::{self, ErrorKind, Read, Write},
    process::Command,
    rc::Rc,
};

use common::{bytes, on_every_backend, say};
use roundkey::{
    Aes, Block, DecryptError, EncryptError, cbc,
    padding::{Iso7816, NoPadding},
};

const IV: Block = [0x24; 16];

/// What a stream does at a call: so many bytes at most, or an error.
#[derive(Clone, Copy, Debug)]
enum Mood {
    Bytes(usize),
    Error(ErrorKind),
}

use Mood::{Bytes, Error};

/// Moods, again and again.
const MOODS: [&[Mood]; 8] = [
    &[Bytes(usize::MAX)],
    &[Bytes(1)],
    &[Bytes(15), Bytes(16), Bytes(17)],
    &[Bytes(3), Error(ErrorKind::Interrupted), Bytes(40)],
    &[Error(ErrorKind::Interrupted), Error(ErrorKind::Interrupted), Bytes(7)],
    &[Bytes(100), Error(ErrorKind::WouldBlock)],
    &[Bytes(33), Error(ErrorKind::Other), Bytes(1)],
    &[Bytes(5000), Error(ErrorKind::TimedOut), Bytes(1)],
];

/// A reader and writer over memory, in changing moods.
struct Moody {
    moods: std::iter::Cycle<std::slice::Iter<'static, Mood>>,
    bytes: Vec<u8>,
    read: usize,
    flushed: usize,
}

impl Moody {
    fn new(moods: &'static [Mood], bytes: &[u8]) -> Self {
        Moody { moods: moods.iter().cycle(), bytes: bytes.to_vec(), read: 0, flushed: 0 }
    }

    fn mood(&mut self, most: usize) -> io::Result<usize> {
        match *self.moods.next().unwrap() {
            Bytes(len) => Ok(len.min(most)),
            Error(kind) => Err(kind.into()),
        }
    }
}

impl Read for Moody {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.mood(out.len().min(self.bytes.len() - self.read))?;
        out[..len].copy_from_slice(&self.bytes[self.read..][..len]);
        self.read += len;
        Ok(len)
    }
}

impl Write for Moody {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.mood(bytes.len())?;
        self.bytes.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed = self.bytes.len();
        Ok(())
    }
}

/// Calls until there is no error that may pass.
fn insist<T>(mut call: impl FnMut() -> io::Result<T>) -> T {
    loop {
        match call() {
            Ok(value) => return value,
            Err(error) if [ErrorKind::InvalidData, ErrorKind::InvalidInput].contains(&error.kind()) => {
                panic!("{error}")
            }
            Err(_) => {}
        }
    }
}

fn write_all(writer: &mut impl Write, mut rest: &[u8], piece: usize) {
    while !rest.is_empty() {
        let len = insist(|| writer.write(&rest[..rest.len().min(piece)]));
        assert!(len > 0);
        rest = &rest[len..];
    }
}

fn read_all(reader: &mut impl Read, piece: usize) -> Vec<u8> {
    let (mut all, mut out) = (Vec::new(), vec![0; piece]);
    loop {
        match insist(|| reader.read(&mut out)) {
            0 => return all,
            len => all.extend_from_slice(&out[..len]),
        }
    }
}

/// As the standard library has it: who writes with something that was interrupted writes again, and doesn't hear of it.
#[test]
fn interrupted_writes_are_repeated() {
    on_every_backend("Writer, interrupted", |cases| {
        let key = cases.key(&[7; 16]);
        let (message, ciphertext) = example(&key, 300);
        let moods = &[Error(ErrorKind::Interrupted), Bytes(7), Error(ErrorKind::Interrupted)];
        let mut writer = cbc::Writer::encrypt(Moody::new(moods, &[]), &key, &IV);
        for piece in message.chunks(100) {
            assert_eq!(writer.write(piece).unwrap(), 100);
        }
        cases.equal(|| "300 bytes".into(), &writer.finish().unwrap().bytes, &ciphertext);
    });
}

/// A message and its ciphertext by a single call.
fn example(key: &Aes, len: usize) -> (Vec<u8>, Vec<u8>) {
    let message = bytes(len as u64, len);
    let ciphertext = cbc::encrypt(key, &IV, &message);
    (message, ciphertext)
}

const LENGTHS: [usize; 10] = [0, 1, 15, 16, 17, 100, 4095, 5000, 70_000, 200_001];
const PIECES: [usize; 6] = [1, 16, 999, 4096, 65_536, 300_000];

#[test]
fn all_moods() {
    on_every_backend("Writer and Reader", |cases| {
        let key = cases.key(&[7; 16]);
        let slow = cases.backend.name() == "reference";
        for len in LENGTHS.into_iter().filter(|len| !slow || *len < 6000) {
            let (message, ciphertext) = example(&key, len);
            for (moods, piece) in MOODS.iter().flat_map(|moods| PIECES.map(|piece| (*moods, piece))) {
                if len > 6000 && piece == 1 {
                    continue;
                }
                let name = || format!("{len} bytes, {piece} at once, {moods:?}");
                let mut writer = cbc::Writer::encrypt(Moody::new(moods, &[]), &key, &IV);
                write_all(&mut writer, &message, piece);
                insist(|| writer.try_finish());
                // Done is done.
                insist(|| writer.try_finish());
                let inner = writer.finish().unwrap();
                cases.equal(name, &inner.bytes, &ciphertext);
                assert_eq!(inner.flushed, ciphertext.len());

                let mut writer = cbc::Writer::decrypt(Moody::new(moods, &[]), &key, &IV);
                write_all(&mut writer, &ciphertext, piece);
                insist(|| writer.try_finish());
                cases.equal(name, &writer.finish().unwrap().bytes, &message);

                let mut reader = cbc::Reader::encrypt(Moody::new(moods, &message), &key, &IV);
                cases.equal(name, &read_all(&mut reader, piece), &ciphertext);
                assert_eq!(insist(|| reader.read(&mut [0; 9])), 0);
                assert_eq!(reader.finish().unwrap().read, len);

                let mut reader = cbc::Reader::decrypt(Moody::new(moods, &ciphertext), &key, &IV);
                cases.equal(name, &read_all(&mut reader, piece), &message);
                assert_eq!(insist(|| reader.read(&mut [0; 9])), 0);
                assert_eq!(reader.finish().unwrap().read, ciphertext.len());
            }
        }
    });
}

/// What std makes of them.
#[test]
fn with_copy() {
    let key = Aes::new(&[7; 32]).unwrap();
    let (message, ciphertext) = example(&key, 1_000_000);
    let mut writer = cbc::Writer::encrypt(Vec::new(), &key, &IV);
    assert_eq!(io::copy(&mut &message[..], &mut writer).unwrap(), 1_000_000);
    assert_eq!(writer.finish().unwrap(), ciphertext);
    let mut decrypted = Vec::new();
    io::copy(&mut cbc::Reader::decrypt(&ciphertext[..], &key, &IV), &mut decrypted).unwrap();
    assert_eq!(decrypted, message);
}

/// After `flush` everything is through but what can't be yet.
#[test]
fn flush() {
    let key = Aes::new(&[7; 16]).unwrap();
    let (message, ciphertext) = example(&key, 100);
    let mut writer = cbc::Writer::encrypt(Vec::new(), &key, &IV);
    writer.write_all(&message[..40]).unwrap();
    writer.flush().unwrap();
    assert_eq!(*writer.get_ref(), ciphertext[..32]);
    writer.write_all(&message[40..]).unwrap();
    assert_eq!(writer.finish().unwrap(), ciphertext);
    let mut writer = cbc::Writer::decrypt(Vec::new(), &key, &IV);
    writer.write_all(&ciphertext[..48]).unwrap();
    writer.flush().unwrap();
    assert_eq!(*writer.get_ref(), message[..32]);
    writer.write_all(&ciphertext[48..]).unwrap();
    assert_eq!(writer.finish().unwrap(), message);
}

fn decrypt_error(error: &io::Error) -> Option<&DecryptError> {
    error.get_ref()?.downcast_ref()
}

/// Whatever is cut off or changed at the end is an error, never the end of a shorter message, however often one asks.
#[test]
fn cut_short() {
    let key = Aes::new(&[7; 16]).unwrap();
    let (_, ciphertext) = example(&key, 100);
    for len in 0..ciphertext.len() {
        let expected = if len % 16 == 0 && len > 0 { DecryptError::Padding } else { DecryptError::Length(len) };
        for piece in [1, 20, 5000] {
            let mut reader = cbc::Reader::decrypt(&ciphertext[..len], &key, &IV);
            let mut out = vec![0; piece];
            let error = loop {
                match reader.read(&mut out) {
                    Ok(read) => assert_ne!(read, 0, "{len} bytes"),
                    Err(error) => break error,
                }
            };
            assert_eq!((error.kind(), decrypt_error(&error)), (ErrorKind::InvalidData, Some(&expected)));
            assert_eq!(reader.read(&mut out).unwrap_err().kind(), ErrorKind::InvalidData);
            assert_eq!(reader.finish().unwrap_err().kind(), ErrorKind::InvalidData);
        }
        let mut writer = cbc::Writer::decrypt(Vec::new(), &key, &IV);
        writer.write_all(&ciphertext[..len]).unwrap();
        for _ in 0..2 {
            let error = writer.try_finish().unwrap_err();
            assert_eq!((error.kind(), decrypt_error(&error)), (ErrorKind::InvalidData, Some(&expected)));
        }
        assert!(writer.finish().is_err());
    }
    // A reader that wasn't read to the end has no end.
    let mut reader = cbc::Reader::decrypt(&ciphertext[..], &key, &IV);
    reader.read_exact(&mut [0; 99]).unwrap();
    assert_eq!(reader.finish().unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn other_paddings() {
    let key = Aes::new(&[7; 16]).unwrap();
    let mut writer = cbc::Writer::encrypt_with(Vec::new(), &key, &IV, Iso7816);
    writer.write_all(b"seventeen bytes..").unwrap();
    let ciphertext = writer.finish().unwrap();
    assert_eq!(ciphertext, cbc::encrypt_with(&key, &IV, b"seventeen bytes..", Iso7816).unwrap());
    let mut message = Vec::new();
    let mut reader = cbc::Reader::decrypt_with(&ciphertext[..], &key, &IV, Iso7816);
    // Nothing is taken from behind it for nothing.
    assert_eq!((reader.read(&mut []).unwrap(), reader.get_ref().len()), (0, 32));
    reader.read_to_end(&mut message).unwrap();
    assert_eq!((&message[..], reader.get_ref().len()), (&b"seventeen bytes.."[..], 0));

    let mut writer = cbc::Writer::encrypt_with(Vec::new(), &key, &IV, NoPadding);
    writer.write_all(&[1; 17]).unwrap();
    let error = writer.try_finish().unwrap_err();
    let inside = error.get_ref().and_then(|error| error.downcast_ref());
    assert_eq!((error.kind(), inside), (ErrorKind::InvalidInput, Some(&EncryptError::Length(17))));
    // It goes on.
    writer.write_all(&[1; 15]).unwrap();
    assert_eq!(writer.finish().unwrap().len(), 32);
    let mut nothing = Vec::new();
    cbc::Reader::encrypt_with(&b""[..], &key, &IV, NoPadding).read_to_end(&mut nothing).unwrap();
    assert!(nothing.is_empty());
}

/// Streams that break their contract are told from those that keep it, and nothing panics.
#[test]
fn liars() {
    struct Liar;
    impl Read for Liar {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            Ok(out.len() + 1)
        }
    }
    impl Write for Liar {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len() + 1)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let key = Aes::new(&[7; 16]).unwrap();
    for piece in [10, 10_000] {
        let error = cbc::Reader::decrypt(Liar, &key, &IV).read(&mut vec![0; piece]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
    let mut writer = cbc::Writer::encrypt(Liar, &key, &IV);
    writer.write_all(&[1; 100]).unwrap();
    writer.finish().unwrap();

    #[derive(Debug)]
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Ok(0)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = cbc::Writer::encrypt(Full, &key, &IV);
    writer.write_all(&[1; 100]).unwrap();
    assert_eq!(writer.write(&[1]).unwrap_err().kind(), ErrorKind::WriteZero);
    assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::WriteZero);
}

/// A reader that goes on after its end: what failed there stays failed, and a message that was whole is not added to.
#[test]
fn goes_on_after_the_end() {
    let key = Aes::new(&[7; 16]).unwrap();
    let (message, ciphertext) = example(&key, 100);
    for cut in [40, 48, ciphertext.len()] {
        for piece in [20, 5000] {
            // The end comes once, between two readers of which neither is at its end for good.
            let mut parts = [&ciphertext[..cut], &ciphertext[..]].into_iter();
            let mut part: &[u8] = parts.next().unwrap();
            let inner = ReadFn(|out: &mut [u8]| {
                let read = part.read(out)?;
                if read == 0 {
                    part = parts.next().unwrap_or_default();
                }
                Ok(read)
            });
            let mut reader = cbc::Reader::decrypt(inner, &key, &IV);
            let (mut got, mut out) = (Vec::new(), vec![0; piece]);
            let end = loop {
                match reader.read(&mut out) {
                    Ok(0) => break Ok(()),
                    Ok(len) => got.extend_from_slice(&out[..len]),
                    Err(error) => break Err(error.kind()),
                }
            };
            let whole = cut == ciphertext.len();
            assert_eq!(end, if whole { Ok(()) } else { Err(ErrorKind::InvalidData) });
            assert_eq!(whole, got == message);
            for _ in 0..3 {
                assert_eq!(reader.read(&mut out).map_err(|error| error.kind()), end.map(|()| 0));
            }
        }
    }
}

/// A reader made of a function.
struct ReadFn<F>(F);

impl<F: FnMut(&mut [u8]) -> io::Result<usize>> Read for ReadFn<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        (self.0)(out)
    }
}

/// What comes after the end is refused.
#[test]
fn after_the_end() {
    let key = Aes::new(&[7; 16]).unwrap();
    let mut writer = cbc::Writer::encrypt(Vec::new(), &key, &IV);
    writer.write_all(b"all").unwrap();
    writer.try_finish().unwrap();
    assert_eq!(writer.write(b"more").unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(writer.finish().unwrap(), cbc::encrypt(&key, &IV, b"all"));
}

/// A writer that is dropped has not written a last block by itself: nobody takes what it wrote for the whole.
#[test]
fn dropped_unfinished() {
    struct Counting(Rc<Cell<usize>>);
    impl Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.set(self.0.get() + bytes.len());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let key = Aes::new(&[7; 16]).unwrap();
    let written = Rc::default();
    let mut writer = cbc::Writer::encrypt(Counting(Rc::clone(&written)), &key, &IV);
    writer.write_all(&[1; 100]).unwrap();
    writer.flush().unwrap();
    drop(writer);
    assert_eq!(written.get(), 96);
}

#[test]
fn goes_anywhere() {
    fn check<T: Send + Sync + Unpin + std::fmt::Debug + 'static>(_: T) {}
    let key = Aes::new(&[7; 16]).unwrap();
    check(cbc::Reader::decrypt(io::empty(), &key, &IV));
    let mut writer = cbc::Writer::encrypt(Vec::new(), &key, &IV);
    writer.try_finish().unwrap();
    check(writer);
}

/// In a program of its own, as a test's standard error is the harness's: this one, again.
#[test]
fn an_unfinished_writer_says_so_in_debug_builds() {
    const AGAIN: &str = "ROUNDKEY_UNFINISHED_WRITER";
    let key = Aes::new(&[7; 16]).unwrap();
    if let Ok(how) = env::var(AGAIN) {
        let mut writer = cbc::Writer::encrypt(io::sink(), &key, &IV);
        writer.write_all(b"the beginning").unwrap();
        match &*how {
            "finished" => _ = writer.finish().unwrap(),
            "panicked" => panic!("while there is a writer"),
            _ => {}
        }
        return;
    }
    let start = |arguments: &[&str], how| {
        let program = env::current_exe()?;
        Command::new(program).args(arguments).env(AGAIN, how).output()
    };
    // Emulators of other processors can't, and not all of them say so.
    if !start(&["--list"], "").is_ok_and(|output| output.status.success()) {
        return say("unfinished writers: NOT RUN, the program can't start itself");
    }
    for (how, said) in [("dropped", cfg!(debug_assertions)), ("finished", false), ("panicked", false)] {
        let this = ["--exact", "an_unfinished_writer_says_so_in_debug_builds", "--nocapture"];
        let output = start(&this, how).unwrap();
        assert_eq!(output.status.success(), how != "panicked", "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.contains("dropped without finish()"), said, "{how}: {stderr}");
    }
}
