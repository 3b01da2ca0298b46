//! A grid that adapts to where a function is large, one coordinate at a time.
//!
//! Each coordinate of the unit cube is cut into bins that are proposed equally often. Where the function is large the bins
//! become narrow.
//!
//! # Source
//! Lepage 1978, Journal of Computational Physics 27, 192 (VEGAS).

/// Bins of a coordinate.
const BINS: usize = 24;
/// Exponent of the adaptation of the grid: 0 for no adaptation.
const DAMPING: f64 = 0.8;

/// A point of the unit cube.
pub type Shares<const D: usize> = [f64; D];

/// Edges of the bins.
#[derive(Debug, Clone)]
pub struct Grid<const D: usize> {
    edges: [[f64; BINS + 1]; D],
}

impl<const D: usize> Grid<D> {
    /// Bins of equal width.
    pub fn even() -> Self {
        let edges = std::array::from_fn(|edge| edge as f64 / BINS as f64);
        Self { edges: [edges; D] }
    }

    /// From uniform numbers to shares, and the volume that a unit of uniform numbers becomes there.
    pub fn shares(&self, uniform: Shares<D>) -> (Shares<D>, f64) {
        let mut volume = 1.0;
        let mut shares = uniform;
        for (share, edges) in shares.iter_mut().zip(&self.edges) {
            let place = *share * BINS as f64;
            let bin = bin(*share);
            let width = edges[bin + 1] - edges[bin];
            *share = edges[bin] + (place - bin as f64) * width;
            volume *= width * BINS as f64;
        }
        (shares, volume)
    }

    /// Adapts to values of (function times volume) at uniform numbers.
    pub fn adapt(&mut self, values: impl IntoIterator<Item = (Shares<D>, f64)>) {
        let mut sums = [[0.0; BINS]; D];
        for (uniform, value) in values {
            for (sums, share) in sums.iter_mut().zip(uniform) {
                sums[bin(share)] += value.powi(3);
            }
        }
        for (edges, sums) in self.edges.iter_mut().zip(&sums) {
            refine(edges, sums);
        }
    }
}

/// In which bin a uniform number lies.
fn bin(share: f64) -> usize {
    ((share * BINS as f64) as usize).min(BINS - 1)
}

/// Moves edges so that all bins have the same importance.
fn refine(edges: &mut [f64; BINS + 1], sums: &[f64; BINS]) {
    let importance = importance(sums);
    let each = importance.iter().sum::<f64>() / BINS as f64;
    if !(each > 0.0 && each.is_finite()) {
        return;
    }
    let old = *edges;
    let (mut bin, mut behind) = (0, 0.0);
    for (k, edge) in edges.iter_mut().enumerate().take(BINS).skip(1) {
        let wanted = each * k as f64;
        while bin < BINS - 1 && behind + importance[bin] < wanted {
            behind += importance[bin];
            bin += 1;
        }
        let within = ((wanted - behind) / importance[bin]).clamp(0.0, 1.0);
        *edge = old[bin] + within * (old[bin + 1] - old[bin]);
    }
}

/// Sums averaged with their neighbours, and drawn towards one another so that the grid does not jump.
fn importance(sums: &[f64; BINS]) -> [f64; BINS] {
    let smooth: [f64; BINS] = std::array::from_fn(|i| {
        let near = &sums[i.saturating_sub(1)..(i + 2).min(BINS)];
        near.iter().sum::<f64>() / near.len() as f64
    });
    let total: f64 = smooth.iter().sum();
    smooth.map(|sum| {
        // No bin grows without end: it may be small by chance only.
        let share = (sum / total).clamp(1e-6, 1.0 - 1e-6);
        ((share - 1.0) / share.ln()).powf(DAMPING)
    })
}
