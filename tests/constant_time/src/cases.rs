//! What is done with secrets: every call of the crate that takes some, with each key.

use std::slice;

use cipher::{InnerIvInit, StreamCipher, StreamCipherCoreWrapper};
use roundkey::{
    Aes, Aes128, Aes192, Aes256, Backend, Block, DecryptError, DecryptIntoError, OpenError, UnpadError, cbc, cbc_hmac,
    cts::{self, Variant},
    ecb,
    hazmat::Rounds,
    padding::{AnsiX923, Iso7816, NoPadding, Padding, Zero, pkcs7},
};

use crate::memcheck::{are_secret, hide, publish};

type Ctr<'k> = ctr::CtrCore<&'k Aes, ctr::flavors::Ctr64BE>;

/// What a case works with.
pub struct Bench {
    pub backend: Backend,
    /// The secret bytes of the key.
    pub key_bytes: Vec<u8>,
    pub key: Aes,
    /// The most blocks that are encrypted in one call.
    pub most: usize,
    /// Whether results are known to be secret. What was read from an address that depends on a secret isn't, to valgrind.
    pub traced: bool,
}

impl Bench {
    /// Makes a result public, so that it can be compared. Up to here all of it was secret: if not, it would have got lost on
    /// the way that it is, and nothing would have been checked from there on.
    fn reveal(&self, bytes: &mut [u8]) {
        let all = are_secret(bytes).into_iter().all(|secret| secret);
        assert!(all || !self.traced, "a result doesn't depend on the secrets that it was made from");
        publish(bytes);
    }
}

/// A case, by its name.
pub struct Case {
    pub name: &'static str,
    pub run: fn(&Bench),
    /// Whether it encrypts or decrypts, so that a backend with tables must be reported.
    pub is_of_the_cipher: bool,
}

pub const CASES: [Case; 17] = [
    Case { name: "keys", run: keys, is_of_the_cipher: true },
    Case { name: "ecb_blocks", run: ecb_blocks, is_of_the_cipher: true },
    Case { name: "cbc_blocks", run: cbc_blocks, is_of_the_cipher: true },
    Case { name: "cbc_encrypt_many", run: cbc_encrypt_many, is_of_the_cipher: true },
    Case { name: "ecb_messages", run: |bench| messages(bench, &Mode::Ecb), is_of_the_cipher: true },
    Case { name: "cbc_messages", run: |bench| messages(bench, &Mode::Cbc(iv())), is_of_the_cipher: true },
    Case { name: "ecb_wrong_padding", run: |bench| wrong_padding(bench, &Mode::Ecb), is_of_the_cipher: true },
    Case { name: "cbc_wrong_padding", run: |bench| wrong_padding(bench, &Mode::Cbc(iv())), is_of_the_cipher: true },
    Case { name: "other_paddings", run: other_paddings, is_of_the_cipher: true },
    Case { name: "ciphertext_stealing", run: ciphertext_stealing, is_of_the_cipher: true },
    Case { name: "cbc_hmac", run: cbc_hmac, is_of_the_cipher: true },
    Case { name: "traits", run: traits, is_of_the_cipher: true },
    Case { name: "rounds", run: rounds, is_of_the_cipher: true },
    Case { name: "inverse_rounds", run: inverse_rounds, is_of_the_cipher: true },
    Case { name: "mix_columns", run: mix_columns, is_of_the_cipher: false },
    Case { name: "pkcs7", run: pkcs7_right, is_of_the_cipher: false },
    Case { name: "pkcs7_wrong", run: pkcs7_wrong, is_of_the_cipher: false },
];

/// Bytes that are all different from their neighbours.
pub fn bytes(seed: usize, len: usize) -> Vec<u8> {
    (0..len).map(|i| (29 * i + 101 * seed + i / 16) as u8).collect()
}

/// The same, secret.
pub fn secret(seed: usize, len: usize) -> Vec<u8> {
    hidden(&bytes(seed, len))
}

fn hidden(bytes: &[u8]) -> Vec<u8> {
    let mut secret = bytes.to_vec();
    hide(&mut secret);
    secret
}

fn secret_blocks(seed: usize, len: usize) -> Vec<Block> {
    secret(seed, 16 * len).as_chunks().0.to_vec()
}

/// An IV. It is no secret as a rule, but need not show either.
fn iv() -> Block {
    secret_blocks(7, 1)[0]
}

