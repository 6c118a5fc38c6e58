//! `reference`: [`fips197`] as an engine. Slow, table-driven, not constant-time; never chosen by itself.

#[cfg(feature = "hazmat")]
use super::Part;
use super::{Engine, Job, Schedule, columns::Row, schedule::RoundKey};
#[cfg(feature = "hazmat")]
use crate::fips197::{
    State,
    state::{inv_mix_columns, inv_shift_rows, inv_sub_bytes, mix_columns, shift_rows, sub_bytes},
};
use crate::{
    Block,
    fips197::{self, KeySchedule, Word},
};

/// The standard's KeyExpansion; the schedule takes its round keys as little-endian words.
pub(super) fn expand(key: &[u8], schedule: &mut Schedule) {
    let Ok(w) = fips197::key_expansion(key) else { unreachable!("the key's length was checked") };
    for (to, from) in schedule.round_keys_mut().iter_mut().zip(w.round_keys()) {
        let (halves, _) = from.as_flattened().as_chunks();
        for (to, from) in to.iter_mut().zip(halves) {
            *to = u64::from_le_bytes(*from);
        }
    }
}

pub(super) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    job.run(Reference { w: &key_schedule(schedule) })
}

/// The standard's key schedule back again.
pub(super) fn key_schedule(schedule: &Schedule) -> KeySchedule {
    KeySchedule::from_round_keys(schedule.round_keys().iter().map(words))
}

/// A round key as the standard's four words.
fn words(round_key: &RoundKey) -> [Word; 4] {
    let mut words = [[0; 4]; 4];
    for (to, from) in words.as_chunks_mut::<2>().0.iter_mut().zip(round_key) {
        to.as_flattened_mut().copy_from_slice(&from.to_le_bytes());
    }
    words
}

#[derive(Clone, Copy)]
pub(super) struct Reference<'k> {
    pub(super) w: &'k KeySchedule,
}

impl Engine for Reference<'_> {
    type Reg = Block;
    const LANES: usize = 1;

    type Narrow = Self;
    fn narrow(self) -> Self {
        self
    }

    fn load(self, from: &[Block]) -> Block {
        from[0]
    }

    fn store(self, reg: Block, to: &mut [Block]) {
        to[0] = reg;
    }

    fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> Block {
        *block(0)
    }

    fn scatter(self, reg: Block, to: &mut Row<'_>, first: usize) {
        *to.block_mut(first) = reg;
    }

    fn xor(self, a: Block, b: Block) -> Block {
        core::array::from_fn(|i| a[i] ^ b[i])
    }

    fn encrypt<const N: usize>(self, regs: [Block; N]) -> [Block; N] {
        regs.map(|block| fips197::cipher(&block, self.w))
    }

    fn decrypt<const N: usize>(self, regs: [Block; N]) -> [Block; N] {
        regs.map(|block| fips197::inv_cipher(&block, self.w))
    }

    #[cfg(feature = "hazmat")]
    fn part(self, part: Part, state: Block, round_key: Block) -> Block {
        self.xor(self::part(part, &state), round_key)
    }
}

/// A part of the cipher in the standard's own steps.
#[cfg(feature = "hazmat")]
pub(super) fn part(part: Part, block: &Block) -> Block {
    let steps: &[fn(&mut State)] = match part {
        Part::CipherRound => &[sub_bytes, shift_rows, mix_columns],
        Part::CipherLastRound => &[sub_bytes, shift_rows],
        Part::EqInvCipherRound => &[inv_sub_bytes, inv_shift_rows, inv_mix_columns],
        Part::EqInvCipherLastRound => &[inv_sub_bytes, inv_shift_rows],
        Part::MixColumns => &[mix_columns],
        Part::InvMixColumns => &[inv_mix_columns],
    };
    let mut state = State::from_block(block);
    for step in steps {
        step(&mut state);
    }
    state.to_block()
}
