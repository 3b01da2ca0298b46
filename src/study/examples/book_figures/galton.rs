//! Figures of the chapter "Why gold": the board, some paths, and the average of their joint ratios.

use std::path::Path;

pub use motherlode_core::likelihood::LogRatio;
pub use motherlode_core::trace::{Instrumented, stream};
use motherlode_simulators::Galton;
use ndarray::Array2;

use super::Result;
use super::svg::{BLUE, GREY, INK, ORANGE, SKY, Svg, VERMILLION, hex};

const THETA0: f64 = -0.8;
const THETA1: f64 = -0.6;
/// The bin whose paths are shown, in the middle of the board.
const BIN: f64 = 15.0;
const BINS: std::ops::RangeInclusive<usize> = 5..=25;

/// Draws the figures into `folder`, and prints the numbers that the chapter quotes.
pub fn draw(folder: &Path) -> Result<()> {
    let galton = Galton::default();
    let events = balls(&galton, THETA1, 1, 40_000)?;
    std::fs::write(folder.join("galton-board.svg"), board(&galton)?)?;
    std::fs::write(folder.join("galton-paths.svg"), paths(&galton, &events)?)?;
    std::fs::write(folder.join("gold-average.svg"), average(&galton, &events)?)?;
    label_noise(&galton)
}

/// Ball with its bin, its choices (1 for left), and its joint ratio r(x,z).
struct Ball {
    bin: f64,
    path: Vec<f64>,
    joint_ratio: f64,
}

/// Drops balls on the board of `theta`.
fn balls(galton: &Galton, theta: f64, seed: u64, n: u64) -> Result<Vec<Ball>> {
    (0..n)
        .map(|event| {
            let mut path = Vec::new();
            let (x, _) = galton.record(&[theta], &mut stream(seed, event, 0), &mut path)?;
            let log_ratio =
                galton.log_probability_at(&[THETA0], &path)? - galton.log_probability_at(&[THETA1], &path)?;
            Ok(Ball {
                bin: x[0],
                path,
                joint_ratio: log_ratio.exp(),
            })
        })
        .collect()
}

/// The exact r(x) of every bin.
fn exact_ratio(galton: &Galton) -> Result<Vec<f64>> {
    let truth = Instrumented::truth(galton).ok_or("the board has an exact answer")?;
    Ok(truth
        .log_ratio(all_bins().view(), &[THETA0], &[THETA1])?
        .mapv(f64::exp)
        .to_vec())
}

/// The exact p(x|θ) of every bin.
fn exact_density(galton: &Galton, theta: f64) -> Result<Vec<f64>> {
    let truth = Instrumented::truth(galton).ok_or("the board has an exact answer")?;
    Ok(truth
        .log_likelihood(all_bins().view(), &[theta])?
        .mapv(f64::exp)
        .to_vec())
}

fn all_bins() -> Array2<f64> {
    Array2::from_shape_fn((BINS.count(), 1), |(k, _)| (BINS.start() + k) as f64)
}

/// Prints the variances of the hard and the soft label about their common mean in a bin.
fn label_noise(galton: &Galton) -> Result<()> {
    let (p0, p1) = (exact_density(galton, THETA0)?, exact_density(galton, THETA1)?);
    let hard: f64 = p0.iter().zip(&p1).map(|(p0, p1)| 0.5 * p0 * p1 / (p0 + p1)).sum();
    let soft_of = |ratio: f64| 1.0 / (1.0 + ratio);
    let r = exact_ratio(galton)?;
    let mut events = balls(galton, THETA0, 2, 100_000)?;
    events.extend(balls(galton, THETA1, 3, 100_000)?);
    let squares = |ball: &Ball| (soft_of(ball.joint_ratio) - soft_of(r[ball.bin as usize - BINS.start()])).powi(2);
    let soft = events.iter().map(squares).sum::<f64>() / events.len() as f64;
    println!("variance of y in a bin {hard:.3}, of the soft label {soft:.4}");
    Ok(())
}

/// Positions of the nails; a bin is a nail of one more row.
struct BoardLayout {
    /// Position of the first nail.
    x: f64,
    y: f64,
    /// Distances of columns and rows.
    dx: f64,
    dy: f64,
}

impl BoardLayout {
    /// Position of a nail. Odd rows are shifted half a column to the left.
    fn position(&self, row: usize, column: usize) -> (f64, f64) {
        let half = 0.5 * (row % 2) as f64;
        let across = column as f64 - half - Galton::START as f64;
        (self.x + self.dx * across, self.y + self.dy * row as f64)
    }

