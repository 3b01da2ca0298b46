//! The particles of an event as an analysis sees them.

use super::{Event, Momentum};

/// The lists of particles that an analysis can speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// `p`: all that leave the process, in the order of the file.
    Particles,
    /// `e`
    Electrons,
    /// `mu`
    Muons,
    /// `tau`
    Taus,
    /// `l`: electrons and muons.
    Leptons,
    /// `a`
    Photons,
    /// `j`: quarks and gluons.
    Jets,
    /// `v`
    Neutrinos,
    /// `p_truth`: as `p`, before any smearing.
    Truth,
}

impl List {
    /// All lists with the names by which expressions call them.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Particles, "p"),
        (Self::Electrons, "e"),
        (Self::Muons, "mu"),
        (Self::Taus, "tau"),
        (Self::Leptons, "l"),
        (Self::Photons, "a"),
        (Self::Jets, "j"),
        (Self::Neutrinos, "v"),
        (Self::Truth, "p_truth"),
    ];

    /// The list of this name.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(list, _)| *list)
    }

    /// Returns true if particles of a kind (PDG) belong to the list.
    pub fn holds(self, id: i32) -> bool {
        let kind = id.unsigned_abs();
        match self {
            Self::Particles | Self::Truth => true,
            Self::Electrons => kind == 11,
            Self::Muons => kind == 13,
            Self::Taus => kind == 15,
            Self::Leptons => [11, 13].contains(&kind),
            Self::Photons => id == 22,
            Self::Jets => (1..=6).contains(&kind) || [9, 21].contains(&id),
            Self::Neutrinos => [12, 14, 16].contains(&kind),
        }
    }
}

/// Returns true if a detector sees the particle: quarks, gluons, charged leptons, photons and particles that decay into them.
pub(super) fn is_visible(id: i32) -> bool {
    matches!(id.unsigned_abs(), 1..=6 | 9 | 11 | 13 | 15 | 21..=25)
}

/// A particle, or several taken together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Object {
    /// Energy and momentum.
    pub momentum: Momentum,
    /// The kind (PDG), of one particle.
    pub id: Option<i32>,
    /// The charge in units of e, where it is known.
    pub charge: Option<f64>,
    /// The spin as the file has it, of one particle.
    pub spin: Option<f64>,
    /// Flags for a bottom quark, a top quark or a tau in the object.
    pub tags: Tags,
}

/// Flags for a bottom quark, a top quark or a tau among the particles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tags {
    /// A bottom quark.
    pub b: bool,
    /// A top quark.
    pub t: bool,
    /// A tau.
    pub tau: bool,
}

impl Object {
    /// One particle.
    pub fn particle(id: i32, momentum: Momentum, spin: Option<f64>) -> Self {
        let is = |kind: u32| id.unsigned_abs() == kind;
        Self {
            momentum,
            id: Some(id),
            charge: charge(id),
            spin,
            tags: Tags {
                b: is(5),
                t: is(6),
                tau: is(15),
            },
        }
    }

    /// Together with another: charges add up, tags remain.
    pub fn with(&self, other: &Self) -> Self {
        self.combined(other, self.momentum + other.momentum, 1.0)
    }

    /// Without another.
    pub fn without(&self, other: &Self) -> Self {
        self.combined(other, self.momentum - other.momentum, -1.0)
    }

    fn combined(&self, other: &Self, momentum: Momentum, sign: f64) -> Self {
        let charges = self.charge.zip(other.charge);
        Self {
            momentum,
            id: None,
            charge: charges.map(|(mine, others)| mine + sign * others),
            spin: None,
            tags: Tags {
                b: self.tags.b || other.tags.b,
                t: self.tags.t || other.tags.t,
                tau: self.tags.tau || other.tags.tau,
            },
        }
    }
}

/// The charge of elementary particles in units of e, supersymmetric partners among them.
fn charge(id: i32) -> Option<f64> {
    let kind = id.unsigned_abs();
    let charge = match kind {
        1_000_001..=1_000_020 | 2_000_001..=2_000_020 => return charge(id.signum() * (kind % 1_000_000) as i32),
        1_000_024 | 1_000_037 | 24 | 34 | 37 => 1.0,
        1_000_021 | 1_000_022 | 1_000_023 | 1_000_025 | 1_000_035 | 1_000_039 => 0.0,
        2 | 4 | 6 | 8 => 2.0 / 3.0,
        1 | 3 | 5 | 7 => -1.0 / 3.0,
        11 | 13 | 15 | 17 => -1.0,
        9 | 12 | 14 | 16 | 18 | 21 | 22 | 23 | 25 | 32 | 33 | 35 | 36 | 39 => 0.0,
        _ => return None,
    };
    Some(if id < 0 { -charge } else { charge })
}

/// Objects of one event that formulas can use.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Objects {
    lists: [Vec<Object>; List::ALL.len()],
    /// The sum of all that is visible.
    pub visible: Object,
    /// The momentum across the beam that is missing.
    pub met: Object,
    /// The scale of the process, in GeV.
    pub scale: f64,
    /// α of electromagnetism.
    pub alpha_qed: f64,
    /// α of the strong force.
    pub alpha_qcd: f64,
}

impl Objects {
    /// The particles of a list.
    pub fn list(&self, list: List) -> &[Object] {
        &self.lists[list as usize]
    }

    /// Particles that are taken for invisible, and are no neutrinos.
    pub(super) fn n_unknown(&self) -> usize {
        let ids = self.list(List::Particles).iter().filter_map(|object| object.id);
        ids.filter(|id| !is_visible(*id) && !List::Neutrinos.holds(*id)).count()
    }

    /// Builds the objects of a generated event: `measured` are the same particles as a detector sees them, and `noise` is added to what is missing, in GeV.
    pub(super) fn fill(&mut self, event: &Event, measured: &[Object], noise: impl FnOnce(f64) -> (f64, f64)) {
        self.lists.iter_mut().for_each(Vec::clear);
        let truth = event.particles.iter().filter(|particle| particle.is_final());
        let truth = truth.map(|particle| Object::particle(particle.id, particle.momentum, Some(particle.spin)));
        self.lists[List::Truth as usize].extend(truth);
        let mut visible = Object {
            charge: Some(0.0),
            ..Object::default()
        };
        let mut ht = 0.0;
        for object in measured {
            let id = object.id.unwrap_or(0);
            for (list, _) in List::ALL {
                if list != List::Truth && list.holds(id) {
                    self.lists[list as usize].push(*object);
                }
            }
            if is_visible(id) {
                visible = visible.with(object);
                ht += object.momentum.pt();
            }
        }
        for list in &mut self.lists[List::Electrons as usize..List::Truth as usize] {
            list.sort_by(|a, b| b.momentum.pt().total_cmp(&a.momentum.pt()));
        }
        let (noise_x, noise_y) = noise(ht);
        let (px, py) = (noise_x - visible.momentum.px, noise_y - visible.momentum.py);
        let e = px.hypot(py);
        self.met.momentum = Momentum { px, py, pz: 0.0, e };
        self.visible = visible;
        [self.scale, self.alpha_qed, self.alpha_qcd] = [event.scale, event.alpha_qed, event.alpha_qcd];
    }
}
