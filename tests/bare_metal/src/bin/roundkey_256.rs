//! Decrypts CBC with PKCS#7 and AES-256: this library.

#![no_std]
#![no_main]

use roundkey::Aes256 as Aes;

const KEY: usize = 32;

include!("../compared/roundkey.rs");
