use super::super::{Event, Momentum, Object, Objects, Particle};
use super::Expression;

/// Two jets, of which the first is a b quark, a muon and an antimuon, and a neutrino.
fn event() -> Objects {
    let particle = |id, px, py, pz, e| Particle {
        id,
        status: 1,
        momentum: Momentum { px, py, pz, e },
        spin: -1.0,
    };
    let particles = vec![
        particle(21, 0.0, 30.0, 40.0, 50.0),
        particle(5, 60.0, 0.0, -80.0, 100.0),
        particle(13, -20.0, 0.0, 0.0, 20.0),
        particle(-13, 0.0, -40.0, 30.0, 50.0),
        particle(14, -40.0, 10.0, 0.0, 50.0),
    ];
    let measured: Vec<Object> = particles
        .iter()
        .map(|p| Object::particle(p.id, p.momentum, Some(p.spin)))
        .collect();
    let event = Event {
        particles,
        scale: 91.0,
        ..Event::default()
    };
    let mut objects = Objects::default();
    objects.fill(&event, &measured, |_| (0.0, 0.0));
    objects
}

fn value(text: &str) -> Option<f64> {
    let observables = ["first".to_owned(), "second".to_owned()];
    let expression = Expression::parse(text, &observables).unwrap_or_else(|error| panic!("{error}"));
    expression.value(&event(), &[Some(7.0), None])
}

fn refusal(text: &str) -> String {
    Expression::parse(text, &[]).unwrap_err().to_string()
}

#[test]
fn arithmetic_is_that_of_python() {
    // The values are Python's own: `python3 -c 'print(2 + 3 * 4, …)'`.
    for (text, expected) in [
        ("2 + 3 * 4", 14.0),
        ("-2 ** 2", -4.0),
        ("2 ** -1", 0.5),
        ("2 ** 3 ** 2", 512.0),
        ("7 // 2 + -7 // 2", -1.0),
        ("-7 % 3", 2.0),
        ("8 / 2 / 2", 2.0),
        ("1e3 + .5 + 1.", 1001.5),
        ("1 < 2 < 3", 1.0),
        ("1 < 3 < 2", 0.0),
        ("not 1 == 2", 1.0),
        ("0 or 5", 5.0),
        ("0 and 5", 0.0),
        ("1 if 0 else 2 if 0 else 3", 3.0),
        ("- - 3", 3.0),
        ("min(3, 1, 2) + max(1, 2)", 3.0),
        ("sqrt(abs(-4)) + pow(2, 3) + int(2.7)", 12.0),
        ("atan2(0, -1) / pi", 1.0),
        ("(-1. + 2.*float(3 > 2))", 1.0),
        ("True + True", 2.0),
    ] {
        assert_eq!(value(text), Some(expected), "{text}");
    }
}

#[test]
fn particles_are_sorted_and_have_properties() {
    for (text, expected) in [
        ("j[0].pt", 60.0),
        ("j[-1].pt", 30.0),
        ("len(j) + len(l) + len(v)", 5.0),
        ("l[0].charge", 1.0),
        ("l[1].pdgid", 13.0),
        ("(l[0] + l[1]).charge", 0.0),
        (
            "(l[0] + l[1]).m ** 2",
            70.0 * 70.0 - 20.0 * 20.0 - 40.0 * 40.0 - 30.0 * 30.0,
        ),
        ("j[0].b_tag - j[1].b_tag", 1.0),
        ("(j[0] - j[0]).e", 0.0),
        ("(l[0] if l[0].charge < 0 else l[1]).pdgid", 13.0),
        ("p[0].pt", 30.0),
        ("p_truth[4].e", 50.0),
        // Nothing but the neutrino is missing.
        ("met.px + met.py", -40.0 + 10.0),
        ("sum(j.pt)", 90.0),
        ("sum(j).pz", -40.0),
        ("visible.e", 220.0),
        ("scale", 91.0),
        ("n_particles", 5.0),
        ("first + 1", 8.0),
        ("second if len(j) > 2 else 3", 3.0),
    ] {
        let found = value(text).unwrap_or(f64::NAN);
        assert!((found - expected).abs() < 1e-9, "{text}: {found}");
    }
    assert!((value("j[0].deltaphi(j[1])").unwrap() + std::f64::consts::FRAC_PI_2).abs() < 1e-12);
    assert!(value("j[0].boostCM_of(j[0] + j[1]).e").unwrap() < 100.0);
}

