//! Decrypts CBC with PKCS#7 and AES-128: RustCrypto.

#![no_std]
#![no_main]

use aes::Aes128Dec;
use cbc::{
    Decryptor,
    cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7},
};

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    bare_metal::compared(decrypt, size_of::<Aes128Dec>())
}

fn decrypt<'b>(key: &[u8; 16], iv: &[u8; 16], ciphertext: &'b mut [u8]) -> Option<&'b mut [u8]> {
    let len = Decryptor::<Aes128Dec>::new(key.into(), iv.into()).decrypt_padded::<Pkcs7>(ciphertext).ok()?.len();
    ciphertext.get_mut(..len)
}
