//! Keys: [`Aes`], whose length is known at run time, and [`Aes128`], [`Aes192`], [`Aes256`], whose type tells it.

use core::{fmt, ops::Deref};

use zeroize::ZeroizeOnDrop;

#[cfg(feature = "rayon")]
use crate::parallel;
use crate::{
    Block,
    backend::{Backend, Engine, Job, Ladder, LastRung, SMALL, Schedule, Single, Step, load, run, store},
    error::InvalidKeyLength,
};

/// An AES key of 16, 24 or 32 bytes, expanded and ready for both directions (FIPS-197).
///
/// Every call of this crate that needs a key takes `&Aes`. [`Aes128`], [`Aes192`] and [`Aes256`] turn into one by
/// themselves.
///
/// A key takes at most 512 bytes, is nowhere on the heap, and is wiped when dropped; in release builds making one leaves
/// no copy on the stack either. Moving it does, as with any value in Rust, and unwrapping a `Result` is a move: keep a key
/// in one place. It may be shared between threads.
///
/// ```
/// use roundkey::Aes;
///
/// let key = Aes::new(b"sixteen byte key")?; // or 24, or 32 bytes: AES-128, AES-192, AES-256
/// let mut block = *b"attack at dawn!!";
/// key.encrypt_block(&mut block);
/// assert_ne!(&block, b"attack at dawn!!");
/// key.decrypt_block(&mut block);
/// assert_eq!(&block, b"attack at dawn!!");
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
#[derive(Clone)]
pub struct Aes {
    schedule: Schedule,
}

// On whatever it is compiled for.
const _: () = assert!(size_of::<Aes>() <= 512 && size_of::<Aes128>() <= 512);
const _: () = assert!(size_of::<Aes192>() <= 512 && size_of::<Aes256>() <= 512);

impl Aes {
    /// Expands a key of 16, 24 or 32 bytes (FIPS-197 section 5.2) for the [fastest backend](Backend::detect).
    ///
    /// # Errors
    ///
    /// [`InvalidKeyLength`] if the key has another length.
    pub fn new(key: &[u8]) -> Result<Self, InvalidKeyLength> {
        Self::with_backend(key, Backend::detect())
    }

    /// The same for the given backend.
    ///
    /// # Errors
    ///
    /// [`InvalidKeyLength`] if the key has another length.
    pub fn with_backend(key: &[u8], backend: Backend) -> Result<Self, InvalidKeyLength> {
        InvalidKeyLength::check(key, &[16, 24, 32])?;
        Ok(Self::expand(key, backend))
    }

    /// For a key whose length is right already.
    pub(crate) fn expand(key: &[u8], backend: Backend) -> Self {
        Aes { schedule: Schedule::new(key, backend) }
    }

    /// The backend that this key uses.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.schedule.backend()
    }

    /// Encrypts a block of 16 bytes in place (FIPS-197 section 5.1).
    #[inline]
    pub fn encrypt_block(&self, block: &mut Block) {
        self.run(Single { block, step: Encrypt });
    }

    /// Decrypts a block of 16 bytes in place (FIPS-197 section 5.3).
    #[inline]
    pub fn decrypt_block(&self, block: &mut Block) {
        self.run(Single { block, step: Decrypt });
    }

    /// Encrypts any number of blocks in place, each on its own: many at a time, which is several times faster than one by
    /// one.
    ///
    /// This is [ECB](crate::ecb) on whole blocks (SP 800-38A section 6.1). Equal blocks become equal blocks, so it is not
    /// for messages; it is what other modes are built from.
    #[inline]
    pub fn encrypt_blocks(&self, blocks: &mut [Block]) {
        self.run_steps(blocks, Encrypt);
    }

    /// Decrypts any number of blocks in place, each on its own.
    #[inline]
    pub fn decrypt_blocks(&self, blocks: &mut [Block]) {
        self.run_steps(blocks, Decrypt);
    }

    /// Runs a mode that takes many blocks at a time on this key's engine.
    #[inline]
    pub(crate) fn run_steps(&self, blocks: &mut [Block], step: impl Step) {
        #[cfg(feature = "rayon")]
        if blocks.len() >= parallel::LONG && parallel::run_steps(self, blocks, step) {
            return;
        }
        match blocks {
            // Each of these is code of its own.
            blocks if SMALL => self.run(Ladder { blocks, step }),
            [block] => self.run(Single { block, step }),
            blocks if blocks.len() < 8 => self.run(LastRung { blocks, step }),
            blocks => self.run(Ladder { blocks, step }),
        }
    }

    /// Runs a mode on this key's engine.
    #[inline]
    pub(crate) fn run<J: Job>(&self, job: J) -> J::Output {
        run(&self.schedule, job)
    }
}

