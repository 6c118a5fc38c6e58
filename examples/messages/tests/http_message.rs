//! `http_message` as a program: with itself, with Python, and with those who mean no good.

mod common;
mod http;
#[path = "../../../tests/memory/mod.rs"]
mod memory;
#[path = "../../../tests/peers/mod.rs"]
mod peers;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::Write,
    net::{Shutdown, TcpListener},
    process::Command,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{Folder, PASSWORD, Running, run, say};
use http::{
    CLASSIC, ITERATIONS, QUICK, REFUSED, SALT, Server, connect, exchange, post, program, read_message, read_to_close,
};
use messages::http_message::modern::{Header, Request, Salt, derive};
use peers::python;
use roundkey::cbc_hmac::Key;

/// Around a block, and what isn't ASCII, or isn't to be shown as it is.
fn texts() -> Vec<String> {
    let blocks = ["", "attack at dawn", "fifteen bytes..", "exactly 16 bytes", "seventeen bytes.."];
    let others = ["Grüße, 世界 🔑", "two\nlines\r\n\x1b[31m\x01"];
    [&blocks[..], &others].concat().into_iter().map(str::to_owned).collect()
}

/// 64 KiB, and as much as the classic form has room for.
fn long_text(len: usize) -> String {
    "0123456789abcdé".repeat(len / 16)
}

/// As the server prints it.
fn shown(text: &str) -> String {
    text.chars().fold(String::new(), |mut shown, character| {
        if character.is_control() {
            let _ = write!(shown, "{}", character.escape_default());
        } else {
            shown.push(character);
        }
        shown
    })
}

fn send(folder: &Folder, url: &str, options: &[&str], text: &str) -> (Option<i32>, String, String) {
    run(program(folder, "send").args(["--url", url]).args(options).arg("--").arg(text), b"")
}

/// Sends a text, expects that it arrives, and returns what was said on stderr.
fn arrives(folder: &Folder, server: &Server, options: &[&str], text: &str) -> String {
    let (status, stdout, stderr) = send(folder, &server.url(), options, text);
    assert_eq!((status, stdout.as_str()), (Some(0), "OK\n"), "{stderr}");
    assert_eq!(server.running.printed(), shown(text));
    stderr
}

/// The key for quick messages with this salt.
fn key() -> (Header, Key) {
    let salt: Salt = hex::decode(SALT).unwrap().try_into().unwrap();
    let key = derive(PASSWORD, &salt, ITERATIONS);
    (Header { salt, iterations: ITERATIONS, time: now() }, key)
}

fn sealed(text: &str) -> String {
    let (header, key) = key();
    Request::seal(&key, "", header, text).unwrap().to_json().unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

#[test]
fn modern_there_and_back() {
    let folder = Folder::new();
    let server = Server::quick(&folder, &[]);
    assert_eq!(
        server.warnings,
        ["http_message: warning: 1000 iterations make passwords fast to try: 600000 are advised"]
    );
    for text in texts().iter().chain([&long_text(1 << 16)]) {
        let warning = arrives(&folder, &server, &QUICK, text);
        assert!(warning.contains("1000 iterations") && warning.lines().count() == 1, "{warning}");
    }
    assert_eq!(server.refusals(), [""; 0]);
}

/// Without any option but the URL: nothing to warn of.
#[test]
fn modern_as_it_comes() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    assert_eq!((server.warnings.len(), arrives(&folder, &server, &[], "text").as_str()), (0, ""));
    let whole = format!("{}/message", server.url());
    assert_eq!(send(&folder, &whole, &[], "text"), (Some(0), "OK\n".into(), String::new()));
    // Fewer iterations than are safe, which the server doesn't take.
    let (status, stdout, stderr) = send(&folder, &server.url(), &["--iterations", "99999"], "text");
    assert_eq!((status, stdout.as_str(), stderr.lines().count()), (Some(1), "", 2), "{stderr}");
    server.refused_once("99999 iterations");
}

/// A message goes to the server, whatever proxy the environment names.
#[test]
fn no_proxy() {
    let folder = Folder::new();
    let nobody = "http://127.0.0.1:1";
    for (options, server) in [(&QUICK[..], Server::quick(&folder, &[])), (&CLASSIC, Server::start(&folder, &CLASSIC))] {
        let mut command = program(&folder, "send");
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"] {
            command.env(name, nobody);
        }
        let (status, stdout, stderr) = run(command.args(["--url", &server.url()]).args(options).arg("text"), b"");
        assert_eq!((status, stdout.as_str()), (Some(0), "OK\n"), "{stderr}");
        let (_, _, stderr) = send(&folder, nobody, options, "text");
        assert!(stderr.lines().last().unwrap().starts_with("http_message: http://127.0.0.1:1/"), "{stderr}");
    }
}

