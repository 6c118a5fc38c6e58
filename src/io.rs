//! CBC over `std::io`: what is read or written on the way through is encrypted or decrypted.
//!
//! Both types own a clone of the key, so that they can go where the key can't.

use std::{
    boxed::Box,
    fmt,
    io::{self, ErrorKind, Read, Write},
    mem,
    ops::Range,
    vec,
    vec::Vec,
};

use crate::{
    Aes, Block, message,
    padding::{Padding, Pkcs7},
    stream::{LastBytes, Stream},
};

/// How many bytes a [`Writer`] takes at once.
const PIECE: usize = 1 << 16;

/// The most bytes that wait for more.
const MOST_WAITING: usize = size_of::<Block>();

/// Reads for less than this go through a buffer of that size.
const SHORT: usize = 1 << 12;

/// Memory that is wiped when dropped. It is as long as what was ever in it.
struct Buffer(Vec<u8>);

impl Buffer {
    /// Puts `bytes` at this place, up to which the buffer is filled already, or has been.
    fn put(&mut self, at: usize, bytes: &[u8]) {
        let (within, behind) = bytes.split_at(bytes.len().min(self.0.len() - at));
        self.0[at..][..within.len()].copy_from_slice(within);
        self.0.extend_from_slice(behind);
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        message::wipe(&mut self.0);
    }
}

/// Says something when it is dropped, unless it was switched off.
struct Alarm(bool);

impl Drop for Alarm {
    fn drop(&mut self) {
        if self.0 && cfg!(debug_assertions) && !std::thread::panicking() {
            std::eprintln!("roundkey: a cbc::Writer was dropped without finish(): its output is cut short");
        }
    }
}

/// A reader or writer behind ours. After a panic of its own nobody knows what it has read or written, and it isn't asked for more:
/// going on, ours would lose bytes or write them twice, and nobody would notice.
struct Inner<S> {
    stream: S,
    has_panicked: bool,
}

impl<S> Inner<S> {
    fn new(stream: S) -> Self {
        Inner { stream, has_panicked: false }
    }

    fn call<T>(&mut self, call: impl FnOnce(&mut S) -> io::Result<T>) -> io::Result<T> {
        // If it panics, this is what stays.
        if mem::replace(&mut self.has_panicked, true) {
            return Err(io::Error::other("the stream behind has panicked"));
        }
        let result = call(&mut self.stream);
        self.has_panicked = false;
        result
    }
}

/// What is done to the bytes that go through.
struct Cipher<P> {
    stream: Stream<Aes, P>,
    encrypts: bool,
}

impl<P: Padding> Cipher<P> {
    fn new(key: &Aes, iv: &Block, padding: P, encrypts: bool) -> Self {
        Cipher { stream: Stream::new(key.clone(), iv, padding), encrypts }
    }

    /// Takes a piece, in place: what waits will stand before it, and for that there is room at the beginning of `bytes`. Returns
    /// how many bytes it gives.
    fn advance(&mut self, bytes: &mut [u8]) -> usize {
        if self.encrypts { self.stream.encrypt_in_place(bytes) } else { self.stream.decrypt_in_place(bytes) }
    }

    fn finish(&self) -> io::Result<LastBytes> {
        let invalid = |kind, error: Box<dyn core::error::Error + Send + Sync>| io::Error::new(kind, error);
        if self.encrypts {
            self.stream.finish_encryption().map_err(|error| invalid(ErrorKind::InvalidInput, error.into()))
        } else {
            self.stream.finish_decryption().map_err(|error| invalid(ErrorKind::InvalidData, error.into()))
        }
    }
}

/// Encrypts or decrypts what is written to it, and writes that to another writer.
///
/// **[`finish`](Self::finish) must be called**: it writes the last block. Without it the output is cut short; a writer that is
/// dropped unfinished says so on standard error in debug builds, as it can't do more. What it takes is passed on with the next
/// call at the latest, as with `BufWriter`, up to 64 KiB later.
///
/// In decryption, nothing that is passed on was checked by anything, and the padding is looked at in the end: if it is wrong,
/// `finish` returns an error of the kind `InvalidData`, and all that was written is to be thrown away.
///
/// After a panic of the writer behind nobody knows what it has written: then every call that would write returns an error.
///
/// ```
/// use std::io::Write;
/// use roundkey::{Aes256, cbc};
///
/// let (key, iv) = (Aes256::new(&[7; 32]), [9; 16]);
/// let mut writer = cbc::Writer::encrypt(Vec::new(), &key, &iv); // or a file, or a socket
/// for line in ["one line\n", "and another\n"] {
///     writer.write_all(line.as_bytes())?;
/// }
/// let ciphertext = writer.finish()?;
///
/// let mut writer = cbc::Writer::decrypt(Vec::new(), &key, &iv);
/// writer.write_all(&ciphertext)?;
/// assert_eq!(writer.finish()?, b"one line\nand another\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "`finish` writes the last block"]
pub struct Writer<W, P = Pkcs7> {
    inner: Inner<W>,
    cipher: Cipher<P>,
    /// What was taken, and of this the part that is still to be written.
    buffer: Buffer,
    ready: Range<usize>,
    /// Whether the last block is in the buffer, or was.
    ended: bool,
    /// Switched off when all has been written.
    alarm: Alarm,
}

