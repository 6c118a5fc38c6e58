//! Decrypts CBC with PKCS#7 and AES-256: this library.

#![no_std]
#![no_main]

use roundkey::{Aes256, cbc};

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    bare_metal::compared(decrypt, size_of::<Aes256>())
}

fn decrypt<'b>(key: &[u8; 32], iv: &[u8; 16], ciphertext: &'b mut [u8]) -> Option<&'b mut [u8]> {
    cbc::decrypt_in_place(&Aes256::new(key), iv, ciphertext).ok()
}
