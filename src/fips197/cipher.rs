//! The cipher (FIPS-197 section 5.1).

use super::{
    KeySchedule,
    trace::{Step, Walk},
};
use crate::Block;

/// Cipher (section 5.1, Figure 5): encrypts one block of 16 bytes under the key schedule `w`.
///
/// A round key is added before the first round, so that the first steps aren't done on a state everybody knows. The last
/// round has no MixColumns: nothing non-linear would follow it, so anybody could undo it (and change the last round key to
/// match), and without it the inverse cipher can have the same shape.
///
/// ```
/// use roundkey::fips197::{cipher, key_expansion};
///
/// // Appendix C.1: key 000102..0f, plaintext 001122..ff
/// let w = key_expansion(&core::array::from_fn::<u8, 16, _>(|i| i as u8))?;
/// let ciphertext = cipher(&core::array::from_fn(|i| 0x11 * i as u8), &w);
/// assert_eq!(ciphertext[..4], [0x69, 0xc4, 0xe0, 0xd8]);
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
#[must_use]
pub fn cipher(input: &Block, w: &KeySchedule) -> Block {
    trace_cipher(input, w, |_| {})
}

/// [`cipher`](fn@cipher), and the observer is told every step on the way: 1 + 4(Nr − 1) + 3 of them.
///
/// ```
/// use roundkey::fips197::{cipher::trace_cipher, key_expansion};
///
/// // Appendix B, and the beginning of its figure
/// let w = key_expansion(&[
///     0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
/// ])?;
/// let input = [0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d, 0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34];
/// let mut steps = Vec::new();
/// trace_cipher(&input, &w, |step| steps.push(step));
/// assert_eq!(steps.len(), 40);
/// let [add_round_key, sub_bytes, ..] = steps[..] else { unreachable!() };
/// assert_eq!(add_round_key.round, 0);
/// assert_eq!(add_round_key.after.row(0), [0x19, 0xa0, 0x9a, 0xe9]);
/// assert_eq!(sub_bytes.transformation.to_string(), "SubBytes");
/// assert_eq!(sub_bytes.after.row(0), [0xd4, 0xe0, 0xb8, 0x1e]);
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
pub fn trace_cipher<'w>(input: &Block, w: &'w KeySchedule, observer: impl FnMut(Step<'w>)) -> Block {
    let (nr, w) = (w.rounds(), w.round_keys());
    let mut state = Walk::new(input, observer);

    state.add_round_key(&w[0]);

    for round in 1..nr {
        state.begin(round);
        state.sub_bytes();
        state.shift_rows();
        state.mix_columns();
        state.add_round_key(&w[round]);
    }

    state.begin(nr);
    state.sub_bytes();
    state.shift_rows();
    state.add_round_key(&w[nr]);

    state.to_block()
}
