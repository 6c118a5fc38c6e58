//! The server: receives texts, prints them, and says that it did.

use std::{net::SocketAddr, sync::Arc, thread, time::Duration};

use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::spawn_blocking,
    time::sleep,
};

use super::{
    NAME, classic,
    modern::{self, Message},
    wire::{Timeouts, Wire},
};
use crate::{
    Result,
    terminal::{log, print_async},
};

/// More have to wait until one ends. The timeouts see to that, but whoever wants to can keep all of them busy.
const MAX_CONNECTIONS: usize = 1024;

/// Of large messages at a time; small ones don't wait for them.
const MAX_LARGE: usize = 64;

pub struct Server {
    form: Form,
    timeouts: Timeouts,
    /// RSA is slow: as many at once as there are cores, in the order in which they came.
    rsa: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

enum Form {
    Modern(Arc<OaepPrivateDecryptingKey>),
    Classic(Arc<classic::Server>),
}

impl Server {
    pub fn new(key: PrivateDecryptingKey, classic: bool, timeouts: Timeouts) -> Result<Self> {
        let form = if classic {
            Form::Classic(Arc::new(classic::Server::new(key)?))
        } else {
            Form::Modern(Arc::new(OaepPrivateDecryptingKey::new(key)?))
        };
        let cores = thread::available_parallelism()?.get();
        let [rsa, large] = [cores, MAX_LARGE].map(|places| Arc::new(Semaphore::new(places)));
        Ok(Server { form, timeouts, rsa, large })
    }

    /// Serves whoever comes, until the future is dropped.
    pub async fn serve(self, listener: TcpListener) -> Result<()> {
        let server = Arc::new(self);
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let place = places.clone().acquire_owned().await?;
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let server = server.clone();
                    tokio::spawn(async move {
                        server.talk(stream, peer).await;
                        drop(place);
                    });
                }
                // Of the system, as too many open files: others may have closed theirs in a second.
                Err(error) => {
                    log(&format!("{NAME}: {error}"));
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Talks until the end, and closes the connection; where something is wrong after a line in the log, and without a word to
    /// the client.
    async fn talk(&self, stream: TcpStream, peer: SocketAddr) {
        let mut wire = Wire::new(stream, self.timeouts, self.large.clone());
        let result = match &self.form {
            Form::Modern(key) => self.talk_modern(&mut wire, key).await,
            Form::Classic(key) => self.talk_classic(&mut wire, key).await,
        };
        if let Err(error) = result {
            log(&format!("{NAME}: {peer}: {error}"));
        }
    }

    async fn talk_modern(&self, wire: &mut Wire, key: &Arc<OaepPrivateDecryptingKey>) -> Result<()> {
        let hello = modern::hello()?;
        wire.write_frame(&hello).await?;
        let wrapped = wire.read_frame(modern::MAX_WRAPPED, self.timeouts.handshake).await?;
        let key = key.clone();
        let mut channel = self.in_turn(move || modern::accept(&key, &hello, &wrapped)).await?;
        loop {
            let sealed = wire.read_frame(modern::MAX_FRAME, self.timeouts.idle).await?;
            match channel.open(&sealed)? {
                Message::Text(text) => {
                    modern::check_len(&text)?;
                    let reply = channel.seal(Message::Text(&format!("received: {text}")))?;
                    print_async(text).await;
                    wire.write_frame(&reply).await?;
                }
                Message::End => return wire.write_frame(&channel.seal(Message::End)?).await,
            }
        }
    }

    async fn talk_classic(&self, wire: &mut Wire, key: &Arc<classic::Server>) -> Result<()> {
        while let Some(request) = wire.read_until(classic::END, classic::MAX_LEN).await? {
            let key = key.clone();
            let answer = move || {
                let (text, session) = key.open(&request)?;
                let reply = session.reply(&text)?;
                Ok((text, reply))
            };
            let (text, reply) = self.in_turn(answer).await?;
            print_async(text).await;
            wire.write(&reply).await?;
        }
        Ok(())
    }

    /// Does what takes long where nobody waits for it but this connection.
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turn = self.rsa.clone().acquire_owned().await?;
        let work = move || {
            let result = work();
            drop(turn);
            result
        };
        spawn_blocking(work).await?
    }
}
