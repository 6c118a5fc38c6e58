//! The client: sends texts, one after the other, and prints the replies.

use std::{io, sync::Arc};

use aws_lc_rs::rsa::{OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use tokio::{net::TcpStream, sync::Semaphore};

use super::{
    classic,
    modern::{self, Message},
    wire::{Timeouts, Wire, in_time},
};
use crate::{Result, terminal::print};

/// Sends all of them on one connection.
pub async fn send(
    address: &str,
    key: PublicEncryptingKey,
    classic: bool,
    texts: impl Iterator<Item = io::Result<String>>,
    timeouts: Timeouts,
) -> Result<()> {
    let connect = async { Ok(TcpStream::connect(address).await?) };
    let stream = in_time(timeouts.handshake, "trying to connect", connect).await?;
    let wire = Wire::new(stream, timeouts, Arc::new(Semaphore::new(1)));
    if classic { send_classic(wire, key, texts).await } else { send_modern(wire, key, texts).await }
}

async fn send_modern(
    mut wire: Wire,
    key: PublicEncryptingKey,
    texts: impl Iterator<Item = io::Result<String>>,
) -> Result<()> {
    let hello = wire.read_frame(modern::HELLO_LEN, wire.timeouts.handshake).await?;
    let (wrapped, mut channel) = modern::answer(&OaepPublicEncryptingKey::new(key)?, &hello)?;
    wire.write_frame(&wrapped).await?;
    for text in texts {
        let text = text?;
        modern::check_len(&text)?;
        match exchange(&mut wire, &mut channel, Message::Text(&text)).await? {
            Message::Text(reply) => print(&reply),
            Message::End => return Err("the server ended the conversation".into()),
        }
    }
    // Without it, and the server's, neither side knew that nothing is missing.
    match exchange(&mut wire, &mut channel, Message::End).await? {
        Message::End => Ok(()),
        Message::Text(_) => Err("the server had more to say than it was asked".into()),
    }
}

async fn exchange(wire: &mut Wire, channel: &mut modern::Channel, message: Message<&str>) -> Result<Message<String>> {
    wire.write_frame(&channel.seal(message)?).await?;
    channel.open(&wire.read_frame(modern::MAX_FRAME, wire.timeouts.idle).await?)
}

async fn send_classic(
    mut wire: Wire,
    key: PublicEncryptingKey,
    texts: impl Iterator<Item = io::Result<String>>,
) -> Result<()> {
    let key = Pkcs1PublicEncryptingKey::new(key)?;
    for text in texts {
        let (request, session) = classic::request(&key, &text?)?;
        wire.write(&request).await?;
        let reply = wire.read_until(classic::END, classic::MAX_LEN).await?;
        print(&session.open_reply(&reply.ok_or("the server closed the connection without a reply")?)?);
    }
    Ok(())
}
