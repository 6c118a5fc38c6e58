//! Feature `rayon`: how many times faster long work is on all cores than on one.

use std::{hint::black_box, thread::available_parallelism, time::Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};
use roundkey::{Aes128, Block, cbc};

use crate::{
    measure::{Effort, median},
    work::{Data, Operation, Row, mixed_lengths},
};

/// Calls on one core, then as many on all, and so on: in each turn the caches settle to how the work is done then.
const CALLS: usize = 20;

/// Prints the time of each row on one core and on all, wall clock, and the ratio.
pub fn run(effort: Effort, data: &mut Data) {
    let cores = available_parallelism().map_or(1, usize::from);
    let pools = [1, cores].map(pool);
    let key = Aes128::new(&[7; 16]);
    println!("{:<17} {:>16} {:>12} {:>12} {:>6}", "AES-128", "length", "one core", format!("{cores} cores"), "ratio");
    for row in rows() {
        let turns = (effort.rounds << 14).div_ceil(row.blocks()).clamp(3, effort.rounds);
        let mut times = [const { Vec::new() }; 2];
        for _ in 0..turns {
            for (times, pool) in times.iter_mut().zip(&pools) {
                pool.install(|| (0..CALLS).for_each(|_| times.push(call(&key, &row, data.take(row.span())))));
            }
        }
        let [one, all] = times.map(median);
        println!(
            "{:<17} {:>16} {:>9.1} µs {:>9.1} µs {:>6.2}",
            row.operation.to_string(),
            row.length(),
            1e6 * one,
            1e6 * all,
            one / all
        );
    }
}

/// Each thread on a core of its own: where the operating system puts those that it wakes up is another matter.
fn pool(threads: usize) -> ThreadPool {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let keep = move |thread: usize| _ = cores.get(thread).map(|core| core_affinity::set_for_current(*core));
    ThreadPoolBuilder::new().num_threads(threads).start_handler(keep).build().expect("threads can be had")
}

fn rows() -> impl Iterator<Item = Row> {
    let lengths = [1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22];
    let one = [Operation::EcbEncrypt, Operation::EcbDecrypt, Operation::CbcDecrypt];
    let one = one.into_iter().flat_map(move |operation| lengths.map(|blocks| Row::one(operation, 16, blocks)));
    let many = [vec![1 << 12; 16], vec![1 << 10; 64], mixed_lengths(), vec![1 << 8; 1 << 12]];
    one.chain(many.map(|messages| Row::many(16, messages)))
}

/// Seconds that a call takes.
fn call(key: &Aes128, row: &Row, data: &mut [Block]) -> f64 {
    let mut rest = black_box(&mut *data);
    let mut messages = Vec::with_capacity(row.messages.len());
    for len in &row.messages {
        let (blocks, after) = rest.split_at_mut(*len);
        messages.push(cbc::Message { iv: [0x5a; 16], blocks });
        rest = &mut after[row.gap..];
    }
    let start = Instant::now();
    match row.operation {
        Operation::EcbEncrypt => key.encrypt_blocks(messages[0].blocks),
        Operation::EcbDecrypt => key.decrypt_blocks(messages[0].blocks),
        Operation::CbcDecrypt => cbc::Decryptor::new(key, &[0x5a; 16]).decrypt_blocks(messages[0].blocks),
        _ => cbc::encrypt_many(key, &mut messages),
    }
    start.elapsed().as_secs_f64()
}
