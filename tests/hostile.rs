//! Callers who do what they shouldn't: lengths that don't fit, lengths that no memory has, messages by the hundred thousand or
//! none, many threads at once, and paddings and streams of their own that lie or panic.

mod common;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use common::{
    CANARY, Cases, block, blocks, bytes, cbc_decrypt_by_definition, cbc_encrypt_by_definition, keys, on_every_backend,
    oracle, say,
};
use roundkey::{
    Aes, Aes128, Aes192, Aes256, Block, BufferTooShort, DecryptError, DecryptIntoError, EncryptError, PadError, cbc,
    cts, ecb,
    padding::{Added, NoPadding, Padding, Pkcs7, Zero, pkcs7},
};
use subtle::{Choice, CtOption};

/// The longest that every pair of lengths is tried with.
const LONGEST: usize = 64;

/// And the longest buffer: it has room for that and for any padding.
const ROOM: usize = LONGEST + 17;

/// Keys of every length, wherever one is taken.
#[test]
fn keys_of_every_length() {
    on_every_backend("hostile: keys", |cases| {
        for len in 0..=LONGEST {
            let key = bytes(1, len);
            let name = || format!("{len} bytes");
            let of_aes = [16, 24, 32].contains(&len);
            cases.holds(name, Aes::with_backend(&key, cases.backend).is_ok() == of_aes);
            cases.holds(name, Aes::try_from(&key[..]).is_ok() == of_aes);
            cases.holds(name, Aes128::try_from(&key[..]).is_ok() == (len == 16));
            cases.holds(name, Aes192::try_from(&key[..]).is_ok() == (len == 24));
            cases.holds(name, Aes256::try_from(&key[..]).is_ok() == (len == 32));
            #[cfg(feature = "cbc-hmac")]
            {
                let error = roundkey::cbc_hmac::Key::with_backend(&key, cases.backend).err();
                cases.holds(name, error.map(|error| error.given()) == (![32, 48, 64].contains(&len)).then_some(len));
            }
            #[cfg(feature = "reference")]
            cases.holds(name, roundkey::fips197::key_expansion(&key).is_ok() == of_aes);
            #[cfg(feature = "cipher")]
            cases.holds(name, <Aes256 as cipher::KeyInit>::new_from_slice(&key).is_ok() == (len == 32));
        }
    });
}

/// What is added to a message of so many bytes, if that can be padded.
type Addition = fn(usize) -> Option<Vec<u8>>;

/// PKCS#7 is always added, zeros only if need be, and no padding never.
const PKCS7: Addition = |len| Some(vec![16 - (len % 16) as u8; 16 - len % 16]);
const ZEROS: Addition = |len| Some(vec![0; (16 - len % 16) % 16]);
const NONE: Addition = |len| len.is_multiple_of(16).then(Vec::new);

/// A mode with its padding.
struct Mode<'k, P> {
    key: &'k Aes,
    /// None in ECB.
    iv: Option<Block>,
    padding: P,
}

impl<P: Padding + Copy> Mode<'_, P> {
    fn encrypt_into<'o>(&self, text: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], EncryptError> {
        match &self.iv {
            None => ecb::encrypt_into_with(self.key, text, out, self.padding),
            Some(iv) => cbc::encrypt_into_with(self.key, iv, text, out, self.padding),
        }
    }

    fn encrypt_in_place<'b>(&self, buffer: &'b mut [u8], len: usize) -> Result<&'b mut [u8], EncryptError> {
        match &self.iv {
            None => ecb::encrypt_in_place_with(self.key, buffer, len, self.padding),
            Some(iv) => cbc::encrypt_in_place_with(self.key, iv, buffer, len, self.padding),
        }
    }

    fn decrypt_into<'o>(&self, text: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], DecryptIntoError> {
        match &self.iv {
            None => ecb::decrypt_into_with(self.key, text, out, self.padding),
            Some(iv) => cbc::decrypt_into_with(self.key, iv, text, out, self.padding),
        }
    }

    fn decrypt_in_place<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b mut [u8], DecryptError> {
        match &self.iv {
            None => ecb::decrypt_in_place_with(self.key, buffer, self.padding),
            Some(iv) => cbc::decrypt_in_place_with(self.key, iv, buffer, self.padding),
        }
    }

    /// What the mode is, with whole blocks.
    fn by_definition(&self, oracle: &Aes, mut text: Vec<u8>) -> Vec<u8> {
        let blocks = text.as_chunks_mut().0;
        match &self.iv {
            None => blocks.iter_mut().for_each(|block| oracle.encrypt_block(block)),
            Some(iv) => cbc_encrypt_by_definition(oracle, iv, blocks),
        }
        text
    }
}

/// Both modes with all that is tried of them.
fn with_both_modes<P: Padding + Copy>(suite: &str, padding: P, run: impl Fn(&mut Cases<'_>, &Aes, &Mode<'_, P>)) {
    on_every_backend(suite, |cases| {
        let (key, oracle) = (cases.key(&keys()[0]), oracle(&keys()[0]));
        for iv in [None, Some(block(1))] {
            run(cases, &oracle, &Mode { key: &key, iv, padding });
        }
    });
}

