//! Watches a block go through AES: every step as a square of bytes, like the figure of FIPS-197's Appendix B.
//!
//! ```text
//! cargo run --example walk_a_block
//! cargo run --example walk_a_block -- --key 000102030405060708090a0b0c0d0e0f --block 00112233445566778899aabbccddeeff --decrypt
//! cargo run --example walk_a_block -- --step
//! cargo run --example walk_a_block -- --explain | less
//! cargo run --example walk_a_block -- --json
//! cargo run --example walk_a_block -- --html walk.html
//! ```
//!
//! Without arguments it walks through Appendix B's example. Bytes that a step has changed are coloured, if this is a terminal.
//! `--step` waits for a key after every step, and shows on demand where its bytes come from: the places in the S-box, or a column of
//! MixColumns worked out byte by byte. `--explain` shows that for all steps.

#[path = "../shared/end.rs"]
mod end;
mod explain;
mod figure;
mod html;
mod json;
mod steps;
mod walk;
#[path = "../shared/whole.rs"]
mod whole;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use roundkey::Block;

use crate::walk::Walk;

/// All of one option's value; a `Vec` would be taken for several values.
type Key = Vec<u8>;

#[derive(Parser)]
#[command(about = "Watches a block go through AES, step by step (FIPS-197)")]
struct Arguments {
    /// The key: 32, 48 or 64 hexadecimal digits
    #[arg(long, value_name = "HEX", default_value = "2b7e151628aed2a6abf7158809cf4f3c", value_parser = key)]
    key: Key,
    /// The block: 32 hexadecimal digits [default: Appendix B's plaintext or, with --decrypt, its ciphertext]
    #[arg(long, value_name = "HEX", value_parser = block)]
    block: Option<Block>,
    /// Decrypt it
    #[arg(long)]
    decrypt: bool,
    /// Decrypt in the order of the equivalent inverse cipher (section 5.3.5), as processors do
    #[arg(long, requires = "decrypt")]
    equivalent: bool,
    /// Wait for a key after every step
    #[arg(long, conflicts_with_all = ["json", "explain"])]
    step: bool,
    /// Work out the S-box's places and MixColumns' columns
    #[arg(long, conflicts_with = "json")]
    explain: bool,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// Write a page to look at in a browser
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "explain", "step"])]
    html: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let walk = Walk::new(&arguments.key, arguments.block, arguments.decrypt, arguments.equivalent);
    let result = if let Some(path) = &arguments.html {
        html::write(&walk, path)
    } else if arguments.json {
        json::print(&walk)
    } else if arguments.step {
        steps::walk_through(&walk)
    } else {
        figure::print(&walk, arguments.explain)
    };
    end::of("walk_a_block", result.map(|()| ExitCode::SUCCESS).map_err(Into::into))
}

fn key(digits: &str) -> Result<Key, String> {
    let key = bytes(digits)?;
    match key.len() {
        16 | 24 | 32 => Ok(key),
        len => Err(format!("a key has 16, 24 or 32 bytes, not {len}")),
    }
}

fn block(digits: &str) -> Result<Block, String> {
    bytes(digits)?.try_into().map_err(|bytes: Vec<u8>| format!("a block has 16 bytes, not {}", bytes.len()))
}

/// As people write them: with 0x before and spaces between, if they like.
fn bytes(digits: &str) -> Result<Vec<u8>, String> {
    let digits: String = digits.trim_start_matches("0x").split_whitespace().collect();
    if let Some(other) = digits.chars().find(|digit| !digit.is_ascii_hexdigit()) {
        return Err(format!("{other:?} is no hexadecimal digit"));
    }
    hex::decode(digits).map_err(|error| error.to_string())
}
