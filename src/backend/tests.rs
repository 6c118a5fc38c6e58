//! What the public interface doesn't show: the round keys inside a schedule, and that they don't outlive it.

extern crate std;

use core::{mem::MaybeUninit, ptr};
use std::{collections::BTreeSet, fs, io::Write, path::Path, sync::Mutex, vec::Vec};

use serde_json::Value;

#[cfg(feature = "reference")]
use super::reference;
use super::{
    Backend, Engine, Kind, Ladder, LastRung, Schedule, Software, Step, portable, run, same_rungs, schedule::RoundKey,
    vperm,
};
use crate::Block;
#[cfg(feature = "reference")]
use crate::fips197;

fn json(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(path);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn list<'v>(object: &'v Value, name: &str) -> &'v [Value] {
    object[name].as_array().unwrap()
}

fn key_of(example: &Value) -> Vec<u8> {
    hex::decode(example["key"].as_str().unwrap()).unwrap()
}

/// A round key of a schedule, in a form that doesn't depend on the size of words.
fn unpacked(backend: Backend, round_key: RoundKey) -> RoundKey {
    if backend.0 == Kind::Software(Software::Portable) { portable::unpacked(round_key) } else { round_key }
}

/// A round key of the standard, number `round` of `last`, in the form that the backend keeps it in, but for [`unpacked`].
fn kept(backend: Backend, round_key: &Value, round: usize, last: usize) -> RoundKey {
    let bytes = bytes(round_key);
    match backend.name() {
        name if name.starts_with("vperm") => vperm::definition::kept_round_key(bytes, round, last),
        _ => words(bytes),
    }
}

/// The same for a round key of the equivalent inverse cipher.
fn kept_inverse(backend: Backend, round_key: &Value, round: usize, last: usize) -> RoundKey {
    match backend.name() {
        name if name.starts_with("vperm") => vperm::definition::kept_inverse_round_key(bytes(round_key), round, last),
        _ => words(bytes(round_key)),
    }
}

fn bytes(round_key: &Value) -> Block {
    hex::decode(round_key.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn words(bytes: Block) -> RoundKey {
    [0, 1].map(|half| u64::from_le_bytes(bytes.as_chunks().0[half]))
}

/// FIPS-197 appendix A: every round key, that is every word, on every backend.
#[test]
fn key_expansion() {
    let file = json("fips197/key_expansion.json");
    for backend in Backend::available() {
        let mut words = 0;
        for example in list(&file, "key_expansions") {
            let schedule = Schedule::new(&key_of(example), backend);
            let got: Vec<_> = schedule.round_keys().iter().map(|round_key| unpacked(backend, *round_key)).collect();
            let expected = list(example, "round_keys").iter().enumerate();
            let expected: Vec<_> = expected.map(|(round, value)| kept(backend, value, round, got.len() - 1)).collect();
            assert_eq!(got, expected, "{} on {backend}", example["example"]);
            words += 4 * got.len();
        }
        assert_eq!(words, 44 + 52 + 60);
        // Past the test harness, which would swallow it.
        std::io::stderr().write_all(std::format!("FIPS-197 A: {backend} passed {words} words\n").as_bytes()).unwrap();
    }
}

/// FIPS-197 appendix C: the round keys of the equivalent inverse cipher, on the backends that store such.
#[test]
fn inverse_round_keys() {
    let file = json("fips197/round_traces_c.json");
    for backend in Backend::available().filter(|backend| !matches!(backend.name(), "portable" | "reference")) {
        for example in list(&file, "vectors") {
            let schedule = Schedule::new(&key_of(example), backend);
            let got = schedule.inverse_round_keys();
            let (last, rounds) = (got.len() - 1, list(example, "equivalent_inverse_cipher").iter().enumerate());
            let kept = |(i, round): (usize, &Value)| kept_inverse(backend, &round["ik_sch"], last - i, last);
            let expected: Vec<_> = rounds.map(kept).collect();
            assert_eq!(got, expected, "{} on {backend}", example["example"]);
        }
    }
}

/// What is read of a value before and after it is dropped.
fn around_drop<T, R>(value: T, read: impl Fn(&T) -> R) -> [R; 2] {
    let mut place = MaybeUninit::new(value);
    let value = place.as_mut_ptr();
    // SAFETY: it was initialised just now. Those that this is for are made of nothing but integers, which stay readable
    // whatever happened to their owner.
    unsafe {
        let before = read(&*value);
        ptr::drop_in_place(value);
        [before, read(&*value)]
    }
}

/// A dropped schedule has left nothing but zeros where its round keys were.
#[test]
fn wiped_on_drop() {
    for backend in Backend::available() {
        let schedule = Schedule::new(&[0x5a; 32], backend);
        let [before, after] = around_drop(schedule, |schedule| (schedule.round_keys, schedule.inverse_round_keys));
        assert_ne!(before.0, [[0; 2]; _], "{backend}");
        assert_eq!(after, ([[0; 2]; _], [[0; 2]; _]), "{backend}");
    }
}

/// Nor has the standard's.
#[cfg(feature = "reference")]
#[test]
fn key_schedule_wiped_on_drop() {
    let schedule = fips197::key_expansion(&[0x5a; 32]).unwrap();
    let [before, after] = around_drop(schedule, |schedule| schedule.words().to_vec());
    assert!(before.contains(&[0x5a; 4]));
    assert_eq!(after, [[0; 4]; 60]);
}

/// What a ladder does: in how many registers, how many blocks such a register holds, and how many there were.
type Steps = BTreeSet<[usize; 3]>;

/// A step that does nothing but to be counted.
#[derive(Clone, Copy)]
struct Counted<'s>(&'s Mutex<Steps>);

impl Step for Counted<'_> {
    fn step<E: Engine, const N: usize>(&self, _: E, blocks: &mut [Block], start: usize) {
        self.0.lock().unwrap().insert([N, E::LANES, blocks.len() - start]);
    }

    #[cfg(feature = "rayon")]
    fn behind<'b>(&'b self, _: Option<&'b Block>) -> impl Step + 'b {
        *self
    }
}

