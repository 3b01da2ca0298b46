//! The figures of a diagnosis: coverage, ranks, distances, reliability and convergence.

use maud::html;

use super::{Figure, text};
use crate::plot::{Label, Plot, Scale, Stroke, palette};
use motherlode_stats::diagnostics::{Bands, FitConvergence, PosteriorChecks, Reliability, distribution};

/// Line of the expected result, behind the data.
pub const EXPECTED: Stroke = Stroke::solid("#777777", 1.5).dashed("6 4");
/// Colours of the data, one after the other (Okabe and Ito).
pub const COLOURS: [&str; 3] = ["#0072b2", "#d55e00", "#009e73"];
/// Confidence of the bands.
const CONFIDENCE: f64 = 0.95;
/// Levels at which coverage is drawn.
const LEVELS: usize = 100;

fn diagonal(plot: Plot) -> Plot {
    plot.line(vec![(0.0, 0.0), (1.0, 1.0)], EXPECTED).named("exact")
}

fn unit() -> Scale {
    Scale::tight([0.0, 1.0])
}

/// Coverage of credible regions against their level, with the interval of statistical fluctuations.
pub fn coverage(checks: &PosteriorChecks) -> Figure {
    let levels = (0..=LEVELS).map(|i| i as f64 / LEVELS as f64);
    let interval = |level: f64| {
        let (low, high) = checks.coverage.interval(level, CONFIDENCE);
        (level, low, high)
    };
    let observed = levels.clone().map(|level| (level, checks.coverage.at(level))).collect();
    let plot = Plot::new("Coverage of credible regions", unit(), unit())
        .x_label("credible level")
        .y_label("coverage")
        .band(levels.map(interval).collect(), COLOURS[0])
        .named("95 % interval");
    Figure {
        name: "coverage",
        caption: html! {
            "How often credible regions contain the true hypothesis, against their nominal level: "
            (text::count(checks.coverage.pairs()))
            " data sets of hypotheses from the prior, with 95 % intervals of Clopper and Pearson. Below the diagonal posteriors are too \
             narrow or biased, above it they are too wide."
        },
        svg: diagonal(plot)
            .line(observed, Stroke::solid(COLOURS[0], 2.0))
            .named("found")
            .svg(),
    }
}

/// Distribution function of the ranks minus that of uniform numbers, with simultaneous bands.
pub fn ranks(checks: &PosteriorChecks, parameters: &[String]) -> Option<Figure> {
    let curves = checks.rank_values.iter().zip(parameters);
    let of_regression = (checks.log_likelihood_values.as_slice(), "log likelihood");
    let curves: Vec<_> = curves
        .map(|(values, name)| (values.as_slice(), name.as_str()))
        .chain([of_regression])
        .collect();
    Some(Figure {
        name: "ranks",
        caption: html! {
            "The distribution function of the ranks of true hypotheses among draws of their posteriors, minus that of uniform numbers: in each \
             parameter, and in a log likelihood that follows from the data by regression and not from the estimator. For exact posteriors \
             each curve is as a whole within the band with a probability of 95 %. A curve that first falls and then rises, or the reverse, \
             shows a wrong width; a curve that is above or below zero throughout shows a bias. The log likelihood leaves the band also if a \
             posterior has learned nothing."
        },
        svg: against_uniform(
            "Ranks of true hypotheses among draws of their posteriors",
            "rank, as a share",
            &curves,
        )?
        .svg(),
    })
}

/// Distribution function of the distances of TARP minus that of uniform numbers, with simultaneous bands.
pub fn distances(checks: &PosteriorChecks) -> Option<Figure> {
    Some(Figure {
        name: "distances",
        caption: html! {
            "Tests of accuracy with random points (TARP): the distribution function of the share of posterior draws that are closer to a \
             reference point, which depends on the data, than the true hypothesis is, minus that of uniform numbers. The curve leaves the \
             band also if a posterior has learned nothing."
        },
        svg: against_uniform(
            "Tests of accuracy with random points",
            "share of draws closer than the truth",
            &[(&checks.distance_values, "distances")],
        )?
        .svg(),
    })
}

