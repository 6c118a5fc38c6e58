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
    let mut words = Zeroizing::new([0; 60]);
    let w = &mut words[..4 * round_keys.len()];
    let (key, _) = key.as_chunks();
    for (to, from) in w.iter_mut().zip(key) {
        *to = u32::from_le_bytes(*from);
    }

    let mut rcon = 0x01_u8;
    for i in nk..w.len() {
        let mut temp = w[i - 1];
        if i % nk == 0 {
            temp = sub_word(temp.rotate_right(8)) ^ u32::from(rcon);
            rcon = (rcon << 1) ^ (0x1b * (rcon >> 7));
        } else if nk > 6 && i % nk == 4 {
            temp = sub_word(temp);
        }
        w[i] = w[i - nk] ^ temp;
    }

    let (w, _) = w.as_chunks();
    for (to, &[w0, w1, w2, w3]) in round_keys.iter_mut().zip(w) {
        *to = [u64::from(w0) | u64::from(w1) << 32, u64::from(w2) | u64::from(w3) << 32];
    }
}
