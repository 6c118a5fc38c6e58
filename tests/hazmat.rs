//! Single rounds, on every backend: against the standard's traces, against its steps as code for every byte in every place, and
//! as what others build from them.

mod common;

use common::{Cases, Memory, block, blocks, hex_field, json, list, on_every_backend, only_canaries, unhex, xor};
use roundkey::{Aes, Backend, Block, hazmat::Rounds};
use serde_json::Value;

/// A part of the cipher as it is called, on one block and on eight, and what it is.
struct Part {
    name: &'static str,
    one: fn(Rounds, &mut Block, &Block),
    eight: fn(Rounds, &mut [Block; 8], &[Block; 8]),
    /// Without AddRoundKey.
    expected: fn(&Block) -> Block,
    has_round_key: bool,
}

const PARTS: [Part; 6] = [
    Part {
        name: "cipher_round",
        one: Rounds::cipher_round,
        eight: Rounds::cipher_round_8,
        expected: expected::cipher_round,
        has_round_key: true,
    },
    Part {
        name: "cipher_last_round",
        one: Rounds::cipher_last_round,
        eight: Rounds::cipher_last_round_8,
        expected: expected::cipher_last_round,
        has_round_key: true,
    },
    Part {
        name: "eq_inv_cipher_round",
        one: Rounds::eq_inv_cipher_round,
        eight: Rounds::eq_inv_cipher_round_8,
        expected: expected::eq_inv_cipher_round,
        has_round_key: true,
    },
    Part {
        name: "eq_inv_cipher_last_round",
        one: Rounds::eq_inv_cipher_last_round,
        eight: Rounds::eq_inv_cipher_last_round_8,
        expected: expected::eq_inv_cipher_last_round,
        has_round_key: true,
    },
    Part {
        name: "mix_columns",
        one: |rounds, block, _| rounds.mix_columns(block),
        eight: |rounds, blocks, _| rounds.mix_columns_8(blocks),
        expected: expected::mix_columns,
        has_round_key: false,
    },
    Part {
        name: "inv_mix_columns",
        one: |rounds, block, _| rounds.inv_mix_columns(block),
        eight: |rounds, blocks, _| rounds.inv_mix_columns_8(blocks),
        expected: expected::inv_mix_columns,
        has_round_key: false,
    },
];

impl Part {
    fn expected(&self, block: &Block, round_key: &Block) -> Block {
        let block = (self.expected)(block);
        if self.has_round_key { xor(&block, round_key) } else { block }
    }
}

/// The standard's steps.
#[cfg(feature = "reference")]
mod expected {
    use roundkey::{
        Block,
        fips197::{
            State,
            state::{
                inv_mix_columns as inv_mix, inv_shift_rows, inv_sub_bytes, mix_columns as mix, shift_rows, sub_bytes,
            },
        },
    };

    fn steps(block: &Block, steps: &[fn(&mut State)]) -> Block {
        let mut state = State::from_block(block);
        steps.iter().for_each(|step| step(&mut state));
        state.to_block()
    }

    pub fn cipher_round(block: &Block) -> Block {
        steps(block, &[sub_bytes, shift_rows, mix])
    }

    pub fn cipher_last_round(block: &Block) -> Block {
        steps(block, &[sub_bytes, shift_rows])
    }

    pub fn eq_inv_cipher_round(block: &Block) -> Block {
        steps(block, &[inv_sub_bytes, inv_shift_rows, inv_mix])
    }

    pub fn eq_inv_cipher_last_round(block: &Block) -> Block {
        steps(block, &[inv_sub_bytes, inv_shift_rows])
    }

    pub fn mix_columns(block: &Block) -> Block {
        steps(block, &[mix])
    }

    pub fn inv_mix_columns(block: &Block) -> Block {
        steps(block, &[inv_mix])
    }
}

