//! Figures of training and validation losses, one panel for each method.

use maud::html;

use super::Figure;
use super::method_style::method_style;
use crate::plot::legend::{self, Key};
use crate::plot::palette::INK;
use crate::plot::{Label, Panel, Scale, Stroke, Svg, TextStyle};
use crate::{Results, Run};
use motherlode_nn::{Curve, Provenance};

const COLUMNS: usize = 3;
const WIDTH: f64 = 860.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 26.0;
const GAP: f64 = 64.0;
const SIDE: f64 = (WIDTH - LEFT - RIGHT - (COLUMNS - 1) as f64 * GAP) / COLUMNS as f64;
const HEIGHT: f64 = 150.0;
/// Width and height of a single panel.
const SINGLE: [f64; 2] = [560.0, 300.0];
const TITLE: f64 = 28.0;
const BELOW: f64 = 30.0;
const PALE: f64 = 0.35;
/// Line at the step whose weights were kept.
const BEST_STEP: Stroke = Stroke::solid(INK, 1.0).dashed("4 3");

/// Training and validation loss of the first seed of each method at its largest budget. `None` if no losses were stored.
pub fn figure(results: &Results) -> Option<Figure> {
    let runs: Vec<&Run> = results
        .methods()
        .into_iter()
        .filter_map(|method| largest_run(results, method))
        .collect();
    let rows = runs.len().div_ceil(COLUMNS);
    let columns = runs.len().min(COLUMNS);
    let row = TITLE + HEIGHT + BELOW;
    let width = LEFT + RIGHT + columns as f64 * (SIDE + GAP) - GAP;
    let mut svg = Svg::new(
        width,
        legend::HEIGHT + rows as f64 * row + 24.0,
        "Training and validation loss",
    );
    for (i, run) in runs.iter().enumerate() {
        let left = LEFT + (i % COLUMNS) as f64 * (SIDE + GAP);
        let top = legend::HEIGHT + TITLE + (i / COLUMNS) as f64 * row;
        let panel = draw(
            &mut svg,
            (left, top),
            [SIDE, HEIGHT],
            &run.method,
            &[(&run.curve, run.best_step)],
        );
        if i + COLUMNS >= runs.len() {
            panel.x_label(&mut svg, &Label::plain("gradient step"), 40.0, 14.0);
        }
        if i % COLUMNS == 0 {
            panel.y_label(&mut svg, &Label::plain("loss"), left - 16.0, 14.0);
        }
    }
    draw_legend(&mut svg);
    (!runs.is_empty()).then(|| Figure {
        name: "training",
        caption: html! {
            "Loss during the training of the first seed of each method at its largest budget: on the training events (pale) and on the \
             validation events (full). Dashed: the step whose weights were kept. The losses of different methods are different \
             quantities. The scale is that of the losses after the first tenth of the steps."
        },
        svg,
    })
}

/// Draws the training and validation losses of a model, or of all members of an ensemble, as an SVG file. `None` if there are no
/// losses.
pub fn loss_curves(members: &[&Provenance]) -> Option<String> {
    let has_losses = |provenance: &&Provenance| !provenance.curve.step.is_empty();
    let method = members.iter().copied().find(has_losses)?.method.name();
    let trainings: Vec<(&Curve, usize)> = members.iter().map(|member| (&member.curve, member.best_step)).collect();
    let height = legend::HEIGHT + TITLE + SINGLE[1] + BELOW + 24.0;
    let mut svg = Svg::new(LEFT + SINGLE[0] + RIGHT, height, "Training and validation loss");
    let top = legend::HEIGHT + TITLE;
    let panel = draw(&mut svg, (LEFT, top), SINGLE, method, &trainings);
    panel.x_label(&mut svg, &Label::plain("gradient step"), 40.0, 14.0);
    panel.y_label(&mut svg, &Label::plain("loss"), LEFT - 16.0, 14.0);
    draw_legend(&mut svg);
    Some(svg.document())
}

/// First seed of a method at its largest budget, if its losses were stored.
fn largest_run<'a>(results: &'a Results, method: &str) -> Option<&'a Run> {
    let of_method = || results.runs.iter().filter(|run| run.method == method);
    let budget = of_method().map(|run| run.n_events).max()?;
    let largest = of_method().filter(|run| run.n_events == budget);
    let first = largest.min_by_key(|run| run.seed)?;
    (!first.curve.step.is_empty()).then_some(first)
}

/// Draws the losses of trainings by one method, each with the step whose weights were kept.
fn draw(
    svg: &mut Svg,
    (left, top): (f64, f64),
    [width, height]: [f64; 2],
    method: &str,
    trainings: &[(&Curve, usize)],
) -> Panel {
    let line = |steps: &[usize], losses: &[f64]| -> Vec<(f64, f64)> {
        let steps = steps.iter().map(|&step| step as f64);
        steps.zip(losses.iter().copied()).collect()
    };
    let lines = |of: fn(&Curve) -> &[f64]| -> Vec<Vec<(f64, f64)>> {
        trainings
            .iter()
            .map(|(curve, _)| line(&curve.step, of(curve)))
            .collect()
    };
    let (train, validation) = (lines(|curve| &curve.train), lines(|curve| &curve.validation));
    let all = || train.iter().chain(&validation).flatten();
    let early = 0.1 * all().map(|point| point.0).fold(0.0, f64::max);
    let settled: Vec<f64> = all().filter(|point| point.0 >= early).map(|point| point.1).collect();
    let panel = Panel {
        left,
        top,
        width,
        height,
        x: Scale::tight(std::iter::once(0.0).chain(all().map(|point| point.0))),
        y: Scale::linear(settled),
    };
    let style = method_style(method);
    panel.axes(svg, true, true);
    let full = Stroke::solid(style.colour, if trainings.len() > 1 { 1.2 } else { 2.0 });
    let pale = full.with_opacity(PALE);
    train.iter().for_each(|line| panel.line(svg, line, pale));
    validation.iter().for_each(|line| panel.line(svg, line, full));
    let mut steps: Vec<usize> = trainings.iter().map(|(_, best_step)| *best_step).collect();
    steps.sort_unstable();
    steps.dedup();
    steps.into_iter().for_each(|step| draw_best_step(svg, &panel, step));
    let members = match trainings.len() {
        1 => String::new(),
        n => format!(", {n} members"),
    };
    svg.text(
        (left, top - 9.0),
        &Label::plain(style.brief() + &members),
        TextStyle::bold(14.0, style.colour),
    );
    panel
}

fn draw_legend(svg: &mut Svg) {
    let validation = Stroke::solid(INK, 2.0);
    let train = validation.with_opacity(PALE);
    let entries = [
        (Key::Line(train), Label::plain("training events")),
        (Key::Line(validation), Label::plain("validation events")),
        (Key::Line(BEST_STEP), Label::plain("weights kept")),
    ];
    legend::draw(svg, (LEFT, 18.0), &entries);
}

fn draw_best_step(svg: &mut Svg, panel: &Panel, step: usize) {
    let Some(fraction) = panel.x.fraction(step as f64) else {
        return;
    };
    let x = panel.left + fraction.clamp(0.0, 1.0) * panel.width;
    svg.line(&[(x, panel.top), (x, panel.top + panel.height)], BEST_STEP);
}
