//! SVG elements and colours of the hand-made figures of the book.

use std::fmt::Write as _;

// The colours of Okabe and Ito, which the colour-blind can tell apart.
pub const BLUE: [u8; 3] = [0x00, 0x72, 0xB2];
pub const SKY: [u8; 3] = [0x56, 0xB4, 0xE9];
pub const ORANGE: [u8; 3] = [0xE6, 0x9F, 0x00];
pub const VERMILLION: [u8; 3] = [0xD5, 0x5E, 0x00];
pub const GREY: [u8; 3] = [0xD0, 0xD0, 0xD0];
pub const INK: [u8; 3] = [0x22, 0x22, 0x22];

pub fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Drawing under construction.
pub struct Svg(String);

impl Svg {
    pub fn new(width: f64, height: f64, title: &str) -> Self {
        Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             font-family=\"sans-serif\" fill=\"{}\">\n<title>{title}</title>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
            hex(INK)
        ))
    }

    /// Appends one element on its own line.
    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.0, "{element}"); // writing to a string cannot fail
    }

    pub fn text(&mut self, (x, y): (f64, f64), size: f64, anchor: &str, text: &str) {
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" \
             xml:space=\"preserve\">{text}</text>"
        ));
    }

    pub fn vertical_text(&mut self, (x, y): (f64, f64), size: f64, text: &str) {
        self.add(format_args!(
            "<text transform=\"translate({x:.1} {y:.1}) rotate(-90)\" font-size=\"{size}\" \
             text-anchor=\"middle\">{text}</text>"
        ));
    }

    pub fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str) {
        self.add(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"/>"
        ));
    }

    pub fn disc(&mut self, (x, y): (f64, f64), radius: f64, fill: &str, edge: &str, width: f64) {
        self.add(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{edge}\" \
             stroke-width=\"{width}\"/>"
        ));
    }

    pub fn dot(&mut self, (x, y): (f64, f64), radius: f64, colour: [u8; 3]) {
        let fill = hex(colour);
        self.add(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\" fill-opacity=\"0.6\"/>"
        ));
    }

    pub fn line(&mut self, points: &[(f64, f64)], width: f64, colour: [u8; 3]) {
        self.polyline(
            points,
            "none",
            format_args!("stroke=\"{}\" stroke-width=\"{width}\"", hex(colour)),
        );
    }

    pub fn dashes(&mut self, points: &[(f64, f64)], width: f64, colour: [u8; 3]) {
        let stroke = hex(colour);
        self.polyline(
            points,
            "none",
            format_args!("stroke=\"{stroke}\" stroke-width=\"{width}\" stroke-dasharray=\"1 7\""),
        );
    }

    pub fn area(&mut self, points: &[(f64, f64)], opacity: f64, colour: [u8; 3]) {
        self.polyline(points, &hex(colour), format_args!("fill-opacity=\"{opacity}\""));
    }

    fn polyline(&mut self, points: &[(f64, f64)], fill: &str, style: std::fmt::Arguments<'_>) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.add(format_args!(
            "<polyline points=\"{}\" fill=\"{fill}\" {style} stroke-linejoin=\"round\" stroke-linecap=\"round\"/>",
            points.join(" ")
        ));
    }

    pub fn finish(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }
}
