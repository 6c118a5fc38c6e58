//! Writes each target's first inputs into a folder: `seeds FOLDER PEM`. They are made of the files in `vectors/`, of what the
//! examples write, and of the RSA keys of another program in the folder `PEM`. What a target takes first stands in its `Input`.

use std::{env, fs, path::Path};

use aws_lc_rs::rsa::{KeySize, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
use formats::{
    end_to_end,
    files::{Input, Output},
    format::Format,
    http_message::{classic, modern},
    hybrid_socket, keys,
};
use roundkey_fuzz::{PASSWORD, pem};
use serde_json::Value;

fn main() {
    let [_, folder, pem] = &env::args().collect::<Vec<_>>()[..] else { panic!("seeds FOLDER PEM") };
    let corpus = Corpus(Path::new(folder));
    for (number, vector) in vectors().iter().enumerate() {
        modes(&corpus, number, vector);
    }
    paddings(&corpus);
    cbc_hmac(&corpus);
    encrypt_file(&corpus);
    messages(&corpus);
    private_keys(&corpus, Path::new(pem));
}

struct Corpus<'f>(&'f Path);

impl Corpus<'_> {
    fn write(&self, target: &str, name: impl ToString, parts: &[&[u8]]) {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder).expect("a folder can be made");
        fs::write(folder.join(name.to_string()), parts.concat()).expect("a file can be written");
    }
}

/// Key, IV, and what is encrypted or decrypted.
struct Vector {
    key: Vec<u8>,
    iv: Vec<u8>,
    message: Vec<u8>,
    ciphertext: Vec<u8>,
}

fn vectors() -> Vec<Vector> {
    let vector = |vector: &Value, message: &str, ciphertext: &str| {
        let iv = if vector["iv"].is_string() { bytes(vector, "iv") } else { vec![0; 16] };
        Vector { key: bytes(vector, "key"), iv, message: bytes(vector, message), ciphertext: bytes(vector, ciphertext) }
    };
    let wycheproof = json("wycheproof/aes_cbc_pkcs5_test.json");
    let groups = list(&wycheproof, "testGroups").iter().flat_map(|group| list(group, "tests"));
    let sp800_38a = json("sp800-38a/modes_ecb_cbc.json");
    let mut all: Vec<_> = groups.map(|test| vector(test, "msg", "ct")).collect();
    all.extend(list(&sp800_38a, "vectors").iter().map(|test| vector(test, "plaintext", "ciphertext")));

    let stealing = json("cts/rfc3962_cts.json");
    all.extend(list(&stealing, "vectors").iter().map(|test| Vector {
        key: bytes(&stealing, "key"),
        iv: bytes(&stealing, "iv"),
        message: bytes(test, "plaintext"),
        ciphertext: bytes(test, "cs3"),
    }));

    // NIST's own form: NAME = VALUE, a paragraph for each.
    for file in ["cbc/CBCMMT128.rsp", "cbc/CBCMMT192.rsp", "cbc/CBCMMT256.rsp"] {
        let text = read(&format!("cavp/{file}")).replace('\r', "");
        for paragraph in text.split("\n\n").filter(|paragraph| paragraph.starts_with("COUNT")) {
            let field = |name: &str| {
                let line = paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
                hex::decode(line.expect("every paragraph has it")).expect("it is hexadecimal")
            };
            let [key, iv, message, ciphertext] = ["KEY", "IV", "PLAINTEXT", "CIPHERTEXT"].map(field);
            all.push(Vector { key, iv, message, ciphertext });
        }
    }
    all
}

