//! `end_to_end` as a program: round trips, damage, keys of other programs, and the other side in Python with PyCryptodome.

#[path = "../../../tests/peers/mod.rs"]
mod peers;

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use messages::{end_to_end::CHUNK, keys};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery staple";
/// Of what stands before the chunks, under a key of 3072 bits.
const HEADER_LEN: usize = 8 + 2 + 384;
const CHUNK_LEN: usize = 16 + CHUNK + 16 + 32;

/// A key pair, which takes a while to make; not under a password, which takes a while at every use.
static KEYS: LazyLock<Folder> = LazyLock::new(|| {
    let folder = Folder::new();
    keys::create(folder.0.path(), None).unwrap();
    folder
});

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Folder(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// `end_to_end` in this folder.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_end_to_end"));
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    /// It goes well and says nothing.
    fn runs(&self, arguments: &[&str]) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&stderr);
        assert!(status.success() && stdout.is_empty() && said.is_empty(), "{arguments:?}: {said}");
    }

    /// It fails, with a line that contains `what`, and no file is another one than before.
    fn fails(&self, arguments: &[&str], what: &str) {
        let before = self.content();
        let Output { status, stderr, .. } = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&stderr);
        let errors: Vec<_> = said.lines().filter(|line| !line.starts_with("end_to_end: warning: ")).collect();
        assert!(status.code() == Some(1) && errors.len() == 1 && errors[0].contains(what), "{what}: {status}, {said}");
        assert!(self.content() == before, "{what}: files changed");
    }

    fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let paths = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut content: Vec<_> =
            paths.filter(|path| path.is_file()).map(|path| (path.clone(), fs::read(path).unwrap())).collect();
        content.sort();
        content
    }

    fn encrypts(&self, input: &str, output: &str) {
        self.runs(&["encrypt", "--to", &public(), input, output]);
    }

    fn decrypts(&self, input: &str, output: &str) {
        self.runs(&["decrypt", "--with", &private(), input, output]);
    }

    fn does_not_decrypt(&self, what: &str) {
        self.fails(&["decrypt", "--with", &private(), "changed", "out"], what);
    }
}

fn public() -> String {
    KEYS.path("public.pem").to_str().unwrap().to_owned()
}

fn private() -> String {
    KEYS.path("private.pem").to_str().unwrap().to_owned()
}

/// Bytes that are not alike.
fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

/// The other side in Python.
fn python(folder: &Folder, arguments: &[&str]) -> Option<()> {
    run(peers::python("end_to_end.py")?.current_dir(folder.0.path()).args(arguments));
    Some(())
}

fn openssl(folder: &Folder, arguments: &[&str]) -> Option<()> {
    run(peers::openssl()?.current_dir(folder.0.path()).args(arguments));
    Some(())
}

