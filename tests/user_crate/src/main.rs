//! A simulator of one's own, with the whole command line of motherlode.

use std::process::ExitCode;

use motherlode::prelude::*;

/// Twenty steps along a street, each ahead with probability θ, and a position that is read with an error.
struct Drunkard;

impl Simulator for Drunkard {
    fn name(&self) -> &str {
        "drunkard"
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::new("ahead", 0.0, 1.0).with_about("probability of a step ahead")]
    }

    fn observables(&self) -> Vec<Observable> {
        vec![Observable::new("position")]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        Some(Hypotheses::new([0.6], [0.5], [(0.3, 0.7)]))
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let mut position = 0.0;
        for _ in 0..20 {
            position += if trace.draw(Bernoulli::new(theta[0])?) {
                1.0
            } else {
                -1.0
            };
        }
        let read_too_far = trace.noise(Bernoulli::new(0.1)?);
        Ok(vec![if read_too_far { position + 2.0 } else { position }])
    }
}

fn main() -> ExitCode {
    motherlode::cli::main(vec![Box::new(Drunkard)])
}
