//! CBC, the cipher block chaining mode (SP 800-38A section 6.2), with PKCS#7 padding.
//!
//! Each block of the message is added to the ciphertext block before it and then encrypted; the first one is added to the
//! *initialization vector*, the IV:
//!
//! ```text
//! encryption: C₁ = E(P₁ ⊕ IV)   Cⱼ = E(Pⱼ ⊕ Cⱼ₋₁)
//! decryption: P₁ = D(C₁) ⊕ IV   Pⱼ = D(Cⱼ) ⊕ Cⱼ₋₁
//! ```
//!
//! So encryption is a chain in which nothing can be done in parallel, neither within a core nor by several (feature
//! `rayon`), while decryption is not: it is many times faster. The blocks of different messages don't depend on each other,
//! though: [`encrypt_many`].
//!
//! # What you must see to
//!
//! - **A fresh, unpredictable IV for every message**, 16 random bytes, sent along in the clear. With one used twice, equal
//!   beginnings of messages show; with one foreseen, an attacker who can have messages encrypted can test guesses
//!   (SP 800-38A appendix C).
//! - **A MAC over IV and ciphertext, checked before decrypting** (encrypt-then-MAC). CBC hides and protects nothing else:
//!   whoever flips a bit of a ciphertext block flips that bit of the next plaintext block, and whoever learns whether the
//!   padding was right can read the message. **[`cbc_hmac`](crate#features) sees to both.**
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use roundkey::{Aes256, cbc};
//!
//! let key = Aes256::new(&[7; 32]);
//! let iv = [9; 16]; // random in earnest
//! let ciphertext = cbc::encrypt(&key, &iv, b"any number of bytes");
//! assert_eq!(cbc::decrypt(&key, &iv, &ciphertext)?, b"any number of bytes");
//! # }
//! # Ok::<(), roundkey::DecryptError>(())
//! ```

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::{fmt, mem, ops::Range, slice};

#[cfg(feature = "std")]
pub use crate::io::{Reader, Writer};
#[cfg(feature = "rayon")]
use crate::parallel;
pub use crate::stream::{LastBytes, StreamDecryptor, StreamEncryptor};
use crate::{
    Aes, Block,
    backend::{Columns, Engine, Job, Links, Room, Rows, Step, load, store},
    error::{BufferTooShort, DecryptError, DecryptIntoError, EncryptError},
    message,
    padding::{Padding, Pkcs7},
};

/// Pads and encrypts a message of any length; the ciphertext is 1 to 16 bytes longer, a multiple of 16.
#[cfg(feature = "alloc")]
#[must_use]
pub fn encrypt(key: &Aes, iv: &Block, plaintext: &[u8]) -> Vec<u8> {
    message::encrypt(plaintext, &Pkcs7, |blocks| Encryptor::new(key, iv).encrypt_blocks(blocks))
}

/// Decrypts a ciphertext and removes the padding.
///
/// # Errors
///
/// [`DecryptError`] if the ciphertext is empty or not whole blocks of 16 bytes, or if the padding is wrong; what was
/// decrypted is wiped then.
#[cfg(feature = "alloc")]
pub fn decrypt(key: &Aes, iv: &Block, ciphertext: &[u8]) -> Result<Vec<u8>, DecryptError> {
    message::decrypt(ciphertext, &Pkcs7, |blocks| decrypt_behind(key, iv, blocks))
}

/// Pads and encrypts, in place, the message in the first `message_len` bytes of `buffer`; returns the ciphertext.
///
/// # Errors
///
/// [`BufferTooShort`] if `buffer` can't hold the message and its padding, 1 to 16 bytes. Nothing was touched then.
///
/// ```
/// use roundkey::{Aes256, cbc};
///
/// let (key, iv) = (Aes256::new(&[7; 32]), [9; 16]);
/// let mut buffer = *b"thirteen byte, and room for more";
/// let ciphertext = cbc::encrypt_in_place(&key, &iv, &mut buffer, 13)?;
/// assert_eq!(ciphertext.len(), 16);
/// assert_eq!(cbc::decrypt_in_place(&key, &iv, ciphertext)?, b"thirteen byte");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encrypt_in_place<'b>(
    key: &Aes,
    iv: &Block,
    buffer: &'b mut [u8],
    message_len: usize,
) -> Result<&'b mut [u8], BufferTooShort> {
    message::encrypt_in_place(buffer, message_len, &Pkcs7, |blocks| Encryptor::new(key, iv).encrypt_blocks(blocks))
}