impl<W: Write> Writer<W> {
    /// Begins a message with its IV of 16 bytes; it will be padded by PKCS#7. The IV is not written.
    pub fn encrypt(inner: W, key: &Aes, iv: &Block) -> Self {
        Self::encrypt_with(inner, key, iv, Pkcs7)
    }

    /// Begins a ciphertext with its IV of 16 bytes; the padding is PKCS#7.
    pub fn decrypt(inner: W, key: &Aes, iv: &Block) -> Self {
        Self::decrypt_with(inner, key, iv, Pkcs7)
    }
}

impl<W: Write, P: Padding> Writer<W, P> {
    /// [`encrypt`](Writer::encrypt) with another padding.
    pub fn encrypt_with(inner: W, key: &Aes, iv: &Block, padding: P) -> Self {
        Self::new(inner, Cipher::new(key, iv, padding, true))
    }

    /// [`decrypt`](Writer::decrypt) with another padding.
    pub fn decrypt_with(inner: W, key: &Aes, iv: &Block, padding: P) -> Self {
        Self::new(inner, Cipher::new(key, iv, padding, false))
    }

    fn new(inner: W, cipher: Cipher<P>) -> Self {
        // It never grows: that would leave a copy behind.
        let buffer = Buffer(Vec::with_capacity(MOST_WAITING + PIECE));
        Writer { inner: Inner::new(inner), cipher, buffer, ready: 0..0, ended: false, alarm: Alarm(true) }
    }

    /// The writer behind this one. What is written to it directly comes in between.
    #[must_use]
    pub fn get_ref(&self) -> &W {
        &self.inner.stream
    }

    /// Writes all that is left, the last block included, flushes the writer behind, and gives it back.
    ///
    /// # Errors
    ///
    /// What the writer behind returns; then it is lost, which [`try_finish`](Self::try_finish) avoids. In decryption
    /// `InvalidData` with a [`DecryptError`](crate::DecryptError) inside if the ciphertext is not whole blocks or the padding
    /// is wrong; in encryption `InvalidInput` with an [`EncryptError`](crate::EncryptError) if the message is not whole blocks
    /// and has no padding.
    pub fn finish(mut self) -> io::Result<W> {
        self.try_finish()?;
        Ok(self.inner.stream)
    }

    /// The same, but it may be called again after an error, and goes on where it was.
    ///
    /// # Errors
    ///
    /// As those of [`finish`](Self::finish).
    pub fn try_finish(&mut self) -> io::Result<()> {
        self.send()?;
        if !self.ended {
            let last = self.cipher.finish()?;
            self.buffer.put(0, &last);
            self.ready = 0..last.len();
            self.ended = true;
        }
        self.flush()?;
        self.alarm.0 = false;
        Ok(())
    }

    /// Writes what is ready.
    fn send(&mut self) -> io::Result<()> {
        while !self.ready.is_empty() {
            let ready = &self.buffer.0[self.ready.clone()];
            match self.inner.call(|inner| inner.write(ready)) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                // What it can't have written it has not.
                Ok(written) => self.ready.start += written.min(self.ready.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl<W: Write, P: Padding> Write for Writer<W, P> {
    /// Takes up to 64 KiB, after all from before has been written. After an error nothing was taken.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send()?;
        if self.ended && !bytes.is_empty() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "written to after the end"));
        }
        let piece = &bytes[..bytes.len().min(PIECE)];
        let start = self.cipher.stream.waiting();
        self.buffer.put(0, &[0; MOST_WAITING][..start]);
        self.buffer.put(start, piece);
        self.ready = 0..self.cipher.advance(&mut self.buffer.0[..start + piece.len()]);
        Ok(piece.len())
    }

    /// Writes what is ready and flushes the writer behind. Less than a block, or in decryption a whole one, may have to wait for
    /// more.
    fn flush(&mut self) -> io::Result<()> {
        self.send()?;
        self.inner.call(W::flush)
    }
}

