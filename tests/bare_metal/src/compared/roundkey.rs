// This library's program, for the `Aes` and the `KEY` bytes of who includes this.

use roundkey::cbc;

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    bare_metal::compared(decrypt, size_of::<Aes>())
}

fn decrypt<'b>(key: &[u8; KEY], iv: &[u8; 16], ciphertext: &'b mut [u8]) -> Option<&'b mut [u8]> {
    cbc::decrypt_in_place(&Aes::new(key), iv, ciphertext).ok()
}
