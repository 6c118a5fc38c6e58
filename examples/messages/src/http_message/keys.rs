//! The server's keys. To derive one of the password and a request's salt is work, and anybody may ask for it. So:
//!
//! - The keys of the latest 64 salts are kept, and only of those under which a message was authentic: others can't push
//!   them out.
//! - There are no more derivations at a time than processors, and a request doesn't wait longer for its key than its
//!   deadline, which is long enough for hundreds of clients who come at once, each with a salt of its own.
//! - With a fixed salt there is one key, derived at the start, and requests with another salt cost nothing. Otherwise
//!   whoever sends enough requests can keep those waiting whose salt is new; nothing else comes to harm.

use std::{
    collections::VecDeque,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use roundkey::cbc_hmac::Key;
use tokio::{
    sync::Semaphore,
    task::spawn_blocking,
    time::{Instant, timeout_at},
};
use zeroize::Zeroizing;

use super::modern::{Header, MAX_ITERATIONS, Salt, derive};
use crate::Result;

const KEPT: usize = 64;

/// Salt and iterations.
type Id = (Salt, u32);

pub struct Keys {
    password: Arc<Zeroizing<String>>,
    iterations: RangeInclusive<u32>,
    /// Only this salt may be used, and its key is the only one that is kept.
    is_fixed: bool,
    /// The latest first.
    kept: Mutex<VecDeque<(Id, Arc<Key>)>>,
    derivations: Arc<Semaphore>,
}

impl Keys {
    /// Any salt may be used.
    pub fn any(password: Zeroizing<String>, min_iterations: u32) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Keys {
            password: Arc::new(password),
            iterations: min_iterations..=MAX_ITERATIONS,
            is_fixed: false,
            kept: Mutex::default(),
            derivations: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Only this salt may be used, with so many iterations.
    pub fn fixed(password: Zeroizing<String>, salt: Salt, iterations: u32) -> Self {
        let key = Arc::new(derive(&password, &salt, iterations));
        let kept = Mutex::new(VecDeque::from([((salt, iterations), key)]));
        Keys { is_fixed: true, iterations: iterations..=iterations, kept, ..Keys::any(password, iterations) }
    }

    /// The key for a request, or none if there was no time to derive it before the deadline.
    pub async fn get(&self, header: &Header, deadline: Instant) -> Result<Option<Arc<Key>>> {
        let Header { ref salt, iterations, .. } = *header;
        if !self.iterations.contains(&iterations) {
            return Err(format!("it asks for {iterations} iterations").into());
        }
        let kept =
            self.kept().iter().find(|((of, count), _)| of == salt && *count == iterations).map(|(_, key)| key.clone());
        if kept.is_some() {
            return Ok(kept);
        }
        if self.is_fixed {
            return Err("its salt is not the one of this server".into());
        }
        let Ok(turn) = timeout_at(deadline, self.derivations.clone().acquire_owned()).await else { return Ok(None) };
        let turn = turn?;
        let (password, salt) = (self.password.clone(), salt.clone());
        // A derivation that nobody waits for any more goes on, so it keeps its turn until it ends.
        let derivation = spawn_blocking(move || {
            let _turn = turn;
            Arc::new(derive(&password, &salt, iterations))
        });
        Ok(timeout_at(deadline, derivation).await.ok().transpose()?)
    }

    /// Keeps the key of an authentic request.
    pub fn keep(&self, header: &Header, key: Arc<Key>) {
        let id = (header.salt.clone(), header.iterations);
        let mut kept = self.kept();
        kept.retain(|(other, _)| *other != id);
        kept.truncate(KEPT - 1);
        kept.push_front((id, key));
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<(Id, Arc<Key>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn password() -> Zeroizing<String> {
        Zeroizing::new("correct horse".into())
    }

    fn header(salt: u8, iterations: u32) -> Header {
        Header { salt: [salt; 16].into(), iterations, time: 0 }
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn salts(keys: &Keys) -> Vec<u8> {
        keys.kept().iter().map(|((salt, _), _)| salt.as_ref()[0]).collect()
    }

    #[tokio::test]
    async fn only_authentic_ones_are_kept() {
        let keys = Keys::any(password(), 1);
        for salt in 0..100 {
            let key = keys.get(&header(salt, 1), soon()).await.unwrap().unwrap();
            if salt < 70 {
                keys.keep(&header(salt, 1), key);
            }
        }
        assert_eq!(salts(&keys), (6..70).rev().collect::<Vec<_>>());
        let key = keys.get(&header(6, 1), soon()).await.unwrap().unwrap();
        keys.keep(&header(6, 1), key);
        assert_eq!((salts(&keys).len(), salts(&keys)[0]), (KEPT, 6));
    }

    #[tokio::test]
    async fn iterations_within_limits() {
        let keys = Keys::any(password(), 10);
        for (iterations, is_allowed) in
            [(0, false), (9, false), (10, true), (MAX_ITERATIONS + 1, false), (u32::MAX, false)]
        {
            assert_eq!(keys.get(&header(0, iterations), soon()).await.is_ok(), is_allowed);
        }
    }

    #[tokio::test]
    async fn a_fixed_salt_needs_no_turn() {
        let keys = Keys::fixed(password(), [7; 16].into(), 10);
        keys.derivations.close();
        assert!(keys.get(&header(7, 10), soon()).await.unwrap().is_some());
        for other in [header(8, 10), header(7, 9), header(7, 11)] {
            assert!(keys.get(&other, soon()).await.is_err());
        }
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_the_deadline() {
        let keys = Keys::any(password(), 1);
        let key = keys.get(&header(0, 1), soon()).await.unwrap().unwrap();
        keys.keep(&header(0, 1), key);
        let cores = u32::try_from(keys.derivations.available_permits()).unwrap();
        let all = keys.derivations.clone().acquire_many_owned(cores).await.unwrap();
        let deadline = || Instant::now() + Duration::from_millis(10);
        assert!(keys.get(&header(1, 1), deadline()).await.unwrap().is_none());
        assert!(keys.get(&header(0, 1), deadline()).await.unwrap().is_some(), "it is there already");
        drop(all);
        assert!(keys.get(&header(1, 1), soon()).await.unwrap().is_some());
        // One that takes too long is given up, but keeps its turn until it ends.
        assert!(keys.get(&header(1, MAX_ITERATIONS), deadline()).await.unwrap().is_none());
        assert_eq!(keys.derivations.available_permits(), cores as usize - 1);
    }
}
