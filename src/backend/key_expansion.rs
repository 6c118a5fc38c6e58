//! KeyExpansion (FIPS-197 section 5.2) over any engine's SubWord, without a branch on the key.

use zeroize::Zeroizing;

use super::schedule::RoundKey;

/// The round keys of a key of 16, 24 or 32 bytes, their bytes in order, as little-endian words.
///
/// `round_keys` has room for all of them: 11, 13 or 15. Words here are little-endian too, byte 0 of the standard's word
/// lowest, so RotWord is a rotation to the right.
#[inline(always)]
pub(super) fn expand(key: &[u8], round_keys: &mut [RoundKey], sub_word: impl Fn(u32) -> u32) {
    let nk = key.len() / 4;
    let (key, _) = key.as_chunks();
    // The last Nk words, of which there are at most eight: w[i] comes to place i mod Nk, where w[i - Nk] was.
    let mut last = Zeroizing::new([0; 8]);
    let (mut place, mut temp, mut rcon) = (0, 0_u32, 0x01_u8);
    for (i, to) in round_keys.as_flattened_mut().iter_mut().enumerate() {
        *to = 0;
        for half in 0..2 {
            if let Some(word) = key.get(2 * i + half) {
                temp = u32::from_le_bytes(*word);
            } else {
                if place == 0 {
                    temp = sub_word(temp.rotate_right(8)) ^ u32::from(rcon);
                    rcon = (rcon << 1) ^ (0x1b * (rcon >> 7));
                } else if nk > 6 && place == 4 {
                    temp = sub_word(temp);
                }
                temp ^= last[place % 8];
            }
            last[place % 8] = temp;
            place = if place + 1 == nk { 0 } else { place + 1 };
            *to |= u64::from(temp) << (32 * half);
        }
    }
}
