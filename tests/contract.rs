//! What every backend promises, whatever its registers hold: any number of blocks, in any pieces, at any alignment, and
//! not a byte touched beside them.
//!
//! Each suite runs on each backend and compares with the oracle, `reference`, a block at a time (or, in a build without
//! it, with the slowest backend, a block at a time).

mod common;

use common::{
    block, blocks, bytes, cbc_decrypt_by_definition, cbc_encrypt_by_definition, keys, on_every_backend, oracle,
};
use roundkey::{Aes, Aes128, Aes192, Aes256, Backend, Block, BufferTooShort, DecryptError, DecryptIntoError, cbc, ecb};

/// Four times the most blocks that any engine has in flight (8 registers of 4), and a ragged end.
const MOST_BLOCKS: usize = 4 * 32 + 3;

#[test]
fn every_length() {
    on_every_backend("every length, ECB and CBC", |cases| {
        for key in keys() {
            let (oracle, key) = (oracle(&key), cases.key(&key));
            let iv = block(1);
            for len in 0..=MOST_BLOCKS {
                let name = |mode| move || format!("{mode}, {len} blocks");
                let text = blocks(len as u64, len);

                let (mut got, mut expected) = (text.clone(), text.clone());
                key.encrypt_blocks(&mut got);
                expected.iter_mut().for_each(|block| oracle.encrypt_block(block));
                cases.equal(name("ECB encryption"), got.as_flattened(), expected.as_flattened());

                let (mut got, mut expected) = (text.clone(), text.clone());
                key.decrypt_blocks(&mut got);
                expected.iter_mut().for_each(|block| oracle.decrypt_block(block));
                cases.equal(name("ECB decryption"), got.as_flattened(), expected.as_flattened());

                let (mut got, mut expected) = (text.clone(), text.clone());
                cbc::Encryptor::new(&key, &iv).encrypt_blocks(&mut got);
                cbc_encrypt_by_definition(&oracle, &iv, &mut expected);
                cases.equal(name("CBC encryption"), got.as_flattened(), expected.as_flattened());

                let (mut got, mut expected) = (text.clone(), text.clone());
                cbc::Decryptor::new(&key, &iv).decrypt_blocks(&mut got);
                cbc_decrypt_by_definition(&oracle, &iv, &mut expected);
                cases.equal(name("CBC decryption"), got.as_flattened(), expected.as_flattened());
            }
        }
    });
}

/// Two pieces of every length, and three around every short middle, are the same as one call.
#[test]
fn any_split() {
    const BLOCKS: usize = 40;
    on_every_backend("CBC in pieces", |cases| {
        let (key, iv) = (cases.key(&keys()[1]), block(1));
        let plaintext = blocks(2, BLOCKS);
        let mut ciphertext = plaintext.clone();
        cbc::Encryptor::new(&key, &iv).encrypt_blocks(&mut ciphertext);

        for first in 0..=BLOCKS {
            for second in (first..=BLOCKS).filter(|second| *second == BLOCKS || second - first <= 9) {
                let name = |what| move || format!("{what} at {first} and {second} of {BLOCKS} blocks");
                let cuts = [0..first, first..second, second..BLOCKS];

                let mut got = plaintext.clone();
                let mut encryptor = cbc::Encryptor::new(&key, &iv);
                cuts.clone().into_iter().for_each(|cut| encryptor.encrypt_blocks(&mut got[cut]));
                cases.equal(name("encryption cut"), got.as_flattened(), ciphertext.as_flattened());

                let mut decryptor = cbc::Decryptor::new(&key, &iv);
                cuts.into_iter().for_each(|cut| decryptor.decrypt_blocks(&mut got[cut]));
                cases.equal(name("decryption cut"), got.as_flattened(), plaintext.as_flattened());
            }
        }
    });
}

const CANARY: u8 = 0xc5;

/// Memory full of canaries that begins at the start of a cache line.
#[repr(align(64))]
struct Memory([u8; 64 + 64 + 16 * 72 + 64]);

impl Memory {
    fn new() -> Box<Self> {
        Box::new(Memory([CANARY; _]))
    }

    /// `len` bytes that begin `alignment` bytes past the start of a cache line, and what is before and behind them.
    fn split(&mut self, alignment: usize, len: usize) -> (&mut [u8], [&mut [u8]; 2]) {
        assert_eq!(self.0.as_ptr() as usize % 64, 0);
        let (before, rest) = self.0.split_at_mut(64 + alignment);
        let (within, behind) = rest.split_at_mut(len);
        (within, [before, behind])
    }
}

