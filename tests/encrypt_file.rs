//! Runs the example `encrypt_file` as a person would: round trips, every kind of damage, and being killed.

// It needs processes and a file system.
#![cfg(all(feature = "std", not(target_family = "wasm")))]

mod common;
mod folder;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use common::{bytes, say};
use folder::{CHUNK, Folder, PASSWORD, example};
use hmac::{Hmac, KeyInit, Mac};
use roundkey::cbc;
use sha2::Sha256;

const HEADER_LEN: usize = 8 + 1 + 4 + 16 + 16;
const TAG_LEN: usize = 32;

#[test]
fn round_trip() {
    let folder = Folder::new();
    // Around a block, and around a chunk with and without the 48 bytes that decryption keeps back.
    let sizes = [0, 1, 15, 16, 17, 100_000_000];
    let near_chunk = [CHUNK - 48, CHUNK - 16, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + 16, CHUNK + 48, 2 * CHUNK];
    for size in sizes.into_iter().chain(near_chunk) {
        let content = bytes(size as u64, size);
        folder.write("in", &content);
        folder.run("encrypt", "in", "encrypted");
        let encrypted_len = fs::metadata(folder.path("encrypted")).unwrap().len();
        assert_eq!(encrypted_len as usize, HEADER_LEN + size + 16 - size % 16 + TAG_LEN);
        folder.run("decrypt", "encrypted", "out");
        assert!(folder.read("out") == content, "{size} bytes don't come back");
        assert_eq!(folder.names(), ["encrypted", "in", "out", "password"]);
    }
    say("encrypt_file: 14 files went there and back, the largest of 100 MB");
}

/// The file is what the example's documentation says, computed here from its parts.
#[test]
fn format() {
    let folder = Folder::new();
    let content = bytes(1, 100);
    folder.write("in", &content);
    folder.run("encrypt", "in", "encrypted");
    let file = folder.read("encrypted");

    assert_eq!(file[..9], *b"roundkey\x01");
    assert_eq!(file[9..13], 600_000_u32.to_be_bytes());
    let (salt, iv) = (&file[13..29], &file[29..45]);
    let mut secret = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(PASSWORD.as_bytes(), salt, 600_000, &mut secret);
    // HKDF-Expand of one block (RFC 5869 section 2.3).
    let expand = |info: &str| {
        let hmac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        hmac.chain_update(info).chain_update([1]).finalize().into_bytes()
    };

    let (authenticated, tag) = file.split_at(file.len() - TAG_LEN);
    let mac = Hmac::<Sha256>::new_from_slice(&expand("encrypt_file 1: HMAC-SHA-256")).unwrap();
    assert_eq!(mac.chain_update(authenticated).finalize().into_bytes()[..], *tag);

    let key = common::oracle(&expand("encrypt_file 1: AES-256-CBC"));
    let message = cbc::decrypt(&key, iv.try_into().unwrap(), &authenticated[HEADER_LEN..]).unwrap();
    assert_eq!(message, content);
}

/// Salt and IV are fresh every time.
#[test]
fn two_encryptions_differ() {
    let folder = Folder::new();
    folder.write("in", b"the same");
    folder.run("encrypt", "in", "one");
    folder.run("encrypt", "in", "two");
    let [one, two] = ["one", "two"].map(|name| folder.read(name));
    assert_ne!(one[13..29], two[13..29], "salt");
    assert_ne!(one[29..45], two[29..45], "IV");
    assert_ne!(one[45..61], two[45..61], "ciphertext");
}

