//! Load: gigabytes through every mode, as one message wherever the mode chains, on the fastest backend and on the next.
//!
//! What comes out of both goes into SHA-256, and the hashes are compared after every gigabyte, so that where they part is known. The
//! ordinary suite does it with a few megabytes. The whole of it, 20 GiB a mode or as many as the variable says, with what each backend
//! took for it:
//!
//! ```text
//! ROUNDKEY_LOAD_GIB=20 cargo test --release --all-features --test load -- --ignored --nocapture --test-threads 1
//! ```

#![cfg(feature = "std")]

mod common;

use std::{
    env,
    io::{self, Read, Write},
    time::{Duration, Instant},
};

use common::{backends, block, bytes, say};
use roundkey::{
    Aes, Backend, Block, cbc,
    cts::{self, Variant},
    padding::NoPadding,
};
use sha2::{Digest, Sha256};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// A mode: takes all that comes from the source, and hands over what it makes of it.
type Mode = fn(Backend, &mut Source, &mut Drain);

const MODES: &[(&str, Mode)] = &[
    ("ECB, encryption", |backend, source, drain| source.through(drain, |blocks| key(backend).encrypt_blocks(blocks))),
    ("ECB, decryption", |backend, source, drain| source.through(drain, |blocks| key(backend).decrypt_blocks(blocks))),
    ("CBC, encryption", |backend, source, drain| {
        let key = key(backend);
        let mut encryptor = cbc::Encryptor::new(&key, &IV);
        source.through(drain, |blocks| encryptor.encrypt_blocks(blocks));
    }),
    ("CBC, decryption", |backend, source, drain| {
        let key = key(backend);
        let mut decryptor = cbc::Decryptor::new(&key, &IV);
        source.through(drain, |blocks| decryptor.decrypt_blocks(blocks));
    }),
    ("encrypt_many", encrypt_many),
    ("StreamEncryptor", stream_encryptor),
    ("StreamDecryptor", stream_decryptor),
    ("Writer, encryption", |backend, source, drain| write(cbc::Writer::encrypt(drain, &key(backend), &IV), source)),
    ("Writer, decryption", |backend, source, drain| {
        write(cbc::Writer::decrypt_with(drain, &key(backend), &IV, NoPadding), source);
    }),
    ("Reader, encryption", |backend, source, drain| read(cbc::Reader::encrypt(source, &key(backend), &IV), drain)),
    ("Reader, decryption", |backend, source, drain| {
        read(cbc::Reader::decrypt_with(source, &key(backend), &IV, NoPadding), drain);
    }),
    ("CTS, encryption", |backend, source, drain| {
        stealing(source, drain, |variant, message| {
            cts::encrypt_in_place(&key(backend), &IV, variant, message).unwrap()
        });
    }),
    ("CTS, decryption", |backend, source, drain| {
        stealing(source, drain, |variant, message| {
            cts::decrypt_in_place(&key(backend), &IV, variant, message).unwrap()
        });
    }),
    #[cfg(feature = "cbc-hmac")]
    ("cbc_hmac, sealed and opened", sealed),
];

const IV: Block = [0x24; 16];

fn key(backend: Backend) -> Aes {
    Aes::with_backend(&bytes(1, 32), backend).unwrap()
}

/// Where the message comes from: blocks of which no two are the same, in chunks.
struct Source {
    /// What all chunks are made from.
    pattern: Vec<u8>,
    chunk: Vec<u8>,
    /// How much of the chunk [`Read`] has handed out.
    read: usize,
    numbers: std::ops::Range<u64>,
    took: Duration,
}

impl Source {
    /// Of so many bytes, whole blocks.
    fn new(len: u64) -> Self {
        let pattern = bytes(2, 1 << 22);
        Source { chunk: pattern.clone(), read: pattern.len(), pattern, numbers: 0..len / 16, took: Duration::ZERO }
    }

    /// The next chunk, or an empty one.
    fn next(&mut self) -> &mut [u8] {
        let start = Instant::now();
        // A mode has left its result there.
        let len = self.chunk.len();
        self.chunk.copy_from_slice(&self.pattern[..len]);
        let blocks = self.chunk.as_chunks_mut::<16>().0;
        let mut len = 0;
        for (block, number) in blocks.iter_mut().zip(self.numbers.by_ref()) {
            block[..8].copy_from_slice(&number.to_le_bytes());
            len += 1;
        }
        self.took += start.elapsed();
        blocks[..len].as_flattened_mut()
    }

    /// All of it in place.
    fn through(&mut self, drain: &mut Drain, mut mode: impl FnMut(&mut [Block])) {
        loop {
            let chunk = self.next();
            if chunk.is_empty() {
                return;
            }
            mode(chunk.as_chunks_mut().0);
            drain.take(chunk);
        }
    }
}

impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.read == self.chunk.len() {
            let len = self.next().len();
            self.chunk.truncate(len);
            self.read = 0;
        }
        let start = Instant::now();
        let len = out.len().min(self.chunk.len() - self.read);
        out[..len].copy_from_slice(&self.chunk[self.read..][..len]);
        self.read += len;
        self.took += start.elapsed();
        Ok(len)
    }
}

/// Where the result goes: into a hash, of which there is one after every gigabyte.
struct Drain {
    hash: Sha256,
    bytes: u64,
    marks: Vec<[u8; 32]>,
    took: Duration,
}

impl Drain {
    fn take(&mut self, mut bytes: &[u8]) {
        let start = Instant::now();
        while !bytes.is_empty() {
            let to_the_mark = GIB - self.bytes % GIB;
            let (now, later) = bytes.split_at(bytes.len().min(to_the_mark as usize));
            self.hash.update(now);
            self.bytes += now.len() as u64;
            if self.bytes.is_multiple_of(GIB) {
                self.marks.push(self.hash.clone().finalize().into());
            }
            bytes = later;
        }
        self.took += start.elapsed();
    }
}

impl Write for &mut Drain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// 61 messages that go on in every chunk, no two of which have the same number of blocks there.
fn encrypt_many(backend: Backend, source: &mut Source, drain: &mut Drain) {
    let key = key(backend);
    let mut ivs: Vec<Block> = (0..61).map(block).collect();
    source.through(drain, |mut blocks| {
        let mut messages = Vec::new();
        for (i, iv) in ivs.iter().enumerate() {
            let len = if i == 60 { blocks.len() } else { (4000 + 7 * i).min(blocks.len()) };
            let (message, rest) = blocks.split_at_mut(len);
            messages.push(cbc::Message { iv: *iv, blocks: message });
            blocks = rest;
        }
        cbc::encrypt_many(&key, &mut messages);
        for (iv, message) in ivs.iter_mut().zip(&messages) {
            *iv = message.iv;
        }
    });
}

/// Lengths of pieces of which few are whole blocks.
const PIECES: [usize; 5] = [70_001, 4096, 15, 1 << 20, 333_333];

fn stream_encryptor(backend: Backend, source: &mut Source, drain: &mut Drain) {
    let (key, mut out, mut piece) = (key(backend), vec![0; (1 << 20) + 16], vec![0; 1 << 20]);
    let mut encryptor = cbc::StreamEncryptor::new(&key, &IV);
    for len in PIECES.into_iter().cycle() {
        let len = source.read(&mut piece[..len]).unwrap();
        if len == 0 {
            break;
        }
        drain.take(encryptor.update(&piece[..len], &mut out).unwrap());
    }
    drain.take(&encryptor.finish().unwrap());
}

fn stream_decryptor(backend: Backend, source: &mut Source, drain: &mut Drain) {
    let (key, mut out, mut piece) = (key(backend), vec![0; (1 << 20) + 16], vec![0; 1 << 20]);
    let mut decryptor = cbc::StreamDecryptor::with_padding(&key, &IV, NoPadding);
    for len in PIECES.into_iter().cycle() {
        let len = source.read(&mut piece[..len]).unwrap();
        if len == 0 {
            break;
        }
        drain.take(decryptor.update(&piece[..len], &mut out).unwrap());
    }
    drain.take(&decryptor.finish().unwrap());
}

fn write<P: roundkey::padding::Padding>(mut writer: cbc::Writer<&mut Drain, P>, source: &mut Source) {
    loop {
        let chunk = source.next();
        if chunk.is_empty() {
            break;
        }
        writer.write_all(chunk).unwrap();
    }
    writer.finish().unwrap();
}

fn read(mut reader: impl Read, drain: &mut Drain) {
    let mut out = vec![0; 1 << 20];
    for len in PIECES.into_iter().cycle() {
        let len = reader.read(&mut out[..len]).unwrap();
        if len == 0 {
            return;
        }
        drain.take(&out[..len]);
    }
}

/// Messages of some 64 MiB with every kind of end, and the variants in turn.
fn stealing(source: &mut Source, drain: &mut Drain, mode: impl Fn(Variant, &mut [u8])) {
    let mut message = Vec::new();
    for (number, variant) in [Variant::Cs1, Variant::Cs2, Variant::Cs3].into_iter().cycle().enumerate() {
        message.clear();
        source.take((64 * MIB) + number as u64 % 16).read_to_end(&mut message).unwrap();
        // The last may be too short for it, which both sides see alike.
        if message.len() < 16 {
            return;
        }
        mode(variant, &mut message);
        drain.take(&message);
    }
}

