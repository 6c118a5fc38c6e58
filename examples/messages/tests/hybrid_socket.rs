//! The program hybrid_socket: both forms with Python as the other side, and all that a server and a client must not fall for.

mod hybrid;
#[path = "../../../tests/memory/mod.rs"]
mod memory;
#[path = "../../../tests/peers/mod.rs"]
mod peers;

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hkdf::Hkdf;
use hybrid::{
    CLASSIC, Client, FORMS, LONG, MODERN, Server, keys, program, read_frame, rest, send, wait_for, write_frame,
};
use messages::{
    hybrid_socket::{
        classic,
        modern::{self, Channel, Message, Side},
    },
    keys::{read_private, read_public},
};
use roundkey::{Aes256, cbc, cbc_hmac, padding::Zero};
use sha2::{Digest, Sha512};
use tempfile::TempDir;

const NOT_AUTHENTIC: &str = "what came is not authentic";
const NO_REQUEST: &str = "a request that is none, or is not for this key";
const CUT_OFF: &str = "the other side closed the connection before the end";

// With Python.

fn texts() -> Vec<String> {
    let few = [
        "",
        "a",
        "--help",
        "Grüße, 世界 🔑",
        "fifteen bytes!!",
        "sixteen bytes!!!",
        "seventeen bytes!!",
        "two\nlines\t\r\n",
        "{\"key\": \"#\"}",
    ];
    let mut texts: Vec<_> = few.map(str::to_owned).into();
    texts.extend([32, 47, 48, 1000, 65536].map(|len| "x".repeat(len)));
    texts.extend((0..100).map(|number| format!("number {number}")));
    texts
}

fn python(arguments: &[&str]) -> Option<Command> {
    let mut command = peers::python("hybrid_socket.py")?;
    command.args(arguments);
    Some(command)
}

/// Ours, and a pair that Python made.
fn key_pairs() -> Option<[(TempDir, &'static str); 2]> {
    let [ours, theirs] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    for name in ["private.pem", "public.pem"] {
        std::fs::copy(keys().join(name), ours.path().join(name)).unwrap();
    }
    let made = python(&["keygen"])?.arg(theirs.path()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    Some([(ours, "our keys"), (theirs, "Python's keys")])
}

#[test]
fn a_client_in_python() {
    let Some(pairs) = key_pairs() else { return };
    for (keys, whose) in &pairs {
        for (options, form, prefix) in [(MODERN, "modern", "received: "), (CLASSIC, "classic", "服务端已收到数据: ")]
        {
            let server = Server::with_keys(keys.path(), options);
            let (host, port) = (server.address.ip().to_string(), server.address.port().to_string());
            let mut client = python(&[form, "send", &host, &port]).unwrap();
            client
                .arg(keys.path().join("public.pem"))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut client = client.spawn().unwrap();
            client.stdin.take().unwrap().write_all(&serde_json::to_vec(&texts()).unwrap()).unwrap();
            let result = client.wait_with_output().unwrap();
            assert!(result.status.success(), "{form}, {whose}: {}", String::from_utf8_lossy(&result.stderr));
            let replies: Vec<String> = serde_json::from_slice(&result.stdout).unwrap();
            let expected: Vec<_> = texts().iter().map(|text| format!("{prefix}{text}")).collect();
            assert!(replies == expected, "{form}, {whose}: {replies:?}");
            assert!(server.printed() == texts().iter().map(|text| escaped(text)).collect::<Vec<_>>());
            assert_eq!(server.log(), [""; 0]);
        }
    }
}

#[test]
fn a_server_in_python() {
    let Some(pairs) = key_pairs() else { return };
    for (keys, whose) in &pairs {
        for (options, form, prefix) in [(MODERN, "modern", "received: "), (CLASSIC, "classic", "服务端已收到数据: ")]
        {
            let mut server = python(&[form, "serve"]).unwrap();
            let server = server.arg(keys.path().join("private.pem")).stdout(Stdio::piped());
            let mut server = Killed(server.spawn().unwrap());
            let mut port = String::new();
            BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut port).unwrap();
            let address = SocketAddr::from(([127, 0, 0, 1], port.trim().parse().unwrap()));
            let texts = texts();
            let result = send(address, keys.path(), options, &texts.iter().map(String::as_str).collect::<Vec<_>>());
            assert!(result.status.success(), "{form}, {whose}: {}", String::from_utf8_lossy(&result.stderr));
            let replies = String::from_utf8(result.stdout).unwrap();
            let expected: String = texts.iter().map(|text| format!("{prefix}{}\n", escaped(text))).collect();
            assert!(replies == expected, "{form}, {whose}: {replies}");
        }
    }
}

/// A process that doesn't outlive the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// As the program prints it.
fn escaped(text: &str) -> String {
    text.replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r")
}

// The program alone.

#[test]
fn lines_of_stdin_and_a_password() {
    let folder = TempDir::new().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "correct horse battery staple\n").unwrap();
    let made = program().arg("keygen").arg(folder.path()).arg("--password-file").arg(&password).status().unwrap();
    assert!(made.success());
    let server = Server::with_keys(folder.path(), &["--password-file", password.to_str().unwrap()]);
    let mut client = program();
    client.args(["send", "--to", &server.address.to_string(), "--key"]).arg(folder.path().join("public.pem"));
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    client.stdin.take().unwrap().write_all("one\n\nzwölf\nno end".as_bytes()).unwrap();
    let result = client.wait_with_output().unwrap();
    assert!(result.status.success() && result.stderr.is_empty(), "{result:?}");
    assert_eq!(
        String::from_utf8(result.stdout).unwrap(),
        "received: one\nreceived: \nreceived: zwölf\nreceived: no end\n"
    );
    assert_eq!(server.printed(), ["one", "", "zwölf", "no end"]);
}

