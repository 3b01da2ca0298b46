//! Arrays of a data set while threads fill them block by block.

use ndarray::{Array1, Array2};

use super::event::Row;
use crate::dataset::{AugmentedData, Header, Memories};

/// Arrays of a data set, stored row by row.
pub(super) struct Columns {
    m: usize,
    p: usize,
    x: Vec<f64>,
    theta0: Vec<f64>,
    y: Vec<f64>,
    joint_log_ratio: Vec<f64>,
    joint_score0: Vec<f64>,
    /// Columns of `weights`.
    w: usize,
    weights: Vec<f64>,
}

impl Columns {
    /// Allocates `n` events of `m` observables, `p` parameters and `w` weights.
    pub(super) fn new(n: usize, m: usize, p: usize, w: usize) -> Self {
        Self {
            m,
            p,
            w,
            weights: vec![1.0; n * w],
            x: vec![0.0; n * m],
            theta0: vec![0.0; n * p],
            y: vec![0.0; n],
            joint_log_ratio: vec![0.0; n],
            joint_score0: vec![0.0; n * p],
        }
    }

    /// Divides the arrays into blocks of `size` events; the last block may be shorter.
    pub(super) fn blocks(&mut self, size: usize) -> Vec<Rows<'_>> {
        let (m, p, w) = (self.m, self.p, self.w);
        let x = self.x.chunks_mut(size * m);
        let theta0 = self.theta0.chunks_mut(size * p);
        let y = self.y.chunks_mut(size);
        let joint_log_ratio = self.joint_log_ratio.chunks_mut(size);
        let joint_score0 = self.joint_score0.chunks_mut(size * p);
        // Without weights, as many empty blocks.
        let mut weights = self.weights.chunks_mut((size * w).max(1));
        x.zip(theta0)
            .zip(y)
            .zip(joint_log_ratio)
            .zip(joint_score0)
            .map(|((((x, theta0), y), joint_log_ratio), joint_score0)| Rows {
                m,
                p,
                w,
                x,
                theta0,
                y,
                joint_log_ratio,
                joint_score0,
                weights: weights.next().unwrap_or_default(),
            })
            .collect()
    }

    /// Drops all rows but the first `n`.
    pub(super) fn truncate(&mut self, n: usize) {
        self.x.truncate(n * self.m);
        self.theta0.truncate(n * self.p);
        self.y.truncate(n);
        self.joint_log_ratio.truncate(n);
        self.joint_score0.truncate(n * self.p);
        self.weights.truncate(n * self.w);
    }

    /// Converts the filled arrays to a data set.
    pub(super) fn into_data(self, header: Header, memories: Option<Memories>) -> AugmentedData {
        let n = self.y.len();
        let rows = |width, numbers| Array2::from_shape_vec((n, width), numbers).expect("every column has n rows");
        let theta1 = header.design.theta1().map(|theta1| rows(self.p, theta1.repeat(n)));
        AugmentedData {
            x: rows(self.m, self.x),
            theta0: rows(self.p, self.theta0),
            theta1,
            y: Array1::from(self.y),
            joint_log_ratio: header.design.has_ratio().then(|| Array1::from(self.joint_log_ratio)),
            joint_score0: Some(rows(self.p, self.joint_score0)),
            weights: (self.w > 0).then(|| rows(self.w, self.weights)),
            memories,
            header,
        }
    }
}

/// Block of rows that one thread fills.
pub(super) struct Rows<'a> {
    m: usize,
    p: usize,
    x: &'a mut [f64],
    theta0: &'a mut [f64],
    y: &'a mut [f64],
    joint_log_ratio: &'a mut [f64],
    joint_score0: &'a mut [f64],
    w: usize,
    weights: &'a mut [f64],
}

impl Rows<'_> {
    /// Number of events of the block.
    pub(super) fn len(&self) -> usize {
        self.y.len()
    }

    /// Row of event `i` of the block.
    pub(super) fn row(&mut self, i: usize) -> Row<'_> {
        Row {
            x: &mut self.x[i * self.m..(i + 1) * self.m],
            theta0: &mut self.theta0[i * self.p..(i + 1) * self.p],
            y: &mut self.y[i],
            joint_log_ratio: &mut self.joint_log_ratio[i],
            joint_score0: &mut self.joint_score0[i * self.p..(i + 1) * self.p],
            weights: &mut self.weights[i * self.w..(i + 1) * self.w],
        }
    }
}
