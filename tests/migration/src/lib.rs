//! The page on coming from other libraries, as a crate that has those libraries: `cargo test` runs all of its Rust snippets,
//! where in our own crate those of others are empty. (Those in Python: `page.py`. All of it: `.ci/migration`.)

// What a library advises against has no place on the page, nor has a name that isn't needed; and behind a feature that isn't
// there nothing would run.
#![doc(test(attr(deny(deprecated, unexpected_cfgs, unused_imports, unused_mut))))]

#[doc = include_str!("../../../src/migration.md")]
pub struct Page;