/// The cipher or its inverse, on registers of blocks.
pub(crate) trait Permutation: Copy + Sync {
    fn permute<E: Engine, const N: usize>(self, engine: E, regs: [E::Reg; N]) -> [E::Reg; N];
}

#[derive(Clone, Copy)]
pub(crate) struct Encrypt;

impl Permutation for Encrypt {
    #[inline(always)]
    fn permute<E: Engine, const N: usize>(self, engine: E, regs: [E::Reg; N]) -> [E::Reg; N] {
        engine.encrypt(regs)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Decrypt;

impl Permutation for Decrypt {
    #[inline(always)]
    fn permute<E: Engine, const N: usize>(self, engine: E, regs: [E::Reg; N]) -> [E::Reg; N] {
        engine.decrypt(regs)
    }
}

/// Each block on its own.
impl<P: Permutation> Step for P {
    #[inline(always)]
    fn step<E: Engine, const N: usize>(&self, engine: E, blocks: &mut [Block], start: usize) {
        let blocks = &mut blocks[start..];
        let regs = load::<E, N>(engine, blocks);
        store(engine, self.permute(engine, regs), blocks);
    }

    #[cfg(feature = "rayon")]
    fn behind(&self, _: Option<&Block>) -> impl Step {
        *self
    }
}

impl fmt::Debug for Aes {
    /// Shows the backend and nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Aes", self)
    }
}

impl TryFrom<&[u8]> for Aes {
    type Error = InvalidKeyLength;

    fn try_from(key: &[u8]) -> Result<Self, InvalidKeyLength> {
        Aes::new(key)
    }
}

impl ZeroizeOnDrop for Aes {}

/// An AES key of 16 bytes (FIPS-197 section 5: Nk = 4, 10 rounds), wherever an [`Aes`] is asked for.
///
/// ```
/// use roundkey::{Aes128, cbc};
///
/// let key = Aes128::new(b"sixteen byte key");
/// let mut blocks = [[0; 16]; 4];
/// cbc::Encryptor::new(&key, b"an unpredictable").encrypt_blocks(&mut blocks);
/// # assert_ne!(blocks[0], blocks[1]);
/// ```
#[derive(Clone)]
pub struct Aes128(Aes);

impl Aes128 {
    /// Expands a key of 16 bytes for the [fastest backend](Backend::detect).
    #[must_use]
    pub fn new(key: &[u8; 16]) -> Self {
        Self::with_backend(key, Backend::detect())
    }

    /// The same for the given backend.
    #[must_use]
    pub fn with_backend(key: &[u8; 16], backend: Backend) -> Self {
        Aes128(Aes::expand(key, backend))
    }
}

impl Deref for Aes128 {
    type Target = Aes;

    fn deref(&self) -> &Aes {
        &self.0
    }
}

impl From<Aes128> for Aes {
    fn from(key: Aes128) -> Aes {
        key.0
    }
}

impl TryFrom<&[u8]> for Aes128 {
    type Error = InvalidKeyLength;

