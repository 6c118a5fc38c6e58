//! KeyExpansion: from one key to a key for every round (FIPS-197 section 5.2).

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Word, gf256::xtime, sbox::SBOX, trace::Expansion};
use crate::error::InvalidKeyLength;

/// The largest number of rounds, that of a key of 32 bytes (Figure 4).
const MAX_ROUNDS: usize = 14;

/// The key schedule: Nr + 1 round keys of four words each, made by [`key_expansion`] (section 5.2).
///
/// The standard calls its words `w[0]` to `w[4(Nr + 1) − 1]`. It is wiped when dropped.
///
/// ```
/// use roundkey::fips197::key_expansion;
///
/// let w = key_expansion(&[0; 24])?;
/// assert_eq!(w.rounds(), 12);
/// assert_eq!(w.words().len(), 52);
/// assert_eq!(w.round_keys()[0], [[0; 4]; 4]); // the key's own first four words
/// assert_eq!(w.words()[6], [0x62, 0x63, 0x63, 0x63]); // the first new one
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
#[derive(Clone)]
pub struct KeySchedule {
    round_keys: [[Word; 4]; MAX_ROUNDS + 1],
    rounds: usize,
}

impl KeySchedule {
    /// The number of rounds, Nr: 10, 12 or 14 (Figure 4).
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.rounds
    }

    /// The round keys, Nr + 1 of them, 16 bytes each: the first is added before the first round, the last one ends the
    /// last.
    #[must_use]
    pub fn round_keys(&self) -> &[[Word; 4]] {
        &self.round_keys[..=self.rounds]
    }

    /// The words `w[i]` in one row, 4 × (Nr + 1) of them: 44, 52 or 60.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        self.round_keys().as_flattened()
    }

    /// A schedule out of round keys that another backend's key expansion made; `round_keys` are 11, 13 or 15.
    pub(crate) fn from_round_keys(round_keys: impl ExactSizeIterator<Item = [Word; 4]>) -> Self {
        let mut schedule = KeySchedule { round_keys: Default::default(), rounds: round_keys.len() - 1 };
        for (to, from) in schedule.round_keys.iter_mut().zip(round_keys) {
            *to = from;
        }
        schedule
    }

    /// The same number of rounds with every round key but the first and the last changed by `change`.
    pub(super) fn map_middle(&self, change: impl Fn(Word) -> Word) -> Self {
        let mut changed = self.clone();
        for word in changed.round_keys[1..self.rounds].as_flattened_mut() {
            *word = change(*word);
        }
        changed
    }
}

impl Drop for KeySchedule {
    fn drop(&mut self) {
        self.round_keys.zeroize();
    }
}

impl ZeroizeOnDrop for KeySchedule {}

impl core::fmt::Debug for KeySchedule {
    /// Shows the number of rounds and no key.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("KeySchedule").field("rounds", &self.rounds).finish_non_exhaustive()
    }
}

/// RotWord (section 5.2): `[a₀, a₁, a₂, a₃]` becomes `[a₁, a₂, a₃, a₀]`.
///
/// It keeps the four rows of the key from living apart: without it, byte r of every word would depend only on the bytes
/// r of the words before.
#[must_use]
pub fn rot_word([a0, a1, a2, a3]: Word) -> Word {
    [a1, a2, a3, a0]
}

/// SubWord (section 5.2): each byte of the word goes through the [S-box](SBOX).
///
/// It makes the schedule non-linear: otherwise each round key would be a plain sum of bytes of the key, and the difference
/// between two keys would tell the difference between all their round keys.
#[must_use]
pub fn sub_word(word: Word) -> Word {
    word.map(|byte| SBOX[usize::from(byte)])
}

