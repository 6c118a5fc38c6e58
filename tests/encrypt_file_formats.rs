//! `encrypt_file --format openssl` and `--format pycrypto`, with the programs whose formats these are: `openssl`, and Python with
//! PyCryptodome.

// It needs processes and a file system.
#![cfg(all(feature = "std", not(target_family = "wasm")))]

mod common;
mod folder;
mod memory;
mod peers;

use std::process::{Command, Output};

use common::{bytes, say};
use folder::{CHUNK, Folder, PASSWORD};

/// Around a block, and around what is read at a time.
const SIZES: [usize; 14] =
    [0, 1, 15, 16, 17, 1000, CHUNK - 17, CHUNK - 16, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + 16, 2 * CHUNK, 5_000_000];

const OPENSSL: [&str; 2] = ["--format", "openssl"];
const PYCRYPTO: [&str; 2] = ["--format", "pycrypto"];

fn openssl(folder: &Folder, arguments: &[&str], input: &str, output: &str) -> Option<()> {
    let mut command = peers::openssl()?;
    command.args(["enc", "-aes-256-cbc", "-pbkdf2", "-salt"]).args(arguments);
    command.arg("-pass").arg(format!("file:{}", folder.path("password").display()));
    command.arg("-in").arg(folder.path(input)).arg("-out").arg(folder.path(output));
    run(command);
    Some(())
}

fn python(folder: &Folder, what: &str, input: &str, output: &str) -> Option<()> {
    let mut command = peers::python("pycrypto_file.py")?;
    command.arg(what).args(["password", input, output].map(|name| folder.path(name)));
    run(command);
    Some(())
}

fn run(mut peer: Command) {
    let Output { status, stderr, .. } = peer.output().unwrap();
    assert!(status.success(), "{peer:?}: {}", String::from_utf8_lossy(&stderr));
}

/// Each encrypts, and the other decrypts.
fn both_ways(
    format: &[&str],
    peer: impl Fn(&Folder, &str, &str, &str) -> Option<()>,
    encrypted_len: impl Fn(usize) -> usize,
) -> Option<()> {
    let folder = Folder::new();
    for size in SIZES {
        let content = bytes(size as u64, size);
        folder.write("in", &content);
        folder.run_and_warns(format, "encrypt", "in", "ours");
        assert_eq!(folder.read("ours").len(), encrypted_len(size));
        peer(&folder, "decrypt", "ours", "out")?;
        assert!(folder.read("out") == content, "{size} bytes don't come back from them");
        peer(&folder, "encrypt", "in", "theirs")?;
        folder.run_and_warns(format, "decrypt", "theirs", "out");
        assert!(folder.read("out") == content, "{size} bytes don't come back from us");
    }
    Some(())
}

#[test]
fn openssl_both_ways() {
    for (more, iterations) in [(&[][..], "10000"), (&["--iterations", "1"], "1"), (&["--iterations", "12345"], "12345")]
    {
        let peer = |folder: &Folder, what: &str, input: &str, output: &str| {
            let direction = if what == "encrypt" { "-e" } else { "-d" };
            openssl(folder, &[direction, "-iter", iterations], input, output)
        };
        let encrypted_len = |size| 16 + size + 16 - size % 16;
        if both_ways(&[&OPENSSL[..], more].concat(), peer, encrypted_len).is_some() {
            say(&format!("encrypt_file --format openssl, {iterations} iterations: {} files both ways", SIZES.len()));
        }
    }
}

#[test]
fn pycrypto_both_ways() {
    if both_ways(&PYCRYPTO, python, |size| 24 + size.next_multiple_of(16)).is_some() {
        say(&format!("encrypt_file --format pycrypto: {} files both ways", SIZES.len()));
    }
}

