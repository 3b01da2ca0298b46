//! Number of threads of a command.

use motherlode_core::error::{Error, Result};

/// Most threads that can be asked for.
const MOST: usize = 1_024;

/// Sets the number of threads for all that follows: as asked for, else as `RAYON_NUM_THREADS` says, else one for each core.
pub(super) fn set(asked: Option<usize>) -> Result<()> {
    let variable = std::env::var("RAYON_NUM_THREADS").ok();
    let (name, n) = match (asked, variable.as_deref().unwrap_or_default().trim()) {
        (Some(n), _) => ("--threads", Some(n.to_string())),
        (None, "" | "0") => ("", None),
        (None, text) => ("RAYON_NUM_THREADS", Some(text.to_owned())),
    };
    let number = n.as_deref().map(str::parse::<usize>);
    let n = match number {
        None => 0, // Rayon's word for one for each core
        Some(Ok(n @ 1..=MOST)) => n,
        Some(_) => {
            return Err(Error::usage(format!(
                "{name} {}: give a number of threads from 1 to {MOST}",
                n.unwrap_or_default()
            )));
        }
    };
    let built = rayon::ThreadPoolBuilder::new().num_threads(n).build_global();
    built.map_err(|error| {
        Error::numerical(format!(
            "the threads cannot be started ({error}): ask for fewer with --threads"
        ))
    })
}
