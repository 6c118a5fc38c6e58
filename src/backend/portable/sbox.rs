//! The S-box and its inverse as circuits of XOR and AND on planes, of 113 and 114 gates, and NOT four times.
//!
//! They have three parts. A linear one sees the byte as an element of GF((2⁴)²), an extension of degree two of GF(2⁴), in
//! which inverting is cheap, and brings it into a form of 22 sums. The middle, the only part with ANDs, inverts there; it is the
//! same for both S-boxes, as it is the inverse's own inverse. Another linear part brings the result back. The affine map, or
//! its inverse, is part of the linear ones, but for its constant, which is the NOTs.
//!
//! The first part of the S-box and the middle are after J. Boyar and R. Peralta, "A new combinational logic minimization
//! technique with applications to cryptology" (2010), with the paper's names and numbers. The others are the same linear map,
//! or what becomes of it with the affine one; for them we have looked for few gates ourselves, by the method of that paper.
//!
//! The circuits count bits from the highest, the planes from the lowest.
//!
//! What a circuit claims is easily checked: on all 256 bytes, in all places, against the standard's table.

use super::word::Word;
use crate::backend::SMALL;

/// SubBytes (FIPS-197 section 5.1.1).
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
pub(super) fn sub_bytes<W: Word>(state: &mut [W; 8]) {
    let x = reversed(state);
    let mut y = [W::default(); 22];
    let mut t = [W::default(); 2];
    y[0] = x[7];
    y[14] = x[3] ^ x[5];
    y[13] = x[0] ^ x[6];
    y[9] = x[0] ^ x[3];
    y[8] = x[0] ^ x[5];
    t[0] = x[1] ^ x[2];
    y[1] = t[0] ^ x[7];
    y[4] = y[1] ^ x[3];
    y[12] = y[13] ^ y[14];
    y[2] = y[1] ^ x[0];
    y[5] = y[1] ^ x[6];
    y[3] = y[5] ^ y[8];
    t[1] = x[4] ^ y[12];
    y[15] = t[1] ^ x[5];
    y[20] = t[1] ^ x[1];
    y[6] = y[15] ^ x[7];
    y[10] = y[15] ^ t[0];
    y[11] = y[20] ^ y[9];
    y[7] = x[7] ^ y[11];
    y[17] = y[10] ^ y[11];
    y[19] = y[10] ^ y[8];
    y[16] = t[0] ^ y[11];
    y[21] = y[13] ^ y[16];
    y[18] = x[0] ^ y[16];

    let z = invert(&y);

    let mut s = [W::default(); 8];
    let mut t = [W::default(); 14];
    t[0] = z[3] ^ z[0];
    t[1] = z[4] ^ t[0];
    t[2] = z[1] ^ t[1];
    t[3] = z[16] ^ z[10];
    t[4] = z[15] ^ t[3];
    t[5] = z[9] ^ t[2] ^ t[4];
    t[6] = z[7] ^ t[1];
    t[7] = z[6] ^ z[0] ^ t[6];
    t[8] = t[5] ^ t[7];
    t[9] = z[8] ^ t[6] ^ z[2];
    t[10] = z[12] ^ t[4] ^ t[9];
    t[11] = z[14] ^ t[10];
    t[12] = z[5] ^ t[0] ^ z[2];
    t[13] = z[13] ^ z[10] ^ t[10] ^ t[12];
    s[7] = !(t[9] ^ t[13]);
    s[6] = !t[13];
    s[5] = z[11] ^ t[11];
    s[4] = t[5] ^ t[12];
    s[3] = t[5];
    s[2] = !(z[17] ^ t[3] ^ t[7] ^ t[11]);
    s[1] = !t[8];
    s[0] = t[2] ^ t[8];
    *state = reversed(&s);
}

/// InvSubBytes (FIPS-197 section 5.3.2).
#[inline(always)]
pub(super) fn inv_sub_bytes<W: Word>(state: &mut [W; 8]) {
    if SMALL { inv_sub_bytes_by_sub_bytes(state) } else { inv_sub_bytes_by_circuit(state) }
}

/// The S-box is the affine map after inversion in the field, and its inverse is inversion after the inverse affine map. And
/// inversion is the inverse affine map after the S-box. So with the latter in between it takes no circuit of its own, for a
/// quarter more gates: for small programs, which have the S-box already, for the key.
#[inline(always)]
pub(super) fn inv_sub_bytes_by_sub_bytes<W: Word>(state: &mut [W; 8]) {
    inv_affine(state);
    sub_bytes(state);
    inv_affine(state);
}

/// The inverse of the affine map (FIPS-197 section 5.1.1): each bit is the sum of those two, five and seven places up, around
/// the edge, and then {05} is added.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
fn inv_affine<W: Word>(state: &mut [W; 8]) {
    let s = *state;
    for (p, plane) in state.iter_mut().enumerate() {
        *plane = s[(p + 2) % 8] ^ s[(p + 5) % 8] ^ s[(p + 7) % 8];
    }
    state[0] = !state[0];
    state[2] = !state[2];
}

