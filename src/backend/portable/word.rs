//! The word that planes are made of: of 32 or 64 bits, by what the processor has.

use core::ops::{BitAnd, BitXor, BitXorAssign, Not, Shl, Shr};

use zeroize::Zeroize;

use crate::Block;

/// An unsigned integer of 32 or 64 bits. All code in this backend is written once, over it.
pub(super) trait Word:
    Copy
    + Default
    + Zeroize
    + BitAnd<Output = Self>
    + BitXor<Output = Self>
    + BitXorAssign
    + Not<Output = Self>
    + Shl<usize, Output = Self>
    + Shr<usize, Output = Self>
{
    const BITS: usize;

    /// The columns of a row in the order in which the [wide form](super::wide) has them. It is its own inverse.
    const COLUMNS: [usize; 4];

    /// The lowest bits of a number: for constants, which are written down for 64 bits.
    fn cut(from: u64) -> Self;

    /// The lowest 32 bits.
    fn low(self) -> u32;

    fn rotate_right(self, places: usize) -> Self;

    /// The exclusive or with all bits if a bit of `bits` is set, or else with none. Without a branch or a comparison, of
    /// which a compiler could make one: the bit goes to the top, and from there as a sign over the whole word.
    fn xor_if(self, bits: u32, bit: usize) -> Self;

    /// Word `i` of a block.
    fn from_block(block: &Block, i: usize) -> Self;

    /// Writes word `i` of a block.
    fn to_block(self, block: &mut Block, i: usize);

    /// Bits i and i + `distance` change places, for each i that `mask` has.
    #[inline(always)]
    fn exchange_within(self, distance: usize, mask: Self) -> Self {
        let difference = (self >> distance ^ self) & mask;
        self ^ difference ^ difference << distance
    }
}

impl Word for u32 {
    const BITS: usize = 32;
    const COLUMNS: [usize; 4] = [0, 1, 2, 3];

    #[inline(always)]
    fn cut(from: u64) -> u32 {
        from as u32
    }

    #[inline(always)]
    fn low(self) -> u32 {
        self
    }

    #[inline(always)]
    fn rotate_right(self, places: usize) -> u32 {
        self.rotate_right(places as u32)
    }

    #[inline(always)]
    fn xor_if(self, bits: u32, bit: usize) -> u32 {
        self ^ ((bits << (31 - bit)).cast_signed() >> 31).cast_unsigned()
    }

    #[inline(always)]
    fn from_block(block: &Block, i: usize) -> u32 {
        u32::from_le_bytes(block.as_chunks().0[i])
    }

    #[inline(always)]
    fn to_block(self, block: &mut Block, i: usize) {
        block.as_chunks_mut().0[i] = self.to_le_bytes();
    }
}

impl Word for u64 {
    const BITS: usize = 64;
    const COLUMNS: [usize; 4] = [0, 2, 1, 3];

    #[inline(always)]
    fn cut(from: u64) -> u64 {
        from
    }

    #[inline(always)]
    fn low(self) -> u32 {
        self as u32
    }

    #[inline(always)]
    fn rotate_right(self, places: usize) -> u64 {
        self.rotate_right(places as u32)
    }

    #[inline(always)]
    fn xor_if(self, bits: u32, bit: usize) -> u64 {
        self ^ ((u64::from(bits) << (63 - bit)).cast_signed() >> 63).cast_unsigned()
    }

    #[inline(always)]
    fn from_block(block: &Block, i: usize) -> u64 {
        u64::from_le_bytes(block.as_chunks().0[i])
    }

    #[inline(always)]
    fn to_block(self, block: &mut Block, i: usize) {
        block.as_chunks_mut().0[i] = self.to_le_bytes();
    }
}

/// Of the words in pairs that are `distance` apart, the first one's bits above those of `mask`, by `shift`, change places
/// with the second one's bits in `mask`. Doing it again undoes it.
///
/// A bit's place is a number: those of its word's index and those of its place in the word, one after the other. So this
/// lets two binary digits of that number change places, one of the index (`distance`) and one of the place (`shift`). All
/// slicing is made of that.
#[inline(always)]
pub(super) fn exchange<W: Word>(words: &mut [W], distance: usize, shift: usize, mask: u64) {
    let mask = W::cut(mask);
    for pairs in words.chunks_exact_mut(2 * distance) {
        let (first, second) = pairs.split_at_mut(distance);
        for (first, second) in first.iter_mut().zip(second) {
            let difference = (*first >> shift ^ *second) & mask;
            *first ^= difference << shift;
            *second ^= difference;
        }
    }
}
