//! Feature `cipher`: RustCrypto's modes over roundkey's keys, and over `aes`, for which they were made.

use std::time::Duration;

use aes::cipher::{
    Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, InnerIvInit, KeyInit, StreamCipher,
    StreamCipherCoreWrapper,
    consts::{U12, U16},
};
use aes_gcm::{AesGcm, aead::AeadInOut};
use cmac::{Cmac, Mac, digest::FixedOutputReset};
use roundkey::Block;

use crate::{
    candidates::{Sampler, in_turn},
    measure::{DISTURBED, Effort, medians},
    neighbours::{Arithmetic, Watch},
    work::{self, Data, Operation, Row},
};

/// Blocks: one, some that are handed over one by one, and more and more that are handed over together.
const LENGTHS: [usize; 8] = [1, 4, 7, 16, 31, 64, 1024, 65536];

/// A mode over some key, as calls on a message.
struct Mode<F>(F);

impl<F: FnMut(&mut [Block])> Sampler for Mode<F> {
    fn sample(&mut self, row: &Row, data: &mut [Block], calls: u64) -> Duration {
        in_turn(row, data, calls, &mut self.0)
    }
}

/// A key, and CMAC over it.
trait Key: KeyInit + BlockCipherEncrypt<BlockSize = U16> + BlockCipherDecrypt<BlockSize = U16> + 'static {
    type Cmac: KeyInit + Mac + FixedOutputReset + 'static;
}

impl Key for roundkey::Aes128 {
    type Cmac = Cmac<Self>;
}

impl Key for roundkey::Aes192 {
    type Cmac = Cmac<Self>;
}

impl Key for roundkey::Aes256 {
    type Cmac = Cmac<Self>;
}

impl Key for aes::Aes128 {
    type Cmac = Cmac<Self>;
}

impl Key for aes::Aes192 {
    type Cmac = Cmac<Self>;
}

impl Key for aes::Aes256 {
    type Cmac = Cmac<Self>;
}

const MODES: [&str; 4] = ["CTR", "CBC decryption", "GCM", "CMAC"];

/// One of [`MODES`] over a key of the type's length.
fn mode<C: Key>(name: &str) -> Box<dyn Sampler> {
    let bytes = work::key(C::key_size());
    let key = C::new_from_slice(&bytes).expect("the right length");
    let iv = Array::<u8, U16>::from([0x5a; 16]);
    match name {
        "CTR" => Box::new(Mode(move |blocks: &mut [Block]| {
            let core = ctr::CtrCore::<_, ctr::flavors::Ctr64BE>::inner_iv_init(&key, &iv);
            StreamCipherCoreWrapper::from_core(core).apply_keystream(blocks.as_flattened_mut());
        })),
        "CBC decryption" => Box::new(Mode(move |blocks: &mut [Block]| {
            cbc::Decryptor::inner_iv_init(&key, &iv).decrypt_blocks(Array::cast_slice_from_core_mut(blocks));
        })),
        "GCM" => {
            let gcm = AesGcm::<C, U12>::from(key);
            Box::new(Mode(move |blocks: &mut [Block]| {
                let text = blocks.as_flattened_mut().into();
                let tag = gcm.encrypt_inout_detached(&[0x5a; 12].into(), &[], text).expect("short enough");
                blocks[0] = tag.into();
            }))
        }
        _ => {
            let mut cmac = <C::Cmac as KeyInit>::new_from_slice(&bytes).expect("the right length");
            Box::new(Mode(move |blocks: &mut [Block]| {
                Mac::update(&mut cmac, blocks.as_flattened());
                let tag = cmac.finalize_reset().into_bytes();
                blocks[0].copy_from_slice(&tag);
            }))
        }
    }
}

/// Prints the time of each mode and length over both keys, and the ratio.
pub fn run(effort: Effort, data: &mut Data) {
    println!("{:<15} {:>4} {:>8} {:>13} {:>13} {:>6}", "mode", "key", "length", "over roundkey", "over aes", "ratio");
    let mut watch = Watch::new();
    for name in MODES {
        one_key::<roundkey::Aes128, aes::Aes128>(name, effort, data, &mut watch);
        one_key::<roundkey::Aes192, aes::Aes192>(name, effort, data, &mut watch);
        one_key::<roundkey::Aes256, aes::Aes256>(name, effort, data, &mut watch);
    }
}

fn one_key<Ours: Key, Theirs: Key>(name: &str, effort: Effort, data: &mut Data, watch: &mut Watch) {
    for blocks in LENGTHS {
        let row = Row::one(Operation::EcbEncrypt, Ours::key_size(), blocks);
        let mut samplers = [mode::<Ours>(name), mode::<Theirs>(name), Box::new(Arithmetic)];
        agree(name, &row, &mut samplers, data);
        let [ours, theirs, slowdown] = quiet(|| {
            let times = medians(&row, &mut samplers, effort, data.fresh(row.span()));
            [times[0], times[1], watch.slowdown(times[2])]
        });
        println!(
            "{name:<15} {:>4} {:>8} {ours:>10.1} ns {theirs:>10.1} ns {:>6.2}{}",
            8 * Ours::key_size(),
            row.length(),
            theirs / ours,
            if slowdown > DISTURBED { "  disturbed" } else { "" }
        );
    }
}

/// Measures until nobody disturbed, or ten times; the last element says how much somebody did.
fn quiet(mut measure: impl FnMut() -> [f64; 3]) -> [f64; 3] {
    let mut best = measure();
    for _ in 1..10 {
        if best[2] <= DISTURBED {
            break;
        }
        let next = measure();
        if next[2] < best[2] {
            best = next;
        }
    }
    best
}

/// # Panics
///
/// If the two give different bytes.
fn agree(name: &str, row: &Row, samplers: &mut [Box<dyn Sampler>; 3], data: &mut Data) {
    let [ours, theirs, _] = samplers;
    let [ours, theirs] = [ours, theirs].map(|sampler| {
        let data = data.fresh(row.span());
        sampler.sample(row, data, 3);
        data.to_vec()
    });
    assert!(ours == theirs, "{name} differs at {}", row.length());
}
