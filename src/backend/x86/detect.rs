//! Which of the instructions that engines use this processor has and its operating system supports.
//!
//! Asked by CPUID and XGETBV rather than through a library: `std` is not always there, and what knows of VAES without
//! `std` takes it for a part of AVX-512, which it is not on Zen 3 and Alder Lake. CPUID takes over a microsecond on a
//! virtual machine, so the answer is kept.

#[cfg(target_arch = "x86")]
use core::arch::x86::{__cpuid_count, _xgetbv};
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::{__cpuid_count, _xgetbv};
use core::sync::atomic::{AtomicU8, Ordering};

/// PSHUFB and SSE2, on registers of 128 bits.
pub(in crate::backend) fn ssse3() -> bool {
    answer() & SSSE3 != 0
}

/// AESENC and its kin, PSHUFB and SSE2, on registers of 128 bits.
pub(in crate::backend) fn aesni() -> bool {
    answer() & AESNI != 0
}

/// The same on registers of 256 bits, and AVX2. Implies [`aesni`].
pub(in crate::backend) fn vaes256() -> bool {
    answer() & VAES256 != 0
}

/// The same on registers of 512 bits, and AVX-512F. Implies [`aesni`].
pub(in crate::backend) fn vaes512() -> bool {
    answer() & VAES512 != 0
}

const AESNI: u8 = 1;
const VAES256: u8 = 2;
const VAES512: u8 = 4;
const SSSE3: u8 = 8;
const UNKNOWN: u8 = 0x80;

/// The bits above, asked for once. Who comes while another thread asks, asks as well, and gets the same answer.
fn answer() -> u8 {
    static KEPT: AtomicU8 = AtomicU8::new(UNKNOWN);
    match KEPT.load(Ordering::Relaxed) {
        UNKNOWN => {
            let answer = compiled_for() | ask();
            KEPT.store(answer, Ordering::Relaxed);
            answer
        }
        answer => answer,
    }
}

/// What the whole program rests on anyway.
fn compiled_for() -> u8 {
    let ssse3 = cfg!(all(target_feature = "sse2", target_feature = "ssse3"));
    let aesni = ssse3 && cfg!(target_feature = "aes");
    let vaes256 = aesni && cfg!(all(target_feature = "avx2", target_feature = "vaes"));
    let vaes512 = aesni && cfg!(all(target_feature = "avx512f", target_feature = "vaes"));
    bits(ssse3, aesni, vaes256, vaes512)
}

fn bits(ssse3: bool, aesni: bool, vaes256: bool, vaes512: bool) -> u8 {
    let mut bits = 0;
    for (has, bit) in [(ssse3, SSSE3), (aesni, AESNI), (vaes256, VAES256), (vaes512, VAES512)] {
        bits |= if has { bit } else { 0 };
    }
    bits
}

/// What the processor says, and the operating system, which must save the registers when it switches threads.
fn ask() -> u8 {
    // In an SGX enclave CPUID is not allowed; without an operating system nobody may have switched the registers on.
    if cfg!(any(target_env = "sgx", target_os = "none", target_os = "uefi")) {
        return 0;
    }
    let highest = cpuid(0)[0];
    let leaf_1 = cpuid(1);
    let leaf_7 = if highest >= 7 { cpuid(7) } else { [0; 4] };
    // XCR0 is readable if OSXSAVE is set.
    let saved = if has(leaf_1[2], 27) { xcr0() } else { 0 };
    usable(leaf_1, leaf_7, saved)
}

fn has(register: u32, bit: u32) -> bool {
    register >> bit & 1 == 1
}

/// What follows from these leaves of CPUID and from XCR0.
fn usable([_, _, ecx1, edx1]: [u32; 4], [_, ebx7, ecx7, _]: [u32; 4], saved: u64) -> u8 {
    // Bits of XCR0: 1 XMM, 2 YMM, 5 to 7 ZMM.
    let ymm = saved & 0b0000_0110 == 0b0000_0110;
    let zmm = saved & 0b1110_0110 == 0b1110_0110;

    let ssse3 = has(edx1, 26) && has(ecx1, 9);
    let aesni = ssse3 && has(ecx1, 25);
    // `aes` is asked for as well as `vaes`: some emulators show the latter without the former.
    let vaes = aesni && has(ecx7, 9);
    let avx2 = has(ecx1, 28) && has(ebx7, 5);
    let avx512f = has(ebx7, 16);
    bits(ssse3, aesni, vaes && avx2 && ymm, vaes && avx2 && avx512f && zmm)
}

