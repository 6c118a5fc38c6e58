//! What a key and a failed decryption leave behind: nothing, neither where they were nor on the stack below.
//!
//! Each case runs on a stack that the test owns, and that is searched afterwards by words of eight bytes, at every place. For
//! a key: the key itself, every round key and, where an engine keeps round keys in another form, that form too. For a
//! decryption: its plaintext, before and after CBC's chaining, which is also searched for in memory that was given back. After a
//! panic of a caller's padding or stream nothing is left there and in the caller's buffer; of the stack nothing is promised then.
//!
//! These are promises of release builds (`cargo test --release --test residue`). With debug assertions some values take
//! detours over the stack; and moves by the caller leave copies in any build. `reference` promises nothing.

#![cfg(all(feature = "alloc", feature = "reference", target_pointer_width = "64", not(target_family = "wasm")))]

mod common;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    collections::HashMap,
    hint::black_box,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    slice,
};

use common::{block, blocks, cbc_encrypt_by_definition, keys, on_every_backend, oracle, say, xor};
use roundkey::{
    Aes, Aes128, Aes192, Aes256, Backend, Block, DecryptError, cbc, ecb,
    fips197::{EqInvKeySchedule, KeySchedule, key_expansion},
    padding::{Added, Padding},
};
use subtle::CtOption;

