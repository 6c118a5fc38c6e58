//! Every backend × operation × key size × length: `cargo bench`, or a part of it by name: `cargo bench -- aesni/cbc`. With the
//! feature `hazmat` single rounds as well: `cargo bench --features hazmat -- rounds`.

use std::{hint::black_box, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use roundkey::{Aes, Backend, Block, cbc};

const LENGTHS: [usize; 5] = [16, 256, 4 << 10, 16 << 10, 1 << 20];
const KEYS: [usize; 3] = [16, 24, 32];

/// An operation, and how many messages of the given length it takes.
type Operation = (&'static str, usize, fn(&Aes, &Block, &mut [Block]));

const OPERATIONS: [Operation; 5] = [
    ("ecb_encrypt", 1, |key, _, blocks| key.encrypt_blocks(blocks)),
    ("ecb_decrypt", 1, |key, _, blocks| key.decrypt_blocks(blocks)),
    ("cbc_encrypt", 1, |key, iv, blocks| cbc::Encryptor::new(key, iv).encrypt_blocks(blocks)),
    ("cbc_decrypt", 1, |key, iv, blocks| cbc::Decryptor::new(key, iv).decrypt_blocks(blocks)),
    ("cbc_encrypt_many", 16, |key, iv, blocks| {
        let mut rest = blocks.chunks_mut(blocks.len() / 16);
        let mut messages: [_; 16] =
            std::array::from_fn(|_| cbc::Message { iv: *iv, blocks: rest.next().unwrap_or_default() });
        cbc::encrypt_many(key, &mut messages);
    }),
];

fn operations(criterion: &mut Criterion) {
    for backend in Backend::available() {
        for (operation, messages, run) in OPERATIONS {
            let mut group = criterion.benchmark_group(format!("{backend}/{operation}"));
            for key_len in KEYS {
                let key = Aes::with_backend(&vec![7; key_len], backend).unwrap();
                for len in LENGTHS {
                    let mut blocks = vec![[9; 16]; messages * len / 16];
                    group.throughput(Throughput::Bytes((messages * len) as u64));
                    group.bench_function(BenchmarkId::new(format!("aes{}", 8 * key_len), len), |bencher| {
                        bencher.iter(|| run(&key, &[1; 16], black_box(&mut blocks)));
                    });
                }
            }
        }
    }
}

fn key_setup(criterion: &mut Criterion) {
    for backend in Backend::available() {
        let mut group = criterion.benchmark_group(format!("{backend}/key_setup"));
        for key_len in KEYS {
            let key = vec![7; key_len];
            group.bench_function(format!("aes{}", 8 * key_len), |bencher| {
                bencher.iter(|| Aes::with_backend(black_box(&key), backend));
            });
        }
    }
}

/// One after another on the same blocks, as in a chain: a call waits for the one before.
#[cfg(feature = "hazmat")]
fn rounds(criterion: &mut Criterion) {
    use roundkey::hazmat::Rounds;

    for backend in Backend::available() {
        let mut group = criterion.benchmark_group(format!("{backend}/rounds"));
        let rounds = Rounds::with_backend(backend);
        let round_keys = black_box([[[7; 16]; 8]; 10]);
        let mut blocks = [[9; 16]; 8];
        group.bench_function("cipher_round", |b| b.iter(|| rounds.cipher_round(&mut blocks[0], &round_keys[0][0])));
        group.bench_function("cipher_round_8", |b| b.iter(|| rounds.cipher_round_8(&mut blocks, &round_keys[0])));
        group.bench_function("mix_columns", |b| b.iter(|| rounds.mix_columns(&mut blocks[0])));
        group.bench_function("inv_mix_columns_8", |b| b.iter(|| rounds.inv_mix_columns_8(&mut blocks)));
        let ten = &round_keys.as_flattened()[..10];
        group.bench_function("cipher_rounds/10", |b| b.iter(|| rounds.cipher_rounds(&mut blocks[0], ten)));
        group.bench_function("cipher_rounds_8/10", |b| b.iter(|| rounds.cipher_rounds_8(&mut blocks, &round_keys)));
    }
}

#[cfg(not(feature = "hazmat"))]
fn rounds(_: &mut Criterion) {}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800)).sample_size(20);
    targets = operations, key_setup, rounds
}
criterion_main!(benches);
