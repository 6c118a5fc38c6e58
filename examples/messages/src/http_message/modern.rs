//! The modern form. A request is `POST /message` with this JSON, bytes as base64 (the standard alphabet, padded):
//!
//! | field | what |
//! |---|---|
//! | `salt` | 8 to 64 bytes, random |
//! | `iterations` | of PBKDF2, a number |
//! | `time` | when it was sealed, Unix time in milliseconds, a number |
//! | `iv` | 16 bytes, random, never used twice |
//! | `ciphertext`, `tag` | the text in UTF-8, sealed; 16 × n and 16 bytes |
//!
//! Other fields are ignored, as they aren't covered by the tag. The key is `PBKDF2-HMAC-SHA-256(password, salt,
//! iterations)`, 32 bytes, for `A128CBC-HS256` (RFC 7518). The tag covers IV, ciphertext and
//!
//! ```text
//! "http_message request" ‖ length of the salt, 1 byte ‖ salt
//!     ‖ iterations, 4 bytes big-endian ‖ time, 8 bytes big-endian ‖ name
//! ```
//!
//! The reply, status 200, has `iv`, `ciphertext` and `tag` of the text `OK`, under the same key. Its tag covers also
//!
//! ```text
//! "http_message reply" ‖ length of the salt ‖ salt ‖ iterations ‖ time ‖ the request's IV ‖ name
//! ```
//!
//! so that it is the reply to this request and no other: whoever opens it knows that somebody who has the password has
//! received the message. (A request can't be taken for a reply, nor one field for another: the two begin differently,
//! and of what follows only the name, at the end, has a length that isn't known.)
//!
//! The name is a text in UTF-8 that both sides know and that isn't sent, usually the empty one. With the same password
//! and the same name on two servers, what was sent to one can be sent to the other, which takes it too; and if both
//! sides are servers, a message can be sent back to where it comes from. So each server needs a password of its own, or
//! a name of its own.
//!
//! Every refusal of a request to this path is status 400 with [`REFUSED`], the same bytes whatever the reason, which
//! only the server's own stderr says. (How long it takes may show that a salt was used lately, or that a message is a
//! replay: whoever can ask that has seen it.) Other paths and methods get 404 and 405; who can't be served in time gets
//! 503 with `retry-after`, and may send the same again, which wasn't taken; what isn't HTTP gets what `hyper` says to
//! it.

use std::ops::RangeInclusive;

use base64::{Engine, engine::general_purpose::STANDARD};
use roundkey::{Block, cbc_hmac::Key, random_iv};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Result;

pub const PATH: &str = "/message";

/// OWASP's advice for PBKDF2-HMAC-SHA-256 since 2023.
pub const ITERATIONS: u32 = 600_000;
/// With fewer a password is too fast to try.
pub const MIN_ITERATIONS: u32 = 100_000;
/// With more a server would have too much to do before it knows whether a request is worth it.
pub const MAX_ITERATIONS: u32 = 1_000_000;

/// The longest body, 1 MiB. A text of 785,000 bytes fits into it. (Of those longer than 64 KiB, or of unknown length, the
/// server takes 64 at a time.)
pub const MAX_BODY: usize = 1 << 20;

pub const REFUSED: &str = r#"{"message": "refused"}"#;

/// 8 to 64 bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Salt(Vec<u8>);

impl Salt {
    pub const LENGTHS: RangeInclusive<usize> = 8..=64;

    pub fn random() -> Result<Self> {
        Ok(random_iv()?.into())
    }
}

impl From<[u8; 16]> for Salt {
    fn from(bytes: [u8; 16]) -> Self {
        Salt(bytes.into())
    }
}

impl TryFrom<Vec<u8>> for Salt {
    type Error = WrongLength;

    fn try_from(bytes: Vec<u8>) -> Result<Self, WrongLength> {
        if Salt::LENGTHS.contains(&bytes.len()) { Ok(Salt(bytes)) } else { Err(WrongLength) }
    }
}