/// Decrypts a ciphertext in place and returns the message, at the beginning of `buffer`; behind it is left the padding.
///
/// # Errors
///
/// [`DecryptError`] if `buffer` is empty or not whole blocks of 16 bytes; nothing was touched then. Or if the padding is
/// wrong; then all of `buffer` was set to zero.
pub fn decrypt_in_place<'b>(key: &Aes, iv: &Block, buffer: &'b mut [u8]) -> Result<&'b mut [u8], DecryptError> {
    message::decrypt_in_place(buffer, &Pkcs7, |blocks| decrypt_behind(key, iv, blocks))
}

/// Pads and encrypts a message into `out` and returns the ciphertext, at its beginning; bytes behind it aren't touched.
///
/// # Errors
///
/// [`BufferTooShort`] if `out` can't hold the message and its padding, 1 to 16 bytes. Nothing was touched then.
///
/// ```
/// use roundkey::{Aes256, cbc};
///
/// let (key, iv) = (Aes256::new(&[7; 32]), [9; 16]);
/// // IV and ciphertext in one packet:
/// let mut packet = [0; 64];
/// packet[..16].copy_from_slice(&iv);
/// assert_eq!(cbc::encrypt_into(&key, &iv, b"a message", &mut packet[16..])?.len(), 16);
/// # Ok::<(), roundkey::BufferTooShort>(())
/// ```
pub fn encrypt_into<'o>(
    key: &Aes,
    iv: &Block,
    plaintext: &[u8],
    out: &'o mut [u8],
) -> Result<&'o mut [u8], BufferTooShort> {
    message::encrypt_into(plaintext, out, &Pkcs7, |blocks| Encryptor::new(key, iv).encrypt_blocks(blocks))
}

/// Decrypts a ciphertext into `out`, which must be at least as long, and returns the message, at its beginning; behind it
/// is left the padding. Bytes of `out` past the length of the ciphertext aren't touched.
///
/// # Errors
///
/// [`DecryptIntoError`] if `out` is shorter than the ciphertext, or the latter empty or not whole blocks of 16 bytes;
/// nothing was touched then. Or if the padding is wrong; then as much of `out` as the ciphertext is long was set to zero.
pub fn decrypt_into<'o>(
    key: &Aes,
    iv: &Block,
    ciphertext: &[u8],
    out: &'o mut [u8],
) -> Result<&'o mut [u8], DecryptIntoError> {
    message::decrypt_into(ciphertext, out, &Pkcs7, |blocks| decrypt_behind(key, iv, blocks))
}

/// [`encrypt`] with another padding than PKCS#7, and so with the others below.
///
/// # Errors
///
/// [`EncryptError::Length`] if the message is not whole blocks of 16 bytes and the padding is [`NoPadding`](crate::padding::NoPadding).
///
/// ```
/// use roundkey::{Aes128, cbc, padding::Zero};
///
/// let (key, iv) = (Aes128::new(&[7; 16]), [9; 16]);
/// let ciphertext = cbc::encrypt_with(&key, &iv, b"text", Zero)?;
/// assert_eq!(cbc::decrypt_with(&key, &iv, &ciphertext, Zero)?, b"text");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "alloc")]
pub fn encrypt_with(key: &Aes, iv: &Block, plaintext: &[u8], padding: impl Padding) -> Result<Vec<u8>, EncryptError> {
    message::check_message(&padding, plaintext.len())?;
    Ok(message::encrypt(plaintext, &padding, |blocks| Encryptor::new(key, iv).encrypt_blocks(blocks)))
}

