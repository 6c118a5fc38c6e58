//! What every backend promises, whatever its registers hold: any number of blocks, in any pieces, at any alignment, and
//! not a byte touched beside them.
//!
//! Each suite runs on each backend and compares with the oracle, `reference`, a block at a time (or, in a build without
//! it, with the slowest backend, a block at a time).

mod common;

use common::{
    Memory, block, blocks, bytes, cbc_decrypt_by_definition, cbc_encrypt_by_definition, keys, on_every_backend,
    only_canaries, oracle, say,
};
use roundkey::{Aes, Aes128, Aes192, Aes256, Backend, Block, cbc};

/// Four times the most blocks that any engine has in flight (8 registers of 4), and a ragged end.
const MOST_BLOCKS: usize = 4 * 32 + 3;

#[test]
fn every_length() {
    on_every_backend("every length, ECB and CBC", |cases| {
        for key in keys() {
            let (oracle, key) = (oracle(&key), cases.key(&key));
            let iv = block(1);
            for len in 0..=MOST_BLOCKS {
                let name = |mode| move || format!("{mode}, {len} blocks");
                let text = blocks(len as u64, len);

                let (mut got, mut expected) = (text.clone(), text.clone());
                key.encrypt_blocks(&mut got);
                expected.iter_mut().for_each(|block| oracle.encrypt_block(block));
                cases.equal(name("ECB encryption"), got.as_flattened(), expected.as_flattened());

                let (mut got, mut expected) = (text.clone(), text.clone());
                key.decrypt_blocks(&mut got);
                expected.iter_mut().for_each(|block| oracle.decrypt_block(block));
                cases.equal(name("ECB decryption"), got.as_flattened(), expected.as_flattened());

                let (mut got, mut expected) = (text.clone(), text.clone());
                cbc::Encryptor::new(&key, &iv).encrypt_blocks(&mut got);
                cbc_encrypt_by_definition(&oracle, &iv, &mut expected);
                cases.equal(name("CBC encryption"), got.as_flattened(), expected.as_flattened());

                let (mut got, mut expected) = (text.clone(), text.clone());
                cbc::Decryptor::new(&key, &iv).decrypt_blocks(&mut got);
                cbc_decrypt_by_definition(&oracle, &iv, &mut expected);
                cases.equal(name("CBC decryption"), got.as_flattened(), expected.as_flattened());
            }
        }
    });
}

/// Two pieces of every length, and three around every short middle, are the same as one call.
#[test]
fn any_split() {
    const BLOCKS: usize = 40;
    on_every_backend("CBC in pieces", |cases| {
        let (key, iv) = (cases.key(&keys()[1]), block(1));
        let plaintext = blocks(2, BLOCKS);
        let mut ciphertext = plaintext.clone();
        cbc::Encryptor::new(&key, &iv).encrypt_blocks(&mut ciphertext);

        for first in 0..=BLOCKS {
            for second in (first..=BLOCKS).filter(|second| *second == BLOCKS || second - first <= 9) {
                let name = |what| move || format!("{what} at {first} and {second} of {BLOCKS} blocks");
                let cuts = [0..first, first..second, second..BLOCKS];

                let mut got = plaintext.clone();
                let mut encryptor = cbc::Encryptor::new(&key, &iv);
                cuts.clone().into_iter().for_each(|cut| encryptor.encrypt_blocks(&mut got[cut]));
                cases.equal(name("encryption cut"), got.as_flattened(), ciphertext.as_flattened());

                let mut decryptor = cbc::Decryptor::new(&key, &iv);
                cuts.into_iter().for_each(|cut| decryptor.decrypt_blocks(&mut got[cut]));
                cases.equal(name("decryption cut"), got.as_flattened(), plaintext.as_flattened());
            }
        }
    });
}

/// Blocks at each of the 64 places in a cache line, and around them bytes that must stay as they are.
#[test]
fn nothing_beside_the_blocks_is_touched() {
    on_every_backend("canaries at every alignment", |cases| {
        let (key_bytes, iv) = (keys()[2].clone(), block(1));
        let key = cases.key(&key_bytes);
        for alignment in 0..64 {
            for len in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 70] {
                let text = bytes(len as u64, 16 * len);
                for (name, run) in whole_block_calls() {
                    let mut expected = text.clone();
                    run(&key, &iv, expected.as_chunks_mut().0);

                    let mut memory = Memory::new();
                    let (within, beside) = memory.split(alignment, text.len());
                    within.copy_from_slice(&text);
                    run(&key, &iv, within.as_chunks_mut().0);

                    let place = || format!("{name}, {len} blocks, {alignment} bytes past a cache line's start");
                    cases.equal(place, within, &expected);
                    cases.holds(place, only_canaries(&beside));
                }
            }
        }
    });
}

