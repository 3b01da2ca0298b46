//! Figures as SVG: axes, lines, bands, points with errors, markers and legends.
//!
//! [`Plot`] draws one panel and needs only the data, the scales and the names. [`Svg`] with [`Panel`]s and a [`legend`] draws
//! everything else. Coordinates in a panel are those of the data; values that are not finite are gaps.
//!
//! ```
//! use motherlode_study::plot::{Label, Plot, Scale, Stroke, palette};
//!
//! let n = [100.0, 1_000.0, 10_000.0];
//! let error = [0.2, 0.03, 0.004];
//! let points = || n.iter().copied().zip(error);
//! let svg = Plot::new(
//!     "Error against number of events",
//!     Scale::logarithmic(n, 1.5),
//!     Scale::logarithmic(error, 1.5),
//! )
//! .x_label("simulated events")
//! .y_label(Label::plain("error of log ").italic("r"))
//! .band(points().map(|(n, e)| (n, 0.8 * e, 1.2 * e)).collect(), palette::BLUE)
//! .named("range over seeds")
//! .line(points().collect(), Stroke::solid(palette::BLUE, 2.0))
//! .named("median")
//! .svg();
//! let document = svg.document();
//! assert!(document.starts_with("<?xml") && document.ends_with("</svg>\n"));
//! assert!(document.contains("<title>Error against number of events</title>"));
//! assert!(document.contains("range over seeds") && document.contains("<polygon"));
//! ```

mod builder;
mod ellipses;
mod label;
pub mod legend;
mod number;
pub mod palette;
mod panel;
mod scale;
mod svg;

pub use builder::{Plot, Series};
pub use ellipses::{Ellipse, ellipses};
pub use label::Label;
pub use motherlode_nn::methods::Marker;
pub use panel::Panel;
pub use scale::{Scale, finite_range};
pub use svg::{Anchor, Stroke, Svg, TextStyle};

pub(crate) use number::{count, minus};
