//! What src/migration.md says of the other Rust libraries in words, where its snippets don't show it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aes::Aes128;
use cbc::cipher::{
    BlockModeDecrypt, BlockModeEncrypt, KeyIvInit,
    block_padding::{NoPadding, Pkcs7, ZeroPadding},
};
use openssl::{
    cipher,
    cipher_ctx::CipherCtx,
    memcmp,
    symm::{Cipher, Crypter, Mode, decrypt, encrypt},
};
use roundkey::padding;

const KEY: &[u8; 16] = b"sixteen byte key";
const IV: &[u8; 16] = b"an unpredictable";

fn encryptor() -> cbc::Encryptor<Aes128> {
    cbc::Encryptor::new(KEY.into(), IV.into())
}

fn decryptor() -> cbc::Decryptor<Aes128> {
    cbc::Decryptor::new(KEY.into(), IV.into())
}

fn crypter(mode: Mode) -> Crypter {
    Crypter::new(Cipher::aes_128_cbc(), mode, KEY, Some(IV)).unwrap()
}

fn panics<T>(f: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn over_the_traits_with_our_keys() {
    let encryptor = cbc::Encryptor::<roundkey::Aes128>::new(KEY.into(), IV.into());
    let ciphertext = encryptor.encrypt_padded_vec::<Pkcs7>(b"attack at dawn");
    assert_eq!(ciphertext, roundkey::cbc::encrypt(&roundkey::Aes128::new(KEY), IV, b"attack at dawn"));
}

#[test]
fn wrong_lengths_in_openssl() {
    let cipher = Cipher::aes_128_cbc();
    assert!(encrypt(cipher, &[0; 17], Some(IV), b"").is_err());
    assert!(encrypt(cipher, &[0; 32], Some(IV), b"").is_err());
    assert!(panics(|| encrypt(cipher, KEY, None, b"")));
    assert!(panics(|| encrypt(cipher, KEY, Some(&[0; 15]), b"")));
    let cut_off = encrypt(cipher, KEY, Some(&[0; 17]), b"").unwrap();
    assert_eq!(cut_off, encrypt(cipher, KEY, Some(&[0; 16]), b"").unwrap());
}

#[test]
fn room_for_a_block_more_in_openssl() {
    for mode in [Mode::Encrypt, Mode::Decrypt] {
        for pad in [true, false] {
            let mut crypter = crypter(mode);
            crypter.pad(pad);
            assert!(panics(|| crypter.update(&[0; 16], &mut [0; 31])));
            assert!(crypter.update(&[0; 16], &mut [0; 32]).is_ok());
            assert!(panics(|| crypter.finalize(&mut [0; 15])));
        }
    }
    let with_padding = encrypt(Cipher::aes_128_ecb(), KEY, None, &[0; 16]).unwrap();
    assert_eq!(with_padding.len(), 32);
    let mut ctx = CipherCtx::new().unwrap();
    ctx.encrypt_init(Some(cipher::Cipher::aes_128_cbc()), Some(KEY), Some(IV)).unwrap();
    assert!(panics(|| ctx.cipher_update_inplace(&mut [0; 16], 16)));
}

#[test]
fn a_buffer_too_short() {
    let error = roundkey::cbc::encrypt_in_place(&roundkey::Aes128::new(KEY), IV, &mut [0; 31], 16).unwrap_err();
    assert_eq!(error.needed(), 32);
    assert!(encryptor().encrypt_padded::<Pkcs7>(&mut [0; 31], 16).is_err());
}

/// Ours zeroes it; the others leave there what they decrypted.
#[test]
fn the_buffer_after_wrong_padding() {
    let message = [0x41; 32];
    let key = roundkey::Aes128::new(KEY);
    let ciphertext = roundkey::cbc::encrypt_with(&key, IV, &message, padding::NoPadding).unwrap();

    let mut buffer = ciphertext.clone();
    assert!(roundkey::cbc::decrypt_in_place(&key, IV, &mut buffer).is_err());
    assert_eq!(buffer, [0; 32]);

    let mut buffer = ciphertext.clone();
    assert!(decryptor().decrypt_padded::<Pkcs7>(&mut buffer).is_err());
    assert_eq!(buffer, message);

    let mut buffer = [0; 48];
    let mut crypter = crypter(Mode::Decrypt);
    let len = crypter.update(&ciphertext, &mut buffer).unwrap();
    assert!(crypter.finalize(&mut buffer[len..]).is_err());
    assert_eq!(buffer[..16], message[..16]);
}

#[test]
fn zeros() {
    let message = b"fifteen bytes..\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let key = roundkey::Aes128::new(KEY);
    let ours = roundkey::cbc::encrypt_with(&key, IV, message, padding::Zero).unwrap();
    let theirs = encryptor().encrypt_padded_vec::<ZeroPadding>(message);
    assert_eq!(ours, theirs);
    assert_eq!(roundkey::cbc::decrypt_with(&key, IV, &ours, padding::Zero).unwrap(), message[..16]);
    assert_eq!(decryptor().decrypt_padded_vec::<ZeroPadding>(&theirs).unwrap(), message[..15]);
}

#[test]
fn no_padding() {
    let key = roundkey::Aes128::new(KEY);
    assert!(roundkey::cbc::encrypt_with(&key, IV, &[0; 17], padding::NoPadding).is_err());
    assert!(panics(|| encryptor().encrypt_padded_vec::<NoPadding>(&[0; 17])));
}

/// CBC-CS1 is CBC if the message is of whole blocks.
#[test]
fn ciphertext_stealing_in_openssl() {
    let mut ctx = CipherCtx::new().unwrap();
    let cts = cipher::Cipher::fetch(None, "AES-128-CBC-CTS", None).unwrap();
    let mut in_one_call = vec![];
    ctx.encrypt_init(Some(&cts), Some(KEY), Some(IV)).unwrap();
    ctx.cipher_update_vec(&[0; 48], &mut in_one_call).unwrap();
    assert_eq!(in_one_call, encrypt(Cipher::aes_128_cbc(), KEY, Some(IV), &[0; 48]).unwrap()[..48]);

    ctx.encrypt_init(Some(&cts), Some(KEY), Some(IV)).unwrap();
    ctx.cipher_update_vec(&[0; 32], &mut vec![]).unwrap();
    assert!(ctx.cipher_update_vec(&[0; 16], &mut vec![]).is_err());
}

#[test]
fn comparison_of_tags_in_openssl() {
    assert!(memcmp::eq(b"tag", b"tag") && !memcmp::eq(b"tag", b"gat"));
    assert!(panics(|| memcmp::eq(b"tag", b"ta")));
}

/// The others let plaintext go, too, before the padding is looked at: the last block's is not yet, all others' is.
#[test]
fn a_stream_has_released_it() {
    let ciphertext = [0x41; 64];
    assert!(decrypt(Cipher::aes_128_cbc(), KEY, Some(IV), &ciphertext).is_err());
    assert_eq!(crypter(Mode::Decrypt).update(&ciphertext, &mut [0; 80]).unwrap(), 48);
    let key = roundkey::Aes128::new(KEY);
    let mut decryptor = roundkey::cbc::StreamDecryptor::new(&key, IV);
    assert_eq!(decryptor.update(&ciphertext, &mut [0; 48]).unwrap().len(), 48);
    assert!(decryptor.finish().is_err());
}
