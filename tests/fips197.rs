//! The standard's own tables and worked examples against `roundkey::fips197`: every word and every intermediate state.

#![cfg(feature = "reference")]

mod common;

use common::{hex_field, json, list, say};
use roundkey::{
    Block,
    fips197::{
        self, EqInvKeySchedule, State, Word,
        cipher::trace_cipher,
        gf256,
        inverse_cipher::{trace_eq_inv_cipher, trace_inv_cipher},
        key_expansion::trace_key_expansion,
        sbox::{INV_SBOX, SBOX, inv_sub_byte_by_definition, sub_byte_by_definition},
        trace::{Expansion, Step, Transformation},
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

/// Appendix A: every new word, and all that it is made of, as an observer sees it.
#[test]
fn key_expansions() {
    let file = json("fips197/key_expansion.json");
    let mut words = 0;
    for example in list(&file, "key_expansions") {
        let key = hex_field(example, "key");
        let mut lines = Vec::new();
        let w = trace_key_expansion(&key, |line| lines.push(line)).unwrap();
        let round_keys = list(example, "round_keys");
        assert_eq!(w.rounds() + 1, round_keys.len());
        for (got, expected) in w.round_keys().iter().zip(round_keys) {
            assert_eq!(hex::encode(got.as_flattened()), expected.as_str().unwrap(), "{}", example["example"]);
        }

        let printed = list(example, "steps");
        assert_eq!(lines.len(), printed.len());
        for (line, printed) in lines.iter().zip(printed) {
            let expected = Expansion {
                i: usize::try_from(printed["i"].as_u64().unwrap()).unwrap(),
                temp: word(printed, "temp").unwrap(),
                after_rot_word: word(printed, "after_rotword"),
                after_sub_word: word(printed, "after_subword"),
                rcon: word(printed, "rcon"),
                after_rcon: word(printed, "after_xor_rcon"),
                w_i_minus_nk: word(printed, "w_i_minus_nk").unwrap(),
                w_i: word(printed, "w_i").unwrap(),
            };
            assert_eq!(*line, expected, "{}", example["example"]);
            assert_eq!(w.words()[line.i], line.w_i);
            words += 1;
        }
    }
    assert_eq!(words, 40 + 46 + 52, "words in appendix A.1 to A.3");
    say(&format!("FIPS-197 A: fips197 passed {words} words"));
}

/// Section 3.4: bytes go down the columns, and rows across them. And the names of transformations are the standard's.
#[test]
fn rows_and_names() {
    let state = State::from_block(&core::array::from_fn(|i| i as u8));
    assert_eq!([0, 1, 2, 3].map(|r| state.row(r)), [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]]);
    assert_eq!(format!("{} {}", Transformation::ShiftRows, Transformation::InvMixColumns), "ShiftRows InvMixColumns");
}

/// Nothing where the standard's table has nothing.
fn word(line: &Value, name: &str) -> Option<Word> {
    line.get(name).map(|_| hex_field(line, name).try_into().unwrap())
}

/// Appendix B and C: every state of the cipher, the inverse cipher and the equivalent inverse cipher, as an observer sees
/// them; and that they are told to observers and to nobody in the same way.
#[test]
fn every_intermediate_state() {
    let mut states = 0;
    let b = json("fips197/cipher_example_b.json");
    let w = fips197::key_expansion(&hex_field(&b, "key")).unwrap();
    let [plaintext, ciphertext] = ["plaintext", "ciphertext"].map(|name| hex_field(&b, name).try_into().unwrap());
    let mut steps = Vec::new();
    assert_eq!(trace_cipher(&plaintext, &w, |step| steps.push(step)), ciphertext);
    states += reproduced(list(&b, "rounds"), &plaintext, &steps, &ciphertext);

    let c = json("fips197/round_traces_c.json");
    for example in list(&c, "vectors") {
        let w = fips197::key_expansion(&hex_field(example, "key")).unwrap();
        let dw = EqInvKeySchedule::new(&w);
        let [plaintext, ciphertext] =
            ["plaintext", "ciphertext"].map(|name| hex_field(example, name).try_into().unwrap());

        let mut steps = Vec::new();
        assert_eq!(trace_cipher(&plaintext, &w, |step| steps.push(step)), ciphertext);
        states += reproduced(list(example, "cipher"), &plaintext, &steps, &ciphertext);
        steps.clear();
        assert_eq!(trace_inv_cipher(&ciphertext, &w, |step| steps.push(step)), plaintext);
        states += reproduced(list(example, "inverse_cipher"), &ciphertext, &steps, &plaintext);
        let mut steps = Vec::new();
        assert_eq!(trace_eq_inv_cipher(&ciphertext, &dw, |step| steps.push(step)), plaintext);
        states += reproduced(list(example, "equivalent_inverse_cipher"), &ciphertext, &steps, &plaintext);

        assert_eq!(fips197::cipher(&plaintext, &w), ciphertext);
        assert_eq!(fips197::inv_cipher(&ciphertext, &w), plaintext);
        assert_eq!(fips197::eq_inv_cipher(&ciphertext, &dw), plaintext);
    }
    // Nothing in the files was passed over.
    assert_eq!(states, count_states(&b["rounds"]) + count_states(&c["vectors"]));
    assert_eq!(states, 610);
    say(&format!("FIPS-197 B and C: fips197 passed {states} states"));
}

/// Compares the steps with the standard's record of each round, and with each other. Returns how many states there were.
fn reproduced(rounds: &[Value], input: &Block, steps: &[Step], output: &Block) -> usize {
    let ends = steps.iter().map(|step| step.before).skip(1).chain([State::from_block(output)]);
    assert!(steps.iter().map(|step| step.after).eq(ends), "one step begins where the other ended");
    assert_eq!(steps[0].before, State::from_block(input));
    assert_eq!(steps.last().unwrap().round + 1, rounds.len());

    let mut states = 0;
    for (number, record) in rounds.iter().enumerate() {
        let steps: Vec<_> = steps.iter().filter(|step| step.round == number).collect();
        let of = |transformation| steps.iter().find(|step| step.transformation == transformation).unwrap();
        let names = record.as_object().unwrap().keys().filter(|name| *name != "round");
        for name in names {
            let state = match name.as_str() {
                "input" | "start" | "iinput" | "istart" => steps[0].before,
                "s_box" => of(Transformation::SubBytes).after,
                "s_row" => of(Transformation::ShiftRows).after,
                "m_col" => of(Transformation::MixColumns).after,
                "is_row" => of(Transformation::InvShiftRows).after,
                "is_box" => of(Transformation::InvSubBytes).after,
                "im_col" => of(Transformation::InvMixColumns).after,
                "k_sch" | "ik_sch" => State { columns: *of(Transformation::AddRoundKey).round_key.unwrap() },
                "ik_add" => of(Transformation::AddRoundKey).after,
                "output" | "ioutput" => steps.last().unwrap().after,
                _ => panic!("{name}: what is that?"),
            };
            assert_eq!(hex::encode(state.to_block()), record[name].as_str().unwrap(), "{name} of {record}");
            states += 1;
        }
        // A round key is what AddRoundKey has, and nothing else.
        assert!(
            steps.iter().all(|step| step.round_key.is_some() == (step.transformation == Transformation::AddRoundKey))
        );
    }
    states
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
