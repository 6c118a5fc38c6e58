//! How a program that prints ends.

use std::{error::Error, io, process::ExitCode};

/// Errors are told on stderr in a line. Who has seen enough of what is printed, as `head` has, is no error.
pub fn of(program: &str, result: Result<ExitCode, Box<dyn Error>>) -> ExitCode {
    let closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    match result {
        Ok(code) => code,
        Err(error) if error.downcast_ref().is_some_and(closed) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{program}: {error}");
            ExitCode::FAILURE
        }
    }
}
