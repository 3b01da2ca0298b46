//! How fast are files of other programs processed? Cases: reading four-particle generator events with seven weights each, plain and
//! compressed; their observables, cuts and smearing; log r of an estimator of MadMiner's usual size for 10 000 observations at 100
//! hypotheses.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use motherlode::gold::{Design, Miner, observations};
use motherlode::hep::lhe::analysis::Analysis;
use motherlode::hep::lhe::{Event, EventReader};
use motherlode::likelihood::LogRatio;
use motherlode::nn::{Method, RatioEstimator, Settings, TrainingData};
use motherlode::prior::Prior;
use motherlode::trace::Instrumented;
use motherlode_simulators::Projectile;

const EVENTS: usize = 20_000;

const ANALYSIS: &str = r#"
cuts = ["pt_j1 > 20", "abs(eta_l1) < 2.5"]
efficiencies = ["0.9 if j[0].pt > 100 else 0.5"]
[parameters]
a = { range = [-1, 1] }
b = { range = [-1, 1] }
[benchmarks]
w0 = [0, 0]
w1 = [1, 0]
w2 = [-1, 0]
w3 = [0, 1]
w4 = [0, -1]
w5 = [1, 1]
[[samples]]
file = "events.lhe"
benchmark = "w0"
[observables]
pt_j1 = "j[0].pt"
delta_phi_jj = "j[0].deltaphi(j[1]) * (-1. + 2.*float(j[0].eta > j[1].eta))"
m_jj = "(j[0] + j[1]).m"
pt_ll = "(l[0] + l[1]).pt"
m_ll = "(l[0] + l[1]).m"
eta_l1 = "l[0].eta"
met = "met.pt"
[[smearing]]
particles = ["j"]
energy = [0, 0.1]
pt = "mass-shell"
eta = 0.1
phi = 0.1
"#;

/// Events of two leptons and two jets in MadGraph's format; the numbers are arbitrary, but all events differ.
fn events() -> String {
    let mut text = String::from(
        "<LesHouchesEvents version=\"3.0\">\n<header>\n</header>\n<init>\n2212 2212 6.5e+03 6.5e+03 0 0 247000 247000 -4 1\n1.0 1e-3 1.0 \
         1\n</init>\n",
    );
    for event in 0..EVENTS {
        let turn = event as f64 * 0.618;
        text.push_str("<event>\n 6      1 +1.0000000e+00 9.11876000e+01 7.54677100e-03 1.18000000e-01\n");
        let line = |text: &mut String, id: i32, status: i32, pt: f64, phi: f64, pz: f64| {
            let (px, py, e) = (pt * phi.cos(), pt * phi.sin(), pt.hypot(pz));
            let end = "0.0000000000e+00 0.0000e+00 1.0000e+00";
            writeln!(
                text,
                " {id:8} {status:2}    1    2    0    0 {px:+.10e} {py:+.10e} {pz:+.10e} {e:.10e} {end}"
            )
            .expect("memory");
        };
        line(&mut text, 2, -1, 0.0, 0.0, 700.0);
        line(&mut text, 1, -1, 0.0, 0.0, -700.0);
        line(&mut text, -13, 1, 40.0 + 10.0 * turn.sin(), turn, 30.0);
        line(&mut text, 13, 1, 45.0, turn + 2.8, -60.0 * turn.cos());
        line(&mut text, 2, 1, 80.0 + 30.0 * turn.cos(), turn + 1.0, 200.0);
        line(&mut text, 1, 1, 60.0, turn - 1.4, -350.0 * turn.sin());
        text.push_str("<rwgt>\n");
        for weight in 0..7 {
            let value = 1.0 + 0.1 * (turn * f64::from(weight)).sin();
            writeln!(text, "<wgt id='w{weight}'> +{value:.7e} </wgt>").expect("memory");
        }
        text.push_str("</rwgt>\n</event>\n");
    }
    text.push_str("</LesHouchesEvents>\n");
    text
}

fn read_all(bytes: &[u8]) -> f64 {
    let mut reader = EventReader::over(Path::new("events.lhe"), bytes).expect("a header");
    let (mut event, mut sum) = (Event::default(), 0.0);
    while reader.read(&mut event).expect("an event") {
        sum += event.weights[3];
    }
    sum
}

fn generators(criterion: &mut Criterion) {
    let text = events();
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("events.lhe"), &text).expect("room on the disk");
    fs::write(folder.path().join("analysis.toml"), ANALYSIS).expect("room on the disk");
    let zipped = {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).expect("memory");
        encoder.finish().expect("memory")
    };
    let mut group = criterion.benchmark_group("les houches");
    group.sample_size(10);
    group.throughput(Throughput::Elements(EVENTS as u64));
    group.bench_function("read", |bencher| bencher.iter(|| black_box(read_all(text.as_bytes()))));
    group.bench_function("read compressed", |bencher| {
        bencher.iter(|| black_box(read_all(&zipped)));
    });
    group.bench_function("analyse", |bencher| {
        bencher.iter(|| {
            let analysis = Analysis::read(&folder.path().join("analysis.toml")).expect("an analysis");
            let output = folder.path().join("events.h5");
            black_box(analysis.convert(&output, 1, &()).expect("events"))
        });
    });
    group.finish();
}

/// A network with one hidden layer of 100 units, MadMiner's default, and two parameters.
fn evaluation(criterion: &mut Criterion) {
    let simulator = Projectile;
    let hypotheses = Instrumented::hypotheses(&simulator).unwrap();
    let prior = Prior::Box {
        edges: hypotheses.prior.clone(),
    };
    let design = Design::Mixture { prior, n_points: 10 };
    let data = Miner::new(&simulator, design, 1)
        .expect("gold")
        .events(0..1_000)
        .expect("events");
    let settings = Settings {
        hidden: vec![100],
        steps: Some(10),
        ..Settings::default()
    };
    let network = RatioEstimator::train(Method::Alices, TrainingData::from(&data), &settings, &()).expect("training");
    let x = observations(&simulator, &hypotheses.theta0, 10_000, 9).expect("events");
    let thetas: Vec<Vec<f64>> = (0..100)
        .map(|i| {
            hypotheses
                .prior
                .edges()
                .iter()
                .map(|(low, high)| low + (high - low) * f64::from(i) / 99.0)
                .collect()
        })
        .collect();
    let mut group = criterion.benchmark_group("evaluation");
    group.sample_size(10);
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("log r of 1e4 observations at 100 hypotheses", |bencher| {
        bencher.iter(|| {
            let answers = thetas.iter().map(|theta| {
                network
                    .log_ratio(x.view(), theta, &hypotheses.theta1)
                    .expect("an answer")
            });
            black_box(answers.map(|answer| answer[0]).sum::<f64>())
        });
    });
    group.finish();
}

criterion_group!(benches, generators, evaluation);
criterion_main!(benches);
