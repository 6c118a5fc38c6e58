//! RSA keys in PEM files, as the examples read them: whatever is in the file, nothing panics, takes long or takes much memory, and no
//! file is a public and a private key. (RSA is a stand-in, which reads the same DER.)
#![no_main]

use std::{fs, path::PathBuf, sync::LazyLock};

use arbitrary::Arbitrary;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use formats::keys::{read_private, read_public};
use libfuzzer_sys::fuzz_target;
use roundkey_fuzz::{PASSWORD, pem};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// 0 is a file as it comes, and the others are those that hold this DER: in base64 no fuzzer finds its way.
    label: u8,
    bytes: &'a [u8],
}

/// In memory, where there is such a place.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = PathBuf::from("/dev/shm");
    let folder = if folder.is_dir() { folder } else { std::env::temp_dir() };
    folder.join(format!("roundkey-fuzz-keys-{}.pem", std::process::id()))
});

fuzz_target!(
    init: {
        LazyLock::force(&FILE);
    },
    |input: Input| {
        let label = usize::from(input.label) % (1 + pem::LABELS.len());
        let file = match label.checked_sub(1) {
            Some(label) => pem::encode(pem::LABELS[label], input.bytes).into_bytes(),
            None => input.bytes.to_vec(),
        };
        fs::write(&*FILE, &file).expect("a file can be written");
        let mut asked = false;
        let private = read_private(&FILE, || {
            asked = true;
            Ok(PASSWORD.to_owned().into())
        });
        let public = read_public(&FILE);
        fs::remove_file(&*FILE).expect("it is there");

        assert!(private.is_err() || public.is_err());
        assert!(!asked || file.windows(10).any(|text| text == b"ENCRYPTED "));
        // What was read once is read again.
        if let Ok(key) = private {
            let der: Pkcs8V1Der = key.as_der().expect("it has one");
            assert!(aws_lc_rs::rsa::PrivateDecryptingKey::from_pkcs8(der.as_ref()).is_ok());
        }
        if let Ok(key) = public {
            let der: PublicKeyX509Der = key.as_der().expect("it has one");
            assert!(aws_lc_rs::rsa::PublicEncryptingKey::from_der(der.as_ref()).is_ok());
        }
    }
);
