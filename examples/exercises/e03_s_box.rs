//! # 3. Derive the S-box
//!
//! The S-box looks like 256 bytes out of thin air. Calculate them, and the 256 bytes of the inverse S-box, from their
//! definition.
//!
//! To know: the S-box takes a byte to its inverse in GF(2⁸) ({00} to {00}), whose bits are b₇…b₀, and then to the byte
//! with the bits
//!
//! ```text
//! b'ᵢ = bᵢ ⊕ b₍ᵢ₊₄₎ ⊕ b₍ᵢ₊₅₎ ⊕ b₍ᵢ₊₆₎ ⊕ b₍ᵢ₊₇₎ ⊕ cᵢ        (all indices modulo 8; c is {63})
//! ```
//!
//! That is equation 5.1 of FIPS-197 section 5.1.1; "The four steps" in the guided reading. The inverse S-box (section
//! 5.3.2) takes every byte back.
//!
//! Use exercise 2's inverse, or `roundkey::fips197::gf256::inverse`. `roundkey::fips197::sbox` has both tables, and
//! both definitions. Look at them afterwards.
//!
//! Hints:
//! - `b >> i & 1` is bᵢ. Bit 0 is the lowest one, that of {01}.
//! - {00} must go to {63}, {01} to {7c}, {53} to {ed}.
//! - For the inverse S-box nothing has to be calculated any more: if the S-box takes {53} to {ed}, it takes {ed} to
//!   {53}.

use roundkey::fips197::sbox::{INV_SBOX, SBOX};

/// The S-box, and the inverse S-box: the byte x goes to the table's place x.
pub fn s_boxes() -> ([u8; 256], [u8; 256]) {
    todo!("two tables")
}

/// What an answer must pass: the tables that the standard prints.
pub fn check(s_boxes: impl Fn() -> ([u8; 256], [u8; 256])) {
    let (s_box, inv_s_box) = s_boxes();
    compare("S-box", "Figure 7", &s_box, &SBOX);
    compare("inverse S-box", "Figure 14", &inv_s_box, &INV_SBOX);
}

fn compare(name: &str, figure: &str, yours: &[u8; 256], right: &[u8; 256]) {
    for (x, (yours, right)) in yours.iter().zip(right).enumerate() {
        assert!(yours == right, "the {name} takes {{{x:02x}}} to {{{right:02x}}} ({figure}), yours to {{{yours:02x}}}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roundkey::fips197::gf256::inverse;

    #[test]
    fn solution() {
        check(solution::s_boxes);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(s_boxes);
    }

    #[test]
    #[should_panic(expected = "the S-box takes {00} to {63} (Figure 7), yours to {00}")]
    fn the_field_alone_is_refused() {
        let s_box = std::array::from_fn(|x| inverse(x as u8));
        check(|| (s_box, s_box));
    }

    #[test]
    #[should_panic(expected = "the inverse S-box takes {00} to {52}")]
    fn a_wrong_inverse_is_refused() {
        check(|| (SBOX, SBOX));
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    use std::array;

    use roundkey::fips197::gf256::inverse;

    pub fn s_boxes() -> ([u8; 256], [u8; 256]) {
        let s_box = array::from_fn(|x| affine_map(inverse(x as u8)));
        // No two bytes go to the same one: both halves of the definition can be undone. So every place here is filled.
        let mut inv_s_box = [0; 256];
        for (x, s) in s_box.iter().enumerate() {
            inv_s_box[usize::from(*s)] = x as u8;
        }
        (s_box, inv_s_box)
    }

    /// Equation 5.1, bit by bit.
    fn affine_map(b: u8) -> u8 {
        let bit = |i: usize| b >> (i % 8) & 1;
        let mut result = 0x63;
        for i in 0..8 {
            result ^= (bit(i) ^ bit(i + 4) ^ bit(i + 5) ^ bit(i + 6) ^ bit(i + 7)) << i;
        }
        result
    }
}
