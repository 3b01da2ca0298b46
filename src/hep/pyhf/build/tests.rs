//! Histograms of few events, counted by hand.

use super::*;
use crate::pyhf::SystematicWeights;

fn process(name: &str, values: &[f64], weights: &[f64], signal: bool) -> Process {
    Process {
        name: name.into(),
        values: values.to_vec(),
        weights: weights.to_vec(),
        systematics: Vec::new(),
        factor: signal.then(|| "mu".into()),
        without_signal: if signal { 0.0 } else { 1.0 },
        in_data: if signal { 0.5 } else { 1.0 },
    }
}

fn blueprint(processes: Vec<Process>) -> Blueprint {
    Blueprint {
        channel: "x".into(),
        measurement: "m".into(),
        processes,
        poi: "mu".into(),
        parameters: Vec::new(),
        together: None,
        observed: None,
    }
}

fn background() -> Process {
    process("background", &[0.5, 0.6, 1.5, 2.5], &[3.0, 4.0, 2.0, 1.0], false)
}

#[test]
fn histograms_hold_weights_and_their_errors() {
    let signal = process("signal", &[1.5, 1.7, 2.5, 9.0], &[1.0, 1.0, 2.0, 4.0], true);
    let built = blueprint(vec![background(), signal])
        .build(Binning::new(vec![0.0, 1.0, 2.0, 3.0]).unwrap())
        .unwrap();
    let [background, signal] = &built.workspace.channels[0].samples[..] else {
        panic!()
    };
    assert_eq!(
        (&background.data[..], &signal.data[..]),
        (&[7.0, 2.0, 1.0][..], &[0.0, 2.0, 2.0][..])
    );
    assert_eq!(built.workspace.observations[0].data, [7.0, 3.0, 2.0]);
    let Modifier::StatError { data, .. } = &background.modifiers[0] else {
        panic!()
    };
    assert_eq!(data, &[5.0, 2.0, 1.0]);
    assert!(
        built.notes.len() == 1 && built.notes[0].starts_with("22.22 %"),
        "{:?}",
        built.notes
    );
}

/// Norm and shape together give the varied histogram.
#[test]
fn systematics_change_norm_and_shape() {
    let mut background = background();
    background.systematics = vec![SystematicWeights {
        name: "scale".into(),
        up: vec![4.0, 4.0, 3.0, 1.0],
        down: vec![2.0, 4.0, 1.0, 1.0],
    }];
    let built = blueprint(vec![background])
        .build(Binning::new(vec![0.0, 1.0, 2.0, 3.0]).unwrap())
        .unwrap();
    let modifiers = &built.workspace.channels[0].samples[0].modifiers;
    let [
        Modifier::NormSys { data: norm, .. },
        Modifier::HistoSys { data: shape, .. },
        _,
    ] = &modifiers[..]
    else {
        panic!()
    };
    assert!((norm.hi - 1.2).abs() < 1e-12 && (norm.lo - 0.8).abs() < 1e-12);
    for (found, expected) in shape.hi_data.iter().zip([8.0, 3.0, 1.0]) {
        assert!((found * norm.hi - expected).abs() < 1e-12);
    }
    assert!((shape.hi_data.iter().sum::<f64>() - 10.0).abs() < 1e-12);
}

/// An empty bin, and one with a negative sum, are joined with the emptier neighbour, with a note.
#[test]
fn empty_and_negative_bins_are_joined() {
    let signal = process("signal", &[0.5, 1.5, 3.5], &[2.0, -1.0, 1.0], true);
    let built = blueprint(vec![background(), signal])
        .build(Binning::new(vec![0.0, 1.0, 2.0, 3.0, 4.0]).unwrap())
        .unwrap();
    assert_eq!(built.binning.edges(), [0.0, 1.0, 4.0]);
    assert_eq!(built.notes.len(), 2);
    assert!(
        built.notes[0].contains("`signal` is -1 in one of them"),
        "{:?}",
        built.notes
    );
    let only_signal = process("signal", &[0.5], &[1.0], true);
    let nothing = process("background", &[0.5], &[0.0], false);
    let error = blueprint(vec![nothing, only_signal]).build(Binning::new(vec![0.0, 1.0]).unwrap());
    assert!(error.unwrap_err().to_string().contains("without signal 0 events"));
    let nan = process("background", &[0.5], &[f64::NAN], false);
    let error = blueprint(vec![nan]).build(Binning::new(vec![0.0, 1.0]).unwrap());
    assert!(error.unwrap_err().to_string().contains("no number"));
}

/// Samples of the same events have one relative error, as pyhf finds it from the parts.
#[test]
fn errors_of_the_same_events_are_those_of_the_sum() {
    let mut blueprint = blueprint(vec![
        background(),
        process("other", &[0.5, 1.5, 2.5], &[2.0, 1.0, 3.0], false),
    ]);
    blueprint.together = Some((vec![0.5, 0.6, 1.5, 2.5], vec![3.0, 4.0, 2.0, 1.0]));
    let built = blueprint
        .build(Binning::new(vec![0.0, 1.0, 2.0, 3.0]).unwrap())
        .unwrap();
    let samples = &built.workspace.channels[0].samples;
    let (mut content, mut square) = (0.0, 0.0);
    for sample in samples {
        let Some(Modifier::StatError { data, .. }) = sample.modifiers.last() else {
            panic!()
        };
        content += sample.data[0];
        square += data[0] * data[0];
    }
    assert!((square.sqrt() / content - 5.0 / 7.0).abs() < 1e-12);
}
