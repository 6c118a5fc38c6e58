//! A short message directly under RSA-OAEP with SHA-1, as PyCryptodome's `PKCS1_OAEP.new(key).encrypt(message)` makes it. It is as long as
//! the RSA key; the message can have 42 bytes less.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use zeroize::Zeroizing;

use super::NOT_FOR_THIS_KEY;
use crate::Result;

pub const WEAKNESSES: [&str; 2] = [
    "this form is for a few bytes, and with each more than one it is the slowest way there is",
    "its SHA-1 is broken for other uses; nobody knows how to use that here, but new programs take SHA-256",
];

pub fn encrypt(to: &PublicEncryptingKey, message: &[u8]) -> Result<Vec<u8>> {
    let to = OaepPublicEncryptingKey::new(to.clone())?;
    let most = to.max_plaintext_size(&OAEP_SHA1_MGF1SHA1);
    if message.len() > most {
        return Err(format!("this form holds at most {most} bytes under this key").into());
    }
    let mut ciphertext = vec![0; to.ciphertext_size()];
    to.encrypt(&OAEP_SHA1_MGF1SHA1, message, &mut ciphertext, None)?;
    Ok(ciphertext)
}

pub fn decrypt(with: &PrivateDecryptingKey, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let with = OaepPrivateDecryptingKey::new(with.clone())?;
    let mut message = Zeroizing::new(vec![0; with.min_output_size()]);
    let decrypted = with.decrypt(&OAEP_SHA1_MGF1SHA1, ciphertext, &mut message, None);
    let len = decrypted.map_err(|_| NOT_FOR_THIS_KEY)?.len();
    message.truncate(len);
    Ok(message)
}
