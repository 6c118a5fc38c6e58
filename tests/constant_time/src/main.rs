//! Whether a branch or an address depends on a secret, in the machine code that the compiler made of the crate: under
//! valgrind, `.ci/constant_time` runs this on what each level of optimisation gives.
//!
//! ```text
//! constant_time backends         names the backends that can run here
//! constant_time BACKEND CASE     runs a case, or all: nothing may be reported. On `reference`, which looks things up in
//!                                tables, each case must be
//! constant_time leaks            runs what gives secrets away by itself: each must be reported
//! ```
//!
//! Keys, IVs, messages and ciphertexts are secret, and so is all that is made of them. What is public:
//!
//! - **Lengths** of keys, messages and buffers that the caller gives, block sizes, addresses, the backend.
//! - **The verdict on a padding** that was removed, right or wrong. It is what the caller is told, and every program
//!   branches on it.
//! - **The length of a message** whose padding was right: the caller gets it as the length of a slice. If it was wrong, what
//!   would have been the length stays secret.
//!
//! - **The verdict on a tag**, right or wrong, for the same reason.
//!
//! These become public in one function of the crate, `padding::pkcs7::verdict`, which this program knows by its name
//! and which valgrind runs in a form that says so: see [`memcheck`]. It is these values that become public there, and
//! neither function nor place is exempt from anything. Nothing is suppressed.
//!
//! What memcheck can't see: instructions that take longer for some operands (division; the crate has none on secrets),
//! a conditional move (on x86 it takes the same time either way), and anything that it can't run: VAES, other processors.

use std::{env, process::ExitCode};

use roundkey::{Aes, Backend};

use crate::{
    cases::{Bench, CASES, Case},
    memcheck::reports,
};

mod cases;
mod leaks;
mod memcheck;

fn main() -> ExitCode {
    if !memcheck::is_there() {
        eprintln!("constant_time: not under valgrind, so nothing would be checked: use .ci/constant_time");
        return ExitCode::FAILURE;
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let is_right = match arguments[..] {
        ["backends"] => {
            Backend::available().for_each(|backend| println!("{backend}"));
            true
        }
        ["leaks"] => each_is_reported(),
        [backend, case] => match Backend::available().find(|available| available.name() == backend) {
            Some(backend) => run(backend, case),
            None => {
                eprintln!("constant_time: no backend {backend} here");
                false
            }
        },
        _ => {
            eprintln!("constant_time: backends | leaks | BACKEND CASE");
            false
        }
    };
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a case, or all, with a key of each length. Whether all of it was as it should be.
fn run(backend: Backend, case: &str) -> bool {
    let constant_time = backend.name() != "reference";
    let wanted = |known: &&Case| case == "all" || case == known.name;
    let cases: Vec<_> = CASES.iter().filter(wanted).filter(|case| constant_time || case.is_of_the_cipher).collect();
    let mut wrong = Vec::new();
    for key_len in [16, 24, 32] {
        let key_bytes = cases::secret(key_len, key_len);
        let key = Aes::with_backend(&key_bytes, backend).unwrap();
        let most = if constant_time { 41 } else { 2 };
        let bench = Bench { backend, key_bytes, key, most, traced: constant_time };
        for case in &cases {
            let before = reports();
            (case.run)(&bench);
            let reports = reports() - before;
            if (reports == 0) != constant_time {
                wrong.push(format!("{} with a key of {key_len} bytes: {reports} reports", case.name));
            }
        }
    }
    let expected = if constant_time { "nothing reported" } else { "each reported, as it must be" };
    match &wrong[..] {
        [] => println!("{backend}: {} cases with 3 lengths of keys, {expected}", cases.len()),
        _ => println!("{backend}: WRONG: {}", wrong.join(", ")),
    }
    !cases.is_empty() && wrong.is_empty()
}

/// Whether valgrind notices each of the leaks.
fn each_is_reported() -> bool {
    let unnoticed = |(_, leak): &&(&str, fn())| {
        let before = reports();
        leak();
        reports() == before
    };
    let unnoticed: Vec<_> = leaks::LEAKS.iter().filter(unnoticed).map(|(name, _)| *name).collect();
    match &unnoticed[..] {
        [] => println!("leaks: {} of them, each reported, as it must be", leaks::LEAKS.len()),
        _ => println!("leaks: NOT REPORTED: {}", unnoticed.join(", ")),
    }
    unnoticed.is_empty()
}
