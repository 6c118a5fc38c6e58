//! What the formats know of files, in memory: in place of `examples/shared/files.rs`.

use std::{
    fmt::{self, Display},
    io::{self, Read, Write},
    path::Path,
};

use crate::Result;

/// What is read: so many bytes at a time at most, as from a pipe.
pub struct Input<'f> {
    rest: &'f [u8],
    most: usize,
}

impl<'f> Input<'f> {
    pub fn new(file: &'f [u8], most: usize) -> Self {
        Input { rest: file, most }
    }
}

impl Display for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

impl Read for Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = out.len().min(self.most);
        self.rest.read(&mut out[..len])
    }
}

/// What is written.
#[derive(Default)]
pub struct Output(pub Vec<u8>);

impl Output {
    pub fn write_at_the_beginning(&mut self, bytes: &[u8]) -> Result<()> {
        self.0[..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    /// As a file does it, which grows if it is shorter.
    pub fn cut(&mut self, len: u64) -> Result<()> {
        assert!(len <= self.0.len() as u64, "a file that is cut would grow");
        self.0.truncate(len as usize);
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Fills `buffer` as far as there is something: less than all of it means the end.
pub fn fill(mut from: impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < buffer.len() {
        match from.read(&mut buffer[len..])? {
            0 => break,
            more => len += more,
        }
    }
    Ok(len)
}

/// Says which file an error is about.
pub fn about(path: &Path) -> impl Fn(io::Error) -> io::Error {
    let path = path.display().to_string();
    move |error| io::Error::new(error.kind(), format!("{path}: {error}"))
}
