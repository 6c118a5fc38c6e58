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

use super::word::Word;

/// InvSubBytes (FIPS-197 section 5.3.2).
#[inline(always)]
pub(super) fn inv_sub_bytes<W: Word>(state: &mut [W; 8]) {
    let u = reversed(state);
    let mut t = [W::default(); 28];
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

    let mut p = [W::default(); 30];
    let mut w = [W::default(); 8];
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
fn invert<W: Word>(t: &[W; 28], d: W) -> [W; 64] {
    let mut m = [W::default(); 64];
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
fn reversed<W: Word>(planes: &[W; 8]) -> [W; 8] {
    let [p0, p1, p2, p3, p4, p5, p6, p7] = *planes;
    [p7, p6, p5, p4, p3, p2, p1, p0]
}

/// SubBytes
#[inline(always)]
pub(super) fn sub_bytes<W: Word>(state: &mut [W; 8]) {
    let [x0,x1,x2,x3,x4,x5,x6,x7] = reversed(state);
    let y14 = x3 ^ x5;
    let y13 = x0 ^ x6;
    let y9 = x0 ^ x3;
    let y8 = x0 ^ x5;
    let t0 = x1 ^ x2;
    let y1 = t0 ^ x7;
    let y4 = y1 ^ x3;
    let y12 = y13 ^ y14;
    let y2 = y1 ^ x0;
    let y5 = y1 ^ x6;
    let y3 = y5 ^ y8;
    let t1 = x4 ^ y12;
    let y15 = t1 ^ x5;
    let y20 = t1 ^ x1;
    let y6 = y15 ^ x7;
    let y10 = y15 ^ t0;
    let y11 = y20 ^ y9;
    let y7 = x7 ^ y11;
    let y17 = y10 ^ y11;
    let y19 = y10 ^ y8;
    let y16 = t0 ^ y11;
    let y21 = y13 ^ y16;
    let y18 = x0 ^ y16;
    let t2 = y12 & y15;
    let t3 = y3 & y6;
    let t4 = t3 ^ t2;
    let t5 = y4 & x7;
    let t6 = t5 ^ t2;
    let t7 = y13 & y16;
    let t8 = y5 & y1;
    let t9 = t8 ^ t7;
    let t10 = y2 & y7;
    let t11 = t10 ^ t7;
    let t12 = y9 & y11;
    let t13 = y14 & y17;
    let t14 = t13 ^ t12;
    let t15 = y8 & y10;
    let t16 = t15 ^ t12;
    let t17 = t4 ^ t14;
    let t18 = t6 ^ t16;
    let t19 = t9 ^ t14;
    let t20 = t11 ^ t16;
    let t21 = t17 ^ y20;
    let t22 = t18 ^ y19;
    let t23 = t19 ^ y21;
    let t24 = t20 ^ y18;
    let t25 = t21 ^ t22;
    let t26 = t21 & t23;
    let t27 = t24 ^ t26;
    let t28 = t25 & t27;
    let t29 = t28 ^ t22;
    let t30 = t23 ^ t24;
    let t31 = t22 ^ t26;
    let t32 = t31 & t30;
    let t33 = t32 ^ t24;
    let t34 = t23 ^ t33;
    let t35 = t27 ^ t33;
    let t36 = t24 & t35;
    let t37 = t36 ^ t34;
    let t38 = t27 ^ t36;
    let t39 = t29 & t38;
    let t40 = t25 ^ t39;
    let t41 = t40 ^ t37;
    let t42 = t29 ^ t33;
    let t43 = t29 ^ t40;
    let t44 = t33 ^ t37;
    let t45 = t42 ^ t41;
    let z0 = t44 & y15;
    let z1 = t37 & y6;
    let z2 = t33 & x7;
    let z3 = t43 & y16;
    let z4 = t40 & y1;
    let z5 = t29 & y7;
    let z6 = t42 & y11;
    let z7 = t45 & y17;
    let z8 = t41 & y10;
    let z9 = t44 & y12;
    let z10 = t37 & y3;
    let z11 = t33 & y4;
    let z12 = t43 & y13;
    let z13 = t40 & y5;
    let z14 = t29 & y2;
    let z15 = t42 & y9;
    let z16 = t45 & y14;
    let z17 = t41 & y8;
    let t46 = z15 ^ z16;
    let t47 = z10 ^ z11;
    let t48 = z5 ^ z13;
    let t49 = z9 ^ z10;
    let t50 = z2 ^ z12;
    let t51 = z2 ^ z5;
    let t52 = z7 ^ z8;
    let t53 = z0 ^ z3;
    let t54 = z6 ^ z7;
    let t55 = z16 ^ z17;
    let t56 = z12 ^ t48;
    let t57 = t50 ^ t53;
    let t58 = z4 ^ t46;
    let t59 = z3 ^ t54;
    let t60 = t46 ^ t57;
    let t61 = z14 ^ t57;
    let t62 = t52 ^ t58;
    let t63 = t49 ^ t58;
    let t64 = z4 ^ t59;
    let t65 = t61 ^ t62;
    let t66 = z1 ^ t63;
    let s0 = t59 ^ t63;
    let s6 = t56 ^ !t62;
    let s7 = t48 ^ !t60;
    let t67 = t64 ^ t65;
    let s3 = t53 ^ t66;
    let s4 = t51 ^ t66;
    let s5 = t47 ^ t65;
    let s1 = t64 ^ !s3;
    let s2 = t55 ^ !t67;
    *state = reversed(&[s0,s1,s2,s3,s4,s5,s6,s7]);
}
