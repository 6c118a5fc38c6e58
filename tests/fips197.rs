//! The standard's own tables and worked examples against `roundkey::fips197`: every word and every intermediate state.

#![cfg(feature = "reference")]

mod common;

use common::{hex_field, json, list, say};
use roundkey::{
    Block,
    fips197::{
        self, EqInvKeySchedule, KeySchedule, State, Word, gf256,
        key_expansion::{rcon, rot_word, sub_word},
        sbox::{INV_SBOX, SBOX, inv_sub_byte_by_definition, sub_byte_by_definition},
        state::{add_round_key, inv_mix_columns, inv_shift_rows, inv_sub_bytes, mix_columns, shift_rows, sub_bytes},
    },
};
use serde_json::Value;

/// GF(2⁸) is a field: checked on all pairs of elements, and against multiplication as section 4.2 writes it, a product of
/// polynomials that is divided by m(x).
#[test]
fn gf256_is_a_field() {
    let all = || 0..=255_u8;
    for a in all() {
        assert_eq!(gf256::xtime(a), gf256::mul(a, 0x02));
        assert_eq!(gf256::mul(a, 0x01), a);
        assert_eq!(gf256::mul(a, gf256::inverse(a)), u8::from(a != 0), "{a:02x}");
        for b in all() {
            assert_eq!(gf256::mul(a, b), long_division(a, b), "{a:02x} • {b:02x}");
            let c = a.rotate_left(3) ^ 0x5a;
            let product_of_sum = gf256::mul(c, gf256::add(a, b));
            assert_eq!(product_of_sum, gf256::add(gf256::mul(c, a), gf256::mul(c, b)));
        }
    }
}

fn long_division(a: u8, b: u8) -> u8 {
    let mut product: u16 = (0..8).filter(|i| b >> i & 1 == 1).fold(0, |sum, i| sum ^ u16::from(a) << i);
    for i in (8..16).rev() {
        if product >> i & 1 == 1 {
            product ^= 0x11b << (i - 8);
        }
    }
    u8::try_from(product).unwrap()
}

/// The tables, their definitions and the published values are one.
#[test]
fn s_boxes() {
    let published = json("fips197/sbox.json");
    assert_eq!(SBOX[..], hex_field(&published, "sbox"));
    assert_eq!(INV_SBOX[..], hex_field(&published, "inv_sbox"));
    for byte in 0..=255 {
        assert_eq!(SBOX[usize::from(byte)], sub_byte_by_definition(byte), "S-box of {byte:02x}");
        assert_eq!(INV_SBOX[usize::from(byte)], inv_sub_byte_by_definition(byte), "inverse S-box of {byte:02x}");
        assert_eq!(INV_SBOX[usize::from(SBOX[usize::from(byte)])], byte);
    }
}

/// Appendix A: every new word, and every step on the way to it.
#[test]
fn key_expansions() {
    let file = json("fips197/key_expansion.json");
    let mut words = 0;
    for example in list(&file, "key_expansions") {
        let key = hex_field(example, "key");
        let w = fips197::key_expansion(&key).unwrap();
        let round_keys = list(example, "round_keys");
        assert_eq!(w.rounds() + 1, round_keys.len());
        for (got, expected) in w.round_keys().iter().zip(round_keys) {
            assert_eq!(hex::encode(got.as_flattened()), expected.as_str().unwrap(), "{}", example["example"]);
        }

        let mut constants = rcon();
        for step in list(example, "steps") {
            let i = usize::try_from(step["i"].as_u64().unwrap()).unwrap();
            let name = |field| format!("{}, i = {i}, {field}", example["example"]);
            let mut temp = w.words()[i - 1];
            assert_eq!(temp, word(step, "temp"), "{}", name("temp"));
            if step.get("after_rotword").is_some() {
                temp = rot_word(temp);
                assert_eq!(temp, word(step, "after_rotword"), "{}", name("RotWord"));
            }
            if step.get("after_subword").is_some() {
                temp = sub_word(temp);
                assert_eq!(temp, word(step, "after_subword"), "{}", name("SubWord"));
            }
            if step.get("rcon").is_some() {
                let rcon = constants.next().unwrap();
                assert_eq!(rcon, word(step, "rcon"), "{}", name("Rcon"));
                temp = std::array::from_fn(|i| temp[i] ^ rcon[i]);
                assert_eq!(temp, word(step, "after_xor_rcon"), "{}", name("after Rcon"));
            }
            assert_eq!(w.words()[i - key.len() / 4], word(step, "w_i_minus_nk"), "{}", name("w[i-Nk]"));
            assert_eq!(w.words()[i], word(step, "w_i"), "{}", name("w[i]"));
            words += 1;
        }
    }
    assert_eq!(words, 40 + 46 + 52, "words in appendix A.1 to A.3");
    say(&format!("FIPS-197 A: fips197 passed {words} words"));
}

fn word(step: &Value, name: &str) -> Word {
    hex_field(step, name).try_into().unwrap()
}

