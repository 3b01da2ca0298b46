//! The cross section of weak boson fusion and the width of H → e⁻ e⁺ μ⁻ μ⁺ as quadratic forms, with errors.
//!
//! The constants of `fusion/production.rs` and `fusion/four_leptons.rs` are what
//! `cargo run --release -p motherlode-simulators --example fusion_rates -- 4000000` prints: the mean over 16 shifts of a
//! lattice of that many points, and its standard error. Then it says how much of the rate lies above the bound of the
//! default process, by as many points as all shifts have together.

use motherlode_simulators::Fusion;
use motherlode_simulators::collider::fusion::{FourLeptons, Production};
use motherlode_simulators::collider::{Adapted, OPERATORS, Operator, PhaseSpace};

const ALL: [Operator; OPERATORS - 1] = [Operator::W, Operator::B, Operator::Ww, Operator::Bb, Operator::WDual];

fn main() {
    let points = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let production = Production::new(&ALL).and_then(Adapted::new);
    print("cross section, fb", &production.expect("all operators differ"), points);
    let decay = FourLeptons::new(&ALL).and_then(Adapted::new);
    print("width, GeV", &decay.expect("all operators differ"), points);
    let default = Fusion::default();
    let hypotheses: [&[f64]; 4] = [&[0.0, 0.0], &[1.0, 0.0], &[0.0, 1.0], &[-1.0, -1.0]];
    let outside = default.production().outside(hypotheses, 16 * points);
    println!("above the bound at {hypotheses:?}: {outside:?}");
}

fn print<P: PhaseSpace<D>, const D: usize>(what: &str, process: &Adapted<P, D>, points: u64) {
    println!("{what}, bound {}", process.bound());
    let (mean, error) = process.integral(points);
    let mut elements = mean.upper().iter().zip(error.upper());
    for row in 0..OPERATORS {
        let line: Vec<String> = elements
            .by_ref()
            .take(OPERATORS - row)
            .map(|(mean, error)| format!("{mean:.6e} ± {error:.1e}"))
            .collect();
        println!("{}", line.join(", "));
    }
}
