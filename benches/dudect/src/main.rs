//! Whether the time that roundkey takes depends on keys, messages or padding: dudect (Reparaz, Balasch, Verbauwhede,
//! "Dude, is my code constant time?", 2017), with the crate `dudect-bencher`.
//!
//! ```sh
//! cargo run --release                  # five runs of a million samples per case: 20 minutes
//! cargo run --release -- --quick       # seconds; says whether the leaks that are there on purpose are found
//! cargo run --release -- --only vaes256
//! ```
//!
//! Every case times the same code on two classes of inputs, in random order: all-zero against random plaintext, say. If
//! the times of the two classes have different means, Welch's t-test says so: t is the difference in units of its own
//! uncertainty. It is taken over all samples and over a hundred choices of the quicker ones, since interrupts hit slow
//! samples hardest, and the largest |t| of these is what counts. What the machine runs is what is measured: compiler,
//! processor and all. That is also the only way to look at the VAES backends, which valgrind can't run.
//!
//! # The verdict
//!
//! Samples are collected in five runs, and t is taken after each, over all samples so far. A difference that is there
//! makes t grow with the square root of their number n: from the first to the fifth run by √5 = 2.2. Chance doesn't: t
//! wanders, between -4 and 4 since it is the largest of a hundred, and an unlucky hour of the neighbours makes it jump
//! once and fall from then on. So a case **leaks** if
//!
//! - |t| > 5 after each of the last three runs, all with the same sign, *and*
//! - it grew: |t| after the fifth run is over 1.5 times that after the first (halfway between 1 and √5), or over 50,
//!   which nothing but a leak makes,
//! - and all that again in a second process, with other addresses, other keys and other random inputs.
//!
//! |t| > 5 at the end without all this is called **unclear** and fails nothing: more samples (`--samples`) would tell.
//!
//! The controls are code that leaks, and must leak with |t| > 50: `reference`, whose tables are looked up by secrets, and
//! an unpadding that returns at the first wrong byte. One case more compares random inputs with random inputs, and must
//! not leak: it says what the machine's noise does by itself.
//!
//! τ = t/√n, where n counts the samples of that choice, doesn't grow with them: it is half the difference, in units of
//! their spread, and (5/τ)² samples are needed to see it.
//!
//! That nothing was found doesn't prove that nothing is there. With five million samples, a difference of
//! 2 · 5/√(5·10⁶), a 220th of the spread, would have been seen; with that processor, those inputs, that compiler.

mod bencher;
mod cases;
mod padding;
#[path = "../../peers/src/pin.rs"]
mod pin;

use std::{error::Error, process::ExitCode};

use clap::Parser;

use crate::{
    bencher::Progress,
    cases::{Case, Expected},
};

/// Beyond this t is no chance any more; that it is a leak, only growth shows.
const SUSPICIOUS: f64 = 5.0;

/// Beyond this there is no doubt; the controls must get here.
const FAR_BEYOND: f64 = 50.0;

/// Of |t|, from the first run to the last.
const GROWTH: f64 = 1.5;

/// Looks for secrets in the timing of roundkey, statistically.
#[derive(Parser)]
struct Args {
    /// Samples in each of the five runs.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000)]
    samples: usize,
    /// Few samples, and only the controls can fail: what CI runs, where times mean nothing.
    #[arg(long, conflicts_with = "samples")]
    quick: bool,
    /// Only cases whose name contains this, as in "aesni" or "unpad_ct".
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// The core to run on; the last one if not given, as the first has most of the interrupts.
    #[arg(long)]
    core: Option<usize>,
    /// One case, by its full name, as dudect-bencher prints it: what this program starts itself as.
    #[arg(long, value_name = "NAME", hide = true)]
    case: Option<String>,
}

/// What a series of t values says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    NoLeak,
    /// Beyond what is likely, but not for long or without growth.
    Unclear,
    Leak,
}