/// Keys of each type are made, cloned, used and dropped.
fn keys(bench: &Bench) {
    let (key_bytes, backend) = (&bench.key_bytes[..], bench.backend);
    let once = |key: &Aes| {
        let mut block = iv();
        key.clone().encrypt_block(&mut block);
        key.decrypt_block(&mut block);
        bench.reveal(&mut block);
        assert_eq!(block[..], bytes(7, 16));
    };
    once(&Aes::with_backend(key_bytes, backend).unwrap());
    match key_bytes.len() {
        16 => once(&Aes128::with_backend(key_bytes.try_into().unwrap(), backend)),
        24 => once(&Aes192::with_backend(key_bytes.try_into().unwrap(), backend)),
        _ => once(&Aes256::with_backend(key_bytes.try_into().unwrap(), backend)),
    }
}

/// Every number of blocks up to the most, so that every rung of the ladder is stood upon.
fn ecb_blocks(bench: &Bench) {
    for len in 0..=bench.most {
        let mut blocks = secret_blocks(len, len);
        bench.key.encrypt_blocks(&mut blocks);
        bench.reveal(blocks.clone().as_flattened_mut());
        bench.key.decrypt_blocks(&mut blocks);
        bench.reveal(blocks.as_flattened_mut());
        assert_eq!(blocks.as_flattened(), bytes(len, 16 * len));
    }
}

/// The same, each message in two pieces.
fn cbc_blocks(bench: &Bench) {
    for len in 0..=bench.most {
        let mut blocks = secret_blocks(len, len);
        let (mut encryptor, mut decryptor) =
            (cbc::Encryptor::new(&bench.key, &iv()), cbc::Decryptor::new(&bench.key, &iv()));
        let (first, second) = blocks.split_at_mut(len / 3);
        encryptor.encrypt_blocks(first);
        encryptor.encrypt_blocks(second);
        bench.reveal(blocks.clone().as_flattened_mut());
        let (first, second) = blocks.split_at_mut(len / 4);
        decryptor.decrypt_blocks(first);
        decryptor.decrypt_blocks(second);
        bench.reveal(blocks.as_flattened_mut());
        assert_eq!(blocks.as_flattened(), bytes(len, 16 * len));
    }
}

fn cbc_encrypt_many(bench: &Bench) {
    let alike = |count, len| vec![len; count];
    let uneven = |count: usize| (0..count).map(|i| 7 * i % 13).collect();
    // No message, one, and more of them than any engine has places for; with lengths that are few at a time.
    let lengths: [Vec<usize>; 8] =
        [vec![], vec![3], vec![0, 1, 5], alike(8, 2), uneven(9), uneven(17), uneven(33), uneven(70)];
    for lengths in lengths {
        encrypt_many(bench, &lengths, 13);
    }
    // Pages of which each begins where the one before ends are begun in turn.
    encrypt_many(bench, &alike(10, 64), 256);
}

/// Messages that lie `apart` blocks from one another.
fn encrypt_many(bench: &Bench, lengths: &[usize], apart: usize) {
    let plaintext = bytes(1, 16 * apart * lengths.len());
    let mut memory = hidden(&plaintext);
    let places = memory.as_chunks_mut().0.chunks_mut(apart);
    let mut messages: Vec<_> =
        places.zip(lengths).map(|(place, len)| cbc::Message { iv: iv(), blocks: &mut place[..*len] }).collect();
    cbc::encrypt_many(&bench.key, &mut messages);
    for message in &mut messages {
        bench.reveal(message.blocks.to_vec().as_flattened_mut());
        bench.reveal(&mut message.iv);
        cbc::Decryptor::new(&bench.key, &iv()).decrypt_blocks(message.blocks);
    }
    bench.reveal(&mut memory);
    assert_eq!(memory, plaintext);
}

/// A mode's calls for whole messages.
enum Mode {
    Ecb,
    Cbc(Block),
}

impl Mode {
    fn encrypt(&self, key: &Aes, plaintext: &[u8]) -> Vec<u8> {
        match self {
            Mode::Ecb => ecb::encrypt(key, plaintext),
            Mode::Cbc(iv) => cbc::encrypt(key, iv, plaintext),
        }
    }

