//! The classic form, that of Python programs with PyCrypto in countless tutorials: `GET /get?text=T&now=N`.
//!
//! | what | how |
//! |---|---|
//! | key | `PBKDF2-HMAC-SHA-1(password, salt, 100 iterations)`, 16 bytes; both sides know the salt beforehand |
//! | `N` | Unix time in seconds, as Python's `hex()` writes it: `0x6553f100` |
//! | IV | the first 16 bytes of SHA-512 of the text `N` |
//! | `T` | base64 of the hexadecimal digits of the text in UTF-8, PKCS#7-padded, in AES-128-CBC |
//!
//! Replies are JSON: `{"message": "OK"}`, or `{"message": "send message"}` if a parameter is missing or empty, both
//! with status 200. What can't be decrypted gets status 400 and `{"message": "error"}`, whatever the reason. What can
//! be and isn't UTF-8 gets status 400 and `{"message": "send UTF-8"}`, as there are peers that send GBK.
//!
//! So whoever asks learns whether a padding was right, as the exceptions of the Python programs tell, and can have any
//! message decrypted that way, block by block. One answer for everything would not mend it: that a message was accepted
//! would tell as much. Only a MAC can, and the form has none. Neither does it notice messages that are sent again: the
//! server takes any `N`.
//!
//! The longest text is limited by the URL, of at most 65,534 bytes: [`MAX_TEXT`].
//!
//! Clients that don't escape `T` do no harm: base64 of hexadecimal digits has no `+`, which would arrive as a space.

use base64::{Engine, engine::general_purpose::STANDARD};
use roundkey::{Aes128, Block, cbc};
use sha1::Sha1;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

pub const PATH: &str = "/get";

/// What is weak about it.
pub const WEAKNESSES: [&str; 6] = [
    "the classic form is for talking to what is there, and can't be mended: use the modern one",
    "it has no MAC: messages can be changed unnoticed, and decrypted by whoever may ask the server (padding oracle)",
    "its IV can be foreseen, and is the same for all messages of a second: their equal beginnings show",
    "its key is made in no time, with 100 iterations and always the same salt: passwords can be tried by the million",
    "a message that was recorded can be sent again at any time",
    "its reply is not authenticated: anybody on the way can make one",
];

/// In bytes, so that the URL has room for a name of the host.
pub const MAX_TEXT: usize = 24_000;

const ITERATIONS: u32 = 100;

