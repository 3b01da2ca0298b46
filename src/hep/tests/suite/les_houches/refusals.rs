//! Files and analyses that make no sense say where and why.

use std::fs;

use motherlode_hep::madminer::{EventReader, Selection, WeightedEvents};
use tempfile::TempDir;

use super::{COUNTING, ONE, convert, counted, lhe};

fn refusal(samples: &str, text: &str) -> String {
    counted(&[("x.lhe", text.to_owned())], samples).unwrap_err()
}

#[test]
fn a_file_that_makes_no_sense_says_where_and_why() {
    let good = lhe("", &[3.0, 3.0]);
    for (from, to, reason) in [
        (
            "<LesHouchesEvents version=\"3.0\">",
            "<xml>",
            "line 1 must be <LesHouchesEvents",
        ),
        ("<init>", "<begin>", "comes before any <init> block"),
        (
            " 11 -11 45.6 45.6 0 0 0 0 -4 1\n",
            " 11 -11 45.6\n",
            "must have the beams",
        ),
        (" 3.0 0.1 3.0 1\n", " three 0.1 3.0 1\n", "must have the a process"),
        (
            " 4 1 3 91. 0.0078 0.118\n",
            " 4 1 3\n",
            "must open event 1 with six finite numbers",
        ),
        (
            " 4 1 3 91. 0.0078 0.118\n",
            " 4 1 NaN 91. 0.0078 0.118\n",
            "finite weight",
        ),
        (
            " 4 1 3 91. 0.0078 0.118\n",
            " -4 1 3 91. 0.0078 0.118\n",
            "has -4 particles",
        ),
        (
            " 4 1 3 91. 0.0078 0.118\n",
            " 3 1 3 91. 0.0078 0.118\n",
            "looks like one more particle than event 1 says that it has",
        ),
        (" 0 0 0 0 -4 1\n", " 0 0 0 0 0 1\n", "says IDWTUP = 0"),
        (" 0 0 0 0 -4 1\n", " 0 0 0 0 -5 1\n", "says IDWTUP = -5"),
        (" 0 0 0 0 -4 1\n", " 0 0 0 0 1.5 1\n", "says IDWTUP = 1.5"),
        (
            "</init>",
            "</init>\n<init>\n 11 -11 45.6 45.6 0 0 0 0 -4 1\n 9.9 0.1 9.9 2\n</init>",
            "opens a second <init> block of one run",
        ),
        (
            " -4 1\n 3.0 0.1 3.0 1\n",
            " -4 2\n 3.0 0.1 3.0 1\n 3.0 0.1 3.0 1\n",
            "has the process 1 a second time",
        ),
        ("<event>", "<eventgroup>\n<event>", "opens a group of events"),
        ("</event>", "</event>\n<eventgroup>", "opens a group of events"),
        ("</header>", "", "before `</header>`: it is truncated"),
        (" 4 1 3 91. 0.0078 0.118\n", " 1e9 1 3 91. 0.0078 0.118\n", "particles"),
        (
            " 4 1 3 91. 0.0078 0.118\n",
            " 9 1 3 91. 0.0078 0.118\n",
            "must be particle 5 of 9 in event 1",
        ),
        (
            "45.6 0 0 45.6 0 0 1\n",
            "45.6 0 inf 45.6 0 0 1\n",
            "must be particle 3 of 4 in event 1",
        ),
        (
            "<wgt id=\"up\">6</wgt>",
            "<wgt id=\"up\">nan</wgt>",
            "weight `nan` of the name `up`",
        ),
        ("<wgt id=\"up\">6</wgt>", "", "has no weight `up` for the benchmark up"),
        ("</event>\n", "", "opens an event before event 1 has ended"),
    ] {
        assert!(good.contains(from), "{from}");
        let refusal = refusal(ONE, &good.replacen(from, to, 1));
        assert!(refusal.contains(reason), "{from} -> {to}: {refusal}");
    }
    let late = good.replace(
        "<wgt id=\"up\">6</wgt>\n</rwgt>\n</event>\n</Les",
        "</rwgt>\n</event>\n</Les",
    );
    assert!(refusal(ONE, &late).contains("1 of 2 events, the first of them event 2, lack a weight"));
    assert!(refusal(ONE, &lhe("", &[])).contains("has no events"));
    for weights in [[0.0, 0.0], [1.0, -1.0], [1.0, -2.0]] {
        assert!(refusal(ONE, &lhe("", &weights)).contains("whose weights add up to"));
    }
}

