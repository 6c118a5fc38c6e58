//! The examples as programs.

#![allow(dead_code, reason = "each suite uses a part of it")]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// A built example. `cargo test` builds it with the tests.
pub fn example(name: &str) -> PathBuf {
    let tests = env::current_exe().unwrap();
    let built = tests.parent().unwrap().parent().unwrap().join("examples");
    let example = built.join(name).with_extension(env::consts::EXE_EXTENSION);
    // `cargo test --test encrypt_file` alone doesn't. Cargo keeps a list of what each program is made of, with a backslash
    // before a space in a name.
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    let made_of = fs::read_to_string(built.join(name).with_extension("d")).unwrap_or_default().replace("\\ ", "\0");
    let sources: Vec<_> = made_of.split_whitespace().skip(1).map(|path| path.replace('\0', " ")).collect();
    let fresh = modified(&example).is_ok_and(|built| {
        let is_older = |source: &String| modified(source.as_ref()).is_ok_and(|source| source <= built);
        !sources.is_empty() && sources.iter().all(is_older)
    });
    assert!(fresh, "{} is missing or old: cargo build --all-features --example {name}", example.display());
    example
}
