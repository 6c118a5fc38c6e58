//! The modern form: a secret under the server's public key, and everything else under keys made of it.
//!
//! ```text
//! client                                                      server
//!    ◀──────────── hello: "hybrid_socket 1" ‖ nonce ────────────     a fresh nonce of 32 bytes
//!    ── RSA-OAEP-SHA-256(secret), under the server's key ──────▶     a fresh secret of 64 bytes
//!    ── sealed(text), number 0 ────────────────────────────────▶
//!    ◀────────────────────────── sealed("received: " ‖ text), number 0
//!    ── sealed(text), number 1 ────────────────────────────────▶
//!    ◀────────────────────────── sealed("received: " ‖ text), number 1
//!    ── sealed(end), number 2 ─────────────────────────────────▶
//!    ◀───────────────────────────────────── sealed(end), number 2
//! ```
//!
//! Each of these is a frame: its length in four bytes, big-endian, and so many bytes, at most 2²⁰ + 128. What is sealed has in its
//! frame
//!
//! | bytes | what |
//! |---|---|
//! | 16 | IV, random |
//! | 16 × n | PKCS#7-padded, in AES-256-CBC: one byte, 1 for a text and 0 for the end, and the text in UTF-8 |
//! | 32 | the tag: first half of HMAC-SHA-512 over number, IV, ciphertext, and 64 (the number's bits) as 8 bytes |
//!
//! which is `A256CBC-HS512` of RFC 7518, [`roundkey::cbc_hmac`], with the number of the frame in its direction (8 bytes,
//! big-endian, from 0) as associated data: it isn't sent, as both know it. A frame that is sent again, left out, or put in
//! another's place doesn't fit its number; one that is sent back doesn't fit the key, as each direction has its own. The 64 bytes of a
//! direction's key, of which the first 32 are for HMAC, are
//!
//! ```text
//! HKDF-SHA-512(salt = nonce, IKM = secret, info = name ‖ SHA-512(hello's frame ‖ wrapped secret's frame), 64 bytes)
//! name = "hybrid_socket 1 client to server" or "hybrid_socket 1 server to client"
//! ```
//!
//! with the lengths of the frames hashed too. So the keys belong to this connection, and a whole connection that somebody has
//! recorded is worth nothing to the next, whose nonce is another.
//!
//! # What it gives, and what not
//!
//! Only who has the private key can read what the client sends and answer it; nobody can change, repeat, reorder or cut it
//! unnoticed. But **the client is anybody**: the server doesn't know who talks to it. There is **no forward secrecy**: whoever gets
//! the private key one day can read all that was recorded before. TLS 1.3 can do better in both: use that if you can. And how long
//! texts are, and when they are sent, can be seen. This is here for what has RSA and AES and nothing else, and to show what else it
//! takes.

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey};
use hkdf::Hkdf;
use roundkey::cbc_hmac;
use sha2::{Digest, Sha512};
use subtle::ConditionallySelectable;
use zeroize::Zeroizing;

use crate::Result;

/// Of a text that is sent, in bytes.
pub const MAX_TEXT: usize = 1 << 20;
/// Of what is in a frame: a text, and what is put before and around it.
pub const MAX_FRAME: usize = MAX_TEXT + 128;
/// Of a secret under the longest key that RSA is done with, 8192 bits.
pub const MAX_WRAPPED: usize = 1024;

const NAME: [u8; 15] = *b"hybrid_socket 1";
pub const HELLO_LEN: usize = NAME.len() + size_of::<Nonce>();
pub type Hello = [u8; HELLO_LEN];
type Nonce = [u8; 32];
type Secret = Zeroizing<[u8; 64]>;

const END: u8 = 0;
const TEXT: u8 = 1;

/// Whatever is wrong: with the secret, the tag, the number or what was sealed.
const REFUSED: &str = "what came is not authentic";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Message<T> {
    Text(T),
    /// Nothing comes behind it.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    Client,
    Server,
}

