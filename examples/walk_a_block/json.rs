//! Everything, for programs.

use std::io::{self, Write};

use roundkey::fips197::Word;
use serde_json::{Value, json};

use crate::walk::{RoundKey, Walk};

pub fn print(walk: &Walk) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &value(walk))?;
    writeln!(out)
}

/// Bytes as hexadecimal digits, and names as the standard's; null for what a step or a word doesn't have.
pub fn value(walk: &Walk) -> Value {
    let word = |word: Option<Word>| word.map(hex::encode);
    let expansion: Vec<_> = walk
        .expansion
        .iter()
        .map(|line| {
            json!({
                "i": line.i,
                "temp": hex::encode(line.temp),
                "after RotWord": word(line.after_rot_word),
                "after SubWord": word(line.after_sub_word),
                "Rcon": word(line.rcon),
                "after Rcon": word(line.after_rcon),
                "w[i-Nk]": hex::encode(line.w_i_minus_nk),
                "w[i]": hex::encode(line.w_i),
            })
        })
        .collect();
    let steps: Vec<_> = walk
        .steps
        .iter()
        .map(|step| {
            json!({
                "round": step.round,
                "step": step.transformation.to_string(),
                "before": hex::encode(step.before.to_block()),
                "round key": step.round_key.as_ref().map(|key| hex::encode(key.words.to_block())),
                "round key is": step.round_key.as_ref().map(RoundKey::to_string),
                "round key's number": step.round_key.as_ref().map(|key| key.number),
                "after": hex::encode(step.after.to_block()),
            })
        })
        .collect();
    json!({
        "algorithm": walk.name,
        "rounds": walk.rounds,
        "key": hex::encode(&walk.key),
        "key expansion": expansion,
        "input": hex::encode(walk.input),
        "steps": steps,
        "output": hex::encode(walk.output),
    })
}
