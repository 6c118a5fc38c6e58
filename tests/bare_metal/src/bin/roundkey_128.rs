//! Decrypts CBC with PKCS#7 and AES-128: this library.

#![no_std]
#![no_main]

use roundkey::Aes128 as Aes;

const KEY: usize = 16;

include!("../compared/roundkey.rs");
