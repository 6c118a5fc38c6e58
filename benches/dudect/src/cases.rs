//! What is timed, and how: every care that the method asks for is taken here.
//!
//! - Which class comes next is random. Inputs are made some hundreds at a time, before any of them is timed, and random
//!   bytes are drawn for both classes alike.
//! - Both classes go the same way: the input is copied to the one place that the timed code works on, so addresses,
//!   alignment and what the caches hold are the same.
//! - A sample is some hundred nanoseconds, of which reading the clock is a small part: a call on many blocks, or many
//!   calls.
//! - Data cases use AES-256, whose rounds include those of the shorter keys.

use std::{array, cell::RefCell, hint::black_box};

use dudect_bencher::{
    BenchRng, Class, CtRunner,
    rand::{Rng, RngExt},
};
use roundkey::{
    Aes, Backend, Block, cbc,
    fips197::{State, state::sub_bytes},
    padding::pkcs7,
};

use crate::padding::{Padding, leaky_unpad};

/// What the verdict must be.
#[derive(Clone, Copy)]
pub enum Expected {
    ConstantTime,
    Leak,
    /// The same, but how much depends on the caches of the machine: a quick run may miss it.
    LeakOfCaches,
}

/// Takes so many samples.
type Time = Box<dyn Fn(&mut CtRunner, &mut BenchRng, usize) + Send + Sync>;

/// Two classes of inputs, and the code that gets them.
pub struct Case {
    pub name: String,
    pub expected: Expected,
    pub time: Time,
}

impl Case {
    fn new(
        name: impl Into<String>,
        expected: Expected,
        time: impl Fn(&mut CtRunner, &mut BenchRng, usize) + Send + Sync + 'static,
    ) -> Self {
        Case { name: name.into(), expected, time: Box::new(time) }
    }
}

/// Blocks that are unpadded in a sample.
const PADDED: usize = 16;

pub fn all() -> Vec<Case> {
    let mut cases = vec![leaky_unpadding(Padding::Zero), leaky_unpadding(Padding::Front), leaky_tables()];
    let wrong = [Padding::Zero, Padding::TooLong, Padding::Front, Padding::Middle, Padding::Random];
    cases.extend(wrong.map(unpadding));
    for backend in Backend::available() {
        match backend.name() {
            // Its leak is shown by `leaky_tables`.
            "reference" => {}
            // Thirty-two at once, four, and less.
            "portable" => cases.extend(of_backend::<39, 2, 1>(backend)),
            // Four blocks at once, and less.
            name if name.starts_with("vperm") => cases.extend(of_backend::<15, 4, 1>(backend)),
            // Every number of registers that a message is cut into: 32, 16, 8, and less.
            _ => cases.extend(of_backend::<39, 16, 4>(backend)),
        }
    }
    cases
}

