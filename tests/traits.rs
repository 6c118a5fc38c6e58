//! RustCrypto's traits: modes of other crates over our keys, against those modes' own standards.
//!
//! Vectors: SP 800-38A appendix F (CBC, CFB, CTR), SP 800-38B (CMAC, the examples as published with it), the GCM
//! specification's test cases 4, 10 and 16, IEEE 1619 vectors 2 and 15, RFC 3962 (ciphertext stealing).

mod common;

use std::fmt;

use aes_gcm::{
    AesGcm, Nonce,
    aead::{Aead, Payload},
};
use cipher::{
    AlgorithmName, Array, BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt, BlockCipherEncBackend,
    BlockCipherEncClosure, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser, InnerIvInit, KeyInit,
    StreamCipher, StreamCipherCoreWrapper,
    block_padding::NoPadding,
    consts::{U12, U16},
};
use cmac::Mac;
use common::{blocks, cbc_encrypt_by_definition, hex_field, json, keys, list, on_every_backend, oracle};
use hex_literal::hex;
use roundkey::{Aes, Aes128, Aes192, Aes256, Block};

/// The keys of SP 800-38A appendix F.
const KEYS: [&[u8]; 3] = [
    &hex!("2b7e151628aed2a6abf7158809cf4f3c"),
    &hex!("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"),
    &hex!("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
];

/// Its plaintext.
const TEXT: [u8; 64] = hex!(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
);

type Ctr<'k> = StreamCipherCoreWrapper<ctr::CtrCore<&'k Aes, ctr::flavors::Ctr128BE>>;

fn ctr<'k>(key: &'k Aes, counter: &Block) -> Ctr<'k> {
    StreamCipherCoreWrapper::from_core(ctr::CtrCore::inner_iv_init(key, counter.into()))
}

/// Appendix F.5.
#[test]
fn ctr_vectors() {
    let ciphertexts = [
        hex!(
            "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
            "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"
        ),
        hex!(
            "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94"
            "1e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050"
        ),
        hex!(
            "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
            "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"
        ),
    ];
    on_every_backend("CTR over the traits, SP 800-38A", |cases| {
        for (key, ciphertext) in KEYS.iter().zip(&ciphertexts) {
            let mut text = TEXT;
            ctr(&cases.key(key), &hex!("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")).apply_keystream(&mut text);
            cases.equal(|| format!("AES-{}", 8 * key.len()), &text, ciphertext);
        }
    });
}

/// Any number of bytes and in two pieces: all combinations of blocks at once, blocks alone and parts of blocks.
#[test]
fn ctr_of_every_length() {
    on_every_backend("CTR over the traits, every length", |cases| {
        for key in keys() {
            let (key, oracle) = (cases.key(&key), oracle(&key));
            let first = 0xffff_ffff_ffff_fffa_u128; // so that it carries
            let keystream: Vec<u8> = (0..50)
                .flat_map(|i| {
                    let mut block = (first + i).to_be_bytes();
                    oracle.encrypt_block(&mut block);
                    block
                })
                .collect();
            for len in 0..=keystream.len() {
                let mut got = vec![0; len];
                let (one, two) = got.split_at_mut(len / 3);
                let mut ctr = ctr(&key, &first.to_be_bytes());
                ctr.apply_keystream(one);
                ctr.apply_keystream(two);
                cases.equal(|| format!("{len} bytes"), &got, &keystream[..len]);
            }
        }
    });
}