/// [`decrypt`] with another padding.
///
/// # Errors
///
/// [`DecryptError`] as there; but an empty ciphertext is right for a padding that isn't [always](crate::padding::Added::Always) added.
#[cfg(feature = "alloc")]
pub fn decrypt_with(key: &Aes, iv: &Block, ciphertext: &[u8], padding: impl Padding) -> Result<Vec<u8>, DecryptError> {
    message::decrypt(ciphertext, &padding, |blocks| decrypt_behind(key, iv, blocks))
}

/// [`encrypt_in_place`] with another padding.
///
/// # Errors
///
/// [`EncryptError`] if `buffer` can't hold message and padding, or if the message is not whole blocks of 16 bytes and the
/// padding is [`NoPadding`](crate::padding::NoPadding). Nothing was touched then.
pub fn encrypt_in_place_with<'b>(
    key: &Aes,
    iv: &Block,
    buffer: &'b mut [u8],
    message_len: usize,
    padding: impl Padding,
) -> Result<&'b mut [u8], EncryptError> {
    message::check_message(&padding, message_len)?;
    Ok(message::encrypt_in_place(buffer, message_len, &padding, |blocks| {
        Encryptor::new(key, iv).encrypt_blocks(blocks)
    })?)
}

/// [`decrypt_in_place`] with another padding.
///
/// # Errors
///
/// [`DecryptError`] as there; but an empty ciphertext is right for a padding that isn't [always](crate::padding::Added::Always) added.
pub fn decrypt_in_place_with<'b>(
    key: &Aes,
    iv: &Block,
    buffer: &'b mut [u8],
    padding: impl Padding,
) -> Result<&'b mut [u8], DecryptError> {
    message::decrypt_in_place(buffer, &padding, |blocks| decrypt_behind(key, iv, blocks))
}

/// [`encrypt_into`] with another padding.
///
/// # Errors
///
/// [`EncryptError`] if `out` can't hold message and padding, or if the message is not whole blocks of 16 bytes and the
/// padding is [`NoPadding`](crate::padding::NoPadding). Nothing was touched then.
pub fn encrypt_into_with<'o>(
    key: &Aes,
    iv: &Block,
    plaintext: &[u8],
    out: &'o mut [u8],
    padding: impl Padding,
) -> Result<&'o mut [u8], EncryptError> {
    message::check_message(&padding, plaintext.len())?;
    Ok(message::encrypt_into(plaintext, out, &padding, |blocks| Encryptor::new(key, iv).encrypt_blocks(blocks))?)
}

/// [`decrypt_into`] with another padding.
///
/// # Errors
///
/// [`DecryptIntoError`] as there; but an empty ciphertext is right for a padding that isn't [always](crate::padding::Added::Always) added.
pub fn decrypt_into_with<'o>(
    key: &Aes,
    iv: &Block,
    ciphertext: &[u8],
    out: &'o mut [u8],
    padding: impl Padding,
) -> Result<&'o mut [u8], DecryptIntoError> {
    message::decrypt_into(ciphertext, out, &padding, |blocks| decrypt_behind(key, iv, blocks))
}

/// Encrypts whole blocks in place, without padding; the chain goes on from call to call.
///
/// ```
/// use roundkey::{Aes128, cbc};
///
/// let (key, iv) = (Aes128::new(&[7; 16]), [9; 16]);
/// let mut at_once = [[1; 16], [2; 16], [3; 16]];
/// cbc::Encryptor::new(&key, &iv).encrypt_blocks(&mut at_once);
///
/// let mut in_pieces = [[1; 16], [2; 16], [3; 16]];
/// let mut encryptor = cbc::Encryptor::new(&key, &iv);
/// encryptor.encrypt_blocks(&mut in_pieces[..1]);
/// encryptor.encrypt_blocks(&mut in_pieces[1..]);
/// assert_eq!(in_pieces, at_once);
/// ```
#[derive(Clone)]
pub struct Encryptor<'k> {
    key: &'k Aes,
    /// The last ciphertext block, or the IV.
    chain: Block,
}

