//! Buffers between pages that nobody may touch: a read or a write past either end of one, be it of a byte, kills the process.
//!
//! Each buffer ends exactly before such a page, or begins exactly behind one. What a call gets for reading only lies in
//! memory that can only be read. Every call that takes a buffer is made at every length from 0 to 300, of bytes or of blocks, with keys that
//! lie so themselves. What comes out is compared as well, or a call that does nothing would pass.

#![cfg(unix)]

mod common;

use std::{
    env,
    os::unix::process::ExitStatusExt,
    process::Command,
    ptr::{self, NonNull},
    slice,
};

use common::{Cases, block, blocks, bytes, cbc_encrypt_by_definition, keys, on_every_backend, oracle, say};
use roundkey::{
    Aes, Aes128, Aes192, Aes256, Block, cbc, cts, ecb,
    padding::{AnsiX923, Iso7816, NoPadding, Padding, Pkcs7, Zero, pkcs7},
};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

/// The longest message, in bytes and in blocks.
const LONGEST: usize = 300;

/// At least a page, of any processor, and whole ones.
const PAGES: usize = 1 << 16;

/// Where in its memory a buffer lies.
#[derive(Clone, Copy, Debug)]
enum Place {
    BehindGuard,
    BeforeGuard,
}

use Place::{BeforeGuard, BehindGuard};

const PLACES: [Place; 2] = [BeforeGuard, BehindGuard];

/// Memory for a buffer, and pages before it and behind it that nobody may touch.
struct Guarded {
    memory: NonNull<u8>,
    /// Or it can only be read.
    is_writable: bool,
}

#[allow(unsafe_code)]
impl Guarded {
    fn new() -> Self {
        // SAFETY: the system chooses a place where there is nothing yet.
        let all = unsafe { mmap_anonymous(ptr::null_mut(), 3 * PAGES, ProtFlags::empty(), MapFlags::PRIVATE) }.unwrap();
        let memory = NonNull::new(all.cast::<u8>().wrapping_add(PAGES)).unwrap();
        let mut guarded = Guarded { memory, is_writable: false };
        guarded.let_write(true);
        guarded
    }

    fn let_write(&mut self, writing: bool) {
        // Most of the time it is so already, and the system takes long.
        if writing != self.is_writable {
            let flags = if writing { MprotectFlags::READ | MprotectFlags::WRITE } else { MprotectFlags::READ };
            // SAFETY: it is within our mapping, and nobody has a reference to what is there but through `self`.
            unsafe { mprotect(self.memory.as_ptr().cast(), PAGES, flags) }.unwrap();
            self.is_writable = writing;
        }
    }

    /// The address of so many bytes at this place.
    fn address(&self, place: Place, len: usize) -> *mut u8 {
        assert!(len <= PAGES);
        let offset = match place {
            BehindGuard => 0,
            BeforeGuard => PAGES - len,
        };
        self.memory.as_ptr().wrapping_add(offset)
    }

    /// A buffer, filled with canaries.
    fn bytes(&mut self, place: Place, len: usize) -> &mut [u8] {
        self.let_write(true);
        // SAFETY: so many bytes are there, mapped and initialised, and `self` is borrowed as long as the buffer is.
        let buffer = unsafe { slice::from_raw_parts_mut(self.address(place, len), len) };
        buffer.fill(common::CANARY);
        buffer
    }

    /// A copy of these bytes to be read only.
    fn lent(&mut self, place: Place, bytes: &[u8]) -> &[u8] {
        self.bytes(place, bytes.len()).copy_from_slice(bytes);
        self.let_write(false);
        // SAFETY: as above, and nobody can write there.
        unsafe { slice::from_raw_parts(self.address(place, bytes.len()), bytes.len()) }
    }

    fn lent_block(&mut self, place: Place, block: &Block) -> &Block {
        self.lent(place, block).try_into().unwrap()
    }

    /// A copy of these bytes to be written over.
    fn copy(&mut self, place: Place, bytes: &[u8]) -> &mut [u8] {
        let buffer = self.bytes(place, bytes.len());
        buffer.copy_from_slice(bytes);
        buffer
    }

    fn copy_blocks(&mut self, place: Place, blocks: &[Block]) -> &mut [Block] {
        self.copy(place, blocks.as_flattened()).as_chunks_mut().0
    }