/// Rcon (section 5.2): the round constants `[xⁱ⁻¹, {00}, {00}, {00}]`, for i counted from 1, without end.
///
/// A different number in every round breaks the symmetry between rounds, which would all be alike otherwise, and that
/// between the bytes of a word: without it, a key whose words are four equal bytes each would make only such words. x⁰ to x⁷ are single bits; x⁸ and x⁹ have been reduced, to {1b} and {36}.
///
/// ```
/// use roundkey::fips197::key_expansion::rcon;
/// assert_eq!(rcon().nth(0), Some([0x01, 0, 0, 0])); // Rcon[1]
/// assert_eq!(rcon().nth(8), Some([0x1b, 0, 0, 0])); // Rcon[9]
/// ```
pub fn rcon() -> impl Iterator<Item = Word> {
    core::iter::successors(Some(0x01), |power| Some(xtime(*power))).map(|power| [power, 0, 0, 0])
}

/// KeyExpansion (section 5.2, Figure 11): the key schedule of a key of Nk = 4, 6 or 8 words (16, 24 or 32 bytes).
///
/// The first Nk words are the key. Each word after them is the word Nk places before it, plus the word just before it;
/// and every Nk words the latter is first rotated, substituted and given a round constant. A key of eight words has a
/// second substitution half-way, as eight words without one would be too long a linear stretch.
///
/// # Errors
///
/// [`InvalidKeyLength`] if `key` isn't 16, 24 or 32 bytes long.
///
/// ```
/// use roundkey::fips197::key_expansion;
/// use roundkey::Block;
///
/// // Appendix A.1
/// let key: Block = [0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c];
/// let w = key_expansion(&key)?;
/// assert_eq!(w.words()[4], [0xa0, 0xfa, 0xfe, 0x17]);
/// assert_eq!(w.words()[43], [0xb6, 0x63, 0x0c, 0xa6]);
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
pub fn key_expansion(key: &[u8]) -> Result<KeySchedule, InvalidKeyLength> {
    trace_key_expansion(key, |_| {})
}

/// [`key_expansion`], and the observer is told every word, from `w[Nk]` on, with all that it was made of: the lines of the
/// tables in Appendix A.
///
/// # Errors
///
/// [`InvalidKeyLength`] if `key` isn't 16, 24 or 32 bytes long.
///
/// ```
/// use roundkey::fips197::key_expansion::trace_key_expansion;
///
/// let mut with_rcon = Vec::new();
/// trace_key_expansion(&[0; 24], |word| with_rcon.extend(word.rcon.map(|_| word.i)))?;
/// assert_eq!(with_rcon, [6, 12, 18, 24, 30, 36, 42, 48]);
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
pub fn trace_key_expansion(key: &[u8], mut observer: impl FnMut(Expansion)) -> Result<KeySchedule, InvalidKeyLength> {
    InvalidKeyLength::check(key, &[16, 24, 32])?;
    let nk = key.len() / 4;
    let rounds = nk + 6;
    let mut schedule = KeySchedule { round_keys: Default::default(), rounds };
    let w = &mut schedule.round_keys.as_flattened_mut()[..4 * (rounds + 1)];
    let mut rcon = rcon();

    w.as_flattened_mut()[..key.len()].copy_from_slice(key);
    for i in nk..w.len() {
        let mut word = Expansion::new(i, w[i - 1], w[i - nk]);
        let mut temp = w[i - 1];
        if i % nk == 0 {
            temp = *word.after_rot_word.insert(rot_word(temp));
            temp = *word.after_sub_word.insert(sub_word(temp));
            let rcon = *word.rcon.insert(rcon.next().unwrap_or_default());
            temp = *word.after_rcon.insert(add_words(temp, rcon));
        } else if nk > 6 && i % nk == 4 {
            temp = *word.after_sub_word.insert(sub_word(temp));
        }
        w[i] = add_words(w[i - nk], temp);
        word.w_i = w[i];
        observer(word);
    }
    Ok(schedule)
}

/// The sum of two words: byte by byte, the exclusive or (section 2.2, ⊕).
fn add_words(a: Word, b: Word) -> Word {
    core::array::from_fn(|i| a[i] ^ b[i])
}
