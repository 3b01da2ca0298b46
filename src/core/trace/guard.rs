//! Runs code of a simulator so that a panic, or a run that does not end, is an error with a reason.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Once;
use std::time::{Duration, Instant};

use super::Rejected;

/// Draws between two looks at the clock.
const DRAWS: u32 = 256;

thread_local! {
    /// True while the panic hook is silent on this thread.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
    /// Where the last silent panic was raised.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
    static LIMIT: Cell<Option<Limit>> = const { Cell::new(None) };
}

/// The time that an event may take.
#[derive(Debug, Clone, Copy)]
struct Limit {
    end: Instant,
    seconds: f64,
}

/// Payload that is thrown through a run that is out of time.
struct OutOfTime(f64);

/// Runs `run`; if it panics or is out of time, it is [`Rejected`] with the reason, and nothing is printed.
pub(crate) fn guarded<T>(run: impl FnOnce() -> Result<T, Rejected>) -> Result<T, Rejected> {
    silence_hook();
    let outer = IS_GUARDED.replace(true);
    // A run that panicked leaves nothing that is used again: what it was writing to belongs to an event that is given up.
    let result = catch_unwind(AssertUnwindSafe(run));
    IS_GUARDED.set(outer);
    result.unwrap_or_else(|thrown| Err(rejected(&*thrown)))
}

fn rejected(thrown: &(dyn Any + Send)) -> Rejected {
    if let Some(OutOfTime(seconds)) = thrown.downcast_ref() {
        return Rejected::OutOfTime(*seconds);
    }
    let text = thrown.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| thrown.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "without a message".into());
    Rejected::Panicked(format!("{text}{}", PLACE.take()))
}

/// Adds a hook, once, that notes the place of a panic in guarded code; other panics go to the hook that was there before.
fn silence_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let other = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| match IS_GUARDED.get() {
            true => PLACE.set(panic.location().map_or(String::new(), |place| format!(" (at {place})"))),
            false => other(panic),
        }));
    });
}

/// Limits the time of the runs on this thread until it is dropped.
#[derive(Debug)]
pub(crate) struct TimeLimit {
    outer: Option<Limit>,
}

impl TimeLimit {
    /// Begins now; without a limit, runs may take any time.
    pub(crate) fn begin(limit: Option<Duration>) -> Self {
        let end = limit.and_then(|limit| Some((Instant::now().checked_add(limit)?, limit.as_secs_f64())));
        Self {
            outer: LIMIT.replace(end.map(|(end, seconds)| Limit { end, seconds })),
        }
    }
}

impl Drop for TimeLimit {
    fn drop(&mut self) {
        LIMIT.set(self.outer);
    }
}

/// Counts draws, and looks at the clock now and then.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    draws: u32,
}

impl Clock {
    /// Counts a draw; leaves the run if it is out of time.
    #[inline]
    pub(super) fn tick(&mut self) {
        self.draws = self.draws.wrapping_add(1);
        if self.draws.is_multiple_of(DRAWS) {
            check_time();
        }
    }
}

/// Leaves the run if it is out of time. A draw cannot fail, so the only way out is that of a panic, without its message.
#[cold]
#[inline(never)]
pub(crate) fn check_time() {
    if let Some(limit) = LIMIT.get().filter(|limit| Instant::now() > limit.end) {
        resume_unwind(Box::new(OutOfTime(limit.seconds)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_reasons_with_their_place() {
        let result: Result<(), _> = guarded(|| panic!("no jets in {} events", 3));
        let Err(Rejected::Panicked(words)) = result else {
            unreachable!("it panicked");
        };
        assert!(
            words.starts_with("no jets in 3 events (at ") && words.contains("guard.rs"),
            "{words}"
        );
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }

    #[test]
    fn a_loop_of_draws_ends_at_its_limit_only() {
        let _limit = TimeLimit::begin(Some(Duration::from_millis(5)));
        let endless: Result<(), _> = guarded(|| {
            let mut clock = Clock::default();
            loop {
                clock.tick();
            }
        });
        assert_eq!(endless, Err(Rejected::OutOfTime(0.005)));
        let _none = TimeLimit::begin(None);
        let free = guarded(|| {
            (0..1000).for_each(|_| check_time());
            Ok(true)
        });
        assert_eq!(free, Ok(true));
    }
}
