//! What users rely on without asking: where a value may go, what it shows when printed, what the compiler warns of, and what
//! errors say. Much of it is checked by compiling.

#![deny(unfulfilled_lint_expectations)]

use std::{
    collections::BTreeSet,
    error::Error,
    fmt::{Debug, Display},
    panic::{RefUnwindSafe, UnwindSafe},
};
#[cfg(feature = "std")]
use std::{
    fs::File,
    io::{Read, Write},
};

#[cfg(feature = "getrandom")]
use roundkey::RandomError;
#[cfg(feature = "reference")]
use roundkey::fips197;
#[cfg(feature = "hazmat")]
use roundkey::hazmat;
use roundkey::{
    Aes, Aes128, Aes192, Aes256, Backend, BufferTooShort, DecryptError, DecryptIntoError, EncryptError,
    InvalidKeyLength, MessageTooShort, PadError, UnpadError, cbc, cts, ecb,
    padding::{self, Padding, pkcs7},
};
#[cfg(feature = "cbc-hmac")]
use roundkey::{OpenError, cbc_hmac};
use zeroize::ZeroizeOnDrop;

/// Threads, futures and whoever catches panics may have it, and it can be printed.
trait Anywhere: Send + Sync + Unpin + RefUnwindSafe + Debug {}
impl<T: Send + Sync + Unpin + RefUnwindSafe + Debug> Anywhere for T {}

fn anywhere<T: Anywhere>() {}
fn secret<T: Anywhere + UnwindSafe + Clone + ZeroizeOnDrop + 'static>() {}
fn value<T: Anywhere + UnwindSafe + Copy + Eq + 'static>() {}
fn error<T: Anywhere + UnwindSafe + Copy + Eq + Error + 'static>() {}
fn with_a_key<T: Anywhere + UnwindSafe + Clone>() {}
#[cfg(feature = "std")]
fn with_a_key_of_its_own<T: Anywhere + UnwindSafe + 'static>() {}

/// Every public type, a line for each: [`every_public_type_is_above`] reads them.
#[test]
fn where_values_may_go() {
    secret::<Aes>();
    secret::<Aes128>();
    secret::<Aes192>();
    secret::<Aes256>();
    assert!(size_of::<Aes256>() <= 512, "a key takes {} bytes", size_of::<Aes256>());

    with_a_key::<cbc::Encryptor<'_>>();
    with_a_key::<cbc::Decryptor<'_>>();
    with_a_key::<cbc::StreamEncryptor<'_>>();
    with_a_key::<cbc::StreamDecryptor<'_>>();
    secret::<cbc::LastBytes>();
    anywhere::<cbc::Message<'_>>();
    #[cfg(feature = "std")]
    {
        with_a_key_of_its_own::<cbc::Reader<File>>();
        with_a_key_of_its_own::<cbc::Writer<File>>();
    }

    value::<Backend>();
    value::<cts::Variant>();
    value::<padding::Added>();
    value::<padding::Pkcs7>();
    value::<padding::Iso7816>();
    value::<padding::AnsiX923>();
    value::<padding::Zero>();
    value::<padding::NoPadding>();

    error::<InvalidKeyLength>();
    error::<BufferTooShort>();
    error::<MessageTooShort>();
    error::<EncryptError>();
    error::<DecryptError>();
    error::<DecryptIntoError>();
    error::<PadError>();
    error::<UnpadError>();

    #[cfg(feature = "cbc-hmac")]
    {
        secret::<cbc_hmac::Key>();
        secret::<cbc_hmac::Tag>();
        error::<OpenError>();
    }
    #[cfg(feature = "getrandom")]
    error::<RandomError>();
    #[cfg(feature = "hazmat")]
    value::<hazmat::Rounds>();

    #[cfg(feature = "reference")]
    {
        value::<fips197::State>();
        value::<fips197::trace::Transformation>();
        value::<fips197::trace::Step<'static>>();
        value::<fips197::trace::Expansion>();
        secret::<fips197::KeySchedule>();
        secret::<fips197::EqInvKeySchedule>();
    }

    // Types without a name.
    fn any_iterator(_: impl Iterator + Send + Sync + Unpin + UnwindSafe + 'static) {}
    any_iterator(Backend::available());
    #[cfg(feature = "reference")]
    any_iterator(fips197::key_expansion::rcon());
}

/// A module at the top, or none, and the name of a type in it.
fn place(path: &str) -> (&str, &str) {
    let path = &path[..path.find(['<', '(', ' ']).unwrap_or(path.len())];
    let (module, _) = path.split_once("::").unwrap_or_default();
    let (_, name) = path.rsplit_once("::").unwrap_or(("", path));
    (module, name)
}

#[test]
fn every_public_type_is_above() {
    let lines_with = |text: &'static str, starts: &[&str], end: &str| -> BTreeSet<_> {
        let rest = |line: &'static str| starts.iter().find_map(|start| line.trim().strip_prefix(start));
        text.lines().filter_map(rest).filter_map(|line| line.strip_suffix(end)).map(place).collect()
    };
    let above = lines_with(
        include_str!("promises.rs"),
        &["anywhere::<", "secret::<", "value::<", "error::<", "with_a_key::<", "with_a_key_of_its_own::<"],
        ">();",
    );
    let listed = lines_with(
        include_str!("public-api.txt"),
        &["pub struct roundkey::", "pub enum roundkey::", "pub union roundkey::"],
        "",
    );
    assert!(listed.contains(&("", "Aes")) && listed.contains(&("cbc", "Message")), "{listed:?}");
    let forgotten: Vec<_> = listed.difference(&above).collect();
    assert!(forgotten.is_empty(), "where may these go? {forgotten:?}");
}

