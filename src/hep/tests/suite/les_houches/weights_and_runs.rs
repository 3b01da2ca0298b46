//! Weights belong to the names that the file gives them, and all runs of a file count. Expected numbers: `tests/data/cases/README.md`.

use std::path::Path;

use motherlode_hep::lhe::{Event, EventReader, WeightSummary, is_event_file};

use super::{ONE, assert_close, convert, counted, data, lhe};

const ANGULAR: &str = "[parameters]\ng = [-1.0, 1.0]\n[benchmarks]\nsm = [0.0]\nplus = [1.0]\nminus = [-1.0]\n[observables]\n\
                       c = \"mu[0].costheta if mu[0].charge < 0 else mu[1].costheta\"\n[[samples]]\nbenchmark = \"sm\"\n";

/// Cross sections at all benchmarks of the angular analysis of a file, and notes on it.
fn angular(name: &str) -> Result<([f64; 3], Vec<String>), String> {
    let path = data("").join("../cases").join(name);
    let (conversion, ..) = convert(&format!("{ANGULAR}file = \"{}\"\n", path.display()), 1)?;
    let sample = &conversion.samples[0];
    Ok(([0, 1, 2].map(|b| sample.cross_section(b).value), sample.notes.clone()))
}

fn assert_cross_sections(name: &str, expected: [f64; 3]) -> Vec<String> {
    let (found, notes) = angular(name).unwrap();
    for (found, expected) in found.into_iter().zip(expected) {
        assert_close(found, expected, 1e-5, name);
    }
    notes
}

#[test]
fn lists_of_weights_belong_to_all_declarations() {
    assert_cross_sections("first_declaration_beside_tag.lhe.gz", [1.13333, 1.21200, 1.31255]);
    let refusal = angular("list_longer_than_declarations.lhe.gz").unwrap_err();
    assert!(
        refusal.contains("has 3 weights, and <initrwgt> declares 2 (plus, minus)"),
        "{refusal}"
    );
}

#[test]
fn all_runs_of_a_file_count() {
    let notes = assert_cross_sections("two_runs.lhe.gz", [1.13333, 1.21200, 1.31255]);
    assert!(notes.iter().any(|note| note.contains("2 runs")), "{notes:?}");
    let one = lhe("", &[3.0, 3.0]);
    let (sums, ..) = counted(&[("x.lhe", one.repeat(3))], ONE).unwrap();
    assert_close(sums[1], 6.0, 1e-12, "three runs");
    let other = one.replace("11 -11 45.6 45.6", "11 -11 50.0 50.0");
    let refused = |text: String| counted(&[("x.lhe", text)], ONE).unwrap_err();
    assert!(refused(format!("{one}{other}")).contains("has other beams than the first"));
    assert!(refused(format!("{one}</event>")).contains("follows </LesHouchesEvents>"));
    let empty = "<LesHouchesEvents version=\"3.0\">\n</LesHouchesEvents>\n";
    assert!(refused(format!("{one}{empty}")).contains("ends a run that has neither an <init> block nor events"));
    let event = &one[one.find("<event>").unwrap()..one.find("</event>").unwrap() + 8];
    assert!(refused(format!("{one}{event}\n")).contains("follows </LesHouchesEvents>"));
    // POWHEG writes the state of its random numbers there.
    assert!(
        counted(
            &[("x.lhe", format!("{one}\n#Random number generator exit values: 1 2\n"))],
            ONE
        )
        .is_ok()
    );
}

#[test]
fn weights_count_with_the_number_of_trials() {
    let notes = assert_cross_sections("trials.lhe.gz", [1.228476, 1.166989, 1.549111]);
    assert!(notes.iter().any(|note| note.contains("166 trials")), "{notes:?}");
    let good = lhe("", &[3.0, 3.0]);
    let refused = |from: &str, to: &str| counted(&[("x.lhe", good.replacen(from, to, 1))], ONE).unwrap_err();
    assert!(
        refused("<event>", "<event trials='2'>")
            .contains("1 events that say how many trials they took, and 1 that do not")
    );
    assert!(refused("<event>", "<event trials='none'>").contains("trials = `none`"));
}

