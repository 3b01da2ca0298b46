//! Figure of the chapter "Labels at any θ": the error with stored and with recalled labels.

use std::path::Path;

pub use motherlode_study::Results;

use super::Result;
use super::svg::{BLUE, GREY, INK, ORANGE, Svg};

/// Simulators with their names in print.
const SIMULATORS: [(&str, &str); 3] = [
    ("galton", "Galton board"),
    ("random-walk", "random walk"),
    ("projectile", "projectile"),
];
const METHOD: &str = "alice";
/// Factor in the number of events for the dotted line.
const TIMES: f64 = 3.0;
const WIDTH: f64 = 245.0;
const HEIGHT: f64 = 300.0;
const TOP: f64 = 100.0;

/// Median, lowest and highest prior error at a number of events.
struct Point {
    n: f64,
    error: [f64; 3],
}

/// Draws the figure into `folder`, from the studies `recalled-SIMULATOR` and `stored-SIMULATOR` in the folder `studies`.
pub fn draw(studies: &Path, folder: &Path) -> Result<()> {
    let mut svg = Svg::new(
        1000.0,
        480.0,
        "Error against the number of events, with stored and with recalled labels",
    );
    legend(&mut svg);
    for (place, (name, title)) in SIMULATORS.into_iter().enumerate() {
        let [stored, recalled] = ["stored", "recalled"].map(|labels| points(studies, labels, name));
        panel(&mut svg, place, title, &stored?, &recalled?)?;
    }
    let middle = left_of(1) + 0.5 * WIDTH;
    svg.text((middle, TOP + HEIGHT + 62.0), 20.0, "middle", "simulated events");
    svg.vertical_text((22.0, TOP + 0.5 * HEIGHT), 20.0, "prior error of log r");
    std::fs::write(folder.join("labels-at-any-theta.svg"), svg.finish())?;
    Ok(())
}

fn points(studies: &Path, labels: &str, simulator: &str) -> Result<Vec<Point>> {
    let path = studies.join(format!("{labels}-{simulator}")).join("results.json");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let results: Results = serde_json::from_str(&text)?;
    let of_method = results.summaries().into_iter().filter(|cell| cell.method == METHOD);
    Ok(of_method
        .map(|cell| Point {
            n: cell.n_events as f64,
            error: cell.prior,
        })
        .collect())
}

fn left_of(place: usize) -> f64 {
    95.0 + 310.0 * place as f64
}

fn legend(svg: &mut Svg) {
    svg.line(&[(95.0, 34.0), (135.0, 34.0)], 4.0, ORANGE);
    svg.text((147.0, 41.0), 20.0, "start", "labels of the file");
    svg.line(&[(350.0, 34.0), (390.0, 34.0)], 4.0, BLUE);
    svg.text((402.0, 41.0), 20.0, "start", "recalled labels");
    svg.dashes(&[(580.0, 34.0), (620.0, 34.0)], 3.0, ORANGE);
    svg.text(
        (632.0, 41.0),
        20.0,
        "start",
        "labels of the file, of 3 times the events",
    );
}

/// Draws the panel of one simulator: bands from the best to the worst training, and medians.
fn panel(svg: &mut Svg, place: usize, title: &str, stored: &[Point], recalled: &[Point]) -> Result<()> {
    let all = || stored.iter().chain(recalled);
    let ends = |values: Vec<f64>| {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        (least, values.into_iter().fold(0.0, f64::max))
    };
    let (few, many) = ends(all().map(|point| point.n).collect());
    let (low, high) = ends(all().flat_map(|point| point.error).collect());
    if !(few < many && 0.0 < low && low < high) {
        return Err("a panel needs two budgets or more, and errors above zero".into());
    }
    let (low, high) = (low / 1.3, high * 1.3);
    let left = left_of(place);
    let across = |n: f64| left + WIDTH * (0.04 + 0.92 * (n / few).ln() / (many / few).ln());
    let up = |error: f64| TOP + HEIGHT * (1.0 - (error / low).ln() / (high / low).ln());

    for power in -6..1 {
        for digit in [1.0, 3.0] {
            let value = digit * 10f64.powi(power);
            if (low..high).contains(&value) {
                svg.line(&[(left, up(value)), (left + WIDTH, up(value))], 1.0, GREY);
                svg.text((left - 8.0, up(value) + 6.0), 16.0, "end", &decimal(value));
            }
        }
    }
    for point in stored {
        svg.text(
            (across(point.n), TOP + HEIGHT + 24.0),
            16.0,
            "middle",
            &point.n.to_string(),
        );
    }
    svg.line(&[(left, TOP + HEIGHT), (left + WIDTH, TOP + HEIGHT)], 1.5, INK);
    svg.text((left + 0.5 * WIDTH, TOP - 14.0), 20.0, "middle", title);
    for (points, colour) in [(stored, ORANGE), (recalled, BLUE)] {
        let edge = |k: usize| points.iter().map(move |point| (across(point.n), up(point.error[k])));
        let band: Vec<_> = edge(1).chain(edge(2).rev()).collect();
        svg.area(&band, 0.22, colour);
        let medians: Vec<_> = edge(0).collect();
        svg.line(&medians, 4.0, colour);
    }
    let shifted = stored
        .windows(2)
        .filter_map(|pair| entry_point(few, pair))
        .collect::<Vec<_>>();
    let mut dashed: Vec<_> = shifted.iter().map(|&(n, error)| (across(n), up(error))).collect();
    dashed.extend(
        stored
            .iter()
            .filter(|point| point.n / TIMES > few)
            .map(|point| (across(point.n / TIMES), up(point.error[0]))),
    );
    svg.dashes(&dashed, 3.0, ORANGE);
    Ok(())
}

/// Point at which the shifted line enters the panel, between two budgets.
fn entry_point(few: f64, pair: &[Point]) -> Option<(f64, f64)> {
    let [a, b] = [&pair[0], &pair[1]];
    let share = (few * TIMES / a.n).ln() / (b.n / a.n).ln();
    let inside = (0.0..1.0).contains(&share);
    inside.then(|| (few, a.error[0] * (b.error[0] / a.error[0]).powf(share)))
}

/// A number with its first significant digit only.
fn decimal(value: f64) -> String {
    let digits = (-value.log10().floor()).max(0.0) as usize;
    format!("{value:.digits$}")
}