/// Reads from another reader and encrypts or decrypts that.
///
/// In decryption, nothing that is read was checked by anything, and the padding is looked at in the end: if it is wrong, or if
/// the ciphertext is cut off within a block, the last call returns an error of the kind `InvalidData`, as does each one after
/// it, and all that was read is to be thrown away. A ciphertext that is cut off between two blocks is found by its padding as
/// a rule, but only a MAC is certain.
///
/// After a panic of the reader behind nobody knows what it has read: then every call that would read on returns an error.
///
/// ```
/// use std::io::Read;
/// use roundkey::{Aes256, cbc};
///
/// let (key, iv) = (Aes256::new(&[7; 32]), [9; 16]);
/// let mut ciphertext = Vec::new();
/// cbc::Reader::encrypt(&b"from a file, or a socket"[..], &key, &iv).read_to_end(&mut ciphertext)?;
///
/// let mut message = String::new();
/// cbc::Reader::decrypt(&ciphertext[..], &key, &iv).read_to_string(&mut message)?;
/// assert_eq!(message, "from a file, or a socket");
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "it does nothing until it is read"]
pub struct Reader<R, P = Pkcs7> {
    inner: Inner<R>,
    cipher: Cipher<P>,
    /// For reads of a few bytes; empty until there is one.
    buffer: Buffer,
    /// What is ready in it.
    ready: Range<usize>,
    /// Whether the reader behind has come to its end; it isn't asked again.
    exhausted: bool,
    /// Whether the message has: it was right, and its last bytes are ready.
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Begins a message with its IV of 16 bytes; it will be padded by PKCS#7.
    pub fn encrypt(inner: R, key: &Aes, iv: &Block) -> Self {
        Self::encrypt_with(inner, key, iv, Pkcs7)
    }

    /// Begins a ciphertext with its IV of 16 bytes; the padding is PKCS#7.
    pub fn decrypt(inner: R, key: &Aes, iv: &Block) -> Self {
        Self::decrypt_with(inner, key, iv, Pkcs7)
    }
}

impl<R: Read, P: Padding> Reader<R, P> {
    /// [`encrypt`](Reader::encrypt) with another padding.
    pub fn encrypt_with(inner: R, key: &Aes, iv: &Block, padding: P) -> Self {
        Self::new(inner, Cipher::new(key, iv, padding, true))
    }

    /// [`decrypt`](Reader::decrypt) with another padding.
    pub fn decrypt_with(inner: R, key: &Aes, iv: &Block, padding: P) -> Self {
        Self::new(inner, Cipher::new(key, iv, padding, false))
    }

    fn new(inner: R, cipher: Cipher<P>) -> Self {
        let buffer = Buffer(Vec::new());
        Reader { inner: Inner::new(inner), cipher, buffer, ready: 0..0, exhausted: false, ended: false }
    }

    /// Ends the message here, wherever the reader behind is, and gives that back: what was read of it and not returned yet is
    /// lost. It is for reading on behind the end of a message.
    ///
    /// # Errors
    ///
    /// `InvalidData` if the end has not been read, which is when `read` has returned 0: the message would be cut short.
    pub fn finish(self) -> io::Result<R> {
        if self.ended && self.ready.is_empty() {
            return Ok(self.inner.stream);
        }
        Err(io::Error::new(ErrorKind::InvalidData, "not read to the end"))
    }

    /// The reader behind this one.
    #[must_use]
    pub fn get_ref(&self) -> &R {
        &self.inner.stream
    }

    /// Fills `out`, which is longer than two blocks, with as much as one read gives, and returns how much that is; 0 if there
    /// is no more.
    fn fill(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            // What waits will stand before what comes: so it is read to its place, and processed there.
            let start = self.cipher.stream.waiting();
            let room = &mut out[start..];
            let read = if self.exhausted { 0 } else { self.inner.call(|inner| inner.read(room))? };
            if read > room.len() {
                return Err(io::Error::new(
                    ErrorKind::InvalidData,
                    "the reader behind claims to have read more than was asked",
                ));
            }
            if read == 0 {
                return self.end(out);
            }
            let ready = self.cipher.advance(&mut out[..start + read]);
            if ready > 0 {
                return Ok(ready);
            }
        }
    }

    fn end(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.exhausted = true;
        let last = self.cipher.finish()?;
        self.ended = true;
        out[..last.len()].copy_from_slice(&last);
        Ok(last.len())
    }
}

impl<R: Read, P: Padding> Read for Reader<R, P> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if self.ready.is_empty() {
            if self.ended {
                return Ok(0);
            }
            if out.len() >= SHORT {
                return self.fill(out);
            }
            if self.buffer.0.is_empty() {
                self.buffer = Buffer(vec![0; SHORT]);
            }
            let mut buffer = mem::replace(&mut self.buffer, Buffer(Vec::new()));
            let filled = self.fill(&mut buffer.0);
            self.buffer = buffer;
            self.ready = 0..filled?;
        }
        let len = out.len().min(self.ready.len());
        let ready = &self.buffer.0[self.ready.clone()];
        out[..len].copy_from_slice(&ready[..len]);
        self.ready.start += len;
        Ok(len)
    }
}

impl<W, P> fmt::Debug for Writer<W, P> {
    /// Shows the direction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("encrypts", &self.cipher.encrypts).finish_non_exhaustive()
    }
}

impl<R, P> fmt::Debug for Reader<R, P> {
    /// Shows the direction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("encrypts", &self.cipher.encrypts).finish_non_exhaustive()
    }
}
