//! dudect-bencher, which takes the times and does the statistics.
//!
//! It tells its results by printing them, and knows benchmarks that are plain functions only. So this program starts
//! itself once for each case, with the case in a static, lets dudect-bencher run it continuously (which is how it
//! goes on with the samples that it has), and reads what it prints.

use std::{
    env,
    error::Error,
    io,
    process::{self, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use dudect_bencher::{
    BenchRng, CtRunner,
    ctbench::{BenchMetadata, BenchName, BenchOpts, run_benches_console},
};

use crate::cases::Case;

/// How many times t is asked for.
pub const RUNS: usize = 5;

/// t after each run, and τ after the last.
pub struct Progress {
    pub t: Vec<f64>,
    pub tau: f64,
}

impl Progress {
    pub fn last(&self) -> f64 {
        self.t[self.t.len() - 1]
    }
}

/// Runs a case in a new process, so with other addresses and other random numbers than before.
pub fn in_a_process_of_its_own(case: &Case, samples: usize) -> Result<Progress, Box<dyn Error>> {
    let output = Command::new(env::current_exe()?)
        .args(["--case", &case.name, "--samples", &samples.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{}: {}", case.name, output.status).into());
    }
    let printed = String::from_utf8(output.stdout)?;
    let t = values(&printed, "max t = ")?;
    let tau = values(&printed, "max tau = ")?;
    match tau.last() {
        Some(&tau) if t.len() == RUNS && !t.iter().any(|t| t.is_nan()) => Ok(Progress { t, tau }),
        _ => Err(format!("dudect-bencher printed something else than {RUNS} results:\n{printed}").into()),
    }
}

/// The numbers behind `label`, as in `n == +1.000M, max t = +1.23456, max tau = +0.00123, (5/tau)^2 = 16524462`.
fn values(printed: &str, label: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let behind = printed.split(label).skip(1);
    Ok(behind.map(|rest| rest.split([',', '\n']).next().unwrap_or_default().parse()).collect::<Result<_, _>>()?)
}

/// What this process was started for.
struct Task {
    case: Case,
    samples: usize,
}

static TASK: OnceLock<Task> = OnceLock::new();

/// Runs a case in this process, and ends the process.
pub fn run(case: Case, samples: usize) -> io::Result<()> {
    TASK.get_or_init(|| Task { case, samples });
    let bench = BenchMetadata { name: BenchName("case"), seed: None, benchfn: one_run };
    run_benches_console(BenchOpts { continuous: true, ..BenchOpts::default() }, vec![bench])
}

/// What dudect-bencher calls, again and again; when it comes back after the last run, that one's result was printed.
fn one_run(runner: &mut CtRunner, rng: &mut BenchRng) {
    static SO_FAR: AtomicUsize = AtomicUsize::new(0);
    if SO_FAR.fetch_add(1, Ordering::Relaxed) == RUNS {
        process::exit(0);
    }
    let task = TASK.get().expect("`run` has set it");
    (task.case.time)(runner, rng, task.samples);
}
