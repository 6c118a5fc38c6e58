//! The formats of `examples/encrypt_file` and `examples/messages`, the programs' own sources, as a library: with files that are
//! only memory, so that a fuzzer gets through thousands in a second, and without what talks over networks, which takes long to
//! compile.

use std::error::Error;

pub mod files;

#[path = "../../../examples/encrypt_file"]
mod encrypt_file {
    pub mod format;
    pub mod modern;
    pub mod openssl;
    pub mod pycrypto;
}
// There they are at the root of the program.
pub use encrypt_file::{format, modern, openssl, pycrypto};

#[path = "../../../examples/messages/src"]
mod messages {
    pub mod end_to_end;
    pub mod keys;
    pub mod http_message {
        pub mod classic;
        pub mod modern;
    }
    pub mod hybrid_socket {
        pub mod classic;
        pub mod modern;
    }
}
pub use messages::{end_to_end, http_message, hybrid_socket, keys};

/// As `encrypt_file` has it.
pub const MAX_ITERATIONS: u32 = 10_000_000;

pub type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;