impl AsRef<[u8]> for Salt {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[derive(Debug)]
pub struct WrongLength;

/// What a message says in the clear.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    #[serde(with = "in_base64")]
    pub salt: Salt,
    pub iterations: u32,
    pub time: u64,
}

/// A text, sealed: a reply, or the rest of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    #[serde(with = "in_base64")]
    pub iv: Block,
    #[serde(with = "in_base64")]
    pub ciphertext: Vec<u8>,
    #[serde(with = "in_base64")]
    pub tag: [u8; 16],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    #[serde(flatten)]
    pub header: Header,
    #[serde(flatten)]
    pub sealed: Sealed,
}

impl Request {
    pub fn seal(key: &Key, name: &str, header: Header, text: &str) -> Result<Self> {
        let sealed = Sealed::seal(key, text, &header.authenticated("request", &[], name))?;
        Ok(Request { header, sealed })
    }

    /// As much of it is checked as can be without the key.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let request: Request = serde_json::from_slice(json)?;
        let len = request.sealed.ciphertext.len();
        if len == 0 || !len.is_multiple_of(size_of::<Block>()) {
            return Err(format!("a ciphertext can't have {len} bytes").into());
        }
        Ok(request)
    }

    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    pub fn open(&self, key: &Key, name: &str) -> Result<String> {
        self.sealed.open(key, &self.header.authenticated("request", &[], name))
    }

    pub fn reply(&self, key: &Key, name: &str, text: &str) -> Result<Sealed> {
        Sealed::seal(key, text, &self.authenticated_in_reply(name))
    }

    pub fn open_reply(&self, key: &Key, name: &str, reply: &Sealed) -> Result<String> {
        reply.open(key, &self.authenticated_in_reply(name))
    }

    fn authenticated_in_reply(&self, name: &str) -> Vec<u8> {
        self.header.authenticated("reply", &self.sealed.iv, name)
    }
}

impl Header {
    fn authenticated(&self, direction: &str, iv: &[u8], name: &str) -> Vec<u8> {
        let Header { salt: Salt(salt), iterations, time } = self;
        // It fits, as no salt is longer than 64 bytes.
        let len = salt.len() as u8;
        let start = [b"http_message ", direction.as_bytes(), &[len], salt];
        [&start[..], &[&iterations.to_be_bytes(), &time.to_be_bytes(), iv, name.as_bytes()]].concat().concat()
    }
}

impl Sealed {
    pub fn from_json(json: &[u8]) -> Result<Self> {
        Ok(serde_json::from_slice(json)?)
    }

    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string(self)?)
    }

    fn seal(key: &Key, text: &str, authenticated: &[u8]) -> Result<Self> {
        let iv = random_iv()?;
        let sealed = key.seal_with_iv(&iv, text.as_bytes(), authenticated);
        let (rest, tag) = sealed.split_last_chunk().ok_or("there is no tag")?;
        Ok(Sealed { iv, ciphertext: rest[iv.len()..].to_vec(), tag: *tag })
    }

    fn open(&self, key: &Key, authenticated: &[u8]) -> Result<String> {
        let mut buffer = self.ciphertext.clone();
        let text = key.open_in_place(&self.iv, &mut buffer, &self.tag, authenticated)?;
        Ok(str::from_utf8(text).map_err(|_| "its text is not UTF-8")?.to_owned())
    }
}

/// Takes a fraction of a second, on purpose.
pub fn derive(password: &str, salt: &Salt, iterations: u32) -> Key {
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), &salt.0, iterations, &mut *key);
    Key::a128cbc_hs256(&key)
}

/// Bytes as a string of JSON, if there are as many as the field has.
mod in_base64 {
    use super::*;