#[test]
fn an_analysis_that_makes_no_sense_says_so() {
    let good = lhe("", &[3.0, 3.0]);
    let with = |more: &str| refusal(&format!("{ONE}{more}"), &good);
    for (more, reason) in [
        ("k_factor = 0\n", "must be above 0"),
        (
            "colour = 1\n",
            "unknown field `colour`, expected one of `file`, `files`, `benchmark`",
        ),
        ("background = true\n", "leave one of them out"),
        (
            "weights = { up = \"upp\" }\n",
            "has no weight `upp` for the benchmark up: its weights are up",
        ),
        (
            "weights = { upp = \"up\" }\n",
            "a weight for the benchmark `upp`, which there is not (`up`?): `weights` needs the names of benchmarks of the analysis, sm, up",
        ),
        ("systematics = [\"mu\"]\n", "there is no [systematics.mu]"),
        (
            "[systematics.mu]\nscale = [0.5, 2]\n",
            "none is declared with MUR=2 and MUF=2; it declares no weights at all",
        ),
        ("[systematics.mu]\npdf = \"CT10\"\n", "no group is called `CT10`"),
        ("[systematics.mu]\n", "neither norm nor pdf nor scale"),
        (
            "[[smearing]]\nparticles = [\"jet\"]\n",
            "smearing names particles `jet`",
        ),
        (
            "[[smearing]]\npt = \"mass-shell\"\nenergy = \"mass-shell\"\n",
            "one of them has to be measured",
        ),
        (
            "[[smearing]]\nparticles = \"jets\"\n",
            "smearing names particles `jets`",
        ),
        (
            "[[smearing]]\npt = -1\n",
            "an error of measurement of -1 and of 0 times the value: both must be 0 or more",
        ),
        (
            "[[smearing]]\npt = \"massshell\"\n",
            "`massshell` is no error of measurement: give a number, as 0.1",
        ),
        (
            "[[smearing]]\nenergy = [1, 2, 3]\n",
            "as 0.1 or [0.1, 0.02] (in GeV, and for each GeV), or is \"mass-shell\"",
        ),
        (
            "[[smearing]]\neta = \"1\"\n",
            "an error of measurement is a number, as 0.1, or [0.1, 0.02]",
        ),
        (
            "[[smearing]]\nparticles = [1.5]\n",
            "particles are a list such as \"j\"",
        ),
        ("[smearing]\npt = 1\n", "invalid type: map, expected a sequence"),
        ("k_factor = \"1.2\"\n", "invalid type: string \"1.2\", expected f64"),
        ("systematics = 3\n", "invalid type: integer `3`, expected a sequence"),
        (
            "normalisation = \"mean\"\n",
            "unknown variant `mean`, expected one of `average`, `sum`, `unit`",
        ),
        ("[systematics.mu]\nnorm = 2%\n", "norm = 2%"),
        (
            "[systematics.mu]\nnorm = -0.02\n",
            "an uncertainty of 2 % is norm = 1.02",
        ),
        (
            "[usual_observables]\njets = -1\n",
            "invalid value: integer `-1`, expected usize",
        ),
    ] {
        let refusal = with(more);
        assert!(refusal.contains(reason), "{more}: {refusal}");
    }
    let of = |analysis: &str| convert(analysis, 0).unwrap_err();
    assert!(of("samples = []").contains("names no samples"));
    assert!(
        of("[[samples]]\nfile = \"x\"\nbenchmark = \"sm\"\n[observables]\na = \"len(j)\"\n")
            .contains("[parameters] and [benchmarks]")
    );
    assert!(of("[[samples]]\nfile = \"x\"\nbenchmark = \"sm\"\n").contains("there are no observables"));
    let counting = |from: &str, to: &str| {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("x.lhe"), &good).unwrap();
        let samples = ONE.replace("HERE", &folder.path().display().to_string());
        convert(&format!("{COUNTING}{samples}").replace(from, to), 0).unwrap_err()
    };
    assert!(counting("len(l)", "length(l)").contains("observable `n`: the expression `length(l)` calls `length`"));
    assert!(counting("n = ", "\"2n\" = ").contains("letters, digits and _"));
    assert!(counting("sm = [0]", "sm = [0, 1]").contains("sm = [0.0, 1.0]: 1 finite values are needed, of a"));
    assert!(
        counting("benchmark = \"sm\"", "benchmark = \"SM\"")
            .contains("which is not among sm, up: add it to [benchmarks]")
    );
    assert!(counting("benchmark = \"sm\"\n", "").contains("or background = true"));
    assert!(counting("range = [0, 1]", "range = [1, 1]").contains("a lower and a higher end"));
    assert!(
        counting("[parameters]", "cuts = [\"m > 100\"]\n[parameters]")
            .contains("of 2 events none is left: left out were 2 by the cut `m > 100`")
    );
    assert!(counting("len(l)", "j[0].pt").contains("left out were 2 where n is undefined"));
}

