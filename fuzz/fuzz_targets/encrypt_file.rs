//! The three formats of the example `encrypt_file`: any file, against the formats' tables read plainly; and that what was encrypted
//! comes back. Under fuzzing a chunk is 128 bytes, so that short files have many.
#![no_main]

use arbitrary::Arbitrary;
use formats::{
    files::{Input as FileIn, Output},
    format::Format,
    modern::Modern,
    openssl::OpenSsl,
    pycrypto::PyCrypto,
};
use hkdf::Hkdf;
use hmac::Hmac;
use libfuzzer_sys::fuzz_target;
use roundkey::{Aes, Backend, Block};
use roundkey_fuzz::{
    PASSWORD,
    definition::{self, pkcs7_unpad},
};
use sha2::{Digest, Sha256};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    format: u8,
    /// How many bytes there are at each read.
    most: u8,
    iterations: u8,
    /// Whether a tag is made for the file, so that it isn't refused for that alone; and whether it says how long it is.
    fitting: bool,
    bytes: &'a [u8],
}

/// More would take long, and not show more.
const MAX_ITERATIONS: u32 = 8;

fuzz_target!(|input: Input| {
    let Input { format, iterations, fitting, bytes, .. } = input;
    let iterations = 1 + u32::from(iterations) % MAX_ITERATIONS;
    match format % 3 {
        0 => {
            let mut file = bytes.to_vec();
            if let Some(field) = file.get_mut(9..13)
                && fitting
            {
                field.copy_from_slice(&iterations.to_be_bytes());
            }
            if let Some((begin, tag)) = file.split_last_chunk_mut::<32>()
                && let Some(keys) = modern_keys(begin)
                && fitting
            {
                tag.copy_from_slice(&definition::hmac::<Hmac<Sha256>>(&keys.1, begin));
            }
            check::<Modern>(&input, &file, Some(iterations), None, modern);
        }
        1 => check::<OpenSsl>(&input, bytes, Some(iterations), Some(iterations), |file| openssl(file, iterations)),
        _ => {
            let mut file = bytes.to_vec();
            // From nothing at all to the whole last block.
            let len = (file.len().saturating_sub(24) as u64).saturating_sub(u64::from(input.most % 16));
            if let Some(field) = file.get_mut(..8)
                && fitting
            {
                field.copy_from_slice(&len.to_le_bytes());
            }
            check::<PyCrypto>(&input, &file, None, None, pycrypto);
        }
    }
});

/// The bytes as a file, and as what is to be encrypted.
fn check<F: Format>(
    input: &Input,
    file: &[u8],
    iterations: Option<u32>,
    iterations_to_read: Option<u32>,
    by_definition: impl Fn(&[u8]) -> Option<Vec<u8>>,
) {
    let most = usize::from(input.most).max(1);
    // A count that would take hours is allowed, and here not waited for.
    let slow = iterations.is_some() && iterations_to_read.is_none() && count(file) > Some(MAX_ITERATIONS);
    match F::read(&mut FileIn::new(file, most), iterations_to_read) {
        Err(_) => assert!(slow || by_definition(file).is_none(), "the file is right"),
        Ok(_) if slow => assert!(count(file) <= Some(formats::MAX_ITERATIONS)),
        Ok(_) => assert_eq!(decrypt::<F>(file, most, iterations_to_read), by_definition(file)),
    }

    let format = F::random(iterations).unwrap_or_else(|error| panic!("{error}"));
    let mut output = Output::default();
    format
        .encrypt(&mut FileIn::new(input.bytes, most), &mut output, PASSWORD)
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(by_definition(&output.0).as_deref(), Some(input.bytes));
    assert_eq!(decrypt::<F>(&output.0, most, iterations_to_read).as_deref(), Some(input.bytes));
}

fn decrypt<F: Format>(file: &[u8], most: usize, iterations: Option<u32>) -> Option<Vec<u8>> {
    let mut input = FileIn::new(file, most);
    let mut output = Output::default();
    F::read(&mut input, iterations).ok()?.decrypt(&mut input, &mut output, PASSWORD).ok()?;
    Some(output.0)
}

/// The iterations that a modern file asks for.
fn count(file: &[u8]) -> Option<u32> {
    file.get(9..13)?.try_into().map(u32::from_be_bytes).ok()
}

/// Those for the cipher and for the MAC, if the file begins as it should.
fn modern_keys(file: &[u8]) -> Option<([u8; 32], [u8; 32])> {
    if !file.starts_with(b"roundkey\x01") || !(1..=MAX_ITERATIONS).contains(&count(file)?) {
        return None;
    }
    let salt = file.get(13..29)?;
    let mut secret = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(PASSWORD.as_bytes(), salt, count(file)?, &mut secret);
    let hkdf = Hkdf::<Sha256>::from_prk(&secret).expect("it is as long as a hash");
    let [mut cipher, mut mac] = [[0; 32]; 2];
    hkdf.expand(b"encrypt_file 1: AES-256-CBC", &mut cipher).expect("it is short");
    hkdf.expand(b"encrypt_file 1: HMAC-SHA-256", &mut mac).expect("it is short");
    Some((cipher, mac))
}

fn modern(file: &[u8]) -> Option<Vec<u8>> {
    let (cipher, mac) = modern_keys(file)?;
    let (authenticated, tag) = file.split_last_chunk::<32>()?;
    let (iv, ciphertext) = authenticated.get(29..)?.split_first_chunk()?;
    let is_authentic = definition::hmac::<Hmac<Sha256>>(&mac, authenticated) == tag;
    is_authentic.then(|| padded(&cipher, iv, ciphertext)).flatten()
}

fn openssl(file: &[u8], iterations: u32) -> Option<Vec<u8>> {
    let (salt, ciphertext) = file.strip_prefix(b"Salted__")?.split_first_chunk::<8>()?;
    let mut secret = [0; 48];
    pbkdf2::pbkdf2_hmac::<Sha256>(PASSWORD.as_bytes(), salt, iterations, &mut secret);
    let (key, iv) = secret.split_first_chunk()?;
    padded(key, iv.try_into().ok()?, ciphertext)
}

fn pycrypto(file: &[u8]) -> Option<Vec<u8>> {
    let (size, rest) = file.split_first_chunk()?;
    let (iv, ciphertext) = rest.split_first_chunk()?;
    let size = usize::try_from(u64::from_le_bytes(*size)).ok()?;
    let mut filled = blocks(&Sha256::digest(PASSWORD).into(), iv, ciphertext)?;
    let fits = size <= filled.len() && filled.len() - size < 16;
    filled.truncate(size);
    fits.then_some(filled)
}

fn padded(key: &[u8; 32], iv: &Block, ciphertext: &[u8]) -> Option<Vec<u8>> {
    Some(pkcs7_unpad(&blocks(key, iv, ciphertext)?, 16)?.to_vec())
}

fn blocks(key: &[u8; 32], iv: &Block, ciphertext: &[u8]) -> Option<Vec<u8>> {
    let reference = Backend::available().last()?;
    let mut bytes = ciphertext.to_vec();
    let (blocks, rest) = bytes.as_chunks_mut();
    definition::cbc_decrypt(&Aes::with_backend(key, reference).ok()?, iv, blocks);
    rest.is_empty().then_some(bytes)
}
