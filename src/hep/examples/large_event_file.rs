//! Memory of a large file of MadMiner: writes one of N events, weights each of them, and prints the peak.
//!
//!     cargo run --release --example large_event_file -- EVENTS.h5 N OUT.h5
//!
//! EVENTS.h5 is a small event file, whose events are repeated with observables a little off; it needs a morphing. `motherlode mine`, `merge` and
//! `inspect` can then be measured on OUT.h5.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use motherlode_core::{Error, Result};
use motherlode_hep::madminer::{EventFile, EventFileWriter, EventReader, Selection, WeightedEvents};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match &arguments[..] {
        [events, n, out] => match n.parse() {
            Ok(n) => run(Path::new(events), n, Path::new(out)),
            Err(_) => Err(Error::usage(format!("`{n}` is no number of events"))),
        },
        _ => Err(Error::usage(
            "give a small event file, a number of events, and a file to write",
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(events: &Path, n: usize, out: &Path) -> Result<()> {
    let start = Instant::now();
    let say = |what: &str| println!("{what}: {:.1} s, peak {}", start.elapsed().as_secs_f64(), peak());
    let file = EventFile::read(events)?;
    let samples = file.samples()?;
    let sampled = samples.sampling_benchmarks.as_deref().unwrap_or_default();
    let mut writer = EventFileWriter::create(out, &file.setup)?;
    let mut written = 0;
    while written < n {
        let some = 0..samples.n_events().min(n - written);
        let off = 1.0 + 1e-6 * (written as f64 / n as f64);
        let observations = samples.observations.mapv(|x| x * off);
        let rows = |all: &ndarray::Array2<f64>| all.select(ndarray::Axis(0), &some.clone().collect::<Vec<_>>());
        writer.append(
            rows(&observations).view(),
            rows(&samples.weights).view(),
            &sampled[some.clone()],
        )?;
        written += some.len();
    }
    writer.finish()?;
    say(&format!("wrote {n} events"));
    let events = WeightedEvents::open(&EventReader::open(out)?, &Selection::default())?;
    say("read them");
    let theta = vec![0.1; file.setup.parameters.len()];
    let section = events.cross_section(&theta)?;
    say(&format!("σ{theta:?} = {:.4} pb times the copies", section.value));
    Ok(())
}

/// Peak memory of the process, where the system records it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown".into(), |peak| peak.trim().into())
}