/// What a program prints must not be the key, nor a message.
#[test]
fn debug_shows_no_secret() {
    for backend in Backend::available() {
        let key = Aes128::with_backend(&[0xab; 16], backend);
        let iv = [0xab; 16];
        let expected = |name| format!("{name} {{ backend: {backend}, .. }}");
        assert_eq!(format!("{key:?}"), expected("Aes128"));
        assert_eq!(format!("{:?}", *key), expected("Aes"));
        assert_eq!(format!("{:?}", Aes192::with_backend(&[0xab; 24], backend)), expected("Aes192"));
        assert_eq!(format!("{:?}", Aes256::with_backend(&[0xab; 32], backend)), expected("Aes256"));
        assert_eq!(format!("{:?}", cbc::Encryptor::new(&key, &iv)), expected("Encryptor"));
        assert_eq!(format!("{:?}", cbc::Decryptor::new(&key, &iv)), expected("Decryptor"));
        let message = cbc::Message { iv, blocks: &mut [[0xab; 16]] };
        assert_eq!(format!("{message:?}"), "Message { blocks: 1, .. }");

        let mut encryptor = cbc::StreamEncryptor::new(&key, &iv);
        encryptor.update(b"waits", &mut []).unwrap();
        assert_eq!(format!("{encryptor:?}"), expected("StreamEncryptor"));
        assert_eq!(format!("{:?}", encryptor.finish().unwrap()), "LastBytes { len: 16, .. }");
        let mut decryptor = cbc::StreamDecryptor::new(&key, &iv);
        decryptor.update(b"waits", &mut []).unwrap();
        assert_eq!(format!("{decryptor:?}"), expected("StreamDecryptor"));
    }
}

#[cfg(feature = "std")]
#[test]
fn debug_of_readers_and_writers_shows_no_secret() {
    let (key, iv) = (Aes128::new(&[0xab; 16]), [0xab; 16]);
    assert_eq!(format!("{:?}", cbc::Reader::encrypt(&[0xab; 40][..], &key, &iv)), "Reader { encrypts: true, .. }");
    let mut reader = cbc::Reader::decrypt(&[0xab; 80][..], &key, &iv);
    reader.read_exact(&mut [0; 5]).unwrap();
    assert_eq!(format!("{reader:?}"), "Reader { encrypts: false, .. }");
    let mut writer = cbc::Writer::encrypt(Vec::new(), &key, &iv);
    writer.write_all(&[0xab; 40]).unwrap();
    assert_eq!(format!("{writer:?}"), "Writer { encrypts: true, .. }");
    writer.finish().unwrap();
}

/// But for `State`, which is there to be looked at.
#[cfg(feature = "reference")]
#[test]
fn debug_of_key_schedules_shows_no_secret() {
    let w = fips197::key_expansion(&[0xab; 24]).unwrap();
    assert_eq!(format!("{w:?}"), "KeySchedule { rounds: 12, .. }");
    let dw = fips197::EqInvKeySchedule::new(&w);
    assert_eq!(format!("{dw:?}"), "EqInvKeySchedule(KeySchedule { rounds: 12, .. })");
}

