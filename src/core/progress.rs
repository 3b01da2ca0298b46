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

/// A step of a long call that counts its steps itself: requests to stop are passed on, reports are not.
#[derive(Clone, Copy)]
pub struct Step<'a>(pub &'a dyn Progress);

impl std::fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("step")
    }
}

impl Progress for Step<'_> {
    fn is_stopped(&self) -> bool {
        self.0.is_stopped()
    }
}

/// One of several phases of a long call, which fills its share of the whole progress and is stopped with it.
///
/// ```
/// use std::sync::Mutex;
/// use motherlode_core::progress::{Phase, Progress};
///
/// let last = Mutex::new((0, 0));
/// let whole = |done, total| *last.lock().unwrap() = (done, total);
/// Phase::new(&whole, 1, 4).report(50, 100);
/// assert_eq!(*last.lock().unwrap(), (1_500, 4_000)); // one and a half of four
/// ```
#[derive(Clone, Copy)]
pub struct Phase<'a> {
    whole: &'a dyn Progress,
    number: u64,
    n_phases: u64,
}

/// Steps into which a phase divides its share.
const STEPS: u64 = 1_000;

impl<'a> Phase<'a> {
    /// Phase `number`, counted from 0, of `n_phases`.
    pub fn new(whole: &'a dyn Progress, number: u64, n_phases: u64) -> Self {
        Self {
            whole,
            number,
            n_phases,
        }
    }
}

impl std::fmt::Debug for Phase<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "phase {} of {}", self.number, self.n_phases)
    }
}

impl Progress for Phase<'_> {
    fn report(&self, done: u64, total: u64) {
        let within = (STEPS * done).checked_div(total).unwrap_or(0).min(STEPS);
        self.whole.report(STEPS * self.number + within, STEPS * self.n_phases);
    }

    fn is_stopped(&self) -> bool {
        self.whole.is_stopped()
    }
}
