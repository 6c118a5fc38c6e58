//! This crate: the backend that keys use by themselves, and the other constant-time ones.

use std::hint::black_box;

use roundkey::{
    Aes, Aes128, Aes192, Aes256, Backend, Block,
    cbc::{self, Message},
};

use super::{Cipher, Class};
use crate::work::Setup;

pub struct RoundKey {
    key: Aes,
    backend: Backend,
}

/// The backend that keys use by themselves first, and the rest but for `reference`, which is for reading.
pub fn backends(class: Class, key: &[u8]) -> impl Iterator<Item = (String, RoundKey)> {
    let takes_part = move |backend: &Backend| match class {
        Class::Open => backend.name() != "reference",
        Class::Software => backend.name() == "portable" || backend.name().starts_with("vperm"),
    };
    Backend::available().filter(takes_part).enumerate().map(|(i, backend)| {
        let name = if i == 0 { format!("roundkey {backend}") } else { backend.to_string() };
        let key = Aes::with_backend(key, backend).expect("16, 24 or 32 bytes");
        (name, RoundKey { key, backend })
    })
}

impl Cipher for RoundKey {
    fn ecb_encrypt(&mut self, blocks: &mut [Block]) {
        match blocks {
            [block] => self.key.encrypt_block(block),
            blocks => self.key.encrypt_blocks(blocks),
        }
    }

    fn ecb_decrypt(&mut self, blocks: &mut [Block]) {
        match blocks {
            [block] => self.key.decrypt_block(block),
            blocks => self.key.decrypt_blocks(blocks),
        }
    }

    fn cbc_encrypt(&mut self, iv: &Block, blocks: &mut [Block]) {
        cbc::Encryptor::new(&self.key, iv).encrypt_blocks(blocks);
    }

    fn cbc_decrypt(&mut self, iv: &Block, blocks: &mut [Block]) {
        cbc::Decryptor::new(&self.key, iv).decrypt_blocks(blocks);
    }

    fn cbc_encrypt_many(&mut self, messages: &mut [Message<'_>]) {
        cbc::encrypt_many(&self.key, messages);
    }

    /// A key always serves both directions. Wiping it is part of its price, and of this time.
    fn set_key(&mut self, key: &[u8], _: Setup) {
        // The typed keys: `Aes` would add moving it out of a `Result`.
        if let Ok(key) = key.try_into() {
            black_box(&Aes128::with_backend(key, self.backend));
        } else if let Ok(key) = key.try_into() {
            black_box(&Aes192::with_backend(key, self.backend));
        } else if let Ok(key) = key.try_into() {
            black_box(&Aes256::with_backend(key, self.backend));
        }
    }
}
