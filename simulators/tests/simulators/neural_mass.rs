//! The neural mass model: its linear part in closed form, its rhythm, the noise of its gold.

use motherlode_core::trace::{DrawOnly, Instrumented, stream};
use motherlode_simulators::NeuralMass;

use crate::known::mined;
use crate::tolerance::{ALGEBRA, close, z_score};

/// The last excitatory potential of runs without feedback, mV.
fn excitations(input: f64, n: u64) -> Vec<f64> {
    let column = NeuralMass::default();
    let last = |event| {
        let mut rng = stream(3, event, 0);
        let path = column.draw(&[input, 0.0], &mut DrawOnly::new(&mut rng)).unwrap();
        *path.excitation().last().unwrap()
    };
    (0..n).map(last).collect()
}

/// Without feedback, y₁ is a linear filter of white noise. In steps of length h it is an autoregressive process with the
/// double root ρ = 1 − a h = 0.9 and innovations of variance (h A a σ)² h, so that its mean is A μ/a and its variance is
/// (h A a σ)² h (1 + ρ²)/(1 − ρ²)³ (Box and Jenkins; without the discretisation A² σ²/(4a) = 2.64).
#[test]
fn excitation_without_feedback_has_its_closed_form() {
    let (gain, rate, noise, step, input): (f64, f64, f64, f64, f64) = (3.25, 100.0, 10.0, 1e-3, 220.0);
    let mean = gain * input / rate;
    let square = (1.0 - rate * step) * (1.0 - rate * step);
    let variance = (step * gain * rate * noise).powi(2) * step * (1.0 + square) / (1.0 - square).powi(3);
    let deviations: Vec<f64> = excitations(input, 2_000).into_iter().map(|y| y - mean).collect();
    assert!(z_score(&deviations).abs() < 4.0);
    let squares: Vec<f64> = deviations.iter().map(|d| d * d - variance).collect();
    assert!(z_score(&squares).abs() < 4.0, "variance is not {variance}");
}

#[test] // with 135 synapses the column oscillates in the alpha band: Jansen and Rit 1995, figure 3
fn quiet_column_has_an_alpha_rhythm() {
    let column = NeuralMass::with_noise(0.1).unwrap();
    let mut rng = stream(4, 0, 0);
    let path = column.draw(&[220.0, 108.0], &mut DrawOnly::new(&mut rng)).unwrap();
    let mean = path.signal().iter().sum::<f64>() / path.signal().len() as f64;
    let upward = path
        .signal()
        .windows(2)
        .filter(|pair| pair[0] < mean && pair[1] >= mean);
    let per_second = upward.count() as f64 / 2.0;
    assert!((8.0..=13.0).contains(&per_second), "{per_second} Hz");
}

#[test] // t_μ = Σ (v − ⟨v⟩)/σ² is a sum of normal increments: its variance is the duration over σ², 2.5/100
fn gold_of_the_input_has_its_closed_form() {
    let column = NeuralMass::default();
    let squares: Vec<f64> = mined(&column, &[220.0, 108.0], 4_000, 5)
        .iter()
        .map(|(event, _)| event.score[0].powi(2) - 0.025)
        .collect();
    assert!(z_score(&squares).abs() < 4.0);
}

#[test]
fn impossible_noise_is_a_usage_error() {
    for noise in [0.0, -1.0, 1e4, f64::NAN] {
        let error = NeuralMass::with_noise(noise).unwrap_err();
        assert!(
            error.is_usage() && error.to_string().contains("above 0 and at most 1000"),
            "{error}"
        );
    }
    let column = NeuralMass::default();
    assert!(column.log_probability_at(&[220.0, 108.0], &[0.0; 3]).is_err());
    let mut memory = Vec::new();
    assert!(
        column
            .mine(&[f64::NAN, 108.0], &mut stream(1, 0, 0), &mut memory)
            .is_err()
    );
}

#[test] // golden: these are the first events of seed 7 for ever; a change is a changelog line under "Results"
fn first_events_are_stable() {
    let golden = [
        [7.569645384289465, 0.11999287778273723, 0.6920749726541453],
        [7.2906673578638195, 0.041170489599866224, -1.1680564706831138],
    ];
    let events = mined(&NeuralMass::default(), &[228.0, 110.0], 2, 7);
    let found = Vec::from_iter(events.iter().map(|(event, _)| [event.x[0], event.x[7], event.score[1]]));
    let mut numbers = found.as_flattened().iter().zip(golden.as_flattened());
    assert!(numbers.all(|(a, b)| close(*a, *b, ALGEBRA)), "{found:?}");
}