    fn encrypt_in_place<'b>(&self, key: &Aes, buffer: &'b mut [u8], message_len: usize) -> &'b mut [u8] {
        match self {
            Mode::Ecb => ecb::encrypt_in_place(key, buffer, message_len),
            Mode::Cbc(iv) => cbc::encrypt_in_place(key, iv, buffer, message_len),
        }
        .unwrap()
    }

    fn encrypt_into<'o>(&self, key: &Aes, plaintext: &[u8], out: &'o mut [u8]) -> &'o mut [u8] {
        match self {
            Mode::Ecb => ecb::encrypt_into(key, plaintext, out),
            Mode::Cbc(iv) => cbc::encrypt_into(key, iv, plaintext, out),
        }
        .unwrap()
    }

    fn encrypt_blocks(&self, key: &Aes, blocks: &mut [Block]) {
        match self {
            Mode::Ecb => key.encrypt_blocks(blocks),
            Mode::Cbc(iv) => cbc::Encryptor::new(key, iv).encrypt_blocks(blocks),
        }
    }

    fn decrypt(&self, key: &Aes, ciphertext: &[u8]) -> Result<Vec<u8>, DecryptError> {
        match self {
            Mode::Ecb => ecb::decrypt(key, ciphertext),
            Mode::Cbc(iv) => cbc::decrypt(key, iv, ciphertext),
        }
    }

    fn decrypt_in_place<'b>(&self, key: &Aes, buffer: &'b mut [u8]) -> Result<&'b mut [u8], DecryptError> {
        match self {
            Mode::Ecb => ecb::decrypt_in_place(key, buffer),
            Mode::Cbc(iv) => cbc::decrypt_in_place(key, iv, buffer),
        }
    }

    fn decrypt_into<'o>(
        &self,
        key: &Aes,
        ciphertext: &[u8],
        out: &'o mut [u8],
    ) -> Result<&'o mut [u8], DecryptIntoError> {
        match self {
            Mode::Ecb => ecb::decrypt_into(key, ciphertext, out),
            Mode::Cbc(iv) => cbc::decrypt_into(key, iv, ciphertext, out),
        }
    }
}

/// Whole messages, with each length of padding and on several rungs, in each form of call.
fn messages(bench: &Bench, mode: &Mode) {
    let key = &bench.key;
    let most = 16 * bench.most;
    for len in (0..=33.min(most)).chain((most > 33).then_some([16 * 9 - 1, most - 1, most]).into_iter().flatten()) {
        let plaintext = secret(len, len);
        let padded_len = len / 16 * 16 + 16;
        let returned = mode.encrypt(key, &plaintext);
        let mut buffer = [&plaintext[..], &[0; 20]].concat();
        assert_eq!(mode.encrypt_in_place(key, &mut buffer, len).len(), padded_len);
        let mut out = vec![0; padded_len + 3];
        assert_eq!(mode.encrypt_into(key, &plaintext, &mut out).len(), padded_len);

        let expect = |plaintext: &mut [u8]| {
            bench.reveal(plaintext);
            assert_eq!(plaintext, bytes(len, len));
        };
        expect(&mut mode.decrypt(key, &returned).unwrap());
        expect(mode.decrypt_in_place(key, &mut buffer[..padded_len]).unwrap());
        let mut message = vec![0; padded_len + 3];
        expect(mode.decrypt_into(key, &out[..padded_len], &mut message).unwrap());

        for ciphertext in [&mut returned.clone()[..], &mut out[..padded_len]] {
            bench.reveal(ciphertext);
            assert_eq!(ciphertext.len(), padded_len);
        }
    }
}

/// What blocks can end with that is not padding for blocks of `block_size`: each kind of wrong, at each place.
fn wrong_endings(block_size: u8) -> Vec<Vec<u8>> {
    let len = usize::from(block_size);
    let mut endings = vec![vec![0; len]];
    if let Some(too_long) = block_size.checked_add(1) {
        endings.extend([vec![too_long; len], vec![255; len]]);
    }
    // Padding of each length, but for one byte.
    for padding in 2..=block_size {
        for wrong in len - usize::from(padding)..len - 1 {
            let mut ending = vec![padding; len];
            ending[wrong] ^= 0x80 >> (wrong % 8);
            endings.push(ending);
        }
    }
    endings
}

/// Ciphertexts of something that is not padded, in each form of call. What is left of it is no secret any more: zeros.
fn wrong_padding(bench: &Bench, mode: &Mode) {
    let key = &bench.key;
    for (i, ending) in wrong_endings(16).into_iter().enumerate().take(if bench.traced { usize::MAX } else { 1 }) {
        let blocks_before = i % 4 * 5;
        let mut blocks = hidden(&[bytes(i, 16 * blocks_before), ending].concat()).as_chunks().0.to_vec();
        mode.encrypt_blocks(key, &mut blocks);
        let ciphertext = blocks.as_flattened_mut();

        assert_eq!(mode.decrypt(key, ciphertext), Err(DecryptError::Padding));
        let mut out = vec![1; ciphertext.len()];
        let wrong = Err(DecryptIntoError::Decrypt(DecryptError::Padding));
        assert_eq!(mode.decrypt_into(key, ciphertext, &mut out), wrong);
        assert!(!are_secret(&out).contains(&true) && out.iter().all(|byte| *byte == 0));
        assert_eq!(mode.decrypt_in_place(key, ciphertext), Err(DecryptError::Padding));
        assert!(!are_secret(ciphertext).contains(&true) && ciphertext.iter().all(|byte| *byte == 0));
    }
}

