//! The figure of Appendix B: a line of squares for each round.

use std::io::{self, Write};

use console::style;
use roundkey::fips197::{State, trace::Transformation};

use crate::{
    explain::explain,
    walk::{Step, Walk},
};

/// Between label and squares, and between squares.
const LABEL: usize = "round 10 ".len();
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
    if explained {
        key_expansion(&mut out, walk)?;
    }
    let mut last = None;
    for steps in walk.by_round() {
        let label = match steps[0].round {
            0 => "input".to_owned(),
            round => format!("round {round}"),
        };
        print_squares(&mut out, &label, &squares(steps, last))?;
        for step in steps.iter().filter(|_| explained) {
            explain(&mut out, step)?;
        }
        last = steps.last();
    }
    let output = State::from_block(&walk.output);
    let before = last.map(|step| step.before);
    print_squares(&mut out, "output", &[Square { heading: String::new(), state: output, before }])?;
    writeln!(out, "\noutput {}", style(hex::encode(walk.output)).bold())
}

/// The state at the start of the round, which the last step of the round before made, that after each step but the last, and the
/// round key.
fn squares(steps: &[Step], last: Option<&Step>) -> Vec<Square> {
    let before = last.map(|step| step.before);
    let start = Square { heading: "start".to_owned(), state: steps[0].before, before };
    let mut squares = vec![start];
    for (number, step) in steps.iter().enumerate() {
        if let Some(round_key) = &step.round_key {
            squares.push(Square { heading: format!("⊕ {round_key}"), state: round_key.words, before: None });
        }
        if number + 1 < steps.len() {
            let heading = match step.transformation {
                Transformation::AddRoundKey => "=".to_owned(),
                other => other.to_string(),
            };
            squares.push(Square { heading, state: step.after, before: Some(step.before) });
        }
    }
    squares
}

fn print_squares(out: &mut impl Write, label: &str, squares: &[Square]) -> io::Result<()> {
    let headings = squares.iter().map(|square| format!("{:1$}", square.heading, SQUARE + GAP.len()));
    let headings = format!("{:LABEL$}{}", "", headings.collect::<String>());
    writeln!(out, "\n{}", style(headings.trim_end()).dim())?;
    for r in 0..4 {
        let label = if r == 0 { label } else { "" };
        let rows: Vec<_> = squares.iter().map(|square| row(&square.state, square.before.as_ref(), r)).collect();
        writeln!(out, "{label:LABEL$}{}", rows.join(GAP))?;
    }
    Ok(())
}

/// The table of Appendix A.
fn key_expansion(out: &mut impl Write, walk: &Walk) -> io::Result<()> {
    writeln!(out, "\n⊕ is XOR, • multiplies bytes, xtime doubles one: see the guided reading (README,")?;
    writeln!(out, "Learn).")?;
    writeln!(out, "\nKeyExpansion, from the key, which is w[0] to w[{}]:", walk.nk() - 1)?;
    let heading = "  i  temp      RotWord   SubWord   Rcon      ⊕ Rcon    w[i-Nk]   w[i]";
    writeln!(out, "{}", style(heading).dim())?;
    for line in &walk.expansion {
        let optional = [line.after_rot_word, line.after_sub_word, line.rcon, line.after_rcon];
        let [rot_word, sub_word, rcon, after_rcon] = optional.map(|word| word.map(hex::encode).unwrap_or_default());
        let [temp, w_i_minus_nk, w_i] = [line.temp, line.w_i_minus_nk, line.w_i].map(hex::encode);
        writeln!(
            out,
            "{:3}  {temp}  {rot_word:8}  {sub_word:8}  {rcon:8}  {after_rcon:8}  {w_i_minus_nk}  {w_i}",
            line.i
        )?;
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
