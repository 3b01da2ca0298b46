//! Balls fall among bumpers: a small world with gold, and a parameter of it that has none.
//!
//! A box is ten metres wide and ten high. Round bumpers are scattered in it, a Poisson number with mean λ, each at a place
//! that nobody knows. Twenty balls are let go one after another in the middle of the top, each with a little speed
//! sideways, normal with mean u; they fall, bounce off bumpers and walls, and land on the floor. *x* is how many land in a
//! bin between 7 m and 9 m, how many to its left, and how long the middle one of them took. *z* is the number and places of the bumpers, and the speeds.
//!
//! λ and u are parameters of draws, so they have gold: the number of bumpers and the speeds tell all that the path knows of
//! them, and an event remembers four sums. The places are drawn, too, but not from anything that depends on θ: they cancel.
//! What happens after the draws is a map without chance, as long and as wild as you please; gold does not mind.
//!
//! A bounce off a bumper keeps a share e of the speed towards it; slow balls slide. Let e be a parameter, and there is no gold ([`Bumpers::with_restitution`]): e acts
//! through the map alone. No draw knows of it, its joint score would be zero, and that is wrong: the balls do land
//! elsewhere. As densities, p(x,z|e) for one e and another lie on different sets of (x, z), and have no ratio. Two ways
//! out: estimate without gold, or find chance in nature that was left out. No two bounces are alike: if each keeps a share
//! drawn from N(e, 0.05), e is the parameter of a draw, and has gold again ([`Bumpers::with_rough_bumpers`]).
//!
//! No way is known to p(x|θ).
//!
//! # Source
//! The probabilistic program with bumpers and a box is a standard picture in talks on simulation-based inference; sizes and
//! observables are ours. On gold and deterministic maps: Brehmer, Louppe, Pavez and Cranmer 2018, arXiv:1805.12244.

mod memory;
mod world;

use memory::Spread;
use motherlode_core::trace::density::{Normal, Poisson, Uniform};
use motherlode_core::trace::{Density, Hypotheses, Memory, Observable, Parameter, Rejected, Simulator, Trace};
use motherlode_core::{Real, Result};
use world::{Ball, End, HEIGHT, Landing, RADIUS, WIDTH, World};

const BALLS: usize = 20;
/// Spread of the speed sideways, m/s.
const SIDEWAYS: f64 = 0.3;
/// Share of its speed that a bounce keeps, and its spread where bumpers are rough.
const RESTITUTION: f64 = 0.6;
const ROUGHNESS: f64 = 0.05;

/// Balls that fall among an unknown number of bumpers.
#[derive(Debug, Clone, Default)]
pub struct Bumpers {
    bounce: Bounce,
}

/// Fraction of the speed that remains after a bounce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Bounce {
    /// 0.6 of it.
    #[default]
    Known,
    /// A parameter's share of it.
    Parameter,
    /// A share that is drawn anew, whose mean is a parameter.
    Rough,
}

impl Bumpers {
    /// With the share of speed that a bounce keeps as a third parameter, which has no gold.
    pub fn with_restitution(self) -> Self {
        Self {
            bounce: Bounce::Parameter,
        }
    }

    /// With a share that each bounce draws from a normal density, whose mean is the third parameter.
    pub fn with_rough_bumpers(self) -> Self {
        Self { bounce: Bounce::Rough }
    }

    /// Lets the balls fall: how often each place was landed on, and all the speeds and shares that were drawn.
    fn fall<R: Real>(&self, theta: &[R], world: &World, trace: &mut impl Trace<R>) -> Result<Fall, Rejected> {
        let sideways = Normal::new(theta[1], R::from(SIDEWAYS))?;
        let mut fall = Fall::default();
        for _ in 0..BALLS {
            let speed = trace.draw(sideways);
            fall.speeds.add(speed);
            let mut ball = Ball::let_go(speed);
            let landing = loop {
                match world.fly(&mut ball) {
                    End::Bumper(normal) => ball.bounce(normal, self.restitution(theta, &mut fall.shares, trace)?),
                    End::Floor(landing) => break landing,
                }
            };
            fall.landings[landing as usize] += 1.0;
            fall.durations.push(ball.duration());
        }
        Ok(fall)
    }

    /// Number of bumpers, speeds and shares, from what an event remembers.
    fn remembered(&self, memory: &[f64]) -> Option<(u64, Spread, Spread)> {
        let (&number, sums) = memory.split_first()?;
        let (speeds, shares) = (Spread::around(0.0), Spread::around(RESTITUTION));
        match (sums.as_chunks(), self.bounce) {
            ((&[speed], []), Bounce::Known | Bounce::Parameter) => Some((number as u64, speeds.with(speed), shares)),
            ((&[speed, share], []), Bounce::Rough) => Some((number as u64, speeds.with(speed), shares.with(share))),
            _ => None,
        }
    }

    fn restitution<R: Real>(
        &self,
        theta: &[R],
        shares: &mut Spread,
        trace: &mut impl Trace<R>,
    ) -> Result<f64, Rejected> {
        Ok(match self.bounce {
            Bounce::Known => RESTITUTION,
            Bounce::Parameter => theta[2].value(), // a plain number: what becomes of it, no density knows
            Bounce::Rough => {
                let share = trace.draw(Normal::new(theta[2], R::from(ROUGHNESS))?);
                shares.add(share);
                share
            }
        })
    }
}

