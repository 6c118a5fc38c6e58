//! Accumulated vectors: what each mode makes of cases that are derived from their numbers, in one hash, against the same in
//! Python (`vectors/accumulated`, where the cases are described as well).
//!
//! The ordinary suite takes a thousand cases of each mode. All that there are hashes of, on all backends but `reference`:
//!
//! ```text
//! cargo test --release --all-features --test accumulated -- --ignored --nocapture
//! ```

mod common;

use std::time::Instant;

use common::{backends, on_every_backend, say, vectors};
use roundkey::{
    Aes, Backend, Block, DecryptError, EncryptError, cbc,
    cts::{self, Variant},
    ecb,
    padding::{AnsiX923, Iso7816, NoPadding, Padding, Pkcs7, Zero},
};
#[cfg(feature = "cbc-hmac")]
use roundkey::{OpenError, cbc_hmac};
use sha2::{Digest, Sha256, Sha512};

/// A case of a mode: draws what it needs, and hands over what comes out.
type Case = fn(Backend, &mut Draws, &mut Results);

const MODES: &[(&str, Case)] = &[
    ("ecb", ecb_blocks),
    ("ecb-pkcs7", |backend, draws, results| padded(backend, draws, results, Mode::Ecb, Pkcs7)),
    ("cbc", cbc_blocks),
    ("cbc-pkcs7", |backend, draws, results| padded(backend, draws, results, Mode::Cbc, Pkcs7)),
    ("cbc-iso7816", |backend, draws, results| padded(backend, draws, results, Mode::Cbc, Iso7816)),
    ("cbc-x923", |backend, draws, results| padded(backend, draws, results, Mode::Cbc, AnsiX923)),
    ("cbc-zero", |backend, draws, results| padded(backend, draws, results, Mode::Cbc, Zero)),
    ("cbc-none", |backend, draws, results| padded(backend, draws, results, Mode::Cbc, NoPadding)),
    ("cbc-stream", stream),
    #[cfg(feature = "std")]
    ("cbc-reader-writer", reader_writer),
    ("cbc-many", many),
    ("cbc-cs1", |backend, draws, results| stealing(backend, draws, results, Variant::Cs1)),
    ("cbc-cs2", |backend, draws, results| stealing(backend, draws, results, Variant::Cs2)),
    ("cbc-cs3", |backend, draws, results| stealing(backend, draws, results, Variant::Cs3)),
    #[cfg(feature = "cbc-hmac")]
    ("cbc-hmac", sealed),
];

#[test]
fn a_thousand_cases() {
    on_every_backend("accumulated vectors, hashes over up to 1,000 cases", |hashes| {
        for (mode, case) in MODES {
            accumulate(mode, *case, hashes.backend, 1000, |cases, got, expected| {
                hashes.equal(|| format!("{mode}, {cases} cases"), got, expected);
            });
        }
        assert_eq!(hashes.count(), 4 * MODES.len());
    });
}

#[test]
#[ignore = "it takes minutes"]
fn all_cases() {
    for backend in backends() {
        if backend.name() == "reference" {
            say("all accumulated vectors: reference NOT RUN, it would take too long");
            continue;
        }
        for (mode, case) in MODES {
            let (start, last) = (Instant::now(), hashes_of(mode).last().expect(mode).0);
            accumulate(mode, *case, backend, last, |cases, got, expected| {
                assert!(got == expected, "{mode} on {backend}: not the hash of {cases} cases");
            });
            say(&format!("{last} cases of {mode} on {backend} in {:.1} s", start.elapsed().as_secs_f64()));
        }
    }
}

/// After how many cases of a mode Python noted a hash, and which.
fn hashes_of(mode: &str) -> Vec<(usize, Vec<u8>)> {
    let file = vectors("accumulated/accumulated.txt");
    let lines = file.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let hash = |line: Vec<&str>| match line[..] {
        [of, cases, hash] if of == mode => Some((cases.parse().unwrap(), common::unhex(hash, mode))),
        _ => None,
    };
    lines.filter_map(hash).collect()
}

