//! Random keys and IVs: that they are all different and fit.

use std::collections::HashSet;

use roundkey::{Aes, Aes128, Aes192, Aes256, Block, random_iv, random_key};

#[test]
fn ivs_differ() {
    let ivs: HashSet<Block> = (0..1000).map(|_| random_iv().unwrap()).collect();
    assert_eq!(ivs.len(), 1000);
    every_bit_varies(ivs.into_iter());
}

#[test]
fn keys_differ() {
    let keys: HashSet<[u8; 32]> = (0..1000).map(|_| *random_key().unwrap()).collect();
    assert_eq!(keys.len(), 1000);
    every_bit_varies(keys.into_iter());
}

/// A bit that is the same in a thousand random values is none: it happens once in 2⁹⁹⁹ times.
fn every_bit_varies<const N: usize>(values: impl Iterator<Item = [u8; N]>) {
    let (mut any, mut all) = ([0; N], [0xff; N]);
    for value in values {
        for i in 0..N {
            any[i] |= value[i];
            all[i] &= value[i];
        }
    }
    assert_eq!((any, all), ([0xff; N], [0; N]));
}

#[test]
fn generated_keys() {
    fn image(key: &Aes) -> Block {
        let mut block = [0; 16];
        key.encrypt_block(&mut block);
        block
    }
    let images: HashSet<Block> = (0..100)
        .flat_map(|_| {
            let (aes_128, aes_192, aes_256) =
                (Aes128::generate().unwrap(), Aes192::generate().unwrap(), Aes256::generate().unwrap());
            [image(&aes_128), image(&aes_192), image(&aes_256)]
        })
        .collect();
    assert_eq!(images.len(), 300);
    // Those that are to be kept make the same key again.
    let bytes = random_key::<24>().unwrap();
    assert_eq!(image(&Aes192::new(&bytes)), image(&Aes::new(&bytes[..]).unwrap()));
}
