//! Messages over HTTP, encrypted under a password: the library of the program of that name, in `src/bin/`.
//!
//! | form | request | stands in |
//! |---|---|---|
//! | modern | `POST /message`, JSON | [`modern`], with [`keys`] and [`replays`] on the server's side |
//! | classic | `GET /get?text=…&now=…` | [`classic`] |
//!
//! The formats know nothing of sockets; [`server`] and [`client`] know little else.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub mod classic;
pub mod client;
pub mod keys;
pub mod modern;
pub mod replays;
pub mod server;

/// The name under which the program speaks on stderr.
pub const NAME: &str = "http_message";

/// What a server answers who has received a message.
pub const OK: &str = "OK";

/// Unix time.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Unix time in milliseconds, as the modern form has it.
fn now_in_milliseconds() -> u64 {
    u64::try_from(now().as_millis()).unwrap_or(u64::MAX)
}
