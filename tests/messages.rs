//! Whole messages on every backend: padding, the forms of call, what they touch, and what is left after an error.

mod common;

use common::{
    CANARY, Memory, block, blocks, bytes, cbc_encrypt_by_definition, keys, on_every_backend, only_canaries, oracle,
};
use roundkey::{Aes, Block, BufferTooShort, DecryptError, DecryptIntoError, cbc, ecb};

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

/// Messages at each of the 64 places in a cache line, in place and from buffer to buffer: nothing around them is touched, and
/// input, key and IV, which are lent for reading only, stay as they are.
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
