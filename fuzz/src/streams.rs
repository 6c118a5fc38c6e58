//! A stream over memory that does at each call what its script says: readers and writers may do all of this.

use std::{
    io::{self, ErrorKind, Read, Write},
    panic::resume_unwind,
};

/// What a stream does at its calls, again and again.
#[derive(Clone, Debug)]
pub struct Script {
    moods: Vec<u8>,
    next: usize,
    panics: bool,
}

/// That a panic wasn't a mistake.
pub struct Planned;

impl Script {
    /// If all it ever did was to fail, nobody would come to an end.
    pub fn new(mut moods: Vec<u8>) -> Self {
        moods.push(100);
        Script { moods, next: 0, panics: false }
    }

    /// The same, with panics instead of some of the errors.
    pub fn with_panics(self) -> Self {
        Script { panics: true, ..self }
    }

    /// How many of at most `most` bytes this call takes or gives, if there are as many as `least`; and then how many it says they
    /// were.
    fn mood(&mut self, least: usize, most: usize) -> io::Result<(usize, usize)> {
        let mood = self.moods[self.next % self.moods.len()];
        self.next += 1;
        match mood {
            0..=199 => {
                let len = most.min(usize::from(mood).max(least));
                Ok((len, len))
            }
            200..=219 => Ok((most, most)),
            220..=227 => Err(ErrorKind::Interrupted.into()),
            228..=233 => Err(ErrorKind::WouldBlock.into()),
            234..=239 => Err(ErrorKind::Other.into()),
            // More than there was room for: what was done doesn't matter, nobody may believe it.
            240..=244 => Ok((0, most + 1 + usize::from(mood - 240))),
            245..=247 => Ok((0, usize::MAX)),
            // Not `panic!`: for that the fuzzer would stop.
            _ if self.panics => resume_unwind(Box::new(Planned)),
            _ => Err(ErrorKind::TimedOut.into()),
        }
    }
}

pub struct Moody {
    pub script: Script,
    pub bytes: Vec<u8>,
    pub read: usize,
    pub flushed: usize,
}

impl Moody {
    pub fn new(script: Script, bytes: &[u8]) -> Self {
        Moody { script, bytes: bytes.to_vec(), read: 0, flushed: 0 }
    }
}

impl Read for Moody {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = out.len().min(self.bytes.len() - self.read);
        let (len, said) = self.script.mood(1, most)?;
        out[..len].copy_from_slice(&self.bytes[self.read..][..len]);
        self.read += len;
        // It is a lie only if it is more than was asked for.
        Ok(if said > len { out.len().saturating_add(said) } else { said })
    }
}

impl Write for Moody {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // None is an error for who writes, and may pass as well; for who reads it would be the end.
        let (len, said) = self.script.mood(0, bytes.len())?;
        // Who claims to have taken more than all has taken all.
        let len = if said > len { bytes.len() } else { len };
        self.bytes.extend_from_slice(&bytes[..len]);
        Ok(said)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed = self.bytes.len();
        Ok(())
    }
}