/// Every length of what goes in with every length of what is there for it.
#[test]
fn every_pair_of_lengths() {
    fn of(suite: &str, padding: impl Padding + Copy, addition: Addition) {
        with_both_modes(suite, padding, |cases, oracle, mode| {
            for (len, room) in (0..=LONGEST).flat_map(|len| (0..=ROOM).map(move |room| (len, room))) {
                encryption(cases, oracle, mode, addition, len, room);
                decryption(cases, oracle, mode, addition, len, room);
            }
        });
    }
    of("hostile: lengths, PKCS#7", Pkcs7, PKCS7);
    of("hostile: lengths, zeros", Zero, ZEROS);
    of("hostile: lengths, no padding", NoPadding, NONE);
}

fn encryption(
    cases: &mut Cases<'_>,
    oracle: &Aes,
    mode: &Mode<'_, impl Padding + Copy>,
    addition: Addition,
    len: usize,
    room: usize,
) {
    let name = |what| move || format!("{what}, {len} bytes into {room}");
    let text = bytes(len as u64, len);
    let expected = addition(len).map(|addition| mode.by_definition(oracle, [&text[..], &addition].concat()));
    let is_right = |got: &Result<&mut [u8], EncryptError>| match (&expected, got) {
        (None, Err(EncryptError::Length(given))) => *given == len,
        (Some(expected), Err(EncryptError::Buffer(error))) => {
            room < expected.len() && (error.given(), error.needed()) == (room, expected.len())
        }
        (Some(expected), Ok(got)) => got[..] == expected[..],
        _ => false,
    };

    let mut out = vec![CANARY; room];
    let got = mode.encrypt_into(&text, &mut out);
    cases.holds(name("encrypt_into"), is_right(&got));
    let written = got.map_or(0, |got| got.len());
    cases.holds(name("encrypt_into, beyond"), out[written..].iter().all(|byte| *byte == CANARY));

    let mut before = vec![CANARY; room];
    before.iter_mut().zip(&text).for_each(|(to, from)| *to = *from);
    let mut buffer = before.clone();
    let got = mode.encrypt_in_place(&mut buffer, len);
    cases.holds(name("encrypt_in_place"), is_right(&got));
    let written = got.map_or(0, |got| got.len());
    cases.equal(name("encrypt_in_place, beyond"), &buffer[written..], &before[written..]);
}

fn decryption(
    cases: &mut Cases<'_>,
    oracle: &Aes,
    mode: &Mode<'_, impl Padding + Copy>,
    addition: Addition,
    len: usize,
    room: usize,
) {
    let name = |what| move || format!("{what}, {len} bytes into {room}");
    // A ciphertext if there is one so long, with as long a padding as it can have, or anything.
    let text = (len.saturating_sub(16)..=len).find_map(|message_len| {
        let padded = [&vec![0xaa; message_len][..], &addition(message_len)?].concat();
        (padded.len() == len).then(|| (message_len, mode.by_definition(oracle, padded)))
    });
    let (message_len, ciphertext) = match text {
        Some((message_len, ciphertext)) => (Some(message_len), ciphertext),
        None => (None, bytes(1, len)),
    };
    let mut out = vec![CANARY; room];
    let got = mode.decrypt_into(&ciphertext, &mut out);
    let is_right = match (message_len, &got) {
        (_, Err(DecryptIntoError::Buffer(error))) => room < len && (error.given(), error.needed()) == (room, len),
        (None, Err(DecryptIntoError::Decrypt(error))) => *error == DecryptError::Length(len),
        (Some(message_len), Ok(got)) => **got == vec![0xaa; message_len],
        _ => false,
    };
    let written = if got.is_ok() { len } else { 0 };
    cases.holds(name("decrypt_into"), is_right);
    cases.holds(name("decrypt_into, beyond"), out[written..].iter().all(|byte| *byte == CANARY));

    let mut buffer = ciphertext.clone();
    match (message_len, mode.decrypt_in_place(&mut buffer)) {
        (Some(message_len), Ok(got)) => cases.equal(name("decrypt_in_place"), got, &vec![0xaa; message_len]),
        (None, Err(error)) => {
            cases.holds(name("decrypt_in_place"), error == DecryptError::Length(len));
            cases.equal(name("decrypt_in_place, untouched"), &buffer, &ciphertext);
        }
        (_, got) => panic!("{}: {got:?}", name("decrypt_in_place")()),
    }
}

