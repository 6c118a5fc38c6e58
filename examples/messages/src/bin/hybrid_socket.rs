//! Sends texts to a server, encrypted under its public key (RSA and AES over TCP), and is that server.
//!
//! ```text
//! cargo run --release --package messages --bin hybrid_socket -- keygen KEYS
//! cargo run --release --package messages --bin hybrid_socket -- serve --listen 127.0.0.1:7000 --key KEYS/private.pem
//! cargo run --release --package messages --bin hybrid_socket -- send --to 127.0.0.1:7000 --key KEYS/public.pem TEXT...
//! ```
//!
//! What stands on a command line can be seen by others on the machine: standard input can't. The server ends a connection on which
//! nothing comes for a minute.
//!
//! The client needs the server's `public.pem`, from somewhere where nobody could have exchanged it. Without a TEXT it sends the lines
//! of its standard input. The server prints each text, and the client each reply, on a line, with what isn't to be shown as it is
//! escaped.
//!
//! | form | what | weak |
//! |---|---|---|
//! | none | [this program's own](messages::hybrid_socket::modern): RSA-OAEP, AES-256-CBC, HMAC-SHA-512 | no forward secrecy |
//! | `--classic` | [that of Python programs of many tutorials](messages::hybrid_socket::classic) | PKCS#1 v1.5; no MAC either |
//!
//! In both the client is anybody. TLS 1.3 is better than either.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use messages::{
    Result,
    hybrid_socket::{NAME, classic, client, server::Server, wire::Timeouts},
    keys,
    password::{Purpose, password},
    terminal::{end, log, warn},
};
use tokio::{net::TcpListener, runtime, signal};

#[derive(Parser)]
#[command(about = "Sends texts to a server, encrypted under its public key (RSA and AES over TCP), and is that server")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make private.pem and public.pem in the folder DIR
    Keygen {
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Encrypt the private key under the password in the first line of this file
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Receive texts, and print them
    Serve {
        /// Where to listen: ADDRESS:PORT
        #[arg(long, value_name = "ADDR")]
        listen: String,
        /// The private key
        #[arg(long, value_name = "PEM")]
        key: PathBuf,
        /// Where the private key's password is, in the first line, if it has one, instead of asking for it
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        #[command(flatten)]
        options: Options,
    },
    /// Send texts, and print the replies
    Send {
        /// Where the server is: ADDRESS:PORT
        #[arg(long, value_name = "ADDR")]
        to: String,
        /// The server's public key
        #[arg(long, value_name = "PEM")]
        key: PathBuf,
        #[command(flatten)]
        options: Options,
        /// What to send, each as a message of its own [default: each line of standard input]; if one begins with -, put -- before
        /// the first
        #[arg(value_name = "TEXT", allow_negative_numbers = true)]
        texts: Vec<String>,
    },
}

#[derive(Args)]
struct Options {
    /// Talk as Python programs of many tutorials do, which is weaker
    #[arg(long)]
    classic: bool,
    /// Wait no longer than this for anything [default: 10 to connect and to write, 60 for the next message]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
}

impl Options {
    fn warn(&self) {
        if self.classic {
            warn(NAME, &classic::WEAKNESSES);
        }
    }
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Keygen { folder, password_file } => keygen(&folder, password_file.as_deref()),
        Command::Serve { listen, key, password_file, options } => {
            serve(&listen, &key, password_file.as_deref(), &options)
        }
        Command::Send { to, key, options, texts } => send(&to, &key, texts, &options),
    };
    end(NAME, result)
}

fn keygen(folder: &Path, password_file: Option<&Path>) -> Result<()> {
    let password = password_file.map(|file| password(Some(file), Purpose::Encrypt)).transpose()?;
    keys::create(folder, password.as_ref().map(|password| password.as_str()))
}

fn serve(address: &str, key: &Path, password_file: Option<&Path>, options: &Options) -> Result<()> {
    let key = keys::read_private(key, || password(password_file, Purpose::Decrypt))?;
    let server = Server::new(key, options.classic, Timeouts::at_most(options.timeout))?;
    runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
        options.warn();
        log(&format!("{NAME}: listening on {}", listener.local_addr()?));
        tokio::select! {
            result = server.serve(listener) => result,
            interrupted = signal::ctrl_c() => Ok(interrupted?),
        }
    })
}

fn send(address: &str, key: &Path, texts: Vec<String>, options: &Options) -> Result<()> {
    let key = keys::read_public(key)?;
    options.warn();
    let texts: Box<dyn Iterator<Item = io::Result<String>>> =
        if texts.is_empty() { Box::new(io::stdin().lines()) } else { Box::new(texts.into_iter().map(Ok)) };
    let sending = client::send(address, key, options.classic, texts, Timeouts::at_most(options.timeout));
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(sending).map_err(|error| format!("{address}: {error}"))?)
}