fn run(peer: &mut Command) {
    let output = peer.output().unwrap();
    assert!(output.status.success(), "{peer:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn round_trip() {
    let folder = Folder::new();
    for len in [0, 1, 15, 16, 17, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3_000_000] {
        folder.write("in", &bytes(len));
        folder.encrypts("in", "encrypted");
        let padded = (len % CHUNK) + 16 - len % 16;
        let encrypted = folder.read("encrypted");
        assert_eq!(encrypted.len(), HEADER_LEN + len / CHUNK * CHUNK_LEN + 16 + padded + 32);
        folder.decrypts("encrypted", "out");
        assert!(folder.read("out") == bytes(len), "{len} bytes");
        folder.encrypts("in", "again");
        assert!(
            folder.read("again")[HEADER_LEN - 384..] != encrypted[HEADER_LEN - 384..],
            "{len} bytes: the same again"
        );
    }
}

/// From stdin to stdout, with `-` and without.
#[test]
fn streams() {
    let folder = Folder::new();
    for names in [&[][..], &["-"], &["-", "-"]] {
        let content = bytes(2 * CHUNK + 3);
        let encrypted = pipe(folder.command(&["encrypt", "--to", &public()]).args(names), &content);
        assert!(encrypted.status.success() && encrypted.stderr.is_empty());
        let decrypt = ["decrypt", "--with", &private()];
        let decrypted = pipe(folder.command(&decrypt).args(names), &encrypted.stdout);
        assert!(decrypted.status.success() && decrypted.stderr.is_empty() && decrypted.stdout == content);

        // What comes out before an error is right: the chunks that are whole.
        let cut = &encrypted.stdout[..HEADER_LEN + 2 * CHUNK_LEN];
        let decrypted = pipe(folder.command(&decrypt).args(names), cut);
        assert_eq!(decrypted.status.code(), Some(1));
        assert_eq!(decrypted.stderr, b"end_to_end: stdin: the end is missing\n");
        assert!(decrypted.stdout == content[..2 * CHUNK]);
    }
}

fn pipe(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // It may end before it has read all.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    })
}

/// Whatever is changed anywhere is an error, and what was there before stays.
#[test]
fn damage() {
    let folder = Folder::new();
    folder.write("in", &bytes(2 * CHUNK + 100));
    folder.write("out", b"what was there");
    folder.encrypts("in", "encrypted");
    let whole = folder.read("encrypted");
    let (header, chunks) = whole.split_at(HEADER_LEN);
    let chunks: Vec<_> = chunks.chunks(CHUNK_LEN).collect();

    for len in 0..10 {
        folder.write("changed", &whole[..len]);
        folder.does_not_decrypt(if len < 8 { "not what end_to_end made" } else { "the end is missing" });
    }
    for len in [10, HEADER_LEN - 1, HEADER_LEN, HEADER_LEN + 63, HEADER_LEN + CHUNK_LEN, HEADER_LEN + 2 * CHUNK_LEN] {
        folder.write("changed", &whole[..len]);
        folder.does_not_decrypt("the end is missing");
    }
    for len in [HEADER_LEN + 64, HEADER_LEN + CHUNK_LEN - 1, HEADER_LEN + CHUNK_LEN + 64, whole.len() - 1] {
        folder.write("changed", &whole[..len]);
        folder.does_not_decrypt("was changed or is damaged");
    }
    for (what, order) in [
        ("swapped", &[1, 0, 2][..]),
        ("doubled", &[0, 0, 1, 2]),
        ("left out", &[0, 2]),
        ("only the last", &[2]),
        ("more behind the last", &[0, 1, 2, 2]),
    ] {
        let changed: Vec<_> = order.iter().flat_map(|&index: &usize| chunks[index]).copied().collect();
        folder.write("changed", &[header, &changed].concat());
        println!("{what}");
        folder.does_not_decrypt("was changed or is damaged");
    }
    // Those of another file.
    folder.encrypts("in", "other");
    folder.write("changed", &[header, &folder.read("other")[HEADER_LEN..]].concat());
    folder.does_not_decrypt("was changed or is damaged");

    let mut places: Vec<_> = (0..HEADER_LEN).step_by(37).collect();
    places.extend([7, 8, 9, 10, HEADER_LEN - 1]);
    for begin in [0, 1, 2].map(|chunk| HEADER_LEN + chunk * CHUNK_LEN) {
        places.extend([begin, begin + 15, begin + 16, begin + 60]);
    }
    places.extend([whole.len() - 33, whole.len() - 32, whole.len() - 1]);
    for place in places {
        let mut changed = whole.clone();
        changed[place] ^= 1 << (place % 8);
        folder.write("changed", &changed);
        folder.does_not_decrypt(match place {
            0..8 => "not what end_to_end made",
            8 => "not what end_to_end made",
            9..HEADER_LEN => "for another key, or is damaged",
            _ => "was changed or is damaged",
        });
    }
    folder.write("changed", &[&[0xff; 10], &whole[10..]].concat());
    folder.does_not_decrypt("not what end_to_end made");
    println!("nothing of what was changed is decrypted");
}

#[test]
fn keys() {
    let folder = Folder::new();
    folder.write("in", b"attack at dawn");
    folder.write("password", PASSWORD.as_bytes());
    folder.write("wrong", b"incorrect horse");
    folder.write("empty", b"");
    folder.runs(&["keygen", "--password-file", "password"]);
    folder.runs(&["encrypt", "--to", "public.pem", "in", "encrypted"]);
    folder.runs(&["decrypt", "--with", "private.pem", "--password-file", "password", "encrypted", "out"]);
    assert_eq!(folder.read("out"), b"attack at dawn");
    folder.write("out", b"what was there");
    let decrypt = |key: &str, password: &str, what: &str| {
        folder.fails(&["decrypt", "--with", key, "--password-file", password, "encrypted", "out"], what);
    };
    decrypt("private.pem", "wrong", "wrong password for");
    decrypt("private.pem", "empty", "the password is empty");
    decrypt("private.pem", "nowhere", "nowhere: ");
    decrypt("public.pem", "password", "is a public key, and it takes the private one");
    decrypt("in", "password", "is no PEM file with an RSA key");
    decrypt("nowhere", "password", "nowhere: ");
    folder.fails(&["encrypt", "--to", "private.pem", "in", "out"], "is a private key, and it takes the public one");
    folder.fails(&["encrypt", "--to", "in", "in", "out"], "is no PEM file with an RSA key");
    let pem = String::from_utf8(folder.read("private.pem")).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    folder.write("cut.pem", &pem.as_bytes()[..pem.len() / 2]);
    decrypt("cut.pem", "password", "is no PEM file with an RSA key");
    folder.write("big", &vec![b'-'; 1 << 20]);
    decrypt("big", "password", "is no PEM file with an RSA key");

    folder.runs(&["keygen", "other", "--password-file", "password"]);
    decrypt("other/private.pem", "password", "was encrypted for another key");
    openssl(&folder, &["pkey", "-in", "private.pem", "-passin", "file:password", "-check", "-noout"]);
    openssl(&folder, &["pkey", "-pubin", "-in", "public.pem", "-noout"]);
    #[cfg(unix)]
    for (name, mode) in [("private.pem", 0o600), ("public.pem", 0o644)] {
        use std::os::unix::fs::PermissionsExt;
        let granted = fs::metadata(folder.path("other").join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(granted & !mode, 0, "{name}: {granted:o}");
    }
    // A key is never replaced: neither it nor what is encrypted for it could be had again.
    let before = fs::read(folder.path("other/private.pem")).unwrap();
    fs::remove_file(folder.path("other/public.pem")).unwrap();
    let again = folder.command(&["keygen", "other", "--password-file", "password"]).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("private.pem: is there already, and stays"));
    assert!(fs::read(folder.path("other/private.pem")).unwrap() == before && !folder.path("other/public.pem").exists());
    // Nor written over by what is decrypted.
    let key = folder.path("other/private.pem");
    folder.fails(&["decrypt", "--with", key.to_str().unwrap(), "in", key.to_str().unwrap()], "password or key");
    let onto_password = ["decrypt", "--with", "private.pem", "--password-file", "password", "encrypted", "password"];
    folder.fails(&onto_password, "password or key");
    // With words around it, as other programs write them, and a password file as some editors do.
    folder.write(
        "words.pem",
        format!("Bag Attributes\n    friendlyName: key\n{pem}\nPrivate-Key: (3072 bit)\n\n").as_bytes(),
    );
    folder.write("marked", format!("\u{feff}{PASSWORD}\r\n").as_bytes());
    folder.runs(&["decrypt", "--with", "words.pem", "--password-file", "marked", "encrypted", "out"]);
    assert_eq!(folder.read("out"), b"attack at dawn");
}

#[test]
fn python_both_ways() {
    let folder = Folder::new();
    for len in [0, 1, 16, CHUNK - 1, CHUNK, CHUNK + 1, 200_000] {
        folder.write("in", &bytes(len));
        folder.encrypts("in", "ours");
        if python(&folder, &["decrypt", &private(), PASSWORD, "ours", "out"]).is_none() {
            return;
        }
        assert!(folder.read("out") == bytes(len), "{len} bytes don't come back from them");
        python(&folder, &["encrypt", &public(), "", "in", "theirs"]).unwrap();
        folder.decrypts("theirs", "out");
        assert!(folder.read("out") == bytes(len), "{len} bytes don't come back from us");
    }
}

#[test]
fn classic_both_ways() {
    let folder = Folder::new();
    let decrypt = ["decrypt", "--classic", "--with", &private()];
    for len in [0, 1, 32, 342] {
        folder.write("in", &bytes(len));
        let ours = folder.command(&["encrypt", "--classic", "--to", &public(), "in", "ours"]).output().unwrap();
        assert!(ours.status.success() && String::from_utf8_lossy(&ours.stderr).contains("end_to_end: warning: "));
        if python(&folder, &["decrypt-classic", &private(), PASSWORD, "ours", "out"]).is_none() {
            return;
        }
        assert!(folder.read("out") == bytes(len), "{len} bytes don't come back from them");
        python(&folder, &["encrypt-classic", &public(), "", "in", "theirs"]).unwrap();
        assert!(folder.command(&decrypt).args(["theirs", "out"]).output().unwrap().status.success());
        assert!(folder.read("out") == bytes(len), "{len} bytes don't come back from us");
    }
    folder.write("in", &bytes(343));
    folder.fails(&["encrypt", "--classic", "--to", &public(), "in", "ours"], "holds at most 342 bytes");
    for len in [0, 1, 383, 384, 385, 100_000] {
        folder.write("in", &bytes(len));
        folder.fails(&[&decrypt[..], &["in", "out"]].concat(), "for another key, or is damaged");
    }
}

/// Keys that Python wrote, in all its forms, and what Python makes of ours stands above.
#[test]
fn keys_of_python() {
    let folder = Folder::new();
    folder.write("password", PASSWORD.as_bytes());
    folder.write("wrong", b"incorrect horse");
    if python(&folder, &["keygen", PASSWORD, "."]).is_none() {
        return;
    }
    folder.write("in", b"attack at dawn");
    folder.runs(&["encrypt", "--to", "public.pem", "in", "encrypted"]);
    let mut tried = 0;
    for entry in fs::read_dir(folder.0.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".pem") || name == "public.pem" {
            continue;
        }
        folder.runs(&["decrypt", "--with", &name, "--password-file", "password", "encrypted", "out"]);
        assert_eq!(folder.read("out"), b"attack at dawn");
        if !name.starts_with("plain") {
            folder.fails(
                &["decrypt", "--with", &name, "--password-file", "wrong", "encrypted", "out"],
                "wrong password for",
            );
        }
        tried += 1;
    }
    assert_eq!(tried, 7);
}