/// Appendix D of SP 800-38B; the messages are the first bytes of `TEXT`.
#[test]
fn cmac_vectors() {
    let tags: [[(usize, Block); 4]; 3] = [
        [
            (0, hex!("bb1d6929e95937287fa37d129b756746")),
            (16, hex!("070a16b46b4d4144f79bdd9dd04a287c")),
            (40, hex!("dfa66747de9ae63030ca32611497c827")),
            (64, hex!("51f0bebf7e3b9d92fc49741779363cfe")),
        ],
        [
            (0, hex!("d17ddf46adaacde531cac483de7a9367")),
            (16, hex!("9e99a7bf31e710900662f65e617c5184")),
            (40, hex!("8a1de5be2eb31aad089a82e6ee908b0e")),
            (64, hex!("a1d5df0eed790f794d77589659f39a11")),
        ],
        [
            (0, hex!("028962f61b7bf89efc6b551f4667d983")),
            (16, hex!("28a7023f452e8f82bd4bf28d8c37c35c")),
            (40, hex!("aaf3d8f1de5640c232f5b169b9c911e6")),
            (64, hex!("e1992190549f6ed5696a2c056c315410")),
        ],
    ];
    for (message_len, tag) in tags[0] {
        assert_eq!(mac::<cmac::Cmac<Aes128>>(KEYS[0], message_len), tag);
    }
    for (message_len, tag) in tags[1] {
        assert_eq!(mac::<cmac::Cmac<Aes192>>(KEYS[1], message_len), tag);
    }
    for (message_len, tag) in tags[2] {
        assert_eq!(mac::<cmac::Cmac<Aes256>>(KEYS[2], message_len), tag);
    }
}

fn mac<M: Mac + KeyInit>(key: &[u8], message_len: usize) -> Block {
    let mut mac = <M as KeyInit>::new_from_slice(key).unwrap();
    mac.update(&TEXT[..message_len]);
    mac.finalize().into_bytes().as_slice().try_into().unwrap()
}

