//! Instrumented simulation: every random choice passes through a [`Trace`], which knows its probability.
//!
//! A simulator is one generic function ([`Simulator::simulate`]). The handler it is given decides what is read from
//! it: [`DrawOnly`] only draws, [`Mine`] also adds up log p(x,z|θ) with its derivatives, [`Record`] writes the choices
//! down, [`Replay`] reads them back at other parameters. [`Instrumented`] is the same simulator behind an
//! object-safe face, for plain `f64` parameters of any number.

mod altered_replay;
mod caveat;
mod choice;
pub mod density;
mod guard;
mod handlers;
mod instrumented;
mod layout;
mod path;
mod simulator;

pub use altered_replay::{AlteredReplay, ChoiceFactor};
pub use caveat::Caveat;
pub use choice::{Choice, Choices, Kind};
pub use density::Density;
pub(crate) use guard::{TimeLimit, check_time, guarded};
pub use handlers::{DrawOnly, Mine, Record, Replay, Trace};
pub use instrumented::{Instrumented, Mined, unweighted};
pub use layout::Layout;
pub use path::LogProbability;
pub use simulator::{Hypotheses, Memory, Observable, Parameter, Rejected, Simulator};

/// The random number stream of one event.
pub type Stream = rand_pcg::Pcg64Mcg;

/// The stream of event `event`, attempt `attempt`, of seed `seed`: the same on any machine and in any order of events.
pub fn stream(seed: u64, event: u64, attempt: u64) -> Stream {
    use rand::SeedableRng;
    // Odd multipliers keep (event, attempt) apart within a seed; `seed_from_u64` does the mixing.
    let key = seed
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(event)
        .wrapping_add(attempt << 48);
    Stream::seed_from_u64(key)
}