/// The steps of so many blocks: by the whole ladder, or, if they are less than eight, by its last rung.
fn steps(backend: Backend, len: usize, last_rung: bool) -> Steps {
    let (steps, mut blocks) = (Mutex::default(), std::vec![[0; 16]; len]);
    let (schedule, blocks, step) = (Schedule::new(&[0; 16], backend), &mut blocks, Counted(&steps));
    if last_rung {
        run(&schedule, LastRung { blocks, step })
    } else {
        run(&schedule, Ladder { blocks, step })
    }
    steps.into_inner().unwrap()
}

/// All backends, and the engines that are made for tests.
fn backends() -> impl Iterator<Item = Backend> {
    #[cfg(feature = "reference")]
    let others = [Software::Wide, Software::Single, Software::Sliced].map(|kind| Backend(Kind::Software(kind)));
    #[cfg(not(feature = "reference"))]
    let others = [];
    Backend::available().chain(others)
}

#[test]
fn same_rungs_are_the_same() {
    for backend in backends() {
        for len in 0..400 {
            let [all, enough] = [len, same_rungs(len)].map(|len| steps(backend, len, false));
            assert_eq!(all, enough, "of {len} blocks on {}", backend.name());
            assert!(same_rungs(len) <= len.min(127), "{len}");
        }
    }
}

/// No backend goes by the engine of another, which nothing but its speed would show.
#[test]
fn registers_of_the_backend() {
    for backend in Backend::available() {
        let lanes = match backend.name() {
            "vaes512" => 4,
            "vaes256" => 2,
            "portable" => continue,
            _ => 1,
        };
        let widest = steps(backend, 32, false).into_iter().map(|[_, lanes, _]| lanes).max();
        assert_eq!(widest, Some(lanes), "{backend}");
        for len in 1..8 {
            let steps = steps(backend, len, true);
            assert!(steps.iter().all(|[_, lanes, _]| *lanes == 1), "{len} blocks on {backend}: {steps:?}");
        }
    }
}