/// Takes the first cases of a mode, and compares the hash wherever Python noted one: after 1, 10, 100 and so on, so that it is known
/// about where the first wrong one is.
fn accumulate(mode: &str, case: Case, backend: Backend, cases: usize, mut compare: impl FnMut(usize, &[u8], &[u8])) {
    let mut noted = hashes_of(mode).into_iter();
    let mut results = Results(Sha256::new());
    let mut number = 0;
    while number < cases {
        let (next, expected) = noted.next().unwrap_or_else(|| panic!("no hash of {cases} cases of {mode}"));
        while number < next {
            number += 1;
            case(backend, &mut Draws::new(mode, number), &mut results);
        }
        compare(number, &results.0.clone().finalize(), &expected);
    }
}

/// What came out, as it goes into the hash.
struct Results(Sha256);

impl Results {
    fn done(&mut self, result: &[u8]) {
        self.0.update([0]);
        self.0.update(u32::try_from(result.len()).unwrap().to_be_bytes());
        self.0.update(result);
    }

    fn wrong_length(&mut self) {
        self.0.update([1]);
    }

    fn wrong_padding(&mut self) {
        self.0.update([2]);
    }

    #[cfg(feature = "cbc-hmac")]
    fn wrong_tag(&mut self) {
        self.0.update([3]);
    }

    fn encrypted(&mut self, result: Result<&[u8], EncryptError>) {
        match result {
            Ok(ciphertext) => self.done(ciphertext),
            Err(EncryptError::Length(_)) => self.wrong_length(),
            Err(error) => panic!("{error}"),
        }
    }

    fn decrypted(&mut self, result: Result<&[u8], DecryptError>) {
        match result {
            Ok(message) => self.done(message),
            Err(DecryptError::Length(_)) => self.wrong_length(),
            Err(DecryptError::Padding) => self.wrong_padding(),
        }
    }
}

/// Bytes for a case: SHA-512 of mode, number and a counter, as many as are asked for, in the order in which they are asked for.
struct Draws {
    seed: Sha512,
    counter: usize,
    hash: [u8; 64],
    /// How much of the hash was taken.
    taken: usize,
}

impl Draws {
    fn new(mode: &str, number: usize) -> Self {
        Draws { seed: Sha512::new_with_prefix(format!("{mode} {number} ")), counter: 0, hash: [0; 64], taken: 64 }
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.taken == self.hash.len() {
                self.hash = self.seed.clone().chain_update(self.counter.to_string()).finalize().into();
                self.counter += 1;
                self.taken = 0;
            }
            *byte = self.hash[self.taken];
            self.taken += 1;
        }
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        bytes
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::from(u16::from_be_bytes(self.array())) % limit
    }

    fn one_of(&mut self, choice: &[usize]) -> usize {
        choice[self.below(choice.len())]
    }

    fn key(&mut self, backend: Backend) -> Aes {
        let len = self.one_of(&[16, 24, 32]);
        Aes::with_backend(&self.take(len), backend).unwrap()
    }

    /// 0 to 1024 bytes, most of them short.
    fn message(&mut self) -> Vec<u8> {
        let limit = self.one_of(&[17, 65, 257, 1025]);
        let len = self.below(limit);
        self.take(len)
    }

    /// 0 to 128 blocks, most of them few.
    fn blocks(&mut self) -> Vec<u8> {
        let limit = self.one_of(&[2, 9, 33, 129]);
        let len = 16 * self.below(limit);
        self.take(len)
    }

    /// 0 to 8 blocks, and one that ends as one of the paddings does, or nearly so.
    fn padded(&mut self) -> Vec<u8> {
        let len = 16 * self.below(9);
        let before = self.take(len);
        let mut last: Block = self.array();
        let count = self.below(18);
        let end = &mut last[16 - count.min(16)..];
        match self.below(4) {
            0 => end.fill(count as u8),
            kind => {
                end.fill(0);
                match (kind, end) {
                    (1, [.., byte]) => *byte = count as u8,
                    (2, [byte, ..]) => *byte = 0x80,
                    _ => {}
                }
            }
        }
        if self.below(2) == 1 {
            let at = self.below(16);
            let [change] = self.array();
            last[at] ^= change;
        }
        [&before[..], &last].concat()
    }

    /// The lengths of the first pieces of a message.
    fn pieces(&mut self) -> Vec<usize> {
        let count = self.below(9);
        let mut len = || {
            let limit = self.one_of(&[2, 18, 65, 301]);
            self.below(limit)
        };
        (0..count).map(|_| len()).collect()
    }
}

