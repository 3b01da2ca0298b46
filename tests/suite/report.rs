//! The report says what the results say, in a page that stands alone.

use motherlode::report;
use motherlode::study::Results;

fn example() -> Results {
    serde_json::from_str(include_str!("../data/results_example.json")).expect("the example is a study")
}

#[test]
fn writes() {
    let dir = tempfile::tempdir().unwrap();
    report::write(&example(), std::path::Path::new("/tmp/rep")).unwrap();
    println!("{}", report::table(&example()));
    drop(dir);
}