/// A wrong password, and a file that is changed, cut or extended anywhere: an error, no output, an existing OUT kept.
#[test]
fn damage() {
    let folder = Folder::new();
    folder.write("in", &bytes(1, 3 * CHUNK));
    folder.run("encrypt", "in", "good");
    let good = folder.read("good");

    let mut damaged: Vec<(String, Vec<u8>)> = vec![];
    // A bit of each field, of the beginning, the middle and the end of the text, and of the tag.
    for at in [
        0,
        7,
        8,
        9,
        12,
        13,
        28,
        29,
        44,
        45,
        60,
        CHUNK + 44,
        CHUNK + 45,
        2 * CHUNK,
        good.len() - 49,
        good.len() - 33,
        good.len() - 32,
        good.len() - 1,
    ] {
        let mut file = good.clone();
        file[at] ^= 0x01;
        damaged.push((format!("bit changed at {at}"), file));
    }
    for len in [
        0,
        1,
        7,
        8,
        9,
        12,
        13,
        44,
        45,
        46,
        61,
        76,
        77,
        78,
        93,
        CHUNK,
        CHUNK + 45,
        CHUNK + 93,
        good.len() - 48,
        good.len() - 16,
        good.len() - 1,
    ] {
        damaged.push((format!("cut to {len} bytes"), good[..len].to_vec()));
    }
    for more in [1, 16, 32, 48, CHUNK] {
        damaged.push((format!("extended by {more} bytes"), [&good[..], &bytes(7, more)].concat()));
    }
    damaged.push(("written twice".into(), [&good[..], &good[..]].concat()));
    let (chunks, rest) = good[45..].split_at(2 * CHUNK);
    let (first, second) = chunks.split_at(CHUNK);
    damaged.push(("chunks changed places".into(), [&good[..45], second, first, rest].concat()));
    damaged.push(("a chunk left out".into(), [&good[..45], second, rest].concat()));

    folder.write("existing", b"what was there before");
    for (what, file) in &damaged {
        folder.write("damaged", file);
        folder.fails(what, "decrypt", "damaged", "new");
        folder.fails(what, "decrypt", "damaged", "existing");
    }

    folder.write("password", b"correct horse battery stapl");
    let line = folder.fails("wrong password", "decrypt", "good", "new");
    assert_eq!(line, "encrypt_file: wrong password, or the file was changed or is damaged\n");
    folder.fails("wrong password", "decrypt", "good", "existing");
    say(&format!("encrypt_file: {} kinds of damage and a wrong password were refused", damaged.len()));
}

/// What can't be done is said before anything is done.
#[test]
fn impossible_paths() {
    let folder = Folder::new();
    folder.write("in", b"content");
    for (what, input, output, expected) in [
        ("no IN", "nowhere", "out", "No such file"),
        ("IN is a folder", ".", "out", "is a directory"),
        ("OUT is a folder", "in", ".", "not a file"),
        ("no such folder for OUT", "in", "no/out", "no such folder"),
        ("OUT ends in a slash", "in", "new/", "no name for a file"),
        ("OUT ends in a dot", "in", "new/.", "no name for a file"),
        ("OUT is a file and then a slash", "in", "in/", "Not a directory"),
        ("OUT is the password file", "in", "password", "is the file of the password or key"),
    ] {
        let line = folder.fails(what, "encrypt", input, output);
        assert!(line.contains(expected), "{what}: {line}");
    }
    // What OUT is to end_to_end would be nothing here but a strange name.
    let mut stdout = Command::new(example());
    stdout.current_dir(folder.0.path()).args(["encrypt", "in", "-", "--password-file", "password"]);
    let result = stdout.output().unwrap();
    assert!(result.status.code() == Some(1) && String::from_utf8_lossy(&result.stderr).contains("./- is a file"));
    assert_eq!(folder.names(), ["in", "password"]);
    let line = folder.fails("not an encrypted file", "decrypt", "in", "out");
    assert!(line.contains("not a file that encrypt_file made"), "{line}");

    folder.write("password", b"\nthe second line");
    let line = folder.fails("empty password", "encrypt", "in", "out");
    assert!(line.contains("the password is empty"), "{line}");

    let usage = Command::new(example()).arg("encrypt").output().unwrap();
    assert_eq!(usage.status.code(), Some(2), "{usage:?}");
}

/// OUT may be IN: it is replaced at the very end.
#[test]
fn in_place() {
    let folder = Folder::new();
    let content = bytes(1, 3 * CHUNK);
    folder.write("file", &content);
    folder.run("encrypt", "file", "file");
    assert!(folder.read("file") != content);
    folder.run("decrypt", "file", "file");
    assert!(folder.read("file") == content);
}

