//! The whole computation, as an observer of `fips197` has seen it.

use std::fmt::{self, Display};

use roundkey::{
    Block,
    fips197::{
        EqInvKeySchedule, State,
        cipher::trace_cipher,
        inverse_cipher::{trace_eq_inv_cipher, trace_inv_cipher},
        key_expansion::trace_key_expansion,
        trace::{self, Expansion, Transformation},
    },
};

/// Appendix B's.
const PLAINTEXT: Block =
    [0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d, 0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34];
const CIPHERTEXT: Block =
    [0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb, 0xdc, 0x11, 0x85, 0x97, 0x19, 0x6a, 0x0b, 0x32];

pub struct Walk {
    /// What is done, by the standard's name.
    pub name: &'static str,
    pub key: Vec<u8>,
    pub expansion: Vec<Expansion>,
    /// Nr.
    pub rounds: usize,
    pub input: Block,
    pub steps: Vec<Step>,
    pub output: Block,
}

/// A [`trace::Step`] that is one's own.
pub struct Step {
    pub round: usize,
    pub transformation: Transformation,
    pub before: State,
    pub after: State,
    pub round_key: Option<RoundKey>,
}

/// What AddRoundKey adds.
pub struct RoundKey {
    /// `w`, or `dw`, which is that of the equivalent inverse cipher.
    pub schedule: &'static str,
    /// Its place there, which goes down from Nr where rounds count up, in both inverse ciphers.
    pub number: usize,
    pub words: State,
}

impl Display for RoundKey {
    /// Which words these are: `w[36..39]`, for example.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}..{}]", self.schedule, 4 * self.number, 4 * self.number + 3)
    }
}

impl Walk {
    /// Of a key of 16, 24 or 32 bytes.
    pub fn new(key: &[u8], block: Option<Block>, decrypt: bool, equivalent: bool) -> Self {
        let mut expansion = Vec::new();
        let w = trace_key_expansion(key, |word| expansion.push(word)).expect("the length was checked");
        let (name, input) = match (decrypt, equivalent) {
            (false, _) => ("Cipher", block.unwrap_or(PLAINTEXT)),
            (true, false) => ("InvCipher", block.unwrap_or(CIPHERTEXT)),
            (true, true) => ("EqInvCipher", block.unwrap_or(CIPHERTEXT)),
        };
        let mut steps = Vec::new();
        let observer = |step: trace::Step<'_>| {
            let trace::Step { round, transformation, before, after, round_key } = step;
            steps.push(Step {
                round,
                transformation,
                before,
                after,
                round_key: round_key.map(|words| RoundKey {
                    schedule: if name == "EqInvCipher" { "dw" } else { "w" },
                    number: if name == "Cipher" { round } else { w.rounds() - round },
                    words: State { columns: *words },
                }),
            });
        };
        let output = match name {
            "Cipher" => trace_cipher(&input, &w, observer),
            "InvCipher" => trace_inv_cipher(&input, &w, observer),
            _ => trace_eq_inv_cipher(&input, &EqInvKeySchedule::new(&w), observer),
        };
        Walk { name, key: key.to_vec(), expansion, rounds: w.rounds(), input, steps, output }
    }

    /// How many words the key has.
    pub fn nk(&self) -> usize {
        self.key.len() / 4
    }

    /// The steps of each round, from 0 on.
    pub fn by_round(&self) -> impl Iterator<Item = &[Step]> {
        self.steps.chunk_by(|a, b| a.round == b.round)
    }
}
