//! A small cache of computed values.
//!
//! Keys are found by a predicate rather than by their hash: some callers accept a value that was computed for more than they need.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A cache of a few values, which drops the oldest; threads that ask for a missing one at the same time each compute it.
#[derive(Debug)]
pub struct Cache<K, V> {
    capacity: usize,
    entries: Mutex<VecDeque<(K, Arc<V>)>>,
}

impl<K, V> Cache<K, V> {
    /// An empty cache of up to `capacity` values.
    pub fn new(capacity: usize) -> Self {
        let entries = Mutex::default();
        Self { capacity, entries }
    }

    /// The value of a key that `matches`; computed by `make`, with its key, where there is none.
    ///
    /// # Errors
    /// As `make`.
    pub fn get_or_insert_with<E>(
        &self,
        matches: impl Fn(&K) -> bool,
        make: impl FnOnce() -> Result<(K, V), E>,
    ) -> Result<Arc<V>, E> {
        if let Some(value) = self.get(matches) {
            return Ok(value);
        }
        let (key, value) = make()?;
        let value = Arc::new(value);
        self.insert(key, Arc::clone(&value));
        Ok(value)
    }

    /// The value of a key that `matches`, if there is one.
    pub fn get(&self, matches: impl Fn(&K) -> bool) -> Option<Arc<V>> {
        let entries = self.entries();
        entries
            .iter()
            .find(|(key, _)| matches(key))
            .map(|(_, value)| Arc::clone(value))
    }

    /// Adds a value, in place of the oldest if the cache is full.
    pub fn insert(&self, key: K, value: Arc<V>) {
        let mut entries = self.entries();
        if entries.len() >= self.capacity {
            entries.pop_front();
        }
        entries.push_back((key, value));
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<(K, Arc<V>)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
