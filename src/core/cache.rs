//! What was computed last, in case it is asked for again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The values of the keys that were asked for last; threads that ask for an unknown one at the same time each compute it.
#[derive(Debug)]
pub struct Recent<K, V> {
    most: usize,
    known: Mutex<VecDeque<(K, Arc<V>)>>,
}

impl<K, V> Recent<K, V> {
    /// Keeps up to `most` values.
    pub fn new(most: usize) -> Self {
        let known = Mutex::default();
        Self { most, known }
    }

    /// Returns the value of the key for which `is` holds, or makes key and value with `make` and keeps them.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn of<E>(&self, is: impl Fn(&K) -> bool, make: impl FnOnce() -> Result<(K, V), E>) -> Result<Arc<V>, E> {
        if let Some(known) = self.find(is) {
            return Ok(known);
        }
        let (key, value) = make()?;
        let value = Arc::new(value);
        self.keep(key, Arc::clone(&value));
        Ok(value)
    }

    /// The value of the key that `is` the right one, if it is known.
    pub fn find(&self, is: impl Fn(&K) -> bool) -> Option<Arc<V>> {
        let known = self.known();
        known
            .iter()
            .find(|(key, _)| is(key))
            .map(|(_, value)| Arc::clone(value))
    }

    /// Keeps a value, in place of the oldest.
    pub fn keep(&self, key: K, value: Arc<V>) {
        let mut known = self.known();
        if known.len() >= self.most {
            known.pop_front();
        }
        known.push_back((key, value));
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<(K, Arc<V>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
