//! Interruption by a signal: the work stops where it can go on from, and the last word says how.
//!
//! The first signal asks the work to stop, through its progress. Work that does not ask, and a second signal, end the process at once:
//! outputs are whole or absent at any moment.

use std::sync::atomic::{AtomicI32, Ordering};

/// The signal that was received; 0 for none.
static RECEIVED: AtomicI32 = AtomicI32::new(0);

/// Returns true if a signal asks the work to stop.
pub(super) fn is_stopped() -> bool {
    RECEIVED.load(Ordering::Relaxed) != 0
}

/// Exit code of a process that a signal ended, by the convention of shells: 130 for SIGINT, 143 for SIGTERM. `None` without a signal.
pub(super) fn exit_code() -> Option<u8> {
    let signal = RECEIVED.load(Ordering::Relaxed);
    (signal != 0).then(|| u8::try_from(128 + signal).unwrap_or(u8::MAX))
}

/// Name of the signal that was received.
pub(super) fn name() -> &'static str {
    match RECEIVED.load(Ordering::Relaxed) {
        2 => "SIGINT",
        15 => "SIGTERM",
        _ => "a signal",
    }
}

/// Waits for signals from now on. `leave` prints the last word where the work does not stop by itself.
#[cfg(unix)]
pub(super) fn watch(leave: impl Fn() + Send + Sync + 'static) {
    use std::sync::Arc;
    use std::time::Duration;

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    /// Time for the work to stop and to save its state.
    const GRACE: Duration = Duration::from_secs(10);

    // Without a watch, signals end the process as they always did.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    let leave = Arc::new(move || {
        leave();
        std::process::exit(exit_code().unwrap_or(1).into());
    });
    std::thread::spawn(move || {
        for signal in &mut signals {
            if RECEIVED.swap(signal, Ordering::Relaxed) != 0 {
                leave();
            }
            let leave = leave.clone();
            std::thread::spawn(move || {
                std::thread::sleep(GRACE);
                leave();
            });
        }
    });
}

/// Elsewhere a signal ends the process at once.
#[cfg(not(unix))]
pub(super) fn watch(_: impl Fn() + Send + Sync + 'static) {}
