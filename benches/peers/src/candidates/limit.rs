//! The limit of the processor: the AES instructions of a row and nothing else, no loads, no stores, no XOR.
//!
//! Blocks that don't depend on each other are limited by how many AES instructions the processor can begin per cycle, in
//! registers of one, two or four blocks; a CBC chain by how long one of them takes. Both are measured, with registers
//! that are independent in the first case and a single one in the second, and multiplied by the instructions of the row.

use std::time::Duration;

use roundkey::Block;

use super::Sampler;
use crate::{
    measure::timed,
    work::{Operation, Row},
};

/// A loop of AES instructions that this machine can run.
#[derive(Clone, Copy)]
pub struct Kernel {
    /// Blocks in one register.
    lanes: usize,
    /// Each instruction waits for the one before.
    chain: bool,
    /// Instructions in one call.
    instructions: usize,
    /// # Safety
    ///
    /// Only where the processor has been asked for the instructions of that width.
    run: unsafe fn(u64),
}

impl Sampler for Kernel {
    fn sample(&mut self, _: &Row, _: &mut [Block], calls: u64) -> Duration {
        // SAFETY: `x86::kernels`, which alone makes kernels, has asked the processor.
        timed(1, || unsafe { (self.run)(calls) })
    }
}

/// The kernels that bound this row.
pub fn kernels(row: &Row) -> Vec<Kernel> {
    match row.operation {
        // Key expansion is little AES and much of the rest: no such limit.
        Operation::KeySetup(_) => Vec::new(),
        #[cfg(target_arch = "x86_64")]
        Operation::EcbDecrypt | Operation::CbcDecrypt => x86::kernels(true),
        #[cfg(target_arch = "x86_64")]
        _ => x86::kernels(false),
        #[cfg(not(target_arch = "x86_64"))]
        _ => Vec::new(),
    }
}

/// What the row would take in nanoseconds if the AES instructions were all; `times` has each kernel's per call.
///
/// `None` where there are no kernels.
pub fn of(row: &Row, kernels: &[Kernel], times: &[f64]) -> Option<f64> {
    let each = |wanted: bool| {
        let kernels = kernels.iter().zip(times).filter(move |(kernel, _)| kernel.chain == wanted);
        kernels.map(|(kernel, time)| (kernel.lanes, time / kernel.instructions as f64))
    };
    let registers: Vec<_> = each(false).collect();
    let rounds = row.rounds() as f64;
    let latency = |blocks: usize| each(true).next().map(|(_, time)| time * rounds * blocks as f64);
    if registers.is_empty() {
        return None;
    }
    let throughput = rounds * cheapest(row.blocks(), &registers);
    match row.operation {
        Operation::CbcEncrypt if !row.independent() => latency(row.blocks()),
        // Many chains at once fill the registers, but the longest still takes its time.
        Operation::CbcEncryptMany => Some(throughput.max(latency(*row.messages.iter().max()?)?)),
        _ => Some(throughput),
    }
}

/// The least time for one round of so many blocks, from `(blocks in a register, time of an instruction)`.
///
/// A wide register may stay partly empty, or the rest may go into narrower ones: whatever is cheaper.
fn cheapest(blocks: usize, registers: &[(usize, f64)]) -> f64 {
    let choices = registers.iter().map(|(lanes, time)| {
        let narrower: Vec<_> = registers.iter().copied().filter(|(other, _)| other < lanes).collect();
        let rest = match blocks % lanes {
            0 => 0.0,
            _ if narrower.is_empty() => *time,
            rest => time.min(cheapest(rest, &narrower)),
        };
        (blocks / lanes) as f64 * time + rest
    });
    choices.min_by(f64::total_cmp).unwrap_or(0.0)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::{arch::x86_64::*, hint::black_box};

    use super::Kernel;

    /// Independent registers: more than an instruction's latency times how many begin per cycle (4 × 2 on some, 3 × 2 or
    /// 5 × 1 on others), and few enough that none goes to memory.
    const WIDE: usize = 12;
    /// Rounds in one call, written out by the compiler.
    const ROUNDS: usize = 8;

    /// The kernels of one direction: independent registers of each width, and for encryption the chain.
    pub(super) fn kernels(decrypt: bool) -> Vec<Kernel> {
        let independent = |lanes, run: unsafe fn(u64)| Kernel { lanes, chain: false, instructions: WIDE * ROUNDS, run };
        let mut kernels = Vec::new();
        if is_x86_feature_detected!("aes") {
            kernels.push(independent(1, if decrypt { decrypt_128 } else { encrypt_128 }));
            if !decrypt {
                kernels.push(Kernel { lanes: 1, chain: true, instructions: ROUNDS, run: encrypt_chain });
            }
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("vaes") {
            kernels.push(independent(2, if decrypt { decrypt_256 } else { encrypt_256 }));
        }
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("vaes") {
            kernels.push(independent(4, if decrypt { decrypt_512 } else { encrypt_512 }));
        }
        kernels
    }

    #[target_feature(enable = "aes")]
    fn encrypt_chain(calls: u64) {
        let key = black_box(_mm_setzero_si128());
        repeat::<_, 1>(calls, _mm_setzero_si128(), |reg| _mm_aesenc_si128(reg, key));
    }

    #[target_feature(enable = "aes")]
    fn encrypt_128(calls: u64) {
        let key = black_box(_mm_setzero_si128());
        repeat::<_, WIDE>(calls, _mm_setzero_si128(), |reg| _mm_aesenc_si128(reg, key));
    }

    #[target_feature(enable = "aes")]
    fn decrypt_128(calls: u64) {
        let key = black_box(_mm_setzero_si128());
        repeat::<_, WIDE>(calls, _mm_setzero_si128(), |reg| _mm_aesdec_si128(reg, key));
    }

    #[target_feature(enable = "avx2,vaes")]
    fn encrypt_256(calls: u64) {
        let key = black_box(_mm256_setzero_si256());
        repeat::<_, WIDE>(calls, _mm256_setzero_si256(), |reg| _mm256_aesenc_epi128(reg, key));
    }

    #[target_feature(enable = "avx2,vaes")]
    fn decrypt_256(calls: u64) {
        let key = black_box(_mm256_setzero_si256());
        repeat::<_, WIDE>(calls, _mm256_setzero_si256(), |reg| _mm256_aesdec_epi128(reg, key));
    }

    #[target_feature(enable = "avx512f,vaes")]
    fn encrypt_512(calls: u64) {
        let key = black_box(_mm512_setzero_si512());
        repeat::<_, WIDE>(calls, _mm512_setzero_si512(), |reg| _mm512_aesenc_epi128(reg, key));
    }

    #[target_feature(enable = "avx512f,vaes")]
    fn decrypt_512(calls: u64) {
        let key = black_box(_mm512_setzero_si512());
        repeat::<_, WIDE>(calls, _mm512_setzero_si512(), |reg| _mm512_aesdec_epi128(reg, key));
    }

    /// `calls` times `ROUNDS` instructions on each of `N` registers. Always inlined: the caller has the instructions.
    #[inline(always)]
    fn repeat<R: Copy, const N: usize>(calls: u64, start: R, instruction: impl Fn(R) -> R) {
        // The compiler must not know that all registers hold the same, or it would keep but one.
        let mut regs = black_box([start; N]);
        for _ in 0..calls {
            for _ in 0..ROUNDS {
                for reg in &mut regs {
                    *reg = instruction(*reg);
                }
            }
        }
        black_box(regs);
    }
}
