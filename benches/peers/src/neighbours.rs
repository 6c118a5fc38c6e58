//! Whether this core was ours alone.
//!
//! A virtual processor is often one of two threads of a core, without saying so, and whoever runs on the other may be
//! another machine's guest. That slows us down by up to half and is in nobody's statistics. But it can be felt: plain
//! arithmetic that fills the core gets slower too. So some of that is timed along with every row.

use std::{hint::black_box, time::Duration};

use roundkey::Block;

use crate::{
    candidates::Sampler,
    measure::timed,
    work::{Operation, Row},
};

/// Arithmetic that keeps a core's integer units full: chains that don't wait for each other.
pub struct Arithmetic;

impl Sampler for Arithmetic {
    fn sample(&mut self, _: &Row, _: &mut [Block], calls: u64) -> Duration {
        let mut chains = black_box([1_u64, 2, 3, 4, 5, 6]);
        let time = timed(calls, || {
            for _ in 0..64 {
                for chain in &mut chains {
                    *chain = (*chain ^ 0x5bd1_e995).rotate_left(7).wrapping_add(0x9e37_79b9);
                }
            }
        });
        black_box(chains);
        time
    }
}

/// What the arithmetic takes when nobody disturbs: the best time that was seen.
pub struct Watch {
    best: f64,
}

impl Watch {
    /// Looks for quiet moments for a second.
    pub fn new() -> Self {
        const CALLS: u64 = 2000;
        let row = Row::one(Operation::EcbEncrypt, 16, 1);
        let times = (0..5000).map(|_| Arithmetic.sample(&row, &mut [], CALLS).as_nanos() as f64 / CALLS as f64);
        let mut sorted: Vec<f64> = times.collect();
        sorted.sort_by(f64::total_cmp);
        // Not the very first, which may owe its place to the clock.
        Watch { best: sorted[10] }
    }

    /// How many times slower than at its best the core was, from the time that a call took this time.
    pub fn slowdown(&mut self, time: f64) -> f64 {
        self.best = self.best.min(time);
        time / self.best
    }
}
