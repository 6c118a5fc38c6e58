//! RustCrypto's traits (feature `cipher`), so that the modes written over them run on this crate's keys.
//!
//! Such a mode hands over a closure, is handed a backend, and calls its methods as often as it likes. Here the closure is a
//! [`Job`] and the backend wraps an engine, so all that the mode does happens inside the engine's `#[target_feature]`
//! function, and its loops and the rounds become one.

use core::{fmt, slice};

use cipher::{
    AlgorithmName, Array, BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt, BlockCipherEncBackend,
    BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, InOut, InOutBuf, Key, KeyInit, KeySizeUser, ParBlocks,
    ParBlocksSizeUser,
    consts::{U4, U16, U24, U32},
    typenum::Unsigned,
};

use crate::{
    Aes, Aes128, Aes192, Aes256,
    aes::{Decrypt, Encrypt, Permutation},
    backend::{Engine, Job, Ladder, load, store},
};

/// How many blocks a mode hands over at once, if it has so many: the same for all engines.
///
/// What is left at the end modes hand over block by block, so that the more at once, the longer take messages of a few
/// blocks. And more than four are in flight all the same, as a processor begins with the next before these are done. With
/// eight, on Zen 3, 64 bytes of CTR would take a third longer than with four, and 16 KiB 7 % less.
type AtOnce = U4;

/// A block as these traits have it.
type Array16 = Array<u8, U16>;

/// An engine as these traits see it.
struct Backend<E>(E);

impl<E> BlockSizeUser for Backend<E> {
    type BlockSize = U16;
}

impl<E> ParBlocksSizeUser for Backend<E> {
    type ParBlocksSize = AtOnce;
}

impl<E: Engine> Backend<E> {
    #[inline(always)]
    fn block(&self, mut block: InOut<'_, '_, Array16>, permutation: impl Permutation) {
        let engine = self.0.narrow();
        let regs = load::<_, 1>(engine, slice::from_ref(block.get_in().into()));
        store(engine, permutation.permute(engine, regs), slice::from_mut(block.get_out().into()));
    }

    #[inline(always)]
    fn par_blocks(&self, blocks: InOut<'_, '_, ParBlocks<Self>>, permutation: impl Permutation) {
        let blocks = blocks.into_buf();
        if E::AT_ONCE == 1 {
            // Its wide registers would stay empty for the most part.
            return in_registers::<_, 1>(self.0.narrow(), blocks, permutation);
        }
        match AtOnce::USIZE / E::LANES {
            1 => in_registers::<_, 1>(self.0, blocks, permutation),
            2 => in_registers::<_, 2>(self.0, blocks, permutation),
            _ => in_registers::<_, 4>(self.0, blocks, permutation),
        }
    }

    #[inline(always)]
    fn tail_blocks(&self, blocks: InOutBuf<'_, '_, Array16>, permutation: impl Permutation) {
        let blocks = Array::cast_slice_to_core_mut(blocks.into_out_with_copied_in());
        Ladder { blocks, step: permutation }.run(self.0);
    }
}

/// Takes `N` registers after the other, each as long as there are blocks for all of them.
///
/// They are loaded from where the mode has them and not copied first: it puts them together from parts, and to read in one
/// go what was just written in parts takes a processor longer than all rounds.
#[inline(always)]
fn in_registers<E: Engine, const N: usize>(
    engine: E,
    mut blocks: InOutBuf<'_, '_, Array16>,
    permutation: impl Permutation,
) {
    while !blocks.is_empty() {
        let full = blocks.len().min(N * E::LANES);
        let (mut now, rest) = blocks.split_at(full);
        let regs = load::<E, N>(engine, Array::cast_slice_to_core(now.get_in()));
        store(engine, permutation.permute(engine, regs), Array::cast_slice_to_core_mut(now.get_out()));
        blocks = rest;
    }
}

