//! Names of the metrics.

use crate::Metric;
use crate::plot::Label;

/// Name for headings.
pub fn title(metric: Metric) -> &'static str {
    match metric {
        Metric::Prior => "Error of log r, averaged over the prior",
        Metric::Pair => "Error of log r, for one pair of hypotheses",
        Metric::Score => "Error of the score",
        Metric::Excess => "Divergence from held-out joint labels, above the lowest of the study",
        Metric::Unexplained => "Share of held-out joint scores that is not explained",
    }
}

/// Name in two words.
pub fn short(metric: Metric) -> &'static str {
    match metric {
        Metric::Prior => "prior error",
        Metric::Pair => "pair error",
        Metric::Score => "score error",
        Metric::Excess => "excess divergence",
        Metric::Unexplained => "unexplained score",
    }
}

/// Name and formula for an axis.
pub fn axis_label(metric: Metric) -> Label {
    match metric {
        Metric::Prior => Label::plain("prior error ⟨(")
            .join(Label::log_r_hat())
            .and(" − ")
            .join(Label::log_r())
            .and(")²⟩"),
        Metric::Pair => Label::plain("pair error ⟨(")
            .join(Label::log_r_hat())
            .and(" − ")
            .join(Label::log_r())
            .and(")²⟩"),
        Metric::Score => Label::plain("score error ⟨|")
            .italic("t\u{302}")
            .and(" − ")
            .italic("t")
            .and("|²⟩/")
            .italic("p"),
        Metric::Excess => Label::plain("⟨KL(")
            .italic("s")
            .and("(")
            .italic("x, z")
            .and(") ‖ ")
            .italic("s\u{302}")
            .and("(")
            .italic("x")
            .and("))⟩ above the lowest"),
        Metric::Unexplained => Label::plain("unexplained share of ")
            .italic("t")
            .and("(")
            .italic("x, z")
            .and(")"),
    }
}
