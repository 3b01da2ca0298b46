//! Patch sets: limits on each signal as pyhf and jsonpatch give them (`tests/data/cases/README.md`), and refusals.

use std::fs;
use std::path::{Path, PathBuf};

use motherlode_core::ErrorKind;
use motherlode_hep::limits::{WorkspaceLimitSettings, limits_of_patches};
use motherlode_hep::pyhf::{PatchedWorkspaces, Workspace};
use motherlode_stats::analysis::Warning;

/// Digits of the reference numbers.
const PRINTED: f64 = 5e-5;

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/cases")
        .join(name)
}

fn assert_close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= PRINTED * expected.max(1.0),
        "{found} is not {expected}"
    );
}

#[test]
fn each_signal_has_the_limit_of_pyhf() {
    let patched = PatchedWorkspaces::read(&case("BkgOnly.json"), &case("patchset.json")).unwrap();
    let settings = WorkspaceLimitSettings {
        strengths: vec![1.0],
        ..WorkspaceLimitSettings::default()
    };
    let limits = limits_of_patches(&patched, &settings, &()).unwrap();
    let expected = [
        (
            "sig_400",
            400,
            0.092362,
            [0.003512, 0.017380, 0.075845, 0.260387, 0.602594],
            1.1974,
            1.1306,
        ),
        (
            "sig_700",
            700,
            0.534060,
            [0.134839, 0.257720, 0.459018, 0.715983, 0.916942],
            3.5473,
            3.1875,
        ),
    ];
    assert_eq!(limits.signals.len(), expected.len());
    for (found, (name, mass, cls, bands, observed, median)) in limits.signals.iter().zip(expected) {
        assert_eq!(
            (found.signal.name.as_str(), &found.signal.values[0].1),
            (name, &mass.into())
        );
        let test = &found.result.tests[0];
        assert_close(test.observed, cls);
        test.expected
            .iter()
            .zip(bands)
            .for_each(|(found, expected)| assert_close(*found, expected));
        assert_close(found.result.limits.observed, observed);
        assert_close(found.result.limits.expected[2], median);
    }
    // The file names a workspace whose digest is made of zeros.
    assert!(matches!(&limits.warnings[..], [Warning::OtherWorkspace { declared, .. }] if declared.starts_with("0000")));
    let one = patched.clone().select("sig_700").unwrap();
    assert_eq!(limits_of_patches(&one, &settings, &()).unwrap().signals.len(), 1);
    let error = patched.select("sig_500").unwrap_err();
    assert!(
        error.kind() == ErrorKind::Usage && error.to_string().contains("there are sig_400, sig_700"),
        "{error}"
    );
}

#[test]
fn a_patch_that_does_not_fit_says_so() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("mine.json");
    let refused = |text: &str| {
        fs::write(&path, text).unwrap();
        let read = PatchedWorkspaces::read(&case("BkgOnly.json"), &path);
        let error =
            read.and_then(|patched| limits_of_patches(&patched, &WorkspaceLimitSettings::default(), &()).map(drop));
        error.unwrap_err().to_string()
    };
    assert!(refused("{}").contains("neither a JSON patch"));
    assert!(
        refused("[{\"op\": \"remove\", \"path\": \"/channels/7\"}]")
            .contains("patched by `mine`: the patch does not fit")
    );
    assert!(refused("[{\"op\": \"remove\", \"path\": \"/channels\"}]").contains("missing field `channels`"));
    assert!(
        refused("[]").contains("signal `mine`: the parameter of interest"),
        "{}",
        refused("[]")
    );
    let set = fs::read_to_string(case("patchset.json")).unwrap();
    assert!(refused(&set.replace("sig_700", "sig_400")).contains("has the patch `sig_400` twice"));
    let error = Workspace::read(&case("patchset.json")).unwrap_err().to_string();
    assert!(error.contains("is a patch set") && error.contains("--patch"), "{error}");
}