fn only_canaries(beside: &[&mut [u8]; 2]) -> bool {
    beside.iter().all(|bytes| bytes.iter().all(|byte| *byte == CANARY))
}

/// Blocks at each of the 64 places in a cache line, and around them bytes that must stay as they are.
#[test]
fn nothing_beside_the_blocks_is_touched() {
    on_every_backend("canaries at every alignment", |cases| {
        let (key_bytes, iv) = (keys()[2].clone(), block(1));
        let key = cases.key(&key_bytes);
        for alignment in 0..64 {
            for len in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 70] {
                let text = bytes(len as u64, 16 * len);
                for (name, run) in whole_block_calls() {
                    let mut expected = text.clone();
                    run(&key, &iv, expected.as_chunks_mut().0);

                    let mut memory = Memory::new();
                    let (within, beside) = memory.split(alignment, text.len());
                    within.copy_from_slice(&text);
                    run(&key, &iv, within.as_chunks_mut().0);

                    let place = || format!("{name}, {len} blocks, {alignment} bytes past a cache line's start");
                    cases.equal(place, within, &expected);
                    cases.holds(place, only_canaries(&beside));
                }
            }
        }
    });
}

/// The same for messages with padding, in place and from buffer to buffer: input, key and IV, which are lent for reading
/// only, stay as they are too.
#[test]
fn nothing_beside_the_message_is_touched() {
    on_every_backend("canaries around messages at every alignment", |cases| {
        let (key, iv) = (cases.key(&keys()[2]), block(1));
        for alignment in 0..64 {
            for len in [0, 1, 15, 16, 17, 31, 32, 100, 127, 128, 129, 255, 256, 500, 1000, 1040] {
                let ecb = EcbCalls { key: &key };
                aligned_message(cases, "ECB", alignment, len, &ecb);
                let cbc = CbcCalls { key: &key, iv };
                aligned_message(cases, "CBC", alignment, len, &cbc);
                cases.equal(|| "the IV after all this".into(), &cbc.iv, &iv);
            }
        }
        let (mut fresh, mut old) = (block(3), block(3));
        cases.key(&keys()[2]).encrypt_block(&mut fresh);
        key.encrypt_block(&mut old);
        cases.equal(|| "the key after all this".into(), &old, &fresh);
    });
}

fn aligned_message(cases: &mut common::Cases, mode: &str, alignment: usize, len: usize, calls: &impl Calls) {
    let name = || format!("{mode}, {len} bytes, {alignment} bytes past a cache line's start");
    let padded_len = len + 16 - len % 16;
    let text = bytes(len as u64, len);

    // Input and output begin at different places in their cache lines, by a number of bytes that goes through all of them.
    let (mut one, mut other) = (Memory::new(), Memory::new());
    let (input, beside_input) = one.split(alignment, len);
    let (output, beside_output) = other.split((5 * alignment + len) % 64, padded_len);
    input.copy_from_slice(&text);
    calls.encrypt_into(input, output).unwrap();
    cases.equal(name, input, &text);
    cases.holds(name, only_canaries(&beside_input) && only_canaries(&beside_output));

    let ciphertext = output.to_vec();
    let mut third = Memory::new();
    let (decrypted, beside_decrypted) = third.split((3 * alignment + 7) % 64, padded_len);
    cases.equal(name, calls.decrypt_into(output, decrypted).unwrap(), &text);
    cases.equal(name, output, &ciphertext);
    cases.holds(name, only_canaries(&beside_decrypted) && only_canaries(&beside_output));

    let mut fourth = Memory::new();
    let (in_place, beside) = fourth.split(alignment, padded_len);
    in_place[..len].copy_from_slice(&text);
    cases.equal(name, calls.encrypt_in_place(in_place, len).unwrap(), &ciphertext);
    cases.equal(name, calls.decrypt_in_place(in_place).unwrap(), &text);
    cases.holds(name, only_canaries(&beside));
}

type WholeBlockCall = fn(&Aes, &Block, &mut [Block]);

