//! What is measured: operations, the rows of the table, and the buffer they all work in.

use std::fmt;

use roundkey::Block;

use crate::candidates::Class;

/// What the key setup is for. Some libraries expand a key for one direction only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    Encrypt,
    Decrypt,
    Both,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    EcbEncrypt,
    EcbDecrypt,
    CbcDecrypt,
    /// One message.
    CbcEncrypt,
    /// Many independent messages under one key.
    CbcEncryptMany,
    KeySetup(Setup),
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Operation::EcbEncrypt => "ECB encrypt",
            Operation::EcbDecrypt => "ECB decrypt",
            Operation::CbcDecrypt => "CBC decrypt",
            Operation::CbcEncrypt => "CBC encrypt",
            Operation::CbcEncryptMany => "CBC encrypt many",
            Operation::KeySetup(Setup::Encrypt) => "key setup, encrypt",
            Operation::KeySetup(Setup::Decrypt) => "key setup, decrypt",
            Operation::KeySetup(Setup::Both) => "key setup, both",
        })
    }
}

/// A row of the table: what one call does.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    pub operation: Operation,
    /// Bytes of the key.
    pub key_len: usize,
    /// Blocks of each message; one message but for `CbcEncryptMany`, none for `KeySetup`.
    pub messages: Vec<usize>,
    /// Blocks between one message and the next.
    ///
    /// Messages of 16 KiB side by side all begin in the same set of the first-level cache, which then can't hold the
    /// places where they are worked on. Allocators leave at least 16 bytes between them.
    pub gap: usize,
}

impl Row {
    /// A row for one message of `blocks` blocks.
    pub fn one(operation: Operation, key_len: usize, blocks: usize) -> Self {
        Row { operation, key_len, messages: vec![blocks], gap: 0 }
    }

    /// A row for many messages, as an allocator would place them.
    pub fn many(key_len: usize, messages: Vec<usize>) -> Self {
        Row { operation: Operation::CbcEncryptMany, key_len, messages, gap: 1 }
    }

    /// Blocks of the buffer that the calls use.
    pub fn span(&self) -> usize {
        self.blocks() * self.places() + self.gap * self.messages.len()
    }

    /// Blocks of all messages together.
    pub fn blocks(&self) -> usize {
        self.messages.iter().sum()
    }

    /// How many different places in the buffer the calls go to in turn.
    ///
    /// Short calls one after the other shall be independent, as they would be in a program: if each worked on the result
    /// of the one before, the row would measure latency. All places together fit into the first-level cache.
    pub fn places(&self) -> usize {
        match self.operation {
            Operation::CbcEncryptMany | Operation::KeySetup(_) => 1,
            Operation::CbcEncrypt if !self.independent() => 1,
            _ => (CACHE_BLOCKS / self.blocks()).clamp(1, 64),
        }
    }

    /// Whether a call may begin before the one before it has ended.
    ///
    /// Not so for one message of CBC encryption: there each call goes on with the chain of the call before. Else the
    /// processor would overlap the end of a message with the start of the next, and seem to beat its own latency. At one
    /// block there is no chain to measure; that row is about the cost of a call, like the other rows of 16 bytes.
    pub fn independent(&self) -> bool {
        self.operation != Operation::CbcEncrypt || self.blocks() == 1
    }

    /// Rounds for each block: as many AES instructions (FIPS-197 section 5).
    pub fn rounds(&self) -> usize {
        self.key_len / 4 + 6
    }

    /// The message lengths in words.
    pub fn length(&self) -> String {
        match self.messages.as_slice() {
            [] => "-".into(),
            [one] => size(*one),
            [first, rest @ ..] if rest.iter().all(|other| other == first) => {
                let adjacent = if self.gap == 0 { " adjacent" } else { "" };
                format!("{} x {}{adjacent}", self.messages.len(), size(*first))
            }
            all => format!("{} mixed", all.len()),
        }
    }

    pub fn name(&self) -> String {
        format!("{} {} {}", self.operation, 8 * self.key_len, self.length())
    }

