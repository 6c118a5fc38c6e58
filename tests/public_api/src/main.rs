//! Lists the public API that rustdoc's JSON describes, a line for each item, as `cargo public-api -ss` does: without what
//! every type has from blanket implementations, and without auto traits, which `tests/promises.rs` holds.
//!
//! It is the library behind `cargo public-api` and not that program, which has to be installed, takes minutes to build and
//! needs OpenSSL's headers.

use std::{env, error::Error, fs, process::ExitCode};

use rustdoc_types::FORMAT_VERSION;
use serde::Deserialize;

/// What all forms of the JSON have.
#[derive(Deserialize)]
struct AnyForm {
    format_version: u32,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("which file?")?;
    let AnyForm { format_version } = serde_json::from_str(&fs::read_to_string(&path)?)?;
    if format_version != FORMAT_VERSION {
        eprintln!("rustdoc writes form {format_version} of its JSON here, and form {FORMAT_VERSION} can be read");
        return Ok(ExitCode::from(3));
    }
    let api =
        public_api::Builder::from_rustdoc_json(path).omit_blanket_impls(true).omit_auto_trait_impls(true).build()?;
    for item in api.items() {
        println!("{item}");
    }
    Ok(ExitCode::SUCCESS)
}
