//! Encrypts a file under a password, and decrypts it.
//!
//! ```text
//! cargo run --release --example encrypt_file -- encrypt IN OUT
//! cargo run --release --example encrypt_file -- decrypt IN OUT
//! cargo run --release --example encrypt_file -- decrypt --format openssl --iterations 100000 IN OUT
//! ```
//!
//! The password is asked for at the terminal (twice, to encrypt), or is the first line of the file that
//! `--password-file` names. Files of any size take the same small amount of memory.
//!
//! # Formats
//!
//! | `--format` | what | weak |
//! |---|---|---|
//! | none | [this program's own](modern): AES-256-CBC and HMAC-SHA-256, PBKDF2 | |
//! | `openssl` | [what `openssl enc -aes-256-cbc -pbkdf2` reads and writes](openssl) | no MAC; few iterations, unless `--iterations` says more |
//! | `pycrypto` | [what a Python program of many tutorials reads and writes](pycrypto) | no MAC; the password hashed once, without salt |
//!
//! The latter two are for talking to what is there, and say on stderr what is weak about them.
//!
//! # What it takes care of
//!
//! - The MAC covers all of the file (encrypt-then-MAC) and is verified before `OUT` exists: a wrong password and a
//!   changed, cut or extended file give an error, and nothing else. (Formats without one can't promise that.)
//! - Output goes to a temporary file beside `OUT` that nobody else can read, which is renamed when all is well and on the
//!   disk. So an `OUT` that was there before is replaced completely or not at all. Decryption is one pass: it writes what
//!   is not verified yet to the temporary file, and removes that file when the MAC is wrong or when it is interrupted
//!   (Ctrl-C).
//! - Permissions: an `OUT` that is replaced keeps its own. A new one has those of `IN` if it is encrypted, and is for
//!   nobody but its owner if it is decrypted.
//! - If the program is killed (SIGKILL, power) the temporary file stays, by the name of `.encrypt_file-` and some letters.
//!   It may hold decrypted text: delete it.

#[path = "../shared/files.rs"]
mod files;
mod format;
mod modern;
mod openssl;
#[path = "../shared/password.rs"]
mod password;
mod pycrypto;

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    files::{Input, Target},
    format::Format,
    modern::Modern,
    openssl::OpenSsl,
    password::{Purpose, password},
    pycrypto::PyCrypto,
};

/// More are refused: they could cost hours, and a file that asks for them isn't ours.
const MAX_ITERATIONS: u32 = 10_000_000;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[derive(Parser)]
#[command(about = "Encrypts a file under a password (AES-256-CBC, HMAC-SHA-256, PBKDF2), and decrypts it")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Take the password from the first line of this file instead of asking for it
    #[arg(long, global = true, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Use the format of another program, which is weaker
    #[arg(long, global = true, value_name = "NAME")]
    format: Option<OtherFormat>,
    /// How many iterations of PBKDF2 make the key of the password [default: 600000, with openssl 10000]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_ITERATIONS as i64))]
    iterations: Option<u32>,
}

#[derive(Subcommand)]
enum Command {
    /// Encrypt IN and write the result to OUT
    Encrypt(Paths),
    /// Decrypt IN, which `encrypt` made, and write the result to OUT
    Decrypt(Paths),
}

#[derive(clap::Args)]
struct Paths {
    /// The file to read
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write; if it is there already it is replaced, once all has gone well
    #[arg(value_name = "OUT")]
    output: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum OtherFormat {
    /// Of openssl enc -aes-256-cbc -pbkdf2 -salt
    Openssl,
    /// Of a Python program of many tutorials
    Pycrypto,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.format {
        None => run::<Modern>(&arguments),
        Some(OtherFormat::Openssl) => run::<OpenSsl>(&arguments),
        Some(OtherFormat::Pycrypto) => run::<PyCrypto>(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("encrypt_file: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run<F: Format>(arguments: &Arguments) -> Result<()> {
    let (Command::Encrypt(paths) | Command::Decrypt(paths)) = &arguments.command;
    let password_file = arguments.password_file.as_deref();
    // All that can be known to fail fails here, before anybody types a password or waits.
    let mut input = Input::open(&paths.input)?;
    let target = Target::check(&paths.output, &[password_file])?;
    let (purpose, format) = match arguments.command {
        Command::Encrypt(_) => (Purpose::Encrypt, F::random(arguments.iterations)?),
        Command::Decrypt(_) => (Purpose::Decrypt, F::read(&mut input, arguments.iterations)?),
    };
    for weakness in format.weaknesses() {
        eprintln!("encrypt_file: warning: {weakness}");
    }
    let password = password(password_file, purpose)?;
    // What was secret is for its owner only.
    let permissions = if purpose == Purpose::Encrypt { input.permissions() } else { None };
    let mut output = target.create("encrypt_file", permissions)?;
    input.show_progress()?;
    match purpose {
        Purpose::Encrypt => format.encrypt(&mut input, &mut output, &password)?,
        Purpose::Decrypt => format.decrypt(&mut input, &mut output, &password)?,
    }
    output.commit()
}