#[derive(Debug, PartialEq)]
pub enum Error {
    /// It can't be decrypted, and why: for the server's own stderr.
    NotDecrypted(&'static str),
    /// It can, but its text has another encoding.
    NotUtf8,
}

pub fn derive(password: &str, salt: &[u8]) -> Aes128 {
    let mut key = Zeroizing::new([0; 16]);
    pbkdf2::pbkdf2_hmac::<Sha1>(password.as_bytes(), salt, ITERATIONS, &mut *key);
    Aes128::new(&key)
}

/// `N` for a Unix time in seconds.
pub fn stamp(seconds: u64) -> String {
    format!("{seconds:#x}")
}

/// Gives `T`, not yet escaped for a URL.
pub fn encrypt(key: &Aes128, text: &str, now: &str) -> String {
    STANDARD.encode(hex::encode(cbc::encrypt(key, &iv(now), text.as_bytes())))
}

/// `now` is taken as it comes, whatever time it is. Line breaks in base64 don't count, as Python's `encodebytes` makes
/// some and its `b64decode` skips them.
pub fn decrypt(key: &Aes128, text: &str, now: &str) -> Result<String, Error> {
    let mut base64 = text.as_bytes().to_vec();
    base64.retain(|byte| !byte.is_ascii_whitespace());
    let digits = STANDARD.decode(base64).map_err(|_| Error::NotDecrypted("not base64"))?;
    let ciphertext = hex::decode(digits).map_err(|_| Error::NotDecrypted("not hexadecimal"))?;
    // The length is wrong, or the padding.
    let text = cbc::decrypt(key, &iv(now), &ciphertext).map_err(|_| Error::NotDecrypted("length or padding"))?;
    String::from_utf8(text).map_err(|_| Error::NotUtf8)
}

fn iv(now: &str) -> Block {
    let mut iv = Block::default();
    iv.copy_from_slice(&Sha512::digest(now)[..size_of::<Block>()]);
    iv
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "0x6553f100";

    /// What `python tests/peers/http_classic.py encrypt 'correct horse' 73616c74 0x6553f100 TEXT` prints.
    const KNOWN: [(&str, &str); 5] = [
        ("", "NTk5NDliNzIyNWM3NTczNjhlZjcxMWYwNGE3MTQzMDU="),
        ("attack at dawn", "NDcyMjk3NjQ1ZmM4OWFiNDU3YTQzZmExY2NhMTc0YTc="),
        ("fifteen bytes..", "MmVkYjBiZjIyZDM2ZGE1MWU0OWFkYWNkOGRiMGNhOGQ="),
        (
            "exactly 16 bytes",
            "Y2U2MjRjMDk5ZGEyMmMxZjhmYmMxNjlhNjRlODIyNTEwOTlhZDRmYWUzMjQ3NDA1OThjOGY0ZTg4ZjkzZmI3Yw==",
        ),
        ("Grüße, 世界 🔑", "NjI3OTA4Mjk2ZTY5OTc1OTRlYzRmZGVkY2IwYjQ2ZWNmMDc3NjFlOWZjOGZmZjVjZjhkMjUyYjYzMjdhMDhiNg=="),
    ];

    fn key() -> Aes128 {
        derive("correct horse", b"salt")
    }

    /// As `T`, whatever the bytes are.
    fn encrypted(bytes: &[u8]) -> String {
        STANDARD.encode(hex::encode(cbc::encrypt(&key(), &iv(NOW), bytes)))
    }

    #[test]
    fn as_in_python() {
        assert_eq!(stamp(0x6553_f100), NOW);
        for (text, known) in KNOWN {
            assert_eq!(encrypt(&key(), text, NOW), known);
            assert_eq!(decrypt(&key(), known, NOW).as_deref(), Ok(text));
        }
    }

    #[test]
    fn digits_may_be_large() {
        let digits = STANDARD.decode(KNOWN[1].1).unwrap().to_ascii_uppercase();
        assert_eq!(decrypt(&key(), &STANDARD.encode(digits), NOW).as_deref(), Ok("attack at dawn"));
    }

    #[test]
    fn line_breaks_do_not_count() {
        let (text, known) = KNOWN[4];
        for broken in [format!("{known}\n"), format!("{}\r\n {}\n", &known[..7], &known[7..])] {
            assert_eq!(decrypt(&key(), &broken, NOW).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_cannot_be_decrypted() {
        let known = KNOWN[4].1;
        let digits = STANDARD.decode(known).unwrap();
        let of_digits = |digits: &[u8]| STANDARD.encode(digits);
        for wrong in [
            "",
            "=",
            "not base64",
            &known[1..],
            &of_digits(b"no digits"),
            &of_digits(&digits[1..]),
            &of_digits(&digits[2..]),
            &of_digits(&digits[..32]),
            &of_digits("０１".as_bytes()),
        ] {
            let result = decrypt(&key(), wrong, NOW);
            assert!(matches!(result, Err(Error::NotDecrypted(_))), "{wrong:?} gives {result:?}");
        }
        // Another time and so another IV: then only the first block is another.
        assert_eq!(decrypt(&key(), known, "0x6553f101"), Err(Error::NotUtf8));
    }

    #[test]
    fn other_encodings() {
        let gbk = [0xca, 0xc0, 0xbd, 0xe7];
        for bytes in [&gbk[..], b"\xff", b"cut \xf0\x9f\x94", b"\xed\xa0\x80"] {
            assert_eq!(decrypt(&key(), &encrypted(bytes), NOW), Err(Error::NotUtf8));
        }
    }

    /// `N` is a text like any other.
    #[test]
    fn any_stamp() {
        for now in ["0", "6553F100", "now", "\u{fffd}", &"9".repeat(100_000)] {
            assert_eq!(decrypt(&key(), &encrypt(&key(), "text", now), now).as_deref(), Ok("text"));
        }
    }
}
