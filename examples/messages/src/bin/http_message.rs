//! Sends texts over HTTP, encrypted under a password, and receives them.
//!
//! ```text
//! cargo run --release --package messages --bin http_message -- serve --listen 127.0.0.1:8080
//! cargo run --release --package messages --bin http_message -- send --url http://127.0.0.1:8080 'attack at dawn'
//! ```
//!
//! The password is asked for at the terminal, or is the first line of the file that `--password-file` names. The server
//! prints each text on a line of stdout, and each refusal on a line of stderr. `send` without a text sends the lines of
//! stdin, each as a message, and prints the replies.
//!
//! # Forms
//!
//! | | what | weak |
//! |---|---|---|
//! | | [this program's own](messages::http_message::modern): A128CBC-HS256, PBKDF2, each message taken once | |
//! | `--classic` | [that of many Python tutorials](messages::http_message::classic) | everything: it says so |
//!
//! # What it takes care of (in the modern form)
//!
//! - Nothing is believed before its tag is verified, and all refusals look the same: there is no padding oracle.
//! - A message is taken once, and only while it is new (`--window`). The clocks of both sides have to agree that far;
//!   what was stamped before the server's start is not taken.
//! - One password, or one `--name`, per server: two servers that have both in common take each other's messages, and if
//!   two sides serve each other, a message can be sent back to its sender's.
//! - The reply is sealed too, and belongs to this very message. A message without a reply may or may not have been
//!   received.
//! - Keys are slow to derive for those who guess passwords, and the server can't be kept busy with that beyond its
//!   processors. If strangers can reach it, give both sides a `--salt-hex`: then what isn't authentic costs nothing.
//! - It doesn't hide who talks to whom, when, and how much.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};
use messages::{
    Result,
    http_message::{
        NAME, classic,
        client::{self, Client},
        keys::Keys,
        modern::{ITERATIONS, MAX_ITERATIONS, MIN_ITERATIONS, Salt},
        replays::Replays,
        server::{self, Limits},
    },
    password::{Purpose, password},
    terminal::{end, print, warn},
};
use tokio::{net::TcpListener, runtime::Runtime, signal::ctrl_c};

#[derive(Parser)]
#[command(about = "Sends texts over HTTP, encrypted under a password, and receives them")]
struct Arguments {
    // The only option of both commands that is there before them, too: clap doesn't check what others require, or can't
    // go with, across the command.
    /// Take the password from the first line of this file instead of asking for it
    #[arg(long, value_name = "FILE", global = true)]
    password_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Receive texts and print them
    Serve(Serve),
    /// Send a text, or each line of stdin, and print the replies
    Send(SendTexts),
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    common: Common,
    /// Where to listen; with port 0 the system chooses one
    #[arg(long, value_name = "HOST:PORT")]
    listen: String,
    /// The fewest iterations of PBKDF2 that a message may have
    #[arg(long, value_name = "N", conflicts_with_all = ["classic", "salt_hex"], default_value_t = MIN_ITERATIONS)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=MAX_ITERATIONS as i64))]
    min_iterations: u32,
    /// How old a message may be, or how far in the future
    #[arg(long, value_name = "SECONDS", conflicts_with = "classic", default_value = "120")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    window: u64,
    /// How long a client may take for the head of a request, or be silent before it
    #[arg(long, value_name = "SECONDS", default_value = "5")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    head_timeout: u64,
    /// How long a request may take after its head until all of it has come
    #[arg(long, value_name = "SECONDS", default_value = "10")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    request_timeout: u64,
    /// How long a request may wait for its key, while others are made
    #[arg(long, value_name = "SECONDS", conflicts_with_all = ["classic", "salt_hex"], default_value = "25")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    key_timeout: u64,
}

#[derive(Args)]
struct SendTexts {
    #[command(flatten)]
    common: Common,
    /// Where the server is: http://host:port, with or without its path
    #[arg(long)]
    url: String,
    /// The text; without one each line of stdin is sent. Write -- before one that begins with -
    #[arg(allow_negative_numbers = true)]
    text: Option<String>,
}

