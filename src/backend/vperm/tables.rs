//! The tables of `vperm`, and the field that they are about; all made while compiling.
//!
//! A byte of AES is an element of GF(2⁸). The same field can be had by two steps of two: GF(2⁴), whose elements are nibbles,
//! and over it the elements kt + i, where t² = t + ζ. That is the *tower*, in which a byte has k in its high nibble and i in
//! its low one. Bytes are brought there and back by a linear map, which keeps sums and products.

use crate::Block;

/// What stands for 1/0. A look-up at this, or at this plus a nibble, gives zero: that is 1/∞.
const INFINITY: u8 = 0x80;

/// The map from bytes as the standard has them to the tower, as the images of bits 0 to 7: the powers of the least element
/// that does in the tower what x does in the standard's field, x⁸ = x⁴ + x³ + x + 1 (FIPS-197 section 4.2).
const TO_TOWER: Map = {
    let mut x = 2;
    while power(x, 8) != power(x, 4) ^ power(x, 3) ^ x ^ 1 {
        x += 1;
    }
    let mut map = [0; 8];
    let mut bit = 0;
    while bit < 8 {
        map[bit] = power(x, bit);
        bit += 1;
    }
    map
};

/// The way back.
const FROM_TOWER: Map = inverse(&TO_TOWER);

/// What SubBytes does after the inversion, without its constant (FIPS-197 section 5.1.1): bit i is the sum of bits i, i+4,
/// i+5, i+6 and i+7, around the edge. So what bit i adds to is bits i to i+4.
const AFFINE: Map = {
    let mut map = [0; 8];
    let mut bit = 0;
    while bit < 8 {
        map[bit] = 0b0001_1111_u8.rotate_left(bit as u32);
        bit += 1;
    }
    map
};

/// Its constant.
const AFFINE_CONSTANT: u8 = 0x63;

/// From bytes as they are to bytes as the cipher has them between its rounds: in the tower.
pub(super) const CIPHER: Map = TO_TOWER;

/// The same for the inverse cipher: in the tower, and past the first half of InvSubBytes.
pub(super) const INV_CIPHER: Map = after(&TO_TOWER, &inverse(&AFFINE));

/// The constant of SubBytes, {63}, which round keys bring along, in the forms that they have.
///
/// As it is the same in all bytes, and as MixColumns makes of a column of equal bytes the same column, it may as well be
/// added after MixColumns. And InvSubBytes begins with it, so there it goes with the round key before.
pub(super) const PLAIN_CONSTANT: Block = [AFFINE_CONSTANT; 16];
pub(super) const CIPHER_CONSTANT: Block = [apply(&CIPHER, AFFINE_CONSTANT); 16];
pub(super) const INV_CIPHER_CONSTANT: Block = [apply(&INV_CIPHER, AFFINE_CONSTANT); 16];

/// The inverse in GF(2⁴).
pub(super) const INVERSE: Block = {
    let mut table = [INFINITY; 16];
    let mut x = 1;
    while x < 16 {
        table[x] = nibble_inverse(x as u8);
        x += 1;
    }
    table
};

/// 1/ζ times the inverse.
pub(super) const INVERSE_OVER_ZETA: Block = {
    let mut table = [INFINITY; 16];
    let mut x = 1;
    while x < 16 {
        table[x] = nibble_inverse(nibble_product(ZETA, x as u8));
        x += 1;
    }
    table
};

/// A linear map, by the low nibble of a byte and by its high one: the image is the sum of both.
pub(super) type ByNibbles = [Block; 2];

/// The same of what an inversion found, by `u` and by `v`.
pub(super) type ByHalves = [Block; 2];

pub(super) const TO_CIPHER: ByNibbles = by_nibbles(&CIPHER);
pub(super) const FROM_CIPHER: ByNibbles = by_nibbles(&FROM_TOWER);
pub(super) const TO_INV_CIPHER: ByNibbles = by_nibbles(&INV_CIPHER);
#[cfg(feature = "hazmat")]
pub(super) const FROM_INV_CIPHER: ByNibbles = by_nibbles(&inverse(&INV_CIPHER));

/// {02} times bytes as they are, for MixColumns alone.
#[cfg(feature = "hazmat")]
pub(super) const TIMES_02: ByNibbles = by_nibbles(&times(0x02));

/// SubBytes from inversion on, as the cipher has its bytes: once, and {02} times.
pub(super) const SUB: ByHalves = by_halves(&after(&CIPHER, &after(&AFFINE, &FROM_TOWER)));
pub(super) const SUB_02: ByHalves = by_halves(&after(&CIPHER, &after(&times(0x02), &after(&AFFINE, &FROM_TOWER))));

/// SubBytes from inversion on, as the standard has its bytes, for SubWord.
pub(super) const SUB_WORD: ByHalves = by_halves(&after(&AFFINE, &FROM_TOWER));
pub(super) const SUB_WORD_CONSTANT: u32 = u32::from_le_bytes([AFFINE_CONSTANT; 4]);

/// What the inverse cipher does after an inversion: back to the standard's bytes, and that is all in the last round; or then
/// also one of the products of InvMixColumns, as the inverse cipher has its bytes.
pub(super) const INV_SUB: ByHalves = by_halves(&FROM_TOWER);
pub(super) const INV_SUB_TIMES: [ByHalves; 4] = {
    let mut tables = [INV_SUB; 4];
    let mut i = 0;
    while i < 4 {
        tables[i] = by_halves(&after(&INV_CIPHER, &after(&times(INV_MIX_COLUMNS[i]), &FROM_TOWER)));
        i += 1;
    }
    tables
};

