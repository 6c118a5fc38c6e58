//! Messages side by side: each is a column of blocks, of which an engine takes one row at a time.
//!
//! Chains that don't depend on each other can be worked on together, a block of each in every step.

use core::{marker::PhantomData, ops::Range, ptr};

use crate::Block;

/// Room for `W` columns. It is apart from [`Columns`] so that the compiler keeps the latter in registers.
pub(crate) struct Room<'b, const W: usize> {
    bases: [*mut Block; W],
    ends: [usize; W],
    blocks: PhantomData<&'b mut [Block]>,
}

impl<const W: usize> Room<'_, W> {
    pub(crate) fn new() -> Self {
        Room { bases: [ptr::null_mut(); W], ends: [0; W], blocks: PhantomData }
    }
}

/// Columns of blocks, all worked on at the same row; each begins at some row and ends at another.
///
/// Rows are counted from the first that there ever was, so that on the way from one to the next a single number changes.
pub(crate) struct Columns<'r, 'b, const W: usize> {
    /// Where a column would have its row 0, if it began so early. From the row that it begins at to the one before it ends
    /// its blocks are there.
    bases: &'r mut [*mut Block; W],
    /// The row behind a column's last.
    ends: &'r mut [usize; W],
    /// The row that is next.
    at: usize,
    blocks: PhantomData<&'b mut [Block]>,
}

impl<'r, 'b, const W: usize> Columns<'r, 'b, W> {
    /// Columns without any rows yet.
    #[inline(always)]
    pub(crate) fn new(room: &'r mut Room<'b, W>) -> Self {
        let Room { bases, ends, .. } = room;
        *ends = [0; W];
        Columns { bases, ends, at: 0, blocks: PhantomData }
    }

    /// Puts blocks in place of a column, which begins with the next row.
    #[inline(always)]
    pub(crate) fn put(&mut self, column: usize, blocks: &'b mut [Block]) {
        self.bases[column] = blocks.as_mut_ptr().wrapping_sub(self.at);
        // All blocks of all columns together fit in memory, so their number can't overflow.
        self.ends[column] = self.at + blocks.len();
    }

    /// Makes a column stand in `place` as well. What is written to one of the two appears in the other.
    #[inline(always)]
    pub(crate) fn duplicate(&mut self, column: usize, place: usize) {
        self.bases[place] = self.bases[column];
        self.ends[place] = self.ends[column];
    }

    /// Which columns have no row any more: a bit for each, the lowest for the first.
    #[inline(always)]
    pub(crate) fn ended(&self) -> u64 {
        const { assert!(W <= 64) };
        let mut ended = 0;
        for (column, end) in self.ends.iter().enumerate() {
            ended |= u64::from(*end == self.at) << column;
        }
        ended
    }

    /// The next rows of the first `width` columns: as many as each of these has, and not more than `most`.
    #[inline(always)]
    pub(crate) fn rows(&mut self, width: usize, most: usize) -> Rows<'_, 'b> {
        let end = self.ends[..width].iter().copied().fold(self.at.saturating_add(most), usize::min);
        // Going back would be to where a column has not begun.
        let end = end.max(self.at);
        Rows { bases: &self.bases[..width], range: self.at..end, at: &mut self.at, blocks: PhantomData }
    }
}

/// The next rows of some of the [`Columns`], as far as all of them reach.
pub(crate) struct Rows<'c, 'b> {
    bases: &'c [*mut Block],
    /// The rows, in which each of the columns has a block.
    range: Range<usize>,
    at: &'c mut usize,
    blocks: PhantomData<&'b mut [Block]>,
}

impl Rows<'_, '_> {
    /// The number of the first and the one behind the last.
    #[inline(always)]
    pub(crate) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// # Panics
    ///
    /// If `row` is not one of them.
    #[inline(always)]
    pub(crate) fn row(&mut self, row: usize) -> Row<'_> {
        assert!(self.range.contains(&row));
        Row { bases: self.bases, row, rows: PhantomData }
    }

    /// The row below this one.
    ///
    /// # Panics
    ///
    /// If they are not both among these.
    #[inline(always)]
    pub(crate) fn below(&mut self, row: usize) -> RowBelow<'_> {
        assert!(self.range.contains(&row));
        RowBelow(self.row(row + 1))
    }

    /// Goes on to what is below these rows.
    #[inline(always)]
    pub(crate) fn pass(self) {
        *self.at = self.range.end;
    }
}

/// A row of [`Rows`]. The same block may stand in several columns, so only one of them is lent at a time.
pub(crate) struct Row<'r> {
    bases: &'r [*mut Block],
    /// Where all of these columns have a block.
    row: usize,
    rows: PhantomData<&'r mut Block>,
}

impl Row<'_> {
    /// # Panics
    ///
    /// If there is no such column.
    #[inline(always)]
    pub(crate) fn block(&self, column: usize) -> &Block {
        // SAFETY: the column has a block here, which stays borrowed as long as `self` does.
        unsafe { &*self.bases[column].wrapping_add(self.row) }
    }

    /// # Panics
    ///
    /// If there is no such column.
    #[inline(always)]
    pub(crate) fn block_mut(&mut self, column: usize) -> &mut Block {
        // SAFETY: as above; and no other block is lent, as `self` is.
        unsafe { &mut *self.bases[column].wrapping_add(self.row) }
    }

    /// Where the blocks of some columns are, from the first of them on, all found before one is written: the compiler can't
    /// know that this doesn't change where the others are.
    ///
    /// # Panics
    ///
    /// If there are not so many columns.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    #[inline(always)]
    pub(crate) fn places<const LANES: usize>(&mut self, first: usize) -> [*mut Block; LANES] {
        core::array::from_fn(|lane| self.bases[first + lane].wrapping_add(self.row))
    }
}

/// A row of [`Rows`] that is not the first of them.
pub(crate) struct RowBelow<'r>(Row<'r>);

impl RowBelow<'_> {
    /// # Panics
    ///
    /// If there is no such column.
    #[inline(always)]
    pub(crate) fn block(&self, column: usize) -> &Block {
        self.0.block(column)
    }

    /// The block with the one above it, which comes first.
    ///
    /// # Panics
    ///
    /// If there is no such column.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    #[inline(always)]
    pub(crate) fn with_above(&self, column: usize) -> &[Block; 2] {
        // SAFETY: the column has a block here and one in the row before, and they stay borrowed as long as `self` does.
        unsafe { &*self.0.bases[column].wrapping_add(self.0.row).wrapping_sub(1).cast() }
    }
}