/// A backend with messages of so many blocks, so many blocks one by one, and so many calls a sample where one is short.
fn of_backend<const MESSAGE: usize, const SINGLE: usize, const CALLS: usize>(backend: Backend) -> Vec<Case> {
    vec![
        data(backend, "block encryption", |key, blocks: &mut [Block; SINGLE]| {
            blocks.iter_mut().for_each(|block| key.encrypt_block(block));
        }),
        data(backend, "block decryption", |key, blocks: &mut [Block; SINGLE]| {
            blocks.iter_mut().for_each(|block| key.decrypt_block(block));
        }),
        data(backend, "ECB encryption", |key, blocks: &mut [Block; MESSAGE]| {
            repeat::<CALLS>(|| key.encrypt_blocks(blocks))
        }),
        data(backend, "ECB decryption", |key, blocks: &mut [Block; MESSAGE]| {
            repeat::<CALLS>(|| key.decrypt_blocks(blocks))
        }),
        data(backend, "CBC encryption", |key, blocks: &mut [Block; SINGLE]| {
            cbc::Encryptor::new(key, &[0; 16]).encrypt_blocks(blocks);
        }),
        data(backend, "CBC decryption", |key, blocks: &mut [Block; MESSAGE]| {
            repeat::<CALLS>(|| cbc::Decryptor::new(key, &[0; 16]).decrypt_blocks(blocks));
        }),
        data(backend, "encrypt_many", |key, blocks: &mut [Block; MESSAGE]| {
            repeat::<CALLS>(|| {
                // Thirteen of three blocks each, or as many as there are, one shorter, and empty ones.
                let mut pieces = blocks.chunks_mut(3);
                let message = |_| cbc::Message { iv: [0; 16], blocks: pieces.next().unwrap_or_default() };
                cbc::encrypt_many(key, &mut array::from_fn::<_, 13, _>(message));
            });
        }),
        noise::<MESSAGE>(backend),
        keys(backend, "block encryption", |key| {
            let mut block = [0; 16];
            (0..SINGLE).for_each(|_| key.encrypt_block(black_box(&mut block)));
        }),
        keys(backend, "block decryption", |key| {
            let mut block = [0; 16];
            (0..SINGLE).for_each(|_| key.decrypt_block(black_box(&mut block)));
        }),
        keys(backend, "ECB encryption", |key| {
            let mut blocks = [[0; 16]; MESSAGE];
            repeat::<CALLS>(|| key.encrypt_blocks(black_box(&mut blocks)));
        }),
        keys(backend, "ECB decryption", |key| {
            let mut blocks = [[0; 16]; MESSAGE];
            repeat::<CALLS>(|| key.decrypt_blocks(black_box(&mut blocks)));
        }),
        keys(backend, "CBC encryption", |key| {
            let mut blocks = [[0; 16]; SINGLE];
            cbc::Encryptor::new(key, &[0; 16]).encrypt_blocks(black_box(&mut blocks));
        }),
        key_setup::<16, CALLS>(backend),
        key_setup::<24, CALLS>(backend),
        key_setup::<32, CALLS>(backend),
        whole_decryption::<MESSAGE, CALLS>(backend, Padding::Zero, Padding::TooLong),
        whole_decryption::<MESSAGE, CALLS>(backend, Padding::Zero, Padding::Front),
        whole_decryption::<MESSAGE, CALLS>(backend, Padding::Front, Padding::Middle),
        whole_decryption::<MESSAGE, CALLS>(backend, Padding::Random, Padding::Front),
        whole_decryption_in_place::<MESSAGE, CALLS>(backend, Padding::Zero, Padding::Front),
        whole_decryption_in_place::<MESSAGE, CALLS>(backend, Padding::Front, Padding::Middle),
    ]
}

fn repeat<const TIMES: usize>(mut work: impl FnMut()) {
    (0..TIMES).for_each(|_| work());
}

/// The place of what the timed code works on, the same for both classes.
#[repr(align(64))]
struct Place<T>(T);

/// Times `timed` on inputs of two classes.
fn compare<T: Clone>(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    samples: usize,
    make: impl FnMut(&mut BenchRng, Class) -> T,
    timed: impl Fn(&mut T),
) {
    compare_after(runner, rng, samples, || {}, make, timed);
}

/// The same, with something done before each sample.
fn compare_after<T: Clone>(
    runner: &mut CtRunner,
    rng: &mut BenchRng,
    samples: usize,
    before: impl Fn(),
    mut make: impl FnMut(&mut BenchRng, Class) -> T,
    timed: impl Fn(&mut T),
) {
    const AT_A_TIME: usize = 256;
    let place = RefCell::new(Place(make(rng, Class::Left)));
    let mut inputs = Vec::with_capacity(AT_A_TIME);
    let mut left = samples;
    while left > 0 {
        inputs.clear();
        inputs.extend((0..AT_A_TIME.min(left)).map(|_| {
            let class = if rng.random() { Class::Left } else { Class::Right };
            (class, make(rng, class))
        }));
        left -= inputs.len();
        for (class, input) in &inputs {
            place.borrow_mut().0.clone_from(black_box(input));
            before();
            runner.run_one(*class, || timed(black_box(&mut place.borrow_mut().0)));
        }
    }
}

