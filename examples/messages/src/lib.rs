//! What the programs in `src/bin/` have in common, and their formats, apart from files, sockets and command lines, so that they
//! can be tested alone.
//!
//! Each has a modern form, which is the default, and a classic one: that of Python programs with PyCrypto in countless tutorials, to
//! talk to those that are there. The classic ones say on stderr what is weak about them.

use std::error::Error;

pub mod end_to_end;
#[path = "../../shared/files.rs"]
pub mod files;
pub mod http_message;
pub mod hybrid_socket;
pub mod keys;
#[path = "../../shared/password.rs"]
pub mod password;
pub mod terminal;

pub type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;