    pub fn serialize<S: Serializer>(bytes: &impl AsRef<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>, T: TryFrom<Vec<u8>>>(deserializer: D) -> Result<T, D::Error> {
        let bytes = STANDARD.decode(String::deserialize(deserializer)?).map_err(|_| D::Error::custom("not base64"))?;
        let len = bytes.len();
        bytes.try_into().map_err(|_| D::Error::custom(format_args!("a field has the wrong length of {len} bytes")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `python tests/peers/http_modern.py seal 'correct horse' 1000 1700000000000 000102030405060708090a0b0c0d0e0f
    /// 101112131415161718191a1b1c1d1e1f 'Grüße, 世界'` prints.
    const KNOWN: &str = r#"{"salt": "AAECAwQFBgcICQoLDA0ODw==", "iterations": 1000, "time": 1700000000000,
        "iv": "EBESExQVFhcYGRobHB0eHw==", "ciphertext": "Ey7PU+DXmZgclyuyz6PyyQ==",
        "tag": "eP3M0FHN7aNxkqixDj6hag=="}"#;

    fn known() -> (Request, Key) {
        let request = Request::from_json(KNOWN.as_bytes()).unwrap();
        let key = derive("correct horse", &request.header.salt, request.header.iterations);
        (request, key)
    }

    #[test]
    fn as_in_python() {
        let (request, key) = known();
        let salt: [u8; 16] = std::array::from_fn(|i| i as u8);
        assert_eq!(request.header, Header { salt: salt.into(), iterations: 1000, time: 1_700_000_000_000 });
        assert_eq!(request.open(&key, "").unwrap(), "Grüße, 世界");
    }

    #[test]
    fn there_and_back() {
        let (Request { header, .. }, key) = known();
        for len in [0, 1, 15, 16, 17, 65536] {
            let text = "ä".repeat(len);
            let request = Request::seal(&key, "", header.clone(), &text).unwrap();
            let received = Request::from_json(request.to_json().unwrap().as_bytes()).unwrap();
            assert_eq!(received, request);
            assert_eq!(received.open(&key, "").unwrap(), text);
            let reply = received.reply(&key, "", "OK").unwrap();
            let reply = Sealed::from_json(reply.to_json().unwrap().as_bytes()).unwrap();
            assert_eq!(request.open_reply(&key, "", &reply).unwrap(), "OK");
        }
    }

    #[test]
    fn each_name_has_its_messages() {
        let (Request { header, .. }, key) = known();
        let names = ["", "a", "b", "ab", "é", "a\0"];
        for name in names {
            let request = Request::seal(&key, name, header.clone(), "text").unwrap();
            let reply = request.reply(&key, name, "OK").unwrap();
            for other in names {
                assert_eq!(request.open(&key, other).is_ok(), name == other);
                assert_eq!(request.open_reply(&key, other, &reply).is_ok(), name == other);
            }
        }
    }

    /// What follows a salt can't be taken for its end.
    #[test]
    fn salts_of_many_lengths() {
        for len in 0..=65 {
            let Ok(salt) = Salt::try_from(vec![7; len]) else {
                assert!(!(8..=64).contains(&len));
                continue;
            };
            let key = derive("correct horse", &salt, 1);
            let header = Header { salt, iterations: 0x0707_0707, time: u64::from_be_bytes([7; 8]) };
            let request = Request::seal(&key, "\x07\x07", header, "text").unwrap();
            let mut received = Request::from_json(request.to_json().unwrap().as_bytes()).unwrap();
            assert_eq!(received.open(&key, "\x07\x07").unwrap(), "text");
            received.header.salt.0.push(7);
            assert!(received.open(&key, "\x07").is_err());
        }
    }

    /// A request and its reply, each with every bit changed.
    #[test]
    fn every_bit_counts() {
        fn flipped(request: &Request, mut flip: impl FnMut(&mut Request)) -> Request {
            let mut request = request.clone();
            flip(&mut request);
            request
        }
        let (request, key) = known();
        let reply = request.reply(&key, "", "OK").unwrap();
        let mut refused = 0;
        for bit in 0..128 {
            let (byte, mask) = (bit / 8, 1 << (bit % 8));
            for changed in [
                flipped(&request, |request| request.header.salt.0[byte] ^= mask),
                flipped(&request, |request| request.header.iterations ^= 1 << (bit % 32)),
                flipped(&request, |request| request.header.time ^= 1 << (bit % 64)),
                flipped(&request, |request| request.sealed.iv[byte] ^= mask),
            ] {
                assert!(changed.open(&key, "").is_err() && changed.open_reply(&key, "", &reply).is_err());
                refused += 1;
            }
            for changed in [
                flipped(&request, |request| request.sealed.ciphertext[byte] ^= mask),
                flipped(&request, |request| request.sealed.tag[byte] ^= mask),
            ] {
                assert!(changed.open(&key, "").is_err());
                refused += 1;
            }
            for part in 0..3 {
                let mut reply = reply.clone();
                [&mut reply.iv, &mut reply.tag, reply.ciphertext.first_chunk_mut().unwrap()][part][byte] ^= mask;
                assert!(request.open_reply(&key, "", &reply).is_err());
            }
        }
        assert_eq!(refused, 6 * 128);
    }

    #[test]
    fn a_request_is_no_reply_and_a_reply_no_other() {
        let (request, key) = known();
        assert!(request.open_reply(&key, "", &request.sealed).is_err());
        let reply = request.reply(&key, "", "OK").unwrap();
        assert!(Request { sealed: reply.clone(), ..request.clone() }.open(&key, "").is_err());
        let next = Request::seal(&key, "", request.header.clone(), "Grüße, 世界").unwrap();
        assert!(next.open_reply(&key, "", &reply).is_err());
    }

    #[test]
    fn only_utf8() {
        let (mut request, key) = known();
        let sealed =
            key.seal_with_iv(&request.sealed.iv, b"\xca\xc0", &request.header.authenticated("request", &[], ""));
        request.sealed.ciphertext = sealed[16..32].to_vec();
        request.sealed.tag.copy_from_slice(&sealed[32..]);
        assert!(request.open(&key, "").unwrap_err().to_string().contains("UTF-8"));
    }

    #[test]
    fn other_json() {
        assert!(
            Request::from_json(KNOWN.replace('{', r#"{"others": [1], "#).as_bytes()).is_ok(),
            "fields that nobody knows"
        );
        for (from, to) in [
            ("{", ""),
            ("}", "} 1"),
            ("}", ""),
            (r#""salt""#, r#""Salt""#),
            (r#""time""#, r#""salt""#),
            ("1700000000000", "-1"),
            ("1700000000000", "1.5"),
            ("1700000000000", "1e3"),
            ("1700000000000", "18446744073709551616"),
            ("1700000000000", r#""1700000000000""#),
            ("1700000000000", "null"),
            ("1000,", "4294967296,"),
            (r#""AAECAwQFBgcICQoLDA0ODw==""#, "1"),
            (r#""AAECAwQFBgcICQoLDA0ODw==""#, "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]"),
            ("AAECAwQFBgcICQoLDA0ODw==", ""),
            ("AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0ODw"),
            ("AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0ODx=="),
            ("AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBg=="),
            ("EBESExQVFhcYGRobHB0eHw==", "EBESExQVFhcYGRobHB0eHx8="),
            ("Ey7PU+DXmZgclyuyz6PyyQ==", ""),
            ("Ey7PU+DXmZgclyuyz6PyyQ==", "Ey7PU+DXmZgclyuyz6Py"),
            ("Ey7PU+", "Ey7PU-"),
            ("eP3M0FHN7aNxkqixDj6hag==", "eP3M0FHN7aM="),
        ] {
            let changed = KNOWN.replace(from, to);
            assert_ne!(changed, KNOWN);
            assert!(Request::from_json(changed.as_bytes()).is_err(), "{changed}");
        }
        for json in ["", "null", "[]", "{}", "\"", "\u{feff}{}", &"[".repeat(100_000)] {
            assert!(Request::from_json(json.as_bytes()).is_err() && Sealed::from_json(json.as_bytes()).is_err());
        }
    }
}
