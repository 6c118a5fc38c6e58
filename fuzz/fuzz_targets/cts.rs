//! Ciphertext stealing, all three variants: both directions against the addendum's definition, and that what is too short is refused
//! and left as it was.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use roundkey::cts::{self, Variant};
use roundkey_fuzz::{Placed, Setup, definition};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    setup: Setup,
    variant: u8,
    offset: u8,
    message: &'a [u8],
}

fuzz_target!(|input: Input| {
    let Input { setup, variant, offset, message } = input;
    let (key, reference, iv) = (setup.key(), setup.reference(), &setup.iv);
    let variant = [Variant::Cs1, Variant::Cs2, Variant::Cs3][usize::from(variant % 3)];

    let mut placed = Placed::new(offset, message);
    if message.len() < 16 {
        for call in [cts::encrypt_in_place, cts::decrypt_in_place] {
            let error = call(&key, iv, variant, placed.bytes()).expect_err("it is shorter than a block");
            assert_eq!(error.given(), message.len());
            placed.expect("too short", key.backend(), message);
        }
        assert!(cts::encrypt(&key, iv, variant, message).is_err() && cts::decrypt(&key, iv, variant, message).is_err());
        return;
    }

    let ciphertext = definition::cts_encrypt(&reference, iv, variant, message);
    cts::encrypt_in_place(&key, iv, variant, placed.bytes()).expect("it is long enough");
    placed.expect("encryption", key.backend(), &ciphertext);
    assert_eq!(cts::encrypt(&key, iv, variant, message).as_ref(), Ok(&ciphertext));
    cts::decrypt_in_place(&key, iv, variant, placed.bytes()).expect("it is long enough");
    placed.expect("decryption", key.backend(), message);

    // Anything of that length is a ciphertext, of one message.
    let decrypted = cts::decrypt(&key, iv, variant, message).expect("it is long enough");
    assert_eq!(definition::cts_encrypt(&reference, iv, variant, &decrypted), message);
});