impl<E: Engine> BlockCipherEncBackend for Backend<E> {
    #[inline(always)]
    fn encrypt_block(&self, block: InOut<'_, '_, Array16>) {
        self.block(block, Encrypt);
    }

    #[inline(always)]
    fn encrypt_par_blocks(&self, blocks: InOut<'_, '_, ParBlocks<Self>>) {
        self.par_blocks(blocks, Encrypt);
    }

    #[inline(always)]
    fn encrypt_tail_blocks(&self, blocks: InOutBuf<'_, '_, Array16>) {
        self.tail_blocks(blocks, Encrypt);
    }
}

impl<E: Engine> BlockCipherDecBackend for Backend<E> {
    #[inline(always)]
    fn decrypt_block(&self, block: InOut<'_, '_, Array16>) {
        self.block(block, Decrypt);
    }

    #[inline(always)]
    fn decrypt_par_blocks(&self, blocks: InOut<'_, '_, ParBlocks<Self>>) {
        self.par_blocks(blocks, Decrypt);
    }

    #[inline(always)]
    fn decrypt_tail_blocks(&self, blocks: InOutBuf<'_, '_, Array16>) {
        self.tail_blocks(blocks, Decrypt);
    }
}

/// A mode that encrypts blocks, by whatever it does in between.
struct Encrypting<F>(F);

impl<F: BlockCipherEncClosure<BlockSize = U16>> Job for Encrypting<F> {
    type Output = ();

    #[inline(always)]
    fn run<E: Engine>(self, engine: E) {
        self.0.call(&Backend(engine));
    }
}

/// The same for one that decrypts them.
struct Decrypting<F>(F);

impl<F: BlockCipherDecClosure<BlockSize = U16>> Job for Decrypting<F> {
    type Output = ();

    #[inline(always)]
    fn run<E: Engine>(self, engine: E) {
        self.0.call(&Backend(engine));
    }
}

/// What all keys have in common. (A blanket implementation of other crates' traits isn't allowed.)
macro_rules! block_cipher {
    ($($key:ident)*) => {$(
        impl BlockSizeUser for $key {
            type BlockSize = U16;
        }

        /// Modes written over this trait run inside this crate's engines, whichever the key has.
        impl BlockCipherEncrypt for $key {
            #[inline]
            fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = U16>) {
                self.run(Encrypting(f));
            }

            #[inline]
            fn encrypt_block(&self, block: &mut Array16) {
                Aes::encrypt_block(self, block.into());
            }

            #[inline]
            fn encrypt_blocks(&self, blocks: &mut [Array16]) {
                Aes::encrypt_blocks(self, Array::cast_slice_to_core_mut(blocks));
            }
        }

        /// Modes written over this trait run inside this crate's engines, whichever the key has.
        impl BlockCipherDecrypt for $key {
            #[inline]
            fn decrypt_with_backend(&self, f: impl BlockCipherDecClosure<BlockSize = U16>) {
                self.run(Decrypting(f));
            }

            #[inline]
            fn decrypt_block(&self, block: &mut Array16) {
                Aes::decrypt_block(self, block.into());
            }

            #[inline]
            fn decrypt_blocks(&self, blocks: &mut [Array16]) {
                Aes::decrypt_blocks(self, Array::cast_slice_to_core_mut(blocks));
            }
        }

        impl AlgorithmName for $key {
            fn write_alg_name(f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($key))
            }
        }
    )*};
}

block_cipher!(Aes Aes128 Aes192 Aes256);

/// Keys whose length their type tells; [`Aes`] isn't one.
macro_rules! key_size {
    ($($key:ident: $size:ty,)*) => {$(
        impl KeySizeUser for $key {
            type KeySize = $size;
        }

        impl KeyInit for $key {
            /// The same as the inherent `new`, for code that is generic over ciphers.
            fn new(key: &Key<Self>) -> Self {
                $key::new(key.into())
            }
        }
    )*};
}

key_size! {
    Aes128: U16,
    Aes192: U24,
    Aes256: U32,
}
