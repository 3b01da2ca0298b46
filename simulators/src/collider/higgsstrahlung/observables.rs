//! Observables: of the partons, or of muons and jets.

use motherlode_core::trace::Observable;

use super::process::Angles;
use crate::collider::Momentum;

/// All that is seen of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// μ⁻, μ⁺.
    pub muons: [Momentum; 2],
    /// Two jets in any order.
    pub jets: [Momentum; 2],
    /// Number of jets with a bottom tag.
    pub tags: u32,
    /// Jets beside these two.
    pub extra: u32,
}

/// The names and units of [`at_parton_level`].
pub(super) fn parton_level() -> Vec<Observable> {
    vec![
        Observable::new("m_mumu").with_unit("GeV"),
        Observable::new("cos_theta_z"),
        Observable::new("cos_theta_star"),
        Observable::new("phi_star").with_unit("rad"),
    ]
}

/// Dilepton mass, polar angle of the dilepton, and angles of the μ⁻ where it is at rest.
pub(super) fn at_parton_level(at: &Angles) -> Vec<f64> {
    vec![at.square.sqrt(), at.cosine, at.decay_cosine, at.decay_phi]
}

/// The names and units of [`Seen::observables`].
pub(super) fn detector_level() -> Vec<Observable> {
    [
        ("mu_minus_energy", "GeV"),
        ("mu_minus_cos", ""),
        ("mu_minus_phi", "rad"),
        ("mu_plus_energy", "GeV"),
        ("mu_plus_cos", ""),
        ("mu_plus_phi", "rad"),
        ("m_mumu", "GeV"),
        ("cos_theta_z", ""),
        ("cos_theta_star", ""),
        ("phi_star", "rad"),
        ("m_recoil", "GeV"),
        ("jet1_energy", "GeV"),
        ("jet1_cos", ""),
        ("jet2_energy", "GeV"),
        ("jet2_cos", ""),
        ("m_jj", "GeV"),
        ("n_btag", ""),
        ("n_jets", ""),
        ("missing_momentum", "GeV"),
        ("angle_jj_recoil", "rad"),
    ]
    .map(|(name, unit)| Observable::new(name).with_unit(unit))
    .into()
}

impl Seen {
    /// In the order of [`detector_level`], at √s = `energy` GeV: the jet of higher energy is the first.
    pub fn observables(&self, energy: f64) -> Vec<f64> {
        let [minus, plus] = self.muons;
        let [mut first, mut second] = self.jets;
        if first.e < second.e {
            (first, second) = (second, first);
        }
        let (dilepton, dijet) = (minus + plus, first + second);
        let angles = Angles::from_momenta(minus, plus);
        let recoil = Momentum::at_rest(energy) - dilepton;
        vec![
            minus.e,
            minus.cosine(),
            minus.phi(),
            plus.e,
            plus.cosine(),
            plus.phi(),
            dilepton.mass(),
            angles.cosine,
            angles.decay_cosine,
            angles.decay_phi,
            recoil.mass(),
            first.e,
            first.cosine(),
            second.e,
            second.cosine(),
            dijet.mass(),
            f64::from(self.tags),
            f64::from(2 + self.extra),
            (dilepton + dijet).length(),
            dijet.angle(recoil),
        ]
    }
}
