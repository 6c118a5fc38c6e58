//! `cbc::encrypt_many` with messages of any lengths, in any places in memory and in several calls, against each message alone.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use roundkey::{Block, cbc};
use roundkey_fuzz::{Setup, definition};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    setup: Setup,
    /// After so many blocks of each message the call ends, and the next one goes on.
    cut: u8,
    /// Messages that begin at the same place of a page are worked on in another order.
    in_pages: bool,
    /// How many blocks each has, up to 99.
    lengths: &'a [u8],
}

/// All of them together; more would only take longer.
const MOST: usize = 700;

fuzz_target!(|input: Input| {
    let Input { setup, cut, in_pages, lengths } = input;
    let (reference, key) = (setup.reference(), setup.key());
    let mut left = MOST;
    let length = |len: &u8| {
        let len = left.min(usize::from(*len % 100));
        left -= len;
        len
    };
    let lengths: Vec<usize> = lengths.iter().map(length).collect();

    let plaintext = |number: usize, at: usize| -> Block {
        std::array::from_fn(|i| setup.iv[i] ^ [number as u8, at as u8, (at >> 8) as u8][i % 3])
    };
    let iv = |number: usize| -> Block { std::array::from_fn(|i| setup.iv[i].wrapping_add(number as u8)) };

    // All messages in one piece of memory, at the beginnings of pages or one behind the other.
    let stride = |len: usize| if in_pages { len.next_multiple_of(4096 / 16) } else { len };
    let mut memory = vec![Block::default(); lengths.iter().map(|len| stride(*len)).sum()];
    let mut rest = &mut memory[..];
    let mut messages: Vec<cbc::Message> = Vec::new();
    for (number, len) in lengths.iter().enumerate() {
        let blocks = &mut rest.split_off_mut(..stride(*len)).expect("there is room")[..*len];
        blocks.iter_mut().enumerate().for_each(|(at, block)| *block = plaintext(number, at));
        messages.push(cbc::Message { iv: iv(number), blocks });
    }

    // The first blocks in one call, and the others in another, with what the first left in `iv`.
    let cut = usize::from(cut);
    let mut rests = Vec::new();
    let mut firsts: Vec<cbc::Message> = Vec::new();
    for cbc::Message { iv, blocks } in messages {
        let (first, rest) = blocks.split_at_mut(cut.min(blocks.len()));
        firsts.push(cbc::Message { iv, blocks: first });
        rests.push(rest);
    }
    cbc::encrypt_many(&key, &mut firsts);
    let mut seconds: Vec<cbc::Message> =
        firsts.iter().zip(rests).map(|(first, blocks)| cbc::Message { iv: first.iv, blocks }).collect();
    cbc::encrypt_many(&key, &mut seconds);

    for (number, (first, second)) in firsts.iter().zip(&seconds).enumerate() {
        let mut expected: Vec<Block> = (0..lengths[number]).map(|at| plaintext(number, at)).collect();
        definition::cbc_encrypt(&reference, &iv(number), &mut expected);
        let got = [&*first.blocks, &*second.blocks].concat();
        assert!(got == expected, "message {number} of {} blocks, {}", got.len(), key.backend());
        assert_eq!(second.iv, *expected.last().unwrap_or(&iv(number)), "the IV that message {number} leaves");
    }
    if !in_pages {
        return;
    }
    // What is between the messages is nobody's.
    let mut at = 0;
    for len in &lengths {
        assert!(memory[at + len..at + stride(*len)].iter().all(|block| *block == Block::default()));
        at += stride(*len);
    }
});