/// Streams in which so many bytes wait, for every piece and every buffer. One that is too short is no harm: it goes on after it.
#[test]
fn streams_of_every_pair_of_lengths() {
    on_every_backend("hostile: streams", |cases| {
        let (key, oracle, iv) = (cases.key(&keys()[1]), oracle(&keys()[1]), block(2));
        let text = blocks(3, 6);
        let [mut ciphertext, mut plaintext] = [(); 2].map(|()| text.clone());
        cbc_encrypt_by_definition(&oracle, &iv, &mut ciphertext);
        cbc_decrypt_by_definition(&oracle, &iv, &mut plaintext);
        let [text, ciphertext, plaintext] = [&text, &ciphertext, &plaintext].map(|blocks| blocks.as_flattened());
        let too_short = |error: BufferTooShort, room, len| (error.given(), error.needed()) == (room, len) && room < len;

        for waiting in 0..=16 {
            let mut encrypting = cbc::StreamEncryptor::new(&key, &iv);
            let mut decrypting = cbc::StreamDecryptor::new(&key, &iv);
            let begun = encrypting.update(&text[..waiting], &mut [0; 16]).unwrap().len();
            decrypting.update(&text[..waiting], &mut [0; 16]).unwrap();
            for (piece, room) in (0..=LONGEST).flat_map(|piece| (0..=ROOM).map(move |room| (piece, room))) {
                let name = |what| move || format!("{what}, {waiting} and {piece} bytes into {room}");
                let end = waiting + piece;
                let piece = &text[waiting..end];

                let (mut stream, mut out) = (encrypting.clone(), vec![CANARY; room]);
                let whole = end / 16 * 16 - begun;
                cases.holds(name("its length"), stream.update_len(piece.len()) == whole);
                match stream.update(piece, &mut out) {
                    Ok(got) => cases.equal(name("encrypted"), got, &ciphertext[begun..][..whole]),
                    Err(error) => {
                        cases.holds(name("encryption"), too_short(error, room, whole));
                        cases.equal(name("untouched"), &out, &vec![CANARY; room]);
                        let mut out = vec![CANARY; whole];
                        stream.update(piece, &mut out).unwrap();
                        cases.equal(name("encrypted after all"), &out, &ciphertext[begun..][..whole]);
                    }
                }

                let (mut stream, mut out) = (decrypting.clone(), vec![CANARY; room]);
                let whole = end.saturating_sub(1) / 16 * 16;
                cases.holds(name("its length"), stream.update_len(piece.len()) == whole);
                match stream.update(piece, &mut out) {
                    Ok(got) => cases.equal(name("decrypted"), got, &plaintext[..whole]),
                    Err(error) => {
                        cases.holds(name("decryption"), too_short(error, room, whole));
                        cases.equal(name("untouched"), &out, &vec![CANARY; room]);
                        let mut out = vec![CANARY; whole];
                        stream.update(piece, &mut out).unwrap();
                        cases.equal(name("decrypted after all"), &out, &plaintext[..whole]);
                    }
                }
            }
        }
    });
}

/// Messages that are too short for ciphertext stealing.
#[test]
fn stealing() {
    on_every_backend("hostile: ciphertext stealing", |cases| {
        let key = cases.key(&keys()[0]);
        for len in 0..=LONGEST {
            for variant in [cts::Variant::Cs1, cts::Variant::Cs2, cts::Variant::Cs3] {
                for call in [cts::encrypt_in_place, cts::decrypt_in_place] {
                    let text = bytes(len as u64, len);
                    let mut buffer = text.clone();
                    let got = call(&key, &block(1), variant, &mut buffer);
                    let name = || format!("{len} bytes, {variant:?}");
                    cases.holds(name, got.err().map(|error| error.given()) == (len < 16).then_some(len));
                    cases.holds(name, (buffer == text) == (len < 16));
                }
            }
        }
    });
}