/// In a build without them, the slowest backend, a block at a time.
#[cfg(not(feature = "reference"))]
mod expected {
    use roundkey::{Backend, Block, hazmat::Rounds};

    fn of(block: &Block, part: impl Fn(Rounds, &mut Block)) -> Block {
        let mut block = *block;
        part(Rounds::with_backend(Backend::available().last().unwrap()), &mut block);
        block
    }

    pub fn cipher_round(block: &Block) -> Block {
        of(block, |rounds, block| rounds.cipher_round(block, &[0; 16]))
    }

    pub fn cipher_last_round(block: &Block) -> Block {
        of(block, |rounds, block| rounds.cipher_last_round(block, &[0; 16]))
    }

    pub fn eq_inv_cipher_round(block: &Block) -> Block {
        of(block, |rounds, block| rounds.eq_inv_cipher_round(block, &[0; 16]))
    }

    pub fn eq_inv_cipher_last_round(block: &Block) -> Block {
        of(block, |rounds, block| rounds.eq_inv_cipher_last_round(block, &[0; 16]))
    }

    pub fn mix_columns(block: &Block) -> Block {
        of(block, Rounds::mix_columns)
    }

    pub fn inv_mix_columns(block: &Block) -> Block {
        of(block, Rounds::inv_mix_columns)
    }
}

/// All 256 values of a byte in each of the 16 places, with zeros in the others and with other bytes there, one block at a time
/// and in each place among eight.
#[test]
fn every_byte_in_every_place() {
    on_every_backend("rounds, every byte in every place", |cases| {
        let rounds = Rounds::with_backend(cases.backend);
        for part in &PARTS {
            for (background, place) in [[0; 16], block(1)].into_iter().flat_map(|b| (0..16).map(move |p| (b, p))) {
                let text: Vec<Block> = (0..=255)
                    .map(|byte| {
                        let mut block = background;
                        block[place] = byte;
                        block
                    })
                    .collect();
                let round_keys = blocks(place as u64, 256);
                let expected: Vec<Block> = text.iter().zip(&round_keys).map(|(b, k)| part.expected(b, k)).collect();
                let name = |block: &Block| format!("{} of {}", part.name, hex::encode(block));

                for ((block, round_key), expected) in text.iter().zip(&round_keys).zip(&expected) {
                    let mut got = *block;
                    (part.one)(rounds, &mut got, round_key);
                    cases.equal(|| name(block), &got, expected);
                }
                // From block to block the byte grows by one, or by 33: so each value comes to each place among the eight.
                for step in [1, 33, 66, 99, 132, 165, 198, 231] {
                    for first in (0..256).step_by(8) {
                        let at = |i: usize| (first + i * step) % 256;
                        let mut got: [Block; 8] = std::array::from_fn(|i| text[at(i)]);
                        (part.eight)(rounds, &mut got, &std::array::from_fn(|i| round_keys[at(i)]));
                        for i in 0..8 {
                            cases.equal(|| format!("{}, {i} of eight", name(&text[at(i)])), &got[i], &expected[at(i)]);
                        }
                    }
                }
            }
        }
        assert_eq!(cases.count(), 6 * 2 * 16 * 256 * 9);
    });
}

/// FIPS-197 appendix B and C: each round's start, and what the parts of a round make of it.
#[test]
fn traces() {
    let b = json("fips197/cipher_example_b.json");
    let c = json("fips197/round_traces_c.json");
    on_every_backend("rounds, FIPS-197 B and C", |cases| {
        let rounds = Rounds::with_backend(cases.backend);
        trace_cipher(cases, rounds, list(&b, "rounds"));
        for example in list(&c, "vectors") {
            trace_cipher(cases, rounds, list(example, "cipher"));
            trace_inverse(cases, rounds, list(example, "inverse_cipher"));
            let equivalent = list(example, "equivalent_inverse_cipher");
            trace_equivalent_inverse(cases, rounds, equivalent, list(example, "inverse_cipher"));
        }
        // Of the cipher s_row and the next start of each round, m_col of all but the last, and several rounds at once; of the
        // inverse cipher what comes of ik_add; of the equivalent one as of the cipher, and all round keys but two.
        let of_a_key = |nr: usize| 3 * nr + (nr - 1) + (2 * nr + (nr - 1) + (nr - 1));
        assert_eq!(cases.count(), 3 * 10 + of_a_key(10) + of_a_key(12) + of_a_key(14));
    });
}