/// The paddings that are named in the call, in a piece and streamed: right ones of every length, and endings that some of
/// them find wrong.
fn other_paddings(bench: &Bench) {
    with_padding(bench, Iso7816);
    with_padding(bench, AnsiX923);
    with_padding(bench, Zero);
    with_padding(bench, NoPadding);
}

fn with_padding(bench: &Bench, padding: impl Padding + Copy) {
    let (key, iv) = (&bench.key, &iv());
    for len in if bench.most > 2 { 0..=33 } else { 16..=17 } {
        let mut encryptor = cbc::StreamEncryptor::with_padding(key, iv, padding);
        let mut streamed = Vec::new();
        encryptor.update_vec(&secret(len, len), &mut streamed);
        let last = encryptor.finish();
        let Ok(mut ciphertext) = cbc::encrypt_with(key, iv, &secret(len, len), padding) else { continue };
        streamed.extend_from_slice(&last.unwrap());
        bench.reveal(&mut streamed);
        bench.reveal(&mut ciphertext.clone());
        let mut message = cbc::decrypt_with(key, iv, &ciphertext, padding).unwrap();
        bench.reveal(&mut message);
        assert_eq!(message, bytes(len, len)[..message.len()]);
        message = cbc::decrypt_in_place_with(key, iv, &mut ciphertext, padding).unwrap().to_vec();
        bench.reveal(&mut message);
    }
    for ending in wrong_endings(16).into_iter().step_by(3).take(if bench.traced { usize::MAX } else { 1 }) {
        let mut blocks = hidden(&[bytes(5, 32), ending].concat()).as_chunks().0.to_vec();
        cbc::Encryptor::new(key, iv).encrypt_blocks(&mut blocks);
        let mut decryptor = cbc::StreamDecryptor::with_padding(key, iv, padding);
        decryptor.update_vec(blocks.as_flattened(), &mut Vec::new());
        assert_eq!(decryptor.finish().is_ok(), cbc::decrypt_with(key, iv, blocks.as_flattened(), padding).is_ok());
    }
}

/// Each length of the last block, and several of all.
fn ciphertext_stealing(bench: &Bench) {
    for variant in [Variant::Cs1, Variant::Cs2, Variant::Cs3] {
        for len in (16..=49).chain((bench.most > 3).then_some(16 * bench.most - 1)) {
            let mut message = cts::encrypt(&bench.key, &iv(), variant, &secret(len, len)).unwrap();
            bench.reveal(&mut message.clone());
            message = cts::decrypt(&bench.key, &iv(), variant, &message).unwrap();
            bench.reveal(&mut message);
            assert_eq!(message, bytes(len, len));
        }
    }
}

/// Sealed and opened, and refused: whether the tag is right becomes public, and nothing of what a right one would be.
fn cbc_hmac(bench: &Bench) {
    let key = [&bench.key_bytes[..], &bench.key_bytes].concat();
    let key = cbc_hmac::Key::with_backend(&key, bench.backend).unwrap();
    let aad = secret(3, 21);
    for len in (0..=33).step_by(3).chain((bench.most > 2).then_some(5000)) {
        let mut sealed = key.seal_with_iv(&iv(), &secret(len, len), &aad);
        let mut message = key.open(&sealed, &aad).unwrap();
        bench.reveal(&mut message);
        assert_eq!(message, bytes(len, len));
        sealed[16] ^= 1;
        assert_eq!(key.open(&sealed, &aad), Err(OpenError::Tag));
        let mut buffer = [secret(len, len), vec![0; 16]].concat();
        let (ciphertext, tag) = key.seal_in_place(&iv(), &mut buffer, len, &aad).unwrap();
        let wrong_tag = [&tag[1..], &[0]].concat();
        assert_eq!(key.open_in_place(&iv(), ciphertext, &wrong_tag, &aad), Err(OpenError::Tag));
        let message = key.open_in_place(&iv(), ciphertext, &tag, &aad).unwrap();
        bench.reveal(message);
        assert_eq!(message, bytes(len, len));
    }
}