    /// Without AES instructions no length from 16 KiB up is any different, and each takes its time.
    fn is_for(&self, class: Class) -> bool {
        let endless = self.messages.len() == 1 && self.blocks() > 1024;
        class == Class::Open || !endless
    }

    /// The 64 MiB row, which is about memory as much as about AES.
    pub fn is_huge(&self) -> bool {
        self.blocks() == HUGE
    }
}

/// 16 KiB: half of the smallest first-level cache.
const CACHE_BLOCKS: usize = 1024;
/// 64 MiB.
const HUGE: usize = 4 << 20;
/// 16 B, 256 B, 4 KiB, 16 KiB, 1 MiB.
const LENGTHS: [usize; 5] = [1, 16, 256, 1024, 65536];

/// All rows, in the table's order.
pub fn rows(class: Class) -> impl Iterator<Item = Row> {
    let keys = [16, 24, 32];
    let mut rows = Vec::new();
    for operation in [Operation::EcbEncrypt, Operation::EcbDecrypt, Operation::CbcDecrypt, Operation::CbcEncrypt] {
        for key_len in keys {
            rows.extend(LENGTHS.map(|blocks| Row::one(operation, key_len, blocks)));
            if operation == Operation::CbcEncrypt {
                // From here on nothing but the chain should count.
                rows.insert(rows.len() - 3, Row::one(operation, key_len, 64));
            }
        }
    }
    for key_len in keys {
        rows.extend([vec![16; 16], vec![1024; 16], mixed_lengths()].map(|messages| Row::many(key_len, messages)));
    }
    rows.push(Row { gap: 0, ..Row::many(16, vec![1024; 16]) });
    if class == Class::Software {
        // More messages than any backend has side by side.
        rows.extend(keys.map(|key_len| Row::many(key_len, vec![1024; 64])));
    }
    for setup in [Setup::Encrypt, Setup::Decrypt, Setup::Both] {
        rows.extend(keys.map(|key_len| Row {
            operation: Operation::KeySetup(setup),
            key_len,
            messages: vec![],
            gap: 0,
        }));
    }
    rows.push(Row::one(Operation::CbcDecrypt, 16, HUGE));
    rows.into_iter().filter(move |row| row.is_for(class))
}

/// A thousand lengths from 16 B to 4 KiB, evenly mixed, the same in every run.
pub fn mixed_lengths() -> Vec<usize> {
    let mut random = random();
    (0..1000).map(|_| 1 + (random() % 256) as usize).collect()
}

/// Numbers for test data, the same in every run: SplitMix64.
fn random() -> impl FnMut() -> u64 {
    let mut state = 0_u64;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

/// The buffer that all candidates share, so that none is luckier with its pages.
pub struct Data {
    blocks: Vec<Block>,
    /// Where the first cache line begins.
    start: usize,
}

impl Data {
    pub fn new() -> Self {
        let blocks = vec![[0; 16]; HUGE + 4];
        let start = blocks.as_ptr().align_offset(64);
        Data { blocks, start }
    }

    /// The first `count` blocks.
    pub fn take(&mut self, count: usize) -> &mut [Block] {
        &mut self.blocks[self.start..][..count]
    }

    /// The same, filled with the same bytes each time.
    pub fn fresh(&mut self, count: usize) -> &mut [Block] {
        let mut random = random();
        let blocks = self.take(count);
        for word in blocks.as_flattened_mut().chunks_exact_mut(8) {
            word.copy_from_slice(&random().to_le_bytes());
        }
        blocks
    }
}

/// A key of 16, 24 or 32 bytes.
pub fn key(len: usize) -> Vec<u8> {
    (0..len as u8).map(|i| i.wrapping_mul(0x3b) ^ 0xa5).collect()
}

/// `blocks` blocks in bytes.
fn size(blocks: usize) -> String {
    match 16 * blocks {
        bytes if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        bytes if bytes >= 1 << 10 => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} B"),
    }
}
