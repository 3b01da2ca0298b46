//! Small simulators, each with one thing that mining must cope with.

use motherlode::Real;
use motherlode::trace::density::{Bernoulli, Normal};
use motherlode::trace::{Hypotheses, Observable, Parameter, Rejected, Simulator, Trace};

/// Ten tosses of a coin that shows heads with probability θ.
pub struct Coin;

impl Simulator for Coin {
    fn name(&self) -> &str {
        "coin"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("theta", 0.0, 1.0)]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("heads")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.35], [0.5], [(0.25, 0.65)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let mut heads = 0.0;
        for _ in 0..10 {
            if trace.draw(Bernoulli::new(theta[0])?) {
                heads += 1.0;
            }
        }
        Ok(vec![heads])
    }
}

/// Steps until one fails, then a measurement: two parameters, two observables, and paths of any length.
pub struct Walk;

impl Simulator for Walk {
    fn name(&self) -> &str {
        "walk"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            Parameter::new("persistence", 0.0, 0.99),
            Parameter::new("length", -5.0, 5.0).with_unit("m"),
        ]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("steps"), Observable::new("distance").with_unit("m")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.6, 0.3], [0.7, 0.1], [(0.5, 0.75), (-0.3, 0.5)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let mut steps = 0.0;
        while trace.draw(Bernoulli::new(theta[0])?) {
            steps += 1.0;
        }
        let distance = trace.draw(Normal::new(theta[1], R::from(1.0))?);
        Ok(vec![steps, distance])
    }
}

/// A coin that is lost in one run of twenty, whatever θ.
pub struct Moody;

impl Simulator for Moody {
    fn name(&self) -> &str {
        "moody"
    }

    fn parameters(&self) -> Vec<Parameter> {
        Coin.parameters()
    }

    fn observables(&self) -> Vec<Observable> {
        Coin.observables()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Coin.hypotheses()
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        if trace.noise(Bernoulli::new(0.05)?) {
            return Err(Rejected::Discarded("the coin is lost".into()));
        }
        Coin.simulate(theta, trace)
    }
}

/// A simulator with one fault, chosen by its name.
pub struct Faulty(pub Fault);

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// Every run is discarded.
    Lost,
    /// A density that does not exist.
    Invalid,
    /// A branch on a parameter without a draw.
    Strays,
    /// An observation that is not a number.
    NotFinite,
    /// More observations than declared.
    TooLong,
    /// Memory that forgets a factor.
    Forgets,
}

impl Simulator for Faulty {
    fn name(&self) -> &str {
        "faulty"
    }

    fn parameters(&self) -> Vec<Parameter> {
        Coin.parameters()
    }

    fn observables(&self) -> Vec<Observable> {
        Coin.observables()
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Coin.hypotheses()
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        match self.0 {
            Fault::Lost => Err(Rejected::Discarded("the coin is lost".into())),
            Fault::Invalid => {
                trace.draw(Normal::new(theta[0], R::from(-1.0))?);
                Ok(vec![0.0])
            }
            Fault::Strays => {
                let tosses = if theta[0].value() < 0.4 { 1 } else { 2 };
                for _ in 0..tosses {
                    trace.draw(Bernoulli::new(theta[0])?);
                }
                Ok(vec![0.0])
            }
            Fault::NotFinite => Ok(vec![f64::NAN]),
            Fault::TooLong => Ok(vec![1.0, 2.0]),
            Fault::Forgets => Coin.simulate(theta, trace),
        }
    }

    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        match self.0 {
            Fault::Forgets => Ok(Coin.log_probability(theta, memory)? + 1.0),
            _ => {
                let mut replay = motherlode::trace::Replay::new(memory);
                self.simulate(theta, &mut replay)?;
                replay.log_probability()
            }
        }
    }
}
