//! Backends: which engines there are, which of them this machine can run, and which one a key uses.
//!
//! This is the only place that knows which machine it is on. See [`engine`] for the way of the data.

// The one place in the crate where `unsafe` is allowed. Its one rule: an engine was constructed, so its instructions exist.
#![allow(unsafe_code)]

use core::fmt;

#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod aarch64;
mod columns;
mod engine;
#[cfg_attr(
    not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")),
    allow(dead_code, reason = "not every processor has AES instructions")
)]
mod hardware;
mod key_expansion;
mod ladder;
mod portable;
#[cfg(feature = "reference")]
mod reference;
mod schedule;
#[cfg(test)]
mod tests;
#[cfg_attr(
    not(any(target_arch = "x86", target_arch = "x86_64")),
    allow(dead_code, reason = "not every processor has a use for it")
)]
mod vperm;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86;

pub(crate) use columns::{Columns, Room, Rows};
#[cfg(feature = "hazmat")]
pub(crate) use engine::Part;
pub(crate) use engine::{Engine, Job, Links};
pub(crate) use ladder::{Ladder, LastRung, Single, Step, load, same_rungs, store};
pub(crate) use schedule::Schedule;

/// Whether small code and little memory count for more than speed: where there is no operating system.
pub(crate) const SMALL: bool = cfg!(target_os = "none");

/// One of the implementations of AES in this crate, which this machine can run.
///
/// A `Backend` exists only for what was detected, so whoever holds one may use it: there is no way to name a processor's
/// instructions and then find them missing. All backends give the same bytes; they differ in speed, and `reference` in
/// that it is not constant-time.
///
/// | name | what it is | constant-time | needs |
/// |---|---|---|---|
/// | `vaes512` | the AES instructions on registers of four blocks | yes | x86 or x86-64 with VAES and AVX-512, see below |
/// | `vaes256` | the AES instructions on registers of two blocks | yes | x86 or x86-64 with VAES and AVX2, see below |
/// | `aesni` | the AES instructions, eight blocks in flight | yes | x86 or x86-64 with AES-NI, see below |
/// | `armv8` | the AES instructions, eight blocks in flight | yes | 64-bit ARM with AES, little-endian, see below |
/// | `vperm-ssse3` | look-ups within a register, four blocks in flight | yes | x86 or x86-64 with SSSE3, see below |
/// | `vperm-neon` | the same | yes | 64-bit ARM, little-endian |
/// | `vperm-wasm` | the same | yes | WebAssembly with the feature `simd128` |
/// | `portable` | bitsliced, 32 blocks at once, or 64; without an operating system two or four, in little memory | yes | nothing |
/// | `reference` | [`fips197`](crate::fips197), table by table | **no** | the feature `reference` |
///
/// On x86 without an operating system (`target_os` none or uefi, SGX), and on ARM without the feature `std`, the processor isn't
/// asked: there they are used if the program is compiled for it, as with `-C target-feature=+ssse3,+aes`, or `+aes` on ARM.
///
/// ```
/// use roundkey::{Aes256, Backend};
///
/// // What `Aes256::new` uses:
/// println!("{} of {:?}", Backend::detect(), Backend::available().collect::<Vec<_>>());
///
/// // Another one, by name:
/// let portable = Backend::available().find(|backend| backend.name() == "portable").unwrap();
/// let key = Aes256::with_backend(&[7; 32], portable);
/// assert_eq!(key.backend().name(), "portable");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Backend(Kind);

/// What a [`Backend`] is. Only [`Backend::available`] makes one, after detection.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Vaes512,
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Vaes256,
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Aesni,
    #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
    Armv8,
    Software(Software),
}

/// A backend that does without AES instructions.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Software {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    VpermSsse3,
    #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
    VpermNeon,
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    VpermWasm,
    Portable,
    #[cfg(feature = "reference")]
    Reference,
    /// For tests only: see there.
    #[cfg(all(test, feature = "reference"))]
    Wide,
    #[cfg(all(test, feature = "reference"))]
    Single,
    #[cfg(all(test, feature = "reference"))]
    Sliced,
}

impl Backend {
    /// The fastest constant-time backend of this machine: the one that keys use if nothing else is said.
    ///
    /// The processor is asked once; from then on this costs an atomic load.
    #[must_use]
    pub fn detect() -> Self {
        // The first one, as `portable` is always there and `reference` always behind it.
        Self::available().next().unwrap_or(Backend(Kind::Software(Software::Portable)))
    }

    /// All backends that this machine can run, the fastest first; `reference`, where compiled in, is the last.
    pub fn available() -> impl Iterator<Item = Backend> {
        [
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            x86::detect::vaes512().then_some(Kind::Vaes512),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            x86::detect::vaes256().then_some(Kind::Vaes256),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            x86::detect::aesni().then_some(Kind::Aesni),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            aarch64::is_detected().then_some(Kind::Armv8),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            x86::detect::ssse3().then_some(Kind::Software(Software::VpermSsse3)),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            Some(Kind::Software(Software::VpermNeon)),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Some(Kind::Software(Software::VpermWasm)),
            Some(Kind::Software(Software::Portable)),
            #[cfg(feature = "reference")]
            Some(Kind::Software(Software::Reference)),
        ]
        .into_iter()
        .flatten()
        .map(Backend)
    }