/// Where the result is what a call is for, dropping it is warned of: if one of these isn't, this doesn't compile.
#[test]
fn what_must_not_be_dropped_unseen() -> Result<(), Box<dyn Error>> {
    let (key, iv) = (Aes128::new(&[7; 16]), [9; 16]);
    let encryptor = || cbc::StreamEncryptor::new(&key, &iv);

    #[expect(unused_must_use)]
    Aes128::new(&[7; 16]);
    #[expect(unused_must_use)]
    cbc::Encryptor::new(&key, &iv);
    #[expect(unused_must_use)]
    cbc::StreamEncryptor::with_padding(&key, &iv, padding::Zero);
    #[expect(unused_must_use)]
    cbc::StreamDecryptor::with_padding(&key, &iv, padding::Zero);
    #[expect(unused_must_use)]
    encryptor().finish();
    // The last block: the error was seen to, and the rest forgotten.
    #[expect(unused_must_use)]
    encryptor().finish()?;
    #[expect(unused_must_use)]
    padding::Pkcs7.unpad(&[16; 16]);
    #[expect(unused_must_use)]
    pkcs7::unpad_ct(&[1], 1);
    #[expect(unused_must_use)]
    Backend::available();
    #[cfg(feature = "alloc")]
    {
        #[expect(unused_must_use)]
        cbc::encrypt(&key, &iv, b"message");
        #[expect(unused_must_use)]
        ecb::encrypt(&key, b"message");
    }
    #[cfg(feature = "std")]
    {
        #[expect(unused_must_use)]
        cbc::Reader::encrypt(&[][..], &key, &iv);
        // They say so on standard error as well.
        #[expect(unused_must_use)]
        cbc::Writer::encrypt(Vec::new(), &key, &iv);
        #[expect(unused_must_use)]
        cbc::Writer::decrypt_with(Vec::new(), &key, &iv, padding::Zero);
    }
    Ok(())
}

/// What was given, and what would have been right; of a padding, that it is wrong.
#[test]
fn errors_say_what_was_expected() {
    let (key, iv) = (Aes256::new(&[7; 32]), [9; 16]);

    says(Aes::new(&[]), "key of 0 bytes: AES takes 16, 24 or 32");
    says(Aes::new(&[0; 1]), "key of 1 byte: AES takes 16, 24 or 32");
    says(Aes::new(&[0; 33]), "key of 33 bytes: AES takes 16, 24 or 32");
    says(Aes128::try_from(&[0; 24][..]), "key of 24 bytes: AES-128 takes 16");
    says(Aes192::try_from(&[0; 32][..]), "key of 32 bytes: AES-192 takes 24");
    says(Aes256::try_from(&[0; 16][..]), "key of 16 bytes: AES-256 takes 32");

    says(ecb::encrypt_into(&key, &[0; 16], &mut [0; 31]), "buffer of 31 bytes: 32 are needed");
    says(ecb::encrypt_in_place(&key, &mut [0; 16], 17), "buffer of 16 bytes: 32 are needed");
    says(
        ecb::encrypt_in_place(&key, &mut [0; 16], usize::MAX),
        "buffer of 16 bytes: more are needed than a buffer can have",
    );
    says(ecb::decrypt_into(&key, &[0; 32], &mut [0; 1]), "buffer of 1 byte: 32 are needed");
    says(cbc::StreamEncryptor::new(&key, &iv).update(&[0; 16], &mut []), "buffer of 0 bytes: 16 are needed");
    says(pkcs7::pad(&mut [], 0, 1), "buffer of 0 bytes: 1 is needed");
    says(pkcs7::pad(&mut [0; 8], 5, 0), "block size of 0: PKCS#7 pads to blocks of 1 to 255 bytes");

    says(
        ecb::encrypt_in_place_with(&key, &mut [0; 32], 17, padding::NoPadding),
        "message of 17 bytes: not a multiple of 16, and without padding",
    );
    says(ecb::encrypt_in_place_with(&key, &mut [0; 32], 32, padding::Iso7816), "buffer of 32 bytes: 48 are needed");
    let mut encryptor = cbc::StreamEncryptor::with_padding(&key, &iv, padding::NoPadding);
    encryptor.update(&[0; 17], &mut [0; 16]).unwrap();
    says(encryptor.finish(), "message of 17 bytes: not a multiple of 16, and without padding");

    says(ecb::decrypt_in_place(&key, &mut []), "ciphertext of 0 bytes: even an empty message has 16 bytes of padding");
    says(ecb::decrypt_in_place(&key, &mut [0; 17]), "ciphertext of 17 bytes: not a multiple of 16");
    says(ecb::decrypt_into(&key, &[0; 1], &mut [0; 16]), "ciphertext of 1 byte: not a multiple of 16");
    says(ecb::decrypt_in_place(&key, &mut [0; 16]), "wrong padding");
    says(ecb::decrypt_into(&key, &[0; 16], &mut [0; 16]), "wrong padding");

    says(pkcs7::unpad(&[], 5), "padded message of 0 bytes: even an empty message has 5 bytes of padding");
    says(pkcs7::unpad(&[], 1), "padded message of 0 bytes: even an empty message has 1 byte of padding");
    says(pkcs7::unpad(b"message", 5), "padded message of 7 bytes: not a multiple of 5");
    says(pkcs7::unpad(b"message", 0), "block size of 0: PKCS#7 pads to blocks of 1 to 255 bytes");
    // Whichever of its bytes is wrong, and however.
    says(pkcs7::unpad(b"mess\x00", 5), "wrong padding");
    says(pkcs7::unpad(b"mess\x06", 5), "wrong padding");
    says(pkcs7::unpad(b"me\x02\x03\x03", 5), "wrong padding");

    #[cfg(feature = "cbc-hmac")]
    {
        says(cbc_hmac::Key::new(&[0; 16]), "key of 16 bytes: CBC with HMAC takes 32, 48 or 64");
        let key = cbc_hmac::Key::new(&[0; 48]).unwrap();
        says(
            key.open_in_place(&iv, &mut [0; 17], &[0; 24], b""),
            "sealed message of 17 bytes: expected 16, or more by a multiple of 16",
        );
        let wrong = "wrong tag: not sealed with this key and this additional data, or changed since";
        says(key.open_in_place(&iv, &mut [0; 16], &[0; 24], b""), wrong);
        #[cfg(feature = "alloc")]
        says(key.open(&[0; 50], b""), "sealed message of 50 bytes: expected 56, or more by a multiple of 16");
        #[cfg(feature = "alloc")]
        says(key.open(&[0; 56], b""), wrong);
    }

    for len in [0, 15] {
        says(
            cts::encrypt_in_place(&key, &iv, cts::Variant::Cs1, &mut [0; 15][..len]),
            &format!("message of {len} bytes: ciphertext stealing takes 16 or more"),
        );
    }

    #[cfg(feature = "std")]
    {
        let mut writer = cbc::Writer::decrypt(Vec::new(), &key, &iv);
        writer.write_all(&[0; 20]).unwrap();
        says(writer.finish(), "ciphertext of 20 bytes: not a multiple of 16");
        let mut message = Vec::new();
        says(cbc::Reader::decrypt(&[0; 32][..], &key, &iv).read_to_end(&mut message), "wrong padding");
    }
}