/// The products of InvMixColumns with bytes as they are, for round keys.
pub(super) const INV_MIX_TIMES: [ByNibbles; 4] = {
    let mut tables = [TO_INV_CIPHER; 4];
    let mut i = 0;
    while i < 4 {
        tables[i] = by_nibbles(&after(&INV_CIPHER, &times(INV_MIX_COLUMNS[i])));
        i += 1;
    }
    tables
};

/// What InvMixColumns multiplies a byte by for its own place, and those one, two and three rows below it (FIPS-197 section
/// 5.3.3).
const INV_MIX_COLUMNS: [u8; 4] = [0x0e, 0x0b, 0x0d, 0x09];

/// Where each byte of a state is taken from: so many rows further down and columns further to the right, around the edges.
pub(super) const fn from_place(rows: usize, columns: usize) -> Block {
    let mut table = [0; 16];
    let mut i = 0;
    while i < 16 {
        let (row, column) = (i % 4, i / 4);
        table[i] = ((row + rows) % 4 + 4 * ((column + columns) % 4)) as u8;
        i += 1;
    }
    table
}

/// ShiftRows (FIPS-197 section 5.1.2), so many times over: each byte is taken from so many times its row's number of columns
/// to the right.
pub(super) const fn shift_rows(times: usize) -> Block {
    let mut table = [0; 16];
    let mut i = 0;
    while i < 16 {
        let (row, column) = (i % 4, i / 4);
        table[i] = (row + 4 * ((column + times * row) % 4)) as u8;
        i += 1;
    }
    table
}

/// ζ, the least for which t² = t + ζ has no solution in GF(2⁴).
const ZETA: u8 = {
    let mut zeta = 1;
    let mut t = 0;
    while t < 16 {
        if nibble_product(t, t) == t ^ zeta {
            zeta += 1;
            t = 0;
        } else {
            t += 1;
        }
    }
    zeta
};

/// The product in GF(2⁴), where x⁴ = x + 1.
const fn nibble_product(a: u8, b: u8) -> u8 {
    let mut product = 0;
    let mut bit = 4;
    while bit > 0 {
        bit -= 1;
        product = (product << 1) ^ (0b10011 * (product >> 3)) ^ (a * (b >> bit & 1));
    }
    product
}

/// The inverse in GF(2⁴): x¹⁴, as x¹⁵ = 1.
const fn nibble_inverse(x: u8) -> u8 {
    let mut product = 1;
    let mut i = 0;
    while i < 14 {
        product = nibble_product(product, x);
        i += 1;
    }
    product
}

/// The product in the tower.
const fn product(a: u8, b: u8) -> u8 {
    let kk = nibble_product(a >> 4, b >> 4);
    let ki = nibble_product(a >> 4, b & 0xf);
    let ik = nibble_product(a & 0xf, b >> 4);
    let ii = nibble_product(a & 0xf, b & 0xf);
    (kk ^ ki ^ ik) << 4 | (ii ^ nibble_product(ZETA, kk))
}

/// A power in the tower.
const fn power(x: u8, exponent: usize) -> u8 {
    let mut power = 1;
    let mut i = 0;
    while i < exponent {
        power = product(power, x);
        i += 1;
    }
    power
}

/// A linear map of bytes: the images of their bits.
type Map = [u8; 8];

const fn apply(map: &Map, byte: u8) -> u8 {
    let mut image = 0;
    let mut bit = 0;
    while bit < 8 {
        image ^= map[bit] * (byte >> bit & 1);
        bit += 1;
    }
    image
}

/// One map after another.
const fn after(second: &Map, first: &Map) -> Map {
    let mut map = [0; 8];
    let mut bit = 0;
    while bit < 8 {
        map[bit] = apply(second, first[bit]);
        bit += 1;
    }
    map
}

/// The map that undoes another.
const fn inverse(map: &Map) -> Map {
    let mut inverse = [0; 8];
    let mut byte = 1_u8;
    while byte != 0 {
        let image = apply(map, byte);
        if image.is_power_of_two() {
            inverse[image.trailing_zeros() as usize] = byte;
        }
        byte = byte.wrapping_add(1);
    }
    inverse
}

/// The product with a byte, both as the standard has them.
const fn times(byte: u8) -> Map {
    let mut map = [0; 8];
    let mut bit = 0;
    while bit < 8 {
        map[bit] = apply(&FROM_TOWER, product(apply(&TO_TOWER, byte), apply(&TO_TOWER, 1 << bit)));
        bit += 1;
    }
    map
}

const fn by_nibbles(map: &Map) -> ByNibbles {
    let mut tables = [[0; 16]; 2];
    let mut x = 0;
    while x < 16 {
        tables[0][x] = apply(map, x as u8);
        tables[1][x] = apply(map, (x as u8) << 4);
        x += 1;
    }
    tables
}

/// The inverse is (t + ζ)/u + (t + ζ + 1)/v: see there. Neither is ever zero.
const fn by_halves(map: &Map) -> ByHalves {
    let mut tables = [[0; 16]; 2];
    let mut x = 1;
    while x < 16 {
        let inverse = nibble_inverse(x as u8);
        tables[0][x] = apply(map, product(0x10 ^ ZETA, inverse));
        tables[1][x] = apply(map, product(0x10 ^ ZETA ^ 1, inverse));
        x += 1;
    }
    tables
}
