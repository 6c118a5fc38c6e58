//! Properties, on inputs that proptest makes up: what holds for some must hold for all.

mod common;

use std::num::NonZeroU8;

use proptest::{collection::vec, prelude::*, sample::select, test_runner::Config};
use roundkey::{Aes, Backend, Block, DecryptError, UnpadError, cbc, padding::pkcs7};

fn config() -> Config {
    // More of them by PROPTEST_CASES, which the default knows of.
    let default = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { 512 };
    // The failing case is printed; a file of them would have to be kept for each suite.
    Config { cases, failure_persistence: None, ..default }
}

fn backend() -> impl Strategy<Value = Backend> {
    select(common::backends().collect::<Vec<_>>())
}

fn key_bytes() -> impl Strategy<Value = Vec<u8>> {
    select(vec![16, 24, 32]).prop_flat_map(|len| vec(any::<u8>(), len))
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..1500)
}

fn key(bytes: &[u8], backend: Backend) -> Aes {
    Aes::with_backend(bytes, backend).unwrap()
}

proptest! {
    #![proptest_config(config())]

    /// What one backend encrypts, any other decrypts, in both modes.
    #[test]
    fn round_trip_between_backends(
        (key_bytes, iv, message) in (key_bytes(), any::<Block>(), message()),
        (one, other) in (backend(), backend()),
    ) {
        let (one, other) = (key(&key_bytes, one), key(&key_bytes, other));
        let mut buffer = message.clone();
        buffer.resize(message.len() + 16, 0);

        let ciphertext = cbc::encrypt_in_place(&one, &iv, &mut buffer, message.len()).unwrap();
        prop_assert_eq!(cbc::decrypt_in_place(&other, &iv, ciphertext).unwrap(), &message[..]);

        let ciphertext = roundkey::ecb::encrypt_in_place(&one, &mut buffer, message.len()).unwrap();
        prop_assert_eq!(roundkey::ecb::decrypt_in_place(&other, ciphertext).unwrap(), &message[..]);
    }

    /// CBC in any pieces is CBC at once.
    #[test]
    fn any_pieces(
        (key_bytes, backend, iv) in (key_bytes(), backend(), any::<Block>()),
        pieces in vec(0_usize..50, 0..12),
    ) {
        let key = key(&key_bytes, backend);
        let plaintext = common::blocks(1, pieces.iter().sum());
        let mut at_once = plaintext.clone();
        cbc::Encryptor::new(&key, &iv).encrypt_blocks(&mut at_once);

        let mut text = plaintext.clone();
        let mut encryptor = cbc::Encryptor::new(&key, &iv);
        each_piece(&mut text, &pieces, |piece| encryptor.encrypt_blocks(piece));
        prop_assert_eq!(&text, &at_once);

        let mut decryptor = cbc::Decryptor::new(&key, &iv);
        each_piece(&mut text, &pieces, |piece| decryptor.decrypt_blocks(piece));
        prop_assert_eq!(&text, &plaintext);
    }

    /// Many messages at once are each message alone.
    #[test]
    fn many_messages(
        (key_bytes, backend) in (key_bytes(), backend()),
        messages in vec((any::<Block>(), vec(any::<Block>(), 0..30)), 0..20),
    ) {
        let key = key(&key_bytes, backend);
        let mut together: Vec<Vec<Block>> = messages.iter().map(|(_, blocks)| blocks.clone()).collect();
        let mut calls: Vec<_> = together
            .iter_mut()
            .zip(&messages)
            .map(|(blocks, (iv, _))| cbc::Message { iv: *iv, blocks })
            .collect();
        cbc::encrypt_many(&key, &mut calls);
        let ivs: Vec<Block> = calls.iter().map(|message| message.iv).collect();

        for (i, (iv, blocks)) in messages.into_iter().enumerate() {
            let mut alone = blocks;
            cbc::Encryptor::new(&key, &iv).encrypt_blocks(&mut alone);
            prop_assert_eq!(&together[i], &alone);
            prop_assert_eq!(&ivs[i], alone.last().unwrap_or(&iv));
        }
    }

    /// Any bytes of any length either decrypt or give the right error; nothing panics, and what one backend says they all
    /// say.
    #[test]
    fn any_ciphertext(key_bytes in key_bytes(), iv in any::<Block>(), ciphertext in vec(any::<u8>(), 0..100)) {
        let verdicts: Vec<_> = Backend::available()
            .map(|backend| {
                let mut buffer = ciphertext.clone();
                cbc::decrypt_in_place(&key(&key_bytes, backend), &iv, &mut buffer).map(|message| message.to_vec())
            })
            .collect();
        prop_assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]));
        let whole_blocks = !ciphertext.is_empty() && ciphertext.len().is_multiple_of(16);
        prop_assert_eq!(verdicts[0] == Err(DecryptError::Length(ciphertext.len())), !whole_blocks);
    }

    /// Padding and its removal, for every block size: right for every message, and undone.
    #[test]
    fn padding_round_trip(message in message(), block_size in 1_u8.., room in 0_usize..300) {
        let padded_len = pkcs7::padded_len(message.len(), block_size).unwrap();
        prop_assert!(padded_len > message.len() && padded_len.is_multiple_of(block_size.into()));
        prop_assert!(padded_len - message.len() <= usize::from(block_size));

        let mut buffer = message.clone();
        buffer.resize(message.len() + room, 0xc5);
        match pkcs7::pad(&mut buffer, message.len(), block_size) {
            Ok(padded) => {
                prop_assert_eq!(padded.len(), padded_len);
                prop_assert_eq!(pkcs7::unpad(padded, block_size), Ok(&message[..]));
                prop_assert!(buffer[padded_len..].iter().all(|byte| *byte == 0xc5));
            }
            Err(_) => {
                prop_assert!(padded_len > buffer.len());
                prop_assert!(buffer[message.len()..].iter().all(|byte| *byte == 0xc5));
            }
        }
    }

    /// Unpadding any bytes for any block size: exactly what the naive reading of RFC 5652 accepts, in both forms.
    #[test]
    fn unpadding_anything(text in padded_or_nearly(), block_size in any::<u8>()) {
        check_unpadding(&text, block_size)?;
    }

    /// The same with whole blocks, most of them padded rightly or nearly so.
    #[test]
    fn unpadding_whole_blocks(
        (block_size, blocks) in (any::<NonZeroU8>(), 1_usize..4),
        (fill, padding) in (any::<u8>(), any::<u8>()),
        change in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let block_size = block_size.get();
        let mut text = vec![fill; usize::from(block_size) * blocks];
        // Mostly a padding that may be: less than the block size, or one more.
        let padding = padding % block_size.saturating_add(1).saturating_add(1);
        let start = text.len().saturating_sub(padding.into());
        text[start..].fill(padding);
        *text.last_mut().unwrap() = padding;
        if let Some((index, byte)) = change {
            *index.get_mut(&mut text) = byte;
        }
        check_unpadding(&text, block_size)?;
    }
}

