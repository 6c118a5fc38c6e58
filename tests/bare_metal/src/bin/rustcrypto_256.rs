//! Decrypts CBC with PKCS#7 and AES-256: RustCrypto.

#![no_std]
#![no_main]

use aes::Aes256Dec as Aes;

const KEY: usize = 32;

include!("../compared/rustcrypto.rs");
