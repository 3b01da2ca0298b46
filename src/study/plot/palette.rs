//! Colours and dashes of figures.
//!
//! The colours are those of Okabe and Ito, which colour-blind readers can tell apart; dashes differ as well, so that figures
//! survive a black-and-white printer.

/// Black.
pub const BLACK: &str = "#000000";
/// Orange.
pub const ORANGE: &str = "#E69F00";
/// Sky blue.
pub const SKY: &str = "#56B4E9";
/// Bluish green.
pub const GREEN: &str = "#009E73";
/// Blue.
pub const BLUE: &str = "#0072B2";
/// Vermillion.
pub const VERMILLION: &str = "#D55E00";
/// Reddish purple.
pub const PURPLE: &str = "#CC79A7";
/// Grey.
pub const GREY: &str = "#777777";
/// Okabe and Ito's yellow, darkened: on white the original cannot be seen.
pub const OLIVE: &str = "#A39A00";
/// Dark grey of axes and text.
pub const INK: &str = "#333333";

/// Solid, dashed, dotted and dash-dotted lines, as SVG writes them.
pub const DASHES: [&str; 4] = ["", "7 4", "2 3", "9 3 2 3"];

/// Colour and dashes of the `i`th of several lines. Both differ from line to line, so that lines that coincide are both seen.
pub fn line(i: usize) -> (&'static str, &'static str) {
    const COLOURS: [&str; 9] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, OLIVE, GREY];
    (COLOURS[i % COLOURS.len()], DASHES[i % DASHES.len()])
}
