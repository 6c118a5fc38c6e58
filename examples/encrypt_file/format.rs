//! What the formats have in common.

use roundkey::Block;
use zeroize::Zeroizing;

use crate::{
    Result,
    files::{Input, Output},
};

/// How much is read and written at a time.
pub const CHUNK: usize = 1 << 16;
pub const BLOCK_LEN: usize = size_of::<Block>();

/// How a file is encrypted, with what stands at its beginning: salt, IV and the like.
pub trait Format: Sized {
    /// What is weak about it.
    fn weaknesses(&self) -> Vec<String>;

    /// For a new file. `iterations` are those that were asked for.
    fn random(iterations: Option<u32>) -> Result<Self>;

    /// For a file that is there, of which this reads the beginning.
    fn read(input: &mut Input, iterations: Option<u32>) -> Result<Self>;

    /// Writes the whole file.
    fn encrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()>;

    /// Writes the decrypted file, from what follows its beginning. Only when this has returned `Ok` was it right.
    fn decrypt(&self, input: &mut Input, output: &mut Output, password: &str) -> Result<()>;
}

/// Reads all of the file and does something with each [`CHUNK`] of it. Returns the rest, which is shorter, and
/// its length; of a file that ends with something else than the rest, so many bytes are always kept back for the rest.
/// There is room for one more block behind it.
pub fn in_chunks(
    input: &mut Input,
    kept_back: usize,
    mut each: impl FnMut(&mut [u8]) -> Result<()>,
) -> Result<(Zeroizing<Vec<u8>>, usize)> {
    let full = CHUNK + kept_back;
    let mut buffer = Zeroizing::new(vec![0; full + BLOCK_LEN]);
    let mut len = input.read(&mut buffer[..full])?;
    while len == full {
        each(&mut buffer[..CHUNK])?;
        buffer.copy_within(CHUNK..full, 0);
        len = kept_back + input.read(&mut buffer[kept_back..full])?;
    }
    Ok((buffer, len))
}

/// The next `N` bytes, if there are as many.
pub fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}
