//! Events that stand for those of any hypothesis.

use super::super::{Chosen, Registry, SimulatorName, simulator};
use super::Observed;
use motherlode_core::dataset::Portion;
use motherlode_hep::madminer::is_event_file;
use motherlode_nn::ModelFile;

/// Where events that stand for those of any hypothesis come from.
pub(crate) struct StandIns<'a> {
    pub(crate) chosen: Option<Chosen<'a>>,
    /// If they may be those that were observed.
    pub(crate) warning: Option<String>,
}

impl Observed {
    /// The simulator whose events stand for those of any hypothesis. Of an event file, these are other rows than those that were observed:
    /// the same ones would follow the fluctuations of the data. Where all rows may have been observed there are no others.
    pub(crate) fn stand_ins<'a>(&self, registry: &'a Registry, model: &ModelFile) -> StandIns<'a> {
        let named = SimulatorName::from(self.header());
        let rows = named.portion;
        if !is_event_file(named.path()) {
            let chosen = self.simulator(registry);
            return StandIns { chosen, warning: None };
        }
        let observed = match (self.all.is_data_set, self.all.is_named, rows) {
            (true, ..) => rows,
            (false, true, Portion::Train | Portion::Validation) => rows,
            (false, ..) => Portion::Test, // as events are observed that do not train
        };
        let trained_on = model.header();
        let trained_on = (trained_on.simulator == named.name).then_some(trained_on.portion);
        let candidates = trained_on.into_iter().chain([Portion::Train, Portion::Test]);
        let others = candidates.into_iter().find(|rows| !rows.overlaps(observed));
        let warning = others.is_none().then(|| {
            format!(
                "histograms are filled with rows of {} that may be among those observed, and follow the fluctuations of the data: mine with \
                 --portion test to observe",
                named.name
            )
        });
        let portion = others.unwrap_or(rows);
        StandIns {
            chosen: simulator(registry, &SimulatorName { portion, ..named }).ok(),
            warning,
        }
    }
}
