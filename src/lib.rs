//! AES in pure Rust: to be read like FIPS-197, as fast as the processor it finds, constant-time.
//!
//! - **Keys**: [`Aes128`], [`Aes192`], [`Aes256`], and [`Aes`] for a length known at run time. One key serves both
//!   directions and is wiped when dropped.
//! - **Modes**: [`cbc`] and [`ecb`], each as one call for a message (PKCS#7, returns a `Vec`), in place, from one buffer
//!   into another, and for whole blocks without padding, piece by piece. CBC also [byte by byte](cbc::StreamEncryptor), and
//!   [over `std::io`](cbc::Reader).
//! - **Authenticated CBC**, which notices changes: [`cbc_hmac`]. If no old format ties you, begin there.
//! - **Ciphertext stealing**, for messages that must not get longer: [`cts`].
//! - **Padding**: PKCS#7, [four others](padding::Padding) by name, and on its own: [`padding`].
//! - **Backends**: [`Backend`] is chosen at run time; every one gives the same bytes.
//! - **The standard as code**: [`fips197`], to learn from.
//! - **Coming from another library?** The same ten jobs in RustCrypto's `aes` and `cbc`, in `openssl`, in PyCryptodome and
//!   here: [`migration`].
//! - **Single rounds**, for AEGIS, Haraka and the like: [`hazmat`].
//!
//! Messages that nobody can read, or change unnoticed, with the features `cbc-hmac` and `getrandom`:
//!
//! ```
//! # #[cfg(all(feature = "alloc", feature = "cbc-hmac", feature = "getrandom"))] {
//! use roundkey::{cbc_hmac, random_key};
//!
//! let secret = random_key()?; // 64 bytes, which the receiver needs too
//! let key = cbc_hmac::Key::a256cbc_hs512(&secret);
//! let sealed = key.seal(b"attack at dawn", b"message 17")?;
//! assert_eq!(key.open(&sealed, b"message 17")?, b"attack at dawn");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Plain CBC, for formats that have it:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use roundkey::{Aes256, cbc};
//!
//! let key = Aes256::new(&[0x42; 32]); // in earnest: 32 secret bytes
//! let iv = [0x24; 16]; // in earnest: random, and another one for every message
//! let ciphertext = cbc::encrypt(&key, &iv, b"attack at dawn");
//! assert_eq!(cbc::decrypt(&key, &iv, &ciphertext)?, b"attack at dawn");
//! # }
//! # Ok::<(), roundkey::DecryptError>(())
//! ```
//!
//! # What it protects, and what not
//!
//! A cipher hides the content of a message from those who don't have the key. It doesn't hide the message's length, it
//! doesn't notice changes, and it doesn't make a password into a key. **Authenticate what you encrypt**: a MAC over IV and
//! ciphertext, with a key of its own, checked before decrypting. [`cbc_hmac`] does that, as above. See
//! [`cbc`] for what goes wrong otherwise, and `examples/encrypt_file` for a password and files of any size as well.
//!
//! # Constant time
//!
//! All backends but `reference` work without a branch or a memory access that depends on key or data. So does the removal
//! of padding, up to its one verdict: whether the padding was right can be told, and nothing else.
//! `SECURITY.md`, beside the README, tells which of them was checked how: on the machine code, and by statistics of time.
//!
//! # Features
//!
//! | feature | default | gives |
//! |---|---|---|
//! | `std` | yes | [`cbc::Reader`] and [`cbc::Writer`]; brings `alloc` |
//! | `alloc` | yes | the calls that return a `Vec` |
//! | `reference` | yes | [`fips197`] and the backend `reference` |
//! | `cbc-hmac` | no | [`cbc_hmac`]: CBC that notices changes (RFC 7518); brings `hmac` and `sha2` |
//! | `getrandom` | no | random keys and IVs: `random_iv`, `random_key`, `Aes256::generate`; brings `getrandom` |
//! | `cipher` | no | RustCrypto's traits, see below; brings `cipher` 0.5 |
//! | `hazmat` | no | [`hazmat`]: single rounds of the cipher |
//! | `rayon` | no | long work on all cores, see below; brings `rayon` and `std` |
//!
#![cfg_attr(not(feature = "cbc-hmac"), doc = "[`cbc_hmac`]: #features")]
#![cfg_attr(not(feature = "hazmat"), doc = "[`hazmat`]: #features")]
//! With none of them the crate is `no_std` without an allocator: keys, ECB, CBC, streams, ciphertext stealing and paddings, in place
//! and from buffer to buffer.
//!
//! # All cores
//!
//! With the feature `rayon`, ECB, CBC decryption and [`cbc::encrypt_many`] share long work among the threads of the rayon pool
//! that they are called in, with the same bytes as result: from 1 MiB on with AES instructions, from 64 KiB on without.
//! What is shorter stays on the caller's thread. So does CBC encryption of one message, whatever its length, as each of its
//! blocks waits for the one before: encrypt several messages at once, or a long one in parts that are messages of their own.
//!
//! It is for the program to turn on, not for a library: Cargo unites features, so everybody else in the program gets it as
//! well. `ThreadPool::install` chooses a pool for a call, and with a pool of one thread nothing is shared. Don't hold a lock that
//! other rayon jobs need: while a call waits for the last piece, its thread may take one of those.

