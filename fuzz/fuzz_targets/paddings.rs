//! The paddings: nothing panics; each takes back exactly what a plain reading of its definition does; and the three forms of
//! PKCS#7, the one that hasn't decided yet included, agree.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use roundkey::{
    Block, PadError, UnpadError,
    padding::{AnsiX923, Iso7816, NoPadding, Padding, Pkcs7, Zero, pkcs7},
};
use roundkey_fuzz::definition::{self, pkcs7_pad, pkcs7_unpad};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    last_block: Block,
    block_size: u8,
    /// How much of the buffer is a message that is to be padded.
    message_len: u16,
    /// Whether it ends like one that was padded, of which so many bytes were changed.
    padded: bool,
    changed: u8,
    buffer: &'a [u8],
}

fuzz_target!(|input: Input| {
    let Input { last_block, block_size, message_len, padded, changed, buffer } = input;
    of(Pkcs7, definition::PKCS7, &last_block);
    of(Iso7816, definition::ISO_7816, &last_block);
    of(AnsiX923, definition::ANSI_X923, &last_block);
    of(Zero, definition::ZERO, &last_block);
    of(NoPadding, definition::NONE, &last_block);

    let mut buffer = buffer.to_vec();
    pad(&buffer, message_len.into(), block_size);
    if padded && block_size > 0 {
        buffer = pkcs7_pad(&buffer, block_size);
        let at = buffer.len().saturating_sub(usize::from(changed));
        buffer.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= last_block[0]);
    }
    unpad(&buffer, block_size);
});

/// One of those of the modes, on a block that anybody may have made.
fn of(padding: impl Padding, definition: definition::Padding, last_block: &Block) {
    assert_eq!(padding.unpad(last_block).into_option().map(usize::from), (definition.removed)(last_block));
    let message_len = usize::from(last_block[15] % 16);
    if let Some(added) = (definition.added)(message_len) {
        let mut block = *last_block;
        if !added.is_empty() {
            padding.pad(&mut block, message_len);
        }
        assert_eq!(block[..message_len], last_block[..message_len]);
        assert!(added.is_empty() || block[message_len..] == added);
    }
}

fn pad(buffer: &[u8], message_len: usize, block_size: u8) {
    let mut out = buffer.to_vec();
    let expected = (block_size > 0).then(|| (message_len / usize::from(block_size) + 1) * usize::from(block_size));
    assert_eq!(pkcs7::padded_len(message_len, block_size), expected);
    match (pkcs7::pad(&mut out, message_len, block_size), expected) {
        (Err(PadError::BlockSize), None) => assert_eq!(out, buffer),
        (Err(PadError::Buffer(error)), Some(needed)) if needed > buffer.len() => {
            assert_eq!((error.given(), error.needed()), (buffer.len(), needed));
            assert_eq!(out, buffer);
        }
        (Ok(padded), Some(_)) => {
            let padded_len = padded.len();
            assert_eq!(padded, pkcs7_pad(&buffer[..message_len], block_size));
            assert_eq!(out[padded_len..], buffer[padded_len..]);
        }
        (got, expected) => panic!("{got:?}, and expected were {expected:?} bytes"),
    }
}

fn unpad(padded: &[u8], block_size: u8) {
    let expected = if block_size == 0 {
        Err(UnpadError::BlockSize)
    } else if padded.is_empty() || !padded.len().is_multiple_of(block_size.into()) {
        Err(UnpadError::Length { given: padded.len(), block_size })
    } else {
        pkcs7_unpad(padded, block_size).ok_or(UnpadError::Padding)
    };
    assert_eq!(pkcs7::unpad(padded, block_size), expected);
    assert_eq!(pkcs7::unpad_ct(padded, block_size).into_option(), expected.ok().map(<[u8]>::len));
}
