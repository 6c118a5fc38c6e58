//! Where the bytes of a step come from.

use std::io::{self, Write};

use roundkey::fips197::{
    Word,
    gf256::{inverse, mul, xtime},
    sbox::{AFFINE_CONSTANT, INV_SBOX, SBOX},
    trace::Transformation,
};

use crate::walk::Step;

pub fn explain(out: &mut impl Write, step: &Step) -> io::Result<()> {
    match step.transformation {
        Transformation::SubBytes => substitutions(out, step, "S", &SBOX)?,
        Transformation::InvSubBytes => substitutions(out, step, "S⁻¹", &INV_SBOX)?,
        Transformation::MixColumns => column(out, step, [2, 3, 1, 1])?,
        Transformation::InvMixColumns => column(out, step, [0x0e, 0x0b, 0x0d, 0x09])?,
        Transformation::ShiftRows => writeln!(out, "\nShiftRows: row r moves to the left by r places.")?,
        Transformation::InvShiftRows => writeln!(out, "\nInvShiftRows: row r moves to the right by r places.")?,
        Transformation::AddRoundKey => {
            writeln!(out, "\nAddRoundKey: each byte ⊕ the byte of the round key in its place.")?;
            if step.round_key.as_ref().is_some_and(|key| key.schedule == "dw") {
                writeln!(out, "dw is w after InvMixColumns, but for the first and the last round key.")?;
            }
        }
    }
    Ok(())
}

/// The place of every byte in the table, and how the first one came there.
fn substitutions(out: &mut impl Write, step: &Step, name: &str, table: &[u8; 256]) -> io::Result<()> {
    writeln!(out, "\n{}: {name}[xy] is in row x, column y of the table.", step.transformation)?;
    for r in 0..4 {
        let places = step.before.row(r).map(|byte| format!("{name}[{byte:02x}] = {:02x}", table[usize::from(byte)]));
        writeln!(out, "    {}", places.join("    "))?;
    }
    let from = step.before.row(0)[0];
    let to = table[usize::from(from)];
    // The S-box the other way is undone in the other order.
    let (byte, result, both) = if step.transformation == Transformation::SubBytes {
        (from, to, "The first: the inverse in GF(2⁸), then the affine map")
    } else {
        (to, from, "The first undoes this: the inverse in GF(2⁸), then the affine map")
    };
    let b = inverse(byte);
    let rotated = [0, 1, 2, 3, 4].map(|places| format!("{:02x}", b.rotate_left(places))).join(" ⊕ ");
    writeln!(out, "    {both}:")?;
    writeln!(out, "    {byte:02x}⁻¹ = {b:02x},  {rotated} ⊕ {AFFINE_CONSTANT:02x} = {result:02x}")
}

/// The first column, byte by byte: `factors` is the first row of the matrix, its highest factor in front; each other row is that
/// before, moved on by one.
fn column(out: &mut impl Write, step: &Step, factors: Word) -> io::Result<()> {
    let (s, result) = (step.before.columns[0], step.after.columns[0]);
    writeln!(out, "\n{}, the first column:", step.transformation)?;
    for a in s {
        // The highest factor is made of so many.
        let doubled = doublings(a).into_iter().take(factors[0].ilog2() as usize);
        writeln!(out, "    xtime  {}", doubled.collect::<Vec<_>>().join("  "))?;
    }
    for r in 0..4 {
        let factor = |c: usize| factors[(4 + c - r) % 4];
        let written: Vec<_> = (0..4).map(|c| format!("{{{:02x}}}•{:02x}", factor(c), s[c])).collect();
        let products: Vec<_> = (0..4).map(|c| format!("{:02x}", mul(factor(c), s[c]))).collect();
        writeln!(out, "    s'{r} = {}  =  {}  =  {:02x}", written.join(" ⊕ "), products.join(" ⊕ "), result[r])?;
    }
    Ok(())
}

/// `{02}•a`, `{04}•a`, `{08}•a`, each the one before moved to the left, and reduced if a bit fell off.
fn doublings(a: u8) -> [String; 3] {
    let mut power = a;
    [2, 4, 8].map(|factor| {
        let shifted = power << 1;
        let reduced = if power >> 7 == 1 { format!("{shifted:02x}⊕1b = ") } else { String::new() };
        power = xtime(power);
        format!("{{{factor:02x}}}•{a:02x} = {reduced}{power:02x}")
    })
}