/// Sealing and opening with every pair of lengths: of message and buffer, of ciphertext and tag.
#[test]
#[cfg(feature = "cbc-hmac")]
fn sealed() {
    use roundkey::{OpenError, cbc_hmac::Key};

    on_every_backend("hostile: CBC with HMAC", |cases| {
        for key_len in [32, 48, 64] {
            let (key, iv, aad) = (Key::with_backend(&bytes(1, key_len), cases.backend).unwrap(), block(2), bytes(3, 5));
            for (len, room) in (0..=LONGEST).flat_map(|len| (0..=ROOM).map(move |room| (len, room))) {
                let name = || format!("key of {key_len} bytes, {len} bytes, {room}");
                let padded_len = len + 16 - len % 16;
                let mut buffer = vec![CANARY; room];
                match key.seal_in_place(&iv, &mut buffer, len, &aad) {
                    Ok((got, tag)) => {
                        cases.holds(name, (got.len(), tag.len()) == (padded_len, key_len / 2));
                        let got = key.open_in_place(&iv, got, &tag, &aad).unwrap();
                        cases.equal(name, got, &vec![CANARY; len]);
                        cases.equal(name, &buffer[padded_len..], &vec![CANARY; room - padded_len]);
                    }
                    Err(error) => {
                        cases.holds(name, (error.given(), error.needed()) == (room, padded_len) && room < padded_len);
                        cases.equal(name, &buffer, &vec![CANARY; room]);
                    }
                }
            }

            let mut buffer = vec![0; ROOM];
            let (ciphertext, tag) = key.seal_in_place(&iv, &mut buffer, LONGEST, &aad).unwrap();
            let tag = [&tag[..], &[0; ROOM]].concat();
            for (len, tag_len) in (0..=LONGEST + 16).flat_map(|len| (0..=LONGEST).map(move |tag_len| (len, tag_len))) {
                let name = || format!("key of {key_len} bytes, {len} bytes and a tag of {tag_len}");
                let mut buffer = ciphertext[..len].to_vec();
                let got = key.open_in_place(&iv, &mut buffer, &tag[..tag_len], &aad).map(|message| message.len());
                let expected = match len {
                    _ if len == 0 || len % 16 != 0 => Err(OpenError::Length { given: len, least: 16 }),
                    _ if len == LONGEST + 16 && tag_len == key_len / 2 => Ok(LONGEST),
                    _ => Err(OpenError::Tag),
                };
                cases.holds(name, got == expected);
                cases.holds(name, got.is_ok() || buffer == ciphertext[..len]);
            }

            #[cfg(feature = "alloc")]
            for len in 0..=16 + LONGEST + 16 + 32 + 1 {
                let sealed = [&key.seal_with_iv(&iv, &[0; LONGEST], &aad)[..], &[0; 64]].concat();
                let (least, whole) = (32 + key_len / 2, 32 + LONGEST + key_len / 2);
                let expected = match len {
                    _ if len < least || (len - least) % 16 != 0 => Err(OpenError::Length { given: len, least }),
                    _ if len == whole => Ok(vec![0; LONGEST]),
                    _ => Err(OpenError::Tag),
                };
                cases.holds(
                    || format!("key of {key_len} bytes, {len} bytes in one"),
                    key.open(&sealed[..len], &aad) == expected,
                );
            }
        }
    });
}

/// PKCS#7 by itself, with every block size.
#[test]
fn pkcs7_of_every_length() {
    for (block_size, room) in (0..=255).flat_map(|block_size: u8| (0..=LONGEST).map(move |room| (block_size, room))) {
        let size = usize::from(block_size);
        for len in 0..=LONGEST {
            let mut buffer = vec![CANARY; room];
            match pkcs7::pad(&mut buffer, len, block_size) {
                Ok(padded) => {
                    let padding = size - len % size;
                    assert_eq!(padded, [vec![CANARY; len], vec![padding as u8; padding]].concat());
                }
                Err(PadError::BlockSize) => assert_eq!(block_size, 0),
                Err(PadError::Buffer(error)) => {
                    let needed = len + size - len % size;
                    assert_eq!((error.given(), error.needed()), (room, needed));
                    assert!(room < needed && buffer == vec![CANARY; room]);
                }
            }
        }
        // Whatever is there: right is what would be made of the message.
        for last in 0..=255 {
            let mut padded = vec![last; room];
            let n = usize::from(last);
            let is_right = size != 0 && room != 0 && room % size == 0 && (1..=size).contains(&n);
            let expected = is_right.then(|| room - n);
            assert_eq!(pkcs7::unpad(&padded, block_size).ok().map(<[u8]>::len), expected);
            assert_eq!(pkcs7::unpad_ct(&padded, block_size).into_option(), expected);
            if let Some(first) = expected.filter(|first| first + 1 < room) {
                padded[first] ^= 1;
                assert_eq!(pkcs7::unpad(&padded, block_size).ok(), None);
                assert_eq!(pkcs7::unpad_ct(&padded, block_size).into_option(), None);
            }
        }
    }
}

/// Lengths around the largest number, and around that of the largest buffer.
fn large_lengths() -> impl Iterator<Item = usize> {
    let around = isize::MAX as usize;
    (usize::MAX - 70..=usize::MAX).chain(around - 70..=around + 70)
}