/// Random blocks; those of the left class are then set to zero.
fn zero_or_random<const N: usize>(rng: &mut BenchRng, class: Class) -> [Block; N] {
    let mut blocks = [[0; 16]; N];
    rng.fill_bytes(blocks.as_flattened_mut());
    if let Class::Left = class {
        blocks = [[0; 16]; N];
    }
    blocks
}

fn random_key(rng: &mut BenchRng, backend: Backend) -> Aes {
    let mut key = [0; 32];
    rng.fill_bytes(&mut key);
    expand(&key, backend)
}

fn expand(key: &[u8], backend: Backend) -> Aes {
    Aes::with_backend(key, backend).expect("a key of the right length")
}

/// Zero data against random data, under one key.
fn data<const N: usize>(
    backend: Backend,
    what: &str,
    timed: impl Fn(&Aes, &mut [Block; N]) + Copy + Send + Sync + 'static,
) -> Case {
    Case::new(format!("{backend}: {what}, data"), Expected::ConstantTime, move |runner, rng, samples| {
        let key = random_key(rng, backend);
        compare(runner, rng, samples, zero_or_random, |blocks| timed(&key, blocks));
    })
}

/// Random data against random data: nothing to be found.
fn noise<const N: usize>(backend: Backend) -> Case {
    let name = format!("{backend}: ECB encryption, random against random");
    Case::new(name, Expected::ConstantTime, move |runner, rng, samples| {
        let key = random_key(rng, backend);
        let random = |rng: &mut BenchRng, _| zero_or_random::<N>(rng, Class::Right);
        compare(runner, rng, samples, random, |blocks| key.encrypt_blocks(blocks));
    })
}

/// The zero key against random keys, on the same data. They were expanded before, one in its turn like the other.
fn keys(backend: Backend, what: &str, timed: impl Fn(&Aes) + Copy + Send + Sync + 'static) -> Case {
    Case::new(format!("{backend}: {what}, key"), Expected::ConstantTime, move |runner, rng, samples| {
        let make = |rng: &mut BenchRng, class| {
            let key: [Block; 2] = zero_or_random(rng, class);
            expand(key.as_flattened(), backend)
        };
        compare(runner, rng, samples, make, |key| timed(key));
    })
}

/// Expanding the zero key against expanding random keys.
fn key_setup<const LEN: usize, const CALLS: usize>(backend: Backend) -> Case {
    let name = format!("{backend}: key setup, AES-{}", 8 * LEN);
    Case::new(name, Expected::ConstantTime, move |runner, rng, samples| {
        let make = |rng: &mut BenchRng, class| {
            let key: [Block; 2] = zero_or_random(rng, class);
            let mut shorter = [0; LEN];
            shorter.copy_from_slice(&key.as_flattened()[..LEN]);
            shorter
        };
        compare(runner, rng, samples, make, |key| {
            repeat::<CALLS>(|| {
                black_box(Aes::with_backend(black_box(&*key), backend).is_ok());
            });
        });
    })
}

/// As many blocks with such a padding each.
fn padded<const N: usize>(rng: &mut BenchRng, padding: Padding) -> [Block; N] {
    array::from_fn(|_| padding.block(rng))
}

/// `unpad_ct` on valid padding against wrong padding; whether it was right is still a `Choice` then.
fn unpadding(wrong: Padding) -> Case {
    valid_against(wrong, "unpad_ct", Expected::ConstantTime, |block| {
        black_box(pkcs7::unpad_ct(block, 16));
    })
}

fn leaky_unpadding(wrong: Padding) -> Case {
    valid_against(wrong, "leaky unpadding", Expected::Leak, |block| {
        black_box(leaky_unpad(block));
    })
}

