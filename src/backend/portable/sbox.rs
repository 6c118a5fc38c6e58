//! The S-box and its inverse as circuits of XOR, AND and NOT on planes.
//!
//! After J. Boyar and R. Peralta, "A depth-16 circuit for the AES S-box" (2011), with the paper's names and numbers: of
//! 128 gates, the inverse of 127. It has three parts. A linear one sees the byte as an element of GF((2⁴)²), an extension
//! of degree two of GF(2⁴), in which inverting is cheap, and brings it into a form of 27 sums. The middle inverts there;
//! it is the same for both S-boxes, as it is the inverse's own inverse. Another linear part brings the result back, with
//! the affine map on the way.
//!
//! The paper counts bits from the highest, the planes from the lowest.
//!
//! What a circuit claims is easily checked: on all 256 bytes, in all places, against the standard's table.

use super::Planes;

/// SubBytes (FIPS-197 section 5.1.1).
#[inline(always)]
pub(in crate::backend) fn sub_bytes(state: &mut Planes) {
    let u = reversed(state);
    let mut t = [0; 28];
    t[1] = u[0] ^ u[3];
    t[2] = u[0] ^ u[5];
    t[3] = u[0] ^ u[6];
    t[4] = u[3] ^ u[5];
    t[5] = u[4] ^ u[6];
    t[6] = t[1] ^ t[5];
    t[7] = u[1] ^ u[2];
    t[8] = u[7] ^ t[6];
    t[9] = u[7] ^ t[7];
    t[10] = t[6] ^ t[7];
    t[11] = u[1] ^ u[5];
    t[12] = u[2] ^ u[5];
    t[13] = t[3] ^ t[4];
    t[14] = t[6] ^ t[11];
    t[15] = t[5] ^ t[11];
    t[16] = t[5] ^ t[12];
    t[17] = t[9] ^ t[16];
    t[18] = u[3] ^ u[7];
    t[19] = t[7] ^ t[18];
    t[20] = t[1] ^ t[19];
    t[21] = u[6] ^ u[7];
    t[22] = t[7] ^ t[21];
    t[23] = t[2] ^ t[22];
    t[24] = t[2] ^ t[10];
    t[25] = t[20] ^ t[17];
    t[26] = t[3] ^ t[16];
    t[27] = t[1] ^ t[12];

    let m = invert(&t, u[7]);

    let mut l = [0; 30];
    let mut s = [0; 8];
    l[0] = m[61] ^ m[62];
    l[1] = m[50] ^ m[56];
    l[2] = m[46] ^ m[48];
    l[3] = m[47] ^ m[55];
    l[4] = m[54] ^ m[58];
    l[5] = m[49] ^ m[61];
    l[6] = m[62] ^ l[5];
    l[7] = m[46] ^ l[3];
    l[8] = m[51] ^ m[59];
    l[9] = m[52] ^ m[53];
    l[10] = m[53] ^ l[4];
    l[11] = m[60] ^ l[2];
    l[12] = m[48] ^ m[51];
    l[13] = m[50] ^ l[0];
    l[14] = m[52] ^ m[61];
    l[15] = m[55] ^ l[1];
    l[16] = m[56] ^ l[0];
    l[17] = m[57] ^ l[1];
    l[18] = m[58] ^ l[8];
    l[19] = m[63] ^ l[4];
    l[20] = l[0] ^ l[1];
    l[21] = l[1] ^ l[7];
    l[22] = l[3] ^ l[12];
    l[23] = l[18] ^ l[2];
    l[24] = l[15] ^ l[9];
    l[25] = l[6] ^ l[10];
    l[26] = l[7] ^ l[9];
    l[27] = l[8] ^ l[10];
    l[28] = l[11] ^ l[14];
    l[29] = l[11] ^ l[17];
    s[0] = l[6] ^ l[24];
    s[1] = !(l[16] ^ l[26]);
    s[2] = !(l[19] ^ l[28]);
    s[3] = l[6] ^ l[21];
    s[4] = l[20] ^ l[22];
    s[5] = l[25] ^ l[29];
    s[6] = !(l[13] ^ l[27]);
    s[7] = !(l[6] ^ l[23]);
    *state = reversed(&s);
}