    fn try_from(key: &[u8]) -> Result<Self, InvalidKeyLength> {
        InvalidKeyLength::check(key, &[16])?;
        Ok(Aes128(Aes::expand(key, Backend::detect())))
    }
}

impl fmt::Debug for Aes128 {
    /// Shows the backend and nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Aes128", self)
    }
}

impl ZeroizeOnDrop for Aes128 {}

/// An AES key of 24 bytes (FIPS-197 section 5: Nk = 6, 12 rounds), wherever an [`Aes`] is asked for.
///
/// ```
/// use roundkey::Aes192;
///
/// let key = Aes192::try_from(&b"a key of twenty-four bye"[..])?;
/// assert!(Aes192::try_from(&[0; 16][..]).is_err());
/// # let _ = key;
/// # Ok::<(), roundkey::InvalidKeyLength>(())
/// ```
#[derive(Clone)]
pub struct Aes192(Aes);

impl Aes192 {
    /// Expands a key of 24 bytes for the [fastest backend](Backend::detect).
    #[must_use]
    pub fn new(key: &[u8; 24]) -> Self {
        Self::with_backend(key, Backend::detect())
    }

    /// The same for the given backend.
    #[must_use]
    pub fn with_backend(key: &[u8; 24], backend: Backend) -> Self {
        Aes192(Aes::expand(key, backend))
    }
}

impl Deref for Aes192 {
    type Target = Aes;

    fn deref(&self) -> &Aes {
        &self.0
    }
}

impl From<Aes192> for Aes {
    fn from(key: Aes192) -> Aes {
        key.0
    }
}

impl TryFrom<&[u8]> for Aes192 {
    type Error = InvalidKeyLength;

    fn try_from(key: &[u8]) -> Result<Self, InvalidKeyLength> {
        InvalidKeyLength::check(key, &[24])?;
        Ok(Aes192(Aes::expand(key, Backend::detect())))
    }
}

impl fmt::Debug for Aes192 {
    /// Shows the backend and nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Aes192", self)
    }
}

impl ZeroizeOnDrop for Aes192 {}

/// An AES key of 32 bytes (FIPS-197 section 5: Nk = 8, 14 rounds), wherever an [`Aes`] is asked for.
///
/// ```
/// use roundkey::Aes256;
///
/// let key = Aes256::new(&[7; 32]);
/// let mut blocks = [[0; 16]; 100];
/// key.encrypt_blocks(&mut blocks);
/// key.decrypt_blocks(&mut blocks);
/// assert_eq!(blocks, [[0; 16]; 100]);
/// ```
#[derive(Clone)]
pub struct Aes256(Aes);

impl Aes256 {
    /// Expands a key of 32 bytes for the [fastest backend](Backend::detect).
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self::with_backend(key, Backend::detect())
    }

    /// The same for the given backend.
    #[must_use]
    pub fn with_backend(key: &[u8; 32], backend: Backend) -> Self {
        Aes256(Aes::expand(key, backend))
    }
}

impl Deref for Aes256 {
    type Target = Aes;

    fn deref(&self) -> &Aes {
        &self.0
    }
}

impl From<Aes256> for Aes {
    fn from(key: Aes256) -> Aes {
        key.0
    }
}

impl TryFrom<&[u8]> for Aes256 {
    type Error = InvalidKeyLength;

    fn try_from(key: &[u8]) -> Result<Self, InvalidKeyLength> {
        InvalidKeyLength::check(key, &[32])?;
        Ok(Aes256(Aes::expand(key, Backend::detect())))
    }
}

impl fmt::Debug for Aes256 {
    /// Shows the backend and nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "Aes256", self)
    }
}

impl ZeroizeOnDrop for Aes256 {}

fn debug(f: &mut fmt::Formatter<'_>, name: &str, key: &Aes) -> fmt::Result {
    f.debug_struct(name).field("backend", &key.backend()).finish_non_exhaustive()
}