fn padded_or_nearly() -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<u8>(), 0..300), any::<u8>()).prop_map(|(mut text, padding)| {
        let start = text.len().saturating_sub(padding.into());
        text[start..].fill(padding);
        text
    })
}

fn check_unpadding(text: &[u8], block_size: u8) -> Result<(), TestCaseError> {
    let expected = unpad_naively(text, block_size);
    prop_assert_eq!(pkcs7::unpad(text, block_size), expected);
    let ct: Option<usize> = pkcs7::unpad_ct(text, block_size).into_option();
    prop_assert_eq!(ct, expected.ok().map(<[u8]>::len));
    Ok(())
}

/// RFC 5652 section 6.3 as one would write it without secrets in mind.
fn unpad_naively(text: &[u8], block_size: u8) -> Result<&[u8], UnpadError> {
    if block_size == 0 {
        return Err(UnpadError::BlockSize);
    }
    if text.is_empty() || !text.len().is_multiple_of(usize::from(block_size)) {
        return Err(UnpadError::Length { given: text.len(), block_size });
    }
    let padding = usize::from(text[text.len() - 1]);
    if padding == 0 || padding > usize::from(block_size) {
        return Err(UnpadError::Padding);
    }
    let (message, end) = text.split_at(text.len() - padding);
    if end.iter().all(|byte| usize::from(*byte) == padding) { Ok(message) } else { Err(UnpadError::Padding) }
}

fn each_piece(mut text: &mut [Block], pieces: &[usize], mut run: impl FnMut(&mut [Block])) {
    for len in pieces {
        let (piece, rest) = text.split_at_mut(*len);
        run(piece);
        text = rest;
    }
}

/// Every last byte for every block size, with as much padding as there is room for: 255 × 256 cases that need no luck.
#[test]
fn every_last_byte_and_block_size() {
    for block_size in 1..=255_u8 {
        for padding in 0..=255_u8 {
            let mut text = vec![!padding; 2 * usize::from(block_size)];
            let start = text.len().saturating_sub(padding.into());
            text[start..].fill(padding);
            *text.last_mut().unwrap() = padding;
            check_unpadding(&text, block_size).unwrap();
        }
    }
}