#[test]
fn lines_of_stdin() {
    let folder = Folder::new();
    for (options, server) in [(&QUICK[..], Server::quick(&folder, &[])), (&CLASSIC, Server::start(&folder, &CLASSIC))] {
        let mut command = program(&folder, "send");
        let (status, stdout, _) =
            run(command.args(["--url", &server.url()]).args(options), "one\n\nzwei ü\r\nlast".as_bytes());
        assert_eq!((status, stdout.as_str()), (Some(0), "OK\nOK\nOK\nOK\n"));
        for line in ["one", "", "zwei ü", "last"] {
            assert_eq!(server.running.printed(), line);
        }
        let (status, stdout, stderr) = run(&mut command, b"one\n\xff\nthree\n");
        assert_eq!((status, stdout.as_str()), (Some(1), "OK\n"));
        assert!(stderr.contains("stdin: "), "{stderr}");
    }
}

#[test]
fn wrong_passwords_and_salts() {
    let (folder, other) = (Folder::new(), Folder::new());
    other.write("password", "another password");
    let fixed = ["--salt-hex", SALT, QUICK[0], QUICK[1]];
    let server = Server::start(&folder, &fixed);
    arrives(&folder, &server, &fixed, "text");
    for (folder, options, reason) in [
        (&other, &fixed[..], "wrong tag"),
        (&folder, &QUICK, "its salt is not the one of this server"),
        (&folder, &["--salt-hex", SALT, "--iterations", "1001"], "it asks for 1001 iterations"),
    ] {
        let (status, stdout, stderr) = send(folder, &server.url(), options, "text");
        assert_eq!((status, stdout.as_str()), (Some(1), ""));
        let last = stderr.lines().last();
        assert_eq!(last, Some("http_message: the server refused the message with status 400: refused"));
        server.refused_once(reason);
    }
    assert_eq!(server.running.printed_until_killed(), [""; 0]);
}

/// The same password on two servers: with names what is for one is only for it.
#[test]
fn names() {
    let folder = Folder::new();
    let [alice, bob, nameless] = [&["--name", "alice"][..], &["--name", "bob"], &[]];
    let servers = [alice, bob, nameless].map(|name| (name, Server::quick(&folder, name)));
    for (its_name, server) in &servers {
        for name in [alice, bob, nameless] {
            let options = [&QUICK[..], name].concat();
            if name == *its_name {
                arrives(&folder, server, &options, "text");
            } else {
                let (status, stdout, _) = send(&folder, &server.url(), &options, "text");
                assert_eq!((status, stdout.as_str()), (Some(1), ""));
                server.refused_once("wrong tag");
            }
        }
    }
}

/// Salts that both sides know, from the shortest to the longest.
#[test]
fn salts() {
    let folder = Folder::new();
    for len in [8, 17, 64] {
        let salt = "5a".repeat(len);
        let options = [&QUICK[..], &["--salt-hex", &salt]].concat();
        let server = Server::start(&folder, &options);
        arrives(&folder, &server, &options, "text");
    }
}

