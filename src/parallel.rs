//! Long work on all cores (feature `rayon`).
//!
//! The work is cut into pieces, and whoever is free takes the next: the caller, and rayon's other threads as they wake up.
//! For one that sleeps that takes as long as a fast backend needs for half a megabyte, so work has to be
//! [long](crate::Backend::long_work) to be shared.

use core::mem;
use std::sync::{Mutex, PoisonError};

use crate::{
    Aes, Block,
    backend::{Engine, Job, Ladder, Step},
    cbc::Message,
};

/// No backend shares less blocks than these. (Asked before anything is called, or short work would pay for that.)
pub(crate) const LONG: usize = 1 << 12;

/// Takes the steps on all cores, if that pays; returns whether it does.
#[inline(never)]
pub(crate) fn run_steps<S: Step>(key: &Aes, blocks: &mut [Block], step: S) -> bool {
    if !pays(key, blocks.len()) {
        return false;
    }
    // Few enough blocks that nobody waits long for the last piece, and so many that taking one costs nothing.
    let piece = key.backend().long_work() / 16;
    // From the last to the first, so that what is before a piece is there as it came.
    let mut rest = blocks;
    let next = || {
        let start = rest.len().saturating_sub(piece);
        let (before, blocks) = mem::take(&mut rest).split_at_mut(start);
        rest = before;
        if blocks.is_empty() { None } else { Some((rest.last().copied(), blocks)) }
    };
    share(next, |(before, blocks)| key.run(Ladder { blocks, step: step.behind(before.as_ref()) }));
    true
}

/// Encrypts the messages on all cores, if that pays; returns whether it does.
#[inline(never)]
pub(crate) fn encrypt_many(
    key: &Aes,
    messages: &mut [Message<'_>],
    encrypt: impl Fn(&mut [Message<'_>]) + Sync,
) -> bool {
    let blocks = messages.iter().map(|message| message.blocks.len()).sum();
    if !pays(key, blocks) {
        return false;
    }
    let groups = groups(messages.len(), key.run(SideBySide), rayon::current_num_threads());
    if groups < 2 {
        return false;
    }
    // Groups of as many blocks each as whole messages allow.
    let mut rest = messages;
    let next = || {
        let mut sum = 0;
        let end = rest.iter().position(|message| {
            sum += message.blocks.len();
            sum >= blocks.div_ceil(groups)
        });
        let end = end.map_or(rest.len(), |last| last + 1);
        let (group, after) = mem::take(&mut rest).split_at_mut(end);
        rest = after;
        if group.is_empty() { None } else { Some(group) }
    };
    share(next, encrypt);
    true
}

/// How many groups to make of messages: for each thread up to four, of so many messages that those worked on side by side
/// stay complete for the most part of the time; or one, as long as half of those are there. (Half of them take about two
/// thirds of the time of all.)
fn groups(messages: usize, side_by_side: usize, threads: usize) -> usize {
    let for_each = (messages / (4 * side_by_side * threads)).clamp(1, 4);
    (threads * for_each).min(2 * messages / side_by_side)
}

/// Whether threads pay for so many blocks.
fn pays(key: &Aes, blocks: usize) -> bool {
    blocks >= key.backend().long_work() && rayon::current_num_threads() > 1
}

/// Asks how many messages an engine encrypts side by side.
struct SideBySide;

impl Job for SideBySide {
    type Output = usize;

    #[inline(always)]
    fn run<E: Engine>(self, _: E) -> usize {
        E::AT_ONCE * E::LANES
    }
}

/// Does the `work` on all that comes `next`, each on whichever thread is free.
fn share<T: Send>(next: impl FnMut() -> Option<T> + Send, work: impl Fn(T) + Sync) {
    let next = Mutex::new(next);
    let take_next = || {
        let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
        next()
    };
    let take_part = || {
        while let Some(piece) = take_next() {
            work(piece);
        }
    };
    rayon::in_place_scope(|scope| {
        for _ in 1..rayon::current_num_threads() {
            scope.spawn(|_| take_part());
        }
        take_part();
    });
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        sync::{Barrier, Mutex},
        thread::{self, ThreadId},
        vec::Vec,
    };

    use super::*;
    use crate::{Aes128, Backend};

    fn on_threads<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
    }

    /// Everything is done once, and everybody takes part: the pieces here wait for each other.
    #[test]
    #[cfg_attr(target_family = "wasm", ignore = "there are no threads")]
    fn shared_by_all() {
        let barrier = Barrier::new(3);
        let done = Mutex::new((Vec::new(), HashSet::<ThreadId>::new()));
        let mut pieces = 0..30;
        on_threads(3, || {
            share(
                || pieces.next(),
                |piece| {
                    barrier.wait();
                    let mut done = done.lock().unwrap();
                    done.0.push(piece);
                    done.1.insert(thread::current().id());
                },
            )
        });
        let (mut pieces, threads) = done.into_inner().unwrap();
        pieces.sort();
        assert_eq!(pieces, (0..30).collect::<Vec<_>>());
        assert_eq!(threads.len(), 3);
    }

    #[test]
    #[cfg_attr(target_family = "wasm", ignore = "there are no threads")]
    fn long_work_only() {
        for backend in Backend::available() {
            let key = Aes128::with_backend(&[7; 16], backend);
            let long = backend.long_work();
            assert!(long >= LONG);
            for (blocks, threads, expected) in [(long - 1, 2, false), (long, 2, true), (long, 1, false)] {
                assert_eq!(on_threads(threads, || pays(&key, blocks)), expected, "{backend}: {blocks} on {threads}");
            }
            let mut blocks = std::vec![[0; 16]; long];
            assert!(on_threads(2, || run_steps(&key, &mut blocks, Nothing)));
            assert_eq!(blocks, std::vec![[0; 16]; long]);
        }
    }

    #[derive(Clone, Copy)]
    struct Nothing;

    impl Step for Nothing {
        fn step<E: Engine, const N: usize>(&self, _: E, _: &mut [Block], _: usize) {}

        fn behind(&self, _: Option<&Block>) -> impl Step {
            Nothing
        }
    }

    #[test]
    fn groups_of_messages() {
        // Messages, side by side, threads; groups.
        for (messages, side_by_side, threads, expected) in [
            (0, 16, 2, 0),
            (15, 16, 2, 1),
            (16, 16, 2, 2),
            (16, 16, 64, 2),
            (16, 8, 2, 2),
            (16, 8, 64, 4),
            (200, 16, 2, 2),
            (256, 16, 2, 4),
            (1000, 16, 2, 8),
            (100_000, 16, 2, 8),
            (1000, 32, 64, 62),
        ] {
            let got = groups(messages, side_by_side, threads);
            assert_eq!(got, expected, "{messages} messages, {side_by_side} side by side, {threads} threads");
        }
    }
}
