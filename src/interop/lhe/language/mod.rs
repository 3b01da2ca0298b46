//! Observables, cuts and efficiencies as analysts write them.
//!
//! | in an expression | is |
//! | --- | --- |
//! | `e`, `mu`, `tau`, `l`, `a`, `j`, `v` | electrons, muons, taus, electrons and muons, photons, quarks and gluons, neutrinos, by falling pT |
//! | `p`, `p_truth` | all particles in the order of the file, as measured and as generated |
//! | `met`, `visible` | what is missing across the beam, and the sum of all that is visible |
//! | `j[0]`, `j[-1]`, `j[0] + l[0]`, `sum(j)` | particles, and several taken together |
//! | `.pt` `.phi` `.eta` `.theta` `.costheta` `.rapidity` `.e` `.px` `.py` `.pz` `.p` `.m` `.mt` `.et` `.beta` `.gamma` | kinematics, in GeV |
//! | `.charge` `.pdgid` `.spin` `.b_tag` `.t_tag` `.tau_tag` | what it is |
//! | `.deltaphi(q)` `.deltaeta(q)` `.deltaR(q)` `.deltaangle(q)` `.dot(q)` | with another |
//! | `.boostCM_of(q)` | the particle as seen where `q` is at rest |
//! | `len(j)`, `sum(j.pt)` | how many there are, and sums over them |
//! | `scale`, `alpha_qed`, `alpha_qcd`, `n_particles`, `pi` | numbers |
//! | `+ - * / // % **`, `< <= > >= == !=`, `and or not`, `a if b else c` | as in Python |
//! | `abs min max sqrt exp log log10 pow sin cos tan asin acos atan atan2 sinh cosh tanh floor ceil float int` | as in Python |
//!
//! Names of observables that were defined before stand for their values. An expression is a formula, not a program: it knows these words and
//! no others, and there is nothing in it that could read a file. Where it has no value (`j[1]` in an event with one jet, a division by zero)
//! it is undefined.

mod evaluate;
mod expression;
mod functions;
mod parse;

pub use expression::Expression;

#[cfg(test)]
mod tests;