/// Registers of four blocks and a narrow form of one, as `vaes512` has them, and of 64 and two, one at once, as `portable`
/// may have them, but made of the reference: so what modes do with such engines is tested on any machine. And beside them
/// what `portable` is where there is no operating system.
#[cfg(feature = "reference")]
pub(super) mod wide {
    #[cfg(feature = "hazmat")]
    use super::super::Part;
    use super::{
        super::{Engine, Job, columns::Row, reference::Reference},
        *,
    };
    #[cfg(feature = "hazmat")]
    use crate::hazmat::Rounds;
    use crate::{Aes, cbc};
    #[cfg(feature = "cipher")]
    use cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt};

    pub(in crate::backend) fn enter<J: Job>(schedule: &Schedule, job: J) -> J::Output {
        let w = reference::key_schedule(schedule);
        job.run(Wide { reference: Reference { w: &w } })
    }

    pub(in crate::backend) fn enter_single<J: Job>(schedule: &Schedule, job: J) -> J::Output {
        let w = reference::key_schedule(schedule);
        job.run(Single::<64> { reference: Reference { w: &w } })
    }

    #[derive(Clone, Copy)]
    struct Wide<'k> {
        reference: Reference<'k>,
    }

    impl<'k> Engine for Wide<'k> {
        type Reg = [Block; 4];
        const LANES: usize = 4;

        type Narrow = Reference<'k>;
        fn narrow(self) -> Reference<'k> {
            self.reference
        }

        fn load(self, from: &[Block]) -> [Block; 4] {
            from.try_into().unwrap()
        }

        fn store(self, reg: [Block; 4], to: &mut [Block]) {
            to.copy_from_slice(&reg);
        }

        fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> [Block; 4] {
            core::array::from_fn(|lane| *block(lane))
        }

        fn scatter(self, reg: [Block; 4], to: &mut Row<'_>, first: usize) {
            for (lane, block) in reg.into_iter().enumerate() {
                *to.block_mut(first + lane) = block;
            }
        }

        fn xor(self, a: [Block; 4], b: [Block; 4]) -> [Block; 4] {
            core::array::from_fn(|lane| self.reference.xor(a[lane], b[lane]))
        }

        fn encrypt<const N: usize>(self, regs: [[Block; 4]; N]) -> [[Block; 4]; N] {
            regs.map(|reg| self.reference.encrypt(reg))
        }

        fn decrypt<const N: usize>(self, regs: [[Block; 4]; N]) -> [[Block; 4]; N] {
            regs.map(|reg| self.reference.decrypt(reg))
        }

        #[cfg(feature = "hazmat")]
        fn part(self, part: Part, states: [Block; 4], round_keys: [Block; 4]) -> [Block; 4] {
            core::array::from_fn(|i| self.reference.part(part, states[i], round_keys[i]))
        }
    }

    /// A register of so many blocks, of which less than all may be there; work on more than one at once is not for it.
    #[derive(Clone, Copy)]
    struct Single<'k, const BLOCKS: usize> {
        reference: Reference<'k>,
    }

    impl<'k, const BLOCKS: usize> Engine for Single<'k, BLOCKS> {
        type Reg = [Block; BLOCKS];
        const LANES: usize = BLOCKS;
        const AT_ONCE: usize = 1;
        const WORTHWHILE: usize = if BLOCKS == 64 { 23 } else { 1 };

        type Narrow = Single<'k, 2>;
        fn narrow(self) -> Single<'k, 2> {
            Single { reference: self.reference }
        }

        fn load(self, from: &[Block]) -> [Block; BLOCKS] {
            // Nothing is to be loaded that narrow registers would be faster with.
            assert!(from.len() >= Self::WORTHWHILE);
            core::array::from_fn(|lane| from.get(lane).copied().unwrap_or_default())
        }

        fn store(self, reg: [Block; BLOCKS], to: &mut [Block]) {
            to.copy_from_slice(&reg[..to.len()]);
        }

        fn gather<'b>(self, block: impl Fn(usize) -> &'b Block) -> [Block; BLOCKS] {
            core::array::from_fn(|lane| *block(lane))
        }

        fn scatter(self, reg: [Block; BLOCKS], to: &mut Row<'_>, first: usize) {
            for (lane, block) in reg.into_iter().enumerate() {
                *to.block_mut(first + lane) = block;
            }
        }

        fn xor(self, a: [Block; BLOCKS], b: [Block; BLOCKS]) -> [Block; BLOCKS] {
            core::array::from_fn(|lane| self.reference.xor(a[lane], b[lane]))
        }

        fn encrypt<const N: usize>(self, regs: [[Block; BLOCKS]; N]) -> [[Block; BLOCKS]; N] {
            regs.map(|reg| self.reference.encrypt(reg))
        }

        fn decrypt<const N: usize>(self, regs: [[Block; BLOCKS]; N]) -> [[Block; BLOCKS]; N] {
            regs.map(|reg| self.reference.decrypt(reg))
        }

        #[cfg(feature = "hazmat")]
        fn part(self, part: Part, states: [Block; BLOCKS], round_keys: [Block; BLOCKS]) -> [Block; BLOCKS] {
            core::array::from_fn(|i| self.reference.part(part, states[i], round_keys[i]))
        }
    }

    fn blocks(seed: usize, len: usize) -> Vec<Block> {
        (0..len).map(|i| core::array::from_fn(|j| (seed * 31 + i * 7 + j * 13 + (i * j) % 11) as u8)).collect()
    }

    #[test]
    fn every_length() {
        for kind in [Software::Wide, Software::Single, Software::Sliced] {
            every_length_on(kind);
        }
    }

    fn every_length_on(kind: Software) {
        let key = [0x42; 24];
        let [wide, reference] =
            [kind, Software::Reference].map(|kind| Aes::with_backend(&key, Backend(Kind::Software(kind))).unwrap());
        type Call = fn(&Aes, &mut [Block]);
        let calls: &[(&str, Call)] = &[
            ("ECB encryption", |key, blocks| key.encrypt_blocks(blocks)),
            ("ECB decryption", |key, blocks| key.decrypt_blocks(blocks)),
            ("CBC encryption", |key, blocks| cbc::Encryptor::new(key, &[9; 16]).encrypt_blocks(blocks)),
            ("CBC decryption", |key, blocks| cbc::Decryptor::new(key, &[9; 16]).decrypt_blocks(blocks)),
            #[cfg(feature = "cipher")]
            ("encryption over RustCrypto's traits", |key, blocks| {
                key.encrypt_blocks_inout(Array::cast_slice_from_core_mut(blocks).into());
            }),
            #[cfg(feature = "cipher")]
            ("decryption over RustCrypto's traits", |key, blocks| {
                key.decrypt_blocks_inout(Array::cast_slice_from_core_mut(blocks).into());
            }),
        ];
        for len in 0..=4 * 32 + 3 {
            for (name, call) in calls {
                let [mut got, mut expected] = [blocks(len, len), blocks(len, len)];
                call(&wide, &mut got);
                call(&reference, &mut expected);
                assert_eq!(got, expected, "{name} of {len} blocks");
            }
        }
    }

    /// Eight blocks are several registers of such engines, or a part of one.
    #[cfg(feature = "hazmat")]
    #[test]
    fn rounds() {
        let eight = |seed| -> [Block; 8] { blocks(seed, 8).try_into().unwrap() };
        for kind in [Software::Wide, Software::Single, Software::Sliced] {
            let [wide, reference] =
                [kind, Software::Reference].map(|kind| Rounds::with_backend(Backend(Kind::Software(kind))));
            type Call = fn(Rounds, &mut [Block; 8], &[Block; 8]);
            let calls: [Call; 9] = [
                Rounds::cipher_round_8,
                Rounds::cipher_last_round_8,
                Rounds::eq_inv_cipher_round_8,
                Rounds::eq_inv_cipher_last_round_8,
                |rounds, blocks, _| rounds.mix_columns_8(blocks),
                |rounds, blocks, _| rounds.inv_mix_columns_8(blocks),
                |rounds, blocks, round_keys| rounds.cipher_rounds_8(blocks, &[*round_keys, *blocks, *round_keys]),
                |rounds, blocks, round_keys| rounds.cipher_rounds(&mut blocks[0], round_keys),
                |rounds, blocks, round_keys| rounds.cipher_round(&mut blocks[0], &round_keys[0]),
            ];
            for (i, call) in calls.into_iter().enumerate() {
                let [mut got, mut expected] = [eight(i), eight(i)];
                call(wide, &mut got, &eight(i + 50));
                call(reference, &mut expected, &eight(i + 50));
                assert_eq!(got, expected, "call {i}");
                assert_ne!(got, eight(i), "call {i}");
            }
        }
    }

    #[test]
    fn many_messages() {
        for kind in [Software::Wide, Software::Single, Software::Sliced] {
            many_messages_on(kind);
        }
    }

    fn many_messages_on(kind: Software) {
        let key = [0x42; 32];
        let [wide, reference] =
            [kind, Software::Reference].map(|kind| Aes::with_backend(&key, Backend(Kind::Software(kind))).unwrap());
        for count in (0..=40).chain([64, 65, 100, 150]) {
            let texts: Vec<_> = (0..count).map(|i| blocks(i, (i * i + count) % 23)).collect();
            let mut got = texts.clone();
            let ivs = blocks(count, count);
            let message = |(blocks, iv): (_, &Block)| cbc::Message { iv: *iv, blocks };
            let mut messages: Vec<_> = got.iter_mut().map(|text| &mut text[..]).zip(&ivs).map(message).collect();
            cbc::encrypt_many(&wide, &mut messages);
            let chained: Vec<_> = messages.iter().map(|message| message.iv).collect();
            for (i, mut expected) in texts.into_iter().enumerate() {
                cbc::Encryptor::new(&reference, &ivs[i]).encrypt_blocks(&mut expected);
                assert_eq!(got[i], expected, "message {i} of {count}");
                assert_eq!(chained[i], *expected.last().unwrap_or(&ivs[i]), "IV {i} of {count}");
            }
        }
    }
}
