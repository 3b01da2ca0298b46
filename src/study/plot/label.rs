//! Lines of text with italics, indices and powers.

/// Line of text with italics, indices and powers. It is escaped when it is drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Label(Vec<(Face, String)>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Face {
    Plain,
    Italic,
    Index,
    Power,
}

impl Label {
    /// Starts with upright text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::default().and(text)
    }

    /// Appends upright text.
    pub fn and(self, text: impl Into<String>) -> Self {
        self.with(Face::Plain, text.into())
    }

    /// Appends italic text, as for symbols.
    pub fn italic(self, text: impl Into<String>) -> Self {
        self.with(Face::Italic, text.into())
    }

    /// Appends an index.
    pub fn index(self, text: impl Into<String>) -> Self {
        self.with(Face::Index, text.into())
    }

    /// Appends a power.
    pub fn power(self, text: impl Into<String>) -> Self {
        self.with(Face::Power, text.into())
    }

    /// Appends another label.
    pub fn join(mut self, other: Label) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The label "log r".
    pub fn log_r() -> Self {
        Self::plain("log ").italic("r")
    }

    /// The label "log r̂".
    pub fn log_r_hat() -> Self {
        Self::plain("log ").italic("r\u{302}")
    }

    fn with(mut self, face: Face, text: String) -> Self {
        self.0.push((face, text));
        self
    }

    /// Approximate width in units of the font size: the font that will be used is not known.
    pub fn width(&self) -> f64 {
        let spans = self.0.iter();
        spans
            .map(|(face, text)| {
                let size = if matches!(face, Face::Index | Face::Power) {
                    0.7
                } else {
                    1.0
                };
                size * 0.53 * text.chars().filter(|&c| c != '\u{302}').count() as f64
            })
            .sum()
    }

    /// Contents of an SVG text element.
    pub(super) fn svg(&self, size: f64) -> String {
        let mut text = String::new();
        let mut sunk = 0.0; // shifts of the baseline add up in SVG, so each span undoes the one before
        for (face, span) in &self.0 {
            let depth = match face {
                Face::Plain | Face::Italic => 0.0,
                Face::Index => 0.25 * size,
                Face::Power => -0.38 * size,
            };
            let style = match face {
                Face::Plain => String::new(),
                Face::Italic => r#" font-style="italic""#.into(),
                Face::Index | Face::Power => format!(r#" font-size="{:.1}""#, 0.72 * size),
            };
            let shift = if depth == sunk {
                String::new()
            } else {
                format!(r#" dy="{:.1}""#, depth - sunk)
            };
            sunk = depth;
            text += &format!("<tspan{shift}{style}>{}</tspan>", escape(span));
        }
        text
    }
}

impl From<&str> for Label {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Label {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

/// Escapes text for SVG; characters that XML does not allow are dropped.
pub(super) fn escape(text: &str) -> String {
    let allowed = text.chars().filter(|c| !c.is_control() || c.is_whitespace());
    allowed.fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
        out
    })
}