#[test]
#[cfg(unix)]
fn ctrl_c_is_quiet() {
    for form in FORMS {
        let mut server = Server::start(form);
        server.serves();
        let _open = server.connect();
        assert!(Command::new("kill").args(["-INT", &server.child.id().to_string()]).status().unwrap().success());
        assert_eq!(server.child.wait().unwrap().code(), Some(0));
        assert_eq!(server.log(), [""; 0]);
    }
}

/// The classic form doesn't go without warnings, on either side; the modern one has none.
#[test]
fn warnings() {
    for (form, warns) in [(MODERN, false), (CLASSIC, true)] {
        let result = Server::start(form).send(&["x"]);
        let said = String::from_utf8(result.stderr).unwrap();
        assert_eq!(said.lines().count() > 0, warns, "{said}");
        assert!(said.lines().all(|line| line.starts_with("hybrid_socket: warning: ")), "{said}");
    }
}

// Many at once.

#[test]
fn two_hundred_at_once() {
    let server = Server::start(MODERN);
    let mut clients: Vec<_> = (0..200).map(|_| Client::new(&server)).collect();
    for round in 0..3 {
        for (number, client) in clients.iter_mut().enumerate() {
            client.write(&format!("{round} of {number}"));
        }
        for (number, client) in clients.iter_mut().enumerate() {
            assert_eq!(client.read(), Message::Text(format!("received: {round} of {number}")));
        }
    }
    clients.into_iter().for_each(Client::end);
    assert_eq!((server.printed().len(), server.log().len()), (600, 0));

    let server = Server::start(CLASSIC);
    let key = Pkcs1PublicEncryptingKey::new(public()).unwrap();
    let mut clients: Vec<_> = (0..200).map(|_| server.connect()).collect();
    for round in 0..3 {
        let sent: Vec<_> =
            (0..200).map(|number| classic::request(&key, &format!("{round} of {number}")).unwrap()).collect();
        for (client, (request, _)) in clients.iter_mut().zip(&sent) {
            client.write_all(request).unwrap();
        }
        for (number, (client, (_, session))) in clients.iter_mut().zip(&sent).enumerate() {
            let reply = session.open_reply(&read_line(client)).unwrap();
            assert_eq!(reply, format!("服务端已收到数据: {round} of {number}"));
        }
    }
    drop(clients);
    assert_eq!((server.printed().len(), server.log().len()), (600, 0));
}

