//! Weights of samples and of their parts add up to cross sections, and their events are mixed.

use super::{assert_close, assert_within, counted, lhe, samples};

#[test]
fn weights_add_up_to_cross_sections_however_they_are_normalised() {
    for (head, weights, says, expected) in [
        (" average = event_norm", vec![2.0, 4.0], "", 3.0),
        (" sum = event_norm ! a comment", vec![1.0, 2.0], "", 3.0),
        (" unity = event_norm", vec![1.0, 1.0, 1.0], "", 3.0),
        ("", vec![2.0, 4.0], "", 3.0),
        ("", vec![1.0, 1.0], "normalisation = \"unit\"", 3.0),
        ("", vec![1.0, -0.5], "normalisation = \"sum\"", 0.5),
    ] {
        let sample = format!("[[samples]]\nfile = \"HERE/x.lhe\"\nbenchmark = \"sm\"\n{says}\n");
        let (sums, conversion, _) = counted(&[("x.lhe", lhe(head, &weights))], &sample).unwrap();
        assert_close(sums[0], expected, 1e-12, head);
        assert_close(sums[1], 2.0 * expected, 1e-12, head);
        assert_eq!(
            conversion.samples[0].n_negative,
            weights.iter().filter(|weight| **weight < 0.0).count() as u64
        );
    }
}

#[test]
fn parts_of_a_sample_share_and_processes_add_up() {
    let files = [
        ("a.lhe", lhe("", &[3.0; 10])),
        ("b.lhe", lhe("", &[3.0; 30])),
        ("c.lhe", lhe("", &[3.0; 20])),
    ];
    let two = |a: &str, b: &str| {
        format!("[[samples]]\nfile = \"HERE/a.lhe\"\n{a}\n[[samples]]\nfile = \"HERE/b.lhe\"\n{b}\n")
    };
    let at_sm = "benchmark = \"sm\"";
    let cross_sections = |samples: &str| counted(&files, samples).unwrap().0;
    // The same process twice is one sample of 40 events.
    assert_close(cross_sections(&two(at_sm, at_sm))[0], 3.0, 1e-12, "parts");
    let other = format!("{at_sm}\nprocess = \"other\"");
    assert_close(cross_sections(&two(at_sm, &other))[0], 6.0, 1e-12, "processes");
    let heavier = format!("{other}\nk_factor = 1.5");
    assert_close(cross_sections(&two(at_sm, &heavier))[0], 7.5, 1e-12, "k-factor");
    // Background has the same weights everywhere, and those of its two processes add up.
    let sums = cross_sections(&format!(
        "{}[[samples]]\nfile = \"HERE/c.lhe\"\n{at_sm}\n",
        two("background = true", "background = true")
    ));
    assert_close(sums[0], 9.0, 1e-12, "background");
    assert_close(sums[1], 6.0 + 6.0, 1e-12, "background");
    // Generated at two benchmarks, each has all of the cross section: what is merged is their mean.
    let moved = "benchmark = \"up\"\nweights = { sm = \"up\", up = \"its own\" }";
    let sums = cross_sections(&two(at_sm, moved));
    assert_close(sums[0], 0.25 * 3.0 + 0.75 * 6.0, 1e-12, "merged");
    assert_close(sums[1], 0.25 * 6.0 + 0.75 * 3.0, 1e-12, "merged");
}

/// Rows of the first and of the second sample come in random order, the same for the same seed.
#[test]
fn samples_are_mixed_as_if_they_were_shuffled() {
    let files = [("a.lhe", lhe("", &[3.0; 1000])), ("b.lhe", lhe("", &[3.0; 3000]))];
    let both = "[[samples]]\nfile = \"HERE/a.lhe\"\nbenchmark = \"sm\"\n[[samples]]\nfile = \"HERE/b.lhe\"\nbackground = true\n";
    let (_, _, file) = counted(&files, both).unwrap();
    let sampled = samples(&file).sampling_benchmarks.as_ref().unwrap();
    let n = sampled.len() as f64;
    let ranks: Vec<f64> = sampled
        .iter()
        .enumerate()
        .filter(|(_, at)| at.is_some())
        .map(|(row, _)| row as f64)
        .collect();
    assert_eq!(ranks.len(), 1000);
    // Ranks of 1 000 of 4 000 without replacement have this mean and variance.
    let mean = ranks.iter().sum::<f64>() / 1000.0;
    let variance = (n * n - 1.0) / 12.0 / 1000.0 * (n - 1000.0) / (n - 1.0);
    assert_within(mean, 0.5 * (n - 1.0), variance.sqrt(), "mean rank");
    let (_, _, again) = counted(&files, both).unwrap();
    assert_eq!(samples(&again).sampling_benchmarks, samples(&file).sampling_benchmarks);
}

/// The mean of equal weights is exact, so that a few events show a wrong normalisation.
#[test]
fn equal_weights_give_the_declared_cross_section() {
    let converted = |head: &str, weights: &[f64], says: &str| {
        let sample = format!("[[samples]]\nfile = \"HERE/x.lhe\"\nbenchmark = \"sm\"\n{says}\n");
        let text = lhe(head, weights).replace(" 3.0 0.1 3.0 1\n", " 3.0 0.0001 3.0 1\n");
        let (sums, conversion, _) = counted(&[("x.lhe", text)], &sample)?;
        Ok::<_, String>((sums[0], conversion.samples[0].notes.join("\n")))
    };
    let sum = converted(" sum = event_norm", &[3.0; 20], "").unwrap_err();
    assert!(
        sum.contains("20 events of the same weight, 3.00000, which give a cross section of 60.0000 pb"),
        "{sum}"
    );
    assert!(
        sum.contains("\"average\" for 3.00000 pb, \"sum\" for 60.0000 pb, or \"unit\" for 3.00000 pb"),
        "{sum}"
    );
    assert!(
        converted("", &[5.4; 5], "")
            .unwrap_err()
            .contains("<init> block says 3.00000 pb")
    );
    // What is said for the sample counts, and is noted.
    let (found, notes) = converted("", &[5.4; 5], "normalisation = \"average\"").unwrap();
    assert_close(found, 5.4, 1e-12, "average");
    assert!(notes.contains("and its <init> block says 3.00000 pb"), "{notes}");
    // Printed digits, a single event, and weights that are not equal prove nothing.
    for weights in [vec![2.99; 4], vec![5.0], vec![4.0, 2.2, 3.5]] {
        let (_, notes) = converted("", &weights, "").unwrap();
        assert!(!notes.contains("<init>"), "{notes}");
    }
}
