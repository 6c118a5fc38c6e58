//! No cliff: every block count from 1 to 256, and where a peer is faster than we are.

use std::{thread::sleep, time::Duration};

use crate::{
    candidates::{self, Class},
    measure::{self, DISTURBED, Effort},
    neighbours::{Arithmetic, Watch},
    work::{self, Data, Operation, Row},
};

/// A peer is faster if our time is more than this over its own.
const MARGIN: f64 = 1.05;
const KEY_LEN: usize = 16;

/// Prints every count at which a peer is more than 5 % faster than roundkey's default backend.
pub fn run(class: Class, effort: Effort, data: &mut Data) {
    let brief = Effort { rounds: effort.rounds.div_ceil(4), sample: effort.sample / 2 };
    let mut watch = Watch::new();
    for operation in [Operation::EcbEncrypt, Operation::EcbDecrypt, Operation::CbcDecrypt] {
        let mut lost = 0;
        let mut closest = (f64::INFINITY, 0);
        for count in 1..=256 {
            let row = Row::one(operation, KEY_LEN, count);
            let mut all = compare(class, &row, brief, data, &mut watch);
            if !all.ahead.is_empty() {
                // Noise finds its way into one of some hundred short measurements: ask again, thoroughly, and when the
                // core is ours alone, if that can be had.
                for _ in 0..20 {
                    all = compare(class, &row, effort, data, &mut watch);
                    if all.slowdown <= DISTURBED {
                        break;
                    }
                    sleep(Duration::from_millis(500));
                }
            }
            if all.closest < closest.0 {
                closest = (all.closest, count);
            }
            if !all.ahead.is_empty() {
                lost += 1;
                println!("{operation}, {count} blocks: roundkey {:.1} ns, {}", all.ours, all.ahead.join(", "));
            }
        }
        println!(
            "{operation}: a peer is over 5 % faster at {lost} of 256 block counts; \
             the closest peer takes {:.2} times our time, at {} blocks",
            closest.0, closest.1
        );
    }
}

struct Comparison {
    ours: f64,
    /// The peers beyond the margin, with their times.
    ahead: Vec<String>,
    /// The fastest peer's time over ours.
    closest: f64,
    /// See [`Watch::slowdown`].
    slowdown: f64,
}

fn compare(class: Class, row: &Row, effort: Effort, data: &mut Data, watch: &mut Watch) -> Comparison {
    let mut all = candidates::all(class, &work::key(KEY_LEN));
    // The default backend and the peers: the other backends are not what anybody would get here.
    let mut first = true;
    all.retain(|named| named.peer || std::mem::take(&mut first));
    let (names, mut samplers): (Vec<_>, Vec<_>) = all.into_iter().map(|named| (named.name, named.sampler)).unzip();
    samplers.push(Box::new(Arithmetic));
    let mut times = measure::medians(row, &mut samplers, effort, data.fresh(row.span()));
    let slowdown = watch.slowdown(times.pop().unwrap_or(f64::NAN));
    let ours = times[0];
    let peers = names.iter().zip(&times).skip(1);
    Comparison {
        ours,
        ahead: peers
            .clone()
            .filter(|(_, time)| **time * MARGIN < ours)
            .map(|(name, time)| format!("{name} {time:.1} ns"))
            .collect(),
        closest: peers.map(|(_, time)| time / ours).fold(f64::INFINITY, f64::min),
        slowdown,
    }
}
