//! Twelve exercises: from multiplying bytes to breaking four rounds of AES. To be solved by whoever knows XOR,
//! hexadecimal and a little Rust, alongside the guided reading in the documentation of `roundkey::fips197`.
//!
//! ```text
//! cargo run --example exercises                      how far you are, and what is next
//! cargo run --example exercises -- 3                 the third one's task, and what is wrong with your answer
//! cargo test --example exercises                     the solutions
//! cargo test --example exercises e03 -- --ignored    your answer to the third one, as a test
//! ```
//!
//! Each is a file: the task, a function with a `todo!` to be replaced, the check that it must pass, and at the end,
//! behind a line that says so, a solution.

mod e01_multiply;
mod e02_inverse;
mod e03_s_box;
mod e04_undo_mix_columns;
mod e05_without_sub_bytes;
mod e06_without_mix_columns;
mod e07_without_shift_rows;
mod e08_undo_key_schedule;
mod e09_ecb_secret;
mod e10_padding_oracle;
mod e11_one_round;
mod e12_square_attack;
#[path = "../shared/end.rs"]
mod end;
mod shared;

use std::{
    cell::RefCell,
    io::{self, Write},
    panic,
    process::ExitCode,
};

use clap::Parser;
use console::style;

#[derive(Parser)]
#[command(about = "Twelve exercises about AES: how far you are, or one of them")]
struct Arguments {
    /// Which exercise, 1 to 12; without it, all of them in a table
    #[arg(value_parser = clap::value_parser!(u8).range(1..=EXERCISES.len() as i64))]
    number: Option<u8>,
}

struct Exercise {
    file: &'static str,
    source: &'static str,
    /// Panics unless the answer is right.
    check: fn(),
}

/// The exercise in that file, whose answer is that function.
macro_rules! exercise {
    ($file:ident, $answer:ident) => {
        Exercise {
            file: concat!("examples/exercises/", stringify!($file), ".rs"),
            source: include_str!(concat!(stringify!($file), ".rs")),
            check: || $file::check($file::$answer),
        }
    };
}

const EXERCISES: [Exercise; 12] = [
    exercise!(e01_multiply, multiply),
    exercise!(e02_inverse, inverse),
    exercise!(e03_s_box, s_boxes),
    exercise!(e04_undo_mix_columns, undo_mix_columns),
    exercise!(e05_without_sub_bytes, decrypt),
    exercise!(e06_without_mix_columns, decrypt),
    exercise!(e07_without_shift_rows, forge),
    exercise!(e08_undo_key_schedule, undo_key_schedule),
    exercise!(e09_ecb_secret, find_secret),
    exercise!(e10_padding_oracle, read),
    exercise!(e11_one_round, find_keys),
    exercise!(e12_square_attack, find_key),
];

impl Exercise {
    /// What stands in its file behind `//!`, line by line.
    fn task(&self) -> impl Iterator<Item = &'static str> {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line))
    }

    /// Its number and what it is called, as its file says.
    fn title(&self) -> &'static str {
        self.task().next().unwrap_or_default().trim_start_matches("# ")
    }

    fn state(&self) -> State {
        match panic::catch_unwind(self.check) {
            Ok(()) => State::Solved,
            Err(payload) => {
                let why = match payload.downcast::<String>() {
                    Ok(why) => *why,
                    Err(payload) => payload.downcast_ref().copied().unwrap_or("it panicked").to_owned(),
                };
                // This is what `todo!` says.
                if why.starts_with("not yet implemented") { State::NotBegun } else { State::Wrong(why) }
            }
        }
    }
}

enum State {
    Solved,
    NotBegun,
    /// And what the check, or the answer, said when it panicked.
    Wrong(String),
}

thread_local! {
    /// Where the last panic was.
    static PANICKED_AT: RefCell<String> = RefCell::default();
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Why an answer isn't right is told below, not by the panic.
    panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        PANICKED_AT.with_borrow_mut(|panicked_at| *panicked_at = at);
    }));
    let result = match arguments.number {
        Some(number) => one(&EXERCISES[usize::from(number) - 1]),
        None => all(),
    };
    end::of("exercises", result.map_err(Into::into))
}

