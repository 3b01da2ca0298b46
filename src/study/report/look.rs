//! How each method looks: its name in print, its colour, its line and its mark.
//!
//! The colours are those of Okabe and Ito, told apart by colour-blind readers too; lines and marks differ as well, so
//! that the figures survive a black-and-white printer. A method looks the same in every report.

/// The mark at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A square on its tip.
    Diamond,
    /// A triangle on its base.
    Up,
    /// A triangle on its tip.
    Down,
}

/// How a method is drawn and named.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Its name in print.
    pub label: String,
    /// What it learns from, where that is known.
    pub gold: &'static str,
    /// Its colour.
    pub colour: &'static str,
    /// Width of its line.
    pub width: f64,
    /// Dashes of its line; empty for a solid one.
    pub dashes: &'static str,
    /// Its mark.
    pub mark: Mark,
}

impl Look {
    /// The name, cut where it would not fit into a figure.
    pub fn brief(&self) -> String {
        match self.label.chars().count() > LONGEST {
            true => self.label.chars().take(LONGEST - 1).chain(['…']).collect(),
            false => self.label.clone(),
        }
    }
}

/// Length of a name that still fits into a figure.
const LONGEST: usize = 16;

const BLACK: &str = "#000000";
const ORANGE: &str = "#E69F00";
const SKY: &str = "#56B4E9";
const GREEN: &str = "#009E73";
const BLUE: &str = "#0072B2";
const VERMILLION: &str = "#D55E00";
const PURPLE: &str = "#CC79A7";
const GREY: &str = "#777777";
/// Okabe and Ito's yellow, darkened: on white the original cannot be seen.
const OLIVE: &str = "#A39A00";

/// The methods with published names: name, gold, colour, dashes, mark.
#[rustfmt::skip]
const KNOWN: [(&str, &str, &str, &str, Mark); 12] = [
    ("carl",    "no gold",         BLACK,      "7 4",   Mark::Disc),
    ("rolr",    "ratio",           ORANGE,     "",      Mark::Square),
    ("alice",   "ratio",           VERMILLION, "",      Mark::Up),
    ("cascal",  "score",           SKY,        "",      Mark::Diamond),
    ("rascal",  "ratio and score", BLUE,       "",      Mark::Square),
    ("alices",  "ratio and score", GREEN,      "",      Mark::Disc),
    ("sally",   "score",           PURPLE,     "",      Mark::Down),
    ("sallino", "score",           PURPLE,     "2 3",   Mark::Up),
    ("nde",     "no gold",         GREY,       "7 4",   Mark::Square),
    ("scandal", "score",           OLIVE,      "",      Mark::Diamond),
    ("nre",     "no gold",         GREY,       "2 3",   Mark::Up),
    ("bnre",    "no gold",         GREY,       "9 3 2 3", Mark::Down),
];

/// Colours and marks of methods without a published name; their lines are dashed.
const COLOURS: [&str; 6] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY];
const MARKS: [Mark; 5] = [Mark::Diamond, Mark::Up, Mark::Square, Mark::Down, Mark::Disc];

/// Colour and dashes of the `i`th line of a figure that shows other things than methods; both differ, so that lines that
/// coincide are seen to.
pub fn line(i: usize) -> (&'static str, &'static str) {
    const LINES: [&str; 9] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, OLIVE, GREY];
    const DASHES: [&str; 4] = ["", "7 4", "2 3", "9 3 2 3"];
    (LINES[i % LINES.len()], DASHES[i % DASHES.len()])
}

/// How the method of this name is drawn. Unknown names keep their spelling and draw their colour from it.
pub fn look(method: &str) -> Look {
    let name = method.to_ascii_lowercase();
    if let Some(&(_, gold, colour, dashes, mark)) = KNOWN.iter().find(|known| known.0 == name) {
        let width = if name == super::BASELINE { 3.2 } else { 2.0 };
        return Look {
            label: name.to_ascii_uppercase(),
            gold,
            colour,
            width,
            dashes,
            mark,
        };
    }
    let sum = name
        .bytes()
        .fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    Look {
        label: method.to_owned(),
        gold: "",
        colour: COLOURS[sum % COLOURS.len()],
        width: 2.0,
        dashes: "6 3",
        mark: MARKS[sum / COLOURS.len() % MARKS.len()],
    }
}
