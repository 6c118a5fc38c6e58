//! The figure of Appendix B: a line of squares for each round.

use std::io::{self, Write};

use console::style;
use roundkey::fips197::{State, trace::Transformation};

use crate::{
    explain::explain,
    walk::{Step, Walk},
};

/// Between label and squares, and between squares.
const LABEL: usize = 8;
const SQUARE: usize = "00 11 22 33".len();
const GAP: &str = "   ";

/// One square: what is over it, the state, and the one before, from which it may differ.
struct Square {
    heading: String,
    state: State,
    before: Option<State>,
}

pub fn print(walk: &Walk, explained: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}, {} rounds", style(walk.name).bold(), walk.rounds)?;
    writeln!(out, "key    {}", hex::encode(&walk.key))?;
    writeln!(out, "input  {}", hex::encode(walk.input))?;
    for steps in walk.by_round() {
        let label = match steps[0].round {
            0 => "input".to_owned(),
            round => format!("round {round}"),
        };
        print_squares(&mut out, &label, &squares(steps))?;
        for step in steps.iter().filter(|_| explained) {
            explain(&mut out, step)?;
        }
    }
    let output = State::from_block(&walk.output);
    print_squares(&mut out, "output", &[Square { heading: String::new(), state: output, before: None }])?;
    writeln!(out, "\noutput {}", style(hex::encode(walk.output)).bold())
}

/// The state at the start of the round, that after each step but the last, whose result is the start of what follows, and the
/// round key.
fn squares(steps: &[Step]) -> Vec<Square> {
    let start = Square { heading: "start".to_owned(), state: steps[0].before, before: None };
    let mut squares = vec![start];
    for (number, step) in steps.iter().enumerate() {
        if let Some(round_key) = step.round_key {
            squares.push(Square { heading: "⊕ round key".to_owned(), state: round_key, before: None });
        }
        if number + 1 < steps.len() {
            let heading = match step.transformation {
                Transformation::AddRoundKey => "=".to_owned(),
                other => other.to_string().replace("InvMixColumns", "InvMixCols"),
            };
            squares.push(Square { heading, state: step.after, before: Some(step.before) });
        }
    }
    squares
}

fn print_squares(out: &mut impl Write, label: &str, squares: &[Square]) -> io::Result<()> {
    let headings: Vec<_> = squares.iter().map(|square| format!("{:SQUARE$.14}", square.heading)).collect();
    writeln!(out, "\n{:LABEL$}{}", "", style(headings.join(GAP).trim_end()).dim())?;
    for r in 0..4 {
        let label = if r == 0 { label } else { "" };
        let rows: Vec<_> = squares.iter().map(|square| row(&square.state, square.before.as_ref(), r)).collect();
        writeln!(out, "{label:LABEL$}{}", rows.join(GAP))?;
    }
    Ok(())
}

/// A row of a square; what isn't as before is coloured.
pub fn row(state: &State, before: Option<&State>, r: usize) -> String {
    let old = before.unwrap_or(state).row(r);
    let bytes = state.row(r).into_iter().zip(old).map(|(byte, old)| {
        let byte_is = style(format!("{byte:02x}"));
        if byte == old { byte_is } else { byte_is.yellow() }.to_string()
    });
    bytes.collect::<Vec<_>>().join(" ")
}
