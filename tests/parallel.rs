//! Feature `rayon`: long work, which several threads share, gives the bytes that the modes' definitions give.

mod common;

use common::{
    Cases, block, blocks, cbc_decrypt_by_definition, cbc_encrypt_by_definition, keys, on_every_backend, oracle,
};
use roundkey::{Aes, Block, cbc};

/// Long enough to be shared on any backend: 1 MiB, and a few blocks that don't fill a piece.
const LONG: usize = (1 << 16) + 77;

type Call = fn(&Aes, &mut [Block]);

fn cbc_decrypt(key: &Aes, blocks: &mut [Block]) {
    // The second call goes on where the first has ended.
    let (first, second) = blocks.split_at_mut(LONG - 5);
    let mut decryptor = cbc::Decryptor::new(key, &block(2));
    decryptor.decrypt_blocks(first);
    decryptor.decrypt_blocks(second);
}

/// How many threads. The reference takes ten times as long as all others, for the same sharing.
fn numbers_of_threads(cases: &Cases<'_>) -> &'static [usize] {
    if cases.backend.name() == "reference" { &[3] } else { &[1, 2, 3, 8] }
}

fn on_threads(threads: usize, run: impl FnOnce() + Send) {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run);
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "there are no threads")]
fn modes() {
    let calls: [(&str, Call, Call); 3] = [
        ("ECB encryption", Aes::encrypt_blocks, |key, blocks| blocks.iter_mut().for_each(|b| key.encrypt_block(b))),
        ("ECB decryption", Aes::decrypt_blocks, |key, blocks| blocks.iter_mut().for_each(|b| key.decrypt_block(b))),
        ("CBC decryption", cbc_decrypt, |key, blocks| cbc_decrypt_by_definition(key, &block(2), blocks)),
    ];
    let text = blocks(1, LONG);
    let expected = calls.into_iter().zip(keys()).map(|((name, call, definition), key)| {
        let mut expected = text.clone();
        definition(&oracle(&key), &mut expected);
        (name, call, key, expected)
    });
    let expected: Vec<_> = expected.collect();
    on_every_backend("modes on several threads", |cases| {
        for (name, call, key, expected) in &expected {
            for threads in numbers_of_threads(cases) {
                let (key, mut got) = (cases.key(key), text.clone());
                on_threads(*threads, || call(&key, &mut got));
                let first_wrong = || (0..LONG).find(|i| got[*i] != expected[*i]);
                cases.holds(|| format!("{name} on {threads} threads, block {:?}", first_wrong()), got == *expected);
            }
        }
    });
}

/// Few messages and many, of one length and of different ones, some of them empty.
#[test]
#[cfg_attr(target_family = "wasm", ignore = "there are no threads")]
fn many_messages() {
    let uniform = |count: usize| vec![LONG.div_ceil(count); count];
    let mixed = (0..1000).map(|i| i * i % 263).collect();
    let mostly_one = [vec![0, 3, 0], vec![LONG], vec![1; 100]].concat();
    let all: [Vec<usize>; 5] = [uniform(2), uniform(16), uniform(100), mixed, mostly_one];
    let expected = all.iter().zip(keys().into_iter().cycle()).map(|(lens, key)| {
        let ivs: Vec<_> = (0..lens.len()).map(|i| block(i as u64)).collect();
        let texts: Vec<_> = lens.iter().map(|len| blocks(*len as u64, *len)).collect();
        let mut expected = texts.clone();
        for (text, iv) in expected.iter_mut().zip(&ivs) {
            cbc_encrypt_by_definition(&oracle(&key), iv, text);
        }
        (key, ivs, texts, expected)
    });
    let expected: Vec<_> = expected.collect();
    on_every_backend("messages on several threads", |cases| {
        for (key, ivs, texts, expected) in &expected {
            for threads in numbers_of_threads(cases) {
                let mut got = texts.clone();
                let message = |(blocks, iv): (_, &Block)| cbc::Message { iv: *iv, blocks };
                let mut messages: Vec<_> = got.iter_mut().map(|text| &mut text[..]).zip(ivs).map(message).collect();
                let key = cases.key(key);
                on_threads(*threads, || cbc::encrypt_many(&key, &mut messages));
                let chained: Vec<_> = messages.iter().map(|message| message.iv).collect();
                let last: Vec<_> = expected.iter().zip(ivs).map(|(text, iv)| *text.last().unwrap_or(iv)).collect();
                let count = texts.len();
                cases.holds(|| format!("{count} messages on {threads} threads"), got == *expected);
                cases.holds(|| format!("IVs of {count} messages on {threads} threads"), chained == last);
            }
        }
    });
}
