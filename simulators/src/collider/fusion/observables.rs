//! Observables: jets, the Higgs boson, and the leptons that it decays into.

use std::f64::consts::{PI, TAU};

use motherlode_core::trace::Observable;

use super::Leptons;
use crate::collider::Momentum;

/// All that is seen of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Two jets in any order.
    pub jets: [Momentum; 2],
    /// The Higgs boson.
    pub higgs: Momentum,
    /// Its leptons.
    pub leptons: Option<Leptons>,
    /// Jets beside these two, if they are observed.
    pub extra: Option<u32>,
}

/// Observables of a momentum: energy, transverse momentum, pseudorapidity, azimuth; with `mass`, the mass.
fn names(of: &str, mass: bool) -> impl Iterator<Item = Observable> {
    let all = [
        ("energy", "GeV"),
        ("pt", "GeV"),
        ("eta", ""),
        ("phi", "rad"),
        ("mass", "GeV"),
    ];
    let one = move |(name, unit): (&str, &str)| Observable::new(&format!("{of}_{name}")).with_unit(unit);
    all.into_iter().take(if mass { 5 } else { 4 }).map(one)
}

fn numbers(momentum: Momentum) -> [f64; 5] {
    [
        momentum.e,
        momentum.pt(),
        momentum.eta(),
        momentum.phi(),
        momentum.mass(),
    ]
}

/// The names and units of [`Seen::observables`].
pub(super) fn of_events(with_leptons: bool, with_extra: bool) -> Vec<Observable> {
    let mut all: Vec<Observable> = names("jet1", false).chain(names("jet2", false)).collect();
    if with_leptons {
        let leptons = ["electron", "positron", "mu_minus", "mu_plus"];
        all.extend(leptons.into_iter().flat_map(|of| names(of, false)));
    }
    all.extend(names("higgs", true));
    if with_leptons {
        all.extend(names("z_ee", true).chain(names("z_mumu", true)));
    }
    all.push(Observable::new("m_jj").with_unit("GeV"));
    all.push(Observable::new("delta_eta_jj"));
    all.push(Observable::new("delta_phi_jj").with_unit("rad"));
    if with_extra {
        all.push(Observable::new("n_jets"));
    }
    all
}

impl Seen {
    /// The jet of higher transverse momentum is the first.
    pub fn observables(&self) -> Vec<f64> {
        let [mut first, mut second] = self.jets;
        if first.pt() < second.pt() {
            (first, second) = (second, first);
        }
        let leptons: &[Momentum] = self.leptons.as_ref().map_or(&[], |Leptons(leptons)| leptons);
        let mut x = Vec::with_capacity(42);
        for momentum in [&[first, second], leptons].concat() {
            x.extend(&numbers(momentum)[..4]);
        }
        x.extend(numbers(self.higgs));
        leptons.chunks(2).for_each(|pair| x.extend(numbers(pair[0] + pair[1])));
        x.push((first + second).mass());
        x.push(first.eta() - second.eta());
        x.push(wrapped(first.phi() - second.phi()));
        x.extend(self.extra.map(|extra| f64::from(2 + extra)));
        x
    }
}

/// An angle between −π and π.
fn wrapped(angle: f64) -> f64 {
    angle - TAU * ((angle + PI) / TAU).floor()
}
