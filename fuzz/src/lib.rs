//! What the targets share: how their input begins, and what they know of the standards without the library.
//!
//! Each target takes a structure that the crate `arbitrary` makes of the fuzzer's bytes: fields of fixed length first, in their order,
//! and then all the rest as the message. So the program `seeds` can write them, and a byte that the fuzzer changes in a message
//! changes nothing else.

pub mod definition;
pub mod pem;
pub mod streams;

use arbitrary::Arbitrary;
use roundkey::{Aes, Backend, Block};

/// A key of any length, an IV, and the backend that is tried.
#[derive(Arbitrary, Clone, Debug)]
pub struct Setup {
    pub key_len: u8,
    pub backend: u8,
    pub key: [u8; 32],
    pub iv: Block,
}

impl Setup {
    pub fn key_bytes(&self) -> &[u8] {
        &self.key[..[16, 24, 32][usize::from(self.key_len % 3)]]
    }

    /// The key on any backend.
    pub fn key(&self) -> Aes {
        let backends: Vec<_> = Backend::available().collect();
        self.key_on(backends[usize::from(self.backend) % backends.len()])
    }

    pub fn key_on(&self, backend: Backend) -> Aes {
        Aes::with_backend(self.key_bytes(), backend).expect("AES has keys of these lengths")
    }

    /// The key for the definitions.
    pub fn reference(&self) -> Aes {
        self.key_on(Backend::available().find(|backend| backend.name() == "reference").expect("it is built in"))
    }
}

/// How a message is cut, again and again; zeros only are one piece.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Pieces(pub [u8; 4]);

impl Pieces {
    /// Each of these is a length: short ones of any number, longer ones in steps of 48, up to 3 KiB.
    fn len(byte: u8) -> usize {
        let byte = usize::from(byte);
        if byte < 192 { byte } else { (byte - 191) * 48 }
    }

    /// How many of `all` there are in each piece; some may be 0.
    pub fn lengths(self, all: usize) -> impl Iterator<Item = usize> {
        let whole = self.0 == [0; 4];
        let (mut rest, mut moods) = (all, self.0.into_iter().cycle());
        std::iter::from_fn(move || {
            let len = if whole { rest } else { moods.next().map_or(0, Self::len).min(rest) };
            (rest > 0).then(|| {
                rest -= len;
                len
            })
        })
    }

    pub fn cut<T>(self, mut all: &[T]) -> impl Iterator<Item = &[T]> {
        self.lengths(all.len()).map(move |len| all.split_off(..len).expect("no longer than the rest"))
    }

    pub fn cut_mut<T>(self, mut all: &mut [T]) -> impl Iterator<Item = &mut [T]> {
        self.lengths(all.len()).map(move |len| all.split_off_mut(..len).expect("no longer than the rest"))
    }
}

/// A message at any alignment. Behind it the memory ends, and AddressSanitizer watches; before it are bytes that must stay.
pub struct Placed {
    memory: Box<[u8]>,
    offset: usize,
}

const CANARY: u8 = 0xc5;

impl Placed {
    pub fn new(offset: u8, bytes: &[u8]) -> Self {
        let offset = usize::from(offset % 64);
        Placed { memory: [&vec![CANARY; offset], bytes].concat().into(), offset }
    }

    pub fn bytes(&mut self) -> &mut [u8] {
        &mut self.memory[self.offset..]
    }

    pub fn blocks(&mut self) -> &mut [Block] {
        self.bytes().as_chunks_mut().0
    }

    /// That this is what the message became.
    #[track_caller]
    pub fn expect(&mut self, what: &str, backend: Backend, expected: &[u8]) {
        assert!(self.memory[..self.offset].iter().all(|byte| *byte == CANARY), "{what}, {backend}: before the message");
        assert!(self.bytes() == expected, "{what}, {backend}: {:02x?} and not {expected:02x?}", self.bytes());
    }
}

/// What somebody on the way does to a message.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Change {
    kind: u8,
    place: u16,
    value: u8,
}

impl Change {
    pub fn apply(self, bytes: &mut Vec<u8>) {
        let (place, value) = (usize::from(self.place), self.value);
        let at = place % (bytes.len() + 1);
        match self.kind % 6 {
            // Nothing: so that what wasn't changed comes often enough.
            0 => {}
            1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= value),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, value),
            4 => drop(bytes.drain(at..bytes.len().min(at + usize::from(value)))),
            _ => {
                let again = bytes[at..bytes.len().min(at + usize::from(value))].to_vec();
                bytes.extend(again);
            }
        }
    }
}

/// That of every seed that has one.
pub const PASSWORD: &str = "correct horse";