/// Only the first line of the password file counts, with either line end.
#[test]
fn password_file() {
    let folder = Folder::new();
    folder.write("in", b"content");
    folder.run("encrypt", "in", "encrypted");
    for ending in ["\n", "\r\n", "\nanother line\n"] {
        folder.write("password", format!("{PASSWORD}{ending}").as_bytes());
        folder.run("decrypt", "encrypted", "out");
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::{OpenOptions, Permissions},
        io::{Read, Write},
        os::unix::{
            fs::{PermissionsExt, symlink},
            process::ExitStatusExt,
        },
        process::{Child, Stdio},
        thread,
        time::Duration,
    };

    use super::*;

    /// Killed half-way, it has left OUT as it was; a temporary file may stay.
    #[test]
    fn killed() {
        for command in ["encrypt", "decrypt"] {
            let folder = Folder::new();
            folder.write("in", &bytes(1, 4 * CHUNK));
            let content = if command == "encrypt" { "in" } else { "encrypted" };
            folder.run("encrypt", "in", "encrypted");
            let content = folder.read(content);

            // IN is a pipe that gives half of it and then nothing, so that half-way is certain.
            assert!(Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
            for existing in [None, Some(&b"what was there before"[..])] {
                if let Some(existing) = existing {
                    folder.write("out", existing);
                }
                let (mut child, temporary) = half_way(&folder, command, content.clone());
                // Nobody else gets to see what isn't verified yet.
                assert_eq!(fs::metadata(&temporary).unwrap().permissions().mode() & 0o777, 0o600);
                child.kill().unwrap();
                let status = child.wait().unwrap();
                assert_eq!(status.signal(), Some(9), "{command} ended by itself: {status}");
                assert_eq!(fs::read(folder.path("out")).ok().as_deref(), existing, "{command}");
                fs::remove_file(temporary).unwrap();

                // Interrupted, it cleans up as well.
                let (child, temporary) = half_way(&folder, command, content.clone());
                let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
                assert!(interrupt.success());
                let result = child.wait_with_output().unwrap();
                assert_eq!(result.status.code(), Some(130), "{result:?}");
                assert_eq!(result.stderr, b"encrypt_file: interrupted\n");
                assert_eq!(fs::read(folder.path("out")).ok().as_deref(), existing, "{command}");
                assert!(!temporary.exists());
            }
        }
    }

    /// The example when it has read half of `content` from a pipe and waits for more, and its temporary file.
    fn half_way(folder: &Folder, command: &str, content: Vec<u8>) -> (Child, PathBuf) {
        let child = folder.command(command, "pipe", "out").stderr(Stdio::piped()).spawn().unwrap();
        let pipe = folder.path("pipe");
        // In a thread, as it would wait forever for a reader that has failed.
        thread::spawn(move || {
            let mut pipe = OpenOptions::new().write(true).open(pipe).unwrap();
            pipe.write_all(&content[..content.len() / 2]).unwrap();
            // The pipe stays open: this isn't the end yet.
            thread::sleep(Duration::from_secs(60));
        });
        let temporary = wait_for_temporary_file(folder.0.path());
        (child, temporary)
    }

    /// The temporary file, once something was written to it.
    fn wait_for_temporary_file(folder: &Path) -> PathBuf {
        for _ in 0..6000 {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let is_temporary = entry.file_name().to_string_lossy().starts_with(".encrypt_file-");
                if is_temporary && entry.metadata().is_ok_and(|metadata| metadata.len() > 0) {
                    return entry.path();
                }
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("nothing was written within a minute: {:?}", fs::read_dir(folder).unwrap().collect::<Vec<_>>());
    }

    /// An OUT that is replaced keeps its permissions; a new one has IN's, or is private if it is decrypted.
    #[test]
    fn permissions() {
        let folder = Folder::new();
        let mode = |name: &str| fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o7777;
        let set = |name: &str, mode| fs::set_permissions(folder.path(name), Permissions::from_mode(mode)).unwrap();
        folder.write("in", b"content");
        for (of_input, of_encrypted) in [(0o600, 0o600), (0o644, 0o644), (0o4755, 0o755)] {
            set("in", of_input);
            folder.run("encrypt", "in", "encrypted");
            assert_eq!(mode("encrypted"), of_encrypted, "IN has {of_input:o}");
            folder.run("decrypt", "encrypted", "out");
            assert_eq!(mode("out"), 0o600, "IN has {of_encrypted:o}");
            fs::remove_file(folder.path("encrypted")).unwrap();
            fs::remove_file(folder.path("out")).unwrap();
        }
        for of_output in [0o600, 0o640] {
            set("in", 0o644);
            folder.write("encrypted", b"old");
            set("encrypted", of_output);
            folder.run("encrypt", "in", "encrypted");
            assert_eq!(mode("encrypted"), of_output);
            folder.write("out", b"old");
            set("out", of_output);
            folder.run("decrypt", "encrypted", "out");
            assert_eq!(mode("out"), of_output);
        }
    }

    /// A link stays a link; devices aren't replaced, nor is a link to nothing.
    #[test]
    fn links_and_devices() {
        let folder = Folder::new();
        folder.write("in", b"content");
        folder.run("encrypt", "in", "encrypted");
        folder.write("target", b"old");
        symlink(folder.path("target"), folder.path("link")).unwrap();
        folder.run("decrypt", "encrypted", "link");
        assert!(fs::symlink_metadata(folder.path("link")).unwrap().is_symlink());
        assert_eq!(folder.read("target"), b"content");

        symlink("/dev/null", folder.path("device")).unwrap();
        let result = folder.command("decrypt", "encrypted", "device").output().unwrap();
        assert_eq!(result.status.code(), Some(1), "{result:?}");
        assert!(!fs::metadata("/dev/null").unwrap().is_file());

        symlink(folder.path("nothing"), folder.path("dangling")).unwrap();
        let result = folder.command("decrypt", "encrypted", "dangling").output().unwrap();
        assert_eq!(result.status.code(), Some(1), "{result:?}");
        assert!(fs::symlink_metadata(folder.path("dangling")).unwrap().is_symlink());
    }

    /// At a terminal the password is asked for twice to encrypt and once to decrypt, and never shown.
    #[test]
    #[cfg(target_os = "linux")]
    fn asks_for_the_password() {
        let folder = Folder::new();
        folder.write("in", b"content");
        if Command::new("script").arg("--version").output().is_err() {
            return say("encrypt_file: asking at a terminal NOT RUN, there is no `script` to make one");
        }

        let answers = [("Password: ", "s3cret"), ("again: ", "s3cret")];
        assert_eq!(at_terminal(&folder, "encrypt", "in", "encrypted", &answers).code(), Some(0));
        assert_eq!(at_terminal(&folder, "decrypt", "encrypted", "out", &answers[..1]).code(), Some(0));
        assert_eq!(folder.read("out"), b"content");
        let different = [("Password: ", "s3cret"), ("again: ", "s3crets")];
        assert_eq!(at_terminal(&folder, "encrypt", "in", "never", &different).code(), Some(1));
        assert_eq!(at_terminal(&folder, "encrypt", "in", "never", &[("Password: ", "")]).code(), Some(1));
        assert_eq!(folder.names(), ["encrypted", "in", "out", "password"]);
    }

    /// Runs the example in a pseudo-terminal and types an answer whenever its prompt has come.
    #[cfg(target_os = "linux")]
    fn at_terminal(
        folder: &Folder,
        command: &str,
        input: &str,
        output: &str,
        answers: &[(&str, &str)],
    ) -> std::process::ExitStatus {
        let [program, input, output] =
            [example(), folder.path(input), folder.path(output)].map(|path| format!("'{}'", path.display()));
        let mut script = Command::new("script")
            .args(["--quiet", "--return", "--command", &format!("{program} {command} {input} {output}"), "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut keyboard = script.stdin.take().unwrap();
        let mut screen = script.stdout.take().unwrap();
        let (mut shown, mut seen) = (String::new(), 0);
        for (prompt, answer) in answers {
            while !shown[seen..].contains(prompt) {
                let mut byte = [0];
                assert_eq!(screen.read(&mut byte).unwrap(), 1, "no prompt {prompt:?} in {shown:?}");
                shown.push(byte[0].into());
            }
            seen = shown.len();
            // No person types within the moment that it takes to switch the echo off.
            thread::sleep(Duration::from_millis(300));
            writeln!(keyboard, "{answer}").unwrap();
        }
        let mut rest = Vec::new();
        screen.read_to_end(&mut rest).unwrap();
        shown += &String::from_utf8_lossy(&rest);
        assert!(!shown.contains("s3cret"), "the password is on the screen: {shown:?}");
        script.wait().unwrap()
    }
}