/// EAX, EBX, ECX and EDX of a leaf (and of its part 0, where it has parts).
fn cpuid(leaf: u32) -> [u32; 4] {
    #[allow(unused_unsafe, reason = "safe since some version of the compiler")]
    // SAFETY: every processor that Rust's x86 targets run on has CPUID.
    let result = unsafe { __cpuid_count(leaf, 0) };
    [result.eax, result.ebx, result.ecx, result.edx]
}

/// Which registers the operating system saves. To be called only where CPUID shows OSXSAVE.
fn xcr0() -> u64 {
    #[target_feature(enable = "xsave")]
    fn read() -> u64 {
        // SAFETY: register 0 exists wherever XGETBV does.
        unsafe { _xgetbv(0) }
    }
    // SAFETY: OSXSAVE says that XGETBV exists and may be used.
    unsafe { read() }
}

#[cfg(test)]
mod tests {
    use super::{AESNI, SSSE3, VAES256, VAES512, usable};

    /// The standard library, which goes about it in its own way, comes to the same answer.
    #[cfg(feature = "std")]
    #[test]
    fn agrees_with_the_standard_library() {
        extern crate std;
        use std::is_x86_feature_detected as has;
        let ssse3 = has!("sse2") && has!("ssse3");
        let aesni = ssse3 && has!("aes");
        assert_eq!(super::ssse3(), ssse3);
        assert_eq!(super::aesni(), aesni);
        assert_eq!(super::vaes256(), aesni && has!("avx2") && has!("vaes"));
        assert_eq!(super::vaes512(), aesni && has!("avx512f") && has!("vaes"));
    }

    /// Processors and operating systems that have all but one thing, and those that have nothing but what an engine needs. The bits
    /// are those of Intel's manual (volume 2, CPUID; volume 1, section 13.3).
    #[test]
    fn every_bit() {
        const ALL: u8 = SSSE3 | AESNI | VAES256 | VAES512;
        // In ECX and EDX of leaf 1, EBX and ECX of leaf 7, and XCR0: what is left without the bit.
        let needed = [
            (1, 26, 0, "SSE2"),
            (0, 9, 0, "SSSE3"),
            (0, 25, SSSE3, "AES"),
            (0, 28, SSSE3 | AESNI, "AVX"),
            (2, 5, SSSE3 | AESNI, "AVX2"),
            (3, 9, SSSE3 | AESNI, "VAES"),
            (2, 16, SSSE3 | AESNI | VAES256, "AVX-512F"),
            (4, 1, SSSE3 | AESNI, "XMM saved"),
            (4, 2, SSSE3 | AESNI, "YMM saved"),
            (4, 5, SSSE3 | AESNI | VAES256, "opmasks saved"),
            (4, 6, SSSE3 | AESNI | VAES256, "upper halves of ZMM0 to 15 saved"),
            (4, 7, SSSE3 | AESNI | VAES256, "ZMM16 to 31 saved"),
        ];
        let bits = |[ecx1, edx1, ebx7, ecx7, saved]: [u32; 5]| {
            usable([0, 0, ecx1, edx1], [0, ebx7, ecx7, 0], u64::from(saved))
        };
        let nothing_else = |left_out: usize| {
            let mut registers = [0; 5];
            for (_, &(register, bit, ..)) in needed.iter().enumerate().filter(|(i, _)| *i != left_out) {
                registers[register] |= 1 << bit;
            }
            registers
        };
        assert_eq!(bits(nothing_else(needed.len())), ALL);
        for (i, (.., left, name)) in needed.iter().enumerate() {
            assert_eq!(bits(nothing_else(i)), *left, "without {name}");
        }
        for register in 0..5 {
            for bit in 0..32 {
                let mut registers = [u32::MAX; 5];
                registers[register] ^= 1 << bit;
                let left = needed.iter().find(|needed| (needed.0, needed.1) == (register, bit));
                assert_eq!(
                    bits(registers),
                    left.map_or(ALL, |needed| needed.2),
                    "all but bit {bit} of register {register}"
                );
            }
        }
        assert_eq!(bits([0; 5]), 0);
    }
}
