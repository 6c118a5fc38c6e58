//! # 4. Undo MixColumns with MixColumns
//!
//! A processor has an instruction for MixColumns and none for its inverse. Undo MixColumns, with nothing but
//! `roundkey::fips197::state::mix_columns`.
//!
//! To know: MixColumns takes a column as a polynomial with coefficients in GF(2⁸), s(x) = s₀ + s₁x + s₂x² + s₃x³, and
//! multiplies it by a(x) = {02} + {01}x + {01}x² + {03}x³ modulo x⁴ + 1. FIPS-197 sections 4.3 and 5.1.3; "The four
//! steps" in the guided reading.
//!
//! Hints:
//! - There are only so many columns, so those who mix again and again must come back to where they began. What was the
//!   state one step before that? Find out how many steps it takes.
//! - Why so few: (p + q)² = p² + q², as the two products pq are equal and cancel. So what is a(x)⁴, if x⁴ is 1?

use roundkey::fips197::{State, state};

use crate::shared::random;

/// Makes of `state` what MixColumns has made it from.
pub fn undo_mix_columns(state: &mut State) {
    todo!("what was mixed to get {state:02x?}?")
}

/// What an answer must pass: each bit of the state on its own, which is all there is to a linear map, and random
/// states.
pub fn check(undo_mix_columns: impl Fn(&mut State)) {
    let single_bits = (0..128).map(|bit| (1_u128 << bit).to_be_bytes());
    for block in single_bits.chain((0..100).map(|_| random())) {
        let right = State::from_block(&block);
        let mut mixed = right;
        state::mix_columns(&mut mixed);
        let mut yours = mixed;
        undo_mix_columns(&mut yours);
        assert!(
            yours == right,
            "MixColumns makes {} of {} (section 5.1.3); yours makes {} of that again",
            hex::encode(mixed.to_block()),
            hex::encode(block),
            hex::encode(yours.to_block()),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution() {
        check(solution::undo_mix_columns);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(undo_mix_columns);
    }

    #[test]
    #[should_panic(expected = "MixColumns makes")]
    fn mixing_once_more_is_refused() {
        check(state::mix_columns);
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    use roundkey::fips197::{State, state::mix_columns};

    /// Modulo 2 a square of a sum is the sum of the squares, and so is a fourth power:
    ///
    /// ```text
    /// a(x)⁴ = a₀⁴ + a₁⁴x⁴ + a₂⁴x⁸ + a₃⁴x¹²
    ///       = a₀⁴ + a₁⁴ + a₂⁴ + a₃⁴          as x⁴ = 1
    ///       = (a₀ + a₁ + a₂ + a₃)⁴
    ///       = ({02} + {01} + {01} + {03})⁴ = {01}⁴ = {01}
    /// ```
    ///
    /// Four times MixColumns is nothing. So three times MixColumns, after the one that was done, undoes it.
    pub fn undo_mix_columns(state: &mut State) {
        for _ in 0..3 {
            mix_columns(state);
        }
    }
}
