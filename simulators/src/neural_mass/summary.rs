//! Summary statistics of an electroencephalogram.

/// Names and units of the summaries, in order.
pub(super) const SUMMARIES: [(&str, &str); 8] = [
    ("mean", "mV"),
    ("log_activity", ""),
    ("mobility", "1/ms"),
    ("complexity", ""),
    ("skewness", ""),
    ("correlation_25", ""),
    ("correlation_50", ""),
    ("correlation_100", ""),
];

/// Delays of the correlations, in steps of 1 ms.
const DELAYS: [usize; 3] = [25, 50, 100];

/// Mean, Hjorth's three numbers (variance; frequency; how much the frequency spreads), skewness, and correlations at three
/// delays.
pub(super) fn summarise(signal: &[f64]) -> Vec<f64> {
    let mean = average(signal.iter().copied());
    let centred: Vec<f64> = signal.iter().map(|v| v - mean).collect();
    let slope: Vec<f64> = differences(signal);
    let [activity, speed, acceleration] = [&centred, &slope, &differences(&slope)].map(|values| variance(values));
    let mobility = (speed / activity).sqrt();
    let skewness = average(centred.iter().map(|v| v.powi(3))) / activity.powf(1.5);
    let correlation = |delay: usize| {
        let products = centred.iter().zip(&centred[delay..]).map(|(a, b)| a * b);
        products.sum::<f64>() / (activity * centred.len() as f64)
    };
    let mut summaries = vec![
        mean,
        activity.ln(),
        mobility,
        (acceleration / speed).sqrt() / mobility,
        skewness,
    ];
    summaries.extend(DELAYS.map(correlation));
    summaries
}

fn differences(values: &[f64]) -> Vec<f64> {
    values.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn average(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

fn variance(values: &[f64]) -> f64 {
    let mean = average(values.iter().copied());
    average(values.iter().map(|v| (v - mean).powi(2)))
}
