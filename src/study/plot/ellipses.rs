//! Information ellipses of two parameters.

use super::label::Label;
use super::palette::{self, INK};
use super::panel::Panel;
use super::scale::{Scale, finite_range};
use super::svg::{Anchor, Stroke, Svg, TextStyle};

const LEFT: f64 = 78.0;
const TOP: f64 = 18.0;
const SIDE: f64 = 420.0;
const BELOW: f64 = 52.0;
/// Least width of the legend.
const LEGEND: f64 = 330.0;
const SIZE: f64 = 13.0;
/// Space at either side of the legend.
const SPACE: f64 = 24.0;
const LINE: f64 = 24.0;
const SAMPLE: f64 = 34.0;
/// Corners of an ellipse.
const CORNERS: usize = 240;
/// Largest length of an ellipse that the axes still hold, in units of the shortest one.
const LONGEST: f64 = 6.0;
/// Largest length of an ellipse that is drawn, in units of its width.
const SLENDER: f64 = 1e4;

/// Fisher information of one measurement on two parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Ellipse {
    /// Name of the measurement.
    pub name: String,
    /// Information matrix (i₀₀, i₀₁, i₁₁), in 1/units of the parameters.
    pub information: [f64; 3],
}

/// Draws the regions δ^T I δ ≤ `level` about `centre` of several measurements, as an SVG file.
///
/// `names` are those of the parameters; `caption` is printed below the legend. A measurement of one combination of the parameters
/// is a band.
pub fn ellipses(names: [&str; 2], caption: &str, centre: [f64; 2], level: f64, ellipses: &[Ellipse]) -> String {
    let outlines: Vec<Vec<(f64, f64)>> = ellipses
        .iter()
        .map(|ellipse| outline(ellipse.information, centre, level))
        .collect();
    let length = |outline: &Vec<(f64, f64)>, along: fn(&(f64, f64)) -> f64| {
        finite_range(outline.iter().map(along)).map_or(f64::INFINITY, |(low, high)| high - low)
    };
    let scale = |along: fn(&(f64, f64)) -> f64| {
        let shortest = outlines
            .iter()
            .map(|outline| length(outline, along))
            .fold(f64::INFINITY, f64::min);
        let within = outlines
            .iter()
            .filter(|outline| length(outline, along) <= LONGEST * shortest);
        Scale::linear(within.flatten().map(along))
    };
    let panel = Panel {
        left: LEFT,
        top: TOP,
        width: SIDE,
        height: SIDE,
        x: scale(|point| point.0),
        y: scale(|point| point.1),
    };
    let height = (TOP + SIDE + BELOW).max(TOP + LINE * (ellipses.len() + 2) as f64);
    let entries: Vec<Label> = ellipses.iter().map(|ellipse| Label::plain(&ellipse.name)).collect();
    let caption = Label::plain(caption);
    let longest = entries.iter().chain([&caption]).map(Label::width).fold(0.0, f64::max);
    let legend = LEGEND.max(SPACE + SAMPLE + 8.0 + SIZE * longest + SPACE);
    let mut svg = Svg::new(LEFT + SIDE + legend, height, "Information on two parameters");
    panel.axes(&mut svg, true, true);
    for (i, outline) in outlines.iter().enumerate() {
        panel.line(&mut svg, outline, stroke(i));
    }
    panel.dots(&mut svg, &[(centre[0], centre[1])], 3.0, INK, 1.0);
    for (i, name) in entries.iter().enumerate() {
        let (x, y) = (LEFT + SIDE + SPACE, TOP + LINE * (i as f64 + 0.7));
        svg.line(&[(x, y - 4.5), (x + SAMPLE, y - 4.5)], stroke(i));
        svg.text((x + SAMPLE + 8.0, y), name, TextStyle::new(SIZE, Anchor::Start));
    }
    let below = (LEFT + SIDE + SPACE, TOP + LINE * (ellipses.len() as f64 + 1.0));
    svg.text(below, &caption, TextStyle::new(12.0, Anchor::Start));
    panel.x_label(&mut svg, &Label::plain(names[0]), 42.0, 14.0);
    panel.y_label(&mut svg, &Label::plain(names[1]), LEFT - 18.0, 14.0);
    svg.document()
}

fn stroke(i: usize) -> Stroke<'static> {
    let (colour, dashes) = palette::line(i);
    Stroke::solid(colour, 2.0).dashed(dashes)
}

/// Corners of the ellipse with half-axes √(level/λ) along the eigenvectors of the information; none without information.
fn outline([a, b, c]: [f64; 3], centre: [f64; 2], level: f64) -> Vec<(f64, f64)> {
    let root = (0.5 * (a - c)).hypot(b);
    let large = 0.5 * (a + c) + root;
    if !(large > 0.0 && large.is_finite()) {
        return Vec::new();
    }
    let small = (0.5 * (a + c) - root).max(large / (SLENDER * SLENDER));
    let angle = 0.5 * (2.0 * b).atan2(a - c);
    let (sin, cos) = angle.sin_cos();
    let (short, long) = ((level / large).sqrt(), (level / small).sqrt());
    (0..=CORNERS)
        .map(|i| {
            let (up, along) = (std::f64::consts::TAU * i as f64 / CORNERS as f64).sin_cos();
            let (u, v) = (short * along, long * up);
            (centre[0] + u * cos - v * sin, centre[1] + u * sin + v * cos)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // δ^T I δ at every corner
    fn outlines_lie_where_the_level_is() {
        let [a, b, c] = [3.0, -1.2, 0.9];
        for (x, y) in outline([a, b, c], [0.5, -2.0], 2.3) {
            let (x, y) = (x - 0.5, y + 2.0);
            assert!((a * x * x + 2.0 * b * x * y + c * y * y - 2.3).abs() < 1e-9);
        }
        assert!(outline([0.0, 0.0, 0.0], [0.0, 0.0], 1.0).is_empty());
    }

    #[test]
    fn one_combination_makes_a_band_and_does_not_stretch_the_axes() {
        let shown = [("both", [4.0, 0.0, 4.0]), ("one & only", [4.0, 0.0, 0.0])].map(|(name, information)| Ellipse {
            name: name.into(),
            information,
        });
        let drawing = ellipses(["a", "b"], "68 %", [0.0, 0.0], 1.0, &shown);
        assert!(drawing.contains("one &amp; only") && drawing.contains(">0.4<") && !drawing.contains(">5000<"));
    }
}