#[test]
fn two_hundred_that_stall() {
    for form in FORMS {
        let server = Server::start(form);
        let stalled: Vec<_> = (0..200)
            .map(|number| {
                let mut stream = server.connect();
                // Of which the modern form takes the first four for a length.
                stream.write_all(&[0, 0, 0, 99, 7][..number % 6]).unwrap();
                stream
            })
            .collect();
        for _ in 0..3 {
            server.serves();
        }
        drop(stalled);
    }
}

// What a server must not fall for.

#[test]
fn frames_cut_and_too_long() {
    let server = Server::start(MODERN);
    let announced = |len: u32| len.to_be_bytes().to_vec();
    let cut = [vec![], vec![0], announced(384), [announced(384), vec![7; 100]].concat()];
    for bytes in &cut {
        let mut stream = server.connect();
        read_frame(&mut stream);
        stream.write_all(bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        server.refuses(stream, CUT_OFF);
        let mut client = Client::new(&server);
        client.exchange("and then no end");
        client.stream.write_all(bytes).unwrap();
        client.stream.shutdown(Shutdown::Write).unwrap();
        server.refuses(client.stream, CUT_OFF);
        server.serves();
    }
    for len in [1025, 1 << 20, 1 << 30, u32::MAX] {
        let mut stream = server.connect();
        read_frame(&mut stream);
        stream.write_all(&announced(len)).unwrap();
        server.refuses(stream, &format!("a frame of {len} bytes was announced"));
    }
    for len in [(1 << 20) + 129, 1 << 30, u32::MAX] {
        let mut client = Client::new(&server);
        client.exchange("first");
        client.stream.write_all(&announced(len)).unwrap();
        server.refuses(client.stream, &format!("a frame of {len} bytes was announced"));
    }
    let mut client = Client::new(&server);
    client.exchange(&"x".repeat(modern::MAX_TEXT));
    client.write(&"x".repeat(modern::MAX_TEXT + 1));
    server.refuses(client.stream, "a text of 1048577 bytes");
    server.serves();
}

/// Whatever was announced, and by however many, what hasn't come takes no memory.
#[test]
#[cfg(target_os = "linux")]
fn memory() {
    let server = Server::start(MODERN);
    takes_at_most(32 << 10, &server, || {
        (0..100).map(|_| {
            let mut huge = Client::new(&server);
            huge.stream.write_all(&(1_u32 << 30).to_be_bytes()).unwrap();
            server.refuses(huge.stream, "announced");
            let mut longest = Client::new(&server);
            longest.stream.write_all(&[&(1_u32 << 20).to_be_bytes()[..], &[7; 1000]].concat()).unwrap();
            longest
        })
    });
}

/// While they all wait the server has taken no more than so many KiB for them, and serves others.
#[cfg(target_os = "linux")]
fn takes_at_most<W: Iterator>(limit: u64, server: &Server, clients: impl FnOnce() -> W) {
    server.serves();
    let before = server.most_memory();
    let waiting: Vec<_> = clients().collect();
    server.serves();
    let more = server.most_memory() - before;
    assert!(more < limit, "{more} KiB");
    drop(waiting);
}

/// However many send as much as is allowed and no end, few of them take memory for it, and who sends little doesn't wait.
#[test]
#[cfg(target_os = "linux")]
fn memory_of_large_messages() {
    let server = Server::start(CLASSIC);
    let large = vec![b'x'; classic::MAX_LEN - 1];
    takes_at_most(225 << 10, &server, || {
        (0..300).map(|_| {
            let mut stream = server.connect();
            // What the server doesn't read the system takes, or doesn't.
            stream.set_nonblocking(true).unwrap();
            let mut rest = &large[..];
            while let Ok(len @ 1..) = stream.write(rest) {
                rest = &rest[len..];
            }
            stream
        })
    });
    // The places are free again.
    let long = "x".repeat(100_000);
    let result = server.send(&[&long]);
    assert!(result.status.success(), "{result:?}");
}

/// A pipe that nobody empties holds up neither those who are refused nor the others.
#[test]
fn nobody_reads_the_log() {
    let mut server = program();
    server.args(["serve", "--classic", "--listen", "127.0.0.1:0", "--key"]).arg(keys().join("private.pem"));
    let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut server = Killed(server);
    let mut log = BufReader::new(server.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let address = log.find_map(|line| line.strip_prefix("hybrid_socket: listening on ")?.parse().ok()).unwrap();
    for _ in 0..3000 {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(b"#").unwrap();
        assert_eq!(rest(&mut stream), b"");
    }
    let result = send(address, keys(), CLASSIC, &["still there?"]);
    assert!(result.status.success(), "{result:?}");
    // Whoever reads it then learns that it isn't all.
    assert!(log.any(|line| line.contains("lines were left out")));
}

/// A server finds out at the first frame, and not before.
#[test]
fn secrets_that_are_none() {
    let server = Server::start(MODERN);
    let other = PrivateDecryptingKey::generate(KeySize::Rsa3072).unwrap().public_key();
    let len = public().key_size_bytes();
    let others = [vec![], vec![0; len], vec![0xff; len], vec![7; len - 1], vec![7; 1024]];
    let under = |key: PublicEncryptingKey, secret: &[u8]| {
        let mut wrapped = vec![0; len];
        OaepPublicEncryptingKey::new(key)
            .unwrap()
            .encrypt(&OAEP_SHA256_MGF1SHA256, secret, &mut wrapped, None)
            .unwrap();
        wrapped
    };
    let mut changed = under(public(), &[7; 64]);
    changed[len / 2] ^= 1;
    let mut wrapped = vec![changed, under(other, &[7; 64])];
    wrapped.extend([0, 32, 63, 65, 128].map(|len| under(public(), &vec![7; len])));
    wrapped.extend(others);
    for wrapped in wrapped {
        let mut stream = server.connect();
        let hello = read_frame(&mut stream).try_into().unwrap();
        write_frame(&mut stream, &wrapped);
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let waits = stream.read(&mut [0]).unwrap_err();
        assert!([ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&waits.kind()), "{waits}");
        stream.set_read_timeout(Some(LONG)).unwrap();
        let sealed = Channel::new(Side::Client, &[7; 64], &hello, &wrapped).unwrap().seal(Message::Text("x")).unwrap();
        write_frame(&mut stream, &sealed);
        server.refuses(stream, NOT_AUTHENTIC);
    }
    server.serves();
    assert_eq!(server.printed(), ["still there?"]);
}

#[test]
fn frames_changed_replayed_swapped_reflected() {
    let server = Server::start(MODERN);
    let attack = |attack: &dyn Fn(&mut Client)| {
        let mut client = Client::new(&server);
        attack(&mut client);
        server.refuses(client.stream, NOT_AUTHENTIC);
    };
    for at in 0..80 {
        attack(&|client| {
            let mut sealed = client.seal("a text of two blocks");
            assert_eq!(sealed.len(), 80);
            sealed[at] ^= 1 << (at % 8);
            write_frame(&mut client.stream, &sealed);
        });
    }
    for len in [0, 1, 47, 63, 79] {
        attack(&|client| write_frame(&mut client.stream, &vec![7; len]));
    }
    attack(&|client| {
        let replayed = client.seal("first");
        write_frame(&mut client.stream, &replayed);
        client.read();
        write_frame(&mut client.stream, &replayed);
    });
    attack(&|client| {
        let [_left_out, second] = ["first", "second"].map(|text| client.seal(text));
        write_frame(&mut client.stream, &second);
    });
    attack(&|client| {
        client.write("first");
        let reflected = read_frame(&mut client.stream);
        write_frame(&mut client.stream, &reflected);
    });
    // What comes behind the end isn't even read.
    let mut client = Client::new(&server);
    let replayed = client.seal("first");
    write_frame(&mut client.stream, &replayed);
    client.read();
    client.end();
    server.serves();
}

/// Somebody has recorded a connection, and sends it all again.
#[test]
fn a_connection_replayed() {
    let server = Server::start(MODERN);
    let (mut stream, secret) = (server.connect(), [7; 64]);
    let hello = read_frame(&mut stream).try_into().unwrap();
    let mut wrapped = vec![0; public().key_size_bytes()];
    OaepPublicEncryptingKey::new(public())
        .unwrap()
        .encrypt(&OAEP_SHA256_MGF1SHA256, &secret, &mut wrapped, None)
        .unwrap();
    let mut channel = Channel::new(Side::Client, &secret, &hello, &wrapped).unwrap();
    let sealed = channel.seal(Message::Text("pay 100")).unwrap();
    let end = channel.seal(Message::End).unwrap();
    for (replayed, mut stream) in [(false, stream), (true, server.connect())] {
        if replayed {
            read_frame(&mut stream);
        }
        for frame in [&wrapped, &sealed, &end] {
            write_frame(&mut stream, frame);
        }
        if replayed {
            server.refuses(stream, NOT_AUTHENTIC);
        } else {
            assert!(!rest(&mut stream).is_empty());
        }
    }
    assert_eq!(server.printed(), ["pay 100"]);
    server.serves();
}

/// Authentic, and still no message, but for the first.
#[test]
fn authentic_nonsense() {
    let server = Server::start(MODERN);
    for plaintext in [&b"\x01a text"[..], b"", b"\x02text", b"\x00text", b"\x01\xff\xfe", b"\x01a\xc3"] {
        let mut stream = server.connect();
        let hello = read_frame(&mut stream);
        let (secret, mut wrapped) = ([7; 64], vec![0; public().key_size_bytes()]);
        let key = OaepPublicEncryptingKey::new(public()).unwrap();
        key.encrypt(&OAEP_SHA256_MGF1SHA256, &secret, &mut wrapped, None).unwrap();
        write_frame(&mut stream, &wrapped);
        let frames = [&hello, &wrapped].map(|content| modern::frame(content).unwrap()).concat();
        let mut key = [0; 64];
        let info = [&b"hybrid_socket 1 client to server"[..], &Sha512::digest(frames)].concat();
        Hkdf::<Sha512>::new(Some(&hello[15..]), &secret).expand(&info, &mut key).unwrap();
        let sealed = cbc_hmac::Key::a256cbc_hs512(&key).seal(plaintext, &0_u64.to_be_bytes()).unwrap();
        write_frame(&mut stream, &sealed);
        if plaintext == b"\x01a text" {
            read_frame(&mut stream);
        } else {
            server.refuses(stream, NOT_AUTHENTIC);
        }
    }
    server.serves();
}

const CLASSIC_KEY: &str = r#"{"aes_key":"abcdefghijklmnopqrstuvwxyz012345","aes_iv":"ABCDEFGHIJKLMNOP"}"#;

fn public() -> PublicEncryptingKey {
    read_public(&keys().join("public.pem")).unwrap()
}

/// What the classic form has for a key, with another text in it.
fn wrap(key: PublicEncryptingKey, text: &[u8]) -> Vec<u8> {
    let mut wrapped = vec![0; key.key_size_bytes()];
    Pkcs1PublicEncryptingKey::new(key).unwrap().encrypt(text, &mut wrapped).unwrap();
    wrapped
}

/// Under [`CLASSIC_KEY`].
fn encrypted(text: &[u8]) -> String {
    let key = Aes256::new(b"abcdefghijklmnopqrstuvwxyz012345");
    hex::encode(cbc::encrypt_with(&key, b"ABCDEFGHIJKLMNOP", text, Zero).unwrap())
}

fn line(text: impl AsRef<[u8]>) -> Vec<u8> {
    (BASE64.encode(text) + "#").into_bytes()
}

fn request(wrapped: &[u8], data: &str) -> Vec<u8> {
    line(format!(r#"{{"key":"{}", "data":"{data}"}}"#, BASE64.encode(wrapped)))
}

/// Up to the next `#`.
fn read_line(stream: &mut TcpStream) -> Vec<u8> {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        match byte {
            [b'#'] => return line,
            [byte] => line.push(byte),
        }
    }
}

/// RSA ciphertexts with no key in them, of every kind.
fn no_keys() -> Vec<Vec<u8>> {
    let right = wrap(public(), CLASSIC_KEY.as_bytes());
    let len = right.len();
    let other = PrivateDecryptingKey::generate(KeySize::Rsa3072).unwrap().public_key();
    let mut wrapped = vec![wrap(other, CLASSIC_KEY.as_bytes())];
    wrapped.extend([vec![], vec![0; len], vec![0xff; len], vec![7; len - 1], vec![7; len + 1], right[1..].to_vec()]);
    let texts = [
        "",
        "no JSON",
        "{}",
        "[]",
        r#"{"aes_key":"abcdefghijklmnopqrstuvwxyz012345"}"#,
        &CLASSIC_KEY.replace("345", ""),
        &CLASSIC_KEY.replace("345", "3456"),
        &CLASSIC_KEY.replace("OP", "O"),
        &CLASSIC_KEY.replace("OP", "Oé"),
        &CLASSIC_KEY.replace("\"}", ""),
    ];
    wrapped.extend(texts.map(|text| wrap(public(), text.as_bytes())));
    wrapped.push(wrap(public(), &[0xff; 75]));
    wrapped
}

#[test]
fn no_requests() {
    let server = Server::start(CLASSIC);
    let right = wrap(public(), CLASSIC_KEY.as_bytes());
    let data = encrypted("a text of more than one block".as_bytes());
    let mut requests: Vec<_> = no_keys().iter().map(|wrapped| request(wrapped, &data)).collect();
    let padded = [&encrypted("a text".as_bytes()), "00"].concat();
    for data in [&data[1..], &data[2..], &data[..data.len() - 2], "no hex", "é", &padded] {
        requests.push(request(&right, data));
    }
    requests.extend([&[0xff; 16][..], b"\xc3", b"fifteen bytes..\xe4"].map(|text| request(&right, &encrypted(text))));
    requests.extend(["", "{", "null", "[1]", "{}", r#"{"key":"AAAA"}"#, r#"{"key":1,"data":""}"#].map(line));
    requests.push(line(format!(r#"{{"key":"not base64","data":"{data}"}}"#)));
    requests.extend([&b"not base64#"[..], b"\xff\xff#", b"#", b"AAAAA#"].map(<[u8]>::to_vec));
    for request in &requests {
        let mut stream = server.connect();
        stream.write_all(request).unwrap();
        server.refuses(stream, NO_REQUEST);
    }
    server.serves();
    wait_for("the lines in the log", || (server.log().len() == requests.len()).then_some(()));
    assert_eq!(server.printed(), ["still there?"]);

    // Not the whole of one: nothing at all is how such connections end.
    let whole = request(&right, &data);
    for len in [1, whole.len() / 2, whole.len() - 1] {
        let mut stream = server.connect();
        stream.write_all(&whole).unwrap();
        read_line(&mut stream);
        stream.write_all(&whole[..len]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        server.refuses(stream, CUT_OFF);
    }
    let mut endless = server.connect();
    while endless.write_all(&[b'A'; 1 << 16]).is_ok() {}
    server.refuses(endless, "a message without an end");
    drop(server.connect());
    server.serves();
}

/// Bleichenbacher's question, whether a ciphertext is rightly padded, in every way in which it can be asked: he learns nothing.
#[test]
fn bleichenbacher() {
    let server = Server::start(CLASSIC);
    let right = wrap(public(), CLASSIC_KEY.as_bytes());
    let mut asked = no_keys();
    for number in 0..100 {
        let mut changed = right.clone();
        changed[number + 1] ^= 1 << (number % 8);
        asked.push(changed);
        asked.push(wrap(public(), &vec![number as u8; number]));
    }
    assert!(asked.len() > 200);

    let mut stream = server.connect();
    let mut ask = |wrapped: &[u8]| {
        stream.write_all(&request(wrapped, "")).unwrap();
        read_line(&mut stream)
    };
    let answer = ask(&right);
    for wrapped in &asked {
        let first = ask(wrapped);
        assert_eq!((first.len(), first == answer, ask(wrapped) == first), (answer.len(), false, true));
    }
    assert_eq!(server.log(), [""; 0]);

    let data = encrypted("a text of more than one block".as_bytes());
    for wrapped in &asked {
        let mut stream = server.connect();
        stream.write_all(&request(wrapped, &data)).unwrap();
        server.refuses(stream, NO_REQUEST);
    }
    wait_for("the lines in the log", || (server.log().len() == asked.len()).then_some(()));
    server.serves();
}

/// Two seconds are the longest that this server waits.
#[test]
fn those_who_are_slow() {
    for form in FORMS {
        let server = Server::start(&[form, &["--timeout", "2"]].concat());
        let begin = || {
            let mut stream = server.connect();
            if form == MODERN {
                read_frame(&mut stream);
            }
            stream
        };
        let late = "timed out after 2 s of waiting for the next message";
        let mut stalled = vec![begin(), begin()];
        stalled[1].write_all(&[0, 0, 1]).unwrap();
        if form == MODERN {
            let mut client = Client::new(&server);
            client.exchange("and then nothing");
            client.stream.write_all(&[0, 0, 1, 0, 7]).unwrap();
            stalled.push(client.stream);
        }
        stalled.into_iter().for_each(|stream| server.refuses(stream, late));
        // A byte now and then is no reason to wait longer: it would take half a minute.
        let mut trickling = begin();
        let frame = [&[0, 0, 1, 0x80][..], &[7; 384]].concat();
        let sent = frame.iter().take_while(|byte| {
            thread::sleep(Duration::from_millis(100));
            trickling.write_all(&[**byte]).is_ok()
        });
        assert!(sent.count() < frame.len());
        server.refuses(trickling, late);
        server.serves();
    }
}

#[test]
fn one_that_reads_no_replies() {
    let server = Server::start(&["--timeout", "2"]);
    let mut client = Client::new(&server);
    let text = "x".repeat(modern::MAX_TEXT);
    let stopped = (0..200).any(|_| {
        let sealed = client.seal(&text);
        client.stream.write_all(&modern::frame(&sealed).unwrap()).is_err()
    });
    assert!(stopped);
    wait_for("the server's line", || (!server.log().is_empty()).then_some(()));
    assert!(
        server.log()[0].ends_with("timed out after 2 s of waiting for the other side to read"),
        "{:?}",
        server.log()
    );
    server.serves();
    wait_for("the line in the log", || (server.log().len() == 1).then_some(()));
}

// What a client must not fall for.

/// Sends texts to a server that does this with the first connection, and expects exit code 1 and one line. Returns what was printed.
fn fails(options: &[&str], because: &str, serve: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || serve(listener.accept().unwrap().0));
    let printed = failed(address, because, &send(address, keys(), options, &["first", "second"]));
    server.join().unwrap();
    printed
}

fn failed(address: SocketAddr, because: &str, result: &Output) -> String {
    assert_eq!(result.status.code(), Some(1), "{because}: {result:?}");
    let said = String::from_utf8_lossy(&result.stderr);
    let errors: Vec<_> = said.lines().filter(|line| !line.starts_with("hybrid_socket: warning: ")).collect();
    let prefix = format!("hybrid_socket: {address}: ");
    assert!(errors.len() == 1 && errors[0].starts_with(&prefix) && errors[0].contains(because), "{because}: {said}");
    String::from_utf8(result.stdout.clone()).unwrap()
}

/// The server's part of the handshake, and the first text's frame.
fn accept(stream: &mut TcpStream) -> (Channel, Vec<u8>) {
    let private = read_private(&keys().join("private.pem"), || unreachable!("it has no password")).unwrap();
    let hello = modern::hello().unwrap();
    write_frame(stream, &hello);
    let wrapped = read_frame(stream);
    let channel = modern::accept(&OaepPrivateDecryptingKey::new(private).unwrap(), &hello, &wrapped).unwrap();
    (channel, read_frame(stream))
}

#[test]
fn servers_that_are_wrong() {
    fails(MODERN, CUT_OFF, drop);
    fails(MODERN, CUT_OFF, |mut stream| stream.write_all(&[0, 0, 0, 47, 7]).unwrap());
    fails(MODERN, "this is no hybrid_socket server", |mut stream| write_frame(&mut stream, b"SSH-2.0-OpenSSH_9.2"));
    fails(MODERN, "a frame of 1073741824 bytes", |mut stream| {
        stream.write_all(&(1_u32 << 30).to_be_bytes()).unwrap();
        rest(&mut stream);
    });
    fails(MODERN, CUT_OFF, |mut stream| drop(accept(&mut stream)));
    fails(MODERN, "a frame of 1073741824 bytes", |mut stream| {
        accept(&mut stream);
        stream.write_all(&(1_u32 << 30).to_be_bytes()).unwrap();
        rest(&mut stream);
    });
    fails(MODERN, NOT_AUTHENTIC, |mut stream| {
        let (_, reflected) = accept(&mut stream);
        write_frame(&mut stream, &reflected);
    });
    fails(MODERN, "the server ended the conversation", |mut stream| {
        let (mut channel, _) = accept(&mut stream);
        write_frame(&mut stream, &channel.seal(Message::End).unwrap());
    });
    let reply = |stream: &mut TcpStream| {
        let (mut channel, _) = accept(stream);
        let sealed = channel.seal(Message::Text("a reply")).unwrap();
        write_frame(stream, &sealed);
        read_frame(stream);
        (channel, sealed)
    };
    let printed = fails(MODERN, CUT_OFF, move |mut stream| drop(reply(&mut stream)));
    assert_eq!(printed, "a reply\n");
    fails(MODERN, NOT_AUTHENTIC, move |mut stream| {
        let (_, replayed) = reply(&mut stream);
        write_frame(&mut stream, &replayed);
    });
    // All replies have come, but not the end: something may be missing.
    let printed = fails(MODERN, CUT_OFF, move |mut stream| {
        let (mut channel, _) = reply(&mut stream);
        write_frame(&mut stream, &channel.seal(Message::Text("another")).unwrap());
        read_frame(&mut stream);
    });
    assert_eq!(printed, "a reply\nanother\n");

    fails(CLASSIC, "closed the connection without a reply", |mut stream| drop(read_line(&mut stream)));
    fails(CLASSIC, CUT_OFF, |mut stream| {
        read_line(&mut stream);
        stream.write_all(b"AAAA").unwrap();
    });
    fails(CLASSIC, "a message without an end", |mut stream| {
        read_line(&mut stream);
        while stream.write_all(&[b'A'; 1 << 16]).is_ok() {}
    });
    for reply in [&b"AAAA#"[..], b"A#", b"\xff#", &line(encrypted(b"under another key, and of three blocks"))] {
        let reply = reply.to_vec();
        fails(CLASSIC, "the reply is none, or is not under the key that was sent", move |mut stream| {
            read_line(&mut stream);
            stream.write_all(&reply).unwrap();
        });
    }
    for form in FORMS {
        let options = [form, &["--timeout", "1"]].concat();
        fails(&options, "timed out after 1 s", |mut stream| drop(rest(&mut stream)));
    }
}

#[test]
fn what_a_client_cannot_do() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    failed(address, "refused", &send(address, keys(), MODERN, &["nobody is there"]));

    let other = TempDir::new().unwrap();
    assert!(program().arg("keygen").arg(other.path()).status().unwrap().success());
    for form in FORMS {
        let server = Server::start(form);
        let because = if form == MODERN { CUT_OFF } else { "without a reply" };
        let printed = failed(server.address, because, &send(server.address, other.path(), form, &["with a wrong key"]));
        assert_eq!(printed, "");
        wait_for("the line in the log", || (server.log().len() == 1).then_some(()));
        server.serves();
    }
    let (modern, classic) = (Server::start(MODERN), Server::start(CLASSIC));
    let mut client = program();
    client.args(["send", "--to", &modern.address.to_string(), "--key"]).arg(keys().join("public.pem"));
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut too_long = client.stdin.take().unwrap();
    let _ = too_long.write_all(&vec![b'x'; modern::MAX_TEXT + 1]);
    drop(too_long);
    failed(modern.address, "a text of 1048577 bytes", &client.wait_with_output().unwrap());
    // Neither speaks the other's form.
    failed(modern.address, "", &send(modern.address, keys(), &["--classic", "--timeout", "1"], &["x"]));
    failed(classic.address, "timed out", &send(classic.address, keys(), &["--timeout", "1"], &["x"]));
    modern.serves();
    classic.serves();
}
