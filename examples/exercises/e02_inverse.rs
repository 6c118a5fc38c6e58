//! # 2. Divide in GF(2⁸)
//!
//! Every byte a but {00} has an inverse: the byte b with a • b = {01}. Calculate it, without a table of 256 bytes. {00}
//! has none; answer {00} for it, as the S-box wants it.
//!
//! To know: FIPS-197 section 4.2 (4.4 in the edition of 2023); "Bytes and fields" in the guided reading. You may
//! multiply with `roundkey::fips197::gf256::mul`, or with your own from exercise 1, `crate::e01_multiply::multiply`.
//! `roundkey::fips197::gf256::inverse` does what is asked for. Look at it afterwards.
//!
//! Hints, from one way to another:
//! - There are only 255 candidates for the inverse. That is an answer; but can you do it with less than twenty
//!   multiplications?
//! - The 255 bytes other than {00} are a group under multiplication, so a²⁵⁵ = {01} for each of them (as in any group:
//!   an element to the power of the group's size is one). Then what is a²⁵⁴?
//! - A power of 254 doesn't take 253 multiplications: a² • a² is a⁴.
//! - The standard names a third way, the extended Euclidean algorithm.

use roundkey::fips197::gf256;

/// The inverse of `a`; {00} for {00}.
pub fn inverse(a: u8) -> u8 {
    todo!("the inverse of {{{a:02x}}}")
}

/// What an answer must pass: all 256 bytes.
pub fn check(inverse: impl Fn(u8) -> u8) {
    for a in (1..=255).chain([0]) {
        let b = inverse(a);
        if a == 0 {
            assert!(b == 0, "{{00}} has no inverse, and the S-box wants {{00}} there; yours says {{{b:02x}}}");
        } else {
            let product = gf256::mul(a, b);
            assert!(product == 1, "yours says {{{b:02x}}} for {{{a:02x}}}, but their product is {{{product:02x}}}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution() {
        check(solution::inverse);
    }

    #[test]
    #[ignore = "yours to solve"]
    fn answer() {
        check(inverse);
    }

    #[test]
    #[should_panic(expected = "for {02}, but their product is")]
    fn another_power_is_refused() {
        check(|a| gf256::mul(a, a));
    }

    #[test]
    #[should_panic(expected = "{00} has no inverse")]
    fn an_inverse_of_zero_is_refused() {
        check(|a| if a == 0 { 1 } else { gf256::inverse(a) });
    }
}

// ------------------------------------------- The solution. Try first. -------------------------------------------

#[cfg(test)]
mod solution {
    use roundkey::fips197::gf256::mul;

    /// a²⁵⁴: as a • a²⁵⁴ = a²⁵⁵ = {01}, this is the inverse. And zero to any power is zero, as wanted.
    pub fn inverse(a: u8) -> u8 {
        // In binary 254 is 11111110. Squaring doubles the exponent, that is, appends a 0 to it, and multiplying by `a`
        // makes that a 1: a¹, a³, a⁷, a¹⁵, a³¹, a⁶³, a¹²⁷.
        let mut power = a;
        for _ in 0..6 {
            power = mul(mul(power, power), a);
        }
        // One more 0 at the end. 13 multiplications in all.
        mul(power, power)
    }
}