/// What programs ask them for.
#[test]
fn errors_know_the_lengths() {
    let key = Aes128::new(&[7; 16]);
    let error = Aes::new(&[0; 5]).unwrap_err();
    assert_eq!((error.given(), error.expected()), (5, &[16, 24, 32][..]));
    let error = Aes192::try_from(&[0; 16][..]).unwrap_err();
    assert_eq!((error.given(), error.expected()), (16, &[24][..]));
    let error = ecb::encrypt_into(&key, &[0; 16], &mut [0; 31]).unwrap_err();
    assert_eq!((error.given(), error.needed()), (31, 32));
    let error = cts::encrypt_in_place(&key.into(), &[9; 16], cts::Variant::Cs3, &mut [0; 3]).unwrap_err();
    assert_eq!(error.given(), 3);
    #[cfg(feature = "cbc-hmac")]
    {
        let error = cbc_hmac::Key::new(&[0; 33]).unwrap_err();
        assert_eq!((error.given(), error.expected()), (33, &[32, 48, 64][..]));
    }
}

#[track_caller]
fn says<T>(result: Result<T, impl Display>, expected: &str) {
    assert_eq!(result.err().expect("this should have failed").to_string(), expected);
}

/// Each feature has its row in the tables of the README and of the documentation.
#[test]
fn features_are_documented() {
    let (_, features) = include_str!("../Cargo.toml").split_once("\n[features]\n").unwrap();
    let (features, _) = features.split_once("\n[").unwrap();
    let names = features.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    let mut count = 0;
    for (feature, _) in names.filter(|(name, _)| *name != "default") {
        assert!(include_str!("../README.md").contains(&format!("\n| `{feature}` | ")), "{feature}: not in the README");
        assert!(include_str!("../src/lib.rs").contains(&format!("\n//! | `{feature}` | ")), "{feature}: not in lib.rs");
        count += 1;
    }
    assert!(count >= 4, "{features}");
}
