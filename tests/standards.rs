//! The vectors of FIPS-197, SP 800-38A, NIST CAVP and Wycheproof, on every backend.
//!
//! Every file says how many cases it has, in its README or by its own count; a suite that finds fewer fails.

#[path = "standards/cavp.rs"]
mod cavp;
mod common;

use common::{Cases, hex_field, json, list, on_every_backend, say, vectors};
use roundkey::{Block, cbc};

/// FIPS-197 appendix B and C: the published blocks, both directions.
#[test]
fn fips197() {
    let appendix_b = json("fips197/cipher_example_b.json");
    let appendix_c = json("fips197/round_traces_c.json");
    on_every_backend("FIPS-197 B and C", |cases| {
        let examples: Vec<_> = [&appendix_b].into_iter().chain(list(&appendix_c, "vectors")).collect();
        assert_eq!(examples.len(), 4);
        for example in examples {
            let key = cases.key(&hex_field(example, "key"));
            let [plaintext, ciphertext] = ["plaintext", "ciphertext"].map(|name| hex_field(example, name));
            let mut block: Block = plaintext[..].try_into().unwrap();
            key.encrypt_block(&mut block);
            cases.equal(|| format!("{} encrypt", example["example"]), &block[..], &ciphertext);
            key.decrypt_block(&mut block);
            cases.equal(|| format!("{} decrypt", example["example"]), &block[..], &plaintext);
        }
    });
}

/// SP 800-38A F.1 (ECB) and F.2 (CBC): each example as a whole, and each of its blocks through the cipher alone.
#[test]
fn sp800_38a() {
    let file = json("sp800-38a/modes_ecb_cbc.json");
    let examples = list(&file, "vectors");
    assert_eq!(examples.len(), 12);
    on_every_backend("SP 800-38A F.1 and F.2", |cases| {
        for example in examples {
            let name = || example["example"].to_string();
            let key = cases.key(&hex_field(example, "key"));
            let encrypts = example["op"] == "encrypt";
            let [from, to] = if encrypts { ["plaintext", "ciphertext"] } else { ["ciphertext", "plaintext"] };
            let mut text = hex_field(example, from);
            let blocks = text.as_chunks_mut().0;
            match (example["mode"].as_str().unwrap(), encrypts) {
                ("ECB", true) => key.encrypt_blocks(blocks),
                ("ECB", false) => key.decrypt_blocks(blocks),
                ("CBC", true) => cbc::Encryptor::new(&key, &iv(example)).encrypt_blocks(blocks),
                ("CBC", false) => cbc::Decryptor::new(&key, &iv(example)).decrypt_blocks(blocks),
                (mode, _) => panic!("{}: unknown mode {mode}", name()),
            }
            cases.equal(name, &text, &hex_field(example, to));

            assert_eq!(list(example, "blocks").len(), 4);
            for block in list(example, "blocks") {
                let mut state: Block = hex_field(block, "input_block").try_into().unwrap();
                if encrypts {
                    key.encrypt_block(&mut state)
                } else {
                    key.decrypt_block(&mut state)
                }
                let name = || format!("{}, block {}", name(), block["block"]);
                cases.equal(name, &state[..], &hex_field(block, "output_block"));
            }
        }
    });
}

fn iv(example: &serde_json::Value) -> Block {
    hex_field(example, "iv").try_into().unwrap()
}

/// NIST CAVP: known answers, multi-block messages and the Monte Carlo test, ECB and CBC, both directions.
#[test]
fn cavp() {
    let readme = vectors("cavp/README.md");
    on_every_backend("NIST CAVP", |cases| {
        let mut files = 0;
        for line in readme.lines() {
            // | ecb/ECBGFSbox128.rsp | 7 | 7 | 16 |
            let columns: Vec<_> = line.split('|').map(str::trim).collect();
            let [_, path, encrypt, decrypt, ..] = columns[..] else { continue };
            if !path.ends_with(".rsp") {
                continue;
            }
            let promised = [encrypt, decrypt].map(|count| count.parse::<usize>().unwrap());
            let before = cases.count();
            let run = cavp::run_file(cases, path);
            assert_eq!(run, promised, "{path}: cases for encryption and decryption, found and as its README says");
            assert!(cases.count() - before >= run[0] + run[1], "{path}: a case was read but not checked");
            files += 1;
        }
        assert_eq!(files, 36, "files in vectors/cavp/README.md");
        assert_eq!(cases.count(), 5476);
    });
}

/// NIST's companion files to the Monte Carlo tests: the first five inner results of each outer round.
#[test]
fn cavp_monte_carlo_intermediate_values() {
    on_every_backend("NIST CAVP Monte Carlo, intermediate values", |cases| {
        for mode in ["ECB", "CBC"] {
            for bits in [128, 192, 256] {
                let before = cases.count();
                cavp::run_intermediate_file(cases, &format!("cavp/mct-intermediate/{mode}MCT{bits}.txt"));
                assert_eq!(cases.count() - before, 1000);
            }
        }
    });
}

/// Wycheproof: valid messages go through in both directions, everything else is refused.
#[test]
fn wycheproof() {
    let file = json("wycheproof/aes_cbc_pkcs5_test.json");
    on_every_backend("Wycheproof AES-CBC-PKCS5", |cases| {
        let mut verdicts = [0, 0];
        for group in list(&file, "testGroups") {
            for test in list(group, "tests") {
                wycheproof_case(cases, test, &mut verdicts);
            }
        }
        assert_eq!(verdicts, [72, 144], "valid and invalid, as the README says");
    });
    assert_eq!(file["numberOfTests"], 216);
}

fn wycheproof_case(cases: &mut Cases, test: &serde_json::Value, [valid, invalid]: &mut [usize; 2]) {
    let name = || format!("tcId {} ({})", test["tcId"], test["comment"]);
    let key = cases.key(&hex_field(test, "key"));
    let [msg, ct] = ["msg", "ct"].map(|field| hex_field(test, field));
    match test["result"].as_str().unwrap() {
        "valid" => {
            *valid += 1;
            let [mut encrypted, mut decrypted] = [vec![0; ct.len()], vec![0; ct.len()]];
            cbc::encrypt_into(&key, &iv(test), &msg, &mut encrypted).unwrap();
            cases.equal(|| format!("{} encrypt", name()), &encrypted, &ct);
            let decrypted = cbc::decrypt_into(&key, &iv(test), &ct, &mut decrypted);
            cases.equal(
                || format!("{} decrypt", name()),
                &*decrypted.unwrap_or_else(|e| panic!("{}: {e}", name())),
                &msg[..],
            );
        }
        "invalid" => {
            *invalid += 1;
            let mut buffer = ct;
            cases.holds(
                || format!("{} must be refused", name()),
                cbc::decrypt_in_place(&key, &iv(test), &mut buffer).is_err(),
            );
            cases.holds(|| format!("{} must leave nothing", name()), buffer.iter().all(|byte| *byte == 0));
        }
        other => panic!("{}: unknown result {other}", name()),
    }
}

/// What this run is about, for whoever reads its output.
#[test]
fn backends() {
    let available: Vec<_> = roundkey::Backend::available().map(|backend| backend.name()).collect();
    say(&format!("backends on this machine, the fastest first: {}", available.join(", ")));
}