fn valid_against(wrong: Padding, what: &str, expected: Expected, unpad: fn(&Block)) -> Case {
    let name = format!("{what}: valid against {}", wrong.name());
    Case::new(name, expected, move |runner, rng, samples| {
        let make = |rng: &mut BenchRng, class| padded::<PADDED>(rng, either(class, Padding::Valid, wrong));
        compare(runner, rng, samples, make, |blocks| {
            for block in blocks {
                unpad(black_box(block));
            }
        });
    })
}

fn either(class: Class, left: Padding, right: Padding) -> Padding {
    match class {
        Class::Left => left,
        Class::Right => right,
    }
}

/// A ciphertext that decrypts to random blocks, the last of them with such a padding.
fn ciphertext<const N: usize>(rng: &mut BenchRng, key: &Aes, padding: Padding) -> [Block; N] {
    let mut blocks = zero_or_random(rng, Class::Right);
    blocks[N - 1] = padding.block(rng);
    cbc::Encryptor::new(key, &[0; 16]).encrypt_blocks(&mut blocks);
    blocks
}

/// `cbc::decrypt` on one kind of wrong padding against another. (Valid against wrong differs by design: what a failed
/// decryption has put out is wiped.)
fn whole_decryption<const N: usize, const CALLS: usize>(backend: Backend, one: Padding, other: Padding) -> Case {
    decryption::<N, CALLS>(backend, "cbc::decrypt", [one, other], |key, blocks| {
        black_box(cbc::decrypt(key, &[0; 16], black_box(blocks.as_flattened())).is_ok());
    })
}

/// The same with `cbc::decrypt_in_place`.
fn whole_decryption_in_place<const N: usize, const CALLS: usize>(
    backend: Backend,
    one: Padding,
    other: Padding,
) -> Case {
    decryption::<N, CALLS>(backend, "decrypt_in_place", [one, other], |key, blocks| {
        let mut buffer = *blocks;
        let message = cbc::decrypt_in_place(key, &[0; 16], black_box(buffer.as_flattened_mut()));
        black_box(message.is_ok());
    })
}

fn decryption<const N: usize, const CALLS: usize>(
    backend: Backend,
    what: &str,
    [one, other]: [Padding; 2],
    decrypt: fn(&Aes, &[Block; N]),
) -> Case {
    let name = format!("{backend}: {what}, {} against {}", one.name(), other.name());
    Case::new(name, Expected::ConstantTime, move |runner, rng, samples| {
        let key = random_key(rng, backend);
        let make = |rng: &mut BenchRng, class| ciphertext::<N>(rng, &key, either(class, one, other));
        compare(runner, rng, samples, make, |blocks| repeat::<CALLS>(|| decrypt(&key, blocks)));
    })
}

/// SubBytes, as `reference` does it in every round and in every step of its key setup: a state of zeros, which needs one
/// place of the table, against random states, which need all its cache lines. The table is cold, as after somebody
/// else's turn on the processor. (While it is warm, as in a loop that does nothing else, lookups take nearly the same
/// time everywhere; |t| of whole blocks is then between 2 and 20, which would make `reference` look better than it is.)
///
/// At most 100,000 samples a run: making caches cold takes long, and this leak doesn't need more.
fn leaky_tables() -> Case {
    Case::new("reference: SubBytes with a cold table", Expected::LeakOfCaches, |runner, rng, samples| {
        // More than the caches of one core have room for, on most processors.
        let others_data = vec![1_u8; 1 << 20];
        let somebody_elses_turn = || {
            others_data.iter().step_by(64).for_each(|byte| {
                black_box(*byte);
            });
        };
        let make = |rng: &mut BenchRng, class| {
            let [block] = zero_or_random(rng, class);
            State::from_block(&block)
        };
        compare_after(runner, rng, samples.min(100_000), somebody_elses_turn, make, sub_bytes);
    })
}