impl<'k> Encryptor<'k> {
    /// Begins a message with its IV of 16 bytes.
    #[must_use]
    pub fn new(key: &'k Aes, iv: &Block) -> Self {
        Encryptor { key, chain: *iv }
    }

    /// Encrypts the next blocks of the message (SP 800-38A section 6.2).
    pub fn encrypt_blocks(&mut self, blocks: &mut [Block]) {
        encrypt_blocks(self.key, &mut self.chain, blocks);
    }
}

/// Decrypts whole blocks in place, without padding; the chain goes on from call to call.
///
/// ```
/// use roundkey::{Aes128, cbc};
///
/// let (key, iv) = (Aes128::new(&[7; 16]), [9; 16]);
/// let mut blocks = [[1; 16], [2; 16], [3; 16]];
/// cbc::Encryptor::new(&key, &iv).encrypt_blocks(&mut blocks);
///
/// let mut decryptor = cbc::Decryptor::new(&key, &iv);
/// decryptor.decrypt_blocks(&mut blocks[..2]);
/// decryptor.decrypt_blocks(&mut blocks[2..]);
/// assert_eq!(blocks, [[1; 16], [2; 16], [3; 16]]);
/// ```
#[derive(Clone)]
pub struct Decryptor<'k> {
    key: &'k Aes,
    /// The last ciphertext block, or the IV.
    chain: Block,
}

impl<'k> Decryptor<'k> {
    /// Begins a message with its IV of 16 bytes.
    #[must_use]
    pub fn new(key: &'k Aes, iv: &Block) -> Self {
        Decryptor { key, chain: *iv }
    }

    /// Decrypts the next blocks of the message (SP 800-38A section 6.2).
    pub fn decrypt_blocks(&mut self, blocks: &mut [Block]) {
        decrypt_blocks(self.key, &mut self.chain, blocks);
    }
}

/// A message for [`encrypt_many`].
pub struct Message<'b> {
    /// The IV, 16 bytes. After encryption it is the message's last ciphertext block, from which its next piece goes on; if
    /// there were no blocks, it is as it was.
    pub iv: Block,
    /// The blocks, encrypted in place. Any number, none included, and another one than the other messages have.
    pub blocks: &'b mut [Block],
}

