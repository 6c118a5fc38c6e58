//! FIPS-197 as code: the Advanced Encryption Standard in its own order and with its own names.
//!
//! **This module is for reading, not for secrets.** It looks bytes up in tables at places that depend on the key and the
//! data, so the time it takes tells something about both to whoever shares the processor's cache. It is also slow. The
//! other backends of this crate are constant-time; this one is the students' room, the tests' oracle, and the backend
//! `reference`, which is never chosen by itself.
//!
//! # How to read it
//!
//! From top to bottom, each file needs only those before it:
//!
//! | file | standard | what it answers |
//! |---|---|---|
//! | [`gf256`] | section 4 | How does one calculate with bytes so that every result is a byte again, and can be undone? |
//! | [`sbox`] | sections 5.1.1, 5.3.2 | Where does the one non-linear step, the S-box, come from? |
//! | [`state`] | sections 3.4, 5.1.1 to 5.1.4, 5.3.1 to 5.3.4 | What are the four steps of a round, and their inverses? |
//! | [`key_expansion`](mod@key_expansion) | section 5.2 | How does one key become a key for every round? |
//! | [`cipher`](mod@cipher) | section 5.1 | How do steps and round keys make AES? |
//! | [`inverse_cipher`] | section 5.3 | How is it undone, in the straight way and in the one that processors prefer? |
//! | [`trace`] | Appendix A to C | What happens inside? Every step is told to whoever wants to know. |
//!
//! AES takes a block of 16 bytes and a key of 16, 24 or 32 bytes and gives a block of 16 bytes. It does so in `Nr` rounds
//! (10, 12 or 14, by the length of the key). A round replaces every byte by another (*confusion*: no simple equation
//! links input and output), then moves and mixes the bytes (*diffusion*: after two rounds each byte depends on all
//! sixteen), then adds a round key (without which anybody could undo it all).
//!
//! ```
//! use roundkey::fips197::{cipher, inv_cipher, key_expansion};
//!
//! // Appendix B: one block, one key.
//! let w = key_expansion(&[
//!     0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
//! ])?;
//! let plaintext = [
//!     0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d, 0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34,
//! ];
//! let ciphertext = cipher(&plaintext, &w);
//! assert_eq!(ciphertext, [
//!     0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb, 0xdc, 0x11, 0x85, 0x97, 0x19, 0x6a, 0x0b, 0x32,
//! ]);
//! assert_eq!(inv_cipher(&ciphertext, &w), plaintext);
//! # Ok::<(), roundkey::InvalidKeyLength>(())
//! ```
//!
//! Names, section and figure numbers are those of the first edition (November 2001). The edition of May 2023 describes
//! the same cipher; it writes the names in capitals (`SUBBYTES`), numbers the figures anew, keeps the sections of chapter 5
//! and has the multiplicative inverse in 4.4.
//!
//! Who is new to all this begins with the guided reading, which follows; it can be read in
//! `src/fips197/reading.md` as well.
//!
#![doc = include_str!("fips197/reading.md")]
#![allow(clippy::needless_range_loop)] // Loops count here as the standard's do.

pub mod cipher;
pub mod gf256;
pub mod inverse_cipher;
pub mod key_expansion;
pub mod sbox;
pub mod state;
pub mod trace;

pub use cipher::cipher;
pub use inverse_cipher::{EqInvKeySchedule, eq_inv_cipher, inv_cipher};
pub use key_expansion::{KeySchedule, key_expansion};
pub use state::State;

/// A word: four bytes, the first one leftmost (FIPS-197 section 2.1). A column of the [`State`] is one.
pub type Word = [u8; 4];
