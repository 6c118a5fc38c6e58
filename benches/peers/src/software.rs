//! Without AES instructions, on a processor that has them: what each library must be told, and whether it listened.

use std::{env, error::Error, os::unix::process::CommandExt, process::Command};

use crate::{
    candidates::{self, Class, Sampler, limit},
    measure::{self, Effort},
    work::{self, Data, Operation, Row},
};

/// OpenSSL and AWS-LC look for instructions when they are loaded, and leave out those whose bits are masked here: AES-NI,
/// bit 25 of ECX after CPUID leaf 1, and VAES, bit 9 of ECX after leaf 7.
const MASK: (&str, &str) = ("OPENSSL_ia32cap", "~0x200000000000000:~0x20000000000");

/// Sees to it that nobody takes AES instructions. To be called first: it may begin the program anew.
///
/// # Errors
///
/// If the program was not built for it, or if the C libraries can't be told on this kind of processor.
pub fn prepare() -> Result<(), Box<dyn Error>> {
    if aes::hardware_accelerated() {
        return Err(
            "RustCrypto would take AES instructions; build it all with RUSTFLAGS='--cfg aes_backend=\"soft\"'".into()
        );
    }
    #[cfg(target_arch = "aarch64")]
    if candidates::LEFT_OUT.len() < 2 && std::arch::is_aarch64_feature_detected!("aes") {
        return Err("the C libraries would take AES instructions; build without them".into());
    }
    let (variable, mask) = MASK;
    if env::var_os(variable).is_none_or(|value| value != mask) {
        let failed = Command::new(env::current_exe()?).args(env::args_os().skip(1)).env(variable, mask).exec();
        return Err(failed.into());
    }
    Ok(())
}

/// Whether the peers are as slow as one is without AES instructions.
///
/// # Errors
///
/// Names the first peer that is not.
pub fn check(data: &mut Data) -> Result<(), String> {
    // One AES instruction a block and round takes 1 to 4 times as long as the widest registers do; without them it is 5 on
    // the oldest processors, and 30 on newer ones.
    const TIMES_THE_LIMIT: f64 = 5.0;
    for operation in [Operation::EcbEncrypt, Operation::EcbDecrypt, Operation::CbcDecrypt] {
        let row = Row::one(operation, 16, 1024);
        let peers = candidates::all(Class::Software, &work::key(16)).into_iter().filter(|named| named.peer);
        let (names, mut samplers): (Vec<_>, Vec<_>) = peers.map(|named| (named.name, named.sampler)).unzip();
        let kernels = limit::kernels(&row);
        samplers.extend(kernels.iter().map(|kernel| Box::new(*kernel) as Box<dyn Sampler>));
        let mut times = measure::medians(&row, &mut samplers, Effort::QUICK, data.fresh(row.span()));
        let Some(limit) = limit::of(&row, &kernels, &times.split_off(names.len())) else {
            // No AES instructions.
            return Ok(());
        };
        if let Some((name, _)) = names.iter().zip(&times).find(|(_, time)| **time < TIMES_THE_LIMIT * limit) {
            return Err(format!("{name} takes AES instructions at {}", row.name()));
        }
    }
    Ok(())
}