/// A file that is larger than what is read, worked on and brought to the disk at a time takes no more memory than a small one.
#[test]
#[cfg(target_os = "linux")]
fn large_files() {
    let folder = Folder::new();
    let content = bytes(7, 200 << 20);
    folder.write("in", &content);
    for format in [&[][..], &OPENSSL, &PYCRYPTO] {
        for (command, input, output) in [("encrypt", "in", "encrypted"), ("decrypt", "encrypted", "out")] {
            let taken =
                memory_of(folder.command(command, input, output).args(format).stderr(std::process::Stdio::null()));
            assert!(taken < 32 << 10, "{command} {format:?}: {taken} KiB");
        }
        assert!(folder.read("out") == content, "{format:?}");
    }
}

/// Runs it to its end.
#[cfg(target_os = "linux")]
fn memory_of(command: &mut Command) -> u64 {
    let mut child = command.spawn().unwrap();
    let mut taken = 0;
    loop {
        taken = memory::most(child.id()).unwrap_or_default().max(taken);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success() && taken > 0);
            return taken;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// What can be known to be wrong is an error, and everything stays as it was.
#[test]
fn damage() {
    let folder = Folder::new();
    folder.write("in", &bytes(3, CHUNK + 100));
    folder.write("out", b"what was there");

    folder.run_and_warns(&OPENSSL, "encrypt", "in", "encrypted");
    let whole = folder.read("encrypted");
    folder.write("no header", b"Salted_");
    folder.fails_with(&OPENSSL, "not a file that openssl enc made", "decrypt", "no header", "out");
    folder.write("cut header", &whole[..15]);
    folder.fails_with(&OPENSSL, "ends within its salt", "decrypt", "cut header", "out");
    for len in [16, 17, 31, CHUNK, whole.len() - 1] {
        folder.write("cut", &whole[..len]);
        folder.fails_with(&OPENSSL, "wrong password or number of iterations", "decrypt", "cut", "out");
    }
    // A wrong password goes unnoticed one time in 256 and more often, so that this one is wrong on purpose: the last byte of the
    // padding becomes 0.
    let mut changed = whole.clone();
    let padding = 16 - (CHUNK + 100) % 16;
    changed[whole.len() - 17] ^= padding as u8;
    folder.write("changed", &changed);
    folder.fails_with(&OPENSSL, "wrong password or number of iterations", "decrypt", "changed", "out");

    folder.run_and_warns(&PYCRYPTO, "encrypt", "in", "encrypted");
    let whole = folder.read("encrypted");
    for len in [0, 7, 8, 23] {
        folder.write("cut header", &whole[..len]);
        folder.fails_with(&PYCRYPTO, "ends within its header", "decrypt", "cut header", "out");
    }
    for len in [24, 25, 40, CHUNK, whole.len() - 16, whole.len() - 1] {
        folder.write("cut", &whole[..len]);
        folder.fails_with(&PYCRYPTO, "would hold 65636 bytes", "decrypt", "cut", "out");
    }
    for more in [1, 16] {
        folder.write("longer", &[&whole[..], &vec![7; more]].concat());
        folder.fails_with(&PYCRYPTO, "would hold 65636 bytes", "decrypt", "longer", "out");
    }
    folder.write("huge", &[&[0xff; 8], &whole[8..]].concat());
    folder.fails_with(&PYCRYPTO, "would hold 18446744073709551615 bytes", "decrypt", "huge", "out");
}

/// Options that make no sense are refused before anything is done.
#[test]
fn iterations() {
    let folder = Folder::new();
    folder.write("in", PASSWORD.as_bytes());
    folder.fails_with(&[&PYCRYPTO[..], &["--iterations", "5"]].concat(), "has none", "encrypt", "in", "out");
    folder.run("encrypt", "in", "encrypted");
    folder.fails_with(&["--iterations", "5"], "says itself", "decrypt", "encrypted", "out");
    for wrong in ["0", "10000001", "many"] {
        let result = folder.command("encrypt", "in", "out").args(["--iterations", wrong]).output().unwrap();
        assert_eq!(result.status.code(), Some(2), "{wrong}: {result:?}");
    }
}
