//! RustCrypto: `aes` with `ecb` and `cbc`, on slices of blocks. It finds VAES by itself at run time, unless
//! it was built without.
//!
//! A single block has calls of its own, which are the faster ones, and those that its users would take.

use std::{hint::black_box, marker::PhantomData};

use aes::cipher::{
    Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit,
    common::InnerInit, consts::U16,
};
use roundkey::Block;

use super::{Cipher, Sampler};
use crate::work::Setup;

/// The three types that `aes` has for each key length: both directions, encryption alone, decryption alone.
struct RustCrypto<Both, Enc, Dec> {
    cipher: Both,
    one_way: PhantomData<(Enc, Dec)>,
}

pub fn with_key(key: &[u8]) -> Box<dyn Sampler> {
    match key.len() {
        16 => Box::new(RustCrypto::<aes::Aes128, aes::Aes128Enc, aes::Aes128Dec>::new(key)),
        24 => Box::new(RustCrypto::<aes::Aes192, aes::Aes192Enc, aes::Aes192Dec>::new(key)),
        _ => Box::new(RustCrypto::<aes::Aes256, aes::Aes256Enc, aes::Aes256Dec>::new(key)),
    }
}

impl<Both: KeyInit, Enc, Dec> RustCrypto<Both, Enc, Dec> {
    fn new(key: &[u8]) -> Self {
        RustCrypto { cipher: make(key), one_way: PhantomData }
    }
}

fn make<C: KeyInit>(key: &[u8]) -> C {
    C::new(key.try_into().expect("16, 24 or 32 bytes"))
}

fn cast(blocks: &mut [Block]) -> &mut [Array<u8, U16>] {
    Array::cast_slice_from_core_mut(blocks)
}

impl<Both, Enc, Dec> Cipher for RustCrypto<Both, Enc, Dec>
where
    Both: KeyInit + BlockCipherEncrypt<BlockSize = U16> + BlockCipherDecrypt<BlockSize = U16>,
    Enc: KeyInit,
    Dec: KeyInit,
{
    fn ecb_encrypt(&mut self, blocks: &mut [Block]) {
        match cast(blocks) {
            [block] => self.cipher.encrypt_block(block),
            blocks => ecb::Encryptor::inner_init(&self.cipher).encrypt_blocks(blocks),
        }
    }

    fn ecb_decrypt(&mut self, blocks: &mut [Block]) {
        match cast(blocks) {
            [block] => self.cipher.decrypt_block(block),
            blocks => ecb::Decryptor::inner_init(&self.cipher).decrypt_blocks(blocks),
        }
    }

    fn cbc_encrypt(&mut self, iv: &Block, blocks: &mut [Block]) {
        let mut mode = cbc::Encryptor::inner_iv_init(&self.cipher, iv.into());
        match cast(blocks) {
            [block] => mode.encrypt_block(block),
            blocks => mode.encrypt_blocks(blocks),
        }
    }

    fn cbc_decrypt(&mut self, iv: &Block, blocks: &mut [Block]) {
        let mut mode = cbc::Decryptor::inner_iv_init(&self.cipher, iv.into());
        match cast(blocks) {
            [block] => mode.decrypt_block(block),
            blocks => mode.decrypt_blocks(blocks),
        }
    }

    fn set_key(&mut self, key: &[u8], setup: Setup) {
        match setup {
            Setup::Encrypt => _ = black_box(&make::<Enc>(key)),
            Setup::Decrypt => _ = black_box(&make::<Dec>(key)),
            Setup::Both => _ = black_box(&make::<Both>(key)),
        }
    }
}
