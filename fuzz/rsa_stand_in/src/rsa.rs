//! Keys, and what stands for encryption under them.

use std::marker::PhantomData;

use pkcs8::{
    ObjectIdentifier, PrivateKeyInfoRef, SubjectPublicKeyInfoRef,
    der::{
        Decode, SliceReader,
        asn1::{AnyRef, UintRef},
    },
};

use crate::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    error::{KeyRejected, Unspecified},
};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The kind of padding and the message's length.
const BEFORE: usize = 3;

#[derive(Clone, Copy, Debug)]
pub enum KeySize {
    Rsa2048,
    Rsa3072,
}

#[derive(Clone)]
pub struct PrivateDecryptingKey {
    modulus: Vec<u8>,
    pkcs8: Vec<u8>,
}

#[derive(Clone)]
pub struct PublicEncryptingKey {
    modulus: Vec<u8>,
}

impl PrivateDecryptingKey {
    /// The same key each time.
    pub fn generate(size: KeySize) -> Result<Self, Unspecified> {
        let modulus = vec![0xb7; if matches!(size, KeySize::Rsa2048) { 256 } else { 384 }];
        let key = sequence(&[&integer(&[0]), &integer(&modulus), &integer(&[1, 0, 1])]);
        let pkcs8 = sequence(&[&integer(&[0]), &algorithm(), &tlv(0x04, &key)]);
        Self::from_pkcs8(&pkcs8).map_err(|_| Unspecified)
    }

    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyRejected> {
        let info = PrivateKeyInfoRef::from_der(pkcs8).map_err(|_| KeyRejected)?;
        let modulus = (info.algorithm.oid == RSA).then(|| modulus(info.private_key.as_bytes(), true)).flatten();
        Ok(PrivateDecryptingKey { modulus: modulus.ok_or(KeyRejected)?, pkcs8: pkcs8.to_vec() })
    }

    pub fn public_key(&self) -> PublicEncryptingKey {
        PublicEncryptingKey { modulus: self.modulus.clone() }
    }
}

impl PublicEncryptingKey {
    pub fn from_der(der: &[u8]) -> Result<Self, KeyRejected> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| KeyRejected)?;
        let key = info.subject_public_key.as_bytes().filter(|_| info.algorithm.oid == RSA).ok_or(KeyRejected)?;
        Ok(PublicEncryptingKey { modulus: modulus(key, false).ok_or(KeyRejected)? })
    }
}

impl AsDer<Pkcs8V1Der<'static>> for PrivateDecryptingKey {
    fn as_der(&self) -> Result<Pkcs8V1Der<'static>, Unspecified> {
        Ok(Pkcs8V1Der(self.pkcs8.clone(), PhantomData))
    }
}

impl AsDer<PublicKeyX509Der<'static>> for PublicEncryptingKey {
    fn as_der(&self) -> Result<PublicKeyX509Der<'static>, Unspecified> {
        let key = sequence(&[&integer(&self.modulus), &integer(&[1, 0, 1])]);
        let bits = [&[0], &key[..]].concat();
        Ok(PublicKeyX509Der(sequence(&[&algorithm(), &tlv(0x03, &bits)]), PhantomData))
    }
}

/// Of RSAPrivateKey, which begins with a version, or of RSAPublicKey (RFC 8017, appendix A.1); of 2048 to 8192 bits.
fn modulus(key: &[u8], is_private: bool) -> Option<Vec<u8>> {
    let mut fields = SliceReader::new(AnyRef::from_der(key).ok()?.value()).ok()?;
    if is_private {
        UintRef::decode(&mut fields).ok()?;
    }
    let modulus = UintRef::decode(&mut fields).ok()?.as_bytes();
    (256..=1024).contains(&modulus.len()).then(|| modulus.to_vec())
}

pub struct OaepAlgorithm(u8);

pub const OAEP_SHA1_MGF1SHA1: OaepAlgorithm = OaepAlgorithm(1);
pub const OAEP_SHA256_MGF1SHA256: OaepAlgorithm = OaepAlgorithm(2);
const PKCS1: u8 = 3;

impl OaepAlgorithm {
    /// Two hashes and two bytes more than the message has.
    fn overhead(&self) -> usize {
        2 * if self.0 == 1 { 20 } else { 32 } + 2
    }
}

pub struct OaepPublicEncryptingKey(PublicEncryptingKey);

impl OaepPublicEncryptingKey {
    pub fn new(key: PublicEncryptingKey) -> Result<Self, Unspecified> {
        Ok(OaepPublicEncryptingKey(key))
    }

    pub fn ciphertext_size(&self) -> usize {
        self.0.modulus.len()
    }

    pub fn max_plaintext_size(&self, algorithm: &OaepAlgorithm) -> usize {
        self.0.modulus.len() - algorithm.overhead()
    }

