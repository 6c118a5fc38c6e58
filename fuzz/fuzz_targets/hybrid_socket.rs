//! The formats of the example `hybrid_socket`: its frames and requests, and what somebody on the way makes of them. Of the modern form
//! the server takes what the client sent, in that order, up to the first change; the classic form doesn't panic. (RSA is a stand-in.)
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use aws_lc_rs::rsa::{
    KeySize, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use formats::hybrid_socket::{
    classic,
    modern::{self, Channel, MAX_FRAME, Message, Side},
};
use libfuzzer_sys::fuzz_target;
use roundkey_fuzz::{Change, Pieces};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    classic: bool,
    changes: [Change; 2],
    /// Of the handshake.
    change: Change,
    pieces: Pieces,
    bytes: &'a [u8],
}

struct Keys {
    private: OaepPrivateDecryptingKey,
    public: OaepPublicEncryptingKey,
    classic_public: Pkcs1PublicEncryptingKey,
    classic: classic::Server,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("a key");
    Keys {
        public: OaepPublicEncryptingKey::new(private.public_key()).expect("the key"),
        classic_public: Pkcs1PublicEncryptingKey::new(private.public_key()).expect("the key"),
        classic: classic::Server::new(private.clone()).expect("the key"),
        private: OaepPrivateDecryptingKey::new(private).expect("the key"),
    }
});

fuzz_target!(|input: Input| if input.classic { classic(&input) } else { modern(&input) });

fn modern(input: &Input) {
    let hello = modern::hello().expect("there are random bytes");
    let mut changed_hello = hello.to_vec();
    input.change.apply(&mut changed_hello);
    // Another name is noticed; another nonce gives other keys.
    let (wrapped, mut client) = match modern::answer(&KEYS.public, &changed_hello) {
        Ok(answer) => answer,
        Err(_) => {
            assert!(changed_hello.len() != hello.len() || changed_hello[..15] != hello[..15]);
            return;
        }
    };
    let mut changed_wrapped = wrapped.clone();
    input.changes[0].apply(&mut changed_wrapped);
    let mut server = modern::accept(&KEYS.private, &hello, &changed_wrapped).expect("whatever it is");
    let agreed = changed_hello == hello && changed_wrapped == wrapped;

    let mut sent: Vec<_> =
        input.pieces.cut(input.bytes).map(|text| Message::Text(String::from_utf8_lossy(text).into_owned())).collect();
    sent.truncate(20);
    sent.push(Message::End);
    let mut on_the_way = Vec::new();
    for message in &sent {
        let sealed = client.seal(as_str(message)).expect("there are random bytes");
        assert!(client.open(&sealed).is_err(), "it was sent back");
        on_the_way.extend(modern::frame(&sealed).expect("it is short"));
    }
    let was_sent = on_the_way.clone();
    input.changes[1].apply(&mut on_the_way);
    let received = receive(&mut server, &on_the_way);
    if !agreed {
        assert!(received.is_empty(), "without the key");
    } else if on_the_way == was_sent {
        assert_eq!(received, sent);
    } else {
        assert!(sent.starts_with(&received), "{received:?} was received, and sent was {sent:?}");
    }

    if let Some(len) = input.bytes.first_chunk() {
        let number = u32::from_be_bytes(*len) as usize;
        for max in [number.saturating_sub(1), number, number + 1] {
            assert_eq!(modern::frame_len(*len, max).ok(), (number <= max).then_some(number));
        }
    }

    // Frames that nobody sealed.
    let mut server = Channel::new(Side::Server, &[7; 64], &hello, input.bytes).expect("it is short");
    assert!(receive(&mut server, input.bytes).is_empty());
}

/// As the server does it, up to the first thing that is wrong.
fn receive(server: &mut Channel, mut from: &[u8]) -> Vec<Message<String>> {
    let mut received = Vec::new();
    while let Some(len) = from.split_off(..4) {
        let len = len.try_into().expect("four bytes");
        let Ok(len) = modern::frame_len(len, MAX_FRAME) else { break };
        assert!(len <= MAX_FRAME);
        let Some(sealed) = from.split_off(..len) else { break };
        let Ok(message) = server.open(sealed) else { break };
        received.push(message);
    }
    received
}

fn as_str(message: &Message<String>) -> Message<&str> {
    match message {
        Message::Text(text) => Message::Text(text),
        Message::End => Message::End,
    }
}

fn classic(input: &Input) {
    let Keys { classic_public: public, classic: server, .. } = &*KEYS;
    let text = String::from_utf8_lossy(input.bytes);
    match classic::request(public, &text) {
        Err(_) => assert!(text.ends_with('\0')),
        Ok((request, session)) => {
            let request = request.strip_suffix(&[classic::END]).expect("it has an end");
            let (opened, reply) =
                server.open(request).and_then(|(t, s)| Ok((t, s.reply("got it")?))).expect("a request");
            assert_eq!(opened, text);
            let reply = reply.strip_suffix(&[classic::END]).expect("it has an end");
            assert!(session.open_reply(reply).expect("a reply").ends_with("got it"));
            let mut changed = request.to_vec();
            input.changes[0].apply(&mut changed);
            anything(server, &changed);
            let mut changed = STANDARD.decode(request).expect("it was encoded");
            input.changes[1].apply(&mut changed);
            anything(server, STANDARD.encode(changed).as_bytes());
            let mut changed = reply.to_vec();
            input.change.apply(&mut changed);
            let _ = session.open_reply(&changed);
            let _ = session.open_reply(input.bytes);
        }
    }

    // At each of its depths: as it is sent, under base64, and under RSA.
    anything(server, input.bytes);
    anything(server, STANDARD.encode(input.bytes).as_bytes());
    let mut wrapped = vec![0; public.ciphertext_size()];
    if public.encrypt(input.bytes, &mut wrapped).is_ok() {
        let key = STANDARD.encode(&wrapped);
        let request = format!(r#"{{"key":"{key}", "data":"00112233445566778899aabbccddeeff"}}"#);
        anything(server, STANDARD.encode(request).as_bytes());
    }
}

/// If it is taken it can be answered.
fn anything(server: &classic::Server, request: &[u8]) {
    if let Ok((text, session)) = server.open(request) {
        assert!(!text.ends_with('\0'));
        let reply = session.reply("x").expect("it is short");
        assert!(session.open_reply(&reply[..reply.len() - 1]).expect("it was sealed").ends_with('x'));
    }
}
