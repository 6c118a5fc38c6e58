//! The formats of the example `http_message`: requests and replies of both forms. Nothing that comes panics; and of the modern form
//! nothing is opened that wasn't sealed.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use base64::{Engine, engine::general_purpose::STANDARD};
use formats::http_message::{
    classic::{self, Error},
    modern::{self, Header, Request, Salt, Sealed},
};
use libfuzzer_sys::fuzz_target;
use roundkey::{Aes128, Block, cbc_hmac::Key};
use roundkey_fuzz::{Change, PASSWORD};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    classic: bool,
    salt: [u8; 16],
    iterations: u32,
    time: u64,
    /// Of the text a part is the name, or the stamp.
    name_len: u8,
    change: Change,
    bytes: &'a [u8],
}

// So few iterations that the derivation doesn't take all the time.
static KEY: LazyLock<Key> = LazyLock::new(|| modern::derive(PASSWORD, &Salt::from([7; 16]), 1));
static CLASSIC_KEY: LazyLock<Aes128> = LazyLock::new(|| classic::derive(PASSWORD, b"salt"));

fuzz_target!(|input: Input| {
    let (name, text) = input.bytes.split_at(input.bytes.len().min(input.name_len.into()));
    let (name, text) = (String::from_utf8_lossy(name), String::from_utf8_lossy(text));
    if input.classic {
        classic(&input, &name, &text);
    } else {
        modern(&input, &name, &text);
    }
});

fn modern(input: &Input, name: &str, text: &str) {
    // Anything, as it comes.
    if let Ok(request) = Request::from_json(input.bytes) {
        let len = request.sealed.ciphertext.len();
        assert!(len > 0 && len.is_multiple_of(size_of::<Block>()));
        assert!(Salt::LENGTHS.contains(&request.header.salt.as_ref().len()));
        let again = request.to_json().expect("it is JSON");
        assert_eq!(Request::from_json(again.as_bytes()).expect("it was one"), request);
        assert!(request.open(&KEY, name).is_err(), "nobody sealed it");
    }
    let _ = Sealed::from_json(input.bytes);

    let header = Header { salt: input.salt.into(), iterations: input.iterations, time: input.time };
    // The same, with any ciphertext: only its length can be wrong without the key.
    let sealed = Sealed { iv: input.salt, ciphertext: input.bytes.to_vec(), tag: input.salt };
    let request = Request { header: header.clone(), sealed };
    let json = request.to_json().expect("it is JSON");
    let whole = !input.bytes.is_empty() && input.bytes.len().is_multiple_of(size_of::<Block>());
    assert_eq!(Request::from_json(json.as_bytes()).ok(), whole.then_some(request));

    let request = Request::seal(&KEY, name, header, text).expect("there is a text");
    assert_eq!(request.open(&KEY, name).expect("it was sealed"), text);
    let mut json = request.to_json().expect("it is JSON").into_bytes();
    input.change.apply(&mut json);
    if let Ok(changed) = Request::from_json(&json) {
        match changed.open(&KEY, name) {
            Ok(opened) => assert_eq!((&changed, opened.as_str()), (&request, text), "it isn't what was sealed"),
            Err(_) => assert_ne!(changed, request),
        }
    }
    let other = format!("{name}!");
    assert!(request.open(&KEY, &other).is_err(), "it is for another server");

    let reply = request.reply(&KEY, name, "OK").expect("there is a text");
    assert_eq!(request.open_reply(&KEY, name, &reply).expect("it was sealed"), "OK");
    assert!(request.open_reply(&KEY, &other, &reply).is_err());
    let reflected = request.sealed.clone();
    assert!(request.open_reply(&KEY, name, &reflected).is_err(), "a request is no reply");
    let mut json = reply.to_json().expect("it is JSON").into_bytes();
    input.change.apply(&mut json);
    if let Ok(changed) = Sealed::from_json(&json) {
        assert_eq!(request.open_reply(&KEY, name, &changed).is_ok(), changed == reply);
    }
}

fn classic(input: &Input, now: &str, text: &str) {
    let sent = classic::encrypt(&CLASSIC_KEY, text, now);
    assert_eq!(classic::decrypt(&CLASSIC_KEY, &sent, now).as_deref(), Ok(text));
    let mut changed = sent.into_bytes();
    input.change.apply(&mut changed);
    // What comes is a text, whatever was in the URL; and then again with what it may have been before base64.
    for sent in [String::from_utf8_lossy(&changed).into_owned(), text.to_owned(), STANDARD.encode(text)] {
        let got = classic::decrypt(&CLASSIC_KEY, &sent, now);
        // Base64 and hexadecimal digits have one meaning, so nothing else gives the same text.
        if let Ok(text) = &got {
            let again = digits(&classic::encrypt(&CLASSIC_KEY, text, now));
            assert_eq!(digits(&sent).map(|digits| digits.to_ascii_lowercase()), again);
        }
        assert!(!matches!(got, Err(Error::NotUtf8)) || digits(&sent).is_some());
    }
}

/// What is under base64, of which white space isn't part.
fn digits(sent: &str) -> Option<Vec<u8>> {
    STANDARD.decode(sent.replace(|c: char| c.is_ascii_whitespace(), "")).ok()
}