/// Messages that can't be: their padding isn't computed past the largest number.
#[test]
fn lengths_that_no_memory_has() {
    fn of(suite: &str, padding: impl Padding + Copy, added: fn(u128) -> Option<u128>) {
        with_both_modes(suite, padding, |cases, _, mode| {
            for len in large_lengths() {
                let mut buffer = [CANARY; ROOM];
                let expected = match added(len as u128) {
                    None => Err(len),
                    Some(added) => Ok((ROOM, usize::try_from(len as u128 + added).unwrap_or(usize::MAX))),
                };
                let got = match mode.encrypt_in_place(&mut buffer, len).unwrap_err() {
                    EncryptError::Length(len) => Err(len),
                    EncryptError::Buffer(error) => Ok((error.given(), error.needed())),
                };
                cases.holds(|| format!("{len} bytes: {got:?}"), got == expected);
                cases.equal(|| format!("{len} bytes"), &buffer, &[CANARY; ROOM]);
            }
        });
    }
    of("hostile: large lengths, PKCS#7", Pkcs7, |len| Some(16 - len % 16));
    of("hostile: large lengths, zeros", Zero, |len| Some((16 - len % 16) % 16));
    of("hostile: large lengths, no padding", NoPadding, |len| len.is_multiple_of(16).then_some(0));

    #[cfg(feature = "cbc-hmac")]
    for len in large_lengths() {
        let (key, mut buffer) = (roundkey::cbc_hmac::Key::new(&[7; 32]).unwrap(), [CANARY; ROOM]);
        let error = key.seal_in_place(&block(1), &mut buffer, len, b"").unwrap_err();
        let needed = usize::try_from(len as u128 + 16 - len as u128 % 16).unwrap_or(usize::MAX);
        assert_eq!((error.given(), error.needed()), (ROOM, needed));
        assert_eq!(buffer, [CANARY; ROOM]);
    }

    for (len, block_size) in large_lengths().flat_map(|len| (0..=255).map(move |block_size| (len, block_size))) {
        let size = u128::from(block_size);
        let padded_len =
            (len as u128).checked_rem(size).and_then(|over| usize::try_from(len as u128 + size - over).ok());
        assert_eq!(pkcs7::padded_len(len, block_size), padded_len, "{len} bytes, blocks of {block_size}");
        let error = pkcs7::pad(&mut [CANARY; ROOM], len, block_size).unwrap_err();
        match error {
            PadError::BlockSize => assert_eq!(block_size, 0),
            PadError::Buffer(error) => assert_eq!(error.needed(), padded_len.unwrap_or(usize::MAX)),
        }
    }
}

/// The same for pieces of streams; those that are longer than any slice don't overflow either.
#[test]
fn pieces_that_no_memory_has() {
    let key = Aes::new(&[7; 16]).unwrap();
    for waiting in 0..=16_usize {
        let mut encryptor = cbc::StreamEncryptor::new(&key, &block(1));
        let mut decryptor = cbc::StreamDecryptor::new(&key, &block(1));
        encryptor.update(&vec![0; waiting], &mut [0; 16]).unwrap();
        decryptor.update(&vec![0; waiting], &mut [0; 16]).unwrap();
        for len in large_lengths() {
            let whole = |bytes: u128| usize::try_from(bytes / 16 * 16).unwrap_or(usize::MAX / 16 * 16);
            assert_eq!(
                encryptor.update_len(len),
                whole(waiting as u128 % 16 + len as u128),
                "{waiting} and {len} bytes"
            );
            assert_eq!(
                decryptor.update_len(len),
                whole(waiting as u128 + len as u128 - 1),
                "{waiting} and {len} bytes"
            );
        }
    }
}

/// No message, one, and a hundred thousand, two in five of them empty.
#[test]
fn messages_by_the_hundred_thousand() {
    let oracle = oracle(&keys()[0]);
    for count in [0, 1, 100_000] {
        // The first has blocks.
        let lengths: Vec<usize> = (0..count).map(|i| (7 * i + 1) % 5 % 4).collect();
        let texts: Vec<Vec<Block>> = (0..).zip(&lengths).map(|(i, len)| blocks(i, *len)).collect();
        let mut expected = texts.clone();
        (0..).zip(&mut expected).for_each(|(i, text)| cbc_encrypt_by_definition(&oracle, &block(i), text));
        on_every_backend(&format!("hostile: {count} messages"), |cases| {
            let mut got = texts.clone();
            let mut messages: Vec<_> =
                got.iter_mut().zip(0..).map(|(blocks, i)| cbc::Message { iv: block(i), blocks }).collect();
            cbc::encrypt_many(&cases.key(&keys()[0]), &mut messages);
            for ((message, expected), i) in messages.iter().zip(&expected).zip(0..) {
                let name = || format!("message {i} of {} blocks", expected.len());
                cases.equal(name, message.blocks.as_flattened(), expected.as_flattened());
                cases.equal(name, &message.iv, expected.last().unwrap_or(&block(i)));
            }
            cases.holds(|| "their number".into(), messages.len() == count);
        });
    }
}

const THREADS: usize = 64;

/// When the threads may stop.
#[derive(Clone, Copy)]
enum Until {
    Rounds(usize),
    Over(Duration),
}