/// The specification of McGrew and Viega, appendix B.
#[test]
fn gcm_vectors() {
    let plaintext = hex!(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    );
    let aad = hex!("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    fn payload<'m>(msg: &'m [u8], aad: &'m [u8]) -> Payload<'m, 'm> {
        Payload { msg, aad }
    }
    let nonce: Nonce<U12> = hex!("cafebabefacedbaddecaf888").into();
    let key = hex!("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    let sealed: [[u8; 76]; 3] = [
        hex!(
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
            "5bc94fbc3221a5db94fae95ae7121a47"
        ),
        hex!(
            "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
            "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710"
            "2519498e80f1478f37ba55bd6d27618c"
        ),
        hex!(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ];
    on_every_backend("GCM over the traits", |cases| {
        for (key_len, sealed) in [16, 24, 32].into_iter().zip(&sealed) {
            let gcm = AesGcm::<_, U12>::from(cases.key(&key[..key_len]));
            let name = || format!("AES-{}", 8 * key_len);
            cases.equal(name, &gcm.encrypt(&nonce, payload(&plaintext, &aad)).unwrap(), sealed);
            let opened = gcm.decrypt(&nonce, payload(sealed, &aad)).unwrap();
            cases.equal(name, &opened, &plaintext);
            let mut changed = *sealed;
            changed[7] ^= 1;
            cases.holds(name, gcm.decrypt(&nonce, payload(&changed, &aad)).is_err());
        }
    });
    // And as most would write it.
    let gcm = AesGcm::<Aes256, U12>::new(&key.into());
    assert_eq!(gcm.encrypt(&nonce, payload(&plaintext, &aad)).unwrap(), sealed[2]);
}

/// IEEE 1619-2007 appendix B, vectors 2 and 15.
#[test]
fn xts_vectors() {
    on_every_backend("XTS over the traits", |cases| {
        let vectors: [([Block; 2], _, Vec<u8>, &[u8]); 2] = [
            (
                [[0x11; 16], [0x22; 16]],
                hex!("33333333330000000000000000000000"),
                vec![0x44; 32],
                &hex!("c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0"),
            ),
            (
                [hex!("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0"), hex!("bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0")],
                hex!("9a785634120000000000000000000000"),
                (0..17).collect(),
                &hex!("6c1625db4671522d3d7599601de7ca09ed"),
            ),
        ];
        for (keys, tweak, plaintext, ciphertext) in vectors {
            let [data, tweaks] = keys.map(|key| cases.key(&key));
            let xts = xts_mode::Xts128::new(data, tweaks);
            let mut sector = plaintext.clone();
            xts.encrypt_sector(&mut sector, tweak.into());
            cases.equal(|| "encryption".into(), &sector, ciphertext);
            xts.decrypt_sector(&mut sector, tweak.into());
            cases.equal(|| "decryption".into(), &sector, &plaintext);
        }
    });
}

/// Appendix F.2, and every length against the definition.
#[test]
fn cbc_of_another_crate() {
    let file = json("sp800-38a/modes_ecb_cbc.json");
    on_every_backend("the crate cbc", |cases| {
        for vector in list(&file, "vectors").iter().filter(|vector| vector["mode"] == "CBC") {
            let [key, iv, plaintext, ciphertext] =
                ["key", "iv", "plaintext", "ciphertext"].map(|name| hex_field(vector, name));
            both_ways(cases, &cases.key(&key), &iv.try_into().unwrap(), &plaintext, &ciphertext);
        }
        for key in keys() {
            let (key, oracle) = (cases.key(&key), oracle(&key));
            for len in 0..=35 {
                let (iv, plaintext) = ([len; 16], blocks(1, len.into()));
                let mut ciphertext = plaintext.clone();
                cbc_encrypt_by_definition(&oracle, &iv, &mut ciphertext);
                both_ways(cases, &key, &iv, plaintext.as_flattened(), ciphertext.as_flattened());
            }
        }
    });

    fn both_ways(cases: &mut common::Cases<'_>, key: &Aes, iv: &Block, plaintext: &[u8], ciphertext: &[u8]) {
        let name = |way| move || format!("{way}, {} bytes", plaintext.len());
        let got = cbc::Encryptor::inner_iv_init(key, iv.into()).encrypt_padded_vec::<NoPadding>(plaintext);
        cases.equal(name("encryption"), &got, ciphertext);
        let got = cbc::Decryptor::inner_iv_init(key, iv.into()).decrypt_padded_vec::<NoPadding>(ciphertext).unwrap();
        cases.equal(name("decryption"), &got, plaintext);
    }
}

/// Appendix F.3.13 to F.3.18, and messages that end within a block.
#[test]
fn cfb_vectors() {
    let ciphertexts = [
        hex!(
            "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"
            "26751f67a3cbb140b1808cf187a4f4dfc04b05357c5d1c0eeac4c66f9ff7f2e6"
        ),
        hex!(
            "cdc80d6fddf18cab34c25909c99a417467ce7f7f81173621961a2b70171d3d7a"
            "2e1e8a1dd59b88b1c8e60fed1efac4c9c05f9f9ca9834fa042ae8fba584b09ff"
        ),
        hex!(
            "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b"
            "df10132415e54b92a13ed0a8267ae2f975a385741ab9cef82031623d55b1e471"
        ),
    ];
    let iv = hex!("000102030405060708090a0b0c0d0e0f").into();
    on_every_backend("CFB over the traits", |cases| {
        for (key, ciphertext) in KEYS.iter().zip(&ciphertexts) {
            let key = cases.key(key);
            for len in 0..=TEXT.len() {
                let mut text = TEXT[..len].to_vec();
                cfb_mode::Encryptor::inner_iv_init(&key, &iv).encrypt(&mut text);
                cases.equal(|| format!("encryption, {len} bytes"), &text, &ciphertext[..len]);
                cfb_mode::Decryptor::inner_iv_init(&key, &iv).decrypt(&mut text);
                cases.equal(|| format!("decryption, {len} bytes"), &text, &TEXT[..len]);
            }
        }
    });
}

/// RFC 3962 appendix B.
#[test]
fn cts_of_another_crate() {
    use cts::{Decrypt, Encrypt};

    let file = json("cts/rfc3962_cts.json");
    let (key, iv): (_, Block) = (hex_field(&file, "key"), hex_field(&file, "iv").try_into().unwrap());
    on_every_backend("the crate cts", |cases| {
        let key = cases.key(&key);
        for vector in list(&file, "vectors") {
            let (plaintext, ciphertext) = (hex_field(vector, "plaintext"), hex_field(vector, "cs3"));
            let mut text = plaintext.clone();
            cts::CbcCs3::inner_iv_init(&key, (&iv).into()).encrypt(&mut text).unwrap();
            cases.equal(|| format!("encryption, {} bytes", text.len()), &text, &ciphertext);
            cts::CbcCs3::inner_iv_init(&key, (&iv).into()).decrypt(&mut text).unwrap();
            cases.equal(|| format!("decryption, {} bytes", text.len()), &text, &plaintext);
        }
    });
}

/// Blocks, in place and from one buffer into another: what the traits' own calls give, and every method of the backend
/// that a mode may call.
#[test]
fn blocks_by_every_way() {
    on_every_backend("the traits' calls", |cases| {
        for key in keys() {
            let (key, oracle) = (cases.key(&key), oracle(&key));
            for len in 0..=40 {
                let plaintext: Vec<Array<u8, U16>> = blocks(7, len).into_iter().map(Into::into).collect();
                let mut ciphertext = plaintext.clone();
                ciphertext.iter_mut().for_each(|block| oracle.encrypt_block(block.into()));

                type Way = fn(&Aes, &[Array<u8, U16>], &mut [Array<u8, U16>]);
                let encrypt: [(&str, Way); 5] = [
                    ("encrypt_blocks", |key, from, to| {
                        to.copy_from_slice(from);
                        BlockCipherEncrypt::encrypt_blocks(key, to);
                    }),
                    ("encrypt_blocks_b2b", |key, from, to| key.encrypt_blocks_b2b(from, to).unwrap()),
                    ("encrypt_block", |key, from, to| {
                        to.copy_from_slice(from);
                        to.iter_mut().for_each(|block| BlockCipherEncrypt::encrypt_block(key, block));
                    }),
                    ("encrypt_block_b2b", |key, from, to| {
                        from.iter().zip(to).for_each(|(from, to)| key.encrypt_block_b2b(from, to));
                    }),
                    ("encrypt_blocks_inout in place", |key, from, to| {
                        to.copy_from_slice(from);
                        key.encrypt_blocks_inout(to.into());
                    }),
                ];
                let decrypt: [(&str, Way); 5] = [
                    ("decrypt_blocks", |key, from, to| {
                        to.copy_from_slice(from);
                        BlockCipherDecrypt::decrypt_blocks(key, to);
                    }),
                    ("decrypt_blocks_b2b", |key, from, to| key.decrypt_blocks_b2b(from, to).unwrap()),
                    ("decrypt_block", |key, from, to| {
                        to.copy_from_slice(from);
                        to.iter_mut().for_each(|block| BlockCipherDecrypt::decrypt_block(key, block));
                    }),
                    ("decrypt_block_b2b", |key, from, to| {
                        from.iter().zip(to).for_each(|(from, to)| key.decrypt_block_b2b(from, to));
                    }),
                    ("decrypt_blocks_inout in place", |key, from, to| {
                        to.copy_from_slice(from);
                        key.decrypt_blocks_inout(to.into());
                    }),
                ];
                for (ways, from, to) in [(&encrypt, &plaintext, &ciphertext), (&decrypt, &ciphertext, &plaintext)] {
                    for (name, way) in ways {
                        let mut got = vec![Array::default(); len];
                        way(&key, from, &mut got);
                        cases.equal(|| format!("{name}, {len} blocks"), flat(&got), flat(to));
                    }
                }
            }
        }
    });

    fn flat(blocks: &[Array<u8, U16>]) -> &[u8] {
        Array::cast_slice_to_core(blocks).as_flattened()
    }
}

/// The ends of messages, which a mode may hand over together: more than it should, too.
#[test]
fn tails() {
    struct Tail<'b>(&'b mut [Array<u8, U16>]);

    impl BlockSizeUser for Tail<'_> {
        type BlockSize = U16;
    }

    impl BlockCipherEncClosure for Tail<'_> {
        fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
            backend.encrypt_tail_blocks_inplace(self.0);
        }
    }

    impl BlockCipherDecClosure for Tail<'_> {
        fn call<B: BlockCipherDecBackend<BlockSize = U16>>(self, backend: &B) {
            backend.decrypt_tail_blocks_inplace(self.0);
        }
    }

    on_every_backend("tails over the traits", |cases| {
        let (key, oracle) = (cases.key(&keys()[0]), oracle(&keys()[0]));
        for len in 0..=40 {
            let plaintext: Vec<Array<u8, U16>> = blocks(7, len).into_iter().map(Into::into).collect();
            let (mut got, mut expected) = (plaintext.clone(), plaintext.clone());
            expected.iter_mut().for_each(|block| oracle.encrypt_block(block.into()));
            key.encrypt_with_backend(Tail(&mut got));
            cases.holds(|| format!("encryption, {len} blocks"), got == expected);
            key.decrypt_with_backend(Tail(&mut got));
            cases.holds(|| format!("decryption, {len} blocks"), got == plaintext);
        }
    });
}

