//! Runs the example `encrypt_file` in a folder of its own.

#![allow(dead_code, reason = "each suite uses a part of it")]

#[path = "../built/mod.rs"]
mod built;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse battery staple";
/// What the example reads at a time.
pub const CHUNK: usize = 1 << 16;

pub fn example() -> PathBuf {
    built::example("encrypt_file")
}

/// A folder of its own, with a password file in it.
pub struct Folder(pub TempDir);

impl Folder {
    pub fn new() -> Self {
        let folder = Folder(TempDir::new().unwrap());
        folder.write("password", PASSWORD.as_bytes());
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The names of all files.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub fn command(&self, command: &str, input: &str, output: &str) -> Command {
        let mut run = Command::new(example());
        run.arg(command).arg(self.path(input)).arg(self.path(output));
        run.arg("--password-file").arg(self.path("password"));
        run
    }

    /// Runs the example and expects that it goes well and says nothing.
    pub fn run(&self, command: &str, input: &str, output: &str) {
        let result = self.command(command, input, output).output().unwrap();
        assert!(result.status.success() && silent(&result), "{command} {input} {output}: {result:?}");
    }

    /// With more options. It goes well, with nothing but warnings.
    pub fn run_and_warns(&self, options: &[&str], command: &str, input: &str, output: &str) {
        let result = self.command(command, input, output).args(options).output().unwrap();
        let said = String::from_utf8(result.stderr).unwrap();
        assert!(result.status.success() && result.stdout.is_empty(), "{command} {input} {output}: {said}");
        let warns = !said.is_empty() && said.lines().all(|line| line.starts_with("encrypt_file: warning: "));
        assert!(warns, "{command} {input} {output}: warnings, not {said:?}");
    }

    /// Runs the example and expects exit code 1, one line on standard error, and every file as it was. Returns the line.
    pub fn fails(&self, what: &str, command: &str, input: &str, output: &str) -> String {
        let line = self.fails_somehow(&[], what, command, input, output);
        assert!(line.ends_with('\n') && line.lines().count() == 1, "{what}: one line, not {line:?}");
        line
    }

    /// With more options, and perhaps with warnings before that line, which contains `what`.
    pub fn fails_with(&self, options: &[&str], what: &str, command: &str, input: &str, output: &str) {
        let said = self.fails_somehow(options, what, command, input, output);
        let errors: Vec<_> = said.lines().filter(|line| !line.starts_with("encrypt_file: warning: ")).collect();
        assert!(errors.len() == 1 && errors[0].contains(what), "{what}: {said:?}");
    }

    fn fails_somehow(&self, options: &[&str], what: &str, command: &str, input: &str, output: &str) -> String {
        let before: Vec<_> = self.names().into_iter().map(|name| (name.clone(), self.read(&name))).collect();
        let result = self.command(command, input, output).args(options).output().unwrap();
        assert_eq!(result.status.code(), Some(1), "{what}: {result:?}");
        assert!(result.stdout.is_empty(), "{what}: {result:?}");
        let after: Vec<_> = self.names().into_iter().map(|name| (name.clone(), self.read(&name))).collect();
        assert!(before == after, "{what}: files changed, there are now {:?}", self.names());
        String::from_utf8(result.stderr).unwrap()
    }
}

fn silent(result: &Output) -> bool {
    result.stdout.is_empty() && result.stderr.is_empty()
}