/// Where lines end, and what is beside a tag or in a comment, makes no difference.
#[test]
fn tags_and_comments_count_wherever_they_stand() {
    let declared = "<initrwgt>\n<weightgroup name='x'>\n<weight id='up'>a</weight>\n</weightgroup>\n</initrwgt>";
    let good = lhe(declared, &[3.0, 2.0]);
    let expected = counted(&[("x.lhe", good.clone())], ONE).unwrap().0;
    let variants = [
        format!("<?xml version=\"1.0\"?>\n<!-- made\n by hand -->\n{good}"),
        format!("\u{feff}{good}"),
        good.replace("<event>\n", "<event>"),
        good.replace("<event>\n", "<event\n id='1'>"),
        good.replace("</rwgt>\n</event>\n<event>", "</rwgt></event><event>"),
        good.replace("<init>\n", "<init>").replace("<header>\n", "<header>"),
        good.replace(
            "<initrwgt>\n<weightgroup name='x'>\n",
            "<initrwgt><weightgroup name='x'>",
        ),
        good.replace(
            "</header>",
            "<!-- <event> 4 1 7 -->\n<![CDATA[ <event> <init> <!-- ]]>\n# <event> <init>\n</header>",
        ),
        good.replace(
            "</header>",
            "<![CDATA[\n<event>\n 1 2 3\n</event>\n<init>\n</LesHouchesEvents>\n</header>\n]]>\n</header>",
        ),
        good.replace("</header>", "<![CDATA[\n<init>\n<event> ]]> b\n</header>"),
        good.replace(
            "</header>",
            "<slha>\n a < b & c\n <event> fake\n <init>\n</event>\n</slha>\n</header>",
        ),
        good.replace(
            "<LesHouchesEvents version=\"3.0\">",
            "<LesHouchesEvents version=\"3.0\">\n<header/>",
        ),
        good.replace(
            "</event>\n<event>",
            "<note><![CDATA[\n</event>\n<event>\n]]></note>\n</event>\n<event>",
        ),
        good.replace(
            "</event>\n<event>",
            "</event>\n<!--\n<event>\n 4 1 7 9 9 9\n</event>\n-->\n<event>",
        ),
        good.replace("<event>\n", "<!-- -->\n<event><!-- 9 -->\n<!-- 8\n-->\n"),
    ];
    for text in variants {
        assert_ne!(text, good);
        let (sums, ..) = counted(&[("x.lhe", text.clone())], ONE).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(sums, expected, "{text}");
        let mut reader = EventReader::over(Path::new("x"), text.as_bytes()).unwrap();
        assert_eq!(reader.run().weight_groups[0].name, "x", "{text}");
        let mut event = Event::default();
        while reader.read(&mut event).unwrap() {}
        assert_eq!((reader.n_read(), reader.is_closed()), (2, true));
    }
    let open = good.replace("</header>", "<!-- </header>");
    assert!(
        counted(&[("x.lhe", open)], ONE)
            .unwrap_err()
            .contains("within the comment that begins in line")
    );
}

