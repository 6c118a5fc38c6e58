//! RSA keys, in the PEM files that every other program reads and writes.
//!
//! | file | what |
//! |---|---|
//! | `PRIVATE KEY` | PKCS#8 (RFC 5208) |
//! | `ENCRYPTED PRIVATE KEY` | the same under a password: PBES2 (RFC 8018) with PBKDF2, or to read scrypt, and AES-CBC |
//! | `RSA PRIVATE KEY` | PKCS#1; read only |
//! | `PUBLIC KEY` | `SubjectPublicKeyInfo` (RFC 5280) |
//! | `RSA PUBLIC KEY` | PKCS#1; read only |
//!
//! What is done with the keys does AWS-LC. The crate `rsa` would do as well but for its private key's timing, which it can't keep from
//! who watches over a network (RUSTSEC-2023-0071, without a fix in any release). AWS-LC takes keys of 2048 to 8192 bits.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeySize, PrivateDecryptingKey, PublicEncryptingKey},
};
use pbkdf2::pbkdf2_hmac;
use pkcs8::{
    AlgorithmIdentifierRef, EncryptedPrivateKeyInfo, EncryptedPrivateKeyInfoRef, LineEnding, ObjectIdentifier,
    PrivateKeyInfoRef, SubjectPublicKeyInfoRef,
    der::{
        Decode, Document, SecretDocument,
        asn1::{AnyRef, BitStringRef, OctetStringRef},
    },
    pkcs5::{self, pbes2},
};
use roundkey::{Aes, Block, cbc};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::{Result, files::about};

pub const PRIVATE: &str = "private.pem";
pub const PUBLIC: &str = "public.pem";

/// OWASP's advice for PBKDF2-HMAC-SHA-256 since 2023. (A fuzzer has no time for that.)
const ITERATIONS: u32 = if cfg!(fuzzing) { 2 } else { 600_000 };
/// A file could ask for hours of work.
const MAX_ITERATIONS: u32 = if cfg!(fuzzing) { 20 } else { 10_000_000 };
/// Or for more memory than there is.
const MAX_SCRYPT_MEMORY: u64 = if cfg!(fuzzing) { 1 << 13 } else { 1 << 28 };
const MAX_SCRYPT_PARALLELIZATION: u16 = 16;

/// rsaEncryption, with a NULL for parameters.
const RSA: AlgorithmIdentifierRef = AlgorithmIdentifierRef {
    oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"),
    parameters: Some(AnyRef::NULL),
};

/// Makes an RSA key of 3072 bits and writes [`PRIVATE`], encrypted if there is a password, and [`PUBLIC`] into the folder, which is made
/// if it isn't there. A key that is there already stays: what was encrypted under it needs it.
pub fn create(folder: &Path, password: Option<&str>) -> Result<()> {
    fs::create_dir_all(folder).map_err(about(folder))?;
    let paths = [PRIVATE, PUBLIC].map(|name| folder.join(name));
    for path in &paths {
        // A link to nothing, too, is something.
        if path.is_symlink() || path.exists() {
            return Err(format!("{}: is there already, and stays", path.display()).into());
        }
    }
    let key = PrivateDecryptingKey::generate(KeySize::Rsa3072)?;
    let private = AsDer::as_der(&key)?;
    let private = match password {
        None => SecretDocument::try_from(private.as_ref())?.to_pem("PRIVATE KEY", LineEnding::LF)?,
        Some(password) => encrypt(private.as_ref(), password)?.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF)?,
    };
    let public =
        Document::try_from(AsDer::as_der(&key.public_key())?.as_ref())?.to_pem("PUBLIC KEY", LineEnding::LF)?;
    write_new(folder, &paths[0], private.as_bytes(), 0o600)?;
    write_new(folder, &paths[1], public.as_bytes(), 0o644)
}

/// Writes a file that isn't there yet, completely or not at all. What `mode` grants, Unix's mask may take away.
fn write_new(folder: &Path, path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    let mut temporary = builder.tempfile_in(folder).map_err(about(folder))?;
    temporary.write_all(content).and_then(|()| temporary.as_file().sync_all()).map_err(about(path))?;
    temporary.persist_noclobber(path).map_err(|error| about(path)(error.error))?;
    Ok(())
}

