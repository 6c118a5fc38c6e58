//! What people see: lines on stdout and on stderr.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

/// Ends the program `name`, with its error on a line if it has one.
pub fn end<E: AsRef<dyn Error + Send + Sync>>(name: &str, result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(&format!("{name}: {}", error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Says on stderr what is weak about what the program `name` is about to do.
pub fn warn(name: &str, weaknesses: &[&str]) {
    for weakness in weaknesses {
        log(&format!("{name}: warning: {weakness}"));
    }
}

/// A line on stdout, at once. What isn't to be shown as it is (line breaks, control characters, which could do
/// things to a terminal) is escaped.
pub fn print(text: &str) {
    line(&mut io::stdout().lock(), text);
}

/// A line on stderr, in the same way.
pub fn log(text: &str) {
    line(&mut io::stderr().lock(), text);
}

/// Nobody who reads it any more is no reason to stop.
fn line(to: &mut impl Write, text: &str) {
    let _ = to.write_all(one_line(text).as_bytes()).and_then(|()| to.flush());
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if character.is_control() { line.extend(character.escape_default()) } else { line.push(character) }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn one_text_is_one_line() {
        for (text, line) in [
            ("", "\n"),
            ("Grüße, 世界 🔑 \\n", "Grüße, 世界 🔑 \\n\n"),
            ("a\nb\r\tc\0", "a\\nb\\r\\tc\\u{0}\n"),
            ("\x1b[31mred\x7f\u{85}\u{9b}", "\\u{1b}[31mred\\u{7f}\\u{85}\\u{9b}\n"),
        ] {
            assert_eq!(one_line(text), line);
        }
    }
}