/// Another crate's mode over the key: several blocks handed over at once, single ones, and parts.
fn traits(bench: &Bench) {
    for len in (0..=160).step_by(7).take(if bench.traced { usize::MAX } else { 3 }) {
        let mut message = secret(len, len);
        let ctr = || StreamCipherCoreWrapper::from_core(Ctr::inner_iv_init(&bench.key, &iv().into()));
        ctr().apply_keystream(&mut message);
        bench.reveal(&mut message.clone());
        ctr().apply_keystream(&mut message);
        bench.reveal(&mut message);
        assert_eq!(message, bytes(len, len));
    }
}

type RoundCall = fn(Rounds, &mut [Block; 8], &[Block; 8]);

fn rounds(bench: &Bench) {
    round_calls(
        bench,
        &[
            |rounds, blocks, round_keys| rounds.cipher_round(&mut blocks[0], &round_keys[0]),
            |rounds, blocks, round_keys| rounds.cipher_last_round(&mut blocks[0], &round_keys[0]),
            Rounds::cipher_round_8,
            Rounds::cipher_last_round_8,
            |rounds, blocks, round_keys| rounds.cipher_rounds(&mut blocks[0], round_keys),
            |rounds, blocks, round_keys| rounds.cipher_rounds_8(blocks, &[*round_keys, *round_keys, *round_keys]),
        ],
    );
}

fn inverse_rounds(bench: &Bench) {
    round_calls(
        bench,
        &[
            |rounds, blocks, round_keys| rounds.eq_inv_cipher_round(&mut blocks[0], &round_keys[0]),
            |rounds, blocks, round_keys| rounds.eq_inv_cipher_last_round(&mut blocks[0], &round_keys[0]),
            Rounds::eq_inv_cipher_round_8,
            Rounds::eq_inv_cipher_last_round_8,
        ],
    );
}

fn mix_columns(bench: &Bench) {
    round_calls(
        bench,
        &[
            |rounds, blocks, _| rounds.mix_columns(&mut blocks[0]),
            |rounds, blocks, _| rounds.inv_mix_columns(&mut blocks[0]),
            |rounds, blocks, _| rounds.mix_columns_8(blocks),
            |rounds, blocks, _| rounds.inv_mix_columns_8(blocks),
        ],
    );
}

/// Calls with secret blocks and round keys, and the same with public ones.
fn round_calls(bench: &Bench, calls: &[RoundCall]) {
    let rounds = Rounds::with_backend(bench.backend);
    let eight = |bytes: &[u8]| -> [Block; 8] { bytes.as_chunks().0.try_into().unwrap() };
    for call in calls {
        let mut blocks = eight(&secret(1, 128));
        call(rounds, &mut blocks, &eight(&secret(2, 128)));
        bench.reveal(blocks.as_flattened_mut());
        let mut expected = eight(&bytes(1, 128));
        call(rounds, &mut expected, &eight(&bytes(2, 128)));
        assert_eq!(blocks, expected);
    }
}

const BLOCK_SIZES: [u8; 4] = [1, 5, 16, 255];

/// Padding by itself. How much there is to add is public, how much there is to take away is not.
fn pkcs7_right(bench: &Bench) {
    for block_size in BLOCK_SIZES {
        let size = usize::from(block_size);
        for len in (0..=2 * size).step_by(size.div_ceil(16)) {
            let mut buffer = [secret(len, len), vec![0; size]].concat();
            let padded = pkcs7::pad(&mut buffer, len, block_size).unwrap();
            hide(padded);

            let mut message_len = pkcs7::unpad_ct(padded, block_size);
            assert_eq!(chosen(message_len.is_some().unwrap_u8()), 1);
            publish(slice::from_mut(&mut message_len));
            assert_eq!(message_len.into_option(), Some(len));

            let mut message = pkcs7::unpad(padded, block_size).unwrap().to_vec();
            bench.reveal(&mut message);
            assert_eq!(message, bytes(len, len));
        }
    }
}

fn pkcs7_wrong(_: &Bench) {
    for block_size in BLOCK_SIZES {
        let endings = wrong_endings(block_size);
        let some = endings.len().div_ceil(200);
        for ending in endings.into_iter().step_by(some) {
            let padded = hidden(&[bytes(3, usize::from(block_size)), ending].concat());
            assert_eq!(chosen(pkcs7::unpad_ct(&padded, block_size).is_some().unwrap_u8()), 0);
            assert_eq!(pkcs7::unpad(&padded, block_size), Err(UnpadError::Padding));
        }
    }
}

/// A choice that is the caller's to make, made public.
fn chosen(mut choice: u8) -> u8 {
    assert_eq!(are_secret(slice::from_ref(&choice)), [true]);
    publish(slice::from_mut(&mut choice));
    choice
}