/// Every call that works on whole blocks in place.
fn whole_block_calls() -> [(&'static str, WholeBlockCall); 5] {
    [
        ("encrypt_blocks", |key, _, blocks| key.encrypt_blocks(blocks)),
        ("decrypt_blocks", |key, _, blocks| key.decrypt_blocks(blocks)),
        ("cbc::Encryptor", |key, iv, blocks| cbc::Encryptor::new(key, iv).encrypt_blocks(blocks)),
        ("cbc::Decryptor", |key, iv, blocks| cbc::Decryptor::new(key, iv).decrypt_blocks(blocks)),
        ("cbc::encrypt_many", |key, iv, blocks| {
            let (one, two) = blocks.split_at_mut(blocks.len() / 3);
            let mut messages = [cbc::Message { iv: *iv, blocks: one }, cbc::Message { iv: *iv, blocks: two }];
            cbc::encrypt_many(key, &mut messages);
        }),
    ]
}

/// Messages of all lengths mixed, empty ones among them, in one call and in pieces that chain.
#[test]
fn many_messages() {
    on_every_backend("encrypt_many", |cases| {
        for (round, count) in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 100].into_iter().enumerate() {
            let key_bytes = &keys()[round % 3];
            let (oracle, key) = (oracle(key_bytes), cases.key(key_bytes));
            let seed = |i: usize| (1000 * round + i) as u64;
            let lengths: Vec<usize> =
                bytes(seed(0), count).iter().map(|b| usize::from(*b) % 21 * (usize::from(*b) & 3)).collect();
            let texts: Vec<Vec<Block>> = lengths.iter().enumerate().map(|(i, len)| blocks(seed(i), *len)).collect();
            let ivs: Vec<Block> = (0..count).map(|i| block(!seed(i))).collect();

            let mut got = texts.clone();
            let mut messages: Vec<_> =
                got.iter_mut().zip(&ivs).map(|(blocks, iv)| cbc::Message { iv: *iv, blocks }).collect();
            cbc::encrypt_many(&key, &mut messages);
            let chained: Vec<Block> = messages.iter().map(|message| message.iv).collect();

            let mut in_pieces = texts.clone();
            let mut piece_ivs = ivs.clone();
            for part in 0..2 {
                let mut messages: Vec<_> = in_pieces
                    .iter_mut()
                    .zip(&piece_ivs)
                    .map(|(blocks, iv)| {
                        let cut = blocks.len() / 3;
                        let (head, tail) = blocks.split_at_mut(cut);
                        cbc::Message { iv: *iv, blocks: if part == 0 { head } else { tail } }
                    })
                    .collect();
                cbc::encrypt_many(&key, &mut messages);
                piece_ivs = messages.iter().map(|message| message.iv).collect();
            }

            for i in 0..count {
                let name = || format!("message {i} of {count}, {} blocks", lengths[i]);
                let mut expected = texts[i].clone();
                cbc_encrypt_by_definition(&oracle, &ivs[i], &mut expected);
                cases.equal(name, got[i].as_flattened(), expected.as_flattened());
                cases.equal(name, &chained[i], expected.last().unwrap_or(&ivs[i]));
                cases.equal(|| format!("{}, in pieces", name()), in_pieces[i].as_flattened(), expected.as_flattened());
                cases.equal(|| format!("{}, in pieces", name()), &piece_ivs[i], expected.last().unwrap_or(&ivs[i]));
            }
        }
    });
}

/// Long messages that fill a buffer page by page, and so lie at the same places of the cache: engines take turns with
/// them in another way. Some end before their page does.
#[test]
fn many_messages_page_by_page() {
    const PAGE: usize = 4096 / 16;
    on_every_backend("encrypt_many, page by page", |cases| {
        let (oracle, key) = (oracle(&keys()[0]), cases.key(&keys()[0]));
        for count in [8, 9, 15, 16, 17, 31, 32, 33, 40] {
            for shorter in [0, 1, 7] {
                let text = blocks(count as u64, PAGE * count);
                let length = |i: usize| PAGE - shorter * (i % 5);
                let mut got = text.clone();
                let mut messages: Vec<_> = got
                    .chunks_mut(PAGE)
                    .enumerate()
                    .map(|(i, page)| cbc::Message { iv: block(i as u64), blocks: &mut page[..length(i)] })
                    .collect();
                cbc::encrypt_many(&key, &mut messages);
                let ivs: Vec<Block> = messages.iter().map(|message| message.iv).collect();

                let mut expected = text;
                for (i, page) in expected.chunks_mut(PAGE).enumerate() {
                    let page = &mut page[..length(i)];
                    cbc_encrypt_by_definition(&oracle, &block(i as u64), page);
                    let name = || format!("IV of message {i} of {count}, {} blocks", length(i));
                    cases.equal(name, &ivs[i], page.last().unwrap());
                }
                let name = || format!("{count} messages, {shorter} blocks shorter from one to the next");
                cases.equal(name, got.as_flattened(), expected.as_flattened());
            }
        }
    });
}

