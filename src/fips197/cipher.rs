//! The cipher (FIPS-197 section 5.1).

use super::{
    KeySchedule, State,
    state::{add_round_key, mix_columns, shift_rows, sub_bytes},
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
    let (nr, w) = (w.rounds(), w.round_keys());
    let mut state = State::from_block(input);

    add_round_key(&mut state, &w[0]);

    for round in 1..nr {
        sub_bytes(&mut state);
        shift_rows(&mut state);
        mix_columns(&mut state);
        add_round_key(&mut state, &w[round]);
    }

    sub_bytes(&mut state);
    shift_rows(&mut state);
    add_round_key(&mut state, &w[nr]);

    state.to_block()
}
