//! Known answers where there is no operating system. Their values are the standards', the modes' definitions are written out.

#![no_std]
#![no_main]

use bare_metal::{Output, exit};
use roundkey::{Aes, Block, DecryptError, cbc};

/// FIPS-197 appendix C: the block of each length of key. The keys are the bytes 00, 01 and so on.
const FIPS_197_C: [(usize, u128); 3] = [
    (16, 0x69c4e0d8_6a7b0430_d8cdb780_70b4c55a),
    (24, 0xdda97ca4_864cdfe0_6eaf70a0_ec0d7191),
    (32, 0x8ea2b7ca_516745bf_eafc4990_4b496089),
];
const FIPS_197_C_PLAINTEXT: u128 = 0x00112233_44556677_8899aabb_ccddeeff;

/// SP 800-38A appendix F.2: key (the first bytes of two blocks) and ciphertext for each length.
const SP_800_38A_F_2: [(usize, [u128; 2], [u128; 4]); 3] = [
    (
        16,
        [0x2b7e1516_28aed2a6_abf71588_09cf4f3c, 0],
        [
            0x7649abac_8119b246_cee98e9b_12e9197d,
            0x5086cb9b_507219ee_95db113a_917678b2,
            0x73bed6b8_e3c1743b_7116e69e_22229516,
            0x3ff1caa1_681fac09_120eca30_7586e1a7,
        ],
    ),
    (
        24,
        [0x8e73b0f7_da0e6452_c810f32b_809079e5, 0x62f8ead2_522c6b7b_00000000_00000000],
        [
            0x4f021db2_43bc633d_7178183a_9fa071e8,
            0xb4d9ada9_ad7dedf4_e5e73876_3f69145a,
            0x571b2420_12fb7ae0_7fa9baac_3df102e0,
            0x08b0e279_88598881_d920a9e6_4f5615cd,
        ],
    ),
    (
        32,
        [0x603deb10_15ca71be_2b73aef0_857d7781, 0x1f352c07_3b6108d7_2d9810a3_0914dff4],
        [
            0xf58c4c04_d6e5f1ba_779eabfb_5f7bfbd6,
            0x9cfc4e96_7edb808d_679f777b_c6702c7d,
            0x39f23369_a9d9bacf_a530e263_04231461,
            0xb2eb05e2_c39be9fc_da6c1907_8c6a9d1b,
        ],
    ),
];
const SP_800_38A_PLAINTEXT: [u128; 4] = [
    0x6bc1bee2_2e409f96_e93d7e11_7393172a,
    0xae2d8a57_1e03ac9c_9eb76fac_45af8e51,
    0x30c81c46_a35ce411_e5fbc119_1a0a52ef,
    0xf69f2445_df4f9b17_ad2b417b_e66c3710,
];
const SP_800_38A_IV: Block = 0x00010203_04050607_08090a0b_0c0d0e0f_u128.to_be_bytes();

/// The answers so far that were right.
struct Answers {
    right: usize,
    output: Output,
}

impl Answers {
    fn check(&mut self, name: &str, right: bool) {
        if !right {
            self.output.bytes(b"WRONG: ");
            self.output.bytes(name.as_bytes());
            self.output.bytes(b"\n");
            exit(1);
        }
        self.right += 1;
    }
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let mut answers = Answers { right: 0, output: Output::open() };
    single_blocks(&mut answers);
    cbc_blocks(&mut answers);
    paddings(&mut answers);
    lengths(&mut answers);
    many(&mut answers);
    answers.output.bytes(b"self test: ");
    answers.output.bytes(key(&[0; 16]).backend().name().as_bytes());
    answers.output.bytes(b" passed ");
    answers.output.number(answers.right);
    answers.output.bytes(b" cases\nself test passed\n");
    exit(0)
}

fn key(key: &[u8]) -> Aes {
    match Aes::new(key) {
        Ok(key) => key,
        Err(_) => exit(1),
    }
}

fn single_blocks(answers: &mut Answers) {
    let bytes: [u8; 32] = core::array::from_fn(|i| i as u8);
    for (len, expected) in FIPS_197_C {
        let key = key(&bytes[..len]);
        let mut block = FIPS_197_C_PLAINTEXT.to_be_bytes();
        key.encrypt_block(&mut block);
        answers.check("FIPS-197 C, cipher", block == expected.to_be_bytes());
        key.decrypt_block(&mut block);
        answers.check("FIPS-197 C, inverse cipher", block == FIPS_197_C_PLAINTEXT.to_be_bytes());
    }
    answers.check("a key of 17 bytes", Aes::new(&bytes[..17]).is_err());
}