/// Messages of some 64 MiB.
#[cfg(feature = "cbc-hmac")]
fn sealed(backend: Backend, source: &mut Source, drain: &mut Drain) {
    let key = roundkey::cbc_hmac::Key::with_backend(&bytes(3, 64), backend).unwrap();
    let mut message = Vec::new();
    for number in 0.. {
        message.clear();
        let len = source.take((64 * MIB) + number % 16).read_to_end(&mut message).unwrap();
        if len == 0 {
            return;
        }
        let aad = number.to_be_bytes();
        message.resize(len + 16, 0);
        let (ciphertext, tag) = key.seal_in_place(&IV, &mut message, len, &aad).unwrap();
        drain.take(ciphertext);
        drain.take(&tag);
        drain.take(key.open_in_place(&IV, ciphertext, &tag, &aad).unwrap());
    }
}

/// So many bytes through a mode; and what it took, without what made the message and what became of the result.
fn run(mode: Mode, backend: Backend, len: u64) -> (Drain, Duration) {
    let (mut source, start) = (Source::new(len), Instant::now());
    let mut drain = Drain { hash: Sha256::new(), bytes: 0, marks: Vec::new(), took: Duration::ZERO };
    mode(backend, &mut source, &mut drain);
    let all = start.elapsed();
    assert!(source.numbers.is_empty(), "not all of it was taken");
    let took = all.saturating_sub(source.took + drain.took);
    (drain, took)
}

/// The fastest backend and the next; not `reference`, which would take hours.
fn two_backends() -> Option<[Backend; 2]> {
    let mut backends = backends().filter(|backend| backend.name() != "reference");
    let two = backends.next().zip(backends.next());
    if two.is_none() {
        say("load: NOT RUN, there is but one backend to run it on");
    }
    two.map(|(fastest, next)| [fastest, next])
}

/// So many bytes through each mode, and of each mode the figures, if they say anything.
fn load(len: u64, figures: bool) {
    let Some(backends) = two_backends() else { return };
    let [fastest, next] = backends;
    for (name, mode) in MODES {
        let [(ours, our_time), (theirs, their_time)] = backends.map(|backend| run(*mode, backend, len));
        let part = ours.marks.iter().zip(&theirs.marks).position(|(one, other)| one != other);
        assert_eq!(part, None, "{name}: {fastest} and {next} differ within the gigabyte of this number");
        assert_eq!(ours.bytes, theirs.bytes, "{name}");
        let hashes = [ours.hash, theirs.hash].map(|hash| hex::encode(hash.finalize()));
        assert_eq!(hashes[0], hashes[1], "{name}: {fastest} and {next} differ behind the last whole gigabyte");
        if figures {
            let of = |backend: Backend, time: Duration, hash: &str| {
                let seconds = time.as_secs_f64();
                format!("{backend} {seconds:.1} s, {:.2} GB/s, {hash}", len as f64 / seconds / 1e9)
            };
            let [ours, theirs] = [of(fastest, our_time, &hashes[0]), of(next, their_time, &hashes[1])];
            say(&format!("load: {name}: {len} bytes; {ours}; {theirs}"));
        }
    }
    say(&format!("load: {len} bytes through each of {} modes, {fastest} as {next}", MODES.len()));
}

#[test]
fn megabytes() {
    load(5 * MIB + 16, false);
}

#[test]
#[ignore = "it takes many minutes"]
fn gigabytes() {
    let gib: u64 = env::var("ROUNDKEY_LOAD_GIB").map_or(20, |gib| gib.parse().expect("ROUNDKEY_LOAD_GIB: a number"));
    load(gib * GIB, true);
}