/// The result of one part of the cipher on a block.
fn after(mut block: Block, part: impl FnOnce(&mut Block)) -> Block {
    part(&mut block);
    block
}

fn field(record: &Value, name: &str) -> Block {
    hex_field(record, name).try_into().unwrap()
}

const ZERO: Block = [0; 16];

fn trace_cipher(cases: &mut Cases, rounds: Rounds, records: &[Value]) {
    let [_, middle @ .., last] = records else { panic!("no rounds") };
    for (record, next) in middle.iter().zip(&records[2..]) {
        let (start, round_key) = (field(record, "start"), field(record, "k_sch"));
        let got = after(start, |block| rounds.cipher_round(block, &round_key));
        cases.equal(|| format!("round, {record}"), &got, &field(next, "start"));
        let s_row = after(start, |block| rounds.cipher_last_round(block, &ZERO));
        cases.equal(|| format!("s_row, {record}"), &s_row, &field(record, "s_row"));
        let m_col = after(s_row, |block| rounds.mix_columns(block));
        cases.equal(|| format!("m_col, {record}"), &m_col, &field(record, "m_col"));
    }
    let got = after(field(last, "start"), |block| rounds.cipher_last_round(block, &field(last, "k_sch")));
    cases.equal(|| format!("last round, {last}"), &got, &field(last, "output"));
    let got = after(field(last, "start"), |block| rounds.cipher_last_round(block, &ZERO));
    cases.equal(|| format!("s_row, {last}"), &got, &field(last, "s_row"));

    let round_keys: Vec<Block> = middle.iter().map(|record| field(record, "k_sch")).collect();
    let got = after(field(&middle[0], "start"), |block| rounds.cipher_rounds(block, &round_keys));
    cases.equal(|| format!("all rounds up to {last}"), &got, &field(last, "start"));
}

fn trace_inverse(cases: &mut Cases, rounds: Rounds, records: &[Value]) {
    for (record, next) in records[1..].iter().zip(&records[2..]) {
        let got = after(field(record, "ik_add"), |block| rounds.inv_mix_columns(block));
        cases.equal(|| format!("ik_add, {record}"), &got, &field(next, "istart"));
    }
}

fn trace_equivalent_inverse(cases: &mut Cases, rounds: Rounds, records: &[Value], inverse: &[Value]) {
    let [_, middle @ .., last] = records else { panic!("no rounds") };
    for ((record, next), inverse) in middle.iter().zip(&records[2..]).zip(&inverse[1..]) {
        let (start, round_key) = (field(record, "istart"), field(record, "ik_sch"));
        let got = after(start, |block| rounds.eq_inv_cipher_round(block, &round_key));
        cases.equal(|| format!("inverse round, {record}"), &got, &field(next, "istart"));
        let is_row = after(start, |block| rounds.eq_inv_cipher_last_round(block, &ZERO));
        cases.equal(|| format!("is_row, {record}"), &is_row, &field(record, "is_row"));
        let im_col = after(is_row, |block| rounds.inv_mix_columns(block));
        cases.equal(|| format!("im_col, {record}"), &im_col, &field(record, "im_col"));
        let got = after(field(inverse, "ik_sch"), |round_key| rounds.inv_mix_columns(round_key));
        cases.equal(|| format!("ik_sch, {record}"), &got, &round_key);
    }
    let got = after(field(last, "istart"), |block| rounds.eq_inv_cipher_last_round(block, &field(last, "ik_sch")));
    cases.equal(|| format!("inverse last round, {last}"), &got, &field(last, "ioutput"));
    let got = after(field(last, "istart"), |block| rounds.eq_inv_cipher_last_round(block, &ZERO));
    cases.equal(|| format!("is_row, {last}"), &got, &field(last, "is_row"));
}