//!
//! # Modes of other crates
//!
//! With the feature `cipher`, keys implement `BlockCipherEncrypt` and `BlockCipherDecrypt` of version 0.5 of the crate of that name
//! (another one will be another version of this crate), and those whose type tells their length `KeyInit` as well. So what was written over RustCrypto's traits runs on them, inside
//! their engines: `ctr` 0.10, `cmac` 0.8, `aes-gcm` 0.11 in its generic form, `xts-mode` 0.6, `cfb-mode` 0.9 and more.
//!
//! ```
//! # #[cfg(feature = "cipher")] {
//! use cipher::{KeyIvInit, StreamCipher};
//!
//! let mut text = *b"attack at dawn";
//! let nonce = [9; 16]; // in earnest: never the same twice under one key
//! type Ctr = ctr::Ctr128BE<roundkey::Aes256>;
//! Ctr::new(&[7; 32].into(), &nonce.into()).apply_keystream(&mut text);
//! # assert_ne!(&text, b"attack at dawn");
//! # Ctr::new(&[7; 32].into(), &nonce.into()).apply_keystream(&mut text);
//! # assert_eq!(&text, b"attack at dawn");
//! # }
//! ```
//!
//! They also take `&Aes`, a key made for a [`Backend`] by name for one (`InnerIvInit::inner_iv_init`). These traits hand over
//! four blocks at a time, with which `portable` is half as fast as it can be, and the last ones one by one.
//!
//! Where one of these traits is in scope, `key.encrypt_block(..)` is the trait's for [`Aes128`] and its kin, and takes a `cipher::Block`;
//! for [`Aes`] it is the method of the same name. `Aes128::new` is always the method, `KeyInit::new` the trait's.

#![no_std]
#![deny(missing_debug_implementations, missing_docs, unreachable_pub)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod aes;
mod backend;
pub mod cbc;
#[cfg(feature = "cbc-hmac")]
pub mod cbc_hmac;
pub mod cts;
pub mod ecb;
mod error;
#[cfg(feature = "reference")]
pub mod fips197;
#[cfg(feature = "hazmat")]
pub mod hazmat;
#[cfg(feature = "std")]
mod io;
mod message;
#[doc = include_str!("migration.md")]
pub mod migration {}
pub mod padding;
#[cfg(feature = "rayon")]
mod parallel;
#[cfg(feature = "getrandom")]
mod random;
mod stream;
#[cfg(feature = "cipher")]
mod traits;

pub use aes::{Aes, Aes128, Aes192, Aes256};
pub use backend::Backend;
#[cfg(feature = "cbc-hmac")]
pub use error::OpenError;
#[cfg(feature = "getrandom")]
pub use error::RandomError;
pub use error::{
    BufferTooShort, DecryptError, DecryptIntoError, EncryptError, InvalidKeyLength, MessageTooShort, PadError,
    UnpadError,
};

#[cfg(feature = "getrandom")]
pub use random::{random_iv, random_key};

/// A block: 16 bytes, what AES works on (FIPS-197 section 3.1).
pub type Block = [u8; 16];

/// The README's examples, run as tests.
#[cfg(all(doctest, feature = "alloc", feature = "cbc-hmac", feature = "getrandom"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