/// Appendix B and C: every state of the cipher, the inverse cipher and the equivalent inverse cipher, by walking the
/// steps one by one; then the three functions, which must end in the same place.
#[test]
fn every_intermediate_state() {
    let mut states = 0;
    let b = json("fips197/cipher_example_b.json");
    let w = fips197::key_expansion(&hex_field(&b, "key")).unwrap();
    let output = walk_cipher(list(&b, "rounds"), &w, &mut states);
    assert_eq!(output[..], hex_field(&b, "ciphertext"));

    let c = json("fips197/round_traces_c.json");
    for example in list(&c, "vectors") {
        let w = fips197::key_expansion(&hex_field(example, "key")).unwrap();
        let dw = EqInvKeySchedule::new(&w);
        let plaintext: Block = hex_field(example, "plaintext").try_into().unwrap();
        let ciphertext: Block = hex_field(example, "ciphertext").try_into().unwrap();

        assert_eq!(walk_cipher(list(example, "cipher"), &w, &mut states), ciphertext);
        assert_eq!(walk_inverse(list(example, "inverse_cipher"), &w, &mut states), plaintext);
        let equivalent = list(example, "equivalent_inverse_cipher");
        assert_eq!(walk_equivalent_inverse(equivalent, dw.as_key_schedule(), &mut states), plaintext);

        assert_eq!(fips197::cipher(&plaintext, &w), ciphertext);
        assert_eq!(fips197::inv_cipher(&ciphertext, &w), plaintext);
        assert_eq!(fips197::eq_inv_cipher(&ciphertext, &dw), plaintext);
    }
    // Nothing in the files was passed over.
    assert_eq!(states, count_states(&b["rounds"]) + count_states(&c["vectors"]));
    assert_eq!(states, 610);
    say(&format!("FIPS-197 B and C: fips197 passed {states} states"));
}

/// How many hexadecimal states a trace holds, by looking at the file alone.
fn count_states(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(count_states).sum(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !["example", "key", "plaintext", "ciphertext"].contains(&name.as_str()))
            .map(|(_, value)| count_states(value))
            .sum(),
        Value::String(_) => 1,
        _ => 0,
    }
}

/// Compares a state with what a round's record says under `name`, if it does.
struct Round<'r> {
    record: &'r Value,
    states: &'r mut usize,
}

impl Round<'_> {
    fn state(&mut self, name: &str, state: &State) {
        assert_eq!(hex::encode(state.to_block()), self.record[name].as_str().unwrap(), "{name} of {}", self.record);
        *self.states += 1;
    }

    fn round_key(&mut self, name: &str, round_key: &[Word; 4]) {
        self.state(name, &State { columns: *round_key });
    }
}

fn walk_cipher(rounds: &[Value], w: &KeySchedule, states: &mut usize) -> Block {
    let mut state = State::from_block(&hex_field(&rounds[0], "input").try_into().unwrap());
    assert_eq!(rounds.len(), w.rounds() + 1);
    for (i, record) in rounds.iter().enumerate() {
        let mut round = Round { record, states };
        if i == 0 {
            round.state("input", &state);
        } else {
            round.state("start", &state);
            sub_bytes(&mut state);
            round.state("s_box", &state);
            shift_rows(&mut state);
            round.state("s_row", &state);
            if i < w.rounds() {
                mix_columns(&mut state);
                round.state("m_col", &state);
            }
        }
        round.round_key("k_sch", &w.round_keys()[i]);
        add_round_key(&mut state, &w.round_keys()[i]);
        if i == w.rounds() {
            round.state("output", &state);
        }
    }
    state.to_block()
}

fn walk_inverse(rounds: &[Value], w: &KeySchedule, states: &mut usize) -> Block {
    let mut state = State::from_block(&hex_field(&rounds[0], "iinput").try_into().unwrap());
    assert_eq!(rounds.len(), w.rounds() + 1);
    for (i, record) in rounds.iter().enumerate() {
        let mut round = Round { record, states };
        let round_key = &w.round_keys()[w.rounds() - i];
        if i == 0 {
            round.state("iinput", &state);
        } else {
            round.state("istart", &state);
            inv_shift_rows(&mut state);
            round.state("is_row", &state);
            inv_sub_bytes(&mut state);
            round.state("is_box", &state);
        }
        round.round_key("ik_sch", round_key);
        add_round_key(&mut state, round_key);
        if (1..w.rounds()).contains(&i) {
            round.state("ik_add", &state);
            inv_mix_columns(&mut state);
        }
        if i == w.rounds() {
            round.state("ioutput", &state);
        }
    }
    state.to_block()
}

fn walk_equivalent_inverse(rounds: &[Value], dw: &KeySchedule, states: &mut usize) -> Block {
    let mut state = State::from_block(&hex_field(&rounds[0], "iinput").try_into().unwrap());
    assert_eq!(rounds.len(), dw.rounds() + 1);
    for (i, record) in rounds.iter().enumerate() {
        let mut round = Round { record, states };
        let round_key = &dw.round_keys()[dw.rounds() - i];
        if i == 0 {
            round.state("iinput", &state);
        } else {
            round.state("istart", &state);
            inv_sub_bytes(&mut state);
            round.state("is_box", &state);
            inv_shift_rows(&mut state);
            round.state("is_row", &state);
            if i < dw.rounds() {
                inv_mix_columns(&mut state);
                round.state("im_col", &state);
            }
        }
        round.round_key("ik_sch", round_key);
        add_round_key(&mut state, round_key);
        if i == dw.rounds() {
            round.state("ioutput", &state);
        }
    }
    state.to_block()
}