#[derive(Args)]
struct Common {
    /// Speak the form of Python programs of many tutorials, which is weak
    #[arg(long, requires = "salt_hex", conflicts_with = "iterations")]
    classic: bool,
    /// The salt, the same on both sides: 8 to 64 bytes, in the classic form any number [default: a random one for each run
    /// of send]
    #[arg(long, value_name = "HEX")]
    salt_hex: Option<String>,
    /// The server's name, the same on both sides: what is sent to one of another name, with the same password, is refused
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, conflicts_with = "classic")]
    name: String,
    /// How many iterations of PBKDF2 make the key of the password and the salt [default: 600000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_ITERATIONS as i64))]
    iterations: Option<u32>,
}

fn main() -> ExitCode {
    let Arguments { password_file, command } = Arguments::parse();
    end(
        NAME,
        match command {
            Command::Serve(arguments) => serve(&arguments, password_file.as_deref()),
            Command::Send(arguments) => send(&arguments, password_file.as_deref()),
        },
    )
}

/// What the options ask for, checked before anybody types a password.
enum Form {
    Classic(Vec<u8>),
    Modern(Option<Salt>),
}

fn serve(arguments: &Serve, password_file: Option<&Path>) -> Result<()> {
    let Serve { common, min_iterations, .. } = arguments;
    let form = common.form()?;
    if common.iterations.is_some() && common.salt_hex.is_none() {
        return Err("--iterations: messages say themselves how many there are, unless there is a --salt-hex".into());
    }
    common.warn(if common.salt_hex.is_some() { common.iterations() } else { *min_iterations });
    let password = password(password_file, Purpose::Decrypt)?;
    let limits = Limits {
        head: Duration::from_secs(arguments.head_timeout),
        request: Duration::from_secs(arguments.request_timeout),
        key: Duration::from_secs(arguments.key_timeout),
    };
    let modern = |keys| {
        let replays = Replays::since_now(Duration::from_secs(arguments.window));
        server::modern(server::Modern::new(&common.name, keys, replays, limits))
    };
    let routes = match form {
        Form::Classic(salt) => server::classic(classic::derive(&password, &salt)),
        Form::Modern(Some(salt)) => modern(Keys::fixed(password, salt, common.iterations())),
        Form::Modern(None) => modern(Keys::any(password, *min_iterations)),
    };
    Runtime::new()?.block_on(async {
        let listener = TcpListener::bind(&arguments.listen).await;
        let listener = listener.map_err(|error| format!("{}: {error}", arguments.listen))?;
        tokio::select! {
            result = server::serve(listener, routes, limits) => result,
            interrupted = ctrl_c() => Ok(interrupted?),
        }
    })
}

fn send(arguments: &SendTexts, password_file: Option<&Path>) -> Result<()> {
    let SendTexts { common, url, text } = arguments;
    let form = common.form()?;
    common.warn(common.iterations());
    let password = password(password_file, Purpose::Decrypt)?;
    let client: Box<dyn Client> = match form {
        Form::Classic(salt) => Box::new(client::Classic::new(url, &password, &salt)?),
        Form::Modern(salt) => {
            let salt = salt.map_or_else(Salt::random, Ok)?;
            Box::new(client::Modern::new(url, &common.name, &password, salt, common.iterations())?)
        }
    };
    if let Some(text) = text {
        print(&client.send(text)?);
        return Ok(());
    }
    for line in io::stdin().lines() {
        print(&client.send(&line.map_err(|error| format!("stdin: {error}"))?)?);
    }
    Ok(())
}

impl Common {
    fn form(&self) -> Result<Form> {
        let Some(digits) = &self.salt_hex else { return Ok(Form::Modern(None)) };
        let salt = hex::decode(digits).map_err(|error| format!("--salt-hex: {error}"))?;
        if self.classic {
            return Ok(Form::Classic(salt));
        }
        let len = salt.len();
        let salt = salt
            .try_into()
            .map_err(|_| format!("--salt-hex: it has {len} bytes, but the modern form takes 8 to 64"))?;
        Ok(Form::Modern(Some(salt)))
    }

    fn iterations(&self) -> u32 {
        self.iterations.unwrap_or(ITERATIONS)
    }

    fn warn(&self, iterations: u32) {
        if self.classic {
            warn(NAME, &classic::WEAKNESSES);
        } else if iterations < MIN_ITERATIONS {
            warn(NAME, &[&format!("{iterations} iterations make passwords fast to try: {ITERATIONS} are advised")]);
        }
    }
}