    /// The backend's name, for people and logs: see the table above.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Kind::Vaes512 => "vaes512",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Kind::Vaes256 => "vaes256",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Kind::Aesni => "aesni",
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            Kind::Armv8 => "armv8",
            Kind::Software(software) => software.name(),
        }
    }

    /// Blocks that take about as long as waking up a thread or two: those of 1 MiB with AES instructions, which do them in 50
    /// to 150 µs, and of 64 KiB in software.
    #[cfg(feature = "rayon")]
    pub(crate) fn long_work(self) -> usize {
        match self.0 {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Kind::Vaes512 | Kind::Vaes256 | Kind::Aesni => 1 << 16,
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            Kind::Armv8 => 1 << 16,
            Kind::Software(_) => 1 << 12,
        }
    }

    /// Expands a key of 16, 24 or 32 bytes into `schedule`, in the form that this backend's engine wants.
    fn expand(self, key: &[u8], schedule: &mut Schedule) {
        match self.0 {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            // SAFETY: a `Backend` of these kinds exists only where the instructions were detected.
            Kind::Vaes512 | Kind::Vaes256 | Kind::Aesni => unsafe { x86::aesni::expand(key, schedule) },
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            // SAFETY: a `Backend` of this kind exists only where its instructions were detected.
            Kind::Armv8 => unsafe { aarch64::expand(key, schedule) },
            Kind::Software(software) => software.expand(key, schedule),
        }
    }
}

impl Software {
    fn name(self) -> &'static str {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Software::VpermSsse3 => "vperm-ssse3",
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            Software::VpermNeon => "vperm-neon",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Software::VpermWasm => "vperm-wasm",
            Software::Portable => "portable",
            #[cfg(feature = "reference")]
            Software::Reference => "reference",
            #[cfg(all(test, feature = "reference"))]
            Software::Wide => "wide",
            #[cfg(all(test, feature = "reference"))]
            Software::Single => "single",
            #[cfg(all(test, feature = "reference"))]
            Software::Sliced => "sliced",
        }
    }

    fn expand(self, key: &[u8], schedule: &mut Schedule) {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            // SAFETY: a `Backend` of this kind exists only where its instructions were detected.
            Software::VpermSsse3 => unsafe { vperm::ssse3::expand(key, schedule) },
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            Software::VpermNeon => vperm::neon::expand(key, schedule),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Software::VpermWasm => vperm::wasm::expand(key, schedule),
            Software::Portable => portable::expand(key, schedule),
            #[cfg(feature = "reference")]
            Software::Reference => reference::expand(key, schedule),
            #[cfg(all(test, feature = "reference"))]
            Software::Wide | Software::Single => reference::expand(key, schedule),
            #[cfg(all(test, feature = "reference"))]
            Software::Sliced => portable::expand(key, schedule),
        }
    }

    /// A function of its own, so that calls which take a few nanoseconds with AES instructions don't choose among so many.
    #[inline(never)]
    fn run<J: Job>(self, schedule: &Schedule, job: J) -> J::Output {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            // SAFETY: a `Backend` of this kind exists only where its instructions were detected.
            Software::VpermSsse3 => unsafe { vperm::ssse3::enter(schedule, job) },
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            Software::VpermNeon => vperm::neon::enter(schedule, job),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Software::VpermWasm => vperm::wasm::enter(schedule, job),
            Software::Portable => portable::enter(schedule, job),
            #[cfg(feature = "reference")]
            Software::Reference => reference::enter(schedule, job),
            #[cfg(all(test, feature = "reference"))]
            Software::Wide => tests::wide::enter(schedule, job),
            #[cfg(all(test, feature = "reference"))]
            Software::Single => tests::wide::enter_single(schedule, job),
            #[cfg(all(test, feature = "reference"))]
            Software::Sliced => portable::enter_sliced(schedule, job),
        }
    }
}

/// Runs a mode on the engine that the schedule was made for. From inside there is no way back.
#[inline]
pub(crate) fn run<J: Job>(schedule: &Schedule, job: J) -> J::Output {
    enter(schedule.backend(), schedule, job)
}

/// Runs a job that brings its round keys along.
#[cfg(feature = "hazmat")]
#[inline]
pub(crate) fn run_without_key<J: Job>(backend: Backend, job: J) -> J::Output {
    enter(backend, &schedule::NONE, job)
}

#[inline(always)]
fn enter<J: Job>(backend: Backend, schedule: &Schedule, job: J) -> J::Output {
    match backend.0 {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        // SAFETY: a `Backend` of this kind exists only where its instructions were detected.
        Kind::Vaes512 if !J::NARROW => unsafe { x86::vaes512::enter(schedule, job) },
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        // SAFETY: as above.
        Kind::Vaes256 if !J::NARROW => unsafe { x86::vaes256::enter(schedule, job) },
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        // SAFETY: as above, and where wide AES instructions were detected, the narrow ones were too.
        Kind::Vaes512 | Kind::Vaes256 | Kind::Aesni => unsafe { x86::aesni::enter(schedule, job) },
        #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
        // SAFETY: a `Backend` of this kind exists only where its instructions were detected.
        Kind::Armv8 => unsafe { aarch64::enter(schedule, job) },
        Kind::Software(software) => software.run(schedule, job),
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