#[inline(always)]
pub(super) fn inv_sub_bytes_by_circuit<W: Word>(state: &mut [W; 8]) {
    let mut x = reversed(state);
    for bit in [1, 2, 6, 7] {
        x[bit] = !x[bit];
    }
    let mut y = [W::default(); 22];
    y[19] = x[7] ^ x[4];
    y[1] = y[19] ^ x[3];
    y[9] = y[1] ^ x[7];
    y[18] = y[9] ^ x[2];
    y[13] = y[1] ^ x[6];
    y[3] = x[3] ^ x[0];
    y[6] = y[3] ^ x[1];
    y[10] = y[6] ^ y[1];
    y[8] = y[10] ^ y[19];
    y[5] = y[8] ^ y[3];
    y[2] = y[5] ^ y[13];
    y[7] = y[2] ^ y[18];
    y[4] = y[7] ^ x[2];
    y[12] = y[4] ^ y[3];
    y[14] = y[12] ^ y[13];
    y[16] = y[7] ^ y[1];
    y[21] = y[16] ^ y[13];
    let t = y[13] ^ x[5];
    y[17] = t ^ x[7];
    y[15] = y[17] ^ y[16];
    y[0] = y[15] ^ y[6];
    y[11] = y[0] ^ y[7];
    y[20] = y[11] ^ y[9];

    let z = invert(&y);

    let mut s = [W::default(); 8];
    let mut t = [W::default(); 15];
    t[0] = z[13] ^ z[12];
    t[1] = z[16] ^ t[0];
    t[2] = z[15] ^ t[1];
    t[3] = z[6] ^ t[2] ^ z[8];
    t[4] = z[3] ^ t[3];
    t[5] = z[5] ^ t[4];
    t[6] = z[0] ^ t[3] ^ t[5];
    t[7] = z[4] ^ t[4];
    t[8] = z[1] ^ t[6] ^ t[7];
    t[9] = z[2] ^ t[6];
    t[10] = z[10] ^ t[0] ^ t[9] ^ z[11];
    t[11] = z[14] ^ z[12] ^ t[8] ^ t[10];
    t[12] = z[7] ^ z[8] ^ t[7];
    t[13] = z[17] ^ t[1];
    t[14] = z[9] ^ z[11] ^ t[13];
    s[7] = t[2] ^ t[14];
    s[6] = t[12];
    s[5] = t[8];
    s[4] = t[10] ^ t[12] ^ t[13];
    s[3] = t[5] ^ t[9];
    s[2] = t[11];
    s[1] = t[11] ^ t[14];
    s[0] = t[5];
    *state = reversed(&s);
}

/// The middle: from the 22 sums (the first of which the paper calls x7) to 18 products, whose sums are the bits of the inverse.
#[inline(always)]
fn invert<W: Word>(y: &[W; 22]) -> [W; 18] {
    let mut t = [W::default(); 46];
    t[2] = y[12] & y[15];
    t[3] = y[3] & y[6];
    t[4] = t[3] ^ t[2];
    t[5] = y[4] & y[0];
    t[6] = t[5] ^ t[2];
    t[7] = y[13] & y[16];
    t[8] = y[5] & y[1];
    t[9] = t[8] ^ t[7];
    t[10] = y[2] & y[7];
    t[11] = t[10] ^ t[7];
    t[12] = y[9] & y[11];
    t[13] = y[14] & y[17];
    t[14] = t[13] ^ t[12];
    t[15] = y[8] & y[10];
    t[16] = t[15] ^ t[12];
    t[17] = t[4] ^ t[14];
    t[18] = t[6] ^ t[16];
    t[19] = t[9] ^ t[14];
    t[20] = t[11] ^ t[16];
    t[21] = t[17] ^ y[20];
    t[22] = t[18] ^ y[19];
    t[23] = t[19] ^ y[21];
    t[24] = t[20] ^ y[18];
    t[25] = t[21] ^ t[22];
    t[26] = t[21] & t[23];
    t[27] = t[24] ^ t[26];
    t[28] = t[25] & t[27];
    t[29] = t[28] ^ t[22];
    t[30] = t[23] ^ t[24];
    t[31] = t[22] ^ t[26];
    t[32] = t[31] & t[30];
    t[33] = t[32] ^ t[24];
    t[34] = t[23] ^ t[33];
    t[35] = t[27] ^ t[33];
    t[36] = t[24] & t[35];
    t[37] = t[36] ^ t[34];
    t[38] = t[27] ^ t[36];
    t[39] = t[29] & t[38];
    t[40] = t[25] ^ t[39];
    t[41] = t[40] ^ t[37];
    t[42] = t[29] ^ t[33];
    t[43] = t[29] ^ t[40];
    t[44] = t[33] ^ t[37];
    t[45] = t[42] ^ t[41];
    let mut z = [W::default(); 18];
    z[0] = t[44] & y[15];
    z[1] = t[37] & y[6];
    z[2] = t[33] & y[0];
    z[3] = t[43] & y[16];
    z[4] = t[40] & y[1];
    z[5] = t[29] & y[7];
    z[6] = t[42] & y[11];
    z[7] = t[45] & y[17];
    z[8] = t[41] & y[10];
    z[9] = t[44] & y[12];
    z[10] = t[37] & y[3];
    z[11] = t[33] & y[4];
    z[12] = t[43] & y[13];
    z[13] = t[40] & y[5];
    z[14] = t[29] & y[2];
    z[15] = t[42] & y[9];
    z[16] = t[45] & y[14];
    z[17] = t[41] & y[8];
    z
}

/// The planes from the highest to the lowest, or back.
#[inline(always)]
fn reversed<W: Word>(planes: &[W; 8]) -> [W; 8] {
    let [p0, p1, p2, p3, p4, p5, p6, p7] = *planes;
    [p7, p6, p5, p4, p3, p2, p1, p0]
}