/// The targets whose input begins with a `Setup`.
fn modes(corpus: &Corpus, number: usize, vector: &Vector) {
    let Vector { key, iv, message, ciphertext } = vector;
    let n = number as u8;
    let key_len = (key.len() / 8 - 2) as u8;
    let mut padded_key = [0; 32];
    padded_key[..key.len()].copy_from_slice(key);
    let setup = [&[key_len, n], &padded_key[..], iv].concat();
    let setup = &setup[..];

    let pieces = [[0; 4], [1, 2, 3, 4], [16, 0, 15, 17], [200, 33, 7, 64]][number % 4];
    corpus.write("differential", n, &[setup, &[n], &pieces, &message.repeat(1 + number % 12)]);
    let lengths: Vec<u8> = message.iter().map(|byte| byte % 70).collect();
    corpus.write("many", n, &[setup, &[n % 5, n / 5], &lengths]);
    let [padding, room] = [n % 5, (n % 3).wrapping_sub(1)];
    corpus.write("decrypt", format!("{n}-message"), &[setup, &[padding, n, room, 1], message]);
    corpus.write("decrypt", format!("{n}-ciphertext"), &[setup, &[0, n, room, 0], ciphertext]);
    corpus.write("stream", format!("{n}-message"), &[setup, &[padding], &pieces, &[room, 0, 1], message]);
    corpus.write("stream", format!("{n}-ciphertext"), &[setup, &[0], &pieces, &[room, 0, 1], ciphertext]);
    let moods = [[210; 12], [1, 15, 16, 17, 33, 220, 228, 234, 240, 245, 250, 3]][number % 2];
    let times = if number.is_multiple_of(20) { 255 } else { 0 };
    corpus.write("io", n, &[setup, &pieces, &moods, &[times], message]);
    corpus.write("cts", n, &[setup, &[n, n], message]);
}

/// Blocks that are right, nearly right and wrong, of each padding.
fn paddings(corpus: &Corpus) {
    for n in 0..=17 {
        let len = usize::from(n).min(16);
        let ending = |added: Vec<u8>| [&[0x41; 16][..16 - added.len()], &added].concat();
        let zeros = vec![0; len.saturating_sub(1)];
        let blocks = [
            ending(vec![n; len]),
            ending([&[0x80][..if len == 0 { 0 } else { 1 }], &zeros].concat()),
            ending([&zeros[..], &[n][..if len == 0 { 0 } else { 1 }]].concat()),
        ];
        for (kind, block) in blocks.iter().enumerate() {
            let [block_size, changed] = [[1, 5, 16, 255][usize::from(n) % 4], n];
            corpus.write(
                "paddings",
                format!("{kind}-{n}"),
                &[block, &[block_size, n, 0, n % 2, changed], &block.repeat(3)],
            );
        }
    }
}

fn cbc_hmac(corpus: &Corpus) {
    let file = json("cbc-hmac/cbc_hmac.json");
    for (number, vector) in list(&file, "vectors").iter().enumerate().step_by(3) {
        let [mut key, iv, aad, message] = ["key", "iv", "aad", "plaintext"].map(|name| bytes(vector, name));
        let key_len = (key.len() / 16 - 2) as u8;
        key.resize(64, 0);
        let n = number as u8;
        // In turn nothing, a bit, the end, a byte more, some less, some again.
        let change = [n % 6, n, 0, 1];
        let begin = [&[key_len, n], &iv[..], &[aad.len() as u8], &change, &[0; 4], &[n]].concat();
        corpus.write("cbc_hmac", number, &[&key, &begin, &aad, &message]);
    }
}

/// Files of each format, and texts to be encrypted.
fn encrypt_file(corpus: &Corpus) {
    for len in [0, 1, 15, 16, 17, 127, 128, 300, 700] {
        let text = "All work and no play makes Jack a dull boy. ".repeat(20);
        let text = &text.as_bytes()[..len];
        let files = [
            encrypted::<formats::modern::Modern>(text, Some(1)),
            encrypted::<formats::openssl::OpenSsl>(text, Some(1)),
            encrypted::<formats::pycrypto::PyCrypto>(text, None),
        ];
        for (format, file) in files.iter().enumerate() {
            for fitting in [0, 1] {
                let begin = [format as u8, 255, 0, fitting];
                corpus.write("encrypt_file", format!("{format}-{fitting}-{len}"), &[&begin, file]);
            }
        }
    }
}

fn encrypted<F: Format>(text: &[u8], iterations: Option<u32>) -> Vec<u8> {
    let mut output = Output::default();
    let format = F::random(iterations).expect("there are random bytes");
    format.encrypt(&mut Input::new(text, usize::MAX), &mut output, PASSWORD).expect("it is memory");
    output.0
}