fn against_uniform(title: &str, x_label: &str, curves: &[(&[f64], &str)]) -> Option<Plot> {
    let bands = Bands::new(curves.first()?.0.len(), CONFIDENCE).ok()?;
    let edges = bands.at.iter().zip(bands.low.iter().zip(&bands.high));
    let mut band = vec![(0.0, 0.0, 0.0)];
    band.extend(edges.map(|(&at, (low, high))| (at, low - at, high - at)));
    let lines: Vec<Vec<(f64, f64)>> = curves
        .iter()
        .map(|(values, _)| {
            let shares = distribution(values, &bands.at);
            let differences = bands.at.iter().zip(shares).map(|(&at, share)| (at, share - at));
            std::iter::once((0.0, 0.0)).chain(differences).collect()
        })
        .collect();
    let highest = lines.iter().flatten().map(|point| point.1.abs());
    let highest = highest
        .chain(band.iter().map(|edge| edge.2.max(-edge.1)))
        .fold(0.0, f64::max);
    let mut plot = Plot::new(title, unit(), Scale::linear([-highest, highest]))
        .x_label(x_label)
        .y_label("distribution − uniform")
        .band(band, EXPECTED.colour)
        .named("95 % band of exact ones")
        .line(vec![(0.0, 0.0), (1.0, 0.0)], EXPECTED);
    for (i, ((_, name), line)) in curves.iter().zip(lines).enumerate() {
        let (colour, dashes) = palette::line(i);
        plot = plot.line(line, Stroke::solid(colour, 2.0).dashed(dashes)).named(*name);
    }
    Some(plot)
}

/// Share of events from θ1 against the estimated probability, for several named estimators.
pub fn reliability(estimators: &[(&str, &Reliability)]) -> Figure {
    let bins = estimators.iter().flat_map(|(_, reliability)| &reliability.bins);
    let scale = Scale::linear(bins.flat_map(|bin| [bin.said, bin.found.value]));
    let mut plot = diagonal(
        Plot::new("Reliability of the classifier", scale, scale)
            .x_label(Label::plain("estimated probability of ").italic("θ").index("1"))
            .y_label(Label::plain("share of events from ").italic("θ").index("1")),
    );
    for ((name, reliability), colour) in estimators.iter().zip(COLOURS) {
        let bins = reliability.bins.iter();
        let points: Vec<_> = bins
            .map(|bin| (bin.said, bin.found.value, bin.found.standard_error))
            .collect();
        let line = points.iter().map(|&(x, y, _)| (x, y)).collect();
        plot = plot
            .line(line, Stroke::solid(colour, 1.2).with_opacity(0.5))
            .points(points, colour)
            .named(*name);
    }
    let errors: Vec<String> = estimators
        .iter()
        .map(|(name, reliability)| format!("{name} {}", text::number(reliability.calibration_error, 2)))
        .collect();
    Figure {
        name: "reliability",
        caption: html! {
            "The share of events from " i { "θ" } sub { "1" } " among those to which the estimator gives the probability " i { "ŝ" }
            " = 1/(1 + " i { "r̂" } "), in bins of " i { "ŝ" } ", with standard errors. Mean distance from the diagonal: "
            (errors.join(", ")) "."
        },
        svg: plot.svg(),
    }
}

/// Root mean square error of the best fit against the number of events, with the part that is due to its variance.
pub fn convergence(found: &FitConvergence, parameters: &[String]) -> Figure {
    let events = || found.events.iter().map(|&n| n as f64);
    let parameters = || parameters.iter().enumerate();
    let errors = |k: usize| -> Vec<(f64, f64, f64)> {
        events()
            .zip(found.errors(k))
            .map(|(n, error)| (n, error.value, error.standard_error))
            .collect()
    };
    let scatter = |k: usize| -> Vec<(f64, f64)> { events().zip(found.scatter(k)).collect() };
    let values = parameters().flat_map(|(k, _)| {
        let errors = errors(k).into_iter().map(|point| point.1);
        errors
            .chain(scatter(k).into_iter().map(|point| point.1))
            .collect::<Vec<_>>()
    });
    let mut plot = Plot::new(
        "Convergence of the best fit",
        Scale::logarithmic(events(), 1.5),
        Scale::logarithmic(values, 1.5),
    )
    .x_label("events")
    .y_label("error of the best fit");
    for (k, name) in parameters() {
        let (colour, _) = palette::line(k);
        plot = plot
            .line(scatter(k), Stroke { colour, ..EXPECTED })
            .named(format!("scatter of {name}"))
            .points(errors(k), colour)
            .named(format!("error of {name}"));
    }
    let biases: Vec<String> = parameters().map(|(k, name)| bias(found, k, name)).collect();
    Figure {
        name: "convergence",
        caption: html! {
            "The root mean square error of the best fit in " (found.repeats())
            " data sets from the middle of the box, against their number of events. For exact ratios it falls as 1/√" i { "n" }
            " as soon as the edges of the box are far; where the error stays constant and the scatter falls, the bias remains. "
            (biases.join("; ")) "."
        },
        svg: plot.svg(),
    }
}

fn bias(found: &FitConvergence, k: usize, name: &str) -> String {
    let bias = found.bias(k);
    match bias.z_score(0.0).abs() > 3.0 {
        _ if bias.standard_error == 0.0 => format!("with the most events, {name} ends at an edge of the box"),
        true => format!(
            "{name} has a bias of {}, which equals its scatter at {} events",
            text::uncertain(bias),
            text::approximate_count(found.enough(k))
        ),
        false => format!("{name} shows no bias ({})", text::uncertain(bias)),
    }
}