/// The two modes with their padded messages.
#[derive(Clone, Copy)]
enum Mode {
    Ecb,
    Cbc,
}

/// What encrypts and decrypts in a case.
struct Cipher {
    mode: Mode,
    key: Aes,
    iv: Block,
}

impl Cipher {
    fn new(backend: Backend, draws: &mut Draws, mode: Mode) -> Self {
        Cipher { mode, key: draws.key(backend), iv: draws.array() }
    }

    fn encrypt_blocks(&self, blocks: &mut [Block]) {
        match self.mode {
            Mode::Ecb => self.key.encrypt_blocks(blocks),
            Mode::Cbc => cbc::Encryptor::new(&self.key, &self.iv).encrypt_blocks(blocks),
        }
    }

    /// A ciphertext for decryption: the one that was made, or another.
    fn what_came(&self, draws: &mut Draws, ciphertext: &[u8]) -> Vec<u8> {
        match draws.below(8) {
            0..=2 => ciphertext.to_vec(),
            3..=4 => {
                let mut blocks = draws.padded();
                self.encrypt_blocks(blocks.as_chunks_mut().0);
                blocks
            }
            5 => draws.blocks(),
            6 => draws.message(),
            _ => ciphertext[..draws.below(ciphertext.len() + 1)].to_vec(),
        }
    }
}

fn ecb_blocks(backend: Backend, draws: &mut Draws, results: &mut Results) {
    let Cipher { key, .. } = Cipher::new(backend, draws, Mode::Ecb);
    let blocks = draws.blocks();
    let split = draws.below(blocks.len() / 16 + 1);
    for in_blocks in [Aes::encrypt_blocks, Aes::decrypt_blocks] {
        let mut blocks = blocks.clone();
        let (first, second) = blocks.as_chunks_mut().0.split_at_mut(split);
        in_blocks(&key, first);
        in_blocks(&key, second);
        results.done(&blocks);
    }
}

fn cbc_blocks(backend: Backend, draws: &mut Draws, results: &mut Results) {
    let Cipher { key, iv, .. } = Cipher::new(backend, draws, Mode::Cbc);
    let blocks = draws.blocks();
    let split = draws.below(blocks.len() / 16 + 1);

    let (mut encryptor, mut encrypted) = (cbc::Encryptor::new(&key, &iv), blocks.clone());
    let (first, second) = encrypted.as_chunks_mut().0.split_at_mut(split);
    encryptor.encrypt_blocks(first);
    encryptor.encrypt_blocks(second);
    results.done(&encrypted);

    let (mut decryptor, mut decrypted) = (cbc::Decryptor::new(&key, &iv), blocks);
    let (first, second) = decrypted.as_chunks_mut().0.split_at_mut(split);
    decryptor.decrypt_blocks(first);
    decryptor.decrypt_blocks(second);
    results.done(&decrypted);
}