/// InvSubBytes (FIPS-197 section 5.3.2).
#[inline(always)]
pub(in crate::backend) fn inv_sub_bytes(state: &mut Planes) {
    let u = reversed(state);
    let mut t = [0; 28];
    t[23] = u[0] ^ u[3];
    t[22] = !(u[1] ^ u[3]);
    t[2] = !(u[0] ^ u[1]);
    t[1] = u[3] ^ u[4];
    t[24] = !(u[4] ^ u[7]);
    let r5 = u[6] ^ u[7];
    t[8] = !(u[1] ^ t[23]);
    t[19] = t[22] ^ r5;
    t[9] = !(u[7] ^ t[1]);
    t[10] = t[2] ^ t[24];
    t[13] = t[2] ^ r5;
    t[3] = t[1] ^ r5;
    t[25] = !(u[2] ^ t[1]);
    let r13 = u[1] ^ u[6];
    t[17] = !(u[2] ^ t[19]);
    t[20] = t[24] ^ r13;
    t[4] = u[4] ^ t[8];
    let r17 = !(u[2] ^ u[5]);
    let r18 = !(u[5] ^ u[6]);
    let r19 = !(u[2] ^ u[4]);
    let y5 = u[0] ^ r17;
    t[6] = t[22] ^ r17;
    t[16] = r13 ^ r19;
    t[27] = t[1] ^ r18;
    t[15] = t[10] ^ t[27];
    t[14] = t[10] ^ r18;
    t[26] = t[3] ^ t[16];

    let m = invert(&t, y5);

    let mut p = [0; 30];
    let mut w = [0; 8];
    p[0] = m[52] ^ m[61];
    p[1] = m[58] ^ m[59];
    p[2] = m[54] ^ m[62];
    p[3] = m[47] ^ m[50];
    p[4] = m[48] ^ m[56];
    p[5] = m[46] ^ m[51];
    p[6] = m[49] ^ m[60];
    p[7] = p[0] ^ p[1];
    p[8] = m[50] ^ m[53];
    p[9] = m[55] ^ m[63];
    p[10] = m[57] ^ p[4];
    p[11] = p[0] ^ p[3];
    p[12] = m[46] ^ m[48];
    p[13] = m[49] ^ m[51];
    p[14] = m[49] ^ m[62];
    p[15] = m[54] ^ m[59];
    p[16] = m[57] ^ m[61];
    p[17] = m[58] ^ p[2];
    p[18] = m[63] ^ p[5];
    p[19] = p[2] ^ p[3];
    p[20] = p[4] ^ p[6];
    p[22] = p[2] ^ p[7];
    p[23] = p[7] ^ p[8];
    p[24] = p[5] ^ p[7];
    p[25] = p[6] ^ p[10];
    p[26] = p[9] ^ p[11];
    p[27] = p[10] ^ p[18];
    p[28] = p[11] ^ p[25];
    p[29] = p[15] ^ p[20];
    w[0] = p[13] ^ p[22];
    w[1] = p[26] ^ p[29];
    w[2] = p[17] ^ p[28];
    w[3] = p[12] ^ p[22];
    w[4] = p[23] ^ p[27];
    w[5] = p[19] ^ p[24];
    w[6] = p[14] ^ p[23];
    w[7] = p[9] ^ p[16];
    *state = reversed(&w);
}

/// The middle: from the 27 sums and `d` to the 18 products M46 to M63, whose sums are the bits of the inverse.
#[inline(always)]
fn invert(t: &[u64; 28], d: u64) -> [u64; 64] {
    let mut m = [0; 64];
    m[1] = t[13] & t[6];
    m[2] = t[23] & t[8];
    m[3] = t[14] ^ m[1];
    m[4] = t[19] & d;
    m[5] = m[4] ^ m[1];
    m[6] = t[3] & t[16];
    m[7] = t[22] & t[9];
    m[8] = t[26] ^ m[6];
    m[9] = t[20] & t[17];
    m[10] = m[9] ^ m[6];
    m[11] = t[1] & t[15];
    m[12] = t[4] & t[27];
    m[13] = m[12] ^ m[11];
    m[14] = t[2] & t[10];
    m[15] = m[14] ^ m[11];
    m[16] = m[3] ^ m[2];
    m[17] = m[5] ^ t[24];
    m[18] = m[8] ^ m[7];
    m[19] = m[10] ^ m[15];
    m[20] = m[16] ^ m[13];
    m[21] = m[17] ^ m[15];
    m[22] = m[18] ^ m[13];
    m[23] = m[19] ^ t[25];
    m[24] = m[22] ^ m[23];
    m[25] = m[22] & m[20];
    m[26] = m[21] ^ m[25];
    m[27] = m[20] ^ m[21];
    m[28] = m[23] ^ m[25];
    m[29] = m[28] & m[27];
    m[30] = m[26] & m[24];
    m[31] = m[20] & m[23];
    m[32] = m[27] & m[31];
    m[33] = m[27] ^ m[25];
    m[34] = m[21] & m[22];
    m[35] = m[24] & m[34];
    m[36] = m[24] ^ m[25];
    m[37] = m[21] ^ m[29];
    m[38] = m[32] ^ m[33];
    m[39] = m[23] ^ m[30];
    m[40] = m[35] ^ m[36];
    m[41] = m[38] ^ m[40];
    m[42] = m[37] ^ m[39];
    m[43] = m[37] ^ m[38];
    m[44] = m[39] ^ m[40];
    m[45] = m[42] ^ m[41];
    m[46] = m[44] & t[6];
    m[47] = m[40] & t[8];
    m[48] = m[39] & d;
    m[49] = m[43] & t[16];
    m[50] = m[38] & t[9];
    m[51] = m[37] & t[17];
    m[52] = m[42] & t[15];
    m[53] = m[45] & t[27];
    m[54] = m[41] & t[10];
    m[55] = m[44] & t[13];
    m[56] = m[40] & t[23];
    m[57] = m[39] & t[19];
    m[58] = m[43] & t[3];
    m[59] = m[38] & t[22];
    m[60] = m[37] & t[20];
    m[61] = m[42] & t[1];
    m[62] = m[45] & t[4];
    m[63] = m[41] & t[2];
    m
}

/// The planes from the highest to the lowest, or back.
#[inline(always)]
fn reversed(planes: &Planes) -> Planes {
    let [p0, p1, p2, p3, p4, p5, p6, p7] = *planes;
    [p7, p6, p5, p4, p3, p2, p1, p0]
}