/// The private key of a file. The password is asked for if it is encrypted.
pub fn read_private(path: &Path, password: impl FnOnce() -> Result<Zeroizing<String>>) -> Result<PrivateDecryptingKey> {
    let text = read(path)?;
    let (label, document) = pem(&text).ok_or_else(|| no_pem(path))?;
    let pkcs8 = match label {
        "PRIVATE KEY" => document.to_bytes(),
        "ENCRYPTED PRIVATE KEY" => {
            let encrypted = document.decode_msg::<EncryptedPrivateKeyInfoRef>().map_err(|_| damaged(path))?;
            // Before anybody types a password for nothing.
            let scheme =
                Scheme::new(&encrypted.encryption_algorithm).map_err(|error| format!("{}: {error}", path.display()))?;
            let key = scheme.key(&password()?)?;
            let decrypted = cbc::decrypt(&key, &scheme.iv, encrypted.encrypted_data.as_ref());
            let pkcs8 = decrypted.map(Zeroizing::new).ok().filter(|pkcs8| PrivateKeyInfoRef::from_der(pkcs8).is_ok());
            pkcs8.ok_or_else(|| format!("wrong password for {}, or it is damaged", path.display()))?
        }
        "RSA PRIVATE KEY" => {
            let key = OctetStringRef::new(document.as_bytes())?;
            SecretDocument::encode_msg(&PrivateKeyInfoRef::new(RSA, key))?.to_bytes()
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => {
            return Err(format!("{}: is a public key, and it takes the private one", path.display()).into());
        }
        _ => return Err(no_pem(path).into()),
    };
    PrivateDecryptingKey::from_pkcs8(&pkcs8).map_err(|_| no_rsa_key(path).into())
}

/// The public key of a file.
pub fn read_public(path: &Path) -> Result<PublicEncryptingKey> {
    let text = read(path)?;
    let (label, document) = pem(&text).ok_or_else(|| no_pem(path))?;
    let info = match label {
        "PUBLIC KEY" => document.to_bytes(),
        "RSA PUBLIC KEY" => {
            let subject_public_key = BitStringRef::from_bytes(document.as_bytes())?;
            SecretDocument::encode_msg(&SubjectPublicKeyInfoRef { algorithm: RSA, subject_public_key })?.to_bytes()
        }
        "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" | "RSA PRIVATE KEY" => {
            return Err(format!("{}: is a private key, and it takes the public one", path.display()).into());
        }
        _ => return Err(no_pem(path).into()),
    };
    PublicEncryptingKey::from_der(&info).map_err(|_| no_rsa_key(path).into())
}

/// No key is as long as that, but a file may be.
const MAX_LEN: usize = 1 << 16;

fn read(path: &Path) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(MAX_LEN));
    let file = File::open(path).map_err(about(path))?;
    match file.take(MAX_LEN as u64).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(no_pem(path).into()),
        Err(error) => Err(about(path)(error).into()),
    }
}

/// What stands between BEGIN and END. Other programs put words before and behind it.
fn pem(text: &str) -> Option<(&str, SecretDocument)> {
    let (_, begin) = text.split_at_checked(text.find("-----BEGIN ")?)?;
    let end = begin.find("-----END ")?;
    let len = end + begin[end..].find('\n').unwrap_or(begin.len() - end);
    SecretDocument::from_pem(begin[..len].trim_end()).ok()
}

/// PBES2 (RFC 8018, section 6.2) with PBKDF2-HMAC-SHA-256 and AES-256-CBC.
fn encrypt(key: &[u8], password: &str) -> Result<SecretDocument> {
    let [mut salt, mut iv] = [[0; 16]; 2];
    getrandom::fill(&mut salt)?;
    getrandom::fill(&mut iv)?;
    let parameters = pbes2::Parameters {
        kdf: pbes2::Pbkdf2Params::hmac_sha256(ITERATIONS, &salt).map_err(|error| error.to_string())?.into(),
        encryption: pbes2::EncryptionScheme::Aes256Cbc { iv },
    };
    let encryption_algorithm = parameters.into();
    let encrypted_data = cbc::encrypt(&Scheme::new(&encryption_algorithm)?.key(password)?, &iv, key);
    let encrypted_data = OctetStringRef::new(&encrypted_data)?;
    Ok(SecretDocument::encode_msg(&EncryptedPrivateKeyInfo { encryption_algorithm, encrypted_data })?)
}

/// How a private key is encrypted, if it is a way that is known here and takes no more than seconds.
struct Scheme<'e> {
    kdf: Kdf<'e>,
    key_len: usize,
    iv: Block,
}

