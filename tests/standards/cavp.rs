//! NIST CAVP response files and the Monte Carlo test (AESAVS); `vectors/cavp/README.md` has format and algorithm.

use roundkey::{Aes, Backend, Block, cbc};

use crate::common::{Cases, unhex, vectors};

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Encrypt,
    Decrypt,
}

use Direction::{Decrypt, Encrypt};

/// One `COUNT = n` and the lines below it.
struct Case {
    direction: Direction,
    count: usize,
    key: Vec<u8>,
    /// CBC files only.
    iv: Option<Block>,
    plaintext: Vec<u8>,
    ciphertext: Vec<u8>,
    /// Intermediate files only.
    inner: Vec<Vec<u8>>,
}

impl Case {
    fn input(&self) -> &[u8] {
        if self.direction == Encrypt { &self.plaintext } else { &self.ciphertext }
    }

    fn output(&self) -> &[u8] {
        if self.direction == Encrypt { &self.ciphertext } else { &self.plaintext }
    }

    fn name(&self, path: &str) -> String {
        let direction = if self.direction == Encrypt { "ENCRYPT" } else { "DECRYPT" };
        format!("{path} [{direction}] COUNT = {}", self.count)
    }
}

/// Runs a file's cases and returns how many there were of each direction.
pub fn run_file(cases: &mut Cases, path: &str) -> [usize; 2] {
    let path = &format!("cavp/{path}");
    let all = parse(path);
    let [encrypt, decrypt] = [Encrypt, Decrypt].map(|direction| {
        let some: Vec<_> = all.iter().filter(|case| case.direction == direction).collect();
        if path.contains("MCT") {
            let results = MonteCarlo::new(cases, some[0]).map(|round| round[999]);
            for (case, result) in some.iter().zip(results) {
                cases.equal(|| case.name(path), &result[..], case.output());
            }
        } else {
            for case in &some {
                let mut text = case.input().to_vec();
                let key = cases.key(&case.key);
                let blocks = text.as_chunks_mut().0;
                match (direction, case.iv) {
                    (Encrypt, None) => key.encrypt_blocks(blocks),
                    (Decrypt, None) => key.decrypt_blocks(blocks),
                    (Encrypt, Some(iv)) => cbc::Encryptor::new(&key, &iv).encrypt_blocks(blocks),
                    (Decrypt, Some(iv)) => cbc::Decryptor::new(&key, &iv).decrypt_blocks(blocks),
                }
                cases.equal(|| case.name(path), &text[..], case.output());
            }
        }
        some.len()
    });
    [encrypt, decrypt]
}

/// The same for a file of intermediate values, five in each outer round.
pub fn run_intermediate_file(cases: &mut Cases, path: &str) {
    let all = parse(path);
    for direction in [Encrypt, Decrypt] {
        let some: Vec<_> = all.iter().filter(|case| case.direction == direction).collect();
        let rounds: Vec<_> = MonteCarlo::new(cases, some[0]).take(some.len()).collect();
        for (case, round) in some.into_iter().zip(rounds) {
            for (j, (inner, expected)) in round.iter().zip(&case.inner).enumerate() {
                cases.equal(|| format!("{}, INTERMEDIATE COUNT = {j}", case.name(path)), &inner[..], &expected[..]);
            }
        }
    }
}

fn parse(path: &str) -> Vec<Case> {
    let text = vectors(path);
    let mut cases: Vec<Case> = Vec::new();
    let mut direction = None;
    for line in text.lines() {
        match line {
            "[ENCRYPT]" => direction = Some(Encrypt),
            "[DECRYPT]" => direction = Some(Decrypt),
            _ if line.starts_with('#') => {}
            _ => {
                let Some((name, value)) = line.split_once(" = ") else { continue };
                if name == "COUNT" {
                    let count = value.trim().parse().unwrap();
                    let [key, plaintext, ciphertext] = Default::default();
                    let direction = direction.unwrap();
                    cases.push(Case { direction, count, key, iv: None, plaintext, ciphertext, inner: vec![] });
                    continue;
                }
                if name.trim() == "INTERMEDIATE COUNT" {
                    continue;
                }
                let case = cases.last_mut().unwrap();
                let bytes = unhex(value.trim(), path);
                match name.trim() {
                    "KEY" => case.key = bytes,
                    "IV" => case.iv = Some(bytes.try_into().unwrap()),
                    "PLAINTEXT" => case.plaintext = bytes,
                    "CIPHERTEXT" => case.ciphertext = bytes,
                    // "Vaue" is NIST's spelling.
                    name if name.starts_with("Intermediate Vaue") => case.inner.push(bytes),
                    other => panic!("{path}: unknown name {other}"),
                }
            }
        }
    }
    cases
}

/// The Monte Carlo test (AESAVS section 6.4): an endless chain of outer rounds, each of which gives its 1000 results.
struct MonteCarlo {
    backend: Backend,
    direction: Direction,
    key: Vec<u8>,
    iv: Option<Block>,
    input: Block,
}

impl MonteCarlo {
    fn new(cases: &Cases, seed: &Case) -> Self {
        MonteCarlo {
            backend: cases.backend,
            direction: seed.direction,
            key: seed.key.clone(),
            iv: seed.iv,
            input: seed.input().try_into().unwrap(),
        }
    }
}

impl Iterator for MonteCarlo {
    type Item = Vec<Block>;

    fn next(&mut self) -> Option<Vec<Block>> {
        let key = Aes::with_backend(&self.key, self.backend).unwrap();
        let mut out = Vec::with_capacity(1000);
        let mut input = self.input;
        match self.iv {
            None => {
                for _ in 0..1000 {
                    match self.direction {
                        Encrypt => key.encrypt_block(&mut input),
                        Decrypt => key.decrypt_block(&mut input),
                    }
                    out.push(input);
                }
                self.input = out[999];
            }
            Some(iv) => {
                let mut encryptor = cbc::Encryptor::new(&key, &iv);
                let mut decryptor = cbc::Decryptor::new(&key, &iv);
                let mut next = iv;
                for _ in 0..1000 {
                    let mut text = [input];
                    match self.direction {
                        Encrypt => encryptor.encrypt_blocks(&mut text),
                        Decrypt => decryptor.decrypt_blocks(&mut text),
                    }
                    input = next;
                    next = text[0];
                    out.push(text[0]);
                }
                self.iv = Some(out[999]);
                self.input = out[998];
            }
        }
        // The next key is this one plus the end of the last two results.
        let last_two = [out[998], out[999]];
        let tail = &last_two.as_flattened()[32 - self.key.len()..];
        for (key, byte) in self.key.iter_mut().zip(tail) {
            *key ^= byte;
        }
        Some(out)
    }
}
