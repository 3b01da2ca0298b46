//! The page: headline, figures, tables and settings in one file.

use super::label::escape;
use super::look::look;
use super::{BASELINE, Figure, headline, marks, tables, words};
use crate::{Results, Yardstick};

const STYLE: &str = include_str!("style.css");

/// The whole page of a study as HTML.
pub fn page(results: &Results, figures: &[Figure]) -> String {
    let title = format!("{}: who needs how many simulations?", escape(&results.simulator));
    let body = format!(
        "<p>{}</p>\n{}{}{}{}{}{}",
        escape(&words::sentence(&results.about)),
        headline(results),
        errors(figures),
        numbers(results),
        pictures(figures),
        tables::failures(results),
        settings(results),
    );
    document(&title, &body)
}

/// A page with this title and body, both HTML.
pub fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n",
    )
}

fn headline(results: &Results) -> String {
    let sentence = format!("<p class=\"headline\">{}</p>\n", escape(&headline::found(results)));
    let caution = headline::caution(results).map_or(String::new(), |words| {
        format!("<p class=\"caution\">{}</p>\n", escape(&words))
    });
    let against = headline::yardstick(results).map_or(String::new(), |words| format!("<p>{}</p>\n", escape(&words)));
    sentence + &against + &caution
}

/// A figure with its caption.
pub fn show(figure: &Figure) -> String {
    format!(
        "<figure id=\"{}\">\n{}<figcaption>{}</figcaption>\n</figure>\n",
        figure.name,
        figure.svg.inline(),
        figure.caption
    )
}

fn section(title: &str, body: &str) -> String {
    match body.is_empty() {
        true => String::new(),
        false => format!("<h2>{title}</h2>\n{body}"),
    }
}

/// The figures whose name begins like this.
fn shown(figures: &[Figure], start: &str) -> String {
    let chosen = figures.iter().filter(|figure| figure.name.starts_with(start));
    chosen.map(show).collect()
}

fn errors(figures: &[Figure]) -> String {
    section("Error against number of simulations", &shown(figures, "error"))
}

fn numbers(results: &Results) -> String {
    let tables: String = results
        .measures()
        .into_iter()
        .map(|measure| tables::errors(results, measure))
        .collect();
    let compared = !words::matches(results, results.measure()).is_empty();
    let baseline = look(BASELINE).label;
    let compared = match compared {
        true => format!(
            " Below: the error relative to that of {baseline} at the same budget, and how many times fewer simulations the method needs than {baseline} for the same error, read off the median curve of {baseline}; &gt; and &lt; where that curve ends. The score of SALLY is taken at <i>θ</i><sub>ref</sub> and not compared."
        ),
        false => String::new(),
    };
    let cell = match results.seeds().len() {
        1 => "In each cell: one training.".to_owned(),
        n => format!("In each cell: the median over {n} seeds, and the lowest and highest value."),
    };
    let key = format!(
        "<p class=\"key\">{cell}{compared} Shaded: the best of its column. Grey: no better than the answer zero.</p>\n"
    );
    section(
        "Numbers",
        &(tables::matches(results) + &marks::html(results) + &key + &tables),
    )
}

fn pictures(figures: &[Figure]) -> String {
    section("Estimated and exact log <i>r</i>", &shown(figures, "ratio"))
        + &section("The score", &shown(figures, "score"))
        + &section("What gold is", &shown(figures, "gold"))
        + &section("Training", &shown(figures, "training"))
}

fn settings(results: &Results) -> String {
    let boxes = results.parameters.iter().zip(&results.prior);
    let prior: Vec<String> = boxes
        .map(|(name, (low, high))| format!("{name} in [{}, {}]", words::point(&[*low]), words::point(&[*high])))
        .collect();
    let budgets: Vec<String> = results.budgets().into_iter().map(words::count).collect();
    let seeds: Vec<String> = results.seeds().iter().map(u64::to_string).collect();
    let ordered_by = match results.yardstick {
        Yardstick::Exact => "exact answers",
        Yardstick::HeldOut => "held-out events",
    };
    let fixed = [
        ("simulator", results.simulator.clone()),
        ("exact answers", results.truth.clone().unwrap_or("none".to_owned())),
        ("estimates ordered by", ordered_by.to_owned()),
        ("parameters", results.parameters.join(", ")),
        ("observables", results.observables.join(", ")),
        ("θ0", words::point(&results.theta0)),
        ("θ1", words::point(&results.theta1)),
        ("θ_ref", words::point(&results.theta_ref)),
        ("prior", prior.join(", ")),
        ("budgets", budgets.join(", ")),
        ("seeds", seeds.join(", ")),
        ("trainings", words::count(results.runs.len())),
        ("time of the study", words::duration(results.seconds)),
        ("motherlode", results.crate_version.clone()),
    ];
    let fixed = fixed.iter().map(|(name, value)| (*name, value));
    let free = results.settings.iter().map(|(name, value)| (name.as_str(), value));
    let rows: String = fixed
        .chain(free)
        .map(|(name, value)| {
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n",
                escape(name),
                escape(value)
            )
        })
        .collect();
    section(
        "Settings",
        &format!("<table class=\"settings\">\n<tbody>\n{rows}</tbody>\n</table>\n"),
    )
}
