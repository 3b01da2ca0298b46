//! Data that a method needs.

use motherlode_core::dataset::AugmentedData;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;

use super::Method;

impl Method {
    /// Checks that a data set holds what the method learns from.
    ///
    /// # Errors
    /// If the gold it needs, or one of the two classes, is missing.
    pub fn check(self, data: &AugmentedData) -> Result<()> {
        if self.needs_ratio() && data.joint_log_ratio.is_none() {
            let remedy = match is_reference(data) || matches!(data.header.design, Design::Reference { .. }) {
                true => "mine again without --reference, or choose `sally`, which learns from events of one point",
                false => "mine again with two hypotheses, or choose `carl`",
            };
            return Err(Error::missing_gold(self.name(), "`joint_log_ratio`", remedy));
        }
        if self.needs_score() && data.joint_score0.is_none() {
            let remedy = "mine again with the score, or choose a method that needs the ratio only";
            return Err(Error::missing_gold(self.name(), "`joint_score0`", remedy));
        }
        if self.learns_derivatives() {
            return check_reference_memories(data);
        }
        if self.needs_memories() && data.memories.is_none() {
            let remedy = match self.learns_posterior() {
                true => "mine again without --forget, or choose npe",
                false => "mine again without --forget, or choose alice or alices",
            };
            return Err(Error::missing_gold(self.name(), "`memory`", remedy));
        }
        let n_denominator = data.y.iter().filter(|&&y| y == 1.0).count();
        if self.spec().contrasts_hypotheses && data.header.design.prior().is_none() {
            let remedy = "mine without --theta0, or with --mixture: both draw a hypothesis for every event";
            return Err(Error::missing_gold(self.name(), "events of many hypotheses", remedy));
        }
        if self.learns_posterior() && data.header.design.prior().is_none_or(|prior| prior.density().is_none()) {
            let remedy = "mine with --joint, which draws every event from a continuous prior";
            return Err(Error::missing_gold(self.name(), "events of a continuous prior", remedy));
        }
        let joint = matches!(data.header.design, Design::Joint { .. })
            && self.spec().contrasts_hypotheses
            && !self.needs_ratio();
        if self.learns_ratio() && !joint && (n_denominator == 0 || n_denominator == data.n_events()) {
            let remedy = "mine with --theta1 or --mixture, which draw both classes";
            return Err(Error::missing_gold(self.name(), "events of both hypotheses", remedy));
        }
        if self.learns_score() && data.header.design.prior().is_none() && !is_reference(data) {
            let remedy = "mine with --reference, which draws all events from one point, or without --theta0";
            let needs = "events of one reference point or of a prior";
            return Err(Error::missing_gold(self.name(), needs, remedy));
        }
        if self.learns_score() && n_denominator == data.n_events() {
            let remedy = "take all events of the file, not those of the denominator alone";
            return Err(Error::missing_gold(self.name(), "events of the numerator", remedy));
        }
        Ok(())
    }
}

/// Returns true if all events were drawn from one θ0.
fn is_reference(data: &AugmentedData) -> bool {
    let at_one_point = data.theta0.rows().into_iter().all(|row| row == data.theta0.row(0));
    at_one_point && data.y.iter().all(|&y| y == 0.0)
}

/// Checks that events come from one reference point and remember their paths: derivatives are taken at that point, along the paths.
fn check_reference_memories(data: &AugmentedData) -> Result<()> {
    let name = Method::Derivatives.name();
    if !is_reference(data) || !matches!(data.header.design, Design::Reference { .. }) {
        let remedy = "mine with --reference, which draws all events from one point";
        return Err(Error::missing_gold(name, "events of one reference point", remedy));
    }
    data.remembered(name).map(|_| ())
}
