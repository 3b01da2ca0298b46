//! How a method is named and drawn in tables and figures.

/// Name and style of a method, the same in every report.
///
/// Lines and markers differ where colours are close, so that figures survive a black-and-white printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    /// Name in print, such as `ALICES`.
    pub label: &'static str,
    /// Gold that the method learns from, in words: `no gold`, `ratio`, `score`, `ratio and score`.
    pub gold: &'static str,
    /// Colour of its line and markers.
    pub colour: Colour,
    /// Style of its line.
    pub line: Line,
    /// Marker at its points.
    pub marker: Marker,
}

/// Colours of Okabe and Ito, which colour-blind readers can tell apart, with two greys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Black.
    Black,
    /// Orange.
    Orange,
    /// Sky blue.
    Sky,
    /// Bluish green.
    Green,
    /// Blue.
    Blue,
    /// Vermillion.
    Vermillion,
    /// Reddish purple.
    Purple,
    /// Grey.
    Grey,
    /// Yellow, darkened so that it is visible on white.
    Olive,
}

/// Styles of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Without gaps.
    Solid,
    /// Long dashes.
    Dashed,
    /// Dots.
    Dotted,
    /// Dashes and dots in turn.
    DashDotted,
}

/// Markers of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A square on its tip.
    Diamond,
    /// A triangle on its base.
    TriangleUp,
    /// A triangle on its tip.
    TriangleDown,
}