enum Kdf<'e> {
    Pbkdf2(&'e pbes2::Pbkdf2Params, fn(&[u8], &[u8], u32, &mut [u8])),
    Scrypt(&'e pbes2::ScryptParams, scrypt::Params),
}

impl<'e> Scheme<'e> {
    fn new(scheme: &'e pkcs5::EncryptionScheme) -> Result<Self> {
        const UNKNOWN: &str = "is encrypted in another way than with PBKDF2 or scrypt and AES-CBC";
        let pkcs5::EncryptionScheme::Pbes2(parameters) = scheme else { return Err(UNKNOWN.into()) };
        let (key_len, iv) = match parameters.encryption {
            pbes2::EncryptionScheme::Aes128Cbc { iv } => (16, iv),
            pbes2::EncryptionScheme::Aes192Cbc { iv } => (24, iv),
            pbes2::EncryptionScheme::Aes256Cbc { iv } => (32, iv),
            _ => return Err(UNKNOWN.into()),
        };
        let (kdf, kdf_key_len) = match &parameters.kdf {
            pbes2::Kdf::Pbkdf2(pbkdf2) => (Kdf::pbkdf2(pbkdf2)?, pbkdf2.key_length),
            pbes2::Kdf::Scrypt(scrypt) => (Kdf::scrypt(scrypt)?, scrypt.key_length),
            _ => return Err(UNKNOWN.into()),
        };
        if kdf_key_len.is_some_and(|len| usize::from(len) != key_len) {
            return Err(UNKNOWN.into());
        }
        Ok(Scheme { kdf, key_len, iv })
    }

    fn key(&self, password: &str) -> Result<Aes> {
        let mut key = Zeroizing::new([0; 32]);
        let key = &mut key[..self.key_len];
        match self.kdf {
            Kdf::Pbkdf2(pbkdf2, hmac) => hmac(password.as_bytes(), pbkdf2.salt.as_bytes(), pbkdf2.iteration_count, key),
            Kdf::Scrypt(scrypt, cost) => scrypt::scrypt(password.as_bytes(), scrypt.salt.as_bytes(), &cost, key)?,
        }
        Ok(Aes::new(key)?)
    }
}

impl<'e> Kdf<'e> {
    fn pbkdf2(pbkdf2: &'e pbes2::Pbkdf2Params) -> Result<Self> {
        if !(1..=MAX_ITERATIONS).contains(&pbkdf2.iteration_count) {
            return Err(format!("asks for {} iterations of PBKDF2", pbkdf2.iteration_count).into());
        }
        let hmac = match pbkdf2.prf {
            pbes2::Pbkdf2Prf::HmacWithSha1 => pbkdf2_hmac::<Sha1>,
            pbes2::Pbkdf2Prf::HmacWithSha224 => pbkdf2_hmac::<Sha224>,
            pbes2::Pbkdf2Prf::HmacWithSha256 => pbkdf2_hmac::<Sha256>,
            pbes2::Pbkdf2Prf::HmacWithSha384 => pbkdf2_hmac::<Sha384>,
            pbes2::Pbkdf2Prf::HmacWithSha512 => pbkdf2_hmac::<Sha512>,
            _ => return Err("is encrypted under an unknown hash".into()),
        };
        Ok(Kdf::Pbkdf2(pbkdf2, hmac))
    }

    fn scrypt(scrypt: &'e pbes2::ScryptParams) -> Result<Self> {
        let pbes2::ScryptParams { cost_parameter: n, block_size: r, parallelization: p, .. } = *scrypt;
        let memory = n.saturating_mul(128 * u64::from(r));
        if !n.is_power_of_two() || memory > MAX_SCRYPT_MEMORY || p > MAX_SCRYPT_PARALLELIZATION {
            return Err(format!("asks for scrypt with N = {n}, r = {r}, p = {p}").into());
        }
        Ok(Kdf::Scrypt(scrypt, scrypt::Params::new(n.ilog2() as u8, r.into(), p.into())?))
    }
}

fn no_pem(path: &Path) -> String {
    format!("{}: is no PEM file with an RSA key", path.display())
}

fn damaged(path: &Path) -> String {
    format!("{}: is damaged, or encrypted in another way than with PBKDF2 or scrypt and AES-CBC", path.display())
}

fn no_rsa_key(path: &Path) -> String {
    format!("{}: holds no RSA key of 2048 to 8192 bits, or is damaged", path.display())
}