type WholeBlockCall = fn(&Aes, &Block, &mut [Block]);

/// Every call that works on whole blocks in place.
fn whole_block_calls() -> [(&'static str, WholeBlockCall); 5] {
    [
        ("encrypt_blocks", |key, _, blocks| key.encrypt_blocks(blocks)),
        ("decrypt_blocks", |key, _, blocks| key.decrypt_blocks(blocks)),
        ("cbc::Encryptor", |key, iv, blocks| cbc::Encryptor::new(key, iv).encrypt_blocks(blocks)),
        ("cbc::Decryptor", |key, iv, blocks| cbc::Decryptor::new(key, iv).decrypt_blocks(blocks)),
        ("cbc::encrypt_many", |key, iv, blocks| {
            let (one, two) = blocks.split_at_mut(blocks.len() / 3);
            let mut messages = [cbc::Message { iv: *iv, blocks: one }, cbc::Message { iv: *iv, blocks: two }];
            cbc::encrypt_many(key, &mut messages);
        }),
    ]
}

/// Messages of all lengths mixed, empty ones among them, in one call and in pieces that chain.
#[test]
fn many_messages() {
    on_every_backend("encrypt_many", |cases| {
        for (round, count) in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 100].into_iter().enumerate() {
            let key_bytes = &keys()[round % 3];
            let (oracle, key) = (oracle(key_bytes), cases.key(key_bytes));
            let seed = |i: usize| (1000 * round + i) as u64;
            let lengths: Vec<usize> =
                bytes(seed(0), count).iter().map(|b| usize::from(*b) % 21 * (usize::from(*b) & 3)).collect();
            let texts: Vec<Vec<Block>> = lengths.iter().enumerate().map(|(i, len)| blocks(seed(i), *len)).collect();
            let ivs: Vec<Block> = (0..count).map(|i| block(!seed(i))).collect();

            let mut got = texts.clone();
            let mut messages: Vec<_> =
                got.iter_mut().zip(&ivs).map(|(blocks, iv)| cbc::Message { iv: *iv, blocks }).collect();
            cbc::encrypt_many(&key, &mut messages);
            let chained: Vec<Block> = messages.iter().map(|message| message.iv).collect();

            let mut in_pieces = texts.clone();
            let mut piece_ivs = ivs.clone();
            for part in 0..2 {
                let mut messages: Vec<_> = in_pieces
                    .iter_mut()
                    .zip(&piece_ivs)
                    .map(|(blocks, iv)| {
                        let cut = blocks.len() / 3;
                        let (head, tail) = blocks.split_at_mut(cut);
                        cbc::Message { iv: *iv, blocks: if part == 0 { head } else { tail } }
                    })
                    .collect();
                cbc::encrypt_many(&key, &mut messages);
                piece_ivs = messages.iter().map(|message| message.iv).collect();
            }

            for i in 0..count {
                let name = || format!("message {i} of {count}, {} blocks", lengths[i]);
                let mut expected = texts[i].clone();
                cbc_encrypt_by_definition(&oracle, &ivs[i], &mut expected);
                cases.equal(name, got[i].as_flattened(), expected.as_flattened());
                cases.equal(name, &chained[i], expected.last().unwrap_or(&ivs[i]));
                cases.equal(|| format!("{}, in pieces", name()), in_pieces[i].as_flattened(), expected.as_flattened());
                cases.equal(|| format!("{}, in pieces", name()), &piece_ivs[i], expected.last().unwrap_or(&ivs[i]));
            }
        }
    });
}

