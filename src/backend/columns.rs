//! Messages side by side: each is a column of blocks, of which an engine takes one row at a time.
//!
//! Chains that don't depend on each other can be worked on together, a block of each in every step.

use core::{marker::PhantomData, ptr};

use crate::Block;

/// The most columns that any engine takes: eight registers of four blocks.
const MAX_COLUMNS: usize = 32;

/// Columns of blocks, from the top of each to where it ends; of any height, none included.
pub(crate) struct Columns<'b> {
    /// What is at the top. Valid for as many blocks as are left below it.
    tops: [*mut Block; MAX_COLUMNS],
    left: [usize; MAX_COLUMNS],
    blocks: PhantomData<&'b mut [Block]>,
}

impl<'b> Columns<'b> {
    pub(crate) fn new() -> Self {
        Columns { tops: [ptr::null_mut(); MAX_COLUMNS], left: [0; MAX_COLUMNS], blocks: PhantomData }
    }

    /// Puts blocks in place of a column.
    #[inline(always)]
    pub(crate) fn put(&mut self, column: usize, blocks: &'b mut [Block]) {
        self.tops[column] = blocks.as_mut_ptr();
        self.left[column] = blocks.len();
    }

    /// Makes a column stand in `place` as well. What is written to one of the two appears in the other.
    #[inline(always)]
    pub(crate) fn duplicate(&mut self, column: usize, place: usize) {
        self.tops[place] = self.tops[column];
        self.left[place] = self.left[column];
    }

    /// How many blocks are left in a column.
    #[inline(always)]
    pub(crate) fn left(&self, column: usize) -> usize {
        self.left[column]
    }

    /// The rows of the first `columns`: as many as the lowest of these has left, and not more than `most`.
    #[inline(always)]
    pub(crate) fn rows(&mut self, columns: usize, most: usize) -> Rows<'_, 'b> {
        let height = self.left[..columns].iter().copied().fold(most, usize::min);
        Rows { columns: self, width: columns, height }
    }
}

/// Some columns of [`Columns`], as far as all of them reach.
pub(crate) struct Rows<'c, 'b> {
    columns: &'c mut Columns<'b>,
    /// At most `MAX_COLUMNS`.
    width: usize,
    /// At most what is left in each of these columns.
    height: usize,
}

impl<'b> Rows<'_, 'b> {
    #[inline(always)]
    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// # Panics
    ///
    /// If `row` is not below the height.
    #[inline(always)]
    pub(crate) fn row(&mut self, row: usize) -> Row<'_, 'b> {
        assert!(row < self.height);
        Row { columns: self.columns, width: self.width, row }
    }

    /// Goes on to what is left below these rows.
    #[inline(always)]
    pub(crate) fn pass(self) {
        for column in 0..self.width {
            self.columns.left[column] -= self.height;
            // SAFETY: at least `height` blocks are left, so this is within them or just behind the last.
            self.columns.tops[column] = unsafe { self.columns.tops[column].add(self.height) };
        }
    }
}

/// A row of [`Rows`]. The same block may stand in several columns, so only one of them is lent at a time.
pub(crate) struct Row<'c, 'b> {
    columns: &'c mut Columns<'b>,
    width: usize,
    /// Below what is left in each of the first `width` columns.
    row: usize,
}

impl Row<'_, '_> {
    /// # Panics
    ///
    /// If `column` is not within the width.
    #[inline(always)]
    pub(crate) fn block(&self, column: usize) -> &Block {
        assert!(column < self.width);
        // SAFETY: the column has a block here, which is borrowed as long as `Columns` lives.
        unsafe { &*self.columns.tops[column].add(self.row) }
    }

    /// # Panics
    ///
    /// If `column` is not within the width.
    #[inline(always)]
    pub(crate) fn block_mut(&mut self, column: usize) -> &mut Block {
        assert!(column < self.width);
        // SAFETY: as above; and no other block is lent, as `self` is.
        unsafe { &mut *self.columns.tops[column].add(self.row) }
    }
}
