//! Controls: what gives a secret away and must be reported, or else the check checks nothing.

use std::{
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering},
};

use roundkey::padding::pkcs7;

use crate::cases::secret;

pub const LEAKS: [(&str, fn()); 4] = [
    ("a branch", || {
        if black_box(secret(1, 1))[0] > 77 {
            note();
        }
    }),
    ("an address", || {
        let table = black_box([7_u8; 256]);
        black_box(table[usize::from(secret(1, 1)[0])]);
    }),
    ("an early end", || {
        for byte in black_box(secret(1, 16)) {
            if byte == 3 {
                break;
            }
            note();
        }
    }),
    // Only the crate's own verdict is public by its name, not whatever is made of the padding elsewhere.
    ("another's verdict", || {
        if pkcs7::unpad_ct(&secret(1, 16), 16).is_some().into() {
            note();
        }
    }),
];

/// Something that isn't done without a branch.
#[inline(never)]
fn note() {
    static NOTED: AtomicUsize = AtomicUsize::new(0);
    NOTED.fetch_add(1, Ordering::SeqCst);
}