/// A mode of one's own: the closure may do with the backend what it likes, and as often.
#[test]
fn a_closure_keeps_its_state() {
    struct Chain<'s>(&'s mut Array<u8, U16>, usize);

    impl BlockSizeUser for Chain<'_> {
        type BlockSize = U16;
    }

    impl BlockCipherEncClosure for Chain<'_> {
        fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
            for _ in 0..self.1 {
                backend.encrypt_block(self.0.into());
            }
        }
    }

    impl BlockCipherDecClosure for Chain<'_> {
        fn call<B: BlockCipherDecBackend<BlockSize = U16>>(self, backend: &B) {
            for _ in 0..self.1 {
                backend.decrypt_block_inplace(self.0);
            }
        }
    }

    on_every_backend("a closure", |cases| {
        let (key, oracle) = (cases.key(&keys()[2]), oracle(&keys()[2]));
        let (mut got, mut expected) = (Array([3; 16]), [3; 16]);
        key.encrypt_with_backend(Chain(&mut got, 100));
        (0..100).for_each(|_| oracle.encrypt_block(&mut expected));
        cases.equal(|| "there".into(), &got, &expected);
        key.decrypt_with_backend(Chain(&mut got, 100));
        cases.equal(|| "and back".into(), &got, &[3; 16]);
    });
}

