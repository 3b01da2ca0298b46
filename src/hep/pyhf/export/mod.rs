//! Workspaces of signal and background or of templates, from the events of a file or of a simulator.

mod contents;
mod process_builder;
mod quantity;
mod result;
mod settings;

use std::fmt::{Debug, Formatter};

use super::{Binning, Blueprint, Built};
use crate::madminer::EventSimulator;
use contents::Contents;
use motherlode_core::error::Result;
use motherlode_core::trace::Instrumented;
use motherlode_core::{Estimator, Progress};
use motherlode_stats::analysis::{Observations, check_theta, header_of_simulator};
use process_builder::Templates;
use quantity::{EventQuantity, QuantityInputs};

pub use quantity::Quantity;
pub use result::{SampleTotal, TemplateFactors, WorkspaceResult};
pub use settings::WorkspaceSettings;

/// Events that fill the histograms of a workspace.
///
/// An estimator gives the log ratio or the score of each event; observables need none.
///
/// ```
/// use motherlode_core::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace, density::Normal};
/// use motherlode_core::{Real, Result};
/// use motherlode_hep::pyhf::{EventSource, Quantity, WorkspaceSettings};
///
/// /// Masses of particles, whose cross section is the square of their coupling.
/// struct Masses;
///
/// impl Simulator for Masses {
///     fn name(&self) -> &str { "masses" }
///     fn parameters(&self) -> Vec<Parameter> { vec![Parameter::new("coupling", 0.1, 10.0)] }
///     fn observables(&self) -> Vec<Observable> { vec![Observable::new("mass")] }
///     fn hypotheses(&self) -> Option<Hypotheses> { Some(Hypotheses::new([1.0], [3.0], [(0.1, 10.0)])) }
///     fn log_rate<R: Real>(&self, theta: &[R]) -> Option<R> { Some(theta[0].ln() * 2.0) }
///     fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
///         Ok(vec![trace.draw(Normal::new(theta[0], R::from(1.0))?)])
///     }
/// }
///
/// let settings = WorkspaceSettings {
///     quantity: Some(Quantity::Observable("mass".into())),
///     bins: 4,
///     ..WorkspaceSettings::new(10.0)
/// };
/// let result = EventSource::Simulator(&Masses).workspace(None, None, &settings, &())?;
/// let [background, signal] = &result.samples[..] else { panic!("two samples") };
/// assert!((background.events - 90.0).abs() < 1e-9 && (signal.events - 10.0).abs() < 1e-9);
/// assert_eq!((result.edges.len(), result.workspace.channels[0].name.as_str()), (5, "mass"));
/// # Ok::<(), motherlode_core::Error>(())
/// ```
#[derive(Clone, Copy)]
pub enum EventSource<'a> {
    /// Weighted events of a file, with its systematics.
    File(&'a EventSimulator),
    /// Events simulated at each hypothesis.
    Simulator(&'a dyn Instrumented),
}

impl Debug for EventSource<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("EventSource").field(&self.simulator().label()).finish()
    }
}

impl<'a> EventSource<'a> {
    /// Fills histograms of one quantity into a workspace. Its data are the `observed` events or, without these, the expected ones (an
    /// Asimov data set).
    ///
    /// # Errors
    /// If an input is missing or out of range, nothing is expected in the bins, the simulator fails, or `progress` stops it.
    pub fn workspace(
        self,
        estimator: Option<&'a dyn Estimator>,
        observed: Option<&Observations>,
        settings: &'a WorkspaceSettings,
        progress: &dyn Progress,
    ) -> Result<WorkspaceResult> {
        observed.map_or(Ok(()), Observations::check_measured)?;
        let export = Export::new(self, estimator, settings)?;
        let contents = match self {
            Self::File(simulator) => export.contents_of_file(simulator)?,
            Self::Simulator(simulator) => export.simulated_contents(simulator, progress)?,
        };
        let observed = observed.map(|observed| export.quantity.values(observed.x()));
        export.workspace(contents, observed.transpose()?)
    }

    fn simulator(self) -> &'a dyn Instrumented {
        match self {
            Self::File(simulator) => simulator,
            Self::Simulator(simulator) => simulator,
        }
    }

    /// Number of parameters that hypotheses have: nuisance parameters of a file are fitted.
    fn n_theory(self) -> usize {
        match self {
            Self::File(simulator) => simulator.n_theory(),
            Self::Simulator(simulator) => simulator.parameters().len(),
        }
    }
}

/// An export with its defaults filled in.
struct Export<'a> {
    simulator: &'a dyn Instrumented,
    settings: &'a WorkspaceSettings,
    signal: Vec<f64>,
    reference: Vec<f64>,
    quantity: EventQuantity<'a>,
}

impl<'a> Export<'a> {
    fn new(
        source: EventSource<'a>,
        estimator: Option<&'a dyn Estimator>,
        settings: &'a WorkspaceSettings,
    ) -> Result<Self> {
        settings.check()?;
        let (simulator, p) = (source.simulator(), source.n_theory());
        let hypotheses = simulator.hypotheses()?;
        let theta = |given: &Option<Vec<f64>>, default: &[f64]| given.clone().unwrap_or_else(|| default[..p].to_vec());
        let signal = theta(&settings.signal, &hypotheses.theta0);
        let reference = theta(&settings.reference, &hypotheses.theta1);
        let names = &simulator.parameter_names()[..p];
        for theta in [&signal, &reference].into_iter().chain(&settings.background) {
            check_theta(theta, names)?;
        }
        if let Some(estimator) = estimator {
            estimator.accepts(&header_of_simulator(simulator))?;
        }
        let inputs = QuantityInputs {
            estimator,
            simulator,
            signal: &signal,
            reference: &reference,
        };
        let quantity = inputs.find(settings.quantity.as_ref())?;
        Ok(Self {
            simulator,
            settings,
            signal,
            reference,
            quantity,
        })
    }

    fn workspace(self, contents: Contents, observed: Option<Vec<f64>>) -> Result<WorkspaceResult> {
        let Contents {
            mut processes,
            reference: (values, weights),
            templates,
        } = contents;
        if templates.is_none() {
            let signal = processes.iter_mut().filter(|process| process.factor.is_some());
            signal.for_each(|process| process.in_data = self.settings.inject);
        }
        let binning = match &self.settings.edges {
            Some(edges) => Binning::new(edges.clone())?,
            None => Binning::of_equal_probability(&values, &weights, self.settings.bins)?,
        };
        let (poi, parameters, together, factors) = match templates {
            Some(Templates {
                parameters,
                together,
                factors,
            }) => ("", parameters, Some(together), Some(factors)),
            None => ("mu", Vec::new(), None, None),
        };
        let blueprint = Blueprint {
            channel: self.quantity.name.clone(),
            measurement: "measurement".into(),
            processes,
            poi: poi.into(),
            parameters,
            together,
            observed,
        };
        let Built {
            workspace,
            binning,
            notes,
        } = blueprint.build(binning)?;
        let samples = workspace.channels[0].samples.iter().map(|sample| SampleTotal {
            name: sample.name.clone(),
            events: sample.data.iter().sum(),
        });
        Ok(WorkspaceResult {
            samples: samples.collect(),
            n_data: workspace.observations[0].data.iter().sum(),
            workspace,
            factors,
            source: self.simulator.label(),
            observable: self.quantity.name,
            luminosity: self.settings.luminosity,
            signal: self.signal,
            background: self.settings.background.clone(),
            reference: self.reference,
            edges: binning.edges().to_vec(),
            notes,
        })
    }
}
