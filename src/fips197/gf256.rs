//! Bytes as elements of the finite field GF(2⁸) (FIPS-197 section 4).
//!
//! Ordinary arithmetic on bytes overflows and loses information: 200 + 100 is not a byte, and 2 × 128 is zero modulo
//! 256, so multiplication by 2 could not be undone. A *field* has neither trouble: sums and products are elements again,
//! and everything but zero can be divided by. There is exactly one field of 256 elements, and AES calculates in it.
//!
//! An element is a polynomial of degree below eight whose coefficients are bits: the byte `{57}` = `01010111` stands for
//! x⁶ + x⁴ + x² + x + 1. Polynomials are added and multiplied as at school, with coefficients modulo 2; a product of
//! degree eight or more is divided by the *reduction polynomial* m(x), and what is left of it is the result.
//!
//! (The functions here run in the same steps for all operands. The tables of [`sbox`](super::sbox) don't:
//! see [the warning](super).)

/// The reduction polynomial m(x) = x⁸ + x⁴ + x³ + x + 1 without its x⁸ (equation 4.1).
///
/// It is irreducible, that is, no product of smaller polynomials: otherwise some products would vanish, and division
/// would not exist. Of the thirty irreducible polynomials of degree eight it is the first in the usual lists.
pub const REDUCTION: u8 = 0x1b;

/// Addition (section 4.1): coefficient by coefficient, modulo 2, which is the exclusive or.
///
/// An element added to itself is zero, so subtraction is the same operation. That is why adding a round key twice
/// removes it again.
///
/// ```
/// use roundkey::fips197::gf256::add;
/// assert_eq!(add(0x57, 0x83), 0xd4); // the standard's example
/// ```
#[must_use]
pub const fn add(a: u8, b: u8) -> u8 {
    a ^ b
}

/// Multiplication by x, the polynomial `{02}` (section 4.2.1).
///
/// The coefficients move up by one place: a shift to the left. If there was an x⁷, there is an x⁸ now, and subtracting
/// m(x) once removes it.
///
/// ```
/// use roundkey::fips197::gf256::xtime;
/// assert_eq!(xtime(0x57), 0xae); // the standard's examples: no x⁷ in {57} ...
/// assert_eq!(xtime(0xae), 0x47); // ... but one in {ae}
/// ```
#[must_use]
pub const fn xtime(a: u8) -> u8 {
    (a << 1) ^ (REDUCTION * (a >> 7))
}

/// Multiplication (section 4.2), written `a • b` in the standard.
///
/// `b` is a sum of powers of x, so `a • b` is the sum of `a` multiplied by each of these powers, and a power of x is
/// repeated [`xtime`]. The standard's example: {57} • {13} = {57} • ({01} + {02} + {10}) = {57} + {ae} + {07} = {fe}.
///
/// ```
/// use roundkey::fips197::gf256::mul;
/// assert_eq!(mul(0x57, 0x13), 0xfe);
/// assert_eq!(mul(0x57, 0x83), 0xc1);
/// ```
#[must_use]
pub const fn mul(a: u8, b: u8) -> u8 {
    let mut power = a; // a • xⁱ
    let mut product = 0;
    let mut i = 0;
    while i < 8 {
        product = add(product, power * (b >> i & 1));
        power = xtime(power);
        i += 1;
    }
    product
}

/// The multiplicative inverse (section 4.2; 4.4 in the edition of 2023): `mul(a, inverse(a))` is `{01}`.
///
/// The 255 elements other than zero form a group under multiplication, so each of them has a²⁵⁵ = 1 and a²⁵⁴ is its
/// inverse. The standard reaches it with the extended Euclidean algorithm; the power says the same in one line. Zero has
/// no inverse and is given `{00}`, as the S-box wants it (section 5.1.1), which here comes by itself.
///
/// ```
/// use roundkey::fips197::gf256::{inverse, mul};
/// assert_eq!(inverse(0x53), 0xca);
/// assert_eq!(mul(0x53, 0xca), 0x01);
/// assert_eq!(inverse(0x00), 0x00);
/// ```
#[must_use]
pub const fn inverse(a: u8) -> u8 {
    // 254 = 2 + 4 + 8 + 16 + 32 + 64 + 128: all the repeated squares of a but a itself.
    let mut square = a;
    let mut product = 1;
    let mut i = 0;
    while i < 7 {
        square = mul(square, square);
        product = mul(product, square);
        i += 1;
    }
    product
}
