//! What people see: lines on stdout and on stderr, with what isn't to be shown as it is (line breaks, control characters, which
//! could do things to a terminal) escaped.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

use tokio::task::spawn_blocking;

/// How many lines wait at most for who reads stderr.
const WAITING: usize = 1000;

/// Ends the program `name`, with its error on a line if it has one.
pub fn end<E: AsRef<dyn Error + Send + Sync>>(name: &str, result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            line(io::stderr(), &format!("{name}: {}", error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Says on stderr what is weak about what the program `name` is about to do.
pub fn warn(name: &str, weaknesses: &[&str]) {
    for weakness in weaknesses {
        line(io::stderr(), &format!("{name}: warning: {weakness}"));
    }
}

/// A line on stdout, at once.
pub fn print(text: &str) {
    line(io::stdout(), text);
}

/// The same where others must not wait if nobody reads stdout: who says it does.
pub async fn print_async(text: String) {
    let _ = spawn_blocking(move || print(&text)).await;
}

/// A server's line on stderr. It never waits: if nobody reads them, later lines are left out, and how many is said when there is
/// room again.
pub fn log(text: &str) {
    static LEFT_OUT: AtomicUsize = AtomicUsize::new(0);
    static LINES: LazyLock<SyncSender<String>> = LazyLock::new(|| {
        let (sender, lines) = sync_channel::<String>(WAITING);
        thread::spawn(move || {
            for text in lines {
                line(io::stderr(), &text);
                match LEFT_OUT.swap(0, Ordering::Relaxed) {
                    0 => {}
                    left_out => line(io::stderr(), &format!("({left_out} lines were left out, as nobody read them)")),
                }
            }
        });
        sender
    });
    if LINES.try_send(text.to_owned()).is_err() {
        LEFT_OUT.fetch_add(1, Ordering::Relaxed);
    }
}

/// Nobody who reads it any more is no reason to stop.
fn line(mut to: impl Write, text: &str) {
    let _ = to.write_all(one_line(text).as_bytes()).and_then(|()| to.flush());
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if is_to_be_shown(character) { line.push(character) } else { line.extend(character.escape_default()) }
    }
    line.push('\n');
    line
}

/// What turns the direction of writing isn't either.
fn is_to_be_shown(character: char) -> bool {
    !(character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn one_text_is_one_line() {
        for (text, line) in [
            ("", "\n"),
            ("Grüße, 世界 🔑", "Grüße, 世界 🔑\n"),
            ("C:\\new", "C:\\new\n"),
            ("\u{202e}txt.exe\u{2028}", "\\u{202e}txt.exe\\u{2028}\n"),
            ("a\nb\r\tc\0", "a\\nb\\r\\tc\\u{0}\n"),
            ("\x1b[31mred\x7f\u{85}\u{9b}", "\\u{1b}[31mred\\u{7f}\\u{85}\\u{9b}\n"),
        ] {
            assert_eq!(one_line(text), line);
        }
    }
}