/// Whole messages of every length around block and buffer sizes, through each form of call, in both modes.
#[test]
fn messages() {
    on_every_backend("messages with padding", |cases| {
        for (key_bytes, iv) in keys().iter().zip(blocks(9, 3)) {
            let (oracle, key) = (oracle(key_bytes), cases.key(key_bytes));
            for len in (0..=70).chain([127, 128, 129, 511, 512, 513, 4095, 4096, 4097]) {
                let text = bytes(len as u64, len);
                let padded_len = len + 16 - len % 16;
                let mut padded = text.clone();
                padded.resize(padded_len, (padded_len - len) as u8);

                let mut expected = padded.clone();
                expected.as_chunks_mut().0.iter_mut().for_each(|block| oracle.encrypt_block(block));
                message(cases, "ECB", &text, &expected, &EcbCalls { key: &key });

                let mut expected = padded;
                cbc_encrypt_by_definition(&oracle, &iv, expected.as_chunks_mut().0);
                message(cases, "CBC", &text, &expected, &CbcCalls { key: &key, iv });
            }
        }
    });
}

/// The calls for whole messages, alike in both modes.
trait Calls {
    #[cfg(feature = "alloc")]
    fn encrypt(&self, text: &[u8]) -> Vec<u8>;
    #[cfg(feature = "alloc")]
    fn decrypt(&self, text: &[u8]) -> Result<Vec<u8>, DecryptError>;
    fn encrypt_in_place<'b>(&self, buffer: &'b mut [u8], len: usize) -> Result<&'b mut [u8], BufferTooShort>;
    fn decrypt_in_place<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b mut [u8], DecryptError>;
    fn encrypt_into<'o>(&self, text: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], BufferTooShort>;
    fn decrypt_into<'o>(&self, text: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], DecryptIntoError>;
}

struct EcbCalls<'k> {
    key: &'k Aes,
}

impl Calls for EcbCalls<'_> {
    #[cfg(feature = "alloc")]
    fn encrypt(&self, text: &[u8]) -> Vec<u8> {
        ecb::encrypt(self.key, text)
    }
    #[cfg(feature = "alloc")]
    fn decrypt(&self, text: &[u8]) -> Result<Vec<u8>, DecryptError> {
        ecb::decrypt(self.key, text)
    }
    fn encrypt_in_place<'b>(&self, buffer: &'b mut [u8], len: usize) -> Result<&'b mut [u8], BufferTooShort> {
        ecb::encrypt_in_place(self.key, buffer, len)
    }
    fn decrypt_in_place<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b mut [u8], DecryptError> {
        ecb::decrypt_in_place(self.key, buffer)
    }
    fn encrypt_into<'o>(&self, text: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], BufferTooShort> {
        ecb::encrypt_into(self.key, text, out)
    }
    fn decrypt_into<'o>(&self, text: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], DecryptIntoError> {
        ecb::decrypt_into(self.key, text, out)
    }
}

struct CbcCalls<'k> {
    key: &'k Aes,
    iv: Block,
}

impl Calls for CbcCalls<'_> {
    #[cfg(feature = "alloc")]
    fn encrypt(&self, text: &[u8]) -> Vec<u8> {
        cbc::encrypt(self.key, &self.iv, text)
    }
    #[cfg(feature = "alloc")]
    fn decrypt(&self, text: &[u8]) -> Result<Vec<u8>, DecryptError> {
        cbc::decrypt(self.key, &self.iv, text)
    }
    fn encrypt_in_place<'b>(&self, buffer: &'b mut [u8], len: usize) -> Result<&'b mut [u8], BufferTooShort> {
        cbc::encrypt_in_place(self.key, &self.iv, buffer, len)
    }
    fn decrypt_in_place<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b mut [u8], DecryptError> {
        cbc::decrypt_in_place(self.key, &self.iv, buffer)
    }
    fn encrypt_into<'o>(&self, text: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], BufferTooShort> {
        cbc::encrypt_into(self.key, &self.iv, text, out)
    }
    fn decrypt_into<'o>(&self, text: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], DecryptIntoError> {
        cbc::decrypt_into(self.key, &self.iv, text, out)
    }
}

