// RustCrypto's program, for the `Aes` and the `KEY` bytes of who includes this.

use cbc::{
    Decryptor,
    cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7},
};

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    bare_metal::compared(decrypt, size_of::<Aes>())
}

fn decrypt<'b>(key: &[u8; KEY], iv: &[u8; 16], ciphertext: &'b mut [u8]) -> Option<&'b mut [u8]> {
    let len = Decryptor::<Aes>::new(key.into(), iv.into()).decrypt_padded::<Pkcs7>(ciphertext).ok()?.len();
    ciphertext.get_mut(..len)
}