/// Encrypts many independent messages under one key, each with an IV of its own, their lengths as they come.
///
/// A single CBC message is a chain in which each block waits for the one before, and most of the processor idles. Several
/// messages are several chains, and are worked on side by side: 4 at a time with `vperm`, 8 with `aesni` and `armv8`, 16 with
/// `vaes256`, 32 with `vaes512`, and 32 or 64 with `portable`, by the processor.
///
/// ```
/// use roundkey::{Aes128, cbc};
///
/// let key = Aes128::new(&[7; 16]);
/// let (mut first, mut second) = ([[1; 16]; 3], [[2; 16]; 1]);
/// let mut messages = [
///     cbc::Message { iv: [8; 16], blocks: &mut first },
///     cbc::Message { iv: [9; 16], blocks: &mut second },
/// ];
/// cbc::encrypt_many(&key, &mut messages);
/// assert_eq!(messages[0].iv, messages[0].blocks[2]);
/// # let mut alone = [[2; 16]];
/// # cbc::Encryptor::new(&key, &[9; 16]).encrypt_blocks(&mut alone);
/// # assert_eq!(second, alone);
/// ```
pub fn encrypt_many(key: &Aes, messages: &mut [Message<'_>]) {
    let encrypt = |messages: &mut [Message<'_>]| key.run(EncryptMany { messages });
    #[cfg(feature = "rayon")]
    if messages.len() > 1 && parallel::encrypt_many(key, messages, encrypt) {
        return;
    }
    encrypt(messages);
}

/// The next blocks of a message; `chain` is the ciphertext block before them, or the IV, and becomes their last.
pub(crate) fn encrypt_blocks(key: &Aes, chain: &mut Block, blocks: &mut [Block]) {
    key.run(Encrypt { chain, blocks });
}

/// The other direction.
pub(crate) fn decrypt_blocks(key: &Aes, chain: &mut Block, blocks: &mut [Block]) {
    let Some(last) = blocks.last().copied() else { return };
    let before = mem::replace(chain, last);
    decrypt_behind(key, &before, blocks);
}

/// The blocks that come behind the given one or the IV, when nothing comes behind them.
fn decrypt_behind(key: &Aes, before: &Block, blocks: &mut [Block]) {
    key.run_steps(blocks, Decrypt { before });
}

/// One message, from its first block to its last.
struct Encrypt<'b> {
    chain: &'b mut Block,
    blocks: &'b mut [Block],
}

impl Job for Encrypt<'_> {
    type Output = ();

    #[inline(always)]
    fn run<E: Engine>(self, engine: E) {
        // One block at a time has no use for wide registers.
        let engine = engine.narrow();
        let Encrypt { chain, blocks } = self;
        let Some(first) = blocks.first() else { return };

        // What the chain waits for is the next block's input. So that is what is handed on, and the ciphertext comes off on
        // the side.
        let [chain_reg, first] = [&*chain, first].map(|block| engine.load(slice::from_ref(block)));
        let mut input = [engine.whiten(engine.xor(chain_reg, first))];
        let last = blocks.len() - 1;
        for at in 0..last {
            input = engine.encrypt_linked(input, &mut BlockLink { engine, blocks, at });
        }
        let [encrypted] = engine.encrypt_whitened(input);
        engine.store(encrypted, slice::from_mut(&mut blocks[last]));
        engine.store(encrypted, slice::from_mut(chain));
    }
}

/// From the block at a place to the one behind it.
struct BlockLink<'b, E> {
    engine: E,
    blocks: &'b mut [Block],
    at: usize,
}

impl<E: Engine> Links<E::Reg> for BlockLink<'_, E> {
    #[inline(always)]
    fn next(&mut self, _: usize) -> E::Reg {
        self.engine.whiten(self.engine.load(slice::from_ref(&self.blocks[self.at + 1])))
    }

    #[inline(always)]
    fn put(&mut self, _: usize, encrypted: E::Reg) {
        self.engine.store(encrypted, slice::from_mut(&mut self.blocks[self.at]));
    }
}

/// Many messages, as many of them at a time as fill the engine's registers.
struct EncryptMany<'m, 'b> {
    messages: &'m mut [Message<'b>],
}

impl Job for EncryptMany<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<E: Engine>(self, engine: E) {
        // As many as keep it busy, as a constant; only one of these is compiled.
        match E::AT_ONCE * E::LANES {
            2 => encrypt_side_by_side::<E, 2>(engine, self.messages),
            4 => encrypt_side_by_side::<E, 4>(engine, self.messages),
            8 => encrypt_side_by_side::<E, 8>(engine, self.messages),
            16 => encrypt_side_by_side::<E, 16>(engine, self.messages),
            32 => encrypt_side_by_side::<E, 32>(engine, self.messages),
            _ => encrypt_side_by_side::<E, 64>(engine, self.messages),
        }
    }
}