fn message(cases: &mut common::Cases, mode: &str, text: &[u8], ciphertext: &[u8], calls: &impl Calls) {
    let name = |call| move || format!("{mode}, {call}, {} bytes", text.len());

    #[cfg(feature = "alloc")]
    {
        cases.equal(name("encrypt"), &calls.encrypt(text), ciphertext);
        cases.equal(name("decrypt"), &calls.decrypt(ciphertext).unwrap(), text);
    }

    // A buffer that is longer than it needs to be, one that is just long enough, and one that is a byte too short.
    for room in [40, 0] {
        let mut buffer = text.to_vec();
        buffer.resize(ciphertext.len() + room, CANARY);
        cases.equal(name("encrypt_in_place"), calls.encrypt_in_place(&mut buffer, text.len()).unwrap(), ciphertext);
        cases.holds(name("encrypt_in_place, beyond"), buffer[ciphertext.len()..].iter().all(|b| *b == CANARY));
        let within = &mut buffer[..ciphertext.len()];
        cases.equal(name("decrypt_in_place"), calls.decrypt_in_place(within).unwrap(), text);

        let mut out = vec![CANARY; ciphertext.len() + room];
        cases.equal(name("encrypt_into"), calls.encrypt_into(text, &mut out).unwrap(), ciphertext);
        cases.holds(name("encrypt_into, beyond"), out[ciphertext.len()..].iter().all(|b| *b == CANARY));
        out.fill(CANARY);
        cases.equal(name("decrypt_into"), calls.decrypt_into(ciphertext, &mut out).unwrap(), text);
        cases.holds(name("decrypt_into, beyond"), out[ciphertext.len()..].iter().all(|b| *b == CANARY));
    }

    let short = ciphertext.len() - 1;
    let mut buffer = text.to_vec();
    buffer.resize(short, CANARY);
    let before = buffer.clone();
    let error = calls.encrypt_in_place(&mut buffer, text.len()).unwrap_err();
    cases.holds(name("encrypt_in_place, too short"), (error.given(), error.needed()) == (short, ciphertext.len()));
    cases.equal(name("encrypt_in_place, too short"), &buffer, &before);

    let mut out = vec![CANARY; short];
    let error = calls.encrypt_into(text, &mut out).unwrap_err();
    cases.holds(name("encrypt_into, too short"), (error.given(), error.needed()) == (short, ciphertext.len()));
    let error = calls.decrypt_into(ciphertext, &mut out).unwrap_err();
    let DecryptIntoError::Buffer(error) = error else { panic!("{}: {error}", name("decrypt_into, too short")()) };
    cases.holds(name("decrypt_into, too short"), (error.given(), error.needed()) == (short, ciphertext.len()));
    cases.holds(name("into, too short"), out.iter().all(|byte| *byte == CANARY));
}

/// Ciphertexts that can't be: an error that tells the length, and not a byte changed.
#[test]
fn ciphertexts_of_wrong_length() {
    on_every_backend("ciphertexts of wrong length", |cases| {
        let key = cases.key(&keys()[0]);
        for len in (0..=100).filter(|len| *len == 0 || len % 16 != 0) {
            wrong_length(cases, len, "ECB", &EcbCalls { key: &key });
            wrong_length(cases, len, "CBC", &CbcCalls { key: &key, iv: block(1) });
        }
    });
}

fn wrong_length(cases: &mut common::Cases, len: usize, mode: &str, calls: &impl Calls) {
    let name = || format!("{mode}, {len} bytes");
    let (mut buffer, mut out) = (bytes(len as u64, len), vec![0xc5; 100]);
    #[cfg(feature = "alloc")]
    cases.holds(name, calls.decrypt(&buffer) == Err(DecryptError::Length(len)));
    let into = calls.decrypt_into(&buffer, &mut out).map(|_| ());
    cases.holds(name, into == Err(DecryptIntoError::Decrypt(DecryptError::Length(len))));
    cases.holds(name, calls.decrypt_in_place(&mut buffer) == Err(DecryptError::Length(len)));
    cases.equal(name, &buffer, &bytes(len as u64, len));
    cases.holds(name, out == [0xc5; 100]);
}