/// We read `openssl`'s keys; that it reads ours stands above.
#[test]
fn keys_of_openssl() {
    let folder = Folder::new();
    folder.write("password", PASSWORD.as_bytes());
    folder.write("in", b"attack at dawn");
    let secret = ["-pass", "file:password"];
    let generate = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "private.pem"];
    if openssl(&folder, &[&generate[..], &["-aes-256-cbc"], &secret].concat()).is_none() {
        return;
    }
    openssl(&folder, &["pkey", "-in", "private.pem", "-passin", "file:password", "-pubout", "-out", "public.pem"]);
    folder.runs(&["encrypt", "--to", "public.pem", "in", "encrypted"]);
    folder.runs(&["decrypt", "--with", "private.pem", "--password-file", "password", "encrypted", "out"]);
    assert_eq!(folder.read("out"), b"attack at dawn");
    openssl(&folder, &["rsa", "-pubin", "-in", "public.pem", "-RSAPublicKey_out", "-out", "pkcs1.pem"]);
    folder.runs(&["encrypt", "--to", "pkcs1.pem", "in", "encrypted"]);
    folder.runs(&["decrypt", "--with", "private.pem", "--password-file", "password", "encrypted", "out"]);

    // Keys that are none for us.
    openssl(&folder, &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "short.pem"]);
    openssl(&folder, &["genpkey", "-algorithm", "ED25519", "-out", "ed25519.pem"]);
    for name in ["short.pem", "ed25519.pem"] {
        folder.fails(&["decrypt", "--with", name, "encrypted", "out"], "no RSA key of 2048 to 8192 bits");
    }
    for (cipher, iterations, what) in [
        ("-camellia-256-cbc", "2048", "is damaged, or encrypted in another way"),
        ("-aes-256-cbc", "10000001", "asks for 10000001 iterations"),
    ] {
        let arguments = ["pkcs8", "-topk8", "-in", "short.pem", "-v2", &cipher[1..], "-iter", iterations];
        openssl(&folder, &[&arguments[..], &["-passout", "file:password", "-out", "other.pem"]].concat());
        folder.fails(&["decrypt", "--with", "other.pem", "--password-file", "password", "encrypted", "out"], what);
    }
}