/// Generic code makes keys by their type.
#[test]
fn keys_by_type() {
    fn check<C>(key: &[u8], name: &str)
    where
        C: KeyInit + BlockCipherEncrypt<BlockSize = U16> + BlockCipherDecrypt + AlgorithmName,
    {
        let cipher = C::new_from_slice(key).unwrap();
        let (mut block, mut expected) = (Array::default(), [0; 16]);
        cipher.encrypt_block(&mut block);
        oracle(key).encrypt_block(&mut expected);
        assert_eq!(Block::from(block), expected);
        cipher.decrypt_block(&mut block);
        assert_eq!(Block::from(block), [0; 16]);
        assert_eq!(Name(cipher).to_string(), name);
    }
    struct Name<C>(C);
    impl<C: AlgorithmName> fmt::Display for Name<C> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            C::write_alg_name(f)
        }
    }
    let [key_128, key_192, key_256] = keys();
    check::<Aes128>(&key_128, "Aes128");
    check::<Aes192>(&key_192, "Aes192");
    check::<Aes256>(&key_256, "Aes256");
    assert!(<Aes128 as KeyInit>::new_from_slice(&key_192).is_err());
    assert!(<Aes192 as KeyInit>::new_from_slice(&key_256).is_err());
    assert!(<Aes256 as KeyInit>::new_from_slice(&key_128).is_err());
}