    /// Calls with the value where it can only be read.
    fn with<T>(&mut self, place: Place, value: T, call: impl FnOnce(&T)) {
        self.let_write(true);
        let address = self.address(place, size_of::<T>()).cast::<T>();
        assert!(address.is_aligned());
        // SAFETY: there is room, of the right alignment, for us alone.
        unsafe { address.write(value) };
        self.let_write(false);
        // SAFETY: it is there, and nobody changes it meanwhile.
        call(unsafe { &*address });
        self.let_write(true);
        // SAFETY: nobody will see it again.
        unsafe { address.drop_in_place() };
    }
}

#[allow(unsafe_code)]
impl Drop for Guarded {
    fn drop(&mut self) {
        let all = self.memory.as_ptr().wrapping_sub(PAGES);
        // SAFETY: it is our mapping, and nobody has a reference to what is there.
        unsafe { munmap(all.cast(), 3 * PAGES) }.unwrap();
    }
}

/// Runs at every place, with keys that lie so themselves, and with the same ones for the oracle, which don't.
fn with_keys(suite: &str, keys: &[Vec<u8>], run: impl Fn(&mut Cases<'_>, Place, &Aes, &Aes)) {
    on_every_backend(suite, |cases| {
        for key_bytes in keys {
            let oracle = oracle(key_bytes);
            let (mut of_key, mut of_bytes) = (Guarded::new(), Guarded::new());
            for place in PLACES {
                let key = cases.key(of_bytes.lent(place, key_bytes));
                of_key.with(place, key, |key| run(cases, place, key, &oracle));
            }
        }
    });
}

/// That the guards are there: in a process of its own one byte beyond is touched, in each of the four ways.
#[test]
#[allow(unsafe_code)]
fn control() {
    const STRAY: &str = "ROUNDKEY_STRAY_ACCESS";
    let mut guarded = Guarded::new();
    if let Ok(which) = env::var(STRAY) {
        let buffer = guarded.bytes(if which.contains("before") { BehindGuard } else { BeforeGuard }, 1).as_mut_ptr();
        let beyond = if which.contains("before") { buffer.wrapping_sub(1) } else { buffer.wrapping_add(1) };
        // SAFETY: none, it is an access to memory that must not be touched, and this process ends here.
        unsafe { if which.contains("read") { _ = beyond.read_volatile() } else { beyond.write_volatile(1) } }
        return;
    }
    for which in ["read before", "read behind", "write before", "write behind"] {
        let mut stray = Command::new(env::current_exe().unwrap());
        match stray.args(["--exact", "control"]).env(STRAY, which).output() {
            // Under an emulator that runs this program and no other.
            Ok(output) if output.status.code() == Some(127) => {
                say(&format!("guard pages, control: {which} NOT RUN, the program can't be started"));
            }
            Err(error) => say(&format!("guard pages, control: {which} NOT RUN, {error}")),
            // SIGSEGV, or with some systems SIGBUS.
            Ok(output) => assert!(matches!(output.status.signal(), Some(11 | 10 | 7)), "{which}: {output:?}"),
        }
    }
}

/// Keys, at the end of memory or at its beginning, become the same round keys.
#[test]
fn keys_of_every_type() {
    on_every_backend("guard pages, keys", |cases| {
        for key in keys() {
            let mut expected = block(1);
            oracle(&key).encrypt_block(&mut expected);
            let (mut of_key, mut of_block) = (Guarded::new(), Guarded::new());
            for place in PLACES {
                let lent = of_key.lent(place, &key);
                let typed: Aes = match key.len() {
                    16 => Aes128::with_backend(lent.try_into().unwrap(), cases.backend).into(),
                    24 => Aes192::with_backend(lent.try_into().unwrap(), cases.backend).into(),
                    _ => Aes256::with_backend(lent.try_into().unwrap(), cases.backend).into(),
                };
                for key in [typed, cases.key(lent)] {
                    let block: &mut Block = of_block.copy(place, &block(1)).try_into().unwrap();
                    key.encrypt_block(block);
                    cases.equal(|| format!("a block, {place:?}"), block, &expected);
                    key.decrypt_block(block);
                    cases.equal(|| format!("a block back, {place:?}"), block, &common::block(1));
                }
            }
        }
    });
}

/// Whole blocks in place: ECB, CBC, and many messages of CBC.
#[test]
fn whole_blocks() {
    with_keys("guard pages, whole blocks", &keys(), |cases, place, key, oracle| {
        let (mut of_blocks, mut of_iv) = (Guarded::new(), Guarded::new());
        let iv = of_iv.lent_block(place, &block(2));
        for len in 0..=LONGEST {
            let name = |what| move || format!("{what}, {len} blocks, {place:?}");
            let text = blocks(len as u64, len);
            let mut expected = text.clone();
            expected.iter_mut().for_each(|block| oracle.encrypt_block(block));
            let got = of_blocks.copy_blocks(place, &text);
            key.encrypt_blocks(got);
            cases.equal(name("encrypt_blocks"), got.as_flattened(), expected.as_flattened());
            key.decrypt_blocks(got);
            cases.equal(name("decrypt_blocks"), got.as_flattened(), text.as_flattened());

            let mut expected = text.clone();
            cbc_encrypt_by_definition(oracle, iv, &mut expected);
            let got = of_blocks.copy_blocks(place, &text);
            cbc::Encryptor::new(key, iv).encrypt_blocks(got);
            cases.equal(name("Encryptor"), got.as_flattened(), expected.as_flattened());
            cbc::Decryptor::new(key, iv).decrypt_blocks(got);
            cases.equal(name("Decryptor"), got.as_flattened(), text.as_flattened());
        }
    });
}

/// Messages side by side, each at an end of its memory: as many as any engine takes at once, and lengths that differ.
#[test]
fn many_messages() {
    let lengths = (0..=70).map(|count| (0..count).map(|i| (5 * i + count) % 7).collect());
    let lengths = lengths.chain((0..=LONGEST).map(|len| vec![len, len / 2, 0, 1, len]));
    let lengths: Vec<Vec<usize>> = lengths.collect();
    on_every_backend("guard pages, many messages", |cases| {
        let (key, oracle) = (cases.key(&keys()[0]), oracle(&keys()[0]));
        let mut memory: Vec<Guarded> = (0..70).map(|_| Guarded::new()).collect();
        for (lengths, place) in lengths.iter().flat_map(|lengths| PLACES.map(|place| (lengths, place))) {
            let texts: Vec<Vec<Block>> = (0..).zip(lengths).map(|(i, len)| blocks(i, *len)).collect();
            let places = memory.iter_mut().zip(&texts).map(|(memory, text)| memory.copy_blocks(place, text));
            let mut messages: Vec<_> =
                places.zip(0..).map(|(blocks, i)| cbc::Message { iv: block(i), blocks }).collect();
            cbc::encrypt_many(&key, &mut messages);
            for ((message, text), i) in messages.iter().zip(texts).zip(0..) {
                let mut expected = text;
                cbc_encrypt_by_definition(&oracle, &block(i), &mut expected);
                let name = || format!("message {i} of {lengths:?} blocks, {place:?}");
                cases.equal(name, message.blocks.as_flattened(), expected.as_flattened());
            }
        }
    });
}

/// Messages with each padding, through every form of call, in both modes.
#[test]
fn messages() {
    with_keys("guard pages, messages", &keys(), |cases, place, key, oracle| {
        let mut memory = [(); 3].map(|()| Guarded::new());
        for len in 0..=LONGEST {
            with_padding(cases, place, (key, oracle), Pkcs7, len, &mut memory);
        }
    });
    // What else a padding does is in the last block, and the same for every key.
    with_keys("guard pages, other paddings", &keys()[..1], |cases, place, key, oracle| {
        let mut memory = [(); 3].map(|()| Guarded::new());
        for len in 0..=LONGEST {
            with_padding(cases, place, (key, oracle), Iso7816, len, &mut memory);
            with_padding(cases, place, (key, oracle), AnsiX923, len, &mut memory);
            with_padding(cases, place, (key, oracle), Zero, len, &mut memory);
            with_padding(cases, place, (key, oracle), NoPadding, len, &mut memory);
        }
    });
}

fn with_padding(
    cases: &mut Cases<'_>,
    place: Place,
    (key, oracle): (&Aes, &Aes),
    padding: impl Padding + Copy,
    len: usize,
    [of_iv, input, output]: &mut [Guarded; 3],
) {
    let name = |what| move || format!("{what}, {len} bytes, {place:?}");
    // No byte is zero, which one of the paddings would take away.
    let text: Vec<u8> = bytes(len as u64, len).iter().map(|byte| byte | 1).collect();
    let iv = of_iv.lent_block(place, &block(3));

    // What the paddings make of a message is another suite's: here it is enough that it comes back, and in CBC as in ECB.
    let mut padded = [&text[..], &[0; 16]].concat();
    let Ok(in_ecb) = ecb::encrypt_in_place_with(oracle, &mut padded, len, padding) else {
        cases.holds(
            name("no whole blocks"),
            cbc::encrypt_into_with(key, iv, &text, output.bytes(place, len), padding).is_err(),
        );
        return;
    };
    let in_ecb = in_ecb.to_vec();
    let padded_len = in_ecb.len();
    let mut in_cbc = in_ecb.clone();
    oracle.decrypt_blocks(in_cbc.as_chunks_mut().0);
    cbc_encrypt_by_definition(oracle, iv, in_cbc.as_chunks_mut().0);

    #[cfg(feature = "alloc")]
    {
        let plaintext = input.lent(place, &text);
        cases.equal(name("ecb::encrypt_with"), &ecb::encrypt_with(key, plaintext, padding).unwrap(), &in_ecb);
        cases.equal(name("cbc::encrypt_with"), &cbc::encrypt_with(key, iv, plaintext, padding).unwrap(), &in_cbc);
        let ciphertext = input.lent(place, &in_ecb);
        cases.equal(name("ecb::decrypt_with"), &ecb::decrypt_with(key, ciphertext, padding).unwrap(), &text);
        let ciphertext = input.lent(place, &in_cbc);
        cases.equal(name("cbc::decrypt_with"), &cbc::decrypt_with(key, iv, ciphertext, padding).unwrap(), &text);
    }

    let plaintext = input.lent(place, &text);
    let got = ecb::encrypt_into_with(key, plaintext, output.bytes(place, padded_len), padding).unwrap();
    cases.equal(name("ecb::encrypt_into_with"), got, &in_ecb);
    let got = cbc::encrypt_into_with(key, iv, plaintext, output.bytes(place, padded_len), padding).unwrap();
    cases.equal(name("cbc::encrypt_into_with"), got, &in_cbc);
    let ciphertext = input.lent(place, &in_ecb);
    let got = ecb::decrypt_into_with(key, ciphertext, output.bytes(place, padded_len), padding).unwrap();
    cases.equal(name("ecb::decrypt_into_with"), got, &text);
    let ciphertext = input.lent(place, &in_cbc);
    let got = cbc::decrypt_into_with(key, iv, ciphertext, output.bytes(place, padded_len), padding).unwrap();
    cases.equal(name("cbc::decrypt_into_with"), got, &text);

    let buffer = output.bytes(place, padded_len);
    buffer[..len].copy_from_slice(&text);
    let got = ecb::encrypt_in_place_with(key, buffer, len, padding).unwrap();
    cases.equal(name("ecb::encrypt_in_place_with"), got, &in_ecb);
    let got = ecb::decrypt_in_place_with(key, got, padding).unwrap();
    cases.equal(name("ecb::decrypt_in_place_with"), got, &text);
    let buffer = output.bytes(place, padded_len);
    buffer[..len].copy_from_slice(&text);
    let got = cbc::encrypt_in_place_with(key, iv, buffer, len, padding).unwrap();
    cases.equal(name("cbc::encrypt_in_place_with"), got, &in_cbc);
    let got = cbc::decrypt_in_place_with(key, iv, got, padding).unwrap();
    cases.equal(name("cbc::decrypt_in_place_with"), got, &text);
}

/// Streams that get their bytes in pieces, and write into buffers that are as long as need be.
#[test]
fn streams() {
    with_keys("guard pages, streams", &keys()[2..], |cases, place, key, oracle| {
        let [mut of_iv, mut input, mut output] = [(); 3].map(|()| Guarded::new());
        let iv = of_iv.lent_block(place, &block(7));
        for (len, cut) in (0..=LONGEST).flat_map(|len| [0, 1, 15, 16, 17, len / 2].map(|cut| (len, cut))) {
            let name = |what| move || format!("{what}, {len} bytes, cut at {cut}, {place:?}");
            let text = bytes(len as u64, len);
            let mut ciphertext = [&text[..], &[0; 16]].concat();
            let ciphertext = cbc::encrypt_in_place(oracle, iv, &mut ciphertext, len).unwrap();

            let (mut encryptor, mut got) = (cbc::StreamEncryptor::new(key, iv), Vec::new());
            let (one, other) = text.split_at(cut.min(len));
            for piece in [one, other] {
                let out = output.bytes(place, encryptor.update_len(piece.len()));
                got.extend_from_slice(encryptor.update(input.lent(place, piece), out).unwrap());
            }
            got.extend_from_slice(&encryptor.finish().unwrap());
            cases.equal(name("StreamEncryptor"), &got, ciphertext);

            let (mut decryptor, mut got) = (cbc::StreamDecryptor::new(key, iv), Vec::new());
            let (one, other) = ciphertext.split_at(cut.min(ciphertext.len()));
            for piece in [one, other] {
                let out = output.bytes(place, decryptor.update_len(piece.len()));
                got.extend_from_slice(decryptor.update(input.lent(place, piece), out).unwrap());
            }
            got.extend_from_slice(&decryptor.finish().unwrap());
            cases.equal(name("StreamDecryptor"), &got, &text);
        }
    });
}

/// What is over `std::io`: into a buffer of every length, and out of one.
#[test]
#[cfg(feature = "std")]
fn readers_and_writers() {
    use std::io::{Read, Write};

    on_every_backend("guard pages, Reader and Writer", |cases| {
        let (key, iv, text) = (cases.key(&keys()[1]), block(4), bytes(5, 5000));
        let ciphertext = cbc::encrypt(&key, &iv, &text);
        let [mut input, mut output] = [(); 2].map(|()| Guarded::new());
        let lengths = (0..=LONGEST).chain([4095, 4096, 4097, 5000]);
        for (len, place) in lengths.flat_map(|len| PLACES.map(|place| (len, place))) {
            let name = |what| move || format!("{what}, {len} bytes, {place:?}");
            let out = output.bytes(place, len);
            cbc::Reader::encrypt(input.lent(place, &text), &key, &iv).read_exact(out).unwrap();
            cases.equal(name("Reader::encrypt"), out, &ciphertext[..len]);
            cbc::Reader::decrypt(input.lent(place, &ciphertext), &key, &iv).read_exact(out).unwrap();
            cases.equal(name("Reader::decrypt"), out, &text[..len]);

            let mut writer = cbc::Writer::encrypt(Vec::new(), &key, &iv);
            writer.write_all(input.lent(place, &text[..len])).unwrap();
            let got = writer.finish().unwrap();
            let mut writer = cbc::Writer::decrypt(Vec::new(), &key, &iv);
            writer.write_all(input.lent(place, &got)).unwrap();
            cases.equal(name("Writer"), &writer.finish().unwrap(), &text[..len]);
            cases.equal(name("Writer::encrypt"), &got[..len / 16 * 16], &ciphertext[..len / 16 * 16]);
        }
    });
}

/// Ciphertext stealing.
#[test]
fn stealing() {
    with_keys("guard pages, ciphertext stealing", &keys()[1..2], |cases, place, key, oracle| {
        let [mut of_iv, mut memory] = [(); 2].map(|()| Guarded::new());
        let iv = of_iv.lent_block(place, &block(5));
        for len in 0..=LONGEST {
            for variant in [cts::Variant::Cs1, cts::Variant::Cs2, cts::Variant::Cs3] {
                let name = |what| move || format!("{what}, {variant:?}, {len} bytes, {place:?}");
                let text = bytes(len as u64, len);
                let mut expected = text.clone();
                // Another engine, and at no end of memory; `tests/cts.rs` knows what is right.
                let is_long_enough = cts::encrypt_in_place(oracle, iv, variant, &mut expected).is_ok();
                let got = memory.copy(place, &text);
                cases.holds(name("its length"), cts::encrypt_in_place(key, iv, variant, got).is_ok() == is_long_enough);
                cases.equal(name("encrypted"), got, &expected);
                cases.holds(name("its length"), cts::decrypt_in_place(key, iv, variant, got).is_ok() == is_long_enough);
                cases.equal(name("decrypted"), got, &text);
                #[cfg(feature = "alloc")]
                if is_long_enough {
                    let got = cts::encrypt(key, iv, variant, memory.lent(place, &text)).unwrap();
                    cases.equal(name("cts::encrypt"), &got, &expected);
                    let got = cts::decrypt(key, iv, variant, memory.lent(place, &expected)).unwrap();
                    cases.equal(name("cts::decrypt"), &got, &text);
                }
            }
        }
    });
}

/// CBC with HMAC: key, IV, buffer, AAD and tag.
#[test]
#[cfg(feature = "cbc-hmac")]
fn with_hmac() {
    use roundkey::cbc_hmac::Key;

    on_every_backend("guard pages, CBC with HMAC", |cases| {
        let [mut of_bytes, mut of_key, mut of_iv, mut of_aad, mut memory, mut of_tag] =
            [(); 6].map(|()| Guarded::new());
        for (place, key_len) in PLACES.into_iter().flat_map(|place| [32, 48, 64].map(|len| (place, len))) {
            let key_bytes = bytes(1, key_len);
            // Another engine, and at no end of memory.
            let oracle = Key::with_backend(&key_bytes, roundkey::Backend::available().last().unwrap()).unwrap();
            let key = Key::with_backend(of_bytes.lent(place, &key_bytes), cases.backend).unwrap();
            let iv = of_iv.lent_block(place, &block(6));
            of_key.with(place, key, |key| {
                for len in 0..=LONGEST {
                    let name = |what| move || format!("{what}, key of {key_len} bytes, {len} bytes, {place:?}");
                    let (text, aad) = (bytes(2, len), of_aad.lent(place, &bytes(3, len)));
                    let padded_len = len + 16 - len % 16;
                    let mut expected = text.clone();
                    expected.resize(padded_len, 0);
                    let (_, expected_tag) = oracle.seal_in_place(iv, &mut expected, len, aad).unwrap();

                    let buffer = memory.bytes(place, padded_len);
                    buffer[..len].copy_from_slice(&text);
                    let (got, tag) = key.seal_in_place(iv, buffer, len, aad).unwrap();
                    cases.equal(name("sealed"), got, &expected);
                    cases.equal(name("the tag"), &tag, &expected_tag);
                    let got = key.open_in_place(iv, got, of_tag.lent(place, &tag), aad).unwrap();
                    cases.equal(name("opened"), got, &text);
                    #[cfg(feature = "alloc")]
                    {
                        let sealed = key.seal_with_iv(iv, memory.lent(place, &text), aad);
                        cases.equal(name("seal_with_iv"), &sealed[16..][..padded_len], &expected);
                        let opened = key.open(memory.lent(place, &sealed), aad).unwrap();
                        cases.equal(name("open"), &opened, &text);
                    }
                }
            });
        }
    });
}

/// PKCS#7 by itself, for blocks of several lengths.
#[test]
fn pkcs7_by_itself() {
    let mut memory = Guarded::new();
    for (len, place) in (0..=LONGEST).flat_map(|len| PLACES.map(|place| (len, place))) {
        for block_size in [1, 2, 7, 16, 255] {
            let text = bytes(len as u64, len);
            let padding = usize::from(block_size) - len % usize::from(block_size);
            let padded = [&text[..], &vec![padding as u8; padding]].concat();
            let buffer = memory.bytes(place, padded.len());
            buffer[..len].copy_from_slice(&text);
            assert_eq!(pkcs7::pad(buffer, len, block_size), Ok(&mut padded.clone()[..]));
            let lent = memory.lent(place, &padded);
            assert_eq!(pkcs7::unpad(lent, block_size), Ok(&text[..]));
            assert_eq!(pkcs7::unpad_ct(lent, block_size).into_option(), Some(len));
            // Of any length, right or wrong.
            let lent = memory.lent(place, &text);
            assert_eq!(
                pkcs7::unpad(lent, block_size).ok().map(<[u8]>::len),
                pkcs7::unpad_ct(lent, block_size).into_option()
            );
        }
    }
}

/// Single rounds: block, and round keys.
#[test]
#[cfg(feature = "hazmat")]
fn single_rounds() {
    use roundkey::{Backend, hazmat::Rounds};

    type One = fn(Rounds, &mut Block, &Block);
    type Eight = fn(Rounds, &mut [Block; 8], &[Block; 8]);
    const CALLS: [(One, Eight); 6] = [
        (Rounds::cipher_round, Rounds::cipher_round_8),
        (Rounds::cipher_last_round, Rounds::cipher_last_round_8),
        (Rounds::eq_inv_cipher_round, Rounds::eq_inv_cipher_round_8),
        (Rounds::eq_inv_cipher_last_round, Rounds::eq_inv_cipher_last_round_8),
        (|rounds, block, _| rounds.mix_columns(block), |rounds, blocks, _| rounds.mix_columns_8(blocks)),
        (|rounds, block, _| rounds.inv_mix_columns(block), |rounds, blocks, _| rounds.inv_mix_columns_8(blocks)),
    ];
    on_every_backend("guard pages, single rounds", |cases| {
        let rounds = Rounds::with_backend(cases.backend);
        let oracle = Rounds::with_backend(Backend::available().last().unwrap());
        let [mut of_blocks, mut of_keys] = [(); 2].map(|()| Guarded::new());
        let texts: [Block; 8] = blocks(1, 8).try_into().unwrap();
        for place in PLACES {
            for (one, eight) in CALLS {
                let round_keys: &[Block; 8] = of_keys.lent(place, &bytes(2, 128)).as_chunks().0.try_into().unwrap();
                let got: &mut [Block; 8] = of_blocks.copy_blocks(place, &texts).try_into().unwrap();
                let mut expected = texts;
                eight(oracle, &mut expected, round_keys);
                eight(rounds, got, round_keys);
                cases.equal(|| format!("eight, {place:?}"), got.as_flattened(), expected.as_flattened());

                let round_key = of_keys.lent_block(place, &block(2));
                let got: &mut Block = of_blocks.copy(place, &texts[0]).try_into().unwrap();
                let mut expected = texts[0];
                one(oracle, &mut expected, round_key);
                one(rounds, got, round_key);
                cases.equal(|| format!("one, {place:?}"), got, &expected);
            }
            for len in 0..=LONGEST {
                let round_keys = of_keys.lent(place, &bytes(3, 128 * len)).as_chunks().0.as_chunks().0;
                let got: &mut [Block; 8] = of_blocks.copy_blocks(place, &texts).try_into().unwrap();
                let mut expected = texts;
                oracle.cipher_rounds_8(&mut expected, round_keys);
                rounds.cipher_rounds_8(got, round_keys);
                cases.equal(|| format!("eight, {len} rounds, {place:?}"), got.as_flattened(), expected.as_flattened());

                let round_keys = of_keys.lent(place, &bytes(3, 16 * len)).as_chunks().0;
                let got: &mut Block = of_blocks.copy(place, &texts[0]).try_into().unwrap();
                let mut expected = texts[0];
                oracle.cipher_rounds(&mut expected, round_keys);
                rounds.cipher_rounds(got, round_keys);
                cases.equal(|| format!("{len} rounds, {place:?}"), got, &expected);
            }
        }
    });
}

/// RustCrypto's traits: from buffer to buffer, which only they do, and in place.
#[test]
#[cfg(feature = "cipher")]
fn other_crates_traits() {
    use cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, consts::U16};

    with_keys("guard pages, other crates' traits", &keys()[..1], |cases, place, key, oracle| {
        let [mut input, mut output] = [(); 2].map(|()| Guarded::new());
        for len in 0..=LONGEST {
            let name = |what| move || format!("{what}, {len} blocks, {place:?}");
            let text = blocks(len as u64, len);
            let mut expected = text.clone();
            expected.iter_mut().for_each(|block| oracle.encrypt_block(block));

            let from: &[Array<u8, U16>] =
                Array::cast_slice_from_core(input.lent(place, text.as_flattened()).as_chunks().0);
            let to = Array::cast_slice_from_core_mut(output.bytes(place, 16 * len).as_chunks_mut().0);
            BlockCipherEncrypt::encrypt_blocks_b2b(key, from, to).unwrap();
            cases.equal(
                name("encrypt_blocks_b2b"),
                Array::cast_slice_to_core(to).as_flattened(),
                expected.as_flattened(),
            );
            BlockCipherDecrypt::decrypt_blocks(key, to);
            cases.equal(name("decrypt_blocks"), Array::cast_slice_to_core(to).as_flattened(), text.as_flattened());
            BlockCipherEncrypt::encrypt_blocks(key, to);
            cases.equal(name("encrypt_blocks"), Array::cast_slice_to_core(to).as_flattened(), expected.as_flattened());
            let from: &[Array<u8, U16>] =
                Array::cast_slice_from_core(input.lent(place, expected.as_flattened()).as_chunks().0);
            BlockCipherDecrypt::decrypt_blocks_b2b(key, from, to).unwrap();
            cases.equal(name("decrypt_blocks_b2b"), Array::cast_slice_to_core(to).as_flattened(), text.as_flattened());
        }
    });
}