/// More than 2³² bytes in one call: the blocks around that place, and the last ones, by the block cipher and the definitions of the
/// modes; and all of it against another backend that gets it in pieces.
#[test]
#[ignore = "it takes 4 GiB of memory"]
#[cfg(target_pointer_width = "64")]
fn more_than_4_gib_at_once() {
    const BLOCKS: usize = (1 << 28) + 1000;
    let Some([fastest, next]) = two_backends() else { return };
    let (key, other) = (key(fastest), key(next));
    let oracle = common::oracle(&bytes(1, 32));
    let message = |at: usize| u128::from_le_bytes(IV).wrapping_mul(at as u128 | 1).to_le_bytes();
    let mut blocks = vec![Block::default(); BLOCKS];
    let places = [1, (1 << 28) - 40, (1 << 28) - 1, 1 << 28, (1 << 28) + 1, BLOCKS - 1];
    let fill = |blocks: &mut [Block]| (0..).zip(blocks).for_each(|(at, block)| *block = message(at));
    let hash_in_pieces = |mode: &mut dyn FnMut(&mut [Block])| {
        let (mut piece, mut hash) = (vec![Block::default(); 1 << 16], Sha256::new());
        for start in (0..BLOCKS).step_by(1 << 16) {
            let len = (BLOCKS - start).min(1 << 16);
            (start..).zip(&mut piece).for_each(|(at, block)| *block = message(at));
            mode(&mut piece[..len]);
            hash.update(piece[..len].as_flattened());
        }
        hash.finalize()
    };

    fill(&mut blocks);
    key.encrypt_blocks(&mut blocks);
    for at in places {
        let mut expected = message(at);
        oracle.encrypt_block(&mut expected);
        assert_eq!(blocks[at], expected, "ECB, encryption, block {at}");
    }
    let expected = hash_in_pieces(&mut |piece| other.encrypt_blocks(piece));
    assert!(Sha256::digest(blocks.as_flattened()) == expected, "ECB, encryption");
    key.decrypt_blocks(&mut blocks);
    let wrong = (0..).zip(&blocks).position(|(at, block)| *block != message(at));
    assert_eq!(wrong, None, "ECB, decryption: this block");

    cbc::Encryptor::new(&key, &IV).encrypt_blocks(&mut blocks);
    for at in places {
        let mut expected = common::xor(&message(at), &blocks[at - 1]);
        oracle.encrypt_block(&mut expected);
        assert_eq!(blocks[at], expected, "CBC, encryption, block {at}");
    }
    let mut encryptor = cbc::Encryptor::new(&other, &IV);
    let expected = hash_in_pieces(&mut |piece| encryptor.encrypt_blocks(piece));
    assert!(Sha256::digest(blocks.as_flattened()) == expected, "CBC, encryption");
    cbc::Decryptor::new(&key, &IV).decrypt_blocks(&mut blocks);
    let wrong = (0..).zip(&blocks).position(|(at, block)| *block != message(at));
    assert_eq!(wrong, None, "CBC, decryption: this block");

    // One message so long, and short ones before and behind it.
    let (mut before, mut behind) = ([message(7); 3], [message(8); 2]);
    let mut messages = [
        cbc::Message { iv: IV, blocks: &mut before },
        cbc::Message { iv: IV, blocks: &mut blocks },
        cbc::Message { iv: IV, blocks: &mut behind },
    ];
    cbc::encrypt_many(&key, &mut messages);
    assert!(Sha256::digest(blocks.as_flattened()) == expected, "encrypt_many");
    cbc::Decryptor::new(&key, &IV).decrypt_blocks(&mut blocks);

    // All but one byte: the message's end is that of the definition in tests/cts.rs.
    let buffer = blocks.as_flattened_mut();
    let len = buffer.len() - 1;
    cts::encrypt_in_place(&key, &IV, Variant::Cs3, &mut buffer[..len]).unwrap();
    cts::decrypt_in_place(&other, &IV, Variant::Cs3, &mut buffer[..len]).unwrap();
    let wrong = (0..).zip(&blocks).position(|(at, block)| *block != message(at));
    assert_eq!(wrong, None, "ciphertext stealing: this block");
    say(&format!("{} bytes at once: {fastest} as by definition, and as {next} in pieces", 16 * BLOCKS));
}

/// A stream knows how many bytes it has taken, and tells them if they are no whole blocks: past 2³² of them too, where a `usize` says
/// so many.
#[test]
#[ignore = "it takes many seconds"]
#[cfg(target_pointer_width = "64")]
fn a_stream_of_more_than_4_gib_knows_its_length() {
    let key = key(Backend::detect());
    let (piece, mut out) = (vec![0; 1 << 20], vec![0; (1 << 20) + 16]);
    let mut decryptor = cbc::StreamDecryptor::new(&key, &IV);
    for _ in 0..1 << 12 {
        decryptor.update(&piece, &mut out).unwrap();
    }
    decryptor.update(&[0; 5], &mut out).unwrap();
    assert_eq!(decryptor.finish().unwrap_err(), roundkey::DecryptError::Length((1 << 32) + 5));
}

/// The length of additional data goes into the tag in bits, as 64 of them: 2³² are passed at 512 MiB (RFC 7518 section 5.2.2.1).
#[test]
#[ignore = "it takes half a gigabyte of memory"]
#[cfg(feature = "cbc-hmac")]
fn additional_data_of_more_than_4_gibibits() {
    use hmac::{Hmac, KeyInit, Mac};

    let (secret, aad) = (bytes(3, 32), vec![0x5c; (1 << 29) + 1]);
    let key = roundkey::cbc_hmac::Key::new(&secret).unwrap();
    let mut buffer = [7; 16];
    let (ciphertext, tag) = key.seal_in_place(&IV, &mut buffer, 0, &aad).unwrap();
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&secret[..16]).unwrap();
    let mac = mac.chain_update(&aad).chain_update(IV).chain_update(&*ciphertext);
    let expected = mac.chain_update([0, 0, 0, 1, 0, 0, 0, 8]).finalize().into_bytes();
    assert_eq!(*tag, expected[..16]);
}
