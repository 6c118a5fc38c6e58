//! Decrypts CBC with PKCS#7 and AES-128: RustCrypto.

#![no_std]
#![no_main]

use aes::Aes128Dec as Aes;

const KEY: usize = 16;

include!("../compared/rustcrypto.rs");
