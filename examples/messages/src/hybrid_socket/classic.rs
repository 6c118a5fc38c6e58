//! The classic form: byte for byte that of Python programs with PyCrypto, of many tutorials.
//!
//! | what is sent | as |
//! |---|---|
//! | request | base64 of `{"key":"K", "data":"D"}`, and `#` |
//! | K | base64 of RSA PKCS#1 v1.5 of `{"aes_key":"…","aes_iv":"…"}`: 32 and 16 characters, whose bytes are key and IV |
//! | D | hex of the text in UTF-8, filled up with zeros to whole blocks if it isn't whole ones, in AES-256-CBC |
//! | reply | base64 of the same hex, of another text under the same key and IV, and `#` |
//!
//! Each request has a key of its own, and there can be many on a connection. Zeros at the end of a text are taken for padding. Base64 may
//! have line breaks, as Python's `encodebytes` makes them. RSA keys have at least 2048 bits: AWS-LC does nothing with the 1024
//! that some tutorials take, which are to be replaced.
//!
//! # RSA with PKCS#1 v1.5
//!
//! A server that lets on whether the padding of an RSA ciphertext is right can be asked until it has decrypted any other
//! (Bleichenbacher 1998), by its answer or by its timing, and some of the tutorials' programs answer with a traceback. This one is
//! not to be asked, by *implicit rejection*: for each ciphertext it first makes up a key, from the ciphertext and a secret of its
//! own, the same one each time. Whenever RSA gives no key, whether the padding or what is under it is wrong, it takes that and goes on.
//! Then the text is most probably no UTF-8, as with any wrong key, and the request is refused in the one way in which all are.
//! Without data there is nothing to be wrong: the reply comes, under a key that nobody else knows.
//!
//! What remains is time. AWS-LC finds its verdict in constant time, and then copies the message or notes down an error. If it was a
//! message and no key, there was one attempt more at parsing, which nearly always ends at the first byte. (To choose without a
//! branch would take texts of one length.) Measured, that is less than a microsecond, beside a private-key operation of 600 and more
//! (RSA-2048), which is blinded. That is why RSA comes from `aws-lc-rs`: in the crate `rsa` the operation itself takes longer or
//! shorter, and that has had no fix (RUSTSEC-2023-0071).

use std::borrow::Cow;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hkdf::Hkdf;
use roundkey::{
    Aes256, Block, cbc,
    padding::{NoPadding, Zero},
};
use serde::{Deserialize, Deserializer};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Result;

pub const WEAKNESSES: [&str; 4] = [
    "the classic form has no MAC: whoever is on the way can change, repeat and drop messages, and make replies for them",
    "a recorded request can be sent again, as it is or changed: by replying or not, the server tells whether that is UTF-8",
    "it has RSA with PKCS#1 v1.5, and keys and IVs of printable characters, used for the reply again",
    "use the modern form if you can, or better TLS 1.3, which has forward secrecy as well",
];

/// Of a request or a reply, up to and with its `#`.
pub const MAX_LEN: usize = 2 << 20;
pub const END: u8 = b'#';

/// Whatever is wrong with a request.
const REFUSED: &str = "a request that is none, or is not for this key";

/// Of keys and IVs: 32 of them have 192 bits to guess.
const CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What a request and its reply are encrypted under.
#[cfg_attr(test, derive(PartialEq))]
pub struct Session {
    key: Zeroizing<[u8; 32]>,
    iv: Zeroizing<Block>,
}

/// The text under RSA.
#[derive(Deserialize)]
struct KeyText {
    #[serde(deserialize_with = "secret_string")]
    aes_key: Zeroizing<String>,
    #[serde(deserialize_with = "secret_string")]
    aes_iv: Zeroizing<String>,
}

/// The text under base64.
#[derive(Deserialize)]
struct RequestText<'t> {
    #[serde(borrow)]
    key: Cow<'t, str>,
    #[serde(borrow)]
    data: Cow<'t, str>,
}