/// Encrypts messages, `W` of them at a time or less: as many as keep the engine busy.
#[inline(always)]
fn encrypt_side_by_side<E: Engine, const W: usize>(engine: E, messages: &mut [Message<'_>]) {
    // Perhaps a quarter of them at first, and each quarter a line of the cache ahead of the next.
    let mut places = if get_in_each_others_way(messages, W) { W / 4 } else { W };
    let mut waiting = messages.iter_mut();
    let (mut room, mut chains, mut ivs) = (Room::new(), [[0; 16]; W], [const { None }; W]);
    let mut active = Active { count: 0, blocks: Columns::new(&mut room), chains: &mut chains, ivs: &mut ivs };
    loop {
        active.take_turns(engine, places, &mut waiting);
        let most = if places < W { LINE } else { usize::MAX };
        // A row takes about the same time whatever its width, so it is as wide as need be and no part is done alone.
        match active.count.div_ceil(E::LANES).min(E::AT_ONCE) {
            0 => return,
            _ if E::AT_ONCE == 1 => active.encrypt_rows_in_one(engine, most),
            1 => active.encrypt_rows::<E, 1>(engine, most),
            2 => active.encrypt_rows::<E, 2>(engine, most),
            3 | 4 => active.encrypt_rows::<E, 4>(engine, most),
            _ => active.encrypt_rows::<E, 8>(engine, most),
        }
        places = W.min(places + W / 4);
    }
}

/// How many blocks a line of the cache holds.
const LINE: usize = 4;

/// Whether the blocks of long messages lie at the same places of different pages, as those of sectors or records do that
/// fill a buffer: a cache has room for some eight lines of such, and worked on in step more of them would drive each other
/// out. (It is enough to look at the addresses, which are no secret, and guessing wrong costs little.)
fn get_in_each_others_way(messages: &[Message<'_>], places: usize) -> bool {
    let line_in_page = |message: &Message<'_>| message.blocks.as_ptr().addr() / size_of::<[Block; LINE]>() % 64;
    match messages.first() {
        Some(first) if places > 8 && first.blocks.len() >= 16 * LINE => {
            let alike = |message: &&Message<'_>| line_in_page(message) == line_in_page(first);
            messages.iter().take(places).filter(alike).count() > 8
        }
        _ => false,
    }
}

/// A bit for each of so many places, 64 at most.
const fn first(places: usize) -> u64 {
    if places == 0 { 0 } else { u64::MAX >> (64 - places) }
}

/// The messages that are being encrypted side by side.
struct Active<'a, 'm, const W: usize> {
    count: usize,
    /// What is left of each.
    blocks: Columns<'a, 'm, W>,
    /// The chaining value of each.
    chains: &'a mut [Block; W],
    /// Where the caller will find it in the end.
    ivs: &'a mut [Option<&'m mut Block>; W],
}

impl<'m, const W: usize> Active<'_, 'm, W> {
    /// Puts messages that wait in place of those that have ended, and moves together if there are none. Which have ended is found
    /// out for all at once, as a branch for each would mostly be guessed wrong.
    #[inline(always)]
    fn take_turns<'b: 'm, E: Engine>(
        &mut self,
        engine: E,
        places: usize,
        waiting: &mut slice::IterMut<'m, Message<'b>>,
    ) {
        let mut free = first(places) & (self.blocks.ended() | !first(self.count));
        while free != 0 {
            // With those that have no blocks there is nothing to do.
            let Some(message) = waiting.find(|message| !message.blocks.is_empty()) else { break };
            let place = free.trailing_zeros() as usize;
            free &= free - 1;
            if place < self.count {
                self.finish(place);
                // If the first blocks of one had to come from far away, all the others would wait for them.
                if let Some(soon) = waiting.as_slice().get(1) {
                    soon.blocks.iter().step_by(LINE).take(4).for_each(|block| engine.prefetch(block));
                }
            }
            self.blocks.put(place, message.blocks);
            self.chains[place] = message.iv;
            self.ivs[place] = Some(&mut message.iv);
            self.count = self.count.max(place + 1);
        }

        // From the last on, so that the one that moves to a place has not ended itself.
        let mut ended = free & first(self.count);
        while ended != 0 {
            let place = ended.ilog2() as usize;
            ended &= first(place);
            self.finish(place);
            self.count -= 1;
            if place < self.count {
                self.duplicate(self.count, place);
                self.ivs[place] = self.ivs[self.count].take();
            }
        }
    }

    /// Hands the chaining value of a message that has ended to the caller.
    #[inline(always)]
    fn finish(&mut self, place: usize) {
        if let Some(iv) = self.ivs[place].take() {
            *iv = self.chains[place];
        }
    }

    /// Makes a message stand in `place` as well.
    #[inline(always)]
    fn duplicate(&mut self, message: usize, place: usize) {
        self.blocks.duplicate(message, place);
        self.chains[place] = self.chains[message];
    }

    /// Encrypts all of them in one register, or in narrow ones while they are too few.
    #[inline(always)]
    fn encrypt_rows_in_one<E: Engine>(&mut self, engine: E, most: usize) {
        const { assert!(E::WORTHWHILE <= 12 * E::Narrow::LANES + 1) };
        if self.count >= E::WORTHWHILE {
            return self.encrypt_rows::<E, 1>(engine, most);
        }
        let engine = engine.narrow();
        match self.count.div_ceil(E::Narrow::LANES) {
            1 => self.encrypt_rows::<E::Narrow, 1>(engine, most),
            2 => self.encrypt_rows::<E::Narrow, 2>(engine, most),
            3 => self.encrypt_rows::<E::Narrow, 3>(engine, most),
            4 => self.encrypt_rows::<E::Narrow, 4>(engine, most),
            5..=8 => self.encrypt_rows::<E::Narrow, 8>(engine, most),
            _ => self.encrypt_rows::<E::Narrow, 12>(engine, most),
        }
    }

    /// Encrypts all of them in `N` registers, until the first of them ends, or so many rows at most.
    #[inline(always)]
    fn encrypt_rows<E: Engine, const N: usize>(&mut self, engine: E, most: usize) {
        // Where there are fewer than the registers hold, the first one is done several times over, to the same effect.
        let width = N * E::LANES;
        for place in self.count..width {
            self.duplicate(0, place);
        }

        let mut rows = self.blocks.rows(width, most);
        let mut inputs = gather::<E, N>(engine, |column| &self.chains[column]);
        let Range { start, end } = rows.range();
        let first = rows.row(start);
        for (input, first) in inputs.iter_mut().zip(gather::<E, N>(engine, |column| first.block(column))) {
            *input = engine.whiten(engine.xor(*input, first));
        }
        for at in start..end - 1 {
            inputs = engine.encrypt_linked(inputs, &mut RowLink { engine, rows: &mut rows, at });
        }
        let encrypted = engine.encrypt_whitened(inputs);
        let mut last = rows.row(end - 1);
        for (i, encrypted) in encrypted.into_iter().enumerate() {
            engine.store(encrypted, &mut self.chains[i * E::LANES..][..E::LANES]);
            engine.scatter(encrypted, &mut last, i * E::LANES);
        }
        rows.pass();
    }
}

