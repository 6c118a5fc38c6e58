//! The inverse cipher, in both its forms (FIPS-197 section 5.3).

use zeroize::ZeroizeOnDrop;

use super::{
    KeySchedule,
    state::inv_mix_column,
    trace::{Step, Walk},
};
use crate::Block;

/// InvCipher (section 5.3, Figure 12): decrypts one block of 16 bytes under the key schedule `w`.
///
/// It is [`cipher`](fn@super::cipher) read backwards: the steps undone, the last first. What was a round of SubBytes,
/// ShiftRows, MixColumns, AddRoundKey becomes AddRoundKey, InvMixColumns, InvShiftRows, InvSubBytes, and the standard
/// draws the line between rounds two steps further on, so that the loop starts with InvShiftRows.
///
/// ```
/// use roundkey::fips197::{cipher, inv_cipher, key_expansion};
///
/// let w = key_expansion(b"a key of twenty-four bye")?;
/// assert_eq!(inv_cipher(&cipher(b"sixteen bytes ..", &w), &w), *b"sixteen bytes ..");
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
#[must_use]
pub fn inv_cipher(input: &Block, w: &KeySchedule) -> Block {
    trace_inv_cipher(input, w, |_| {})
}

/// [`inv_cipher`], and the observer is told every step on the way. Its rounds are counted as they are done, which is backwards
/// through the round keys: round 1 adds the last but one.
///
/// ```
/// use roundkey::fips197::{inverse_cipher::trace_inv_cipher, key_expansion, trace::Transformation};
///
/// let w = key_expansion(&[7; 16])?;
/// let mut last = None;
/// trace_inv_cipher(&[1; 16], &w, |step| last = Some(step));
/// let last = last.unwrap();
/// assert_eq!((last.round, last.transformation), (10, Transformation::AddRoundKey));
/// assert_eq!(last.round_key, Some(&w.round_keys()[0]));
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
pub fn trace_inv_cipher<'w>(input: &Block, w: &'w KeySchedule, observer: impl FnMut(Step<'w>)) -> Block {
    let (nr, w) = (w.rounds(), w.round_keys());
    let mut state = Walk::new(input, observer);

    state.add_round_key(&w[nr]);

    for round in (1..nr).rev() {
        state.begin(nr - round);
        state.inv_shift_rows();
        state.inv_sub_bytes();
        state.add_round_key(&w[round]);
        state.inv_mix_columns();
    }

    state.begin(nr);
    state.inv_shift_rows();
    state.inv_sub_bytes();
    state.add_round_key(&w[0]);

    state.to_block()
}

/// The key schedule of the equivalent inverse cipher, `dw` in the standard (section 5.3.5, end of Figure 15).
///
/// It is a type of its own because [`eq_inv_cipher`] under a plain schedule, or [`inv_cipher`] under this one, would
/// give nonsense without a word. It is wiped when dropped.
///
/// ```
/// use roundkey::fips197::{EqInvKeySchedule, cipher, eq_inv_cipher, key_expansion};
///
/// let w = key_expansion(&[7; 32])?;
/// let dw = EqInvKeySchedule::new(&w);
/// assert_eq!(eq_inv_cipher(&cipher(&[1; 16], &w), &dw), [1; 16]);
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
#[derive(Clone, Debug)]
pub struct EqInvKeySchedule(KeySchedule);

impl EqInvKeySchedule {
    /// Applies InvMixColumns to every round key but the first and the last.
    ///
    /// The equivalent inverse cipher has InvMixColumns before AddRoundKey rather than after it. As InvMixColumns is
    /// linear, InvMixColumns(state + key) is InvMixColumns(state) + InvMixColumns(key), and the latter can be had in
    /// advance. The first and the last round key never met an InvMixColumns.
    #[must_use]
    pub fn new(w: &KeySchedule) -> Self {
        EqInvKeySchedule(w.map_middle(inv_mix_column))
    }

    /// The round keys `dw`, in the order of the plain ones; 16 bytes each.
    #[must_use]
    pub fn as_key_schedule(&self) -> &KeySchedule {
        &self.0
    }
}

// What it holds is wiped.
impl ZeroizeOnDrop for EqInvKeySchedule {}

/// EqInvCipher (section 5.3.5, Figure 15): decrypts one block of 16 bytes in the order of steps of the cipher.
///
/// InvSubBytes and InvShiftRows may change places, as one acts on single bytes and the other only moves bytes; so may
/// AddRoundKey and InvMixColumns, if the round keys are changed too. Then every round reads like one of
/// [`cipher`](fn@super::cipher) with each step replaced by its inverse. Processors' instructions do decryption this way.
#[must_use]
pub fn eq_inv_cipher(input: &Block, dw: &EqInvKeySchedule) -> Block {
    trace_eq_inv_cipher(input, dw, |_| {})
}

/// [`eq_inv_cipher`], and the observer is told every step on the way; the rounds are counted as in [`trace_inv_cipher`].
///
/// ```
/// use roundkey::fips197::{EqInvKeySchedule, inverse_cipher::trace_eq_inv_cipher, key_expansion};
///
/// let dw = EqInvKeySchedule::new(&key_expansion(&[7; 16])?);
/// let mut first_round = Vec::new();
/// trace_eq_inv_cipher(&[1; 16], &dw, |step| {
///     if step.round == 1 {
///         first_round.push(step.transformation.to_string());
///     }
/// });
/// // In the order of the cipher, each step replaced by its inverse.
/// assert_eq!(first_round, ["InvSubBytes", "InvShiftRows", "InvMixColumns", "AddRoundKey"]);
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
pub fn trace_eq_inv_cipher<'w>(input: &Block, dw: &'w EqInvKeySchedule, observer: impl FnMut(Step<'w>)) -> Block {
    let (nr, dw) = (dw.0.rounds(), dw.0.round_keys());
    let mut state = Walk::new(input, observer);

    state.add_round_key(&dw[nr]);

    for round in (1..nr).rev() {
        state.begin(nr - round);
        state.inv_sub_bytes();
        state.inv_shift_rows();
        state.inv_mix_columns();
        state.add_round_key(&dw[round]);
    }

    state.begin(nr);
    state.inv_sub_bytes();
    state.inv_shift_rows();
    state.add_round_key(&dw[0]);

    state.to_block()
}