/// Each number of rounds in one call is that many calls, on one block and on eight.
#[test]
fn several_rounds() {
    on_every_backend("several rounds in one call", |cases| {
        let rounds = Rounds::with_backend(cases.backend);
        for count in 0..=20 {
            let text: [Block; 8] = blocks(count as u64, 8).try_into().unwrap();
            let round_keys = blocks(!count as u64, 8 * count);
            let (round_keys, _) = round_keys.as_chunks();
            let mut expected = text;
            for round_keys in round_keys {
                for (block, round_key) in expected.iter_mut().zip(round_keys) {
                    *block = PARTS[0].expected(block, round_key);
                }
            }
            let mut got = text;
            rounds.cipher_rounds_8(&mut got, round_keys);
            cases.equal(|| format!("{count} rounds on eight"), got.as_flattened(), expected.as_flattened());
            for i in 0..8 {
                let round_keys: Vec<Block> = round_keys.iter().map(|round_keys| round_keys[i]).collect();
                let got = after(text[i], |block| rounds.cipher_rounds(block, &round_keys));
                cases.equal(|| format!("{count} rounds on one"), &got, &expected[i]);
            }
        }
    });
}

/// Blocks and round keys at each of the 64 places in a cache line, and nothing beside them is touched.
#[test]
fn nothing_beside() {
    on_every_backend("rounds, canaries at every alignment", |cases| {
        let rounds = Rounds::with_backend(cases.backend);
        for alignment in 0..64 {
            let text = blocks(alignment as u64, 8);
            let (mut memory, mut key_memory) = (Memory::new(), Memory::new());
            let (round_keys, _) = key_memory.split(63 - alignment, 128);
            round_keys.copy_from_slice(blocks(!alignment as u64, 8).as_flattened());
            let round_keys: &[Block; 8] = round_keys.as_chunks().0.try_into().unwrap();
            for part in &PARTS {
                let expected: Vec<Block> = text.iter().zip(round_keys).map(|(b, k)| part.expected(b, k)).collect();
                for len in [1, 8] {
                    let name = || format!("{}, {len} blocks, at {alignment}", part.name);
                    let (within, beside) = memory.split(alignment, 16 * len);
                    within.copy_from_slice(&text.as_flattened()[..16 * len]);
                    match within.as_chunks_mut().0 {
                        [block] => (part.one)(rounds, block, &round_keys[0]),
                        eight => (part.eight)(rounds, eight.try_into().unwrap(), round_keys),
                    }
                    cases.equal(name, within, expected[..len].as_flattened());
                    cases.holds(name, only_canaries(&beside));
                    within.fill(common::CANARY);
                }
            }
        }
    });
}

/// What undoes what, as the documentation says; and the last round is that of a key.
#[test]
fn there_and_back() {
    on_every_backend("rounds there and back", |cases| {
        let rounds = Rounds::with_backend(cases.backend);
        for seed in 0..100 {
            let (text, round_key) = (block(seed), block(!seed));
            let name = || format!("seed {seed}");

            let mut got = text;
            rounds.cipher_round(&mut got, &round_key);
            got = xor(&got, &round_key);
            rounds.inv_mix_columns(&mut got);
            rounds.eq_inv_cipher_last_round(&mut got, &ZERO);
            cases.equal(name, &got, &text);

            let mut got = text;
            rounds.eq_inv_cipher_round(&mut got, &round_key);
            got = xor(&got, &round_key);
            rounds.mix_columns(&mut got);
            rounds.cipher_last_round(&mut got, &ZERO);
            cases.equal(name, &got, &text);
        }
    });
}

