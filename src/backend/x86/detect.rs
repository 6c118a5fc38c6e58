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
    let has = |register: u32, bit: u32| register >> bit & 1 == 1;
    let highest = cpuid(0)[0];
    let [_, _, ecx1, edx1] = cpuid(1);
    let [_, ebx7, ecx7, _] = if highest >= 7 { cpuid(7) } else { [0; 4] };

    // Bits of XCR0: 1 XMM, 2 YMM, 5 to 7 ZMM. Readable if OSXSAVE is set.
    let saved = if has(ecx1, 27) { xcr0() } else { 0 };
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

#[cfg(all(test, feature = "std"))]
mod tests {
    extern crate std;

    /// The standard library, which goes about it in its own way, comes to the same answer.
    #[test]
    fn agrees_with_the_standard_library() {
        use std::is_x86_feature_detected as has;
        let ssse3 = has!("sse2") && has!("ssse3");
        let aesni = ssse3 && has!("aes");
        assert_eq!(super::ssse3(), ssse3);
        assert_eq!(super::aesni(), aesni);
        assert_eq!(super::vaes256(), aesni && has!("avx2") && has!("vaes"));
        assert_eq!(super::vaes512(), aesni && has!("avx512f") && has!("vaes"));
    }
}
