//! Costs of requests: one that no machine can serve is refused in words, before memory is taken.

use crate::error::{Error, Result};

/// Bytes for which the system is not asked: the question takes a tenth of a millisecond.
const ALWAYS_THERE: f64 = 64e6;

/// Approximate cost of one of many things.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cost {
    /// Bytes of memory or disk.
    Bytes(f64),
    /// Seconds of one core.
    Seconds(f64),
}

impl Cost {
    /// The cost of `n` things, in words.
    fn of(self, n: f64) -> String {
        match self {
            Self::Bytes(each) => format!("{} of room", bytes(each * n)),
            Self::Seconds(each) => time(each * n),
        }
    }
}

/// Refuses more than `most` of `what`, of which one costs `each`.
///
/// # Errors
/// Says what the request would cost, and how many are possible.
///
/// ```
/// use motherlode_core::cost::{Cost, check_count};
///
/// assert!(check_count("toys", 1_000, 1_000_000, Cost::Seconds(1e-3)).is_ok());
/// let refused = check_count("toys", 1_000_000_000, 1_000_000, Cost::Seconds(1e-3)).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "1000000000 toys are too many: they would cost about 11.6 days of one core; ask for 1000000 or fewer"
/// );
/// ```
pub fn check_count(what: &str, n: u64, most: u64, each: Cost) -> Result<()> {
    match n <= most {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "{n} {what} are too many: they would cost about {}; ask for {most} or fewer",
            each.of(n as f64)
        ))),
    }
}

/// Refuses `what`, which takes this many bytes of memory, if this process cannot have them.
///
/// # Errors
/// Says how many bytes are needed and how many there are.
pub fn check_memory(what: &str, needed: f64) -> Result<()> {
    if needed <= ALWAYS_THERE {
        return Ok(());
    }
    let there = memory();
    match needed <= there {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "{what} would take about {} of memory, and this process can have {}: ask for fewer",
            bytes(needed),
            bytes(there)
        ))),
    }
}

/// Bytes of memory that this process can have at the most: those of the machine, unless it is given fewer.
fn memory() -> f64 {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let number = |text: &str| text.split_whitespace().find_map(|word| word.parse::<f64>().ok());
    let of_line = |text: &str, name: &str| text.lines().find_map(|line| number(line.strip_prefix(name)?));
    let machine = of_line(&read("/proc/meminfo"), "MemTotal:").map(|kilobytes| kilobytes * 1024.0);
    let process = of_line(&read("/proc/self/limits"), "Max address space");
    let group = number(&read("/sys/fs/cgroup/memory.max"));
    let limits = [machine, process, group].into_iter().flatten();
    // Where the system says nothing, as much as large machines have.
    limits.reduce(f64::min).unwrap_or((1_u64 << 40) as f64)
}

fn bytes(n: f64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let power = (n.max(1.0).log10() / 3.0).floor().min(6.0);
    format!("{} {}", short(n / 1000_f64.powf(power)), UNITS[power as usize])
}

fn time(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [
        (31_557_600.0, "years"),
        (86_400.0, "days"),
        (3_600.0, "hours"),
        (60.0, "minutes"),
    ];
    let (unit, name) = UNITS
        .into_iter()
        .find(|(unit, _)| seconds >= *unit)
        .unwrap_or((1.0, "seconds"));
    format!("{} {name} of one core", short(seconds / unit))
}

/// Three digits, or a power of ten.
fn short(value: f64) -> String {
    match value {
        100_000.0.. => format!("{value:.0e}"),
        100.0.. => format!("{value:.0}"),
        _ => format!("{value:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_told_in_their_units() {
        assert_eq!(Cost::Bytes(8.0).of(1e9), "8.0 GB of room");
        assert_eq!(Cost::Bytes(1.0).of(1.0), "1.0 B of room");
        assert_eq!(Cost::Bytes(1e3).of(1e21), "1e6 EB of room");
        assert_eq!(Cost::Seconds(1.0).of(30.0), "30.0 seconds of one core");
        assert_eq!(Cost::Seconds(1e-3).of(1e18), "3e7 years of one core");
    }

    #[test]
    fn no_process_has_an_exabyte() {
        assert!(check_memory("ten numbers", 80.0).is_ok());
        let refused = check_memory("all numbers", 1e18).unwrap_err().to_string();
        assert!(refused.contains("1.0 EB of memory"), "{refused}");
    }
}
