//! Any ciphertext, in both modes, with every padding and in every form of call: which error there is, what was touched, and
//! that after wrong padding all that was decrypted is zero.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use roundkey::{
    Aes, Block, DecryptError, DecryptIntoError, cbc, ecb,
    padding::{AnsiX923, Iso7816, NoPadding, Padding, Pkcs7, Zero},
};
use roundkey_fuzz::{Placed, Setup, definition};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    setup: Setup,
    padding: u8,
    offset: u8,
    /// How much longer or shorter than the ciphertext the place for the message is.
    room: i8,
    /// Whether the bytes are what will come out, or what goes in: nobody guesses a ciphertext whose padding is right.
    decrypted: bool,
    bytes: &'a [u8],
}

fuzz_target!(|input: Input| match input.padding % 5 {
    0 => of(Pkcs7, definition::PKCS7, &input),
    1 => of(Iso7816, definition::ISO_7816, &input),
    2 => of(AnsiX923, definition::ANSI_X923, &input),
    3 => of(Zero, definition::ZERO, &input),
    _ => of(NoPadding, definition::NONE, &input),
});

fn of(padding: impl Padding + Copy, definition: definition::Padding, input: &Input) {
    let (key, reference, iv) = (input.setup.key(), input.setup.reference(), &input.setup.iv);
    let [mut in_ecb, mut in_cbc] = [input.bytes.to_vec(), input.bytes.to_vec()];
    let [mut from_ecb, mut from_cbc] = [input.bytes.to_vec(), input.bytes.to_vec()];
    if input.decrypted {
        definition::ecb_encrypt(&reference, in_ecb.as_chunks_mut().0);
        definition::cbc_encrypt(&reference, iv, in_cbc.as_chunks_mut().0);
    } else {
        definition::ecb_decrypt(&reference, from_ecb.as_chunks_mut().0);
        definition::cbc_decrypt(&reference, iv, from_cbc.as_chunks_mut().0);
    }
    // With what must come.
    let case = |ciphertext: Vec<u8>, padded: Vec<u8>| Case {
        expected: definition.unpad(&padded),
        ciphertext,
        padded,
        offset: input.offset,
        out_len: input.bytes.len().saturating_add_signed(input.room.into()),
    };
    let (in_ecb, in_cbc) = (case(in_ecb, from_ecb), case(in_cbc, from_cbc));

    in_ecb.whole(ecb::decrypt_with(&key, &in_ecb.ciphertext, padding));
    in_cbc.whole(cbc::decrypt_with(&key, iv, &in_cbc.ciphertext, padding));
    in_ecb.in_place(&key, |buffer| ecb::decrypt_in_place_with(&key, buffer, padding));
    in_cbc.in_place(&key, |buffer| cbc::decrypt_in_place_with(&key, iv, buffer, padding));
    in_ecb.buffer_to_buffer(&key, |ciphertext, out| ecb::decrypt_into_with(&key, ciphertext, out, padding));
    in_cbc.buffer_to_buffer(&key, |ciphertext, out| cbc::decrypt_into_with(&key, iv, ciphertext, out, padding));
    if input.padding.is_multiple_of(5) {
        shorthands(&key, iv, &in_ecb, &in_cbc);
    }
}

/// The calls that don't name their padding.
fn shorthands(key: &Aes, iv: &Block, in_ecb: &Case, in_cbc: &Case) {
    in_ecb.whole(ecb::decrypt(key, &in_ecb.ciphertext));
    in_cbc.whole(cbc::decrypt(key, iv, &in_cbc.ciphertext));
    in_ecb.in_place(key, |buffer| ecb::decrypt_in_place(key, buffer));
    in_cbc.in_place(key, |buffer| cbc::decrypt_in_place(key, iv, buffer));
    in_ecb.buffer_to_buffer(key, |ciphertext, out| ecb::decrypt_into(key, ciphertext, out));
    in_cbc.buffer_to_buffer(key, |ciphertext, out| cbc::decrypt_into(key, iv, ciphertext, out));
}

struct Case {
    ciphertext: Vec<u8>,
    padded: Vec<u8>,
    expected: Result<usize, DecryptError>,
    offset: u8,
    out_len: usize,
}

impl Case {
    fn whole(&self, got: Result<Vec<u8>, DecryptError>) {
        assert_eq!(got.as_deref(), self.expected.as_ref().map(|len| &self.padded[..*len]));
    }

    fn in_place(&self, key: &Aes, decrypt: impl Fn(&mut [u8]) -> Result<&mut [u8], DecryptError>) {
        let mut placed = Placed::new(self.offset, &self.ciphertext);
        let got = decrypt(placed.bytes()).map(|message| message.len());
        assert_eq!(got, self.expected);
        placed.expect("in place", key.backend(), &self.left());
    }

    fn buffer_to_buffer(
        &self,
        key: &Aes,
        decrypt: impl for<'o> Fn(&[u8], &'o mut [u8]) -> Result<&'o mut [u8], DecryptIntoError>,
    ) {
        let before = vec![0x77; self.out_len];
        let mut placed = Placed::new(self.offset, &before);
        let got = decrypt(&self.ciphertext, placed.bytes()).map(|message| message.len());
        if self.out_len < self.ciphertext.len() {
            let Err(DecryptIntoError::Buffer(error)) = got else { panic!("{got:?}, and there is no room") };
            assert_eq!((error.given(), error.needed()), (self.out_len, self.ciphertext.len()));
            return placed.expect("no room", key.backend(), &before);
        }
        assert_eq!(got, self.expected.map_err(DecryptIntoError::Decrypt));
        let left = match self.expected {
            Err(DecryptError::Length(_)) => before,
            _ => [&self.left(), &before[self.ciphertext.len()..]].concat(),
        };
        placed.expect("buffer to buffer", key.backend(), &left);
    }

    /// What is left where the ciphertext was.
    fn left(&self) -> Vec<u8> {
        match self.expected {
            Ok(_) => self.padded.clone(),
            Err(DecryptError::Padding) => vec![0; self.ciphertext.len()],
            Err(DecryptError::Length(_)) => self.ciphertext.clone(),
        }
    }
}