/// The draft's AESRound.
#[test]
fn aes_round() {
    let file = json("aegis/aegis.json");
    let vector = &file["aes_round"];
    on_every_backend("AEGIS, AESRound", |cases| {
        let rounds = Rounds::with_backend(cases.backend);
        let got = after(field(vector, "in"), |block| rounds.cipher_round(block, &field(vector, "rk")));
        cases.equal(|| "A.1".into(), &got, &field(vector, "out"));
    });
}

/// AEGIS-128L as draft-irtf-cfrg-aegis-aead-17 has it in section 3, with its names.
struct Aegis128L {
    rounds: Rounds,
    s: [Block; 8],
}

impl Aegis128L {
    fn init(rounds: Rounds, key: &Block, nonce: &Block) -> Self {
        let c0 = 0x000101020305080d_1522375990e97962_u128.to_be_bytes();
        let c1 = 0xdb3d18556dc22ff1_2011314273b528dd_u128.to_be_bytes();
        let sum = xor(key, nonce);
        let mut aegis = Self { rounds, s: [sum, c1, c0, c1, sum, xor(key, &c0), xor(key, &c1), xor(key, &c0)] };
        (0..10).for_each(|_| aegis.update(nonce, key));
        aegis
    }

    fn update(&mut self, m0: &Block, m1: &Block) {
        let mut round_keys = self.s;
        round_keys[0] = xor(&round_keys[0], m0);
        round_keys[4] = xor(&round_keys[4], m1);
        self.s.rotate_right(1);
        self.rounds.cipher_round_8(&mut self.s, &round_keys);
    }

    fn absorb(&mut self, ad: &[u8]) {
        for [t0, t1] in padded(ad) {
            self.update(&t0, &t1);
        }
    }

    fn enc(&mut self, msg: &[u8]) -> Vec<u8> {
        let mut ct = Vec::new();
        for [t0, t1] in padded(msg) {
            let s = &self.s;
            let and = |a: &Block, b: &Block| -> Block { std::array::from_fn(|i| a[i] & b[i]) };
            let z0 = xor(&xor(&s[1], &s[6]), &and(&s[2], &s[3]));
            let z1 = xor(&xor(&s[2], &s[5]), &and(&s[6], &s[7]));
            ct.extend([xor(&t0, &z0), xor(&t1, &z1)].as_flattened());
            self.update(&t0, &t1);
        }
        ct.truncate(msg.len());
        ct
    }

    /// Tags of 128 and of 256 bits.
    fn finalize(mut self, ad_len: usize, msg_len: usize) -> [Vec<u8>; 2] {
        let lengths = [ad_len, msg_len].map(|len| (8 * len as u64).to_le_bytes());
        let t = xor(&self.s[2], lengths.as_flattened().try_into().unwrap());
        (0..7).for_each(|_| self.update(&t, &t));
        let sum = |blocks: &[Block]| blocks.iter().fold(ZERO, |sum, block| xor(&sum, block));
        [sum(&self.s[..7]).to_vec(), [sum(&self.s[..4]), sum(&self.s[4..])].as_flattened().to_vec()]
    }
}

/// Pairs of blocks, the last one filled with zeros.
fn padded(bytes: &[u8]) -> Vec<[Block; 2]> {
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(32), 0);
    padded.as_chunks().0.as_chunks().0.to_vec()
}

fn block_list<const N: usize>(object: &Value, name: &str) -> [Block; N] {
    let blocks: Vec<Block> =
        list(object, name).iter().map(|value| unhex(value.as_str().unwrap(), name).try_into().unwrap()).collect();
    blocks.try_into().unwrap()
}