/// A key that many threads use at once.
fn shared_by_threads(suite: &str, until: Until) {
    on_every_backend(suite, |cases| {
        let start = Instant::now();
        // With fast engines threads would hardly meet otherwise.
        let until = match until {
            Until::Rounds(most) if !["portable", "reference"].contains(&cases.backend.name()) => {
                Until::Rounds(20 * most)
            }
            until => until,
        };
        let goes_on = |rounds| match until {
            Until::Rounds(most) => rounds < most,
            Until::Over(time) => start.elapsed() < time,
        };
        let (key, oracle) = (cases.key(&keys()[2]), oracle(&keys()[2]));
        #[cfg(feature = "cbc-hmac")]
        let sealing = roundkey::cbc_hmac::Key::with_backend(&bytes(1, 64), cases.backend).unwrap();
        let (together, checked) = (Barrier::new(THREADS), AtomicUsize::new(0));
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (key, oracle, together, checked, goes_on) = (&key, &oracle, &together, &checked, &goes_on);
                #[cfg(feature = "cbc-hmac")]
                let sealing = &sealing;
                scope.spawn(move || {
                    // Each has messages of its own, of lengths of its own.
                    let (iv, text) = (block(thread as u64), blocks(!(thread as u64), 1 + 3 * thread));
                    let [mut in_ecb, mut in_cbc] = [(); 2].map(|()| text.clone());
                    in_ecb.iter_mut().for_each(|block| oracle.encrypt_block(block));
                    cbc_encrypt_by_definition(oracle, &iv, &mut in_cbc);
                    let check = |what, got: &[Block], expected: &[Block]| {
                        assert!(got == expected, "{what} of thread {thread}");
                        checked.fetch_add(1, Relaxed);
                    };
                    together.wait();
                    let mut rounds = 0;
                    while goes_on(rounds) {
                        let mut got = text.clone();
                        key.encrypt_blocks(&mut got);
                        check("ECB", &got, &in_ecb);
                        key.decrypt_blocks(&mut got);
                        check("ECB back", &got, &text);
                        cbc::Encryptor::new(key, &iv).encrypt_blocks(&mut got);
                        check("CBC", &got, &in_cbc);
                        cbc::Decryptor::new(key, &iv).decrypt_blocks(&mut got);
                        check("CBC back", &got, &text);
                        let mut other = text.clone();
                        let mut messages = [&mut got, &mut other].map(|blocks| cbc::Message { iv, blocks });
                        cbc::encrypt_many(key, &mut messages);
                        check("the first of two", &got, &in_cbc);
                        check("the second of two", &other, &in_cbc);
                        #[cfg(feature = "cbc-hmac")]
                        {
                            let mut buffer = [text.as_flattened(), &[0; 16]].concat();
                            let (sealed, tag) = sealing.seal_in_place(&iv, &mut buffer, 16 * text.len(), b"").unwrap();
                            let opened = sealing.open_in_place(&iv, sealed, &tag, b"").unwrap();
                            check("sealed and opened", opened.as_chunks().0, &text);
                        }
                        rounds += 1;
                    }
                });
            }
        });
        let checked = checked.into_inner();
        cases.holds(|| format!("only {checked} results"), checked >= 6 * THREADS);
        say(&format!("{suite}: {}: {checked} results of {THREADS} threads", cases.backend));
    });
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "there are no threads")]
fn a_key_shared_by_threads() {
    shared_by_threads("hostile: shared key", Until::Rounds(10));
}

/// A minute for each backend.
#[test]
#[ignore = "takes minutes"]
fn a_key_shared_by_threads_for_a_minute() {
    shared_by_threads("hostile: key shared for a minute", Until::Over(Duration::from_secs(60)));
}

/// Without a message on standard error.
fn panic_silently() -> ! {
    resume_unwind(Box::new(()))
}

