//! One step after the other, at the pace of who watches.

use std::io::{self, Write};

use console::{Key, Term, style};

use crate::{
    explain::explain,
    figure::row,
    walk::{Step, Walk},
};

pub fn walk_through(walk: &Walk) -> io::Result<()> {
    let mut terminal = Term::stdout();
    if !terminal.is_term() {
        return Err(io::Error::other("--step waits for keys, and there is no terminal that has some"));
    }
    writeln!(terminal, "{}, {} rounds: any key for the next step, e to explain one, q to end", walk.name, walk.rounds)?;
    for step in &walk.steps {
        print(&mut terminal, step)?;
        loop {
            match terminal.read_key()? {
                Key::Char('e' | 'E') => explain(&mut terminal, step)?,
                Key::Char('q' | 'Q') | Key::Escape | Key::CtrlC => return Ok(()),
                _ => break,
            }
        }
    }
    writeln!(terminal, "\noutput {}", style(hex::encode(walk.output)).bold())
}

/// Before, after and, between them, what was added.
fn print(terminal: &mut Term, step: &Step) -> io::Result<()> {
    let of_round = match step.round {
        0 => "before the first round".to_owned(),
        round => format!("round {round}"),
    };
    let with = step.round_key.as_ref().map(|key| format!(" of {key}")).unwrap_or_default();
    writeln!(terminal, "\n{}{with}, {of_round}", style(step.transformation).bold())?;
    for r in 0..4 {
        let sign = |sign| if r == 1 { sign } else { ' ' };
        let added = step.round_key.as_ref().map(|key| format!("  {} {}", sign('⊕'), row(&key.words, None, r)));
        let added = added.unwrap_or_default();
        let after = row(&step.after, Some(&step.before), r);
        writeln!(terminal, "    {}{added}  {} {after}", row(&step.before, None, r), sign('→'))?;
    }
    Ok(())
}
