//! What is around the decryptors.

#![no_std]
#![no_main]

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    bare_metal::compared::<16>(|_, _, ciphertext| Some(ciphertext), 0)
}
