//! What the formats have in common.

use std::{io::Write, panic::resume_unwind, sync::mpsc, thread};

use roundkey::Block;
use zeroize::Zeroizing;

use crate::{
    Result,
    files::{Input, Output, fill},
};

/// How much is read and written at a time. For a fuzzer less, as its files are short.
pub const CHUNK: usize = if cfg!(fuzzing) { 1 << 7 } else { 1 << 16 };
pub const BLOCK_LEN: usize = size_of::<Block>();

/// How a file is encrypted, with what stands at its beginning: salt, IV and the like.
pub trait Format: Sized {
    /// What is weak about it.
    fn weaknesses(&self) -> Vec<String>;

    /// For a new file. `iterations` are those that were asked for.
    fn random(iterations: Option<u32>) -> Result<Self>;

    /// For a file that is there, of which this reads the beginning.
    fn read(input: &mut Input, iterations: Option<u32>) -> Result<Self>;

    /// Writes the whole file.
    fn encrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()>;

    /// Writes the decrypted file, from what follows its beginning. Only when this has returned `Ok` was it right.
    fn decrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()>;
}

/// What is done with the chunks of a file on their way from the one to the other.
pub struct Work<Read, Transform, Written> {
    /// Looks at what was read.
    pub read: Read,
    pub transform: Transform,
    /// Looks at what is about to be written.
    pub write: Written,
}

impl<Transform: FnMut(&mut [u8])> Work<fn(&[u8]), Transform, fn(&[u8])> {
    /// Nobody looks.
    pub fn only(transform: Transform) -> Self {
        Work { read: |_| {}, transform, write: |_| {} }
    }
}

type Buffer = Zeroizing<Vec<u8>>;

/// One to be read into, one in work, one to be written, and the others to wait between: 8 MiB in all, so that the work goes on for
/// the milliseconds in which the disk takes nothing.
const BUFFERS: usize = 128;

/// Takes each [`CHUNK`] of the file through the work, and writes it. Returns the rest, which is shorter, untouched, and its length; of
/// a file that ends with something else than the rest, so many bytes are always kept back for the rest. There is room for
/// one more block behind it.
///
/// Reading, working and writing happen at the same time, in three threads: CBC encryption is as slow as many a disk, and a MAC
/// takes half as long again.
pub fn in_chunks(
    input: &mut Input,
    output: &mut Output,
    kept_back: usize,
    work: Work<impl FnMut(&[u8]) + Send, impl FnMut(&mut [u8]), impl FnMut(&[u8]) + Send>,
) -> Result<(Buffer, usize)> {
    let Work { read: mut look_at_read, mut transform, write: mut look_at_written } = work;
    let full = CHUNK + kept_back;
    let (return_empty, empty) = mpsc::channel();
    let (hand_on_read, read) = mpsc::channel::<Buffer>();
    let (hand_on_done, done) = mpsc::channel::<Buffer>();
    for _ in 0..BUFFERS {
        return_empty.send(Zeroizing::new(vec![0; full + BLOCK_LEN]))?;
    }
    // Who can't go on ends, and with it its ends of the channels, so that the others do, too.
    thread::scope(|scope| {
        let reader = scope.spawn(move || -> Result<(Buffer, usize)> {
            let mut buffer = empty.recv()?;
            let mut len = fill(&mut *input, &mut buffer[..full])?;
            while len == full {
                let mut next = empty.recv()?;
                next[..kept_back].copy_from_slice(&buffer[CHUNK..full]);
                look_at_read(&buffer[..CHUNK]);
                hand_on_read.send(buffer)?;
                buffer = next;
                len = kept_back + fill(&mut *input, &mut buffer[kept_back..full])?;
            }
            Ok((buffer, len))
        });
        let writer = scope.spawn(move || -> Result<()> {
            for buffer in done {
                look_at_written(&buffer[..CHUNK]);
                output.write_all(&buffer[..CHUNK])?;
                // The reader may have read all.
                let _ = return_empty.send(buffer);
            }
            Ok(())
        });
        for mut buffer in read {
            transform(&mut buffer[..CHUNK]);
            if hand_on_done.send(buffer).is_err() {
                break;
            }
        }
        drop(hand_on_done);
        let (read, written) = (reader.join(), writer.join());
        written.unwrap_or_else(|panic| resume_unwind(panic))?;
        read.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// The next `N` bytes, if there are as many.
pub fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}
