//! OpenSSL through EVP, the only way to its AES instructions. Contexts are kept ready; a new IV is set on the old key.

use std::{os::raw::c_int, ptr};

use openssl_sys as ffi;
use roundkey::Block;

use super::Cipher;
use crate::work::Setup;

pub struct OpenSsl {
    ecb_encrypt: Context,
    ecb_decrypt: Context,
    cbc_encrypt: Context,
    cbc_decrypt: Context,
}

impl OpenSsl {
    pub fn new(key: &[u8]) -> Self {
        // SAFETY: these calls return pointers to constants.
        let (ecb, cbc) = unsafe {
            match key.len() {
                16 => (ffi::EVP_aes_128_ecb(), ffi::EVP_aes_128_cbc()),
                24 => (ffi::EVP_aes_192_ecb(), ffi::EVP_aes_192_cbc()),
                _ => (ffi::EVP_aes_256_ecb(), ffi::EVP_aes_256_cbc()),
            }
        };
        OpenSsl {
            ecb_encrypt: Context::new(ecb, key, 1),
            ecb_decrypt: Context::new(ecb, key, 0),
            cbc_encrypt: Context::new(cbc, key, 1),
            cbc_decrypt: Context::new(cbc, key, 0),
        }
    }
}

/// A context for one cipher, key and direction, without padding.
struct Context(*mut ffi::EVP_CIPHER_CTX);

impl Context {
    fn new(cipher: *const ffi::EVP_CIPHER, key: &[u8], encrypt: c_int) -> Self {
        // SAFETY: a new context, a cipher of that library, a key of that cipher's length, an IV of 16 bytes.
        unsafe {
            let context = ffi::EVP_CIPHER_CTX_new();
            let iv = [0; 16];
            let done = ffi::EVP_CipherInit_ex(context, cipher, ptr::null_mut(), key.as_ptr(), iv.as_ptr(), encrypt);
            assert_eq!(done, 1, "EVP_CipherInit_ex");
            ffi::EVP_CIPHER_CTX_set_padding(context, 0);
            Context(context)
        }
    }

    fn set_key(&mut self, key: &[u8]) {
        // SAFETY: a key of the length that the context was made for; everything else stays.
        let done =
            unsafe { ffi::EVP_CipherInit_ex(self.0, ptr::null(), ptr::null_mut(), key.as_ptr(), ptr::null(), -1) };
        debug_assert_eq!(done, 1);
    }

    fn set_iv(&mut self, iv: &Block) {
        // SAFETY: an IV of 16 bytes; everything else stays.
        let done =
            unsafe { ffi::EVP_CipherInit_ex(self.0, ptr::null(), ptr::null_mut(), ptr::null(), iv.as_ptr(), -1) };
        debug_assert_eq!(done, 1);
    }

    fn update(&mut self, blocks: &mut [Block]) {
        let bytes = blocks.as_flattened_mut();
        let data = bytes.as_mut_ptr();
        let mut written = 0;
        // SAFETY: `data` holds that many bytes; whole blocks without padding come out as they go in; in place is allowed.
        let done = unsafe { ffi::EVP_CipherUpdate(self.0, data, &mut written, data, bytes.len() as c_int) };
        debug_assert_eq!((done, written as usize), (1, bytes.len()));
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `EVP_CIPHER_CTX_new`, freed once.
        unsafe { ffi::EVP_CIPHER_CTX_free(self.0) }
    }
}

impl Cipher for OpenSsl {
    fn ecb_encrypt(&mut self, blocks: &mut [Block]) {
        self.ecb_encrypt.update(blocks);
    }

    fn ecb_decrypt(&mut self, blocks: &mut [Block]) {
        self.ecb_decrypt.update(blocks);
    }

    fn cbc_encrypt(&mut self, iv: &Block, blocks: &mut [Block]) {
        self.cbc_encrypt.set_iv(iv);
        self.cbc_encrypt.update(blocks);
    }

    fn cbc_decrypt(&mut self, iv: &Block, blocks: &mut [Block]) {
        self.cbc_decrypt.set_iv(iv);
        self.cbc_decrypt.update(blocks);
    }

    fn set_key(&mut self, key: &[u8], setup: Setup) {
        if setup != Setup::Decrypt {
            self.ecb_encrypt.set_key(key);
        }
        if setup != Setup::Encrypt {
            self.ecb_decrypt.set_key(key);
        }
    }
}