#[test]
fn a_weight_has_one_value_and_one_declaration() {
    let declared = |weights: &str| lhe(&format!("<initrwgt>\n{weights}\n</initrwgt>"), &[3.0, 3.0]);
    let refused = |text: String| counted(&[("x.lhe", text)], ONE).unwrap_err();
    let twice = declared("<weight id='up'>a</weight>\n<weight id='up'>b</weight>");
    assert!(refused(twice).contains("declares the weight `up` twice"));
    let again = "<weight id='up'>a</weight>\n<weight id='up'>a</weight>";
    assert!(counted(&[("x.lhe", declared(again))], ONE).is_ok());
    let given = lhe("", &[3.0]).replace(
        "<wgt id=\"up\">6</wgt>",
        "<wgt id=\"up\">6</wgt>\n<wgt id=\"up\">5</wgt>",
    );
    assert!(refused(given).contains("the weight `up` twice, 6 and 5"));
    // The name is not that of another attribute that ends in the same letters.
    let other = lhe("", &[3.0, 3.0]).replace("<wgt id=\"up\">", "<wgt grid=\"1\" id=\"up\">");
    assert_eq!(counted(&[("x.lhe", other)], ONE).unwrap().0[1], 6.0);
    let notes = |text: String| counted(&[("x.lhe", text)], ONE).unwrap().1.samples[0].notes.join("\n");
    let unlike = notes(declared("<weight id='down'>a</weight>"));
    assert!(unlike.contains("no event has the declared weights down"), "{unlike}");
    assert!(unlike.contains("not declared: up"), "{unlike}");
}

#[test]
fn events_without_a_weight_are_counted() {
    let text = lhe("", &[3.0, 3.0, 3.0, 3.0]).replacen("<wgt id=\"up\">6</wgt>", "", 2);
    let first_has_it = lhe("", &[3.0]).replace("</LesHouchesEvents>\n", "");
    let events = &text[text.find("<event>").unwrap()..];
    let files = [("x.lhe", format!("{first_has_it}{events}"))];
    let refusal = counted(&files, ONE).unwrap_err();
    assert!(
        refusal.contains("2 of 5 events, the first of them event 2, lack a weight that is needed (`up`)"),
        "{refusal}"
    );
    let (sums, conversion, file) = counted(&files, &format!("{ONE}missing_weights = \"leave-out\"\n")).unwrap();
    assert_close(sums[0], 3.0 * 3.0 / 5.0, 1e-12, "three events of five");
    assert_eq!(
        (
            conversion.samples[0].flow.n_kept,
            conversion.samples[0].flow.n_incomplete
        ),
        (3, 2)
    );
    assert_eq!(super::samples(&file).weights.nrows(), 3);
    assert!(
        conversion.samples[0]
            .notes
            .join("\n")
            .contains("were left out, with 1.2")
    );
}

#[test]
fn one_sample_may_have_many_files() {
    let files = [
        ("x_1.lhe", lhe("", &[3.0, 3.0])),
        ("x_2.lhe", lhe("", &[3.0])),
        ("y.lhe", lhe("", &[9.0])),
    ];
    let sums =
        |named: &str| counted(&files, &format!("[[samples]]\n{named}\nbenchmark = \"sm\"\n")).map(|found| found.0);
    for named in [
        "file = \"HERE/x_?.lhe\"",
        "files = [\"HERE/x_1.lhe\", \"HERE/x_2.lhe\"]",
    ] {
        assert_close(sums(named).unwrap()[0], 3.0, 1e-12, named);
    }
    assert!(sums("file = \"HERE/z*.lhe\"").unwrap_err().contains("matches no file"));
    assert!(
        sums("file = [\"HERE/x_1.lhe\", \"HERE/x_*.lhe\"]")
            .unwrap_err()
            .contains("named twice")
    );
    assert!(sums("file = []").unwrap_err().contains("empty list"));
}

#[test]
fn a_file_is_known_by_its_first_tag() {
    let path = data("").join("../cases/trials.lhe.gz");
    assert!(is_event_file(&path));
    assert!(WeightSummary::of(&path).is_ok());
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("x");
    for (text, expected) in [
        (
            "<?xml version='1.0'?>\n<!-- a\nb -->\n<LesHouchesEvents version='3.0'>\n",
            true,
        ),
        ("# notes\n", false),
        ("<LesHouchesEventsToo>\n", false),
    ] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(is_event_file(&path), expected, "{text}");
    }
}