#[test]
fn classic_there_and_back() {
    let folder = Folder::new();
    let server = Server::start(&folder, &CLASSIC);
    assert_eq!(server.warnings.len(), 6);
    for text in texts().iter().chain([&long_text(24_000)]) {
        assert_eq!(arrives(&folder, &server, &CLASSIC, text).lines().count(), 6);
    }
    let (status, _, stderr) = send(&folder, &server.url(), &CLASSIC, &"x".repeat(24_001));
    assert!(status == Some(1) && stderr.contains("24001 bytes is too long for a URL"), "{stderr}");
    // Another key makes a wrong padding, or by chance a right one and no UTF-8.
    let (status, stdout, stderr) = send(&folder, &server.url(), &["--classic", "--salt-hex", "00"], &"x".repeat(100));
    assert_eq!((status, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.lines().last().unwrap().starts_with("http_message: the server refused the message with status 400: ")
    );
    server.refused_once("");
}

/// A server in Python, and the port that it prints.
fn python_server(mut python: Command, options: &[&str]) -> (Running, String) {
    let running = Running::start(python.arg("serve").args(options));
    let url = format!("http://127.0.0.1:{}", running.printed());
    (running, url)
}

/// A text is sent from here to there and from there to here.
fn with_python(script: &str, ours: &[&str], server: &Server, theirs: [&[&str]; 2], reply: &str, long: &str) {
    let [serve, send_options] = theirs;
    let folder = Folder::new();
    let Some(peer) = python(script) else { return };
    let (theirs, url) = python_server(peer, serve);
    let texts: Vec<String> = texts().into_iter().chain([long.to_owned()]).collect();
    for text in &texts {
        let (status, stdout, stderr) = send(&folder, &url, ours, text);
        assert_eq!((status, stdout.as_str()), (Some(0), "OK\n"), "{stderr}");
        assert_eq!(serde_json::from_str::<String>(&theirs.printed()).unwrap(), *text);

        let mut peer = python(script).unwrap();
        let sent = run(peer.arg("send").args(send_options).arg(server.url()).env("no_proxy", "*"), text.as_bytes());
        assert_eq!(sent, (Some(0), format!("200 {reply}\n"), String::new()));
        assert_eq!(server.running.printed(), shown(text));
    }
    say(&format!("{script}: {} texts both ways", texts.len()));
}

#[test]
fn modern_with_python() {
    let server = Server::quick(&Folder::new(), &[]);
    let theirs = [&[PASSWORD][..], &[PASSWORD, "1000"]];
    with_python("http_modern.py", &QUICK, &server, theirs, "OK", &long_text(1 << 16));
    let Some(mut peer) = python("http_modern.py") else { return };
    let sent = run(peer.args(["send", "another password", "1000"]).arg(server.url()).env("no_proxy", "*"), b"text");
    assert_eq!(sent, (Some(0), "400 {\"message\": \"refused\"}\n".into(), String::new()));
    let (theirs, url) = python_server(python("http_modern.py").unwrap(), &["another password"]);
    assert_eq!(send(&Folder::new(), &url, &QUICK, "text").0, Some(1));
    assert_eq!(theirs.printed_until_killed(), [""; 0]);
}

#[test]
fn classic_with_python() {
    let server = Server::start(&Folder::new(), &CLASSIC);
    let theirs = [PASSWORD, CLASSIC[2]];
    with_python("http_classic.py", &CLASSIC, &server, [&theirs; 2], r#"{"message": "OK"}"#, &long_text(24_000));
    let Some(mut peer) = python("http_classic.py") else { return };
    // GBK.
    let mut send = |text: &[u8]| run(peer.arg("send").args(theirs).arg(server.url()).env("no_proxy", "*"), text);
    assert_eq!(send(b"\xca\xc0\xbd\xe7"), (Some(0), "400 {\"message\": \"send UTF-8\"}\n".into(), String::new()));
    server.refused_once("not UTF-8");
}

/// All that is wrong with a message has the same answer, byte by byte, and a line on stderr.
#[test]
fn modern_bad_messages() {
    let server = Server::quick(&Folder::new(), &[]);
    let good = sealed("text");
    let mut bad: Vec<(String, &str)> = [
        ("", "EOF"),
        ("{}", "missing field"),
        ("[1, 2]", "invalid type"),
        ("\"text\"", "invalid type"),
        ("{\"salt\": ", "EOF"),
        (&good[..good.len() - 1], "EOF"),
        (&"[".repeat(1 << 20), "invalid type"),
        (&format!("{{\"a\": {}", "[".repeat(1 << 19)), "recursion"),
        (&format!("{{\"{}\": 1}}", "\\n".repeat(100_000)), "missing field"),
    ]
    .map(|(body, reason)| (body.to_owned(), reason))
    .into();
    for (from, to, reason) in [
        ("\"salt\"", "\"s\"", "missing field"),
        ("\"iv\"", "\"salt\"", "duplicate field"),
        ("\"iterations\":1000", "\"iterations\":\"1000\"", "invalid type"),
        ("\"iterations\":1000", "\"iterations\":1e300", "invalid type"),
        ("\"iterations\":1000", "\"iterations\":1e999", "out of range"),
        ("\"iterations\":1000", "\"iterations\":18446744073709551616", "invalid type"),
        ("\"iterations\":1000", "\"iterations\":4294967295", "asks for 4294967295"),
        ("\"iterations\":1000", "\"iterations\":1000001", "asks for 1000001"),
        ("\"iterations\":1000", "\"iterations\":999", "asks for 999"),
        ("\"iterations\":1000", "\"iterations\":0", "asks for 0"),
        ("\"iterations\":1000", "\"iterations\":1001", "wrong tag"),
        ("AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0ODxA=", "wrong tag"),
        ("AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBg==", "wrong length of 7 bytes"),
        ("AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0ODw", "not base64"),
        ("AAECAwQFBgcICQoLDA0ODw==", "!", "not base64"),
        ("AAECAwQFBgcICQoLDA0ODw==", "/////////////////////w==", "wrong tag"),
        ("AAECAwQFBgcICQoLDA0ODw==", "", "wrong length of 0 bytes"),
    ] {
        let changed = good.replace(from, to);
        assert_ne!(changed, good);
        bad.push((changed, reason));
    }
    let good: serde_json::Value = serde_json::from_str(&good).unwrap();
    let changed = |field: &str, value: serde_json::Value| {
        let mut changed = good.clone();
        changed[field] = value;
        changed.to_string()
    };
    for field in ["iv", "ciphertext", "tag", "salt"] {
        let bytes = STANDARD.decode(good[field].as_str().unwrap()).unwrap();
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << (at % 8);
            bad.push((changed(field, STANDARD.encode(bytes).into()), "wrong tag"));
        }
        bad.push((changed(field, 7.into()), "invalid type"));
        bad.push((changed(field, serde_json::Value::Null), "invalid type"));
    }
    for len in [0, 1, 15, 17, 33] {
        bad.push((changed("ciphertext", STANDARD.encode(vec![0; len]).into()), "a ciphertext can't have"));
    }
    let time = good["time"].as_u64().unwrap();
    for (time, reason) in [
        (time + 1, "wrong tag"),
        (time - 3_600_000, "too old"),
        (0, "too old"),
        (time + 3_600_000, "from the future"),
        (u64::MAX, "from the future"),
    ] {
        bad.push((changed("time", time.into()), reason));
    }
    for (body, reason) in &bad {
        assert_eq!(server.post(body.as_bytes()), REFUSED, "{body:.200}");
        server.refused_once(reason);
    }
    for body in [&b"\xff"[..], b"\0", b"{\"salt\": \"\xff\"}"] {
        assert_eq!(server.post(body), REFUSED);
        server.refused_once(" at line 1 ");
    }
    // The good one is as good as it was.
    assert!(server.post(good.to_string().as_bytes()).starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(server.post(good.to_string().as_bytes()), REFUSED);
    server.refused_once("it was received before");
    assert_eq!(server.running.printed_until_killed(), ["text"]);
    say(&format!("http_message: {} bad messages, one answer", bad.len() + 4));
}

/// Authentic, but stamped at another time, or no UTF-8: nothing that the tag could tell.
#[test]
fn modern_authentic_but_refused() {
    let server = Server::quick(&Folder::new(), &["--window", "100"]);
    let (header, key) = key();
    for (time, reason) in [
        (now() - 101_000, "too old"),
        (now() + 130_000, "from the future"),
        (now() - 90_000, "older than this server's start"),
        (now() + 90_000, ""),
    ] {
        let request = Request::seal(&key, "", Header { time, ..header.clone() }, "text").unwrap();
        let answer = server.post(request.to_json().unwrap().as_bytes());
        if reason.is_empty() {
            assert!(answer.starts_with("HTTP/1.1 200 OK"), "within the window");
        } else {
            assert_eq!(answer, REFUSED);
            server.refused_once(reason);
        }
    }
    let mut request = Request::seal(&key, "", Header { time: now(), ..header.clone() }, "text").unwrap();
    let (salt, time) = (request.header.salt.as_ref(), request.header.time.to_be_bytes());
    let covered = [b"http_message request", &[16][..], salt, &ITERATIONS.to_be_bytes(), &time].concat();
    let not_utf8 = key.seal_with_iv(&request.sealed.iv, b"\xca\xc0\xbd\xe7", &covered);
    request.sealed.ciphertext = not_utf8[16..32].to_vec();
    request.sealed.tag.copy_from_slice(&not_utf8[32..]);
    assert_eq!(server.post(request.to_json().unwrap().as_bytes()), REFUSED);
    server.refused_once("not UTF-8");
    assert_eq!(server.running.printed_until_killed(), ["text"]);
}

/// Of 50 that are the same, at the same time, one is taken; after the server was started again, none.
#[test]
fn modern_replays() {
    let folder = Folder::new();
    let server = Server::quick(&folder, &[]);
    let request = post(sealed("only once").as_bytes());
    let answers: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..50).map(|_| scope.spawn(|| exchange(server.address, &request))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let refused = answers.iter().filter(|answer| *answer == REFUSED).count();
    let taken = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 200 OK")).count();
    assert_eq!((taken, refused), (1, 49));
    assert_eq!(server.refusals().len(), 49);
    assert_eq!(server.running.printed_until_killed(), ["only once"]);

    let again = Server::quick(&folder, &[]);
    assert_eq!(exchange(again.address, &request), REFUSED);
    again.refused_once("older than this server's start");
}

/// A client who is done with sending, or is gone, has sent its message.
#[test]
fn modern_without_waiting() {
    // So many that a key takes far longer than the end of the connection.
    const SLOW: u32 = 300_000;
    let server = Server::quick(&Folder::new(), &[]);
    let salted = |salt: u8, text: &str| {
        let salt = Salt::from([salt; 16]);
        let header = Header { salt: salt.clone(), iterations: SLOW, time: now() };
        Request::seal(&derive(PASSWORD, &salt, SLOW), "", header, text).unwrap()
    };
    let posted = |request: &Request| post(request.to_json().unwrap().as_bytes());
    let mut stream = connect(server.address);
    stream.write_all(&posted(&salted(1, "half closed"))).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let answer = read_to_close(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(server.running.printed(), "half closed");

    connect(server.address).write_all(&posted(&salted(2, "closed"))).unwrap();
    assert_eq!(server.running.printed(), "closed");
    let mut changed = salted(3, "closed");
    changed.sealed.tag[0] ^= 1;
    connect(server.address).write_all(&posted(&changed)).unwrap();
    server.refused_once("wrong tag");
}

/// Something that answers the client, whatever it asks, and gives what it asked.
fn liar(answer: impl FnOnce(Vec<u8>) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = read_message(&mut stream);
        let _ = stream.write_all(&answer(request));
    });
    url
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The client believes a reply only if it belongs to its message.
#[test]
fn modern_false_replies() {
    let folder = Folder::new();
    let server = Server::quick(&folder, &[]);
    let options = [&QUICK[..], &["--salt-hex", SALT]].concat();
    let fails = |url: &str, reason: &str| {
        let (status, stdout, stderr) = send(&folder, url, &options, "text");
        assert_eq!((status, stdout.as_str(), stderr.lines().count()), (Some(1), "", 2), "{stderr}");
        assert!(stderr.contains(reason), "{reason}: {stderr}");
    };
    let old = server.post(sealed("before").as_bytes());
    assert!(old.starts_with("HTTP/1.1 200 OK"));
    fails(&liar(move |_| old.into_bytes()), "the server's reply is wrong: wrong tag");
    // Its own message, sent back.
    let reflected = |request: Vec<u8>| {
        let body = String::from_utf8(request).unwrap();
        answer("200 OK", body.split_once("\r\n\r\n").unwrap().1)
    };
    fails(&liar(reflected), "the server's reply is wrong: wrong tag");
    for (status, body, reason) in [
        ("200 OK", "{\"message\": \"OK\"}", "the server's reply is wrong: missing field"),
        ("200 OK", "", "the server's reply is wrong"),
        ("200 OK", "<html>", "the server's reply is wrong"),
        ("500 Internal Server Error", "<html>", "status 500"),
        ("302 Found\r\nlocation: http://127.0.0.1:1/", "", "status 302"),
        ("503 Service Unavailable", "{\"message\": \"over\\nloaded\"}", "status 503: over\\nloaded"),
        ("200 OK", &"x".repeat(100_000), "limit"),
    ] {
        let said = answer(status, body);
        fails(&liar(|_| said), reason);
    }
    fails(&liar(|_| Vec::new()), "");
    fails(&liar(|_| b"garbage\r\n\r\n".to_vec()), "");
    fails("http://127.0.0.1:1", "http_message: http://127.0.0.1:1/message: ");
    fails("https://127.0.0.1", "begins with http://");
}

#[test]
fn classic_bad_messages() {
    let server = Server::start(&Folder::new(), &CLASSIC);
    let get = |query: &str| {
        let answer = exchange(server.address, format!("GET /get{query} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().to_owned(), body.to_owned())
    };
    let of_digits = |digits: &str| format!("?text={}&now=0x6553f100", STANDARD.encode(digits).replace('=', "%3D"));
    for query in [
        "",
        "?",
        "?text=",
        "?text=&now=",
        "?text=eA%3D%3D",
        "?now=0x6553f100",
        "?text&now",
        "?Text=a&Now=b",
        "?%zz&=&&",
    ] {
        assert_eq!(get(query), ("200".into(), r#"{"message": "send message"}"#.into()), "{query}");
        server.refused_once("a parameter is missing");
    }
    for query in [
        "?text=a&now=0x6553f100",
        "?text=%ff%00&now=0x6553f100",
        "?text=+&now=%ff",
        "?text=%E4%B8%96&now=1",
        &of_digits("xyz"),
        &of_digits("abc"),
        &of_digits("ab"),
        &of_digits(&"00".repeat(15)),
        &of_digits(&"00".repeat(17)),
        &of_digits(&"00".repeat(16)),
        &of_digits(&"g0".repeat(16)),
        &format!("?text={}&now=1", "A".repeat(60_000)),
    ] {
        assert_eq!(get(query), ("400".into(), r#"{"message": "error"}"#.into()), "{query:.100}");
        server.refused_once("it can't be decrypted");
    }
    assert_eq!(get(&format!("?text={}", "A".repeat(70_000))), ("414".into(), String::new()));
    server.refused_once("URI too long");
}

/// What isn't HTTP, or is too much of it, or ends too early.
#[test]
fn hostile_connections() {
    for (server, path) in [
        (Server::quick(&Folder::new(), &["--head-timeout", "1", "--request-timeout", "1"]), "/message"),
        (
            Server::start(&Folder::new(), &[&CLASSIC[..], &["--head-timeout", "1", "--request-timeout", "1"]].concat()),
            "/get",
        ),
    ] {
        let is_modern = path == "/message";
        let talk = |bytes: &[u8]| {
            let mut stream = connect(server.address);
            // The server may have closed it before all was written.
            let _ = stream.write_all(bytes);
            read_to_close(&mut stream)
        };
        for garbage in [
            &b"\0\0\0\0\r\n\r\n"[..],
            b"garbage\r\n\r\n",
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
            b"GET / HTTP/9.9\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"POST /message HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
            b"POST /message HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
            &[b"GET / HTTP/1.1\r\n", &b"a: b\r\n".repeat(1000)[..], b"\r\n"].concat(),
        ] {
            let answer = talk(garbage);
            assert!(answer.starts_with("HTTP/1.1 4") || answer.is_empty(), "{answer}");
            server.refused_once("");
        }
        let head = |length: &str| format!("POST {path} HTTP/1.1\r\nhost: x\r\n{length}\r\n\r\n").into_bytes();
        let refused = |answer: String, reason: &str| {
            // The answer may be lost when the client isn't done with sending.
            assert!(!is_modern || answer.is_empty() || answer.contains("400 Bad Request"), "{answer}");
            // The classic form has only GET.
            server.refused_once(if is_modern { reason } else { "POST /get is not served here" });
        };
        refused(talk(&[head("content-length: 2097152"), vec![b' '; 1 << 21]].concat()), "its body is too long");
        refused(talk(&head("content-length: 1073741824")), "its body is too long");
        refused(
            talk(&[head("transfer-encoding: chunked"), b"10000\r\n".to_vec(), vec![b' '; 1 << 16]].concat()),
            "doesn't come",
        );
        let endless = [&b"10000\r\n"[..], &[b' '; 1 << 16], b"\r\n"].concat().repeat(40);
        refused(talk(&[head("transfer-encoding: chunked"), endless].concat()), "length limit exceeded");
        // Stalls: in the body, in the head, before it, and between two requests. Nobody is refused who asked for
        // nothing.
        refused(talk(&[&head("content-length: 100")[..], b"{"].concat()), "its body doesn't come");
        assert_eq!(talk(b""), "");
        for begun in [&b"POST"[..], b"POST /message HTTP/1.1\r\nhost: "] {
            assert_eq!(talk(begun), "");
            server.refused_once("read header from client timeout");
        }
        let answer = talk(b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 404"), "and closed when it was idle: {answer}");
        server.refused_once("GET /nothing");
        // Gone before the end, if there was a beginning.
        drop(connect(server.address));
        assert_eq!(server.refusals(), [""; 0]);
        for (begun, reason) in [
            (&b"POST /me"[..], "connection closed before message completed"),
            (b"POST /message HTTP/1.1\r\nhost: ", "connection closed before message completed"),
            (&head("content-length: 100"), if is_modern { "body" } else { "not served here" }),
            (&[&head("content-length: 100")[..], b"{"].concat(), if is_modern { "body" } else { "not served here" }),
        ] {
            connect(server.address).write_all(begun).unwrap();
            server.refused_once(reason);
        }
        // Behind a whole request, too.
        let mut stream = connect(server.address);
        stream.write_all(b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\nPOST /me").unwrap();
        read_message(&mut stream);
        server.refused_once("GET /nothing");
        drop(stream);
        server.refused_once("connection closed before message completed");
    }
}

#[test]
fn many_connections() {
    let folder = Folder::new();
    let server = Server::quick(&folder, &[]);
    let _stalled: Vec<_> = (0..200)
        .map(|i| {
            let mut stream = connect(server.address);
            stream
                .write_all([&b""[..], b"POST /message HTTP/1.1\r\n", &post(b"{\"salt\": \"AAEC")[..60]][i % 3])
                .unwrap();
            stream
        })
        .collect();
    arrives(&folder, &server, &QUICK, "beside those who stall");

    let requests: Vec<_> = (0..200).map(|i| post(sealed(&i.to_string()).as_bytes())).collect();
    let mut streams: Vec<_> = requests.iter().map(|_| connect(server.address)).collect();
    thread::scope(|scope| {
        for (stream, request) in streams.iter_mut().zip(&requests) {
            scope.spawn(move || {
                stream.write_all(request).unwrap();
                let answer = String::from_utf8(read_message(stream)).unwrap();
                assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            });
        }
    });
    let printed: BTreeSet<String> = server.running.printed_until_killed().into_iter().collect();
    assert_eq!(printed, (0..200).map(|i| i.to_string()).collect());
}

/// Who sends much and doesn't end gets only so much memory, and doesn't keep small messages waiting.
#[test]
fn large_messages() {
    const STALLERS: usize = 300;
    const LARGE: usize = (1 << 20) - 1;
    let folder = Folder::new();
    let server = Server::quick(&folder, &["--request-timeout", "3600"]);
    let stalled = |i: usize| {
        let (length, chunk) = if i < STALLERS / 2 {
            (format!("content-length: {}", LARGE + 1), String::new())
        } else {
            ("transfer-encoding: chunked".into(), format!("{:x}\r\n", LARGE + 1))
        };
        let head = format!("POST /message HTTP/1.1\r\nhost: x\r\n{length}\r\n\r\n");
        (connect(server.address), [head.as_bytes(), chunk.as_bytes(), &[b' '; LARGE]].concat(), 0)
    };
    let mut stallers: Vec<_> = (0..STALLERS).map(stalled).collect();
    // As much as anybody takes: until nothing was written for a while.
    let mut last = Instant::now();
    while last.elapsed() < Duration::from_secs(1) {
        for (stream, bytes, written) in &mut stallers {
            stream.set_nonblocking(true).unwrap();
            while let Ok(len @ 1..) = stream.write(&bytes[*written..]) {
                *written += len;
                last = Instant::now();
            }
        }
        thread::sleep(Duration::from_millis(10));
    }
    arrives(&folder, &server, &QUICK, "beside them");
    #[cfg(target_os = "linux")]
    {
        let most = server.running.most_memory() >> 10;
        say(&format!("http_message: {STALLERS} large messages at once, {most} MiB"));
        assert!(most < 180, "{most} MiB");
    }
    // A large one has its turn when they are gone.
    drop(stallers);
    let long = long_text(1 << 19);
    assert!(server.post(sealed(&long).as_bytes()).starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(server.running.printed(), long);
}

/// Each with a key of its own, which take longer together than a body may.
#[test]
fn many_salts() {
    const SLOW: u32 = 100_000;
    let server = Server::quick(&Folder::new(), &["--request-timeout", "1"]);
    let text = |i: usize| i.to_string();
    let sealed = |i: usize| {
        let salt = Salt::from((i as u128).to_be_bytes());
        let header = Header { salt: salt.clone(), iterations: SLOW, time: now() };
        Request::seal(&derive(PASSWORD, &salt, SLOW), "", header, &text(i)).unwrap().to_json().unwrap()
    };
    // All are ready before the first is sent.
    let requests: Vec<Vec<u8>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..200).map(|i| scope.spawn(move || post(sealed(i).as_bytes()))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    thread::scope(|scope| {
        for request in &requests {
            let address = server.address;
            scope.spawn(move || {
                let answer = exchange(address, request);
                assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            });
        }
    });
    let printed: BTreeSet<String> = server.running.printed_until_killed().into_iter().collect();
    assert_eq!(printed, (0..200).map(text).collect());
}

/// A server that has too much to do says so, and the client sends the same again.
#[test]
fn overloaded() {
    let folder = Folder::new();
    // More than a second's work for all processors, so that what comes last is refused.
    let server = Server::quick(&folder, &["--key-timeout", "1"]);
    let (address, many) = (server.address, 20 * thread::available_parallelism().unwrap().get());
    let salted = |salt: usize| {
        let header = Header { salt: (salt as u128).to_be_bytes().into(), iterations: 1_000_000, time: now() };
        post(Request::seal(&key().1, "", header, "wrong").unwrap().to_json().unwrap().as_bytes())
    };
    let refused = thread::scope(|scope| {
        let threads: Vec<_> = (0..many).map(|i| scope.spawn(move || exchange(address, &salted(i)))).collect();
        let answers = threads.into_iter().map(|thread| thread.join().unwrap());
        answers.filter(|answer| answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n")).collect::<Vec<_>>()
    });
    assert!(refused.iter().all(|answer| answer.contains("retry-after: 1\r\n")) && !refused.is_empty());

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let between = thread::spawn(move || {
        let overloaded = answer("503 Service Unavailable\r\nconnection: close\r\nretry-after: 0", "{}");
        let mut requests = Vec::new();
        for attempt in 0..3 {
            let (mut stream, _) = listener.accept().unwrap();
            let request = read_message(&mut stream);
            let said = if attempt < 2 { overloaded.clone() } else { exchange(address, &request).into_bytes() };
            stream.write_all(&said).unwrap();
            requests.push(request);
        }
        requests
    });
    let (status, stdout, stderr) = send(&folder, &url, &QUICK, "again and again");
    assert_eq!((status, stdout.as_str()), (Some(0), "OK\n"), "{stderr}");
    assert_eq!(server.running.printed(), "again and again");
    let requests = between.join().unwrap();
    assert!(requests[0] == requests[1] && requests[1] == requests[2]);
}

/// One connection may ask again and again.
#[test]
fn one_connection() {
    let server = Server::quick(&Folder::new(), &[]);
    let mut stream = connect(server.address);
    for i in 0..100 {
        stream.write_all(&post(if i % 2 == 0 { sealed("text") } else { "{}".into() }.as_bytes())).unwrap();
        let answer = String::from_utf8(read_message(&mut stream)).unwrap();
        assert!(if i % 2 == 0 { answer.starts_with("HTTP/1.1 200 OK\r\n") } else { answer == REFUSED }, "{answer}");
    }
    assert_eq!(server.refusals().len(), 50);
    assert_eq!(server.running.printed_until_killed().len(), 50);
}

/// Too many open files are no reason to end: it goes on when there are fewer.
#[cfg(unix)]
#[test]
fn too_many_connections() {
    let folder = Folder::new();
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 40 && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_http_message"), "serve"]);
    shell.args(["--listen", "127.0.0.1:0", "--password-file"]).arg(folder.path("password"));
    let server = Server::listening(Running::start(shell.args(["--min-iterations", "1000"])));
    let connections: Vec<_> = (0..60).map(|_| connect(server.address)).collect();
    let line = server.running.logged();
    assert!(line.contains("can't accept a connection: "), "{line}");
    drop(connections);
    arrives(&folder, &server, &QUICK, "again");
}

#[cfg(unix)]
#[test]
fn interrupted() {
    let server = Server::quick(&Folder::new(), &[]);
    let _idle = connect(server.address);
    let id = server.running.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(server.running.end(), (Some(0), Vec::new()));
}

/// Wherever the options stand, and whatever the text begins with.
#[test]
fn options_and_texts() {
    let folder = Folder::new();
    let server = Server::quick(&folder, &[]);
    let (url, file) = (server.url(), folder.path("password"));
    let (url, file) = (["--url", url.as_str()], ["--password-file", file.to_str().unwrap()]);
    for (arguments, text) in [
        ([&["send"][..], &url, &file, &QUICK, &["-5"]].concat(), "-5"),
        ([&["send"][..], &url, &file, &QUICK, &["-5.5e3"]].concat(), "-5.5e3"),
        ([&["send"][..], &url, &file, &QUICK, &["-"]].concat(), "-"),
        ([&["send"][..], &url, &file, &QUICK, &["--", "-x y"]].concat(), "-x y"),
        ([&["send"][..], &url, &file, &QUICK, &["--", "--url"]].concat(), "--url"),
        ([&["send", "text"][..], &url, &file, &QUICK].concat(), "text"),
        ([&["send", "-5"][..], &url, &file, &QUICK].concat(), "-5"),
        ([&file[..], &["send"], &url, &QUICK, &["text"]].concat(), "text"),
    ] {
        let (status, stdout, stderr) = run(Command::new(env!("CARGO_BIN_EXE_http_message")).args(&arguments), b"");
        assert_eq!((status, stdout.as_str()), (Some(0), "OK\n"), "{arguments:?}: {stderr}");
        assert_eq!(server.running.printed(), text);
    }
}

#[test]
fn options() {
    let folder = Folder::new();
    folder.write("empty", "\n");
    let listen = &["--listen", "127.0.0.1:0"][..];
    let url = &["--url", "http://127.0.0.1:1"][..];
    for (command, options, code, reason) in [
        ("serve", &[][..], 2, "--listen"),
        ("serve", &[listen, &["--classic"]].concat(), 2, "--salt-hex"),
        ("serve", &[listen, &CLASSIC, &QUICK].concat(), 2, "--iterations"),
        ("serve", &[listen, &CLASSIC, &["--window", "5"]].concat(), 2, "--window"),
        ("serve", &[listen, &["--salt-hex", SALT, "--min-iterations", "5"]].concat(), 2, "--min-iterations"),
        ("serve", &[listen, &["--iterations", "1000001"]].concat(), 2, "1000001"),
        ("serve", &[listen, &QUICK].concat(), 1, "unless there is a --salt-hex"),
        ("serve", &[listen, &["--salt-hex", "00"]].concat(), 1, "it has 1 bytes, but the modern form takes 8 to 64"),
        ("serve", &[listen, &CLASSIC, &["--name", "a"]].concat(), 2, "--name"),
        ("send", &[url, &["--salt-hex", &"00".repeat(65)]].concat(), 1, "it has 65 bytes"),
        ("serve", &[listen, &["--salt-hex", "0"]].concat(), 1, "--salt-hex: Odd"),
        ("serve", &["--listen", "nowhere"], 1, "nowhere: "),
        ("send", &[], 2, "--url"),
        // Rather than sent as a text.
        ("send", &[url, &["--clasic"]].concat(), 2, "--clasic"),
        ("send", &[url, &["--salt-hex", "xx", "text"]].concat(), 1, "--salt-hex: Invalid"),
        ("send", &["--url", "127.0.0.1:1", "text"], 1, "127.0.0.1:1: "),
    ] {
        let (status, stdout, stderr) = run(program(&folder, command).args(options), b"");
        assert_eq!((status, stdout.as_str()), (Some(code), ""), "{command} {options:?}: {stderr}");
        assert!(stderr.contains(reason) && (code == 2 || stderr.lines().count() == 1), "{options:?}: {stderr}");
    }
    for (file, reason) in [("empty", "the password is empty"), ("missing", "missing: ")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_http_message"));
        let (status, _, stderr) = run(command.arg("send").args(url).arg("--password-file").arg(folder.path(file)), b"");
        assert!(status == Some(1) && stderr.contains(reason), "{stderr}");
    }
}
