//! Gradient-boosted decision trees between two weighted classes.

use ndarray::{Array2, ArrayView1};

/// Bins of an observable, about equally filled.
const BINS: usize = 32;
/// Largest number of trees, and splits from their root to a leaf.
const TREES: usize = 60;
const DEPTH: usize = 4;
/// Share of the step of each tree that is taken.
const RATE: f64 = 0.25;
/// Trees without an improvement on the rows held back, after which no more are grown.
const PATIENCE: usize = 8;
/// Curvature added to each leaf, and the smallest curvature of a leaf: that of 20 rows of weight one where both classes are as probable.
const RIDGE: f64 = 1.0;
const SMALLEST_LEAF: f64 = 5.0;

/// Rows of observables as numbers of bins.
#[derive(Debug)]
pub(super) struct BinnedRows {
    /// Bin of each row, `[m][n]`.
    bins: Vec<Vec<u8>>,
    /// Lower edges of all bins but the first, `[m]`.
    edges: Vec<Vec<f64>>,
}

impl BinnedRows {
    /// Bins of about equal numbers of the rows of `x`, `[n, m]`.
    pub(super) fn new(x: &Array2<f64>) -> Self {
        Self::with_edges(x, x.columns().into_iter().map(quantiles).collect())
    }

    /// Other rows in the same bins.
    pub(super) fn like(&self, x: &Array2<f64>) -> Self {
        Self::with_edges(x, self.edges.clone())
    }

    fn with_edges(x: &Array2<f64>, edges: Vec<Vec<f64>>) -> Self {
        let bin = |edges: &Vec<f64>, value: f64| edges.partition_point(|&edge| edge <= value) as u8;
        let columns = x.columns().into_iter().zip(&edges);
        let bins = columns.map(|(column, edges)| column.iter().map(|&value| bin(edges, value)).collect());
        Self {
            bins: bins.collect(),
            edges,
        }
    }
}

fn quantiles(column: ArrayView1<f64>) -> Vec<f64> {
    let mut sorted = column.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..BINS).map(|i| sorted[i * sorted.len() / BINS]).collect();
    edges.dedup();
    edges.retain(|edge| *edge > sorted[0]);
    edges
}

/// Rows with weights and classes, and the log odds of the first class that trees start from, `[n]` each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Classes<'a> {
    pub weights: &'a [f64],
    pub first: &'a [bool],
    pub log_odds: &'a [f64],
}

/// A sum of trees: what they add to the log odds of the first class.
///
/// Each tree is a Newton step of the weighted cross-entropy. The number of trees is the one with the lowest cross-entropy on rows held back
/// from them, which is zero where there is nothing to find.
///
/// # Source
/// Friedman 2001, Annals of Statistics 29, 1189; Chen and Guestrin 2016, arXiv:1603.02754, for leaves and gains with curvature.
#[derive(Debug, Default)]
pub(super) struct BoostedTrees {
    trees: Vec<Tree>,
}

impl BoostedTrees {
    /// Grows trees on the rows `grown`, and chooses their number on the rows `held`.
    pub(super) fn fit(rows: &BinnedRows, classes: Classes<'_>, grown: &[usize], held: &[usize]) -> Self {
        let mut log_odds = classes.log_odds.to_vec();
        let mut slopes = vec![Slope::default(); log_odds.len()];
        let (mut trees, mut kept) = (Vec::new(), 0);
        let mut lowest = cross_entropy(classes, &log_odds, held);
        while trees.len() < TREES.min(kept + PATIENCE) {
            for &row in grown {
                slopes[row] = Slope::new(classes.weights[row], classes.first[row], log_odds[row]);
            }
            let tree = Tree::grow(rows, &slopes, grown.to_vec());
            for &row in grown.iter().chain(held) {
                log_odds[row] += tree.at(rows, row);
            }
            trees.push(tree);
            let found = cross_entropy(classes, &log_odds, held);
            if found < lowest {
                (lowest, kept) = (found, trees.len());
            }
        }
        trees.truncate(kept);
        Self { trees }
    }

    /// What the trees add to the log odds of a row.
    pub(super) fn at(&self, rows: &BinnedRows, row: usize) -> f64 {
        self.trees.iter().map(|tree| tree.at(rows, row)).sum()
    }
}