/// A message's length close to the largest number must not be padded past it.
#[test]
fn lengths_that_overflow() {
    on_every_backend("lengths that overflow", |cases| {
        let key = cases.key(&keys()[0]);
        for back in 0..40 {
            let len = usize::MAX - back;
            let needed = len.saturating_add(16 - len % 16);
            let mut buffer = [7; 64];
            for error in [
                ecb::encrypt_in_place(&key, &mut buffer.clone(), len).unwrap_err(),
                cbc::encrypt_in_place(&key, &block(1), &mut buffer, len).unwrap_err(),
            ] {
                cases.holds(|| format!("{len} bytes: {error}"), (error.given(), error.needed()) == (64, needed));
            }
            cases.equal(|| format!("{len} bytes"), &buffer, &[7; 64]);
        }
    });
}

/// Every last byte, at every depth of the padding right or spoiled at every place, for 1 to 3 blocks: accepted is what
/// PKCS#7 says and nothing else, and what is refused is gone.
#[test]
fn every_padding() {
    on_every_backend("every padding", |cases| {
        let (key, iv) = (cases.key(&keys()[0]), block(1));
        for blocks in 1..=3 {
            let len = 16 * blocks;
            for last in 0..=255_u8 {
                for spoiled in 0..=len {
                    // As much padding as there is room for, one byte of it (or of the message) changed, or none.
                    let mut text = bytes(u64::from(last), len);
                    text[len.saturating_sub(last.into()).max(len - 16)..].fill(last);
                    text[len - 1] = last;
                    if let Some(byte) = text[..len - 1].get_mut(spoiled) {
                        *byte ^= 0x01 << (spoiled % 8);
                    }
                    let expected = unpad_naively(&text);

                    let name = || format!("{blocks} blocks, last byte {last:#04x}, changed at {spoiled}");
                    let mut buffer = text.clone();
                    cbc::Encryptor::new(&key, &iv).encrypt_blocks(buffer.as_chunks_mut().0);
                    match (cbc::decrypt_in_place(&key, &iv, &mut buffer), expected) {
                        (Ok(got), Some(expected)) => cases.equal(name, got, expected),
                        (Err(DecryptError::Padding), None) => cases.holds(name, buffer.iter().all(|byte| *byte == 0)),
                        (got, expected) => panic!("{}: {got:?} instead of {expected:?}", name()),
                    }
                }
            }
        }
    });
}

/// PKCS#7 as one would write it without secrets in mind.
fn unpad_naively(text: &[u8]) -> Option<&[u8]> {
    let padding = usize::from(*text.last()?);
    let message_len = text.len().checked_sub(padding)?;
    let right = (1..=16).contains(&padding) && text[message_len..].iter().all(|byte| usize::from(*byte) == padding);
    right.then_some(&text[..message_len])
}

/// After wrong padding the output is zero as far as the ciphertext was long, through each form of call.
#[test]
fn wrong_padding_leaves_nothing() {
    on_every_backend("wrong padding leaves nothing", |cases| {
        let (key, iv) = (cases.key(&keys()[1]), block(1));
        for blocks in [1, 2, 7, 8, 9, 100] {
            let mut plaintext = bytes(blocks as u64, 16 * blocks);
            plaintext[16 * blocks - 1] = 17;
            let name = |call| move || format!("{call}, {blocks} blocks");

            let mut ecb = plaintext.clone();
            key.encrypt_blocks(ecb.as_chunks_mut().0);
            let mut cbc = plaintext.clone();
            cbc::Encryptor::new(&key, &iv).encrypt_blocks(cbc.as_chunks_mut().0);

            refused(cases, name("ECB"), &ecb, &EcbCalls { key: &key });
            refused(cases, name("CBC"), &cbc, &CbcCalls { key: &key, iv });
        }
    });
}

fn refused(cases: &mut common::Cases, name: impl Fn() -> String + Copy, ciphertext: &[u8], calls: &impl Calls) {
    #[cfg(feature = "alloc")]
    cases.holds(name, calls.decrypt(ciphertext) == Err(DecryptError::Padding));

    let mut buffer = ciphertext.to_vec();
    cases.holds(name, calls.decrypt_in_place(&mut buffer) == Err(DecryptError::Padding));
    cases.holds(name, buffer.iter().all(|byte| *byte == 0));

    let mut out = vec![0xc5; ciphertext.len() + 5];
    let error = calls.decrypt_into(ciphertext, &mut out).unwrap_err();
    cases.holds(name, error == DecryptIntoError::Decrypt(DecryptError::Padding));
    let (within, beyond) = out.split_at(ciphertext.len());
    cases.holds(name, within.iter().all(|byte| *byte == 0) && beyond == [0xc5; 5]);
}