fn padded(backend: Backend, draws: &mut Draws, results: &mut Results, mode: Mode, padding: impl Padding + Copy) {
    let cipher = Cipher::new(backend, draws, mode);
    let Cipher { key, iv, .. } = &cipher;
    let message = draws.message();
    let mut buffer = [&message[..], &[0; 16]].concat();
    let encrypted = match mode {
        Mode::Ecb => ecb::encrypt_in_place_with(key, &mut buffer, message.len(), padding),
        Mode::Cbc => cbc::encrypt_in_place_with(key, iv, &mut buffer, message.len(), padding),
    };
    let encrypted = encrypted.map(|ciphertext| &*ciphertext);
    results.encrypted(encrypted);

    let mut buffer = cipher.what_came(draws, encrypted.unwrap_or_default());
    let decrypted = match mode {
        Mode::Ecb => ecb::decrypt_in_place_with(key, &mut buffer, padding),
        Mode::Cbc => cbc::decrypt_in_place_with(key, iv, &mut buffer, padding),
    };
    results.decrypted(decrypted.map(|message| &*message));
}

/// What is cut at these lengths, and the rest.
fn cut<'m>(mut message: &'m [u8], lengths: &[usize]) -> Vec<&'m [u8]> {
    let mut pieces = Vec::new();
    for len in lengths {
        let piece;
        (piece, message) = message.split_at(message.len().min(*len));
        pieces.push(piece);
    }
    pieces.push(message);
    pieces
}

fn stream(backend: Backend, draws: &mut Draws, results: &mut Results) {
    let cipher = Cipher::new(backend, draws, Mode::Cbc);
    let (message, pieces) = (draws.message(), draws.pieces());
    // What can come has up to 128 blocks.
    let mut out = [0; 2048 + 16];

    let (mut encryptor, mut ciphertext) = (cbc::StreamEncryptor::new(&cipher.key, &cipher.iv), Vec::new());
    for piece in cut(&message, &pieces) {
        ciphertext.extend_from_slice(encryptor.update(piece, &mut out).unwrap());
    }
    ciphertext.extend_from_slice(&encryptor.finish().unwrap());
    results.done(&ciphertext);

    let (came, pieces) = (cipher.what_came(draws, &ciphertext), draws.pieces());
    let (mut decryptor, mut message) = (cbc::StreamDecryptor::new(&cipher.key, &cipher.iv), Vec::new());
    for piece in cut(&came, &pieces) {
        message.extend_from_slice(decryptor.update(piece, &mut out).unwrap());
    }
    let last = decryptor.finish();
    results.decrypted(last.as_deref().map_err(|error| *error).map(|last| {
        message.extend_from_slice(last);
        &message[..]
    }));
}

/// The message goes through a writer that encrypts and a reader that decrypts.
#[cfg(feature = "std")]
fn reader_writer(backend: Backend, draws: &mut Draws, results: &mut Results) {
    use std::io::{Read, Write};

    let cipher = Cipher::new(backend, draws, Mode::Cbc);
    let (message, pieces) = (draws.message(), draws.pieces());
    let mut writer = cbc::Writer::encrypt(Vec::new(), &cipher.key, &cipher.iv);
    for piece in cut(&message, &pieces) {
        writer.write_all(piece).unwrap();
    }
    let ciphertext = writer.finish().unwrap();
    results.done(&ciphertext);

    let (came, pieces) = (cipher.what_came(draws, &ciphertext), draws.pieces());
    let mut reader = cbc::Reader::decrypt(&came[..], &cipher.key, &cipher.iv);
    let read = || {
        let mut message = Vec::new();
        for len in pieces {
            reader.by_ref().take(len as u64).read_to_end(&mut message)?;
        }
        reader.read_to_end(&mut message)?;
        Ok(message)
    };
    let message = read().map_err(|error: std::io::Error| *error.get_ref().unwrap().downcast_ref().unwrap());
    results.decrypted(message.as_deref().map_err(|error| *error));
}

fn many(backend: Backend, draws: &mut Draws, results: &mut Results) {
    let key = draws.key(backend);
    let limit = draws.one_of(&[2, 9, 33, 72]);
    let count = draws.below(limit);
    let message = |_| {
        let iv: Block = draws.array();
        let limit = draws.one_of(&[9, 9, 9, 9, 9, 9, 9, 65]);
        let len = 16 * draws.below(limit);
        (iv, draws.take(len))
    };
    let mut messages: Vec<_> = (0..count).map(message).collect();
    let mut messages: Vec<_> =
        messages.iter_mut().map(|(iv, blocks)| cbc::Message { iv: *iv, blocks: blocks.as_chunks_mut().0 }).collect();
    cbc::encrypt_many(&key, &mut messages);
    for message in messages {
        results.done(&message.iv);
        results.done(message.blocks.as_flattened());
    }
}

