//! Writing data sets as arrays for NumPy.

use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, ArrayView1, ArrayViewD, Axis};

use crate::arrays::Precision;
use crate::arrays::{npy, write_npz};
use crate::dataset::AugmentedData;
use crate::error::{Error, Result};
use crate::files::write_atomically;
use crate::gold::Design;

impl AugmentedData {
    /// Writes x, theta0, theta1, y, joint_log_ratio, joint_score0 and weights, those that there are, as `numpy.load` opens them; what
    /// the events remember of their paths is left out.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_npz(&self, path: &Path) -> Result<()> {
        let arrays: Vec<_> = self
            .arrays()
            .into_iter()
            .map(|(name, array)| (name.to_owned(), array))
            .collect();
        write_npz(path, &arrays)
    }

    fn arrays(&self) -> Vec<(&'static str, ArrayViewD<'_, f64>)> {
        fn table(array: &Array2<f64>) -> ArrayViewD<'_, f64> {
            array.view().into_dyn()
        }
        let mut arrays = vec![("x", table(&self.x)), ("theta0", table(&self.theta0))];
        arrays.extend(self.theta1.as_ref().map(|array| ("theta1", table(array))));
        arrays.push(("y", self.y.view().into_dyn()));
        let ratio = self.joint_log_ratio.as_ref();
        arrays.extend(ratio.map(|array| ("joint_log_ratio", array.view().into_dyn())));
        arrays.extend(self.joint_score0.as_ref().map(|array| ("joint_score0", table(array))));
        arrays.extend(self.weights.as_ref().map(|array| ("weights", table(array))));
        arrays
    }

    /// Writes the files that MadMiner trains on, under the names and in the precision that it gives them: `x_train.npy`,
    /// `theta0_train.npy`, `theta1_train.npy`, `y_train.npy`, `r_xz_train.npy` and `t_xz_train.npy`; of events of one point,
    /// `x_train.npy`, `theta_train.npy` and `t_xz_train.npy`. Returns their paths.
    ///
    /// # Errors
    /// If events have weights, a file exists and `force` is false, or cannot be written, or a joint ratio does not fit in single precision.
    pub fn write_for_madminer(&self, folder: &Path, force: bool) -> Result<Vec<PathBuf>> {
        if self.weights.is_some() {
            return Err(Error::data(
                "the events have weights, some of them negative, which MadMiner does not train with: write an .npz, which holds them",
            ));
        }
        let file = |name: &str| folder.join(format!("{name}_train.npy"));
        let one_point = matches!(self.header.design, Design::Reference { .. });
        let ratio = self
            .joint_log_ratio
            .as_ref()
            .map(|log| exponentials(log.view()))
            .transpose()?;
        let column = |array: &Array1<f64>| array.clone().insert_axis(Axis(1)).into_dyn();
        let mut arrays = vec![("x", self.x.clone().into_dyn(), Precision::Single)];
        let mut add = |name, array: Option<_>, precision| arrays.extend(array.map(|array| (name, array, precision)));
        let numerator = if one_point { "theta" } else { "theta0" };
        add(numerator, Some(self.theta0.clone().into_dyn()), Precision::Single);
        add("theta1", self.theta1.clone().map(Array2::into_dyn), Precision::Single);
        add("y", (!one_point).then(|| column(&self.y)), Precision::Double);
        add("r_xz", ratio.as_ref().map(column), Precision::Single);
        add(
            "t_xz",
            self.joint_score0.clone().map(Array2::into_dyn),
            Precision::Single,
        );
        let files: Vec<PathBuf> = arrays.iter().map(|(name, ..)| file(name)).collect();
        if let Some(existing) = files.iter().find(|path| path.exists() && !force) {
            return Err(Error::exists(existing));
        }
        std::fs::create_dir_all(folder).map_err(|error| Error::io(folder, error))?;
        for (path, (_, array, precision)) in files.iter().zip(&arrays) {
            write_atomically(path, &npy::bytes(&array.view(), *precision))?;
        }
        Ok(files)
    }
}

/// r of ln r, in single precision as MadMiner has it.
fn exponentials(log_ratio: ArrayView1<f64>) -> Result<Array1<f64>> {
    let ratio = log_ratio.mapv(f64::exp);
    let fits = |r: &f64| (*r as f32).is_finite() && *r as f32 > 0.0;
    match ratio.iter().position(|r| !fits(r)) {
        None => Ok(ratio),
        Some(event) => Err(Error::data(format!(
            "the joint log ratio of event {event} (counted from 0) is {}, and its exponential, which MadMiner keeps, does not fit in single \
             precision: mine with hypotheses closer to each other, or write an .npz, which has the logarithm",
            log_ratio[event]
        ))),
    }
}
