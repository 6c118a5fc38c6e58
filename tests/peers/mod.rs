//! The other programs that tests talk to: `openssl`, and Python with PyCryptodome, which `ROUNDKEY_PYTHON` names, or else it is
//! `python3`. Where one isn't there its tests say so and do nothing, unless `ROUNDKEY_EXPECTED_PEERS` is set: in CI it is, and
//! then they fail.

#![allow(dead_code, reason = "each suite uses a part of it")]

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    path::Path,
    process::{Command, Stdio},
};

/// Python, to run a script that stands beside this file or, in other packages, in their folder of that name.
pub fn python(script: &str) -> Option<Command> {
    let python = env::var_os("ROUNDKEY_PYTHON").unwrap_or_else(|| OsString::from("python3"));
    let mut command = Command::new(&python);
    command.args(["-c", "import Crypto.Cipher.AES"]).stdout(Stdio::null()).stderr(Stdio::null());
    if !command.status().is_ok_and(|status| status.success()) {
        return not_run(script, "Python with PyCryptodome");
    }
    let mut command = Command::new(python);
    // Nothing of it stays beside the scripts.
    command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script));
    Some(command)
}

pub fn openssl() -> Option<Command> {
    let mut command = Command::new("openssl");
    command.arg("version").stdout(Stdio::null()).stderr(Stdio::null());
    if !command.status().is_ok_and(|status| status.success()) {
        return not_run("openssl", "the program openssl");
    }
    Some(Command::new("openssl"))
}

fn not_run(what: &str, missing: &str) -> Option<Command> {
    assert!(env::var_os("ROUNDKEY_EXPECTED_PEERS").is_none(), "{missing} is expected, and not there");
    // In one piece and past the test runner, which keeps for itself what tests print.
    let _ = io::stderr().write_all(format!("{what}: NOT RUN, {missing} is not there\n").as_bytes());
    None
}