/// An analysis can be converted and yet be a slip.
#[test]
fn what_is_likely_to_be_a_slip_is_warned_of() {
    let folder = TempDir::new().unwrap();
    let weighted = lhe("", &[3.0, 3.0]);
    fs::write(folder.path().join("x.lhe"), weighted).unwrap();
    let good = format!("{COUNTING}{ONE}").replace("HERE", &folder.path().display().to_string());
    let warnings = |analysis: &str| convert(analysis, 0).unwrap().0.warnings();
    assert_eq!(warnings(&good), Vec::<String>::new());
    for (norm, is_likely) in [("1.02", true), ("0.6", true), ("0.02", false), ("2.5", false)] {
        let found = warnings(&format!("{good}[systematics.lumi]\nnorm = {norm}\n"));
        match is_likely {
            true => assert_eq!(found, Vec::<String>::new()),
            false => assert!(
                found[0].contains(&format!("norm = {norm}")) && found[0].contains("written norm = 1.02"),
                "{found:?}"
            ),
        }
    }
    // 1, a and a² need three benchmarks.
    let (few, _, made) = convert(&good.replace("power = 1", "power = 2"), 0).unwrap();
    let needed =
        "a polynomial of a has 3 coefficients, so that morphing needs the weights at 3 benchmarks, and there are 2";
    assert!(few.warnings()[0].contains(needed), "{:?}", few.warnings());
    let events = made.path().join("events.h5");
    let refusal = WeightedEvents::open(&EventReader::open(&events).unwrap(), &Selection::default())
        .unwrap_err()
        .to_string();
    assert!(
        refusal.contains(needed) && refusal.contains("name them in the analysis") && refusal.contains("`set_morphing`"),
        "{refusal}"
    );
}

/// Events of a file that is named twice, in one sample or in two, would count twice.
#[test]
fn the_same_events_do_not_count_twice() {
    let text = lhe("", &[3.0, 2.0, 4.0]);
    let other = text.replacen("45.6 45.6 0 0 9", "45.6 45.6 0 0 1", 1);
    let files = [("a.lhe", text.clone()), ("b.lhe", text), ("c.lhe", other)];
    let two = |a: &str, b: &str| {
        let sample = |name: &str| format!("[[samples]]\nfile = \"HERE/{name}\"\nbenchmark = \"sm\"\n");
        counted(&files, &format!("{}{}", sample(a), sample(b))).map(drop)
    };
    for (a, b) in [("a.lhe", "a.lhe"), ("a.lhe", "./a.lhe"), ("a.lhe", "b.lhe")] {
        let refusal = two(a, b).unwrap_err();
        assert!(refusal.contains("has the same 3 events as"), "{a}, {b}: {refusal}");
    }
    let together = "[[samples]]\nfiles = [\"HERE/a.lhe\", \"HERE/b.lhe\"]\nbenchmark = \"sm\"\n";
    assert!(
        counted(&files, together)
            .unwrap_err()
            .contains("has the same 3 events as")
    );
    two("a.lhe", "c.lhe").unwrap();
}