    /// Draws the nails of `theta` between two columns.
    fn nails(&self, svg: &mut Svg, galton: &Galton, theta: f64, columns: (usize, usize), radius: f64) {
        for row in 0..Galton::ROWS {
            for column in columns.0 + row % 2..=columns.1 {
                let left = galton.left(row, column, theta);
                svg.disc(self.position(row, column), radius, &tilt_colour(left), &hex(INK), 0.4);
            }
        }
    }

    /// Positions of the nails that a ball hits, and of its bin.
    fn path(&self, choices: &[f64]) -> Vec<(f64, f64)> {
        let mut column = Galton::START;
        let mut points = vec![self.position(0, column)];
        for (row, choice) in choices.iter().enumerate() {
            column = Galton::next(row, column, *choice != 0.0);
            points.push(self.position(row + 1, column));
        }
        points
    }
}

/// Draws the board of θ0, the path of one ball, and the probability of each bin.
fn board(galton: &Galton) -> Result<String> {
    let mut svg = Svg::new(
        920.0,
        800.0,
        "The board: twenty rows of nails, and one path through them",
    );
    let layout = BoardLayout {
        x: 460.0,
        y: 120.0,
        dx: 39.0,
        dy: 23.0,
    };
    let balls = balls(galton, THETA0, 1, 100)?;
    let shown = balls.iter().find(|ball| ball.bin == BIN).ok_or("no ball in the bin")?;

    svg.text((40.0, 44.0), 22.0, "start", "θ = −0.8");
    svg.text((500.0, 44.0), 22.0, "end", "the nail sends the ball  left");
    for step in 0..=40 {
        let left = 1.0 - step as f64 / 40.0;
        svg.rect((514.0 + 6.0 * step as f64, 26.0), (6.5, 22.0), &tilt_colour(left));
    }
    svg.text((774.0, 44.0), 22.0, "start", "right");
    for (left, x) in [("1", 517.0), ("½", 637.0), ("0", 757.0)] {
        svg.text((x, 70.0), 18.0, "middle", left);
    }
    svg.text((774.0, 70.0), 18.0, "start", "P(left)");

    let points = layout.path(&shown.path);
    svg.line(&[(points[0].0, points[0].1 - 30.0), points[0]], 6.0, INK);
    svg.line(&points, 6.0, INK);
    layout.nails(&mut svg, galton, THETA0, (*BINS.start(), *BINS.end()), 6.5);
    svg.disc((points[0].0, points[0].1 - 30.0), 11.0, &hex(ORANGE), &hex(INK), 1.5);

    let (top, floor) = (layout.y + layout.dy * 20.0 - 8.0, 742.0);
    let density = exact_density(galton, THETA0)?;
    let highest = density.iter().copied().fold(0.0, f64::max);
    for (bin, p) in BINS.zip(&density) {
        let (x, _) = layout.position(Galton::ROWS, bin);
        let height = 100.0 * p / highest;
        svg.rect((x - 0.5 * layout.dx, floor - height), (layout.dx, height), &hex(SKY));
        svg.text((x, floor + 26.0), 20.0, "middle", &bin.to_string());
    }
    for wall in 0..=BINS.count() {
        let x = layout.position(Galton::ROWS, *BINS.start()).0 + layout.dx * (wall as f64 - 0.5);
        svg.line(&[(x, top), (x, floor)], 1.5, INK);
    }
    svg.line(
        &[
            (layout.x - 10.5 * layout.dx, floor),
            (layout.x + 10.5 * layout.dx, floor),
        ],
        1.5,
        INK,
    );
    if let Some(&(x, y)) = points.last() {
        let rest = floor - 100.0 * density[BIN as usize - BINS.start()] / highest - 12.0;
        svg.line(&[(x, y), (x, rest)], 6.0, INK);
        svg.disc((x, rest), 11.0, &hex(ORANGE), &hex(INK), 1.5);
    }
    svg.text(
        (layout.x, 794.0),
        20.0,
        "middle",
        "bin x (bars: how probable each bin is)",
    );
    Ok(svg.finish())
}