/// Long messages that fill a buffer page by page, and so lie at the same places of the cache: engines take turns with
/// them in another way. Some end before their page does.
#[test]
fn many_messages_page_by_page() {
    const PAGE: usize = 4096 / 16;
    on_every_backend("encrypt_many, page by page", |cases| {
        let (oracle, key) = (oracle(&keys()[0]), cases.key(&keys()[0]));
        for count in [8, 9, 15, 16, 17, 31, 32, 33, 40] {
            for shorter in [0, 1, 7] {
                let text = blocks(count as u64, PAGE * count);
                let length = |i: usize| PAGE - shorter * (i % 5);
                let mut got = text.clone();
                let mut messages: Vec<_> = got
                    .chunks_mut(PAGE)
                    .enumerate()
                    .map(|(i, page)| cbc::Message { iv: block(i as u64), blocks: &mut page[..length(i)] })
                    .collect();
                cbc::encrypt_many(&key, &mut messages);
                let ivs: Vec<Block> = messages.iter().map(|message| message.iv).collect();

                let mut expected = text;
                for (i, page) in expected.chunks_mut(PAGE).enumerate() {
                    let page = &mut page[..length(i)];
                    cbc_encrypt_by_definition(&oracle, &block(i as u64), page);
                    let name = || format!("IV of message {i} of {count}, {} blocks", length(i));
                    cases.equal(name, &ivs[i], page.last().unwrap());
                }
                let name = || format!("{count} messages, {shorter} blocks shorter from one to the next");
                cases.equal(name, got.as_flattened(), expected.as_flattened());
            }
        }
    });
}

/// Keys: every length but three is refused; the typed ones are the same key; clones and threads share nothing.
#[test]
fn key_lengths_and_types() {
    on_every_backend("keys", |cases| {
        let backend = cases.backend;
        for len in 0..=64 {
            let key = bytes(1, len);
            let right = [16, 24, 32].contains(&len);
            let error = Aes::with_backend(&key, backend).err().or(Aes::try_from(&key[..]).err());
            cases.holds(|| format!("{len} bytes"), error.map_or(right, |error| !right && error.given() == len));
            cases.holds(|| format!("Aes128, {len} bytes"), Aes128::try_from(&key[..]).is_ok() == (len == 16));
            cases.holds(|| format!("Aes192, {len} bytes"), Aes192::try_from(&key[..]).is_ok() == (len == 24));
            cases.holds(|| format!("Aes256, {len} bytes"), Aes256::try_from(&key[..]).is_ok() == (len == 32));
        }

        let typed: [Aes; 3] = [
            Aes128::with_backend(keys()[0][..].try_into().unwrap(), backend).into(),
            Aes192::with_backend(keys()[1][..].try_into().unwrap(), backend).into(),
            Aes256::with_backend(keys()[2][..].try_into().unwrap(), backend).into(),
        ];
        for (typed, key) in typed.iter().zip(keys()) {
            let oracle = oracle(&key);
            let (mut got, mut expected) = (block(5), block(5));
            typed.encrypt_block(&mut got);
            oracle.encrypt_block(&mut expected);
            cases.equal(|| format!("typed key of {} bytes", key.len()), &got, &expected);
            cases.holds(|| "backend".into(), typed.backend() == backend);

            let clone = typed.clone();
            let decrypt = move || {
                let mut block = expected;
                clone.decrypt_block(&mut block);
                block
            };
            // WebAssembly has no threads.
            let got =
                if cfg!(target_family = "wasm") { decrypt() } else { std::thread::spawn(decrypt).join().unwrap() };
            cases.equal(|| "a clone in another thread".into(), &got, &block(5));
        }
    });
}

/// Detection: stable, constant-time by default, and `reference` last and never chosen by itself.
#[test]
fn detection() {
    let names: Vec<_> = Backend::available().map(Backend::name).collect();
    assert_eq!(Backend::detect(), Backend::available().next().unwrap());
    assert_ne!(Backend::detect().name(), "reference");
    assert!(names.contains(&"portable"));
    assert_eq!(names.contains(&"reference"), cfg!(feature = "reference"));
    assert_eq!(names.iter().position(|name| *name == "reference").unwrap_or(names.len() - 1), names.len() - 1);
    assert_eq!(Aes256::new(&[0; 32]).backend(), Backend::detect());
    assert_eq!(Backend::detect().to_string(), Backend::detect().name());
}

/// Detection finds what is there: on a processor that somebody chose (`.ci/targets` does), the backends that it must have,
/// the fastest first, as `ROUNDKEY_EXPECTED_BACKENDS='aesni vperm-ssse3 portable reference'`.
#[test]
fn expected_backends() {
    let found = Backend::available().map(Backend::name).collect::<Vec<_>>().join(" ");
    match std::env::var("ROUNDKEY_EXPECTED_BACKENDS") {
        Ok(expected) => assert_eq!(found, expected),
        Err(_) => say(&format!("expected backends: NOT COMPARED with {found}, ROUNDKEY_EXPECTED_BACKENDS isn't set")),
    }
}
