//! Encrypts files and messages for who has a private key, and decrypts them.
//!
//! ```text
//! cargo run --release --package messages --bin end_to_end -- keygen DIR
//! cargo run --release --package messages --bin end_to_end -- encrypt --to DIR/public.pem IN OUT
//! cargo run --release --package messages --bin end_to_end -- decrypt --with DIR/private.pem IN OUT
//! ```
//!
//! Without `OUT`, or with `-`, output goes to stdout, and without `IN` input is stdin. An `OUT` that is a file is replaced completely or not
//! at all. On stdout each piece is put out when it is verified: if it ends with an error, what came out is right, but not all.
//!
//! The private key is encrypted under a password, which is asked for at the terminal, or is the first line of the file that
//! `--password-file` names. The format stands in [`messages::end_to_end`].

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use messages::{
    Result,
    end_to_end::{Message, classic},
    files::{Input, Target},
    keys,
    password::{Purpose, password},
    terminal,
};
use zeroize::Zeroizing;

const NAME: &str = "end_to_end";

#[derive(Parser)]
#[command(about = "Encrypts files and messages for who has a private key (RSA-OAEP, AES-256-CBC, HMAC-SHA-512)")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Take the password of the private key from the first line of this file instead of asking for it
    #[arg(long, global = true, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Make an RSA key of 3072 bits: DIR/private.pem, to be kept, and DIR/public.pem, to be given away
    Keygen {
        #[arg(value_name = "DIR", default_value = ".")]
        folder: PathBuf,
    },
    /// Encrypt IN for who has the private key
    Encrypt {
        /// The receiver's public key
        #[arg(long, value_name = "PEM")]
        to: PathBuf,
        #[command(flatten)]
        form: Form,
    },
    /// Decrypt IN, which `encrypt` made
    Decrypt {
        /// The private key
        #[arg(long, value_name = "PEM")]
        with: PathBuf,
        #[command(flatten)]
        form: Form,
    },
}

#[derive(Args)]
struct Form {
    /// A few bytes directly under RSA-OAEP with SHA-1, as Python programs with PyCryptodome do it
    #[arg(long)]
    classic: bool,
    /// The file to read
    #[arg(value_name = "IN", default_value = "-")]
    input: PathBuf,
    /// The file to write; if it is there already it is replaced, once all has gone well
    #[arg(value_name = "OUT", default_value = "-")]
    output: PathBuf,
}

fn main() -> ExitCode {
    terminal::end(NAME, run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let password_file = arguments.password_file.as_deref();
    match &arguments.command {
        Command::Keygen { folder } => {
            let password = password(password_file, Purpose::Encrypt)?;
            keys::create(folder, Some(&password))
        }
        Command::Encrypt { to, form } => {
            let key = keys::read_public(to)?;
            let (input, output) = form.open(&[Some(to), password_file])?;
            if form.classic {
                let encrypted = classic::encrypt(&key, &all(input)?)?;
                output.write(|output| Ok(output.write_all(&encrypted)?))
            } else {
                let message = Message::new(&key)?;
                output.write(|output| message.encrypt(input, output))
            }
        }
        Command::Decrypt { with, form } => {
            let (mut input, output) = form.open(&[Some(with), password_file])?;
            let key = keys::read_private(with, || password(password_file, Purpose::Decrypt))?;
            let name = input.to_string();
            let in_file = |error| format!("{name}: {error}");
            if form.classic {
                let decrypted = classic::decrypt(&key, &all(input)?).map_err(in_file)?;
                output.write(|output| Ok(output.write_all(&decrypted)?))
            } else {
                let message = Message::read(&key, &mut input).map_err(in_file)?;
                output.write(|output| message.decrypt(input, output).map_err(|error| in_file(error).into()))
            }
        }
    }
}

impl Form {
    /// Whatever can be known to fail fails here, before anybody types a password or waits.
    fn open(&self, secrets: &[Option<&Path>]) -> Result<(Input<'_>, Output)> {
        if self.classic {
            terminal::warn(NAME, &classic::WEAKNESSES);
        }
        let mut input = Input::open(&self.input)?;
        let output = match self.output == Path::new("-") {
            true => Output::Stdout,
            false => Output::File(Target::check(&self.output, secrets)?),
        };
        input.show_progress()?;
        Ok((input, output))
    }
}

enum Output {
    Stdout,
    File(Target),
}

impl Output {
    fn write(self, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
        match self {
            Output::Stdout => write(&mut io::stdout().lock()),
            Output::File(target) => {
                let mut output = target.create(NAME, None)?;
                write(&mut output)?;
                output.commit()
            }
        }
    }
}

/// All of a short message; more than any key holds is too much anyway.
fn all(input: Input<'_>) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(1 << 12));
    input.take(1 << 11).read_to_end(&mut bytes)?;
    Ok(bytes)
}