fn verdict(progress: &Progress) -> Verdict {
    let t = &progress.t;
    let late = &t[t.len() - 3..];
    let (first, last) = (t[0], t[t.len() - 1]);
    let beyond = late.iter().all(|t| t.abs() > SUSPICIOUS && t.signum() == last.signum());
    let grew = last.abs() > GROWTH * first.abs() || last.abs() > FAR_BEYOND;
    match (beyond, grew) {
        (true, true) => Verdict::Leak,
        (false, _) if last.abs() <= SUSPICIOUS => Verdict::NoLeak,
        _ => Verdict::Unclear,
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args = Args::parse();
    let samples = if args.quick { 10_000 } else { args.samples };
    let cases = cases::all();
    if let Some(name) = args.case {
        let case = cases.into_iter().find(|case| case.name == name).ok_or("no such case")?;
        bencher::run(case, samples)?;
        return Ok(ExitCode::SUCCESS);
    }
    pin::to(args.core)?;

    println!("t after each of {} runs of {samples} samples, τ = t/√n after the last\n", bencher::RUNS);
    println!("{:49} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}", "case", "1", "2", "3", "4", "5", "τ");
    let (mut failed, mut ran) = (0, 0);
    for case in cases.iter().filter(|case| args.only.as_ref().is_none_or(|text| case.name.contains(text.as_str()))) {
        ran += 1;
        failed += usize::from(!passes(case, samples, args.quick)?);
    }
    println!("\n{ran} cases, {failed} failed");
    Ok(if failed == 0 && ran > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a case, prints its row, and says whether it is as it should be. What isn't gets a second chance: noise can look
/// like a leak, and hide one.
fn passes(case: &Case, samples: usize, quick: bool) -> Result<bool, Box<dyn Error>> {
    let first = bencher::in_a_process_of_its_own(case, samples)?;
    let found = verdict(&first);
    match case.expected {
        Expected::LeakOfCaches if quick && found != Verdict::Leak => {
            row(&case.name, &first, "not found; a full run would");
            Ok(true)
        }
        Expected::Leak | Expected::LeakOfCaches => {
            let far_beyond = if quick { 2.0 * SUSPICIOUS } else { FAR_BEYOND };
            let is_found =
                |progress: &Progress| verdict(progress) == Verdict::Leak && progress.last().abs() > far_beyond;
            if is_found(&first) {
                row(&case.name, &first, "leaks, as it should");
                return Ok(true);
            }
            row(&case.name, &first, "not found: once more");
            let second = bencher::in_a_process_of_its_own(case, samples)?;
            let passes = is_found(&second);
            row(&case.name, &second, if passes { "leaks, as it should" } else { "FAILED: this leak must be found" });
            Ok(passes)
        }
        Expected::ConstantTime if found == Verdict::Leak && quick => {
            row(&case.name, &first, "suspicious; a full run would tell");
            Ok(true)
        }
        Expected::ConstantTime if found == Verdict::Leak => {
            row(&case.name, &first, "suspicious: once more");
            let second = bencher::in_a_process_of_its_own(case, samples)?;
            let passes = verdict(&second) != Verdict::Leak || second.last().signum() != first.last().signum();
            let words = match verdict(&second) {
                _ if !passes => "FAILED: leaks",
                Verdict::NoLeak => "no leak: it didn't come again",
                _ => "unclear; more samples would tell",
            };
            row(&case.name, &second, words);
            Ok(passes)
        }
        Expected::ConstantTime => {
            row(
                &case.name,
                &first,
                if found == Verdict::NoLeak { "no leak" } else { "unclear; more samples would tell" },
            );
            Ok(true)
        }
    }
}

fn row(name: &str, progress: &Progress, words: &str) {
    print!("{name:49}");
    for t in &progress.t {
        print!(" {t:+8.2}");
    }
    println!(" {:+9.5}  {words}", progress.tau);
}
