//! Random keys and IVs, from the operating system (feature `getrandom`).

use zeroize::Zeroizing;

use crate::{Aes128, Aes192, Aes256, Block, error::RandomError};

/// A random IV of 16 bytes, as CBC wants a new one for every message (SP 800-38A appendix C).
///
/// It comes from the operating system, through the crate `getrandom`: on targets that have none, as `wasm32-unknown-unknown`,
/// see there.
///
/// # Errors
///
/// [`RandomError`] if the operating system has no random bytes to give.
///
/// ```
/// use roundkey::{Aes256, cbc, random_iv};
///
/// let (key, iv) = (Aes256::generate()?, random_iv()?);
/// let mut message = *b"attack at dawn, and not earlier!";
/// cbc::Encryptor::new(&key, &iv).encrypt_blocks(message.as_chunks_mut().0);
/// # assert_ne!(random_iv()?, iv);
/// # Ok::<(), roundkey::RandomError>(())
/// ```
pub fn random_iv() -> Result<Block, RandomError> {
    let mut iv = Block::default();
    fill(&mut iv)?;
    Ok(iv)
}

/// `N` random bytes for a key that is to be kept or sent; wiped when dropped.
///
/// For a key that serves only here and now there is `generate`, as [`Aes256::generate`]. That leaves no copy on the stack; bytes
/// that are returned do, as with any value in Rust.
///
/// # Errors
///
/// [`RandomError`] if the operating system has no random bytes to give.
///
/// ```
/// use roundkey::{Aes256, random_key};
///
/// let bytes = random_key::<32>()?;
/// let key = Aes256::new(&bytes); // and to the other side go the bytes, in a safe way
/// # assert_ne!(*bytes, *random_key()?);
/// # let _ = key;
/// # Ok::<(), roundkey::RandomError>(())
/// ```
pub fn random_key<const N: usize>() -> Result<Zeroizing<[u8; N]>, RandomError> {
    let mut key = Zeroizing::new([0; N]);
    fill(&mut *key)?;
    Ok(key)
}

fn fill(bytes: &mut [u8]) -> Result<(), RandomError> {
    getrandom::fill(bytes).map_err(RandomError::new)
}

impl Aes128 {
    /// A key of 16 random bytes that nobody gets to see: for what is encrypted and decrypted with this very value.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the operating system has no random bytes to give.
    pub fn generate() -> Result<Self, RandomError> {
        let mut key = Zeroizing::new([0; 16]);
        fill(&mut *key)?;
        Ok(Self::new(&key))
    }
}

impl Aes192 {
    /// A key of 24 random bytes that nobody gets to see: for what is encrypted and decrypted with this very value.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the operating system has no random bytes to give.
    pub fn generate() -> Result<Self, RandomError> {
        let mut key = Zeroizing::new([0; 24]);
        fill(&mut *key)?;
        Ok(Self::new(&key))
    }
}

impl Aes256 {
    /// A key of 32 random bytes that nobody gets to see: for what is encrypted and decrypted with this very value. If it
    /// has to be kept or sent, take [`random_key`].
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the operating system has no random bytes to give.
    ///
    /// ```
    /// let key = roundkey::Aes256::generate()?;
    /// # let _ = key;
    /// # Ok::<(), roundkey::RandomError>(())
    /// ```
    pub fn generate() -> Result<Self, RandomError> {
        let mut key = Zeroizing::new([0; 32]);
        fill(&mut *key)?;
        Ok(Self::new(&key))
    }
}
