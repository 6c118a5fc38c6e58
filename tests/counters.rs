//! Counters where they pass 2³².
//!
//! This crate's own modes count no blocks: CBC and ciphertext stealing know the block before, and nothing of where it stands. What
//! counts is tested here: CTR over our keys (feature `cipher`), by the arithmetic of SP 800-38A appendix B.1 and, for 32 bits, of
//! SP 800-38D section 6.2, which GCM uses. The other counters are in `src/stream.rs`, how many bytes a stream has taken, and in
//! `cbc_hmac`, how many bits the additional data have: see the tests there and in `tests/load.rs`.

mod common;

use cipher::{InnerIvInit, StreamCipher, StreamCipherCoreWrapper, StreamCipherSeek};
use common::{block, keys, on_every_backend, oracle, xor};
use ctr::{
    CtrCore, CtrFlavor,
    flavors::{Ctr32BE, Ctr64BE, Ctr128BE},
};
use roundkey::{Aes, Block};

/// How many blocks are before the place where the counter passes what it passes, and behind it: more than a backend takes at once.
const AROUND: u64 = 9;
const LEN: usize = 16 * 2 * AROUND as usize;

type Ctr<'k, F> = StreamCipherCoreWrapper<CtrCore<&'k Aes, F>>;

fn ctr<'k, F: CtrFlavor<cipher::consts::U16>>(key: &'k Aes, first: &Block) -> Ctr<'k, F> {
    StreamCipherCoreWrapper::from_core(CtrCore::inner_iv_init(key, first.into()))
}

/// The counter block that comes so many after the first, where only the last `bits` of it count: the standard incrementing function,
/// so many times.
fn counter_block(first: &Block, bits: u32, number: u64) -> Block {
    let counting = u128::MAX >> (128 - bits);
    let first = u128::from_be_bytes(*first);
    ((first & !counting) | (first.wrapping_add(number.into()) & counting)).to_be_bytes()
}

/// By the definition, from block `number` on: each counter block encrypted, and added.
fn expected(key: &Aes, first: &Block, bits: u32, number: u64, text: &mut [u8]) {
    for (i, block) in (0..).zip(text.as_chunks_mut().0) {
        let mut keystream = counter_block(first, bits, number + i);
        key.encrypt_block(&mut keystream);
        *block = xor(block, &keystream);
    }
}

#[test]
fn incremented_as_the_standards_say() {
    let [small, large] = [0xffff_fffe_u128, u128::MAX].map(u128::to_be_bytes);
    assert_eq!(u128::from_be_bytes(counter_block(&small, 128, 3)), 0x1_0000_0001);
    assert_eq!(u128::from_be_bytes(counter_block(&small, 32, 3)), 1);
    assert_eq!(u128::from_be_bytes(counter_block(&large, 32, 1)), u128::MAX << 32);
    assert_eq!(u128::from_be_bytes(counter_block(&large, 64, 1)), u128::MAX << 64);
    assert_eq!(u128::from_be_bytes(counter_block(&large, 128, 1)), 0);
}

/// Sought so far into the stream that the number of the block passes 2³², and the place in bytes passes it in other cases: the
/// first counter block is any, or such that its counting part wraps in the same place.
#[test]
fn sought() {
    fn of<F: CtrFlavor<cipher::consts::U16>>(bits: u32) {
        on_every_backend(&format!("CTR with {bits} bits, past 2³²"), |cases| {
            for key in keys() {
                let (key, oracle) = (cases.key(&key), oracle(&key));
                // 2³² bytes, and 2³² blocks, if it counts so far.
                let places = [1_u64 << 28, 1 << 32].into_iter().filter(|place| bits > 32 || *place < 1 << 32);
                for place in places {
                    let wraps = u128::MAX - u128::from(place) + 1;
                    for first in [block(1), [0; 16], [0xff; 16], wraps.to_be_bytes()] {
                        let start = place - AROUND;
                        let mut got = [0x5c; LEN];
                        let mut wanted = got;
                        expected(&oracle, &first, bits, start, &mut wanted);

                        let mut ctr = ctr::<F>(&key, &first);
                        ctr.seek(16 * start);
                        ctr.apply_keystream(&mut got);
                        let name = || format!("{place:#x} blocks from {}", hex::encode(first));
                        cases.equal(name, &got, &wanted);
                        let position: u64 = ctr.current_pos();
                        cases.holds(name, position == 16 * (place + AROUND));

                        // And there within a block, in two parts.
                        let mut got = [0x5c; LEN];
                        ctr.seek(16 * start + 5);
                        let (one, two) = got[5..].split_at_mut(16 * AROUND as usize - 3);
                        ctr.apply_keystream(one);
                        ctr.apply_keystream(two);
                        cases.equal(name, &got[5..], &wanted[5..]);
                    }
                }
            }
        });
    }
    of::<Ctr128BE>(128);
    of::<Ctr64BE>(64);
    of::<Ctr32BE>(32);
}

/// Not sought: the counter block begins so that it carries over 32 or 64 bits, or mustn't, within what a backend takes at once.
#[test]
fn carried() {
    fn of<F: CtrFlavor<cipher::consts::U16>>(bits: u32) {
        on_every_backend(&format!("CTR with {bits} bits, carried"), |cases| {
            for key in keys() {
                let (key, oracle) = (cases.key(&key), oracle(&key));
                for carry in [32, 64, 96, 128] {
                    for before in 0..2 * AROUND {
                        // So many blocks before the last `carry` bits are all zero; the ones before, whatever they are.
                        let low = u128::MAX >> (128 - carry);
                        let first = u128::from_be_bytes(block(2)) & !low | (low - u128::from(before));
                        let first = first.to_be_bytes();
                        let mut got = [0; LEN];
                        let mut wanted = got;
                        expected(&oracle, &first, bits, 0, &mut wanted);
                        ctr::<F>(&key, &first).apply_keystream(&mut got);
                        cases.equal(|| format!("{before} blocks before {carry} bits"), &got, &wanted);
                    }
                }
            }
        });
    }
    of::<Ctr128BE>(128);
    of::<Ctr64BE>(64);
    of::<Ctr32BE>(32);
}

/// A counter of 32 bits doesn't come back to where it began: it says how many blocks are left, and refuses more.
#[test]
fn refused_at_the_end() {
    on_every_backend("CTR with 32 bits, at its end", |cases| {
        let key = cases.key(&keys()[2]);
        let (first, last) = (block(3), u64::from(u32::MAX));
        let mut ctr = ctr::<Ctr32BE>(&key, &first);
        ctr.seek(16 * (last - 3));
        let name = || "at the end".to_owned();
        let mut got = [0; 16 * 4];
        cases.holds(name, ctr.try_apply_keystream(&mut got).is_err());
        cases.equal(name, &got, &[0; 16 * 4]);
        let mut wanted = [0; 16 * 3];
        expected(&oracle(&keys()[2]), &first, 32, last - 3, &mut wanted);
        ctr.try_apply_keystream(&mut got[..48]).unwrap();
        cases.equal(name, &got[..48], &wanted);
        cases.holds(name, ctr.try_apply_keystream(&mut [0]).is_err());
    });
}
