//! Texts for a server, encrypted under its public key: RSA for a secret, AES for the texts, over TCP.
//!
//! [`modern`] and [`classic`] are the two forms that this has, without any connection; [`server`] and [`client`] talk over
//! [`wire`].

pub mod classic;
pub mod client;
pub mod modern;
pub mod server;
pub mod wire;

/// Of the program, as it stands before what it says.
pub const NAME: &str = "hybrid_socket";