fn cbc_blocks(answers: &mut Answers) {
    for (len, bytes, expected) in SP_800_38A_F_2 {
        let key = key(&bytes.map(u128::to_be_bytes).as_flattened()[..len]);
        let (plaintext, expected) = (SP_800_38A_PLAINTEXT.map(u128::to_be_bytes), expected.map(u128::to_be_bytes));
        let mut blocks = plaintext;
        cbc::Encryptor::new(&key, &SP_800_38A_IV).encrypt_blocks(&mut blocks);
        answers.check("SP 800-38A F.2, encryption", blocks == expected);
        cbc::Decryptor::new(&key, &SP_800_38A_IV).decrypt_blocks(&mut blocks);
        answers.check("SP 800-38A F.2, decryption", blocks == plaintext);
        // In pieces.
        let mut blocks = expected;
        let mut decryptor = cbc::Decryptor::new(&key, &SP_800_38A_IV);
        decryptor.decrypt_blocks(&mut blocks[..1]);
        decryptor.decrypt_blocks(&mut blocks[1..]);
        answers.check("SP 800-38A F.2, decryption in pieces", blocks == plaintext);
    }
}

/// A block of one byte throughout, for each byte: right, if it is a number that there are as many of.
fn paddings(answers: &mut Answers) {
    let key = key(&[7; 16]);
    for last in 0..=255 {
        let mut block = [last; 16];
        key.encrypt_block(&mut block);
        let message = cbc::decrypt_in_place(&key, &[0; 16], &mut block).map(|message| message.len());
        let expected = if (1..=16).contains(&last) { Ok(16 - usize::from(last)) } else { Err(DecryptError::Padding) };
        answers.check("a padding", message == expected && (message.is_ok() || block == [0; 16]));
    }
    let mut block = [3; 16];
    block[13] = 2;
    key.encrypt_block(&mut block);
    answers.check("a wrong padding", cbc::decrypt_in_place(&key, &[0; 16], &mut block) == Err(DecryptError::Padding));
    answers.check("no blocks", cbc::decrypt_in_place(&key, &[0; 16], &mut []) == Err(DecryptError::Length(0)));
    answers.check("half a block", cbc::decrypt_in_place(&key, &[0; 16], &mut [0; 8]) == Err(DecryptError::Length(8)));
}

/// Messages of all lengths up to some blocks more than are done at once, by the mode's definition.
fn lengths(answers: &mut Answers) {
    let (key, iv) = (key(&[0x42; 32]), [9; 16]);
    for len in 0..160 {
        let message: [u8; 160] = core::array::from_fn(|i| (i * 7 + len) as u8);
        let mut buffer = message;
        let mut expected = message;
        let padded = len + 16 - len % 16;
        if padded > buffer.len() {
            answers.check("no room for padding", cbc::encrypt_in_place(&key, &iv, &mut buffer, len).is_err());
            continue;
        }
        expected[len..padded].fill((padded - len) as u8);
        let (blocks, _) = expected[..padded].as_chunks_mut();
        chain(&key, iv, blocks);
        let encrypted = cbc::encrypt_in_place(&key, &iv, &mut buffer, len);
        answers.check("encryption", encrypted.is_ok_and(|ciphertext| *ciphertext == expected[..padded]));
        let decrypted = cbc::decrypt_in_place(&key, &iv, &mut buffer[..padded]);
        answers.check("decryption", decrypted.is_ok_and(|decrypted| *decrypted == message[..len]));
    }
}

/// Several messages at once.
fn many(answers: &mut Answers) {
    let key = key(&[0x24; 24]);
    let text = |i: usize| -> [Block; 5] { core::array::from_fn(|j| [(i * 16 + j) as u8; 16]) };
    let mut texts: [[Block; 5]; 7] = core::array::from_fn(text);
    let mut i = 0;
    let mut messages = texts.each_mut().map(|text| {
        i += 1;
        cbc::Message { iv: [i; 16], blocks: &mut text[..usize::from(i) % 6] }
    });
    cbc::encrypt_many(&key, &mut messages);
    for (i, got) in texts.iter().enumerate() {
        let mut expected = text(i);
        chain(&key, [i as u8 + 1; 16], &mut expected[..(i + 1) % 6]);
        answers.check("many messages", *got == expected);
    }
}

/// CBC encryption by its definition (SP 800-38A section 6.2).
fn chain(key: &Aes, mut chain: Block, blocks: &mut [Block]) {
    for block in blocks {
        for (byte, before) in block.iter_mut().zip(chain) {
            *byte ^= before;
        }
        key.encrypt_block(block);
        chain = *block;
    }
}