/// Draws balls of the same bin with different joint ratios.
fn paths(galton: &Galton, events: &[Ball]) -> Result<String> {
    let mut here: Vec<&Ball> = events.iter().filter(|ball| ball.bin == BIN).take(200).collect();
    here.sort_by(|a, b| a.joint_ratio.total_cmp(&b.joint_ratio));
    let exact = exact_ratio(galton)?[BIN as usize - BINS.start()];
    let mut svg = Svg::new(1000.0, 520.0, "Some of the paths that lead to the same bin");
    svg.text(
        (500.0, 36.0),
        24.0,
        "middle",
        "Four balls in the same bin, x = 15, each with gold of its own",
    );
    for (panel, share) in [0.05, 0.35, 0.65, 0.95].into_iter().enumerate() {
        let ball = here
            .get((share * here.len() as f64) as usize)
            .ok_or("no ball in the bin")?;
        let layout = BoardLayout {
            x: 130.0 + 247.0 * panel as f64,
            y: 104.0,
            dx: 20.0,
            dy: 17.0,
        };
        svg.text(
            (layout.x, 78.0),
            24.0,
            "middle",
            &format!("r(x,z) = {:.2}", ball.joint_ratio),
        );
        layout.nails(&mut svg, galton, THETA0, (10, 20), 2.6);
        let points = layout.path(&ball.path);
        svg.line(&points, 4.0, INK);
        if let Some(&(x, y)) = points.last() {
            svg.disc((x, y), 7.0, &hex(ORANGE), &hex(INK), 1.5);
        }
        println!("path {}: r(x,z) = {:.3}", panel + 1, ball.joint_ratio);
    }
    println!("bin {BIN}: r(x) = {exact:.3}");
    let truth = format!("exact, for the bin: r(x) = {exact:.3}        θ0 = −0.8 against θ1 = −0.6");
    svg.text((500.0, 502.0), 22.0, "middle", &truth);
    Ok(svg.finish())
}

/// Draws the joint ratio of single events, its average in every bin, and the exact ratio.
fn average(galton: &Galton, events: &[Ball]) -> Result<String> {
    let mut svg = Svg::new(
        1000.0,
        640.0,
        "Gold of single events, its average in each bin, and the exact ratio",
    );
    let (left, right, top, floor) = (100.0, 980.0, 80.0, 550.0);
    let (low, high) = (0.3f64, 3.0f64);
    let across = |bin: f64| left + (right - left) * (bin - 4.4) / 21.2;
    let up = |ratio: f64| floor - (floor - top) * (ratio / low).ln() / (high / low).ln();
    for tick in [0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0] {
        svg.line(&[(left, up(tick)), (right, up(tick))], 1.0, GREY);
        svg.text((left - 12.0, up(tick) + 7.0), 20.0, "end", &tick.to_string());
    }
    for bin in BINS.step_by(2) {
        svg.text((across(bin as f64), floor + 28.0), 20.0, "middle", &bin.to_string());
    }
    let middle = 0.5 * (left + right);
    svg.text((middle, 624.0), 22.0, "middle", "bin x, balls dropped under θ1 = −0.6");
    svg.vertical_text((34.0, 0.5 * (top + floor)), 22.0, "ratio of θ0 to θ1 (log scale)");

    for (k, ball) in events.iter().take(2_000).enumerate() {
        // spread evenly over the bin by a golden-ratio sequence instead of random numbers
        let shift = 0.7 * ((k as f64 * 0.618_033_988_75).fract() - 0.5);
        if (low..high).contains(&ball.joint_ratio) {
            svg.dot((across(ball.bin + shift), up(ball.joint_ratio)), 2.4, SKY);
        }
    }
    let exact = exact_ratio(galton)?;
    let curve: Vec<_> = BINS.zip(&exact).map(|(bin, r)| (across(bin as f64), up(*r))).collect();
    svg.line(&curve, 3.5, INK);
    for (bin, exact) in BINS.zip(&exact) {
        let here: Vec<f64> = events
            .iter()
            .filter(|b| b.bin == bin as f64)
            .map(|b| b.joint_ratio)
            .collect();
        let mean = here.iter().sum::<f64>() / here.len() as f64;
        let variance = here.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / here.len() as f64;
        println!(
            "bin {bin}: r(x) = {exact:.3}, mean gold {mean:.3} of {} balls, variance {variance:.4}",
            here.len()
        );
        svg.disc((across(bin as f64), up(mean)), 7.5, &hex(ORANGE), &hex(INK), 1.8);
    }

    svg.dot((left + 14.0, 40.0), 5.0, SKY);
    svg.text((left + 28.0, 47.0), 22.0, "start", "r(x,z) of one ball");
    svg.disc((left + 280.0, 40.0), 7.5, &hex(ORANGE), &hex(INK), 1.8);
    svg.text((left + 296.0, 47.0), 22.0, "start", "mean of r(x,z) in the bin");
    svg.line(&[(left + 600.0, 40.0), (left + 640.0, 40.0)], 3.5, INK);
    svg.text((left + 652.0, 47.0), 22.0, "start", "r(x), exact");
    Ok(svg.finish())
}

/// Colour of a nail: blue if it sends the ball left, vermillion if right, grey if it is fair.
fn tilt_colour(left: f64) -> String {
    let side = if left > 0.5 { BLUE } else { VERMILLION };
    let strength = (2.0 * left - 1.0).abs();
    let mixed = |k: usize| f64::from(GREY[k]) + strength * (f64::from(side[k]) - f64::from(GREY[k]));
    hex(std::array::from_fn(|k| mixed(k).round() as u8))
}