/// Runs `run` on a stack of its own and returns what that memory holds afterwards.
#[allow(unsafe_code)]
fn stack_after(run: impl FnOnce()) -> Vec<u8> {
    let mut stack = vec![0_u128; 1 << 14];
    let size = size_of_val(&stack[..]);
    // SAFETY: the memory is ours, aligned to 16 bytes, and larger than anything here needs.
    unsafe { psm::on_stack(stack.as_mut_ptr().cast(), size, run) };
    black_box(&mut stack).iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// Runs `run` and returns what was in the memory that it gave back.
fn freed_during(run: impl FnOnce()) -> Vec<u8> {
    FREED.set(Some(Vec::new()));
    run();
    FREED.take().unwrap_or_default()
}

thread_local! {
    /// What was in memory when this thread gave it back, while somebody wants to know.
    static FREED: Cell<Option<Vec<u8>>> = const { Cell::new(None) };
}

/// The system's allocator, with a look at what it gets back.
struct Looking;

#[global_allocator]
static ALLOCATOR: Looking = Looking;

// SAFETY: the system's allocator does the work.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Looking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: it is not given back yet, and has had values from the beginning.
        let bytes = unsafe { slice::from_raw_parts(memory, layout.size()) };
        let _ = FREED.try_with(|freed| {
            // Taken meanwhile, so that what growing gives back isn't looked at.
            if let Some(mut all) = freed.take() {
                all.extend_from_slice(bytes);
                freed.set(Some(all));
            }
        });
        // SAFETY: the caller's promise is the same.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Every word of eight bytes that would give something away, with its name.
fn secrets(key: &[u8]) -> HashMap<[u8; 8], String> {
    let w = key_expansion(key).unwrap();
    let dw = EqInvKeySchedule::new(&w);
    let mut secrets = HashMap::new();
    let mut add = |name: &str, w: &KeySchedule| {
        for (round, round_key) in w.round_keys().iter().enumerate() {
            let bytes: [u8; 16] = round_key.as_flattened().try_into().unwrap();
            for form in [bytes, packed(bytes)].into_iter().chain(in_tower(bytes)) {
                for half in form.as_chunks().0 {
                    // As bytes, and as the words in which a schedule keeps them: on big-endian processors that is another order.
                    for word in [*half, u64::from_le_bytes(*half).to_ne_bytes()] {
                        secrets.insert(word, format!("{name} {round}"));
                    }
                }
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

/// The forms of `vperm`: each byte in the tower of fields, as the cipher or the inverse cipher has them there, with the
/// constant of SubBytes or without it, and ShiftRows none to three times.
fn in_tower(round_key: [u8; 16]) -> impl Iterator<Item = [u8; 16]> {
    // What becomes of bits 0 to 7 of a byte, and of {63}.
    let cipher = ([0x01, 0x20, 0x46, 0x4c, 0x3c, 0xd5, 0x34, 0xe5], 0xc0);
    let inv_cipher = ([0x58, 0x9f, 0x98, 0x28, 0x76, 0x79, 0xf9, 0x92], 0x47);
    let forms = [cipher, inv_cipher].into_iter().flat_map(|(bits, constant)| [(bits, 0), (bits, constant)]);
    forms.flat_map(move |(bits, constant)| {
        (0..4).map(move |times| {
            std::array::from_fn(|i| {
                let byte = round_key[(i % 4) + 4 * ((i / 4 + times * i) % 4)];
                (0..8).filter(|bit| byte >> bit & 1 == 1).fold(constant, |image, bit| image ^ bits[bit])
            })
        })
    })
}

fn found(memory: &[u8], secrets: &HashMap<[u8; 8], String>) -> Vec<String> {
    // Below is what nobody has touched.
    let used = memory.iter().take_while(|byte| **byte == 0).count().saturating_sub(7);
    let words = memory.windows(8).enumerate().skip(used);
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

/// A dropped key of authenticated CBC has left nothing of its secrets where it was: AES's round keys are gone, and so is HMAC's
/// state, which is the hash's to wipe. What is secret is what a key has every time, and another key never.
#[cfg(feature = "cbc-hmac")]
#[test]
fn a_dropped_key_with_hmac_is_wiped() {
    use std::{collections::HashSet, mem::MaybeUninit};

    use roundkey::cbc_hmac::Key;

    let words = |freed: Vec<u8>| -> HashSet<[u8; 8]> {
        assert_eq!(freed.len(), size_of::<Key>());
        freed.as_chunks().0.iter().copied().collect()
    };
    let memory = |seed, len| {
        let key = Key::new(&common::bytes(seed, len)).unwrap();
        let kept = words(freed_during(|| drop(black_box(Box::new(MaybeUninit::new(key.clone()))))));
        (kept, words(freed_during(|| drop(black_box(Box::new(key))))))
    };
    for len in [32, 48, 64] {
        let [(kept, _), (again, dropped), (other, _)] = [7, 7, 8].map(|seed| memory(seed, len));
        let secret = &(&kept & &again) - &other;
        let left = (&secret & &dropped).len();
        assert!(secret.len() >= 30 && left == 0, "{len} bytes: of {} words {left} are left", secret.len());
    }
}

/// A tag is for nobody else before its message is sent.
#[cfg(feature = "cbc-hmac")]
#[test]
fn a_dropped_tag_is_wiped() {
    use std::mem::MaybeUninit;

    use roundkey::cbc_hmac::Key;

    let key = Key::new(&[7; 32]).unwrap();
    let tag = || Box::new(key.seal_in_place(&[9; 16], &mut [0; 16], 3, b"").unwrap().1);
    let secrets: HashMap<_, _> = tag().windows(8).map(|word| (word.try_into().unwrap(), "tag".to_owned())).collect();
    let kept = freed_during(|| drop(black_box(Box::new(MaybeUninit::new(*tag())))));
    let dropped = freed_during(|| drop(black_box(tag())));
    assert!(!found(&kept, &secrets).is_empty() && found(&dropped, &secrets).is_empty());
}

/// What waits in a stream for the rest of its block, and what it gives in the end.
#[test]
fn dropped_streams_are_wiped() {
    use std::mem::MaybeUninit;

    on_every_backend("residue of streams", |cases| {
        let (key, iv, plaintext) = (cases.key(&keys()[0]), block(77), blocks(3, 1));
        let secrets: HashMap<_, _> = words("plaintext", &plaintext).collect();
        let begun = || {
            let mut encryptor = cbc::StreamEncryptor::new(&key, &iv);
            encryptor.update(&plaintext[0][..15], &mut []).unwrap();
            encryptor
        };
        let ended = || {
            let mut decryptor = cbc::StreamDecryptor::new(&key, &iv);
            let ciphertext = cbc::encrypt(&key, &iv, &plaintext[0][..15]);
            decryptor.update(&ciphertext, &mut []).unwrap();
            decryptor.finish().unwrap()
        };
        let kept = [
            freed_during(|| drop(black_box(Box::new(MaybeUninit::new(begun()))))),
            freed_during(|| drop(black_box(Box::new(MaybeUninit::new(ended()))))),
        ];
        let dropped =
            [freed_during(|| drop(black_box(Box::new(begun())))), freed_during(|| drop(black_box(Box::new(ended()))))];
        for (what, kept, dropped) in [("what waits", &kept[0], &dropped[0]), ("what is last", &kept[1], &dropped[1])] {
            cases.holds(|| format!("{what} is not where it is looked for"), !found(kept, &secrets).is_empty());
            let left = found(dropped, &secrets);
            cases.holds(|| format!("of {what} are left {left:?}"), left.is_empty());
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

/// A ciphertext whose padding turns out wrong.
struct WrongPadding {
    iv: Block,
    ciphertext: Vec<Block>,
    /// Every word of eight bytes that would give the plaintext away, with its name.
    secrets: HashMap<[u8; 8], String>,
}

impl WrongPadding {
    fn of_ecb(key: &[u8], len: usize) -> Self {
        let plaintext = wrongly_padded(len);
        let mut ciphertext = plaintext.clone();
        oracle(key).encrypt_blocks(&mut ciphertext);
        WrongPadding { iv: [0; 16], ciphertext, secrets: words("plaintext", &plaintext).collect() }
    }

    fn of_cbc(key: &[u8], len: usize) -> Self {
        let (plaintext, iv) = (wrongly_padded(len), block(77));
        let mut ciphertext = plaintext.clone();
        cbc_encrypt_by_definition(&oracle(key), &iv, &mut ciphertext);
        // What the cipher gives, before the chaining adds to it what everybody knows: as good as the plaintext.
        let chain = [iv].into_iter().chain(ciphertext.iter().copied());
        let unchained: Vec<_> = plaintext.iter().zip(chain).map(|(block, chain)| xor(block, &chain)).collect();
        let secrets = words("plaintext", &plaintext).chain(words("unchained plaintext", &unchained)).collect();
        WrongPadding { iv, ciphertext, secrets }
    }
}

fn wrongly_padded(len: usize) -> Vec<Block> {
    let mut plaintext = blocks(len as u64, len);
    plaintext[len - 1][15] = 0;
    plaintext
}

/// Every word of a plaintext, with its name.
fn words(name: &str, plaintext: &[Block]) -> impl Iterator<Item = ([u8; 8], String)> {
    let words = plaintext.as_flattened().windows(8).enumerate();
    words.map(move |(at, word)| (word.try_into().unwrap(), format!("{name} {at}")))
}

/// Key, IV and ciphertext, and a buffer that holds the latter too; returns whether the padding was found wrong.
type Decryption = fn(&Aes, &Block, &[u8], &mut [u8]) -> bool;

const WRONG: DecryptError = DecryptError::Padding;
const ECB: [(&str, Decryption); 3] = [
    ("ecb::decrypt", |key, _, ciphertext, _| ecb::decrypt(key, ciphertext) == Err(WRONG)),
    ("ecb::decrypt_in_place", |key, _, _, buffer| ecb::decrypt_in_place(key, buffer) == Err(WRONG)),
    ("ecb::decrypt_into", |key, _, ciphertext, out| ecb::decrypt_into(key, ciphertext, out) == Err(WRONG.into())),
];
const CBC: [(&str, Decryption); 3] = [
    ("cbc::decrypt", |key, iv, ciphertext, _| cbc::decrypt(key, iv, ciphertext) == Err(WRONG)),
    ("cbc::decrypt_in_place", |key, iv, _, buffer| cbc::decrypt_in_place(key, iv, buffer) == Err(WRONG)),
    ("cbc::decrypt_into", |key, iv, ciphertext, out| cbc::decrypt_into(key, iv, ciphertext, out) == Err(WRONG.into())),
];

/// Lets a decryption fail, and returns what is in the buffer then, in memory that was given back, and on the stack.
fn memory_after(decryption: Decryption, key: &Aes, message: &WrongPadding) -> [Vec<u8>; 3] {
    let ciphertext = message.ciphertext.as_flattened();
    let mut buffer = ciphertext.to_vec();
    let (mut failed, mut freed) = (false, Vec::new());
    let stack = stack_after(|| freed = freed_during(|| failed = decryption(key, &message.iv, ciphertext, &mut buffer)));
    assert!(failed);
    [buffer, freed, stack]
}

#[test]
fn a_failed_decryption_leaves_nothing() {
    if cfg!(debug_assertions) {
        return say("residue of failed decryptions: NOT RUN, it is for release builds");
    }
    on_every_backend("residue of failed decryptions", |cases| {
        let promises = cases.backend.name() != "reference";
        for key_bytes in keys() {
            let key = cases.key(&key_bytes);
            // Every rung of the ladder by itself, and all of them one after the other, the first of them many times.
            for len in (1..=9).chain([16, 17, 32, 63, 66, 319]) {
                let ecb = WrongPadding::of_ecb(&key_bytes, len);
                let cbc = WrongPadding::of_cbc(&key_bytes, len);
                for (calls, message) in [(ECB, ecb), (CBC, cbc)] {
                    for (call, decryption) in calls {
                        let [buffer, freed, stack] = memory_after(decryption, &key, &message);
                        let [in_buffer, on_stack] = [buffer, stack].map(|memory| found(&memory, &message.secrets));
                        let name = |found| move || format!("{call} of {len} blocks left {found}");
                        cases.holds(name(format!("in the buffer {in_buffer:?}")), in_buffer.is_empty());
                        cases.holds(name(format!("on the heap {freed:?}")), freed.iter().all(|byte| *byte == 0));
                        cases.holds(name(format!("on the stack {on_stack:?}")), on_stack.is_empty() || !promises);
                    }
                }
            }
        }
    });
}

/// The search finds what is there: plaintexts that nobody wiped.
#[test]
fn control_of_failed_decryptions() {
    let careless: Decryption = |key, iv, ciphertext, buffer| {
        let mut heap = ciphertext.as_chunks().0.to_vec();
        cbc::Decryptor::new(key, iv).decrypt_blocks(&mut heap);
        buffer.copy_from_slice(heap.as_flattened());
        let stack: [Block; 3] = heap[..3].try_into().unwrap();
        black_box(&stack)[0] != [0; 16]
    };
    on_every_backend("residue of failed decryptions, control", |cases| {
        for key in keys() {
            let message = WrongPadding::of_cbc(&key, 9);
            let found =
                memory_after(careless, &cases.key(&key), &message).map(|memory| found(&memory, &message.secrets));
            let found = found.map(|words| words.len());
            let all = [9, 9, 3].map(|blocks| 16 * blocks - 7);
            cases.holds(|| format!("found only {found:?} of {all:?} words"), (0..3).all(|i| found[i] >= all[i]));
        }
    });
}

/// A caller's padding that panics when it has seen what was decrypted, or is to pad what was copied.
struct Panicking;

impl Padding for Panicking {
    const ADDED: Added = Added::Always;

    fn pad(&self, _: &mut Block, _: usize) {
        panic_silently()
    }

    fn unpad(&self, _: &Block) -> CtOption<u8> {
        panic_silently()
    }
}

/// Without a message on standard error.
fn panic_silently() -> ! {
    resume_unwind(Box::new(()))
}

/// Key, IV and ciphertext, and a buffer that holds the latter too; panics.
type Panic = fn(&Aes, &Block, &[u8], &mut [u8]);

const PANICS_OF_ECB: [(&str, Panic); 3] = [
    ("ecb::decrypt_with", |key, _, ciphertext, _| _ = ecb::decrypt_with(key, ciphertext, Panicking)),
    ("ecb::decrypt_in_place_with", |key, _, _, buffer| _ = ecb::decrypt_in_place_with(key, buffer, Panicking)),
    ("ecb::decrypt_into_with", |key, _, ciphertext, out| _ = ecb::decrypt_into_with(key, ciphertext, out, Panicking)),
];

const PANICS_OF_CBC: [(&str, Panic); 4] = [
    ("cbc::decrypt_with", |key, iv, ciphertext, _| _ = cbc::decrypt_with(key, iv, ciphertext, Panicking)),
    ("cbc::decrypt_in_place_with", |key, iv, _, buffer| _ = cbc::decrypt_in_place_with(key, iv, buffer, Panicking)),
    ("cbc::decrypt_into_with", |key, iv, ciphertext, out| {
        _ = cbc::decrypt_into_with(key, iv, ciphertext, out, Panicking);
    }),
    ("StreamDecryptor", |key, iv, ciphertext, _| {
        let mut out = vec![0; ciphertext.len()];
        let mut decryptor = cbc::StreamDecryptor::with_padding(key, iv, Panicking);
        decryptor.update(ciphertext, &mut out).unwrap();
        // What a caller has got is the caller's to wipe.
        out.fill(0);
        black_box(&mut out);
        _ = decryptor.finish();
    }),
];

/// The calls that copy a message to pad it there: here the plaintext is what goes in.
const PANICS_OF_ENCRYPTION: [(&str, Panic); 5] = [
    ("ecb::encrypt_with", |key, _, plaintext, _| _ = ecb::encrypt_with(key, plaintext, Panicking)),
    ("cbc::encrypt_with", |key, iv, plaintext, _| _ = cbc::encrypt_with(key, iv, plaintext, Panicking)),
    ("ecb::encrypt_into_with", |key, _, plaintext, out| _ = ecb::encrypt_into_with(key, plaintext, out, Panicking)),
    ("cbc::encrypt_into_with", |key, iv, plaintext, out| {
        _ = cbc::encrypt_into_with(key, iv, plaintext, out, Panicking)
    }),
    ("cbc::encrypt_in_place_with", |key, iv, plaintext, buffer| {
        buffer[..plaintext.len()].copy_from_slice(plaintext);
        _ = cbc::encrypt_in_place_with(key, iv, buffer, plaintext.len(), Panicking);
    }),
];

/// Readers and writers that hold decrypted bytes when the padding or the stream behind panics, and are dropped then.
#[cfg(feature = "std")]
const PANICS_OF_STREAMS: [(&str, Panic); 4] = {
    use std::io::{self, Read, Write};

    struct PanickingStream;
    impl Read for PanickingStream {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic_silently()
        }
    }
    impl Write for PanickingStream {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic_silently()
        }
        fn flush(&mut self) -> io::Result<()> {
            panic_silently()
        }
    }

    /// By a byte at a time, so that it is the reader's own buffer where all the others are.
    fn read_all(mut reader: impl Read) {
        while reader.read(&mut [0]).unwrap() != 0 {}
    }

    [
        ("Reader, padding", |key, iv, ciphertext, _| {
            read_all(cbc::Reader::decrypt_with(ciphertext, key, iv, Panicking));
        }),
        ("Reader, reader behind", |key, iv, ciphertext, _| {
            read_all(cbc::Reader::decrypt(ciphertext.chain(PanickingStream), key, iv));
        }),
        ("Writer, padding", |key, iv, ciphertext, _| {
            let mut writer = cbc::Writer::decrypt_with(io::sink(), key, iv, Panicking);
            writer.write_all(ciphertext).unwrap();
            _ = writer.finish();
        }),
        ("Writer, writer behind", |key, iv, ciphertext, _| {
            let mut writer = cbc::Writer::decrypt(PanickingStream, key, iv);
            writer.write_all(ciphertext).unwrap();
            _ = writer.flush();
        }),
    ]
};
#[cfg(not(feature = "std"))]
const PANICS_OF_STREAMS: [(&str, Panic); 0] = [];

#[test]
#[cfg_attr(not(panic = "unwind"), ignore = "panics can't be caught")]
fn a_panic_leaves_nothing() {
    on_every_backend("residue of panics", |cases| {
        let key_bytes = &keys()[2];
        let key = cases.key(key_bytes);
        for len in [1, 2, 7, 66] {
            let plaintext = wrongly_padded(len);
            let ecb = WrongPadding::of_ecb(key_bytes, len);
            let cbc = WrongPadding::of_cbc(key_bytes, len);
            let calls = PANICS_OF_ECB.iter().map(|call| (call, &ecb, &ecb.ciphertext));
            let calls =
                calls.chain(PANICS_OF_CBC.iter().chain(&PANICS_OF_STREAMS).map(|call| (call, &cbc, &cbc.ciphertext)));
            let calls = calls.chain(PANICS_OF_ENCRYPTION.iter().map(|call| (call, &ecb, &plaintext)));
            for ((call, panics), message, input) in calls {
                let input = input.as_flattened();
                // What is to be decrypted, or room for what is encrypted.
                let mut buffer = if call.contains("encrypt") { vec![0; input.len() + 16] } else { input.to_vec() };
                let mut caught = false;
                let freed = freed_during(|| {
                    caught = catch_unwind(AssertUnwindSafe(|| panics(&key, &message.iv, input, &mut buffer))).is_err();
                });
                let name = |found| move || format!("{call} of {len} blocks left {found}");
                cases.holds(|| format!("{call} of {len} blocks did not panic"), caught);
                let [in_buffer, on_heap] = [buffer, freed].map(|memory| found(&memory, &message.secrets));
                cases.holds(name(format!("in the buffer {in_buffer:?}")), in_buffer.is_empty());
                cases.holds(name(format!("on the heap {on_heap:?}")), on_heap.is_empty());
            }
        }
    });
}
