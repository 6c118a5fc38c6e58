//! Uses every name of the contract (the public face in the design) and nothing else, and compares with the published
//! bytes of SP 800-38A and FIPS-197. If this stops compiling, programs of users do.

use roundkey::{Aes, Aes128, Aes192, Aes256, Backend, Block, DecryptError, InvalidKeyLength, cbc, ecb};

// SP 800-38A appendix F: keys, IV, and the first two blocks of plaintext and ciphertexts.
const KEY_128: [u8; 16] = 0x2b7e151628aed2a6abf7158809cf4f3c_u128.to_be_bytes();
const KEY_192: [u8; 24] =
    concat(0x8e73b0f7da0e6452c810f32b809079e5_u128.to_be_bytes(), 0x62f8ead2522c6b7b_u64.to_be_bytes());
const KEY_256: [u8; 32] = concat(
    0x603deb1015ca71be2b73aef0857d7781_u128.to_be_bytes(),
    0x1f352c073b6108d72d9810a30914dff4_u128.to_be_bytes(),
);
const IV: Block = 0x000102030405060708090a0b0c0d0e0f_u128.to_be_bytes();
const PLAINTEXT: [Block; 2] = blocks(0x6bc1bee22e409f96e93d7e117393172a, 0xae2d8a571e03ac9c9eb76fac45af8e51);
const ECB_128: [Block; 2] = blocks(0x3ad77bb40d7a3660a89ecaf32466ef97, 0xf5d3d58503b9699de785895a96fdbaaf);
const ECB_192: [Block; 2] = blocks(0xbd334f1d6e45f25ff712a214571fa5cc, 0x974104846d0ad3ad7734ecb3ecee4eef);
const ECB_256: [Block; 2] = blocks(0xf3eed1bdb5d2a03c064b5a7e3db181f8, 0x591ccb10d410ed26dc5ba74a31362870);
const CBC_128: [Block; 2] = blocks(0x7649abac8119b246cee98e9b12e9197d, 0x5086cb9b507219ee95db113a917678b2);
const CBC_256: [Block; 2] = blocks(0xf58c4c04d6e5f1ba779eabfb5f7bfbd6, 0x9cfc4e967edb808d679f777bc6702c7d);

fn main() {
    let fastest: Backend = Backend::detect();
    assert!(Backend::available().any(|backend| backend == fastest));
    for backend in Backend::available() {
        let name: &'static str = backend.name();
        let keys: [Aes; 3] = [
            Aes::with_backend(&KEY_128, backend).unwrap(),
            Aes::with_backend(&KEY_192, backend).unwrap(),
            Aes::with_backend(&KEY_256, backend).unwrap(),
        ];
        for (key, expected) in keys.iter().zip([ECB_128, ECB_192, ECB_256]) {
            assert_eq!(key.backend(), backend);
            let mut text = PLAINTEXT;
            key.encrypt_blocks(&mut text);
            assert_eq!(text, expected, "{name}");
            key.decrypt_blocks(&mut text);
            assert_eq!(text, PLAINTEXT, "{name}");
            key.encrypt_block(&mut text[1]);
            assert_eq!(text[1], expected[1], "{name}");
            key.decrypt_block(&mut text[1]);
            assert_eq!(text, PLAINTEXT, "{name}");
        }
        cbc_on(&Aes128::with_backend(&KEY_128, backend), CBC_128);
        cbc_on(&Aes256::with_backend(&KEY_256, backend), CBC_256);
        let _: Aes192 = Aes192::with_backend(&KEY_192, backend);
    }

    // Typed keys wherever an `&Aes` is asked for; and keys of run-time length.
    let (short, middle, long) = (Aes128::new(&KEY_128), Aes192::new(&KEY_192), Aes256::new(&KEY_256));
    let whole: &[u8] = PLAINTEXT.as_flattened();
    assert_eq!(ecb::encrypt(&short, whole)[..32], *ECB_128.as_flattened());
    assert_eq!(ecb::encrypt(&middle, whole)[..32], *ECB_192.as_flattened());
    assert_eq!(ecb::encrypt(&long, whole)[..32], *ECB_256.as_flattened());
    let no_key: Result<Aes, InvalidKeyLength> = Aes::new(&[0; 17]);
    assert!(no_key.is_err());

    // One call, both modes; what is wrong is an error.
    let ciphertext: Vec<u8> = cbc::encrypt(&long, &IV, whole);
    assert_eq!((ciphertext.len(), &ciphertext[..32]), (48, CBC_256.as_flattened()));
    let plaintext: Result<Vec<u8>, DecryptError> = cbc::decrypt(&long, &IV, &ciphertext);
    assert_eq!(plaintext.unwrap(), whole);
    assert_eq!(ecb::decrypt(&short, &ecb::encrypt(&short, b"")).unwrap(), b"");
    for wrong in [&ciphertext[..0], &ciphertext[..47], &ciphertext[..16]] {
        let _: DecryptError = cbc::decrypt(&long, &IV, wrong).unwrap_err();
        let _: DecryptError = ecb::decrypt(&long, wrong).unwrap_err();
    }

    fn for_threads<T: Send + Sync + Clone>(_: &T) {}
    for_threads(&long);
    for_threads(&Aes::new(&KEY_128).unwrap());
    println!("outside: {fastest} and {} others give the published bytes", Backend::available().count() - 1);
}

fn cbc_on(key: &Aes, expected: [Block; 2]) {
    // Chaining goes on from call to call.
    let mut text = PLAINTEXT;
    let mut encryptor = cbc::Encryptor::new(key, &IV);
    encryptor.encrypt_blocks(&mut text[..1]);
    encryptor.encrypt_blocks(&mut text[1..]);
    assert_eq!(text, expected);
    let mut decryptor = cbc::Decryptor::new(key, &IV);
    decryptor.decrypt_blocks(&mut text[..1]);
    decryptor.decrypt_blocks(&mut text[1..]);
    assert_eq!(text, PLAINTEXT);

    let (mut long, mut short) = (PLAINTEXT, [PLAINTEXT[0]]);
    let mut messages = [
        cbc::Message { iv: IV, blocks: &mut long },
        cbc::Message { iv: IV, blocks: &mut short },
        cbc::Message { iv: IV, blocks: &mut [] },
    ];
    cbc::encrypt_many(key, &mut messages);
    let ivs: [Block; 3] = messages.map(|message| message.iv);
    assert_eq!((ivs, long, short), ([expected[1], expected[0], IV], expected, [expected[0]]));
}

const fn blocks(first: u128, second: u128) -> [Block; 2] {
    [first.to_be_bytes(), second.to_be_bytes()]
}

/// Two arrays in a row.
const fn concat<const A: usize, const B: usize, const C: usize>(a: [u8; A], b: [u8; B]) -> [u8; C] {
    assert!(A + B == C);
    let mut both = [0; C];
    let (first, second) = both.split_at_mut(A);
    first.copy_from_slice(&a);
    second.copy_from_slice(&b);
    both
}
