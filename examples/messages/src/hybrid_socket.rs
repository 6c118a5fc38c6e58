//! Texts for a server, encrypted under its public key: RSA for a secret, AES for the texts, over TCP.

pub mod classic;
pub mod modern;