/// The registers that hold a block of every column.
#[inline(always)]
fn gather<'b, E: Engine, const N: usize>(engine: E, block: impl Fn(usize) -> &'b Block) -> [E::Reg; N] {
    let register = |i| engine.gather(|lane| block(i * E::LANES + lane));
    let mut regs = [register(0); N];
    for (i, reg) in regs.iter_mut().enumerate() {
        *reg = register(i);
    }
    regs
}

/// From a row to the one below it.
struct RowLink<'r, 'c, 'b, E> {
    engine: E,
    rows: &'r mut Rows<'c, 'b>,
    at: usize,
}

impl<E: Engine> Links<E::Reg> for RowLink<'_, '_, '_, E> {
    #[inline(always)]
    fn next(&mut self, i: usize) -> E::Reg {
        self.engine.whiten(self.engine.gather_below(&self.rows.below(self.at), i * E::LANES))
    }

    #[inline(always)]
    fn put(&mut self, i: usize, encrypted: E::Reg) {
        self.engine.scatter(encrypted, &mut self.rows.row(self.at), i * E::LANES);
    }
}

/// Decryption of some blocks: the inverse cipher on each, and the ciphertext block before it added.
#[derive(Clone, Copy)]
struct Decrypt<'b> {
    /// The ciphertext block before the first, or the IV.
    before: &'b Block,
}