/// The client's part: a request, and what its reply will be under.
pub fn request(key: &Pkcs1PublicEncryptingKey, text: &str) -> Result<(Vec<u8>, Session)> {
    if text.ends_with('\0') {
        return Err("a text can't end in U+0000 in the classic form: it would be taken for padding".into());
    }
    let session = Session::random()?;
    let mut wrapped = vec![0; key.ciphertext_size()];
    key.encrypt(&session.to_text(), &mut wrapped)?;
    let (key, data) = (BASE64.encode(wrapped), session.encrypt(text)?);
    let request = line(&format!(r#"{{"key":"{key}", "data":"{data}"}}"#));
    if request.len() > MAX_LEN {
        return Err(format!("the text is too long: as a request it has {} bytes, of {MAX_LEN}", request.len()).into());
    }
    Ok((request, session))
}

/// The server's private key, and the secret that it makes up keys with.
pub struct Server {
    rsa: Pkcs1PrivateDecryptingKey,
    secret: Zeroizing<[u8; 32]>,
}

impl Server {
    pub fn new(key: PrivateDecryptingKey) -> Result<Self> {
        let der: Pkcs8V1Der<'_> = key.as_der()?;
        let mut secret = Zeroizing::new([0; 32]);
        let hkdf = Hkdf::<Sha256>::new(None, der.as_ref());
        hkdf.expand(b"hybrid_socket classic: implicit rejection", &mut *secret).map_err(|error| error.to_string())?;
        Ok(Server { rsa: Pkcs1PrivateDecryptingKey::new(key)?, secret })
    }

    /// The text of a request without its `#`, and what its reply is to be under.
    pub fn open(&self, request: &[u8]) -> Result<(String, Session)> {
        let request = decode(request).ok_or(REFUSED)?;
        let RequestText { key, data } = serde_json::from_slice(&request).map_err(|_| REFUSED)?;
        let wrapped = decode(key.as_bytes()).ok_or(REFUSED)?;
        // Up to here nothing depends on the private key, and from here on all that does is the same for any key.
        let session = self.session(&wrapped)?;
        let text = session.decrypt(data.as_bytes()).ok_or(REFUSED)?;
        Ok((text, session))
    }

    /// What is under RSA or, in about the same time, one that was made up: a text is parsed for that too.
    fn session(&self, wrapped: &[u8]) -> Result<Session> {
        let made_up = self.made_up(wrapped)?.to_text();
        let mut buffer = Zeroizing::new(vec![0; self.rsa.min_output_size()]);
        let text = self.rsa.decrypt(wrapped, &mut buffer).map_or(&made_up[..], |text| text);
        Session::from_text(text).or_else(|| Session::from_text(&made_up)).ok_or_else(|| REFUSED.into())
    }

    /// One that nobody can know who hasn't the private key; for the same ciphertext the same again, as a true one would be.
    fn made_up(&self, wrapped: &[u8]) -> Result<Session> {
        let mut bytes = Zeroizing::new([0; 48]);
        let hkdf = Hkdf::<Sha256>::new(Some(&*self.secret), wrapped);
        hkdf.expand(b"key and IV", &mut *bytes).map_err(|error| error.to_string())?;
        Ok(Session::of_characters(&bytes))
    }
}

impl Session {
    fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 48]);
        getrandom::fill(&mut *bytes)?;
        Ok(Self::of_characters(&bytes))
    }

    /// A character for each byte.
    fn of_characters(bytes: &[u8; 48]) -> Self {
        let mut session = Session { key: Zeroizing::new([0; 32]), iv: Zeroizing::new([0; 16]) };
        for (place, byte) in session.key.iter_mut().chain(session.iv.iter_mut()).zip(bytes) {
            *place = CHARACTERS[usize::from(byte % 64)];
        }
        session
    }

    /// Of such characters.
    fn to_text(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([br#"{"aes_key":""#, &self.key[..], br#"","aes_iv":""#, &self.iv[..], br#""}"#].concat())
    }

    fn from_text(text: &[u8]) -> Option<Self> {
        let KeyText { aes_key, aes_iv } = serde_json::from_slice(text).ok()?;
        let key = Zeroizing::new(aes_key.as_bytes().try_into().ok()?);
        Some(Session { key, iv: Zeroizing::new(aes_iv.as_bytes().try_into().ok()?) })
    }

    /// The whole reply.
    pub fn reply(&self, received: &str) -> Result<Vec<u8>> {
        Ok(line(&self.encrypt(&format!("服务端已收到数据: {received}"))?))
    }

    /// The text of a reply without its `#`.
    pub fn open_reply(&self, reply: &[u8]) -> Result<String> {
        let data = decode(reply).and_then(|data| self.decrypt(&data));
        data.ok_or_else(|| "the reply is none, or is not under the key that was sent".into())
    }

    fn encrypt(&self, text: &str) -> Result<String> {
        Ok(hex::encode(cbc::encrypt_with(&Aes256::new(&self.key), &self.iv, text.as_bytes(), Zero)?))
    }

    /// If it is hex of whole blocks, and UTF-8 under this key.
    fn decrypt(&self, data: &[u8]) -> Option<String> {
        let ciphertext = hex::decode(data).ok()?;
        let text = cbc::decrypt_with(&Aes256::new(&self.key), &self.iv, &ciphertext, NoPadding).ok()?;
        let mut text = String::from_utf8(text).ok()?;
        text.truncate(text.trim_end_matches('\0').len());
        Some(text)
    }
}

/// Without what Python, too, takes no notice of.
fn decode(base64: &[u8]) -> Option<Vec<u8>> {
    let base64: Vec<u8> = base64.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(base64).ok()
}

/// As it is sent.
fn line(text: &str) -> Vec<u8> {
    let mut line = BASE64.encode(text).into_bytes();
    line.push(END);
    line
}

fn secret_string<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::KeySize;

    use super::*;

    const RIGHT: &str = r#"{"aes_key":"abcdefghijklmnopqrstuvwxyz012345","aes_iv":"ABCDEFGHIJKLMNOP"}"#;

    fn key() -> (Server, Pkcs1PublicEncryptingKey) {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let public = Pkcs1PublicEncryptingKey::new(private.public_key()).unwrap();
        (Server::new(private).unwrap(), public)
    }

    fn wrap(key: &Pkcs1PublicEncryptingKey, text: &[u8]) -> Vec<u8> {
        let mut wrapped = vec![0; key.ciphertext_size()];
        key.encrypt(text, &mut wrapped).unwrap();
        wrapped
    }

    fn encoded(wrapped: &[u8], data: &str) -> String {
        BASE64.encode(format!(r#"{{"key":"{}", "data":"{data}"}}"#, BASE64.encode(wrapped)))
    }

    fn refused(server: &Server, request: &str) {
        let Err(error) = server.open(request.as_bytes()) else { panic!("{request}: not refused") };
        assert_eq!(error.to_string(), REFUSED, "{request}");
    }

    #[test]
    fn both_ways() {
        let (server, public) = key();
        for text in ["", "a", "Grüße, 世界 🔑", "fifteen bytes!!", "sixteen bytes!!!", "two\nlines", "\0\0 between"]
        {
            let (mut sent, client) = request(&public, text).unwrap();
            assert_eq!(sent.pop(), Some(END));
            let (received, session) = server.open(&sent).unwrap();
            assert_eq!(received, text);
            let mut reply = session.reply(&received).unwrap();
            assert_eq!(reply.pop(), Some(END));
            assert_eq!(client.open_reply(&reply).unwrap(), format!("服务端已收到数据: {text}"));
        }
        assert!(request(&public, "ends in zero\0").is_err());
        assert!(request(&public, &"x".repeat(MAX_LEN / 2)).is_err());
    }

    /// As `json.dumps` writes it, and with digits of either case.
    #[test]
    fn other_spellings() {
        let (server, public) = key();
        for text in [
            RIGHT,
            r#"{"aes_key": "abcdefghijklmnopqrstuvwxyz012345", "aes_iv": "ABCDEFGHIJKLMNOP"}"#,
            r#" { "aes_iv" : "ABCDEFGHIJKLMNOP" , "aes_key" : "\u0061bcdefghijklmnopqrstuvwxyz012345", "more": 1 } "#,
        ] {
            let session = server.session(&wrap(&public, text.as_bytes())).unwrap();
            assert!(
                *session.key == *b"abcdefghijklmnopqrstuvwxyz012345" && *session.iv == *b"ABCDEFGHIJKLMNOP",
                "{text}"
            );
            let data = session.encrypt("hello").unwrap();
            let wrapped = BASE64.encode(wrap(&public, text.as_bytes()));
            for request in [
                format!(r#"{{"key":"{wrapped}","data":"{data}"}}"#),
                format!(r#"{{"data": "{}", "key": "{wrapped}"}}"#, data.to_uppercase()),
            ] {
                assert_eq!(server.open(BASE64.encode(request).as_bytes()).unwrap().0, "hello");
            }
        }
        // As `base64.encodebytes` writes it, with more line breaks between requests.
        let lines =
            |text: &str| text.as_bytes().chunks(76).map(|line| [line, b"\n"].concat()).collect::<Vec<_>>().concat();
        let session = Session::from_text(RIGHT.as_bytes()).unwrap();
        let wrapped = lines(&BASE64.encode(wrap(&public, RIGHT.as_bytes()))).escape_ascii().to_string();
        let request = format!(r#"{{"key":"{wrapped}","data":"{}"}}"#, session.encrypt("hello").unwrap());
        let request = [b"\r\n", &lines(&BASE64.encode(request))[..]].concat();
        assert_eq!(server.open(&request).unwrap().0, "hello");
        // One that fills up with a whole block of zeros where none is needed.
        let session = Session::from_text(RIGHT.as_bytes()).unwrap();
        let data = session.encrypt(&format!("sixteen bytes!!!{}", "\0".repeat(16))).unwrap();
        assert_eq!(
            server.open(encoded(&wrap(&public, RIGHT.as_bytes()), &data).as_bytes()).unwrap().0,
            "sixteen bytes!!!"
        );
    }

    /// What RSA doesn't give is made up: no key is as any wrong key, and the same again if it is sent again.
    #[test]
    fn implicit_rejection() {
        let (server, public) = key();
        let (other_server, other_public) = key();
        let right = wrap(&public, RIGHT.as_bytes());
        let mut changed = right.clone();
        changed[100] ^= 1;
        let mut others =
            vec![changed, wrap(&other_public, RIGHT.as_bytes()), vec![], vec![0; 256], vec![0xff; 256], vec![7; 255]];
        let short = [RIGHT.replace("345", "34"), RIGHT.replace("OP", "O"), RIGHT.replace("345", "34ü")];
        let texts = ["", "garbage", "{}", r#"{"aes_key":"#, &short[0], &short[1], &short[2]];
        others.extend(texts.iter().map(|text| wrap(&public, text.as_bytes())));
        others.push(wrap(&public, &[0xff; 64]));

        let data = Session::from_text(RIGHT.as_bytes())
            .unwrap()
            .encrypt("a text of some blocks, so that it is no UTF-8")
            .unwrap();
        assert!(server.open(encoded(&right, &data).as_bytes()).is_ok());
        for wrapped in &others {
            refused(&server, &encoded(wrapped, &data));
            let (text, session) = server.open(encoded(wrapped, "").as_bytes()).unwrap();
            assert_eq!(text, "");
            assert!(session == server.session(wrapped).unwrap() && session != other_server.session(wrapped).unwrap());
            let equal = others.iter().filter(|other| server.session(other).unwrap() == session);
            assert_eq!(equal.count(), 1);
        }
    }

    #[test]
    fn no_requests() {
        let (server, public) = key();
        let wrapped = wrap(&public, RIGHT.as_bytes());
        let data = Session::from_text(RIGHT.as_bytes()).unwrap().encrypt("hello").unwrap();
        assert_eq!(server.open(encoded(&wrapped, &data).as_bytes()).unwrap().0, "hello");
        for data in [&data[1..], &data[2..], "zz", "é", "00"] {
            refused(&server, &encoded(&wrapped, data));
        }
        for text in ["", "{", "null", "{}", r#"{"key":"AAAA"}"#, r#"{"key":1,"data":""}"#, r#"{"key":"A","data":""}"#] {
            refused(&server, &BASE64.encode(text));
        }
        refused(&server, &encoded(&wrapped, &data)[1..]);
        refused(&server, "not base64!");
        // Right in all but what it says: a block that is no UTF-8 under this key.
        let session = Session::from_text(RIGHT.as_bytes()).unwrap();
        let no_text = cbc::encrypt_with(&Aes256::new(&session.key), &session.iv, &[0xff; 16], Zero).unwrap();
        refused(&server, &encoded(&wrapped, &hex::encode(no_text)));
        assert!(session.open_reply(b"AAAA").is_err() && session.open_reply(b"A").is_err());
    }
}
