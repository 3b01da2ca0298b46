//! The page of a study: headline, figures, tables and settings in one file.

use maud::{DOCTYPE, Markup, PreEscaped, Render, html};

use super::comparisons::{BASELINE, compare_all};
use super::method_style::method_style;
use super::{Figure, findings, held_out_table, tables, text};
use crate::{Evaluation, Results};

const STYLE: &str = include_str!("style.css");

/// The page of a study.
pub fn page(results: &Results, figures: &[Figure]) -> String {
    let title = format!("{}: who needs how many simulations?", results.simulator);
    let figures = |start: &str| select(figures, start);
    let body = html! {
        p { (text::sentence(&results.about)) }
        (headline(results))
        (section("Error against number of simulations", &figures("error")))
        (section("Numbers", &numbers(results)))
        (section(html! { "Estimated and exact log " i { "r" } }, &figures("ratio")))
        (section("The score", &figures("score")))
        (section("What gold is", &figures("gold")))
        (section("Training", &figures("training")))
        (tables::failures(results))
        (section("Settings", &settings(results)))
    };
    document(&title, &body)
}

/// A page with this title and body.
pub fn document(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (body) } }
        }
    };
    page.into_string()
}

fn headline(results: &Results) -> Markup {
    html! {
        p class="headline" { (findings::headline(results)) }
        @if let Some(note) = findings::evaluation_note(results) { p { (note) } }
        @if let Some(warning) = findings::baseline_warning(results) { p class="caution" { (warning) } }
    }
}

/// A figure with its caption.
pub fn figure(figure: &Figure) -> Markup {
    html! {
        figure id=(figure.name) {
            (PreEscaped(figure.svg.inline()))
            figcaption { (figure.caption) }
        }
    }
}

/// Several figures, one after the other.
pub fn figures<'a>(figures: impl IntoIterator<Item = &'a Figure>) -> Markup {
    html! { @for each in figures { (figure(each)) } }
}

/// The figures whose name begins with `start`.
fn select(all: &[Figure], start: &str) -> Markup {
    figures(all.iter().filter(|figure| figure.name.starts_with(start)))
}

/// A heading with its content; nothing if that is empty.
fn section(title: impl Render, body: &Markup) -> Markup {
    html! { @if !body.0.is_empty() { h2 { (title) } (body) } }
}

fn numbers(results: &Results) -> Markup {
    let baseline = method_style(BASELINE).label;
    let cell = match results.seeds().len() {
        1 => "In each cell: one training.".to_owned(),
        n => format!("In each cell: the median over {n} seeds, and the lowest and highest value."),
    };
    html! {
        (tables::baseline_comparison(results))
        (held_out_table::html(results))
        p class="key" {
            (cell)
            @if !compare_all(results, results.metric()).is_empty() {
                " Below: the error relative to that of " (baseline) " at the same budget, and how many times fewer simulations the method \
                 needs than " (baseline) " for the same error, read off the median curve of " (baseline) "; > and < where that curve \
                 ends. The score of SALLY is taken at " i { "θ" } sub { "ref" } " and not compared."
            }
            " Shaded: the best of its column. Grey: no better than the answer zero."
        }
        @for metric in results.metrics() { (tables::errors(results, metric)) }
    }
}

fn settings(results: &Results) -> Markup {
    let boxes = results.parameters.iter().zip(results.prior.edges());
    let prior: Vec<String> = boxes
        .map(|(name, (low, high))| format!("{name} in [{}, {}]", text::point(&[*low]), text::point(&[*high])))
        .collect();
    let budgets: Vec<String> = results.budgets().into_iter().map(text::count).collect();
    let seeds: Vec<String> = results.seeds().iter().map(u64::to_string).collect();
    let ordered_by = match results.evaluation {
        Evaluation::Exact => "exact answers",
        Evaluation::HeldOut => "held-out events",
    };
    let fixed = [
        ("simulator", results.simulator.clone()),
        ("exact answers", results.truth.clone().unwrap_or("none".to_owned())),
        ("estimates ordered by", ordered_by.to_owned()),
        ("parameters", results.parameters.join(", ")),
        ("observables", results.observables.join(", ")),
        ("θ0", text::point(&results.theta0)),
        ("θ1", text::point(&results.theta1)),
        ("θ_ref", text::point(&results.theta_ref)),
        ("prior", prior.join(", ")),
        ("budgets", budgets.join(", ")),
        ("seeds", seeds.join(", ")),
        ("trainings", text::count(results.runs.len())),
        ("time of the study", text::duration(results.seconds)),
        ("motherlode", results.crate_version.clone()),
    ];
    let fixed = fixed.iter().map(|(name, value)| (*name, value));
    let free = results.settings.iter().map(|(name, value)| (name.as_str(), value));
    html! {
        table class="settings" { tbody {
            @for (name, value) in fixed.chain(free) {
                tr { th scope="row" { (name) } td { (value) } }
            }
        } }
    }
}