fn stealing(backend: Backend, draws: &mut Draws, results: &mut Results, variant: Variant) {
    let (key, iv, message) = (draws.key(backend), draws.array(), draws.message());
    let mut ciphertext = message;
    match cts::encrypt_in_place(&key, &iv, variant, &mut ciphertext) {
        Ok(()) => results.done(&ciphertext),
        Err(_) => {
            results.wrong_length();
            ciphertext.clear();
        }
    }
    let mut buffer = if draws.below(2) == 1 { ciphertext } else { draws.message() };
    match cts::decrypt_in_place(&key, &iv, variant, &mut buffer) {
        Ok(()) => results.done(&buffer),
        Err(_) => results.wrong_length(),
    }
}

#[cfg(feature = "cbc-hmac")]
fn sealed(backend: Backend, draws: &mut Draws, results: &mut Results) {
    let len = draws.one_of(&[32, 48, 64]);
    let secret = draws.take(len);
    let key = cbc_hmac::Key::with_backend(&secret, backend).unwrap();
    let mut iv: Block = draws.array();
    let aad_len = draws.below(65);
    let (mut aad, message) = (draws.take(aad_len), draws.message());

    let mut buffer = [&message[..], &[0; 16]].concat();
    let (ciphertext, tag) = key.seal_in_place(&iv, &mut buffer, message.len(), &aad).unwrap();
    let (mut ciphertext, mut tag) = (ciphertext.to_vec(), tag.to_vec());
    results.done(&ciphertext);
    results.done(&tag);

    match draws.below(8) {
        3..=4 => {
            let part = match draws.below(4) {
                0 => &mut iv[..],
                1 => &mut aad,
                2 => &mut ciphertext,
                _ => &mut tag,
            };
            if !part.is_empty() {
                let bit = draws.below(8 * part.len());
                part[bit / 8] ^= 1 << (bit % 8);
            }
        }
        5 => ciphertext.truncate(draws.below(ciphertext.len() + 1)),
        6 => tag.truncate(draws.below(tag.len() + 1)),
        7 => {
            // Whoever has the key can make a tag for anything, also for a wrong padding.
            ciphertext = draws.padded();
            let (mac_key, enc_key) = secret.split_at(secret.len() / 2);
            let cipher = Aes::with_backend(enc_key, backend).unwrap();
            cbc::Encryptor::new(&cipher, &iv).encrypt_blocks(ciphertext.as_chunks_mut().0);
            tag = tag_of(mac_key, &iv, &aad, &ciphertext);
        }
        _ => {}
    }
    match key.open_in_place(&iv, &mut ciphertext, &tag, &aad) {
        Ok(message) => results.done(message),
        Err(OpenError::Length { .. }) => results.wrong_length(),
        Err(OpenError::Tag) => results.wrong_tag(),
    }
}

/// The tag of RFC 7518 section 5.2.2.1.
#[cfg(feature = "cbc-hmac")]
fn tag_of(mac_key: &[u8], iv: &Block, aad: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha384;

    fn half<M: Mac + KeyInit>(mac_key: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mac = <M as KeyInit>::new_from_slice(mac_key).unwrap();
        mac.chain_update(bytes).finalize().into_bytes()[..mac_key.len()].to_vec()
    }
    let bytes = [aad, iv, ciphertext, &(8 * aad.len() as u64).to_be_bytes()].concat();
    match mac_key.len() {
        16 => half::<Hmac<Sha256>>(mac_key, &bytes),
        24 => half::<Hmac<Sha384>>(mac_key, &bytes),
        _ => half::<Hmac<Sha512>>(mac_key, &bytes),
    }
}
