//! The server's memory of the messages that it has received, so that it takes each only once.
//!
//! Messages carry a time that their tag covers. Those outside a window around the present are refused, so only those
//! within have to be remembered, by their IVs: 1 million, and when the memory is full new ones are refused rather than
//! old ones forgotten. Only authentic messages get into it, so nobody else can fill it.
//!
//! What a server knew before it was started again is gone, so it takes nothing that was stamped before its start. There
//! is a gap: a message of a client whose clock was ahead, stamped later than the new start, may be taken once more.
//!
//! A clock that jumps forward and back: the times before the jump are refused as too old from then on, even when the
//! clock is right again, as what was forgotten in between could be sent once more. So the server refuses everything
//! until the clock is as late again as it was at its latest, less the window; starting it anew ends that, too.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use roundkey::Block;

use super::now_in_milliseconds;
use crate::Result;

const CAPACITY: usize = 1_000_000;

/// All times are Unix times in milliseconds.
pub struct Replays {
    window: u64,
    memory: Mutex<Memory>,
}

struct Memory {
    /// Older messages are refused. It never goes back, even if the clock does: what is older is forgotten.
    oldest: u64,
    ivs: HashSet<Block>,
    by_time: BTreeSet<(u64, Block)>,
}

impl Replays {
    /// For a server that starts now.
    pub fn since_now(window: Duration) -> Self {
        Replays::new(now_in_milliseconds(), u64::try_from(window.as_millis()).unwrap_or(u64::MAX))
    }

    fn new(started: u64, window: u64) -> Self {
        let memory = Memory { oldest: started, ivs: HashSet::new(), by_time: BTreeSet::new() };
        Replays { window, memory: Mutex::new(memory) }
    }

    /// Whether it would be taken: cheap, and so the first thing to be asked.
    pub fn check(&self, now: u64, time: u64, iv: &Block) -> Result<()> {
        self.with_memory(|memory| memory.check(now, self.window, time, iv))
    }

    /// Takes an authentic message: of several that are the same, at the same time, one.
    pub fn take(&self, now: u64, time: u64, iv: &Block) -> Result<()> {
        self.with_memory(|memory| {
            memory.check(now, self.window, time, iv)?;
            if memory.ivs.len() == CAPACITY {
                return Err("the memory of received messages is full".into());
            }
            memory.ivs.insert(*iv);
            memory.by_time.insert((time, *iv));
            Ok(())
        })
    }

    fn with_memory<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        // Nothing panics while it is locked; and if it did, what is remembered is still right.
        work(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Memory {
    fn check(&mut self, now: u64, window: u64, time: u64, iv: &Block) -> Result<()> {
        self.oldest = self.oldest.max(now.saturating_sub(window));
        while let Some(&(time, iv)) = self.by_time.first()
            && time < self.oldest
        {
            self.by_time.pop_first();
            self.ivs.remove(&iv);
        }
        if time < self.oldest {
            return Err("it is too old, or older than this server's start".into());
        }
        if time > now.saturating_add(window) {
            return Err("it is from the future".into());
        }
        if self.ivs.contains(iv) {
            return Err("it was received before".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_000_000;
    const WINDOW: u64 = 1000;

    #[test]
    fn only_within_the_window_and_after_the_start() {
        let replays = Replays::new(START, WINDOW);
        let is_taken = |now, time| replays.check(now, time, &[0; 16]).is_ok();
        assert!(!is_taken(START, START - 1), "before the start, though within the window");
        assert!(is_taken(START, START) && is_taken(START, START + WINDOW));
        assert!(!is_taken(START, START + WINDOW + 1) && !is_taken(START, u64::MAX));
        let now = START + 10 * WINDOW;
        assert!(is_taken(now, now - WINDOW) && !is_taken(now, now - WINDOW - 1) && !is_taken(now, 0));
        assert!(!is_taken(now - 5 * WINDOW, now - 5 * WINDOW), "the clock was set back");
        assert!(is_taken(u64::MAX, u64::MAX));
    }

    #[test]
    fn each_once_until_it_is_too_old() {
        let replays = Replays::new(START, WINDOW);
        let take = |now, time, iv| replays.take(now, time, &[iv; 16]).is_ok();
        assert!(take(START, START + WINDOW, 1), "from a clock that is ahead");
        assert!(take(START, START, 2));
        for now in START..=START + 2 * WINDOW {
            assert!(!take(now, START + WINDOW, 1) && replays.check(now, START + WINDOW, &[1; 16]).is_err());
        }
        assert_eq!(
            replays.with_memory(|memory| (memory.ivs.len(), memory.by_time.len())),
            (1, 1),
            "the other is forgotten"
        );
        let now = START + 2 * WINDOW + 1;
        assert!(!take(now, START + WINDOW, 1) && take(now, now, 1));
        assert!(!take(now, now + 1, 1), "the same IV, even with another time");
    }

    #[test]
    fn refuses_when_full() {
        let replays = Replays::new(START, WINDOW);
        for i in 0..CAPACITY as u128 {
            replays.take(START, START, &i.to_be_bytes()).unwrap();
        }
        assert!(replays.take(START, START, &[0xff; 16]).unwrap_err().to_string().contains("full"));
        replays.take(START + WINDOW + 1, START + WINDOW, &[0xff; 16]).unwrap();
    }
}