/// The table, and what is next.
fn all() -> io::Result<ExitCode> {
    let mut out = io::stdout();
    let mut next = None;
    for (exercise, number) in EXERCISES.iter().zip(1..) {
        let (_, title) = exercise.title().split_once(". ").unwrap_or_default();
        // Before the check: of an answer that never ends one sees which it is.
        write!(out, "{number:3}  {title:36}")?;
        out.flush()?;
        let state = exercise.state();
        let shown = match state {
            State::Solved => style("solved").green(),
            State::NotBegun => style("not yet").dim(),
            State::Wrong(_) => style("not right yet").yellow(),
        };
        writeln!(out, "{shown}")?;
        if next.is_none() && !matches!(state, State::Solved) {
            next = Some((number, exercise, state, PANICKED_AT.take()));
        }
    }
    let Some((number, exercise, state, at)) = next else {
        writeln!(out, "\nAll of them. Compare with the solutions, at the end of each file.")?;
        return Ok(ExitCode::SUCCESS);
    };
    writeln!(out, "\nNext: {}", style(exercise.title()).bold())?;
    report(&mut out, exercise, &state, &at)?;
    writeln!(out, "The task is there, and here: cargo run --example exercises -- {number}")?;
    Ok(ExitCode::SUCCESS)
}

/// The task, and how the answer does.
fn one(exercise: &Exercise) -> io::Result<ExitCode> {
    let mut out = io::stdout();
    writeln!(out, "{}", style(exercise.title()).bold())?;
    let mut in_figure = false;
    for line in exercise.task().skip(1) {
        if line.starts_with("```") {
            in_figure = !in_figure;
        } else {
            writeln!(out, "{}{line}", if in_figure { "    " } else { "" })?;
        }
    }
    writeln!(out, "\nSections, figures and equations of FIPS-197 are those of the edition of 2001.\n")?;
    let state = exercise.state();
    report(&mut out, exercise, &state, &PANICKED_AT.take())?;
    Ok(if matches!(state, State::Solved) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report(out: &mut impl Write, exercise: &Exercise, state: &State, at: &str) -> io::Result<()> {
    let file = exercise.file;
    match state {
        State::Solved => writeln!(out, "{} Compare with the solution at the end of {file}.", style("Solved.").green()),
        State::NotBegun => {
            writeln!(
                out,
                "{} Write your answer in {file}, where it says `todo!`, and run this again.",
                style("Not yet.").dim()
            )
        }
        State::Wrong(why) => {
            writeln!(out, "{} Your answer in {file} doesn't pass:\n    {why}", style("Not right yet.").yellow())?;
            writeln!(out, "    {}", style(format!("at {at}")).dim())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_numbered() {
        for (exercise, number) in EXERCISES.iter().zip(1..) {
            let (in_title, title) = exercise.title().split_once(". ").expect("a number and a title");
            assert_eq!(in_title.parse(), Ok(number), "{title}");
            assert!(exercise.file.contains(&format!("/e{number:02}_")), "{}", exercise.file);
            assert!(title.chars().count() < 36, "{title} is too long for the table");
        }
    }

    #[test]
    fn tasks_end_where_the_code_begins() {
        for exercise in &EXERCISES {
            let task = exercise.task().collect::<Vec<_>>().join("\n");
            assert!(task.contains("To know:") && task.contains("Hints"), "{}", exercise.file);
            assert!(!task.contains("pub fn") && !task.contains("The solution"), "{}", exercise.file);
        }
    }

    #[test]
    fn what_an_answer_did_is_told() {
        let state = |check| Exercise { file: "", source: "", check }.state();
        assert!(matches!(state(|| ()), State::Solved));
        assert!(matches!(state(|| todo!("it")), State::NotBegun));
        assert!(matches!(state(|| todo!()), State::NotBegun));
        assert!(matches!(state(|| panic!("with {}", 1)), State::Wrong(why) if why == "with 1"));
        assert!(matches!(state(|| panic!("plainly")), State::Wrong(why) if why == "plainly"));
    }
}
