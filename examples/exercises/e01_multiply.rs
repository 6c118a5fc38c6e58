//! # 1. Multiply in GF(2⁸)
//!
//! AES calculates with bytes as elements of the finite field GF(2⁸). Write the multiplication: where it says `todo!`,
//! below.
//!
//! To know: {57} is how the standard writes the byte 0x57. A byte is a polynomial whose coefficients are its bits, so
//! {57}, in bits `01010111`, is x⁶ + x⁴ + x² + x + 1. Polynomials are multiplied as at school, with coefficients modulo
//! 2, so that adding is XOR. The product may have a degree of up to 14, which doesn't fit into a byte. It is divided by
//! m(x) = x⁸ + x⁴ + x³ + x + 1, in hexadecimal {01}{1b}, and what is left over is the result. FIPS-197 section 4.2;
//! "Bytes and fields" in the guided reading, which is the documentation of the module `fips197`: `cargo doc --open`.
//!
//! `roundkey::fips197::gf256::mul` does it. Look at it afterwards.
//!
//! Hints:
//! - On paper: {57} • {83} is {57} shifted by 7, plus {57} shifted by 1, plus {57}. Why 7, 1 and 0?
//! - Dividing is simple here: as long as there is a coefficient at x⁸ or higher, XOR a shifted m(x) that removes the
//!   highest.
//! - A `u16` has room for the product.

use roundkey::fips197::gf256;

/// The product `a • b`.
pub fn multiply(a: u8, b: u8) -> u8 {
    todo!("{{{a:02x}}} • {{{b:02x}}}")
}

/// What an answer must pass: the standard's examples, and every product that there is.
pub fn check(multiply: impl Fn(u8, u8) -> u8) {
    let examples = [(0x57, 0x83), (0x57, 0x13)];
    let all = (0..=255).flat_map(|a| (0..=255).map(move |b| (a, b)));
    for (a, b) in examples.into_iter().chain(all) {
        let (yours, right) = (multiply(a, b), gf256::mul(a, b));
        assert!(
            yours == right,
            "{{{a:02x}}} • {{{b:02x}}} is {{{right:02x}}} (section 4.2), yours says {{{yours:02x}}}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution() {
        check(solution::multiply);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(multiply);
    }

    #[test]
    #[should_panic(expected = "{57} • {83} is {c1} (section 4.2), yours says {85}")]
    fn numbers_are_refused() {
        check(u8::wrapping_mul);
    }

    #[test]
    #[should_panic(expected = "is {01}")]
    fn all_but_one_product_is_refused() {
        check(|a, b| if (a, b) == (0xca, 0x53) { 0 } else { gf256::mul(a, b) });
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    /// m(x), with its x⁸.
    const M: u16 = 0x011b;

    pub fn multiply(a: u8, b: u8) -> u8 {
        // `b` is a sum of powers of x, and multiplying by xⁱ is shifting by i places. So a • b is the sum of `a`
        // shifted by every i for which `b` has an xⁱ.
        let mut product = 0;
        for i in 0..8 {
            if b >> i & 1 == 1 {
                product ^= u16::from(a) << i;
            }
        }
        // Long division, from the top. m(x) shifted by i has its highest power at xⁱ⁺⁸; subtracting it, which is adding
        // it, removes that power and changes only lower ones. What was subtracted are multiples of m(x), so what is
        // left over is the remainder.
        for i in (0..7).rev() {
            if product >> (i + 8) & 1 == 1 {
                product ^= M << i;
            }
        }
        product as u8
    }
}
