//! A server of `http_message`, and HTTP in raw bytes, right or wrong.

#![allow(dead_code, reason = "each suite uses a part of it")]

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
};

use super::common::{Folder, PATIENCE, Running};

pub const SALT: &str = "000102030405060708090a0b0c0d0e0f";

/// Few iterations, so that tests are quick.
pub const ITERATIONS: u32 = 1000;
pub const QUICK: [&str; 2] = ["--iterations", "1000"];

pub const CLASSIC: [&str; 3] = ["--classic", "--salt-hex", "73616c74"];

/// The one answer to all that is refused, byte by byte.
pub const REFUSED: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 22\r\n\r\n\
    {\"message\": \"refused\"}";

/// The program with a password.
pub fn program(folder: &Folder, command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_http_message"));
    // Nothing but what the test says: no proxy from outside.
    program.env_clear().arg(command).arg("--password-file").arg(folder.path("password"));
    program
}

pub struct Server {
    pub running: Running,
    pub address: SocketAddr,
    pub warnings: Vec<String>,
}

impl Server {
    pub fn start(folder: &Folder, options: &[&str]) -> Self {
        let running = Running::start(program(folder, "serve").args(["--listen", "127.0.0.1:0"]).args(options));
        Server::listening(running)
    }

    /// Reads what it says at its start.
    pub fn listening(running: Running) -> Self {
        let mut warnings = Vec::new();
        loop {
            let line = running.logged();
            if let Some(address) = line.strip_prefix("http_message: listening on http://") {
                return Server { address: address.parse().unwrap(), running, warnings };
            }
            assert!(line.starts_with("http_message: warning: "), "{line}");
            warnings.push(line);
        }
    }

    /// With few iterations, and whatever salt a message has.
    pub fn quick(folder: &Folder, options: &[&str]) -> Self {
        Server::start(folder, &[&["--min-iterations", "1000"], options].concat())
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was refused since the last time, and that the server still serves. The line for what is asked here comes
    /// behind those of all that was answered before.
    pub fn refusals(&self) -> Vec<String> {
        let answer = exchange(self.address, b"GET /are-you-there HTTP/1.1\r\nhost: x\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
        let lines = std::iter::from_fn(|| Some(self.running.logged()));
        let refusals: Vec<String> = lines.take_while(|line| !line.contains("GET /are-you-there")).collect();
        assert!(refusals.iter().all(|line| line.starts_with("http_message: refused 127.0.0.1:")), "{refusals:?}");
        refusals
    }

    /// That there was exactly one, for this reason. What isn't HTTP gets its line after its answer: it is waited for.
    pub fn refused_once(&self, reason: &str) {
        let line = self.running.logged();
        assert!(
            line.starts_with("http_message: refused 127.0.0.1:") && line.contains(reason),
            "{reason}: {line:.1000}"
        );
        assert!(line.len() < 1000);
        assert_eq!(self.refusals(), [""; 0]);
    }

    pub fn post(&self, body: &[u8]) -> String {
        exchange(self.address, &post(body))
    }
}

pub fn post(body: &[u8]) -> Vec<u8> {
    [format!("POST /message HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The answer to a request on a connection of its own.
pub fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address);
    stream.write_all(request).unwrap();
    String::from_utf8(read_message(&mut stream)).unwrap()
}

/// A request or an answer whose length is announced, or none at the end of the connection.
pub fn read_message(stream: &mut TcpStream) -> Vec<u8> {
    let mut message = Vec::new();
    let mut buffer = [0; 1 << 16];
    loop {
        if let Some(end) = message.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8(message[..end].to_ascii_lowercase()).unwrap();
            let len = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if message.len() == end + 4 + len.map_or(0, |len| len.parse().unwrap()) {
                return message;
            }
        }
        let len = stream.read(&mut buffer).unwrap();
        if len == 0 {
            assert!(message.is_empty(), "cut off: {}", String::from_utf8_lossy(&message));
            return message;
        }
        message.extend_from_slice(&buffer[..len]);
    }
}

/// What comes until the server closes the connection, in whatever way.
pub fn read_to_close(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the server doesn't close the connection: {error}"),
    }
    String::from_utf8(answer).unwrap()
}
