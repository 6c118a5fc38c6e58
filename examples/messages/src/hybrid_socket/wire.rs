//! A connection, where everything is bounded: how much is read, and how long one waits.

use std::{
    error::Error,
    io::{self, ErrorKind},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::modern::{frame, frame_len};
use crate::Result;

const CUT_OFF: &str = "the other side closed the connection before the end";

/// How long one waits for the other side.
#[derive(Clone, Copy)]
pub struct Timeouts {
    pub handshake: Duration,
    /// For all of the next message, so that it doesn't help to send it byte by byte.
    pub idle: Duration,
    pub writing: Duration,
}

impl Timeouts {
    /// None of them longer than so many seconds.
    pub fn at_most(seconds: Option<u64>) -> Self {
        let [handshake, idle, writing] =
            [10, 60, 10].map(|usual| Duration::from_secs(seconds.map_or(usual, |seconds| seconds.min(usual))));
        Timeouts { handshake, idle, writing }
    }
}

/// A message may take so much memory at any time. For more it needs a place among the large ones, of which there are few: or
/// everybody together could have more than there is.
const SMALL: usize = 1 << 16;

pub struct Wire {
    stream: BufReader<TcpStream>,
    pub timeouts: Timeouts,
    large: Arc<Semaphore>,
    /// If the latest message was large: until the next one is read, as its answer is as large.
    place: Option<OwnedSemaphorePermit>,
}

impl Wire {
    /// `large` has a permit for each large message that there may be at a time, in all connections that share it.
    pub fn new(stream: TcpStream, timeouts: Timeouts, large: Arc<Semaphore>) -> Self {
        // Each message waits for its answer: nothing is gained by holding back the last bytes. It would work without, only slower.
        let _ = stream.set_nodelay(true);
        Wire { stream: BufReader::new(stream), timeouts, large, place: None }
    }

    /// The next frame of the modern form, if it has at most `max` bytes.
    pub async fn read_frame(&mut self, max: usize, within: Duration) -> Result<Vec<u8>> {
        self.place = None;
        in_time(within, "waiting for the next message", async {
            let mut len = [0; 4];
            self.stream.read_exact(&mut len).await.map_err(cut_off)?;
            let len = frame_len(len, max)?;
            if len > SMALL {
                self.place = Some(self.large.clone().acquire_owned().await?);
            }
            // It takes no more memory than has really come.
            let mut content = Vec::new();
            (&mut self.stream).take(len as u64).read_to_end(&mut content).await.map_err(cut_off)?;
            if content.len() < len { Err(CUT_OFF.into()) } else { Ok(content) }
        })
        .await
    }

    pub async fn write_frame(&mut self, content: &[u8]) -> Result<()> {
        self.write(&frame(content)?).await
    }

    /// What comes before the next `end`, if there is more than white space, and if that has at most `max` bytes with its `end`.
    pub async fn read_until(&mut self, end: u8, max: usize) -> Result<Option<Vec<u8>>> {
        self.place = None;
        in_time(self.timeouts.idle, "waiting for the next message", async {
            let mut content = Vec::new();
            (&mut self.stream).take(SMALL as u64).read_until(end, &mut content).await.map_err(cut_off)?;
            if content.len() == SMALL && content.last() != Some(&end) {
                self.place = Some(self.large.clone().acquire_owned().await?);
                let rest = (max - SMALL) as u64;
                (&mut self.stream).take(rest).read_until(end, &mut content).await.map_err(cut_off)?;
            }
            match content.pop_if(|last| *last == end) {
                Some(_) => Ok(Some(content)),
                None if content.trim_ascii().is_empty() => Ok(None),
                None if content.len() == max => {
                    Err(format!("a message without an end: at most {max} bytes are allowed").into())
                }
                None => Err(CUT_OFF.into()),
            }
        })
        .await
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        in_time(self.timeouts.writing, "waiting for the other side to read", async {
            self.stream.write_all(bytes).await.map_err(cut_off)
        })
        .await
    }
}

/// As long as it takes and no longer than `within`.
pub async fn in_time<T>(within: Duration, what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let late = |_| format!("timed out after {} s of {what}", within.as_secs());
    timeout(within, work).await.map_err(late)?
}

/// The system has many words for that.
fn cut_off(error: io::Error) -> Box<dyn Error + Send + Sync> {
    match error.kind() {
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => CUT_OFF.into(),
        _ => error.into(),
    }
}