fn panics<T>(call: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

/// A padding that panics.
#[derive(Clone, Copy)]
struct Panicking;

impl Padding for Panicking {
    const ADDED: Added = Added::Always;

    fn pad(&self, block: &mut Block, _: usize) {
        block[15] = 1;
        panic_silently()
    }

    fn unpad(&self, _: &Block) -> CtOption<u8> {
        panic_silently()
    }
}

/// When a padding panics, the buffer is zero as far as it was to be written, and as it was behind that.
#[test]
#[cfg_attr(not(panic = "unwind"), ignore = "panics can't be caught")]
fn paddings_that_panic() {
    with_both_modes("hostile: paddings that panic", Panicking, |cases, _, mode| {
        for len in [0, 1, 15, 16, 17, 100, 2000] {
            let (text, padded_len) = (bytes(len as u64, len), len + 16 - len % 16);
            let name = |what| move || format!("{what}, {len} bytes");
            let left = [vec![0; padded_len], vec![CANARY; 20]].concat();

            let mut buffer = vec![CANARY; padded_len + 20];
            buffer[..len].copy_from_slice(&text);
            cases.holds(name("encrypt_in_place"), panics(|| _ = mode.encrypt_in_place(&mut buffer, len)));
            cases.equal(name("encrypt_in_place"), &buffer, &left);
            buffer.fill(CANARY);
            cases.holds(name("encrypt_into"), panics(|| _ = mode.encrypt_into(&text, &mut buffer)));
            cases.equal(name("encrypt_into"), &buffer, &left);

            let ciphertext = bytes(len as u64, padded_len);
            buffer[..padded_len].copy_from_slice(&ciphertext);
            cases.holds(name("decrypt_in_place"), panics(|| _ = mode.decrypt_in_place(&mut buffer[..padded_len])));
            cases.equal(name("decrypt_in_place"), &buffer, &left);
            buffer.fill(CANARY);
            cases.holds(name("decrypt_into"), panics(|| _ = mode.decrypt_into(&ciphertext, &mut buffer)));
            cases.equal(name("decrypt_into"), &buffer, &left);

            // A key and other streams are as good as ever.
            let mut stream = cbc::StreamEncryptor::with_padding(mode.key, &block(1), Panicking);
            stream.update(&text, &mut buffer).unwrap();
            cases.holds(name("StreamEncryptor"), panics(|| stream.clone().finish()) && panics(|| stream.finish()));
            let mut stream = cbc::StreamDecryptor::with_padding(mode.key, &block(1), Panicking);
            stream.update(&ciphertext, &mut buffer).unwrap();
            cases.holds(name("StreamDecryptor"), panics(|| stream.clone().finish()) && panics(|| stream.finish()));
        }
    });
}

/// A padding that isn't one: it fills the block with what it likes, message and all, and says that the message has so many bytes of it.
#[derive(Clone, Copy)]
struct Lying<const ALWAYS: bool> {
    says: Option<u8>,
}

impl<const ALWAYS: bool> Padding for Lying<ALWAYS> {
    const ADDED: Added = if ALWAYS { Added::Always } else { Added::IfNeeded };

    fn pad(&self, block: &mut Block, _: usize) {
        block.fill(0xee);
    }

    fn unpad(&self, _: &Block) -> CtOption<u8> {
        CtOption::new(self.says.unwrap_or(200), Choice::from(u8::from(self.says.is_some())))
    }
}

/// Paddings that lie get what they say, as far as there is anything, and reach no byte but their message's.
#[test]
fn paddings_that_lie() {
    fn of<const ALWAYS: bool>(suite: &str) {
        on_every_backend(suite, |cases| {
            let (key, oracle, iv) = (cases.key(&keys()[0]), oracle(&keys()[0]), block(1));
            for says in (0..=255).map(Some).chain([None]) {
                let mode = Mode { key: &key, iv: Some(iv), padding: Lying::<ALWAYS> { says } };
                for len in 0..=48 {
                    let name = |what| move || format!("{what}, {len} bytes, {says:?}");
                    let mut padded = bytes(len as u64, len);
                    if ALWAYS || len % 16 != 0 {
                        padded.truncate(len / 16 * 16);
                        padded.extend([0xee; 16]);
                    }
                    let ciphertext = mode.by_definition(&oracle, padded.clone());
                    let mut buffer = vec![CANARY; 80];
                    let got = mode.encrypt_into(&bytes(len as u64, len), &mut buffer).unwrap();
                    cases.equal(name("encrypted"), got, &ciphertext);
                    cases.holds(name("beyond"), buffer[ciphertext.len()..].iter().all(|byte| *byte == CANARY));

                    let got = mode.decrypt_into(&ciphertext, &mut buffer).map(|message| message.to_vec());
                    let (within, beyond) = buffer.split_at(ciphertext.len());
                    cases.holds(name("beyond"), beyond.iter().all(|byte| *byte == CANARY));
                    let mut stream = cbc::StreamDecryptor::with_padding(&key, &iv, mode.padding);
                    let mut streamed = vec![0; 80];
                    let released = stream.update(&ciphertext, &mut streamed).unwrap().len();
                    let last = stream.finish();
                    match says {
                        _ if ciphertext.is_empty() => {
                            cases.holds(name("nothing"), got == Ok(vec![]) && last.unwrap().is_empty())
                        }
                        Some(says) => {
                            let message_len = ciphertext.len() - 16 + usize::from(says).min(16);
                            cases.equal(name("cut"), &got.unwrap(), &padded[..message_len]);
                            cases.equal(name("streamed"), &last.unwrap(), &padded[released..message_len]);
                        }
                        None => {
                            cases.holds(name("wrong"), got == Err(DecryptError::Padding.into()));
                            cases.holds(name("wiped"), within.iter().all(|byte| *byte == 0));
                            cases.holds(name("wrong"), last.err() == Some(DecryptError::Padding));
                        }
                    }
                }
            }
        });
    }
    of::<true>("hostile: paddings that lie, always added");
    of::<false>("hostile: paddings that lie, added if needed");
}

#[cfg(feature = "std")]
mod streams {
    //! Readers and writers behind ours that panic.

    use std::{
        cell::RefCell,
        io::{self, ErrorKind, Read, Write},
        rc::Rc,
    };

    use super::*;

    /// Takes or gives 1000 bytes at a time, in each of so many calls, and in the next one some more before it panics.
    struct Panicky {
        bytes: Rc<RefCell<Vec<u8>>>,
        calls: usize,
        more: usize,
    }

    impl Panicky {
        fn pass(&mut self, most: usize) -> (usize, bool) {
            let panics = self.calls == 0;
            self.calls = self.calls.wrapping_sub(1);
            (most.min(if panics { self.more } else { 1000 }), panics)
        }
    }

    impl Write for Panicky {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (len, panics) = self.pass(bytes.len());
            self.bytes.borrow_mut().extend_from_slice(&bytes[..len]);
            if panics { panic_silently() } else { Ok(len) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Read for Panicky {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let there = self.bytes.borrow().len();
            let (len, panics) = self.pass(out.len().min(there));
            let rest = self.bytes.borrow_mut().split_off(len);
            out[..len].copy_from_slice(&self.bytes.replace(rest));
            if panics { panic_silently() } else { Ok(len) }
        }
    }

    const CALLS: [usize; 5] = [0, 1, 2, 5, 70];
    const MORE: [usize; 4] = [0, 1, 500, usize::MAX];

    /// After a panic of the writer behind nothing is written again, and nobody is told that all is well.
    #[test]
    #[cfg_attr(not(panic = "unwind"), ignore = "panics can't be caught")]
    fn writers_that_panic() {
        on_every_backend("hostile: writers that panic", |cases| {
            let (key, iv, text) = (cases.key(&keys()[0]), block(1), bytes(2, 70_000));
            let ciphertext = cbc::encrypt(&key, &iv, &text);
            for (calls, more) in CALLS.into_iter().flat_map(|calls| MORE.map(|more| (calls, more))) {
                let name = || format!("after {calls} calls, and {more} bytes more");
                let written = Rc::<RefCell<Vec<u8>>>::default();
                let mut writer = cbc::Writer::encrypt(Panicky { bytes: written.clone(), calls, more }, &key, &iv);
                let panicked = panics(|| {
                    writer.write_all(&text)?;
                    writer.try_finish()
                });
                cases.holds(name, panicked);
                let until_then = written.borrow().clone();
                // A write in the middle may be shorter than 1000 bytes.
                let expected = (calls <= 5 && more <= 1000).then(|| 1000 * calls + more);
                cases.holds(name, expected.is_none_or(|expected| until_then.len() == expected));
                cases.holds(name, ciphertext.starts_with(&until_then));
                for _ in 0..2 {
                    for error in [writer.write(&text).err(), writer.flush().err(), writer.try_finish().err()] {
                        cases.holds(name, error.is_some_and(|error| error.kind() == ErrorKind::Other));
                    }
                }
                cases.holds(name, writer.finish().is_err());
                cases.equal(name, &written.borrow(), &until_then);
            }
        });
    }

    /// After a panic of the reader behind nothing more is read, and nobody is told that this was the end.
    #[test]
    #[cfg_attr(not(panic = "unwind"), ignore = "panics can't be caught")]
    fn readers_that_panic() {
        on_every_backend("hostile: readers that panic", |cases| {
            let (key, iv, text) = (cases.key(&keys()[0]), block(1), bytes(2, 70_000));
            let ciphertext = cbc::encrypt(&key, &iv, &text);
            for (calls, more) in CALLS.into_iter().flat_map(|calls| MORE.map(|more| (calls, more))) {
                for piece in [10, 10_000] {
                    let name = || format!("after {calls} calls, and {more} bytes more, by {piece}");
                    let unread = Rc::new(RefCell::new(ciphertext.clone()));
                    let mut reader = cbc::Reader::decrypt(Panicky { bytes: unread.clone(), calls, more }, &key, &iv);
                    let (mut got, mut out) = (Vec::new(), vec![0; piece]);
                    let panicked = panics(|| {
                        while let Ok(len) = reader.read(&mut out) {
                            got.extend_from_slice(&out[..len]);
                        }
                    });
                    cases.holds(name, panicked);
                    cases.equal(name, &got, &text[..(1000 * calls).saturating_sub(1) / 16 * 16]);
                    let left = unread.borrow().len();
                    for _ in 0..2 {
                        let error = reader.read(&mut out).unwrap_err();
                        cases.holds(name, error.kind() == ErrorKind::Other);
                    }
                    cases.holds(name, reader.finish().is_err() && unread.borrow().len() == left);
                }
            }
        });
    }

    /// A padding that panics at the end leaves the streams where they were: asked again, it panics again.
    #[test]
    #[cfg_attr(not(panic = "unwind"), ignore = "panics can't be caught")]
    fn paddings_that_panic_at_the_end() {
        on_every_backend("hostile: paddings that panic in Reader and Writer", |cases| {
            let (key, iv, text) = (cases.key(&keys()[0]), block(1), bytes(2, 1000));
            let whole = |text: &[u8]| text.len() - text.len() % 16;
            for text in [&text[..], &text[..16], &[]] {
                let name = || format!("{} bytes", text.len());
                let mut writer = cbc::Writer::encrypt_with(Vec::new(), &key, &iv, Panicking);
                writer.write_all(text).unwrap();
                for _ in 0..3 {
                    cases.holds(name, panics(|| writer.try_finish()));
                    cases.equal(name, writer.get_ref(), &cbc::encrypt(&key, &iv, text)[..whole(text)]);
                }
                let mut reader = cbc::Reader::encrypt_with(text, &key, &iv, Panicking);
                let mut got = vec![0; whole(text)];
                reader.read_exact(&mut got).unwrap();
                cases.equal(name, &got, &cbc::encrypt(&key, &iv, text)[..whole(text)]);
                for _ in 0..3 {
                    cases.holds(name, panics(|| reader.read(&mut [0; 5])));
                }
                cases.holds(name, reader.finish().is_err());
            }
        });
    }
}