impl Step for Decrypt<'_> {
    #[inline(always)]
    fn step<E: Engine, const N: usize>(&self, engine: E, blocks: &mut [Block], start: usize) {
        let (done_later, blocks) = blocks.split_at_mut(start);
        let before = done_later.last().unwrap_or(self.before);
        // What goes before the blocks of all registers but the first are these blocks themselves, moved on by one.
        let previous = |i| match i {
            0 => after(engine, before, blocks),
            _ => engine.load(&blocks[i * E::LANES - 1..][..E::LANES]),
        };
        let regs = engine.decrypt_then_xor(load::<E, N>(engine, blocks), previous);
        store(engine, regs, blocks);
    }

    #[cfg(feature = "rayon")]
    fn behind<'b>(&'b self, before: Option<&'b Block>) -> impl Step + 'b {
        Decrypt { before: before.unwrap_or(self.before) }
    }
}

/// The register that holds the block before the first, and then the first ones but for the last of a register.
#[inline(always)]
fn after<E: Engine>(engine: E, before: &Block, blocks: &[Block]) -> E::Reg {
    engine.gather(|lane| match lane {
        0 => before,
        // There may be less than a register; then it doesn't matter what is in the rest of it.
        _ => blocks.get(lane - 1).unwrap_or(before),
    })
}

impl fmt::Debug for Encryptor<'_> {
    /// Shows the backend.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryptor").field("backend", &self.key.backend()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Decryptor<'_> {
    /// Shows the backend.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decryptor").field("backend", &self.key.backend()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Message<'_> {
    /// Shows how many blocks there are, and nothing of them: they may not be encrypted yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("blocks", &self.blocks.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use super::{Block, LINE, Message, get_in_each_others_way};

    const LONG: usize = 16 * LINE;
    const PAGE: usize = 4096 / size_of::<Block>();

    /// What is said of messages, each in a page of its own, with so many blocks of the page before it; the first is of the length
    /// given, and the others of a block.
    fn said(before: &[usize], first_len: usize, places: usize) -> bool {
        let mut memory = std::vec![[0; 16]; (before.len() + 1) * PAGE];
        // To less than a block behind where a page begins.
        let to_page = (memory.as_ptr().addr().wrapping_neg() % 4096).div_ceil(size_of::<Block>());
        let pages = memory[to_page..].chunks_exact_mut(PAGE).zip(before).enumerate();
        let message = |(i, (page, before)): (usize, (_, &usize))| {
            let page: &mut [Block] = page;
            Message { iv: [0; 16], blocks: &mut page[*before..][..if i == 0 { first_len } else { 1 }] }
        };
        get_in_each_others_way(&pages.map(message).collect::<Vec<_>>(), places)
    }

    #[test]
    fn messages_at_the_same_places_of_pages() {
        assert!(said(&[0; 16], LONG, 16));
        assert!(said(&[5 * LINE; 16], LONG, 16));
        assert!(said(&[0; 16], PAGE, 16));
        assert!(!said(&[0; 16], LONG - 1, 16), "the first is short");
        assert!(!said(&[], LONG, 16), "none");
        assert!(!said(&[0; 16], LONG, 8), "a cache has room for eight");
        assert!(said(&[0; 16], LONG, 9));
        assert!(!said(&[0; 8], LONG, 16));
        assert!(said(&[0; 9], LONG, 16));

        let all: [usize; 32] = core::array::from_fn(|i| i * LINE);
        assert!(!said(&all, LONG, 32), "each at a line of its own");
        let mut some = all;
        some[..8].fill(0);
        assert!(!said(&some, LONG, 32));
        some[20] = 0;
        assert!(said(&some, LONG, 32));
        assert!(!said(&some, LONG, 16), "of those that come first");
        let within = core::array::from_fn::<_, 16, _>(|i| i % (LINE - 1));
        assert!(said(&within, LONG, 16), "in the same line, if not at the same place of it");
    }
}
