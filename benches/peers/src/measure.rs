//! How it is measured: thread CPU time, samples in turn, medians of the quieter rounds.

use std::{thread::sleep, time::Duration};

use roundkey::Block;
use rustix::time::{ClockId, clock_gettime};

use crate::{
    candidates::{self, Class, Sampler, Xor, limit},
    neighbours::{Arithmetic, Watch},
    work::{self, Data, Row},
};

/// How much patience a measurement has.
#[derive(Clone, Copy)]
pub struct Effort {
    /// How often each candidate is sampled; half of that counts.
    pub rounds: usize,
    /// About how long a sample takes: long against the clock's own cost, short against changes of the processor's speed.
    pub sample: Duration,
}

impl Effort {
    pub const FULL: Effort = Effort { rounds: 81, sample: Duration::from_micros(300) };
    pub const QUICK: Effort = Effort { rounds: 21, sample: Duration::from_micros(150) };
}

/// The CPU time of that many calls, in this thread.
#[inline(always)]
pub fn timed(calls: u64, mut call: impl FnMut()) -> Duration {
    let start = thread_time();
    for _ in 0..calls {
        call();
    }
    thread_time().saturating_sub(start)
}

/// CPU time rather than wall clock: when another process gets the core, that is not ours.
fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// The medians of one row, in nanoseconds per call.
pub struct Measured {
    pub row: Row,
    /// What the AES instructions alone would take; for 64 MiB the slower of that and memory.
    pub limit: Option<f64>,
    /// For 64 MiB: an XOR over the same buffer.
    pub memory: Option<f64>,
    /// One for each of [`candidates::all`]; ours is the first.
    pub times: Vec<f64>,
    /// The fastest peer's time over ours: above 1 we are faster.
    pub best_peer: Option<f64>,
    /// How many times slower than at its best the core was meanwhile.
    pub slowdown: f64,
}

impl Measured {
    /// How much of the limit's speed the candidate in this column reaches.
    pub fn share_of_limit(&self, column: usize) -> Option<f64> {
        self.limit.map(|limit| limit / self.times[column])
    }
}

/// Measures a row again until the core was undisturbed meanwhile, or patience ends; keeps the best.
pub fn patient_row(class: Class, row: &Row, effort: Effort, data: &mut Data, watch: &mut Watch) -> Measured {
    const TRIES: usize = 60;
    let mut best = self::row(class, row, effort, data, watch);
    for _ in 1..TRIES {
        if best.slowdown <= DISTURBED {
            break;
        }
        sleep(Duration::from_millis(500));
        let next = self::row(class, row, effort, data, watch);
        if next.slowdown < best.slowdown {
            best = next;
        }
    }
    best
}

/// From this slowdown on a row says little. Less than that is the processor's frequency going up and down.
pub const DISTURBED: f64 = 1.08;

/// Measures all candidates, and beside them the limit, if they are of the class that it limits.
pub fn row(class: Class, row: &Row, effort: Effort, data: &mut Data, watch: &mut Watch) -> Measured {
    let named = candidates::all(class, &work::key(row.key_len));
    let peers: Vec<bool> = named.iter().map(|named| named.peer).collect();
    let mut samplers: Vec<Box<dyn Sampler>> = named.into_iter().map(|named| named.sampler).collect();
    let kernels = match class {
        Class::Open => limit::kernels(row),
        Class::Software => Vec::new(),
    };
    samplers.extend(kernels.iter().map(|kernel| Box::new(*kernel) as Box<dyn Sampler>));
    if row.is_huge() {
        samplers.push(Box::new(Xor));
    }
    samplers.push(Box::new(Arithmetic));

    // At 64 MiB a single sample takes as long as a row elsewhere.
    let rounds = if row.is_huge() { effort.rounds.min(13) } else { effort.rounds };
    let blocks = data.fresh(row.span());
    let mut times = medians(row, &mut samplers, Effort { rounds, ..effort }, blocks);
    let slowdown = watch.slowdown(times.pop().unwrap_or(f64::NAN));
    let memory = if row.is_huge() { times.pop() } else { None };
    let instructions = limit::of(row, &kernels, &times.split_off(peers.len()));
    let limit = instructions.map(|instructions| instructions.max(memory.unwrap_or(0.0)));

    let fastest_peer =
        times.iter().zip(&peers).filter(|(_, peer)| **peer).map(|(time, _)| *time).min_by(f64::total_cmp);
    let best_peer = fastest_peer.map(|time| time / times[0]);
    Measured { row: row.clone(), limit, memory, times, best_peer, slowdown }
}

/// The median of each sampler over the quieter half of the rounds, in nanoseconds per call.
///
/// A neighbour that comes and goes spoils some rounds and not others, and a median over all of them falls now on this
/// side, now on that. So whole rounds are left out, by what they took all together: the same for every candidate.
pub fn medians(row: &Row, samplers: &mut [Box<dyn Sampler>], effort: Effort, data: &mut [Block]) -> Vec<f64> {
    let calls: Vec<u64> =
        samplers.iter_mut().map(|sampler| calibrate(row, sampler.as_mut(), effort.sample, data)).collect();
    let mut rounds = Vec::with_capacity(effort.rounds);
    for round in 0..effort.rounds {
        let mut times = vec![0.0; samplers.len()];
        // Each starts a round in its turn, so that nobody always comes behind the same neighbour.
        for i in 0..samplers.len() {
            let i = (round + i) % samplers.len();
            times[i] = samplers[i].sample(row, data, calls[i]).as_nanos() as f64 / calls[i] as f64;
        }
        rounds.push(times);
    }

    let typical = column_medians(&rounds);
    // Each candidate has the same weight, however long its calls are.
    let noise = |times: &[f64]| times.iter().zip(&typical).map(|(time, typical)| time / typical).sum::<f64>();
    rounds.sort_by(|a, b| noise(a).total_cmp(&noise(b)));
    rounds.truncate(effort.rounds.div_ceil(2));
    column_medians(&rounds)
}

fn column_medians(rounds: &[Vec<f64>]) -> Vec<f64> {
    (0..rounds[0].len()).map(|i| median(rounds.iter().map(|times| times[i]).collect())).collect()
}

/// How many calls make a sample of about that length. Warms everything up on the way.
fn calibrate(row: &Row, sampler: &mut dyn Sampler, length: Duration, data: &mut [Block]) -> u64 {
    let mut calls = 1;
    loop {
        let time = sampler.sample(row, data, calls);
        if time >= length / 4 {
            return (calls as f64 * length.as_secs_f64() / time.as_secs_f64()).ceil() as u64;
        }
        calls *= 2;
    }
}

/// The one in the middle.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