#[test]
fn aegis_128l() {
    let file = json("aegis/aegis.json");
    let vectors = &file["aegis_128l"];
    on_every_backend("AEGIS-128L", |cases| {
        let rounds = Rounds::with_backend(cases.backend);
        let update = &vectors["update"];
        let mut aegis = Aegis128L { rounds, s: block_list(update, "before") };
        let [m0, m1] = block_list(update, "m");
        aegis.update(&m0, &m1);
        cases.equal(|| "Update".into(), aegis.s.as_flattened(), block_list::<8>(update, "after").as_flattened());

        for vector in list(vectors, "encrypt") {
            let (ad, msg) = (hex_field(vector, "ad"), hex_field(vector, "msg"));
            let mut aegis = Aegis128L::init(rounds, &field(vector, "key"), &field(vector, "nonce"));
            aegis.absorb(&ad);
            cases.equal(|| vector.to_string(), &aegis.enc(&msg), &hex_field(vector, "ct"));
            let [tag_128, tag_256] = aegis.finalize(ad.len(), msg.len());
            cases.equal(|| vector.to_string(), &tag_128, &hex_field(vector, "tag128"));
            cases.equal(|| vector.to_string(), &tag_256, &hex_field(vector, "tag256"));
        }
        assert_eq!(cases.count(), 1 + 3 * 5);
    });
}

/// AEGIS-256's Update, in single rounds (section 4.3 there).
#[test]
fn aegis_256() {
    let file = json("aegis/aegis.json");
    let update = &file["aegis_256"]["update"];
    on_every_backend("AEGIS-256, Update", |cases| {
        let rounds = Rounds::with_backend(cases.backend);
        let before: [Block; 6] = block_list(update, "before");
        let [m] = block_list(update, "m");
        let mut after: [Block; 6] = std::array::from_fn(|i| before[(i + 5) % 6]);
        for (i, block) in after.iter_mut().enumerate() {
            rounds.cipher_round(block, &if i == 0 { xor(&before[0], &m) } else { before[i] });
        }
        cases.equal(|| "A.3.1".into(), after.as_flattened(), block_list::<6>(update, "after").as_flattened());
    });
}

/// The whole cipher, with round keys of KeyExpansion's making in the form of FIPS-197, is that of a key.
#[test]
fn whole_cipher() {
    let file = json("fips197/key_expansion.json");
    on_every_backend("AES out of rounds", |cases| {
        let rounds = Rounds::with_backend(cases.backend);
        for example in list(&file, "key_expansions") {
            let key = Aes::with_backend(&hex_field(example, "key"), cases.backend).unwrap();
            let round_keys: Vec<Block> = list(example, "round_keys")
                .iter()
                .map(|value| unhex(value.as_str().unwrap(), "round key").try_into().unwrap())
                .collect();
            let [first, middle @ .., last] = &round_keys[..] else { panic!("no round keys") };
            for seed in 0..50 {
                let mut got: [Block; 8] = blocks(seed, 8).try_into().unwrap();
                let mut expected = got;
                key.encrypt_blocks(&mut expected);
                got = got.map(|block| xor(&block, first));
                let middle: Vec<[Block; 8]> = middle.iter().map(|round_key| [*round_key; 8]).collect();
                rounds.cipher_rounds_8(&mut got, &middle);
                rounds.cipher_last_round_8(&mut got, &[*last; 8]);
                cases.equal(|| format!("seed {seed}"), got.as_flattened(), expected.as_flattened());
            }
        }
    });
}

/// What users rely on without asking.
#[test]
fn the_value() {
    fn all<T: Send + Sync + Unpin + Copy + Eq + std::hash::Hash>() {}
    all::<Rounds>();
    assert!(size_of::<Rounds>() <= 2);
    assert_eq!(Rounds::new().backend(), Backend::detect());
    assert_eq!(Rounds::default(), Rounds::new());
    for backend in Backend::available() {
        assert_eq!(Rounds::with_backend(backend).backend(), backend);
        assert_eq!(format!("{:?}", Rounds::with_backend(backend)), format!("Rounds {{ backend: {backend} }}"));
    }
}