/// Weighted cross-entropy, summed over some rows.
fn cross_entropy(classes: Classes<'_>, log_odds: &[f64], rows: &[usize]) -> f64 {
    let term = |&row: &usize| {
        let against = if classes.first[row] {
            -log_odds[row]
        } else {
            log_odds[row]
        };
        classes.weights[row] * (against.max(0.0) + (-against.abs()).exp().ln_1p())
    };
    rows.iter().map(term).sum()
}

/// First derivative of the cross-entropy by the log odds, downhill, and its curvature.
#[derive(Debug, Clone, Copy, Default)]
struct Slope {
    downhill: f64,
    curvature: f64,
}

impl Slope {
    fn new(weight: f64, first: bool, log_odds: f64) -> Self {
        let probability = (1.0 + (-log_odds).exp()).recip();
        Self {
            downhill: weight * (f64::from(u8::from(first)) - probability),
            curvature: weight * probability * (1.0 - probability),
        }
    }

    fn add(&mut self, other: Self) {
        self.downhill += other.downhill;
        self.curvature += other.curvature;
    }

    /// Twice the decrease of the cross-entropy by the best step of a leaf.
    fn gain(self) -> f64 {
        self.downhill.powi(2) / (self.curvature + RIDGE)
    }
}

/// A decision tree; children come after their parents.
#[derive(Debug, Default)]
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Leaf(f64),
    Split {
        observable: usize,
        /// Rows of this bin and of those below go to the first child, the next node, the others to the second.
        bin: u8,
        second: usize,
    },
}

impl Tree {
    fn grow(rows: &BinnedRows, slopes: &[Slope], of: Vec<usize>) -> Self {
        let mut tree = Self::default();
        tree.branch(rows, slopes, of, DEPTH);
        tree
    }

    fn branch(&mut self, rows: &BinnedRows, slopes: &[Slope], of: Vec<usize>, depth: usize) {
        let total = sum(slopes, &of);
        let split = (depth > 0).then(|| best_split(rows, slopes, &of, total));
        let Some((observable, bin)) = split.flatten() else {
            self.nodes
                .push(Node::Leaf(RATE * total.downhill / (total.curvature + RIDGE)));
            return;
        };
        let bins = &rows.bins[observable];
        let (first, second) = of.into_iter().partition(|&row| bins[row] <= bin);
        let here = self.nodes.len();
        self.nodes.push(Node::Leaf(0.0)); // replaced below, when the place of the second child is known
        self.branch(rows, slopes, first, depth - 1);
        self.nodes[here] = Node::Split {
            observable,
            bin,
            second: self.nodes.len(),
        };
        self.branch(rows, slopes, second, depth - 1);
    }

    fn at(&self, rows: &BinnedRows, row: usize) -> f64 {
        let mut node = 0;
        loop {
            match self.nodes[node] {
                Node::Leaf(value) => return value,
                Node::Split {
                    observable,
                    bin,
                    second,
                } => {
                    node = if rows.bins[observable][row] <= bin {
                        node + 1
                    } else {
                        second
                    };
                }
            }
        }
    }
}

fn sum(slopes: &[Slope], of: &[usize]) -> Slope {
    let mut total = Slope::default();
    of.iter().for_each(|&row| total.add(slopes[row]));
    total
}

/// The observable and the bin after which a split gains most; none if no two leaves are large enough.
fn best_split(rows: &BinnedRows, slopes: &[Slope], of: &[usize], total: Slope) -> Option<(usize, u8)> {
    let mut best = (total.gain(), None);
    if total.curvature < 2.0 * SMALLEST_LEAF {
        return None;
    }
    for (observable, (bins, edges)) in rows.bins.iter().zip(&rows.edges).enumerate() {
        let mut filled = [Slope::default(); BINS];
        of.iter()
            .for_each(|&row| filled[usize::from(bins[row])].add(slopes[row]));
        let mut below = Slope::default();
        for (bin, slope) in filled[..edges.len()].iter().enumerate() {
            below.add(*slope);
            let above = Slope {
                downhill: total.downhill - below.downhill,
                curvature: total.curvature - below.curvature,
            };
            let gain = below.gain() + above.gain();
            if gain > best.0 && below.curvature.min(above.curvature) >= SMALLEST_LEAF {
                best = (gain, Some((observable, bin as u8)));
            }
        }
    }
    best.1
}

#[cfg(test)]
mod tests;