/// What the server begins with.
pub fn hello() -> Result<Hello> {
    let mut hello = [0; HELLO_LEN];
    let (name, nonce) = hello.split_at_mut(NAME.len());
    name.copy_from_slice(&NAME);
    getrandom::fill(nonce)?;
    Ok(hello)
}

/// The client's answer: a secret for the server alone.
pub fn answer(key: &OaepPublicEncryptingKey, hello: &[u8]) -> Result<(Vec<u8>, Channel)> {
    let hello = Hello::try_from(hello).ok().filter(|hello| hello.starts_with(&NAME));
    let hello = hello.ok_or("this is no hybrid_socket server in its modern form, version 1")?;
    let secret = random_secret()?;
    let mut wrapped = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA256_MGF1SHA256, &*secret, &mut wrapped, None)?;
    let channel = Channel::new(Side::Client, &secret, &hello, &wrapped)?;
    Ok((wrapped, channel))
}

/// What the server makes of the answer.
///
/// If it isn't a secret under this key the server goes on with one that nobody knows. Then the first frame isn't authentic, as
/// it isn't with a wrong secret, and nobody learns which of the two it was.
pub fn accept(key: &OaepPrivateDecryptingKey, hello: &Hello, wrapped: &[u8]) -> Result<Channel> {
    let mut secret = random_secret()?;
    let mut unwrapped = Zeroizing::new(vec![0; key.min_output_size()]);
    let result = key.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut unwrapped, None).map(|unwrapped| unwrapped.len());
    let is_secret = u8::from(result == Ok(secret.len())).into();
    for (byte, unwrapped) in secret.iter_mut().zip(unwrapped.iter()) {
        byte.conditional_assign(unwrapped, is_secret);
    }
    Channel::new(Side::Server, &secret, hello, wrapped)
}

fn random_secret() -> Result<Secret> {
    let mut secret = Zeroizing::new([0; 64]);
    getrandom::fill(&mut *secret)?;
    Ok(secret)
}

/// One side's keys, and what was sent and received so far.
pub struct Channel {
    sending: Direction,
    receiving: Direction,
}

struct Direction {
    key: cbc_hmac::Key,
    /// Of the next frame.
    number: u64,
}

impl Channel {
    pub fn new(side: Side, secret: &[u8; 64], hello: &Hello, wrapped: &[u8]) -> Result<Self> {
        let hkdf = Hkdf::<Sha512>::new(Some(&hello[NAME.len()..]), secret);
        let transcript = Sha512::new().chain_update(frame(hello)?).chain_update(frame(wrapped)?).finalize();
        let direction = |name: &str| -> Result<Direction> {
            let mut key = Zeroizing::new([0; 64]);
            let info = [&NAME, name.as_bytes(), &transcript];
            hkdf.expand_multi_info(&info, &mut *key).map_err(|error| error.to_string())?;
            Ok(Direction { key: cbc_hmac::Key::a256cbc_hs512(&key), number: 0 })
        };
        let [to_server, to_client] = [direction(" client to server")?, direction(" server to client")?];
        Ok(match side {
            Side::Client => Channel { sending: to_server, receiving: to_client },
            Side::Server => Channel { sending: to_client, receiving: to_server },
        })
    }

    /// What goes into the next frame.
    pub fn seal(&mut self, message: Message<&str>) -> Result<Vec<u8>> {
        let (kind, text) = match message {
            Message::Text(text) => (TEXT, text),
            Message::End => (END, ""),
        };
        let plaintext = Zeroizing::new([&[kind], text.as_bytes()].concat());
        let Direction { key, number } = &mut self.sending;
        let sealed = key.seal(&plaintext, &number.to_be_bytes())?;
        *number += 1;
        Ok(sealed)
    }

