//! What a key leaves behind: nothing, neither where it was nor on the stack below.
//!
//! Each case runs on a stack that the test owns, and that is searched afterwards for the key, for every round key and, where
//! an engine keeps round keys in another form, for that form too: by words of eight bytes, at every place.
//!
//! This is a promise of release builds (`cargo test --release --test residue`). With debug assertions some values take
//! detours over the stack; and moves by the caller leave copies in any build. `reference` promises nothing.

#![cfg(all(feature = "reference", target_pointer_width = "64", not(target_family = "wasm")))]

mod common;

use std::{collections::HashMap, hint::black_box};

use common::{keys, on_every_backend, say};
use roundkey::{
    Aes, Aes128, Aes192, Aes256, Backend, cbc,
    fips197::{EqInvKeySchedule, KeySchedule, key_expansion},
};

/// Runs `run` on a stack of its own and returns what that memory holds afterwards.
#[allow(unsafe_code)]
fn stack_after(run: impl FnOnce()) -> Vec<u8> {
    let mut stack = vec![0_u128; 1 << 14];
    let size = size_of_val(&stack[..]);
    // SAFETY: the memory is ours, aligned to 16 bytes, and larger than anything here needs.
    unsafe { psm::on_stack(stack.as_mut_ptr().cast(), size, run) };
    black_box(&mut stack).iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// Every word of eight bytes that would give something away, with its name.
fn secrets(key: &[u8]) -> HashMap<[u8; 8], String> {
    let w = key_expansion(key).unwrap();
    let dw = EqInvKeySchedule::new(&w);
    let mut secrets = HashMap::new();
    let mut add = |name: &str, w: &KeySchedule| {
        for (round, round_key) in w.round_keys().iter().enumerate() {
            let bytes: [u8; 16] = round_key.as_flattened().try_into().unwrap();
            for half in [bytes.as_chunks().0, packed(bytes).as_chunks().0].concat() {
                secrets.insert(half, format!("{name} {round}"));
            }
        }
    };
    add("round key", &w);
    add("inverse round key", dw.as_key_schedule());
    secrets
}

/// The form of `portable`: low nibbles, then high nibbles, row by row. (What it unpacks for many blocks is the round key's
/// bytes again, and the masks that it makes of these are not stored.)
fn packed(round_key: [u8; 16]) -> [u8; 16] {
    let mut packed = [0; 2];
    for (i, byte) in round_key.into_iter().enumerate() {
        let place = 16 * (i % 4) + 4 * (i / 4);
        packed[0] |= u64::from(byte & 0xf) << place;
        packed[1] |= u64::from(byte >> 4) << place;
    }
    packed.map(u64::to_le_bytes).as_flattened().try_into().unwrap()
}

fn found(stack: &[u8], secrets: &HashMap<[u8; 8], String>) -> Vec<String> {
    let words = stack.windows(8).enumerate();
    words.filter_map(|(at, word)| secrets.get(word).map(|name| format!("{name} at {at}"))).collect()
}

/// Makes a key in each of the ways there are, lets it be used and drops it.
fn life_of_a_key(key: &[u8], backend: Backend, used: impl Fn(&Aes)) -> [(&'static str, Vec<u8>); 2] {
    let of_type = match key.len() {
        16 => stack_after(|| used(&Aes128::with_backend(key.try_into().unwrap(), backend))),
        24 => stack_after(|| used(&Aes192::with_backend(key.try_into().unwrap(), backend))),
        _ => stack_after(|| used(&Aes256::with_backend(key.try_into().unwrap(), backend))),
    };
    // Unwrapping would be a move by the caller.
    let of_run_time = stack_after(|| _ = Aes::with_backend(key, backend).as_ref().map(used));
    [("a typed key", of_type), ("a key of run-time length", of_run_time)]
}

type Use = (&'static str, fn(&Aes));

/// What is done with a key. The less it is, the less of the stack is overwritten again.
const USES: [Use; 5] = [
    ("unused", |key| _ = black_box(key)),
    ("cloned", |key| _ = black_box(&key.clone())),
    ("for a block", |key| key.encrypt_block(black_box(&mut [7; 16]))),
    ("for many blocks", |key| {
        let mut blocks = [[7; 16]; 109];
        key.encrypt_blocks(black_box(&mut blocks));
        key.decrypt_blocks(black_box(&mut blocks));
    }),
    ("for many messages", |key| {
        let mut blocks = [[[7; 16]; 3]; 70];
        let mut messages = blocks.each_mut().map(|blocks| cbc::Message { iv: [9; 16], blocks });
        cbc::encrypt_many(key, black_box(&mut messages));
    }),
];

#[test]
fn a_dropped_key_leaves_nothing() {
    if cfg!(debug_assertions) {
        return say("residue of keys: NOT RUN, it is for release builds");
    }
    on_every_backend("residue of keys", |cases| {
        let promises = cases.backend.name() != "reference";
        for key in keys() {
            let secrets = secrets(&key);
            for (how, used) in USES {
                for (what, stack) in life_of_a_key(&key, cases.backend, used) {
                    let found = found(&stack, &secrets);
                    let name = || format!("{what} of {} bytes, {how}, left {found:?}", key.len());
                    cases.holds(name, found.is_empty() || !promises);
                }
            }
        }
    });
}

/// The search finds what is there: a key that wasn't dropped.
#[test]
fn control() {
    on_every_backend("residue, control", |cases| {
        for key in keys() {
            let secrets = secrets(&key);
            let stack = stack_after(|| {
                let key = Aes::with_backend(&key, cases.backend).unwrap();
                std::mem::forget(black_box(key));
            });
            let round_keys = key.len() / 4 + 7;
            let found = found(&stack, &secrets).len();
            cases.holds(|| format!("found only {found} words"), found >= 2 * round_keys);
        }
    });
}
