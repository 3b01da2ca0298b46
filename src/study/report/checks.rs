//! The figures of an examination: coverage, ranks, distances, reliability and convergence.

use super::axes::Scale;
use super::label::{Label, escape};
use super::plot::{EXPECTED, FOUND, Mark, Plot};
use super::svg::Stroke;
use super::{Figure, words};
use motherlode_stats::diagnostics::{Bands, FitConvergence, PosteriorChecks, Reliability, distribution};

/// Confidence of the bands.
const CONFIDENCE: f64 = 0.95;
/// Levels at which coverage is drawn.
const LEVELS: usize = 100;

fn diagonal() -> (Mark, Option<Label>) {
    (
        Mark::Line(vec![(0.0, 0.0), (1.0, 1.0)], EXPECTED),
        Some(Label::plain("exact")),
    )
}

fn unit() -> Scale {
    Scale::tight([0.0, 1.0])
}

/// Coverage of credible regions against their level, with the interval that each holds by chance.
pub fn coverage(checks: &PosteriorChecks) -> Figure {
    let levels: Vec<f64> = (0..=LEVELS).map(|i| i as f64 / LEVELS as f64).collect();
    let interval = |&level: &f64| {
        let (low, high) = checks.coverage.interval(level, CONFIDENCE);
        (level, low, high)
    };
    let found = levels.iter().map(|&level| (level, checks.coverage.at(level))).collect();
    Plot {
        name: "coverage",
        title: "Coverage of credible regions",
        caption: format!(
            "How often credible regions contain the true hypothesis, against the level that they claim: {} data sets of hypotheses \
             from the prior, with 95 % intervals of Clopper and Pearson. Below the diagonal posteriors are too narrow or off their place, \
             above it they are too wide.",
            words::count(checks.coverage.pairs())
        ),
        scales: [unit(), unit()],
        axes: [Label::plain("credible level"), Label::plain("coverage")],
        marks: vec![
            (Mark::Band(levels.iter().map(interval).collect(), FOUND[0]), Some(Label::plain("95 % interval"))),
            diagonal(),
            (Mark::Line(found, Stroke::solid(FOUND[0], 2.0)), Some(Label::plain("found"))),
        ],
    }
    .figure()
}

/// The distribution function of ranks less that of uniform numbers, with simultaneous bands.
pub fn ranks(checks: &PosteriorChecks, parameters: &[String]) -> Option<Figure> {
    let found = checks.rank_values.iter().zip(parameters).zip(FOUND);
    let found: Vec<_> = found
        .map(|((values, name), colour)| (values.as_slice(), name.as_str(), colour))
        .collect();
    against_uniform(
        "ranks",
        "Ranks of true hypotheses among draws of their posteriors",
        "The distribution function of the ranks of true hypotheses among draws of their posteriors, less that of uniform numbers. The curve \
         of an exact posterior is within the band, everywhere at once, with a probability of 95 %. One that falls first and rises \
         then, or the reverse, tells of a width that is wrong; one that is above or below zero throughout, of a bias."
            .into(),
        "rank, as a share",
        &found,
    )
}

/// The same for the distances of TARP.
pub fn distances(checks: &PosteriorChecks) -> Option<Figure> {
    against_uniform(
        "distances",
        "Tests of accuracy with random points",
        "Tests of accuracy with random points (TARP): the distribution function of the share of posterior draws that are closer to a \
         point, at which the data point, than the true hypothesis is, less that of uniform numbers. It leaves the band also where \
         a posterior has learned nothing."
            .into(),
        "share of draws closer than the truth",
        &[(&checks.distance_values, "distances", FOUND[0])],
    )
}

