//! **No RSA**: what `examples/messages` calls of the crate `aws-lc-rs`, in its place while fuzzing. It is C, which takes minutes
//! to compile and is fuzzed elsewhere; and what the formats do with a key or a ciphertext doesn't depend on it.
//!
//! Keys are read from the same DER and have the same sizes. A ciphertext is as long as its key's modulus and hides nothing:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | which padding |
//! | 2 | length of the message, big-endian |
//! | as many | the message |
//! | the rest | of the modulus, so that another key is noticed |

pub mod encoding;
pub mod error;
pub mod rsa;
