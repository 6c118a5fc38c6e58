//! AWS-LC by its plain C calls: no allocation, no checks in between.
//!
//! CBC and single blocks go through `AES_*`, which has nothing around the assembly. For several blocks of ECB there is no
//! such call, but `EVP_Cipher` on a context kept ready comes close.

use std::{mem::MaybeUninit, os::raw::c_int, ptr};

use aws_lc_sys as ffi;
use roundkey::Block;

use super::Cipher;
use crate::work::Setup;

pub struct AwsLc {
    encrypt: ffi::AES_KEY,
    decrypt: ffi::AES_KEY,
    ecb_encrypt: *mut ffi::EVP_CIPHER_CTX,
    ecb_decrypt: *mut ffi::EVP_CIPHER_CTX,
}

impl AwsLc {
    pub fn new(key: &[u8]) -> Self {
        AwsLc {
            encrypt: expand(key, ffi::AES_set_encrypt_key),
            decrypt: expand(key, ffi::AES_set_decrypt_key),
            ecb_encrypt: ecb_context(key, 1),
            ecb_decrypt: ecb_context(key, 0),
        }
    }

    fn cbc(key: &ffi::AES_KEY, iv: &Block, blocks: &mut [Block], direction: u32) {
        let mut iv = *iv;
        let bytes = blocks.as_flattened_mut();
        let data = bytes.as_mut_ptr();
        // SAFETY: `data` holds that many bytes, whole blocks; in place is allowed; the IV is 16 bytes, the key expanded.
        unsafe { ffi::AES_cbc_encrypt(data, data, bytes.len(), key, iv.as_mut_ptr(), direction as c_int) }
    }
}

type Expand = unsafe extern "C" fn(*const u8, u32, *mut ffi::AES_KEY) -> c_int;

fn expand(key: &[u8], expand: Expand) -> ffi::AES_KEY {
    let mut expanded = MaybeUninit::uninit();
    // SAFETY: the key has as many bits as we say, and the call fills in all of what the other calls read.
    let error = unsafe { expand(key.as_ptr(), 8 * key.len() as u32, expanded.as_mut_ptr()) };
    assert_eq!(error, 0, "AES_set_*_key");
    // SAFETY: it is filled in, see above; its fields are integers, those unused included.
    unsafe { expanded.assume_init() }
}

fn ecb_context(key: &[u8], encrypt: c_int) -> *mut ffi::EVP_CIPHER_CTX {
    // SAFETY: a new context, a cipher of that library, a key of that cipher's length; ECB has no IV.
    unsafe {
        let cipher = match key.len() {
            16 => ffi::EVP_aes_128_ecb(),
            24 => ffi::EVP_aes_192_ecb(),
            _ => ffi::EVP_aes_256_ecb(),
        };
        let context = ffi::EVP_CIPHER_CTX_new();
        let done = ffi::EVP_CipherInit_ex(context, cipher, ptr::null_mut(), key.as_ptr(), ptr::null(), encrypt);
        assert_eq!(done, 1, "EVP_CipherInit_ex");
        context
    }
}

/// ECB on several blocks.
fn ecb(context: *mut ffi::EVP_CIPHER_CTX, blocks: &mut [Block]) {
    let bytes = blocks.as_flattened_mut();
    let data = bytes.as_mut_ptr();
    // SAFETY: the context lives as long as its `AwsLc`; `data` holds that many bytes, whole blocks; in place is allowed.
    let done = unsafe { ffi::EVP_Cipher(context, data, data, bytes.len()) };
    debug_assert_eq!(done, 1);
}

impl Cipher for AwsLc {
    fn ecb_encrypt(&mut self, blocks: &mut [Block]) {
        if let [block] = blocks {
            let block = block.as_mut_ptr();
            // SAFETY: 16 bytes, in place, with an expanded key.
            return unsafe { ffi::AES_encrypt(block, block, &self.encrypt) };
        }
        ecb(self.ecb_encrypt, blocks);
    }

    fn ecb_decrypt(&mut self, blocks: &mut [Block]) {
        if let [block] = blocks {
            let block = block.as_mut_ptr();
            // SAFETY: 16 bytes, in place, with an expanded key.
            return unsafe { ffi::AES_decrypt(block, block, &self.decrypt) };
        }
        ecb(self.ecb_decrypt, blocks);
    }

    fn cbc_encrypt(&mut self, iv: &Block, blocks: &mut [Block]) {
        Self::cbc(&self.encrypt, iv, blocks, ffi::AES_ENCRYPT as u32);
    }

    fn cbc_decrypt(&mut self, iv: &Block, blocks: &mut [Block]) {
        Self::cbc(&self.decrypt, iv, blocks, ffi::AES_DECRYPT as u32);
    }

    fn set_key(&mut self, key: &[u8], setup: Setup) {
        let bits = 8 * key.len() as u32;
        if setup != Setup::Decrypt {
            // SAFETY: the key has as many bits as we say.
            unsafe { ffi::AES_set_encrypt_key(key.as_ptr(), bits, &mut self.encrypt) };
        }
        if setup != Setup::Encrypt {
            // SAFETY: as above.
            unsafe { ffi::AES_set_decrypt_key(key.as_ptr(), bits, &mut self.decrypt) };
        }
    }
}

impl Drop for AwsLc {
    fn drop(&mut self) {
        // SAFETY: made by `EVP_CIPHER_CTX_new`, freed once.
        unsafe {
            ffi::EVP_CIPHER_CTX_free(self.ecb_encrypt);
            ffi::EVP_CIPHER_CTX_free(self.ecb_decrypt);
        }
    }
}