fn against_uniform(
    name: &'static str,
    title: &'static str,
    caption: String,
    below: &str,
    found: &[(&[f64], &str, &'static str)],
) -> Option<Figure> {
    let bands = Bands::new(found.first()?.0.len(), CONFIDENCE).ok()?;
    let edges = bands.at.iter().zip(bands.low.iter().zip(&bands.high));
    let mut band = vec![(0.0, 0.0, 0.0)];
    band.extend(edges.map(|(&at, (low, high))| (at, low - at, high - at)));
    let curves: Vec<Vec<(f64, f64)>> = found
        .iter()
        .map(|(values, ..)| {
            let shares = distribution(values, &bands.at);
            let differences = bands.at.iter().zip(shares).map(|(&at, share)| (at, share - at));
            std::iter::once((0.0, 0.0)).chain(differences).collect()
        })
        .collect();
    let highest = curves.iter().flatten().map(|point| point.1.abs());
    let highest = highest
        .chain(band.iter().map(|edge| edge.2.max(-edge.1)))
        .fold(0.0, f64::max);
    let mut marks = vec![
        (
            Mark::Band(band, EXPECTED.colour),
            Some(Label::plain("95 % band of exact ones")),
        ),
        (Mark::Line(vec![(0.0, 0.0), (1.0, 0.0)], EXPECTED), None),
    ];
    for ((_, name, colour), curve) in found.iter().zip(curves) {
        marks.push((Mark::Line(curve, Stroke::solid(colour, 2.0)), Some(Label::plain(*name))));
    }
    let figure = Plot {
        name,
        title,
        caption,
        scales: [unit(), Scale::linear([-highest, highest])],
        axes: [Label::plain(below), Label::plain("distribution − uniform")],
        marks,
    };
    Some(figure.figure())
}

/// The share of events from θ1 against the probability that the estimator says; several estimators, each with its name.
pub fn reliability(found: &[(&str, &Reliability)]) -> Figure {
    let mut marks = vec![diagonal()];
    for ((name, reliability), colour) in found.iter().zip(FOUND) {
        let bins = reliability.bins.iter();
        let points: Vec<_> = bins
            .map(|bin| (bin.said, bin.found.value, bin.found.standard_error))
            .collect();
        let line = points.iter().map(|&(x, y, _)| (x, y)).collect();
        let pale = Stroke {
            opacity: 0.5,
            ..Stroke::solid(colour, 1.2)
        };
        marks.push((Mark::Line(line, pale), None));
        marks.push((Mark::Points(points, colour), Some(Label::plain(*name))));
    }
    let bins = || found.iter().flat_map(|(_, of)| &of.bins);
    let scale = Scale::linear(bins().flat_map(|bin| [bin.said, bin.found.value]));
    let errors: Vec<String> = found
        .iter()
        .map(|(name, of)| format!("{} {}", escape(name), words::number(of.calibration_error, 2)))
        .collect();
    Plot {
        name: "reliability",
        title: "Reliability of the classifier",
        caption: format!(
            "The share of events from <i>θ</i><sub>1</sub> among those to which the estimator gives the probability <i>ŝ</i> = 1/(1 + \
             <i>r̂</i>), in bins of <i>ŝ</i>, with standard errors. Mean distance from the diagonal: {}.",
            errors.join(", ")
        ),
        scales: [scale, scale],
        axes: [
            Label::plain("probability of ").italic("θ").index("1").and(" that is said"),
            Label::plain("share of events from ").italic("θ").index("1"),
        ],
        marks,
    }
    .figure()
}

/// The root mean square error of the best fit against the number of events, with what follows from its variance and its bias.
pub fn convergence(found: &FitConvergence, parameters: &[String]) -> Figure {
    let mut marks = Vec::new();
    let mut values = Vec::new();
    let mut told = Vec::new();
    for ((k, name), colour) in parameters.iter().enumerate().zip(FOUND) {
        let points: Vec<(f64, f64, f64)> = found
            .events
            .iter()
            .zip(found.errors(k))
            .map(|(&n, error)| (n as f64, error.value, error.standard_error))
            .collect();
        let scatter: Vec<(f64, f64)> = found.events.iter().map(|&n| n as f64).zip(found.scatter(k)).collect();
        values.extend(
            points
                .iter()
                .map(|point| point.1)
                .chain(scatter.iter().map(|point| point.1)),
        );
        let falling = Stroke { colour, ..EXPECTED };
        marks.push((
            Mark::Line(scatter, falling),
            Some(Label::plain(format!("scatter of {name}"))),
        ));
        marks.push((
            Mark::Points(points, colour),
            Some(Label::plain(format!("error of {name}"))),
        ));
        let bias = found.bias(k);
        told.push(match bias.z_score(0.0).abs() > 3.0 {
            _ if bias.standard_error == 0.0 => {
                format!("{} of the most events ends at an edge of the box", escape(name))
            }
            true => format!(
                "{} is biased by {}, as much as it scatters at {} events",
                escape(name),
                words::uncertain(bias),
                words::about_events(found.enough(k))
            ),
            false => format!("{} shows no bias ({})", escape(name), words::uncertain(bias)),
        });
    }
    Plot {
        name: "convergence",
        title: "FitConvergence of the best fit",
        caption: format!(
            "The root mean square error of the best fit in {} data sets from the middle of the box, against their number of events. Of exact \
             ratios it falls as 1/√<i>n</i> as soon as the edges of the box are far; where the error stays and the scatter falls, what is left is \
             the bias. {}.",
            found.repeats(),
            told.join("; ")
        ),
        scales: [
            Scale::logarithmic(found.events.iter().map(|&n| n as f64), 1.5),
            Scale::logarithmic(values, 1.5),
        ],
        axes: [Label::plain("events"), Label::plain("error of the best fit")],
        marks,
    }
    .figure()
}
