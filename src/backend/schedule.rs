//! The expanded key, one type for every engine.

#[cfg(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64"))]
use core::arch::asm;
use core::mem::MaybeUninit;

use zeroize::optimization_barrier;

use super::Backend;
#[cfg(feature = "hazmat")]
use super::{Kind, Software};

/// A round key, 16 bytes.
///
/// What the words mean is the engine's own business: as a rule the bytes of the round key in order, little-endian.
pub(super) type RoundKey = [u64; 2];

/// The most round keys that a key has: one more than the 14 rounds of AES-256.
pub(super) const MAX_ROUND_KEYS: usize = 15;

/// How many of the equivalent inverse cipher there is room for: only these processors have engines that store such.
const INVERSE_ROUND_KEYS: usize =
    if cfg!(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64", target_arch = "wasm32")) {
        MAX_ROUND_KEYS
    } else {
        0
    };

/// The round keys of one key, in the form that its backend's engine wants; wiped when dropped.
///
/// Aligned where round keys are fetched in one piece, as one that lies across the border of two of the cache's lines takes
/// twice as long.
#[cfg_attr(
    any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64", target_arch = "wasm32"),
    repr(align(16))
)]
pub(crate) struct Schedule {
    /// For the cipher.
    pub(super) round_keys: [RoundKey; MAX_ROUND_KEYS],
    /// For the equivalent inverse cipher, in the order of use, if the engine stores such.
    pub(super) inverse_round_keys: [RoundKey; INVERSE_ROUND_KEYS],
    /// Pairs of rounds beyond ten, so that they are at most two however one looks at it: see [`RoundKeys`].
    pairs: u8,
    backend: Backend,
}

/// No key: for calls that bring their round keys along. Engines are made of a schedule, and nothing is encrypted with this one.
#[cfg(feature = "hazmat")]
pub(super) static NONE: Schedule = Schedule {
    round_keys: [[0; 2]; MAX_ROUND_KEYS],
    inverse_round_keys: [[0; 2]; INVERSE_ROUND_KEYS],
    pairs: 0,
    backend: Backend(Kind::Software(Software::Portable)),
};

impl Schedule {
    /// Expands a key whose length, 16, 24 or 32 bytes, has been checked.
    ///
    /// A function that fills a value in place and then returns it leaves the original on its stack, unless all that it does
    /// is to have it filled by another: then the compiler lets that one fill the caller's place. So does this one, and as a
    /// function of its own it lets those that wrap its result do the same. `tests/residue.rs` searches the stack.
    #[inline(never)]
    pub(crate) fn new(key: &[u8], backend: Backend) -> Self {
        let mut schedule = MaybeUninit::uninit();
        Self::fill(&mut schedule, key, backend);
        // SAFETY: it was written.
        unsafe { schedule.assume_init() }
    }

    #[inline(never)]
    fn fill(schedule: &mut MaybeUninit<Self>, key: &[u8], backend: Backend) {
        // Nr = Nk + 6 (FIPS-197 section 5, Figure 4): 10, 12 or 14.
        let pairs = (key.len() as u8 / 4 + 6 - 10) / 2;
        let (round_keys, inverse_round_keys) = Default::default();
        backend.expand(key, schedule.write(Schedule { round_keys, inverse_round_keys, pairs, backend }));
    }

    #[inline(always)]
    pub(crate) fn backend(&self) -> Backend {
        self.backend
    }

    /// The round keys of the cipher, from the first to the last.
    #[allow(dead_code, reason = "not every processor's engines have a use for it")]
    pub(super) fn round_keys(&self) -> &[RoundKey] {
        &self.round_keys[..self.len()]
    }

    pub(super) fn round_keys_mut(&mut self) -> &mut [RoundKey] {
        let len = self.len();
        &mut self.round_keys[..len]
    }

    /// Those of the equivalent inverse cipher, from the first that it adds to the last.
    #[cfg(test)]
    pub(super) fn inverse_round_keys(&self) -> &[RoundKey] {
        &self.inverse_round_keys[..self.len()]
    }

    fn len(&self) -> usize {
        11 + 2 * usize::from(self.pairs)
    }
}

impl Clone for Schedule {
    /// Straight into the result's place. (The derived form makes it out of parts, and the parts stay behind.)
    #[inline]
    fn clone(&self) -> Self {
        let Schedule { round_keys, inverse_round_keys, pairs, backend } = *self;
        Schedule { round_keys, inverse_round_keys, pairs, backend }
    }
}

impl Drop for Schedule {
    /// Plain stores, which the compiler may make as wide as it likes, and a barrier that makes it believe that somebody
    /// looks at them. Storing word by word takes several times as long.
    fn drop(&mut self) {
        self.round_keys = Default::default();
        self.inverse_round_keys = Default::default();
        optimization_barrier(self);
    }
}

/// Round keys as a cipher uses them: the first before the first round, the last in the last round, which is different, and
/// between them those of the nine rounds that every key has and of the others that longer ones have, two or four.
///
/// They are told apart without a branch or a way to fail: a call for one block doesn't take much longer than a few of these.
#[derive(Clone, Copy)]
pub(super) struct RoundKeys<'k> {
    pub(super) all: &'k [RoundKey; MAX_ROUND_KEYS],
    /// At most two.
    pub(super) pairs: usize,
}

impl<'k> RoundKeys<'k> {
    #[inline(always)]
    pub(super) fn of_cipher(schedule: &'k Schedule) -> Self {
        RoundKeys { all: &schedule.round_keys, pairs: usize::from(schedule.pairs.min(2)) }
    }

    #[inline(always)]
    #[allow(dead_code, reason = "not every processor's engines have a use for it")]
    pub(super) fn of_inverse_cipher(schedule: &'k Schedule) -> Self {
        let of_cipher = Self::of_cipher(schedule);
        // All of them, or nobody calls this.
        RoundKeys { all: schedule.inverse_round_keys.first_chunk().unwrap_or(of_cipher.all), ..of_cipher }
    }

    /// The same, but the compiler doesn't know that, where it can be kept from knowing. So in a loop over blocks it reads them
    /// where they are used. If it knew that they are the same each time, it would read them all beforehand, and having no
    /// room for so many it would put copies on the stack: a message of a few blocks would pay for that, and the copies would
    /// stay behind.
    #[inline(always)]
    #[allow(dead_code, reason = "not every processor's engines have a use for it")]
    pub(super) fn unknown(self) -> Self {
        RoundKeys { all: unknown(self.all), ..self }
    }

    #[inline(always)]
    pub(super) fn first(self) -> &'k RoundKey {
        &self.all[0]
    }

    /// The nine and the others.
    #[inline(always)]
    pub(super) fn middle(self) -> &'k [RoundKey] {
        &self.all[1..10 + 2 * self.pairs]
    }

    #[inline(always)]
    pub(super) fn last(self) -> &'k RoundKey {
        &self.all[10..][2 * self.pairs]
    }
}

/// What was given, past the compiler.
#[cfg(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
pub(super) fn unknown<T>(reference: &T) -> &T {
    let mut pointer: *const T = reference;
    // SAFETY: no instruction, so the pointer is what it was.
    #[expect(clippy::pointers_in_nomem_asm_block, reason = "nothing is read through it there")]
    unsafe {
        asm!("/* {0} */", inout(reg) pointer, options(nomem, nostack, preserves_flags))
    }
    // SAFETY: it was made of a reference that lives as long as the new one.
    unsafe { &*pointer }
}

/// There is no inline assembly here, or no engine that needs it.
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(always)]
pub(super) fn unknown<T>(reference: &T) -> &T {
    reference
}