/// Requests, replies, frames and envelopes.
fn messages(corpus: &Corpus) {
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("a key");
    let public = private.public_key();
    let classic_public = Pkcs1PublicEncryptingKey::new(public.clone()).expect("the key");
    let oaep_public = OaepPublicEncryptingKey::new(public.clone()).expect("the key");
    for (n, text) in ["", "a", "attack at dawn", "exactly 16 bytes", "Grüße, 世界 🔑"].iter().enumerate() {
        // Salt, iterations and time, and which change comes.
        let mut begin = [7; 16 + 4 + 8];
        begin[16] = n as u8;
        let change = [n as u8, 40, 0, 1];
        let salt = modern::Salt::from([7; 16]);
        // Not the target's, which is to refuse whatever it didn't seal itself.
        let key = modern::derive("another password", &salt, 1);
        let header = modern::Header { salt, iterations: 600_000, time: 1_700_000_000_000 };
        let request = modern::Request::seal(&key, "", header, text).expect("there is a text");
        let reply = request.reply(&key, "", "OK").expect("there is a text");
        for (kind, json) in [request.to_json(), reply.to_json()].into_iter().enumerate() {
            let json = json.expect("it is JSON");
            corpus.write("http_message", format!("modern-{kind}-{n}"), &[&[0], &begin, &[0], &change, json.as_bytes()]);
        }
        corpus.write("http_message", format!("text-{n}"), &[&[0], &begin, &[2], &change, b"ab", text.as_bytes()]);
        let sent = classic::encrypt(&classic::derive(PASSWORD, b"salt"), text, "0x6553f100");
        for (kind, text) in [sent.as_str(), text].into_iter().enumerate() {
            let parts = [&[1], &begin[..], &[10], &change, b"0x6553f100", text.as_bytes()];
            corpus.write("http_message", format!("classic-{kind}-{n}"), &parts);
        }

        let changes = [change, [0; 4], [0; 4]].concat();
        let (request, _) = hybrid_socket::classic::request(&classic_public, text).expect("it is short");
        let key_text = br#"{"aes_key":"abcdefghijklmnopqrstuvwxyz012345","aes_iv":"0123456789abcdef"}"#;
        for (kind, bytes) in [text.as_bytes(), &request[..request.len() - 1], key_text].into_iter().enumerate() {
            corpus.write("hybrid_socket", format!("classic-{kind}-{n}"), &[&[1], &changes, &[5, 3, 1, 0], bytes]);
        }
        let hello = hybrid_socket::modern::hello().expect("there are random bytes");
        let (_, mut client) = hybrid_socket::modern::answer(&oaep_public, &hello).expect("a hello");
        let sealed = client.seal(hybrid_socket::modern::Message::Text(text)).expect("there are random bytes");
        let frame = hybrid_socket::modern::frame(&sealed).expect("it is short");
        let changes = [[0; 4], change, [0; 4]].concat();
        for (kind, bytes) in [text.as_bytes(), &frame].into_iter().enumerate() {
            corpus.write("hybrid_socket", format!("modern-{kind}-{n}"), &[&[0], &changes, &[5, 3, 1, 0], bytes]);
        }

        let content = text.repeat(n * 30);
        let mut file = Vec::new();
        let message = end_to_end::Message::new(&public).expect("a key");
        message.encrypt(content.as_bytes(), &mut file).expect("it is memory");
        let changes = [change, [0; 4]].concat();
        for (kind, bytes) in [content.as_bytes(), &file].into_iter().enumerate() {
            corpus.write("end_to_end", format!("{kind}-{n}"), &[&[255], &changes, &[0, n as u8 % 3], bytes]);
        }
    }
}

/// PEM files of the examples, with and without a password, and of another program.
fn private_keys(corpus: &Corpus, others: &Path) {
    let add = |name: &str, file: &Path| {
        let file = fs::read_to_string(file).expect("it was written");
        let (label, der) = pem::decode(&file);
        corpus.write("keys", format!("{name}-pem"), &[&[0], file.as_bytes()]);
        corpus.write("keys", format!("{name}-der"), &[&[label as u8 + 1], &der]);
    };
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, password) in [("plain", None), ("password", Some(PASSWORD))] {
        let folder = folder.path().join(name);
        keys::create(&folder, password).expect("a key can be made");
        for file in [keys::PRIVATE, keys::PUBLIC] {
            add(&format!("{name}-{file}"), &folder.join(file));
        }
    }
    for file in fs::read_dir(others).expect("there is such a folder") {
        let file = file.expect("it can be listed");
        add(&file.file_name().display().to_string(), &file.path());
    }
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("vectors/{path}: {error}"))
}

fn list<'v>(object: &'v Value, name: &str) -> &'v [Value] {
    object[name].as_array().unwrap_or_else(|| panic!("no list {name}"))
}

fn bytes(object: &Value, name: &str) -> Vec<u8> {
    let text = object[name].as_str().unwrap_or_else(|| panic!("no {name} in {object}"));
    hex::decode(text).unwrap_or_else(|error| panic!("{name} = {text}: {error}"))
}