    pub fn encrypt<'c>(
        &self,
        algorithm: &OaepAlgorithm,
        plaintext: &[u8],
        ciphertext: &'c mut [u8],
        _: Option<&[u8]>,
    ) -> Result<&'c mut [u8], Unspecified> {
        wrap(&self.0.modulus, algorithm.0, algorithm.overhead(), plaintext, ciphertext)
    }
}

pub struct OaepPrivateDecryptingKey(PrivateDecryptingKey);

impl OaepPrivateDecryptingKey {
    pub fn new(key: PrivateDecryptingKey) -> Result<Self, Unspecified> {
        Ok(OaepPrivateDecryptingKey(key))
    }

    pub fn min_output_size(&self) -> usize {
        self.0.modulus.len()
    }

    pub fn decrypt<'p>(
        &self,
        algorithm: &OaepAlgorithm,
        ciphertext: &[u8],
        plaintext: &'p mut [u8],
        _: Option<&[u8]>,
    ) -> Result<&'p mut [u8], Unspecified> {
        unwrap(&self.0.modulus, algorithm.0, algorithm.overhead(), ciphertext, plaintext)
    }
}

/// As PKCS#1 v1.5 has it: three bytes, and eight or more of padding.
const PKCS1_OVERHEAD: usize = 11;

pub struct Pkcs1PublicEncryptingKey(PublicEncryptingKey);

impl Pkcs1PublicEncryptingKey {
    pub fn new(key: PublicEncryptingKey) -> Result<Self, Unspecified> {
        Ok(Pkcs1PublicEncryptingKey(key))
    }

    pub fn ciphertext_size(&self) -> usize {
        self.0.modulus.len()
    }

    pub fn encrypt<'c>(&self, plaintext: &[u8], ciphertext: &'c mut [u8]) -> Result<&'c mut [u8], Unspecified> {
        wrap(&self.0.modulus, PKCS1, PKCS1_OVERHEAD, plaintext, ciphertext)
    }
}

pub struct Pkcs1PrivateDecryptingKey(PrivateDecryptingKey);

impl Pkcs1PrivateDecryptingKey {
    pub fn new(key: PrivateDecryptingKey) -> Result<Self, Unspecified> {
        Ok(Pkcs1PrivateDecryptingKey(key))
    }

    pub fn min_output_size(&self) -> usize {
        self.0.modulus.len()
    }

    pub fn decrypt<'p>(&self, ciphertext: &[u8], plaintext: &'p mut [u8]) -> Result<&'p mut [u8], Unspecified> {
        unwrap(&self.0.modulus, PKCS1, PKCS1_OVERHEAD, ciphertext, plaintext)
    }
}

fn wrap<'c>(
    modulus: &[u8],
    padding: u8,
    overhead: usize,
    message: &[u8],
    ciphertext: &'c mut [u8],
) -> Result<&'c mut [u8], Unspecified> {
    let out = ciphertext.get_mut(..modulus.len()).ok_or(Unspecified)?;
    if message.len() > modulus.len() - overhead {
        return Err(Unspecified);
    }
    out.copy_from_slice(modulus);
    out[0] = padding;
    out[1..BEFORE].copy_from_slice(&(message.len() as u16).to_be_bytes());
    out[BEFORE..][..message.len()].copy_from_slice(message);
    Ok(out)
}

fn unwrap<'p>(
    modulus: &[u8],
    padding: u8,
    overhead: usize,
    ciphertext: &[u8],
    plaintext: &'p mut [u8],
) -> Result<&'p mut [u8], Unspecified> {
    if ciphertext.len() != modulus.len() || plaintext.len() < modulus.len() || ciphertext[0] != padding {
        return Err(Unspecified);
    }
    let len = usize::from(u16::from_be_bytes([ciphertext[1], ciphertext[2]]));
    if len > modulus.len() - overhead || ciphertext[BEFORE + len..] != modulus[BEFORE + len..] {
        return Err(Unspecified);
    }
    let out = &mut plaintext[..len];
    out.copy_from_slice(&ciphertext[BEFORE..][..len]);
    Ok(out)
}

/// rsaEncryption, with a NULL for parameters.
fn algorithm() -> Vec<u8> {
    sequence(&[&tlv(0x06, RSA.as_bytes()), &tlv(0x05, &[])])
}

fn sequence(fields: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &fields.concat())
}

/// Of a number that is not negative: with a zero before it where it would be taken for one.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let zero = if bytes[0] >= 0x80 { &[0][..] } else { &[] };
    tlv(0x02, &[zero, bytes].concat())
}

/// DER: tag, length, content.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len();
    let len = if len < 0x80 { vec![len as u8] } else { [&[0x82][..], &(len as u16).to_be_bytes()].concat() };
    let len = if len.len() == 3 && len[1] == 0 { vec![0x81, len[2]] } else { len };
    [&[tag][..], &len, content].concat()
}