    /// What was in the next frame. After an error there is no next one.
    pub fn open(&mut self, sealed: &[u8]) -> Result<Message<String>> {
        let Direction { key, number } = &mut self.receiving;
        let mut plaintext = key.open(sealed, &number.to_be_bytes()).map_err(|_| REFUSED)?;
        *number += 1;
        match plaintext.first() {
            Some(&TEXT) => {
                plaintext.remove(0);
                Ok(Message::Text(String::from_utf8(plaintext).map_err(|_| REFUSED)?))
            }
            Some(&END) if plaintext.len() == 1 => Ok(Message::End),
            _ => Err(REFUSED.into()),
        }
    }
}

/// That a text isn't too long for a message: its reply must have room in a frame too.
pub fn check_len(text: &str) -> Result<()> {
    match text.len() {
        ..=MAX_TEXT => Ok(()),
        len => Err(format!("a text of {len} bytes: at most {MAX_TEXT} are allowed").into()),
    }
}

/// With its length before it, as it is sent.
pub fn frame(content: &[u8]) -> Result<Vec<u8>> {
    let len = u32::try_from(content.len())?;
    Ok([&len.to_be_bytes(), content].concat())
}

/// The length that a frame begins with, if it is allowed.
pub fn frame_len(len: [u8; 4], max: usize) -> Result<usize> {
    let len = u32::from_be_bytes(len);
    let fits = usize::try_from(len).ok().filter(|len| *len <= max);
    fits.ok_or_else(|| format!("a frame of {len} bytes was announced: at most {max} are allowed").into())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};

    use super::*;

    const TEXTS: [&str; 6] = ["", "a", "Grüße, 世界 🔑", "fifteen bytes!!", "sixteen bytes!!!", "two\nlines\0"];

    fn key() -> (OaepPrivateDecryptingKey, OaepPublicEncryptingKey) {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let public = OaepPublicEncryptingKey::new(private.public_key()).unwrap();
        (OaepPrivateDecryptingKey::new(private).unwrap(), public)
    }

    /// A client's channel, and a server's.
    fn channels() -> (Channel, Channel) {
        let [client, server] =
            [Side::Client, Side::Server].map(|side| Channel::new(side, &[1; 64], &[2; HELLO_LEN], b"wrapped").unwrap());
        (client, server)
    }

    fn refused(channel: &mut Channel, sealed: &[u8]) {
        assert_eq!(channel.open(sealed).unwrap_err().to_string(), REFUSED);
    }

    #[test]
    fn both_ways() {
        let (private, public) = key();
        let hello = hello().unwrap();
        let (wrapped, mut client) = answer(&public, &hello).unwrap();
        let mut server = accept(&private, &hello, &wrapped).unwrap();
        for text in TEXTS {
            let sealed = client.seal(Message::Text(text)).unwrap();
            assert_eq!(server.open(&sealed).unwrap(), Message::Text(text.to_owned()));
            let sealed = server.seal(Message::Text(text)).unwrap();
            assert_eq!(client.open(&sealed).unwrap(), Message::Text(text.to_owned()));
        }
        let sealed = client.seal(Message::End).unwrap();
        assert_eq!(server.open(&sealed).unwrap(), Message::End);
    }

    #[test]
    fn another_server() {
        let (_, public) = key();
        let mut other = hello().unwrap();
        other[NAME.len() - 1] = b'2';
        for hello in [&other[..], &hello().unwrap()[..HELLO_LEN - 1], b""] {
            assert!(answer(&public, hello).is_err());
        }
    }

    /// A secret that is none is found at the first frame, as a wrong one is.
    #[test]
    fn no_secret() {
        let (private, public) = key();
        let hello = hello().unwrap();
        let wrap = |secret: &[u8]| {
            let mut wrapped = vec![0; public.ciphertext_size()];
            public.encrypt(&OAEP_SHA256_MGF1SHA256, secret, &mut wrapped, None).unwrap();
            wrapped
        };
        // What a client seals that takes the first 64 bytes, filled up with zeros, for the secret.
        for (secret, is_right) in [(&[7; 64][..], true), (&[7; 63], false), (&[7; 65], false), (&[], false)] {
            let wrapped = wrap(secret);
            let mut taken = [0; 64];
            taken.iter_mut().zip(secret).for_each(|(to, from)| *to = *from);
            let sealed = Channel::new(Side::Client, &taken, &hello, &wrapped).unwrap().seal(Message::End).unwrap();
            let opened = accept(&private, &hello, &wrapped).unwrap().open(&sealed);
            assert_eq!(opened.is_ok(), is_right, "{} bytes", secret.len());
        }
        for wrapped in [vec![], vec![0; 256], vec![0xff; 256], vec![7; 255], vec![7; MAX_WRAPPED]] {
            for secret in [[0; 64], [7; 64]] {
                let mut client = Channel::new(Side::Client, &secret, &hello, &wrapped).unwrap();
                refused(&mut accept(&private, &hello, &wrapped).unwrap(), &client.seal(Message::End).unwrap());
            }
        }
    }

    /// The keys are of this hello and this wrapped secret, all of them.
    #[test]
    fn another_handshake() {
        let sealed = channels().0.seal(Message::End).unwrap();
        for at in 0..HELLO_LEN {
            let mut hello = [2; HELLO_LEN];
            hello[at] ^= 1;
            refused(&mut Channel::new(Side::Server, &[1; 64], &hello, b"wrapped").unwrap(), &sealed);
        }
        for wrapped in [&b"Wrapped"[..], b"wrappe", b"wrapped\0", b""] {
            refused(&mut Channel::new(Side::Server, &[1; 64], &[2; HELLO_LEN], wrapped).unwrap(), &sealed);
        }
        refused(&mut Channel::new(Side::Server, &[3; 64], &[2; HELLO_LEN], b"wrapped").unwrap(), &sealed);
    }

    #[test]
    fn replayed_reordered_reflected_left_out() {
        let (mut client, mut server) = channels();
        let [first, second] = ["first", "second"].map(|text| client.seal(Message::Text(text)).unwrap());
        refused(&mut server, &second);
        refused(&mut client, &first);
        server.open(&first).unwrap();
        refused(&mut server, &first);
        let reply = server.seal(Message::End).unwrap();
        refused(&mut server, &reply);
        server.open(&second).unwrap();
        client.open(&reply).unwrap();
    }

    #[test]
    fn every_bit_counts() {
        let (mut client, mut server) = channels();
        let sealed = client.seal(Message::Text("a text of more than one block")).unwrap();
        for bit in 0..8 * sealed.len() {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            refused(&mut server, &changed);
        }
        for len in 0..sealed.len() {
            refused(&mut server, &sealed[..len]);
        }
        refused(&mut server, &[&sealed[..], &[0]].concat());
        server.open(&sealed).unwrap();
    }

    /// Who has the keys can seal it, and still it is no message.
    #[test]
    fn authentic_nonsense() {
        let (client, mut server) = channels();
        for plaintext in [&b""[..], b"\x02text", b"\xff", b"\x00text", b"\x01\xff", b"\x01a\xc3"] {
            let Direction { key, .. } = &client.sending;
            let sealed = key.seal(plaintext, &server.receiving.number.to_be_bytes()).unwrap();
            refused(&mut server, &sealed);
        }
    }

    #[test]
    fn the_longest_text_and_its_reply_have_room() {
        let (mut client, _) = channels();
        let longest = "x".repeat(MAX_TEXT);
        check_len(&longest).unwrap();
        assert!(check_len(&(longest.clone() + "x")).is_err());
        let reply = format!("received: {longest}");
        assert!(client.seal(Message::Text(&reply)).unwrap().len() <= MAX_FRAME);
    }

    #[test]
    fn lengths_of_frames() {
        assert_eq!(frame(b"abc").unwrap(), b"\0\0\0\x03abc");
        for (len, max, allowed) in
            [(0, 0, true), (1, 0, false), (47, 47, true), (48, 47, false), (1 << 30, MAX_FRAME, false)]
        {
            assert_eq!(frame_len(u32::to_be_bytes(len), max).ok(), allowed.then_some(len as usize));
        }
    }
}