/// Keys: every length but three is refused; the typed ones are the same key; clones and threads share nothing.
#[test]
fn key_lengths_and_types() {
    on_every_backend("keys", |cases| {
        let backend = cases.backend;
        for len in 0..=64 {
            let key = bytes(1, len);
            let right = [16, 24, 32].contains(&len);
            let error = Aes::with_backend(&key, backend).err().or(Aes::try_from(&key[..]).err());
            cases.holds(|| format!("{len} bytes"), error.map_or(right, |error| !right && error.given() == len));
            cases.holds(|| format!("Aes128, {len} bytes"), Aes128::try_from(&key[..]).is_ok() == (len == 16));
            cases.holds(|| format!("Aes192, {len} bytes"), Aes192::try_from(&key[..]).is_ok() == (len == 24));
            cases.holds(|| format!("Aes256, {len} bytes"), Aes256::try_from(&key[..]).is_ok() == (len == 32));
        }

        let typed: [Aes; 3] = [
            Aes128::with_backend(keys()[0][..].try_into().unwrap(), backend).into(),
            Aes192::with_backend(keys()[1][..].try_into().unwrap(), backend).into(),
            Aes256::with_backend(keys()[2][..].try_into().unwrap(), backend).into(),
        ];
        for (typed, key) in typed.iter().zip(keys()) {
            let oracle = oracle(&key);
            let (mut got, mut expected) = (block(5), block(5));
            typed.encrypt_block(&mut got);
            oracle.encrypt_block(&mut expected);
            cases.equal(|| format!("typed key of {} bytes", key.len()), &got, &expected);
            cases.holds(|| "backend".into(), typed.backend() == backend);

            let clone = typed.clone();
            let in_thread = std::thread::spawn(move || {
                let mut block = expected;
                clone.decrypt_block(&mut block);
                block
            });
            cases.equal(|| "a clone in another thread".into(), &in_thread.join().unwrap(), &block(5));
        }
    });
}

/// What a program prints must not be the key.
#[test]
fn debug_shows_no_secret() {
    for backend in Backend::available() {
        let key = Aes128::with_backend(&[0xab; 16], backend);
        let expected = |name| format!("{name} {{ backend: {backend}, .. }}");
        assert_eq!(format!("{key:?}"), expected("Aes128"));
        assert_eq!(format!("{:?}", *key), expected("Aes"));
        assert_eq!(format!("{:?}", Aes192::with_backend(&[0xab; 24], backend)), expected("Aes192"));
        assert_eq!(format!("{:?}", Aes256::with_backend(&[0xab; 32], backend)), expected("Aes256"));
        assert_eq!(format!("{:?}", cbc::Encryptor::new(&key, &[0; 16])), expected("Encryptor"));
        assert_eq!(format!("{:?}", cbc::Decryptor::new(&key, &[0; 16])), expected("Decryptor"));
    }
}

/// Detection: stable, constant-time by default, and `reference` last and never chosen by itself.
#[test]
fn detection() {
    let names: Vec<_> = Backend::available().map(Backend::name).collect();
    assert_eq!(Backend::detect(), Backend::available().next().unwrap());
    assert_ne!(Backend::detect().name(), "reference");
    assert!(names.contains(&"portable"));
    assert_eq!(names.contains(&"reference"), cfg!(feature = "reference"));
    assert_eq!(names.iter().position(|name| *name == "reference").unwrap_or(names.len() - 1), names.len() - 1);
    assert_eq!(Aes256::new(&[0; 32]).backend(), Backend::detect());
    assert_eq!(Backend::detect().to_string(), Backend::detect().name());
}

/// What users rely on without asking.
#[test]
fn auto_traits() {
    fn all<T: Send + Sync + Unpin + Clone>() {}
    all::<Aes>();
    all::<Aes128>();
    all::<Aes192>();
    all::<Aes256>();
    all::<Backend>();
    all::<cbc::Encryptor<'_>>();
    all::<cbc::Decryptor<'_>>();
    assert!(size_of::<Aes256>() <= 512, "a key takes {} bytes", size_of::<Aes256>());
}
