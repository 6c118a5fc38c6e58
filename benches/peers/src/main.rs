//! roundkey, other AES libraries and the limit of the processor, timed in one process.
//!
//! ```sh
//! cargo run --release --features aws-lc,openssl -- --tsv peers.tsv --svg peers.svg
//! ```
//!
//! Processors change their speed from second to second, and neighbours on the same machine change it more. So nothing is
//! compared across runs: every row of the table samples each candidate once in turn, many times over, on the same
//! buffer, on one core, in thread CPU time, and gives medians over the quieter half of these rounds. Before that all
//! candidates must have given the same bytes.
//!
//! What that can't mend: whoever works on the same core's sibling thread takes up to half of the core, and more of it from
//! calls than from the bare instructions of `limit`. The column `slowed` says how much of that there was (see
//! [`neighbours`]), and `--patient` measures each row again until there was none. And calls of 16 bytes take some twenty
//! cycles, of which the places where the linker put the loops decide several: rebuild before believing in 10 %.
//!
//! With `--software` only what takes no AES instructions takes part, for those whose processor has none. Where it has some,
//! RustCrypto must have been built without, and the C libraries are told, see [`software`]:
//!
//! ```sh
//! RUSTFLAGS='--cfg aes_backend="soft"' cargo run --release --features aws-lc,openssl -- --software
//! ```
//!
//! `limit` is what the AES instructions alone would take (see [`candidates::limit`]): no loads, no stores, no XOR.

mod agree;
mod candidates;
mod chart;
mod measure;
mod modes;
mod neighbours;
mod pin;
mod report;
mod software;
mod streams;
mod sweep;
mod threads;
mod work;

use std::{error::Error, fs, path::PathBuf};

use clap::Parser;

use crate::{
    candidates::Class,
    measure::Effort,
    neighbours::Watch,
    report::{About, Report},
    work::{Data, rows},
};

/// Times roundkey beside other AES libraries and beside the limit of the processor.
#[derive(Parser)]
struct Args {
    /// Fewer and shorter samples: seconds instead of minutes, and noisier.
    #[arg(long)]
    quick: bool,
    /// Only what takes no AES instructions, even if the processor has some.
    #[arg(long)]
    software: bool,
    /// Measure a row again while others slow this core down: minutes more on a busy machine.
    #[arg(long, conflicts_with = "sweep")]
    patient: bool,
    /// Only rows whose name contains this, as in "CBC decrypt" or "16 KiB".
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Instead of the table: every block count from 1 to 256 with AES-128, and where a peer is over 5 % faster.
    #[arg(long)]
    sweep: bool,
    /// Instead of the table: long work with AES-128 on one core and on all (roundkey's feature `rayon`).
    #[arg(long, conflicts_with_all = ["sweep", "patient", "software"])]
    threads: bool,
    /// Instead of the table: RustCrypto's modes over roundkey's keys and over its own (roundkey's feature `cipher`).
    #[arg(long, conflicts_with_all = ["sweep", "threads", "patient", "software"])]
    modes: bool,
    /// Instead of the table: `Reader`, `Writer` and the types under them beside the same in memory.
    #[arg(long, conflicts_with_all = ["sweep", "threads", "modes", "patient", "software"])]
    streams: bool,
    /// Also write the table as tab-separated values.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sweep", "threads", "modes", "streams"])]
    tsv: Option<PathBuf>,
    /// Also draw the main rows of AES-128, as shares of the limit; of software, in MB/s.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sweep", "threads", "modes", "streams"])]
    svg: Option<PathBuf>,
    /// The core to run on; the last one if not given, as the first has most of the interrupts.
    #[arg(long)]
    core: Option<usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let class = if args.software { Class::Software } else { Class::Open };
    if args.software {
        software::prepare()?;
    }
    let effort = if args.quick { Effort::QUICK } else { Effort::FULL };
    // Everybody on one core. With roundkey's feature `rayon` that has to be said, as 1 MiB would be shared else.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    if !args.threads {
        pin::to(args.core)?;
    }

    let about = About::here(class);
    println!("{about}");
    for (name, feature) in candidates::LEFT_OUT {
        println!("left out: {name}; build with --features {feature}");
    }

    let mut data = Data::new();
    agree::check(class, &mut data)?;
    println!("all candidates give the same bytes");
    if args.software {
        software::check(&mut data)?;
        println!("none of them takes AES instructions");
    }
    println!();

    if args.sweep {
        sweep::run(class, effort, &mut data);
        return Ok(());
    }
    if args.threads {
        threads::run(effort, &mut data);
        return Ok(());
    }

    if args.modes {
        modes::run(effort, &mut data);
        return Ok(());
    }
    if args.streams {
        streams::run(effort, &mut data);
        return Ok(());
    }

    let mut watch = Watch::new();
    let mut report = Report::new(class, about);
    report.print_header();
    for row in rows(class).filter(|row| args.only.as_ref().is_none_or(|text| row.name().contains(text.as_str()))) {
        let measure = if args.patient { measure::patient_row } else { measure::row };
        report.push(measure(class, &row, effort, &mut data, &mut watch));
    }
    report.print_notes();
    if let Some(path) = args.tsv {
        fs::write(path, report.tsv())?;
    }
    if let Some(path) = args.svg {
        fs::write(path, chart::svg(&report)?)?;
    }
    Ok(())
}