/// Outcome of the balls.
#[derive(Debug)]
struct Fall {
    speeds: Spread,
    shares: Spread,
    landings: [f64; Landing::KINDS],
    durations: Vec<f64>,
}

impl Fall {
    /// Two counts, and how long the middle one of the balls took: some are caught between bumpers.
    fn observed(mut self) -> Vec<f64> {
        self.durations.sort_by(f64::total_cmp);
        vec![
            self.landings[Landing::Bin as usize],
            self.landings[Landing::Left as usize],
            self.durations[BALLS / 2],
        ]
    }
}

impl Default for Fall {
    fn default() -> Self {
        Self {
            speeds: Spread::around(0.0),
            shares: Spread::around(RESTITUTION),
            landings: [0.0; Landing::KINDS],
            durations: Vec::with_capacity(BALLS),
        }
    }
}

fn scattered<R: Real>(number: u64, trace: &mut impl Trace<R>) -> Result<World, Rejected> {
    let across = Uniform::new(RADIUS, WIDTH - RADIUS)?;
    let along = Uniform::new(RADIUS, HEIGHT - 1.0 - RADIUS)?;
    let bumpers = (0..number).map(|_| [trace.noise(across), trace.noise(along)]);
    Ok(World::new(bumpers.collect()))
}

impl Simulator for Bumpers {
    fn name(&self) -> &str {
        match self.bounce {
            Bounce::Known => "bumpers",
            Bounce::Parameter => "bumpers-restitution",
            Bounce::Rough => "bumpers-rough",
        }
    }

    fn about(&self) -> &str {
        match self.bounce {
            Bounce::Known => {
                "balls fall among an unknown number of bumpers; those that land in a bin are counted and timed"
            }
            Bounce::Parameter => "balls fall among bumpers that keep an unknown share of their speed: no gold",
            Bounce::Rough => "balls fall among rough bumpers; each bounce keeps a random share of the speed",
        }
    }

    fn parameters(&self) -> Vec<Parameter> {
        let mut parameters = vec![
            Parameter::new("bumpers", 0.0, 100.0).with_about("mean number of bumpers"),
            Parameter::new("sideways", -5.0, 5.0)
                .with_unit("m/s")
                .with_about("mean speed to the right at the start"),
        ];
        if self.bounce != Bounce::Known {
            parameters.push(
                Parameter::new("restitution", 0.0, 1.0).with_about("mean share of its speed that a bounce keeps"),
            );
        }
        parameters
    }

    fn observables(&self) -> Vec<Observable> {
        vec![
            Observable::new("in_bin"),
            Observable::new("left_of_bin"),
            Observable::new("duration").with_unit("s"),
        ]
    }

    fn hypotheses(&self) -> Option<Hypotheses> {
        let (mut theta0, mut theta1) = (vec![16.0, 0.1], vec![20.0, 0.0]);
        let mut prior = vec![(12.0, 28.0), (-0.15, 0.15)];
        let restitution = match self.bounce {
            Bounce::Known => None,
            Bounce::Parameter => Some((0.8, (0.3, 0.9))),
            Bounce::Rough => Some((0.61, (0.58, 0.62))), // some hundred bounces know the mean share to 0.005
        };
        if let Some((other, range)) = restitution {
            theta0.push(other);
            theta1.push(RESTITUTION);
            prior.push(range);
        }
        Some(Hypotheses::new(theta0, theta1, prior))
    }

    fn without_gold(&self) -> Option<&str> {
        (self.bounce == Bounce::Parameter).then_some(
            "restitution moves the balls by a map without chance, so that no draw knows of it; take bumpers-rough, where \
             each bounce is drawn, or leave restitution out",
        )
    }

    fn simulate<R: Real>(&self, theta: &[R], trace: &mut impl Trace<R>) -> Result<Vec<f64>, Rejected> {
        let number = trace.draw(Poisson::new(theta[0])?);
        let world = scattered(number, trace)?;
        let fall = self.fall(theta, &world, trace)?;
        trace.remember(&[number as f64]);
        fall.speeds.remember(trace);
        if self.bounce == Bounce::Rough {
            fall.shares.remember(trace);
        }
        Ok(fall.observed())
    }

    fn memory(&self) -> Memory {
        Memory::Statistics
    }

    fn log_probability<R: Real>(&self, theta: &[R], memory: &[f64]) -> Result<R, Rejected> {
        let (number, speeds, shares) = self.remembered(memory).ok_or_else(|| {
            let needed = if self.bounce == Bounce::Rough { 7 } else { 4 };
            let (name, found) = (Simulator::name(self), memory.len());
            Rejected::Invalid(format!(
                "an event of {name} is remembered by {needed} numbers, got {found}"
            ))
        })?;
        let number = Poisson::new(theta[0])?.log_density(&number);
        let log = number + speeds.log_probability(theta[1], SIDEWAYS);
        Ok(match self.bounce {
            Bounce::Known | Bounce::Parameter => log,
            Bounce::Rough => log + shares.log_probability(theta[2], ROUGHNESS),
        })
    }
}
