//! What the test suites share: the one runner that takes every case to every backend, and the vectors' files.

#![allow(dead_code, unused_imports, reason = "each suite uses a part of it")]

pub mod definition;

use std::{env, fmt::Display, fs, io::Write, path::PathBuf};

pub use definition::{cbc_decrypt as cbc_decrypt_by_definition, cbc_encrypt as cbc_encrypt_by_definition, xor};

use roundkey::{Aes, Backend, Block};

/// Runs a suite on each backend that this machine has, and says how many cases each of them passed.
///
/// The count is printed past the test harness, which swallows what passing tests print, and a backend of this crate that
/// the machine lacks is named: a test that didn't run says so.
pub fn on_every_backend(suite: &str, run: impl Fn(&mut Cases)) {
    for backend in backends() {
        let mut cases = Cases { suite, backend, count: 0 };
        run(&mut cases);
        assert!(cases.count > 0, "{suite} on {backend}: no case was run");
        say(&format!("{suite}: {backend} passed {} cases", cases.count));
    }
    for missing in backends_of_this_architecture().filter(|name| !Backend::available().any(|b| b.name() == *name)) {
        say(&format!("{suite}: {missing} NOT RUN, this machine or build doesn't have it"));
    }
    for left_out in Backend::available().filter(|available| !backends().any(|backend| backend == *available)) {
        say(&format!("{suite}: {left_out} NOT RUN, ROUNDKEY_BACKENDS leaves it out"));
    }
}

/// The backends that suites run on: all of this machine. Where it is emulated so slowly that they would take hours, those that
/// are worth it, as `ROUNDKEY_BACKENDS=vaes512`; `.ci/targets` does that.
pub fn backends() -> impl Iterator<Item = Backend> {
    let chosen = env::var("ROUNDKEY_BACKENDS").ok();
    for name in chosen.iter().flat_map(|names| names.split(' ')) {
        assert!(Backend::available().any(|backend| backend.name() == name), "ROUNDKEY_BACKENDS: there is no {name}");
    }
    let is_chosen = move |name| chosen.as_ref().is_none_or(|names| names.split(' ').any(|chosen| chosen == name));
    Backend::available().filter(move |backend| is_chosen(backend.name()))
}

/// What [`Backend::available`] would give on a machine that has everything.
fn backends_of_this_architecture() -> impl Iterator<Item = &'static str> {
    let with_instructions: &[_] = if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
        &["vaes512", "vaes256", "aesni", "vperm-ssse3"]
    } else if cfg!(target_arch = "aarch64") {
        &["armv8", "vperm-neon"]
    } else if cfg!(target_arch = "wasm32") {
        &["vperm-wasm"]
    } else {
        &[]
    };
    with_instructions.iter().copied().chain(["portable", "reference"])
}

/// A line to standard error that the test harness doesn't capture.
pub fn say(line: &str) {
    // In one piece, or the lines of several tests would run into each other.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// The cases of one suite on one backend.
pub struct Cases<'s> {
    suite: &'s str,
    pub backend: Backend,
    count: usize,
}

impl Cases<'_> {
    /// One case: `got` is what is `expected`. `name` is asked only if it isn't.
    #[track_caller]
    pub fn equal(&mut self, name: impl Fn() -> String, got: &[u8], expected: &[u8]) {
        self.count += 1;
        assert!(
            got == expected,
            "{} on {}, {}:\n     got {}\nexpected {}",
            self.suite,
            self.backend,
            name(),
            hex::encode(got),
            hex::encode(expected)
        );
    }

    /// One case: `holds`.
    #[track_caller]
    pub fn holds(&mut self, name: impl Fn() -> String, holds: bool) {
        self.count += 1;
        assert!(holds, "{} on {}, {}", self.suite, self.backend, name());
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// A key for this backend.
    pub fn key(&self, key: &[u8]) -> Aes {
        Aes::with_backend(key, self.backend).unwrap()
    }
}

/// A key for the oracle: the reference, or without that feature the last backend, used a block at a time.
pub fn oracle(key: &[u8]) -> Aes {
    Aes::with_backend(key, Backend::available().last().unwrap()).unwrap()
}

/// Bytes that look random and are the same every time: what is tested doesn't depend on the day.
pub fn bytes(seed: u64, len: usize) -> Vec<u8> {
    // SplitMix64
    let mut state = seed;
    let mut words = std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    });
    let mut bytes: Vec<u8> = words.by_ref().take(len.div_ceil(8)).flat_map(u64::to_le_bytes).collect();
    bytes.truncate(len);
    bytes
}

pub fn blocks(seed: u64, len: usize) -> Vec<Block> {
    bytes(seed, 16 * len).as_chunks().0.to_vec()
}

pub fn block(seed: u64) -> Block {
    blocks(seed, 1)[0]
}

/// The keys that suites which are not about keys use: one of each length.
pub fn keys() -> [Vec<u8>; 3] {
    [16, 24, 32].map(|len| bytes(len as u64, len))
}

/// A file below `vectors/`.
pub fn vectors(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A JSON file below `vectors/`.
pub fn json(path: &str) -> serde_json::Value {
    serde_json::from_str(&vectors(path)).unwrap_or_else(|error| panic!("vectors/{path}: {error}"))
}

/// The bytes that a field of a JSON object writes in hexadecimal.
pub fn hex_field(object: &serde_json::Value, name: &str) -> Vec<u8> {
    let text = object[name].as_str().unwrap_or_else(|| panic!("no {name} in {object}"));
    unhex(text, name)
}

pub fn unhex(text: &str, name: impl Display) -> Vec<u8> {
    hex::decode(text).unwrap_or_else(|error| panic!("{name} = {text}: {error}"))
}

/// The elements of a JSON array.
pub fn list<'v>(object: &'v serde_json::Value, name: &str) -> &'v [serde_json::Value] {
    object[name].as_array().unwrap_or_else(|| panic!("no list {name}"))
}

/// What is around buffers, and must stay.
pub const CANARY: u8 = 0xc5;

/// Memory full of canaries that begins at the start of a cache line.
#[repr(align(64))]
pub struct Memory([u8; 64 + 64 + 16 * 72 + 64]);

impl Memory {
    pub fn new() -> Box<Self> {
        Box::new(Memory([CANARY; _]))
    }

    /// `len` bytes that begin `alignment` bytes past the start of a cache line, and what is before and behind them.
    pub fn split(&mut self, alignment: usize, len: usize) -> (&mut [u8], [&mut [u8]; 2]) {
        assert_eq!(self.0.as_ptr() as usize % 64, 0);
        let (before, rest) = self.0.split_at_mut(64 + alignment);
        let (within, behind) = rest.split_at_mut(len);
        (within, [before, behind])
    }
}

pub fn only_canaries(beside: &[&mut [u8]; 2]) -> bool {
    beside.iter().all(|bytes| bytes.iter().all(|byte| *byte == CANARY))
}
