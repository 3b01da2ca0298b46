//! Events that stand for those of any hypothesis.

use std::path::Path;

use super::super::{Chosen, Registry, simulator};
use super::Observed;
use motherlode_hep::madminer::Portion;
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
        let name = &self.header().simulator;
        let (path, rows) = Portion::split(name);
        if !is_event_file(Path::new(path)) {
            let chosen = self.simulator(registry);
            return StandIns { chosen, warning: None };
        }
        let observed = match (self.all.is_data_set, self.all.is_named, rows) {
            (true, ..) => rows,
            (false, true, Portion::Train | Portion::Validation) => rows,
            (false, ..) => Portion::Test, // as events are observed that do not train
        };
        let taught = model.header().simulator;
        let taught = Some(Portion::split(&taught))
            .filter(|(file, _)| *file == path)
            .map(|(_, rows)| rows);
        let candidates = taught.into_iter().chain([Portion::Train, Portion::Test]);
        let others = candidates.into_iter().find(|rows| !rows.overlaps(observed));
        let warning = others.is_none().then(|| {
            format!(
                "histograms are filled with rows of {path} that may be among those observed, and follow the fluctuations of the data: mine with \
                 --portion test to observe"
            )
        });
        let name = others.unwrap_or(rows).of(path);
        StandIns {
            chosen: simulator(registry, &name).ok(),
            warning,
        }
    }
}
