//! Progress of long calls, and requests to stop them.

use crate::error::{Error, Result};

/// Receives the progress of a long call, and can stop it.
///
/// A call that takes a `&dyn Progress` reports and asks at least every 50 ms, from one or several threads. `&()` is silent and never
/// stops.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use motherlode_core::progress::Progress;
///
/// /// Stops after ten units of work.
/// #[derive(Default)]
/// struct Ten(AtomicU64);
///
/// impl Progress for Ten {
///     fn report(&self, done: u64, _total: u64) { self.0.store(done, Ordering::Relaxed); }
///     fn is_stopped(&self) -> bool { self.0.load(Ordering::Relaxed) >= 10 }
/// }
///
/// let ten = Ten::default();
/// assert!((0..20).try_for_each(|done| ten.advance(done, 20)).is_err());
/// ```
pub trait Progress: Send + Sync {
    /// Names the work that follows, such as "fits".
    fn begin(&self, what: &str) {
        let _ = what;
    }

    /// Takes note that `done` of `total` units of work are finished.
    fn report(&self, done: u64, total: u64) {
        let _ = (done, total);
    }

    /// Returns true if the work should stop.
    fn is_stopped(&self) -> bool {
        false
    }

    /// Fails if the work should stop.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`](crate::ErrorKind::Interrupted) if [`is_stopped`](Self::is_stopped).
    fn check(&self) -> Result<()> {
        match self.is_stopped() {
            true => Err(Error::interrupted("stopped on request")),
            false => Ok(()),
        }
    }

    /// Reports, then fails if the work should stop.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    fn advance(&self, done: u64, total: u64) -> Result<()> {
        self.report(done, total);
        self.check()
    }
}

/// The silent progress, which never stops.
impl Progress for () {}

/// A closure that receives `done` and `total`, and never stops.
impl<F: Fn(u64, u64) + Send + Sync> Progress for F {
    fn report(&self, done: u64, total: u64) {
        self(done, total);
    }
}