#[test]
fn what_has_no_value_is_undefined() {
    for text in [
        "j[2].pt",
        "a[0].eta",
        "1 / 0",
        "sqrt(-1)",
        "log(0)",
        "second",
        "(l[0] + j[0]).spin",
        "a[0].pt > 10 and 1",
        "sum(a).pt",
        "10 ** 1000",
    ] {
        assert_eq!(value(text), None, "{text}");
    }
}

#[test]
fn what_is_no_formula_is_refused_with_the_reason() {
    for (text, reason) in [
        ("", "ends too early"),
        ("j[0].pt +", "ends too early"),
        ("j[0].pt $ 3", "from `$ 3` on"),
        ("j[0].pt > 3 && j[1].pt > 3", "(letter 13): write `and`"),
        ("j[0].pt > 3 || j[1].pt > 3", ": write `or`"),
        ("!(j[0].pt > 3)", ": write `not`"),
        ("j[0].pt = 3", ": write `==` to compare"),
        ("j[0].pt ^ 2", ": write `**` for a power"),
        ("j[0].pt > 3 AND j[1].pt > 3", ": write `and`"),
        ("0.7 if j[0].pt > 40", "an `else` is needed"),
        ("j[0]", "say which of its properties, as in `j[0].pt`"),
        ("j.pt", "add them up, as in `sum(j.pt)`"),
        ("j", "count them, as in `len(j)`"),
        (
            "j[0].speed",
            "asks for `j[0].speed`, and there is no such property. A particle has pt phi",
        ),
        ("j[0].pt(1)", "leave them out"),
        (
            "j[0].delta_phi(j[1])",
            "there is no such property; write `j[0].deltaphi(q)`, with another particle q. A particle has",
        ),
        ("j[0].delta_phi(1)", "write `j[0].deltaphi(q)`"),
        ("j[0].PT", "write `j[0].pt`. A particle"),
        ("j[0].deltaphi", "needs another particle: write `j[0].deltaphi(q)`"),
        (
            "j[0].deltaphi(j[1], j[2])",
            "needs one other particle in the brackets of `j[0].deltaphi( )`",
        ),
        ("deltaphi(j[0], j[1])", "write, for example, `j[0].deltaphi(j[1])`"),
        ("pt(j[0])", "write, for example, `j[0].pt`"),
        ("j(0).pt", "its particles are `j[0]`, `j[1]`, …"),
        ("j1.pt", "the particles of the list `j` are `j[0]`, `j[1]`, …"),
        ("j[0] + 1", "has a particle + a number"),
        ("j[0.5].pt", "no whole number"),
        ("j[len(j)].pt", "no whole number"),
        ("jet[0].pt", "names `jet`"),
        ("foo(1)", "calls `foo`"),
        ("sqrt(1, 2)", "gives `sqrt` 2 numbers"),
        ("sqrt(j[0])", "gives `sqrt` a particle, and it needs numbers"),
        ("j[0].deltaphi(3)", "needs a particle, as `j[1]`, and `3` is a number"),
        ("__import__('os').system('true')", "cannot be understood"),
        ("j[0] if 1 else 2", "both must be numbers, or both particles"),
        ("open(0)", "calls `open`"),
        ("1 2", "cannot be understood from `2` on"),
    ] {
        let refusal = refusal(text);
        assert!(refusal.contains(reason), "{text}: {refusal}");
    }
    assert!(refusal(&"(".repeat(5000)).contains("brackets within brackets"));
    assert!(refusal(&format!("{}1", "not ".repeat(900))).contains("the most"));
}
