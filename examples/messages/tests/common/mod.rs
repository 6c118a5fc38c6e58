//! Programs that are started, and their lines.

#![allow(dead_code, reason = "each suite uses a part of it")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse battery staple";

/// So long that it only ends what would never end by itself.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A folder of its own, with a file of the password in it.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        let folder = Folder(TempDir::new().unwrap());
        folder.write("password", PASSWORD);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }
}

/// A program that runs until it is dropped, and what it writes, line by line.
pub struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Running { child, stdout, stderr }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that it ever had, in KiB.
    #[cfg(target_os = "linux")]
    pub fn most_memory(&self) -> u64 {
        super::memory::most(self.id()).unwrap()
    }

    /// The next line of stdout.
    pub fn printed(&self) -> String {
        self.stdout.recv_timeout(PATIENCE).expect("a line on stdout")
    }

    /// Kills it: what else it wrote on stdout.
    pub fn printed_until_killed(mut self) -> Vec<String> {
        let _ = self.child.kill();
        self.stdout.iter().collect()
    }

    /// The next line of stderr.
    pub fn logged(&self) -> String {
        self.stderr.recv_timeout(PATIENCE).expect("a line on stderr")
    }

    /// Waits for its end: the status, and what else it wrote on stderr.
    pub fn end(mut self) -> (Option<i32>, Vec<String>) {
        let status = self.child.wait().unwrap().code();
        (status, self.stderr.iter().collect())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(()) = sender.send(line.unwrap()) else { break };
        }
    });
    receiver
}

/// A program's status, stdout and stderr, given this stdin.
pub fn run(command: &mut Command, stdin: &[u8]) -> (Option<i32>, String, String) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // Who doesn't read it is no error here.
    let _ = pipe.write_all(stdin);
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A line to standard error that the test harness doesn't capture.
pub fn say(line: &str) {
    // In one piece, or the lines of several tests would run into each other.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
