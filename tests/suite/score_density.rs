//! The density of the score, on exact scores: where these are sufficient, so are its histograms.

use motherlode::Result;
use motherlode::dataset::AugmentedData;
use motherlode::gold::{Design, Miner};
use motherlode::inference::ScoreDensity;
use motherlode::likelihood::LogRatio;
use motherlode::trace::Instrumented;
use motherlode_simulators::LinearGaussian;

use crate::mined;

const THETA0: [f64; 2] = [0.4, -0.2];
const THETA1: [f64; 2] = [-0.3, 0.1];

fn mined(simulator: &LinearGaussian, n: u64) -> AugmentedData {
    let design = Design::Reference { theta: vec![0.0, 0.0] };
    mined::mined(simulator, design, 5, n)
}

/// ⟨(log r̂ − log r)²⟩/⟨(log r)²⟩ over other events of the reference point: the answer 0 has the error 1.
fn relative_error(n_events: u64, bins: &[usize]) -> Result<f64> {
    let simulator = LinearGaussian::new(2)?;
    let truth = Instrumented::truth(&simulator).unwrap();
    let data = mined(&simulator, n_events);
    let density = ScoreDensity::new(truth.as_ref(), &data, &simulator, bins)?;
    let others = Miner::new(&simulator, data.header.design.clone(), 6)?.events(0..5_000)?;
    let exact = truth.log_ratio(others.x.view(), &THETA0, &THETA1)?;
    let found = density.log_ratio(others.x.view(), &THETA0, &THETA1)?;
    Ok((found - &exact).mapv(|d| d * d).sum() / exact.mapv(|d| d * d).sum())
}

/// The score of a normal is linear in x and in θ, so its projection says all that there is to say about two hypotheses.
/// What remains is the width of the bins: 25 of equal probability lose 1.26 % of the variance of a normal, 15 lose 2.42 %
/// (1 − n Σ (φ(a) − φ(b))² over their edges).
#[test]
fn projected_and_whole_scores_give_the_ratio_where_they_are_sufficient() -> Result<()> {
    let sallino = relative_error(50_000, &[25])?;
    let sally = relative_error(50_000, &[15, 5])?;
    assert!((0.010..0.015).contains(&sallino), "{sallino}");
    assert!((0.020..0.030).contains(&sally), "{sally}");
    Ok(())
}

/// The same events fill one direction better than two.
#[test]
fn fewer_directions_need_fewer_events() -> Result<()> {
    let [sallino, sally] = [relative_error(1_000, &[25])?, relative_error(1_000, &[25, 5])?];
    assert!(2.0 * sallino < sally, "{sallino} and {sally}");
    Ok(())
}

#[test]
fn numbers_of_bins_that_make_no_sense_are_refused() {
    for bins in [&[][..], &[0], &[25, 5, 5]] {
        let error = relative_error(100, bins).unwrap_err().to_string();
        assert!(error.contains("1 to 2 numbers of bins"), "{error}");
    }
}
