//! Training samples as arrays: data sets for programs that read NumPy's files, and samples that other programs have made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, ArrayView1, ArrayViewD, Axis};

use super::onnx::Precision;
use super::{hdf5, npy, npz, write_npz};
use crate::dataset::{AugmentedData, FORMAT_VERSION, Header, Reader};
use crate::error::{Error, Result};
use crate::file::write_atomically;
use crate::gold::{Design, Prior};

/// What the arrays do not say themselves.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SampleOptions {
    /// Which of several samples in a folder: what follows `x_` in the name of its file (MadMiner's `filename`).
    pub name: Option<String>,
    /// The denominator, `[p]`, where there is no array of it.
    pub theta1: Option<Vec<f64>>,
    /// Names of the parameters, `[p]`; `theta_0`, `theta_1`, … without.
    pub parameters: Option<Vec<String>>,
    /// Names of the observables, `[m]`; `x_0`, `x_1`, … without.
    pub observables: Option<Vec<String>>,
    /// Name of the simulator; `imported` without.
    pub simulator: Option<String>,
}

/// What an array is called, in the order of preference: as here, and as MadMiner calls it.
const NAMES: [&[&str]; 6] = [
    &["x"],
    &["theta0", "theta"],
    &["theta1"],
    &["y"],
    &["joint_log_ratio", "log_r_xz", "r_xz"],
    &["joint_score0", "joint_score", "t_xz", "t_xz0"],
];

/// The arrays of a sample, by the first of their names.
#[derive(Debug)]
struct Sample {
    path: PathBuf,
    /// Under each name as it was found.
    arrays: BTreeMap<String, npy::Array>,
}

impl AugmentedData {
    /// Reads a training sample of arrays: an archive of `numpy.savez` or `numpy.savez_compressed`, or a folder of `.npy` files as MadMiner's
    /// `SampleAugmenter` writes them.
    ///
    /// | array | shape | is |
    /// | --- | --- | --- |
    /// | `x` | `[n, m]` | observations |
    /// | `theta0`, or `theta` | `[n, p]` or `[p]` | the numerator |
    /// | `theta1` | `[n, p]` or `[p]` | the denominator, one for all events |
    /// | `y` | `[n]` or `[n, 1]` | 0 for events drawn from the numerator, 1 for those from the denominator; all 0 without |
    /// | `joint_log_ratio`, or its exponential `r_xz` | `[n]` or `[n, 1]` | ln p(x,z\|θ0) − ln p(x,z\|θ1) |
    /// | `joint_score0`, or `t_xz` | `[n, p]` | ∇θ ln p(x,z\|θ) at the numerator |
    ///
    /// The labels are taken as they are: the events remember no paths, and no other labels can be made of them. The design
    /// is read off the hypotheses: one point, a pair, or a box around all numerators against one denominator; numerators
    /// that vary without a denominator are taken as a mixture of all of them.
    ///
    /// # Errors
    /// If an array is missing, has another shape than the others need, or holds what is no finite number, with its event; if
    /// θ1 differs from event to event; or if the score has other columns than the parameters, as with nuisance parameters.
    ///
    /// # Source
    /// MadMiner 0.9.6, `madminer/sampling` (Brehmer, Kling, Espejo and Cranmer 2019, arXiv:1907.10621).
    pub fn from_arrays(path: &Path, options: &SampleOptions) -> Result<Self> {
        Sample::read(path, options.name.as_deref())?.into_data(options)
    }

    /// Writes x, theta0, theta1, y, joint_log_ratio and joint_score0, those that there are, as `numpy.load` opens them; what
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
        arrays
    }

    /// Writes the files that MadMiner trains on, under the names and in the precision that it gives them: `x_train.npy`,
    /// `theta0_train.npy`, `theta1_train.npy`, `y_train.npy`, `r_xz_train.npy` and `t_xz_train.npy`; of events of one point,
    /// `x_train.npy`, `theta_train.npy` and `t_xz_train.npy`. Returns their paths.
    ///
    /// # Errors
    /// If a file exists and `force` is false, or cannot be written, or a joint ratio does not fit in single precision.
    pub fn write_for_madminer(&self, folder: &Path, force: bool) -> Result<Vec<PathBuf>> {
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
        Some(event) => Err(Error::usage(format!(
            "the joint log ratio of event {event} is {}, and its exponential, which MadMiner keeps, does not fit in single \
             precision: mine with hypotheses closer to each other, or write an .npz, which has the logarithm",
            log_ratio[event]
        ))),
    }
}

impl Sample {
    fn read(path: &Path, name: Option<&str>) -> Result<Self> {
        let known = |name: &str| NAMES.iter().any(|names| names.contains(&name));
        let arrays = match path.is_dir() {
            true => read_folder(path, &sample_of_folder(path, name)?)?,
            false if path.extension().is_some_and(|extension| extension == "npz") => npz::read(path, known)?,
            false if Reader::open(path).is_ok() => {
                return Err(Error::file(
                    path,
                    "is a data set of motherlode already: use it as it is",
                ));
            }
            false if hdf5::has(path, "x") => hdf5::read(path, known)?,
            false => {
                return Err(Error::file(
                    path,
                    "is neither a folder of .npy files nor an .npz archive nor an HDF5 file with an array `x`: save the arrays with \
                     `numpy.savez`",
                ));
            }
        };
        let path = path.to_owned();
        Ok(Self { path, arrays })
    }

    /// The array that has one of these names, and that name.
    fn find(&self, names: &[&'static str]) -> Option<(&'static str, &npy::Array)> {
        names.iter().find_map(|name| Some((*name, self.arrays.get(*name)?)))
    }

    fn into_data(self, options: &SampleOptions) -> Result<AugmentedData> {
        let [x, theta0, theta1, y, log_ratio, score] = NAMES;
        let x = self.required(x, None, "observations, [n, m]")?;
        let (n, m) = x.dim();
        let theta0 = self.required(theta0, Some(n), "the hypothesis of each event, [n, p]")?;
        let p = theta0.ncols();
        let theta1 = match (self.table(theta1, Some(n))?, &options.theta1) {
            (Some(_), Some(_)) => return Err(self.wrong("has an array `theta1` already: leave out --theta1")),
            (Some(table), None) => Some(table),
            (None, Some(theta1)) if theta1.len() == p => {
                Some(Array2::from_shape_fn((n, p), |(_, parameter)| theta1[parameter]))
            }
            (None, Some(theta1)) => {
                let found = theta1.len();
                return Err(Error::theta(format!(
                    "--theta1 has {found} values, but theta has {p} columns: give {p}"
                )));
            }
            (None, None) => None,
        };
        if let Some(table) = theta1.as_ref().filter(|table| table.ncols() != p) {
            let found = table.ncols();
            return Err(self.wrong(format!(
                "has a theta1 with {found} columns, but theta0 has {p}: give both the same"
            )));
        }
        let labels = self.column(y, n)?.unwrap_or_else(|| Array1::zeros(n));
        if let Some(event) = labels.iter().position(|label| ![0.0, 1.0].contains(label)) {
            let found = labels[event];
            return Err(self.wrong(format!("has the label y = {found} at event {event}: labels are 0 or 1")));
        }
        let log_ratio = match self.find(log_ratio) {
            Some(("r_xz", _)) => self
                .column(log_ratio, n)?
                .map(|ratio| self.logarithms(&ratio))
                .transpose()?,
            _ => self.column(log_ratio, n)?,
        };
        let score = self.table(score, Some(n))?;
        if let Some(table) = score.as_ref().filter(|table| table.ncols() != p) {
            let found = table.ncols();
            return Err(self.wrong(format!(
                "has a score with {found} columns, but theta has {p}: one for each parameter is needed. With nuisance parameters, \
                 MadMiner adds columns to one of them; save both with the same parameters"
            )));
        }
        let (design, mixture) = self.design(&theta0, theta1.as_ref(), &labels)?;
        let numbered = |name: &str, n: usize| (0..n).map(|k| format!("{name}_{k}")).collect::<Vec<_>>();
        let parameters = names("parameters", &options.parameters, numbered("theta", p))?;
        let observables = names("observables", &options.observables, numbered("x", m))?;
        Ok(AugmentedData {
            header: Header {
                format_version: FORMAT_VERSION,
                crate_version: env!("CARGO_PKG_VERSION").into(),
                simulator: options.simulator.clone().unwrap_or_else(|| "imported".into()),
                parameter_units: vec![String::new(); p],
                parameters,
                observable_units: vec![String::new(); m],
                observables,
                design,
                mixture,
                seed: 0,
                first_event: 0,
                n_discarded: 0,
            },
            x,
            theta0,
            theta1,
            y: labels,
            joint_log_ratio: log_ratio,
            joint_score0: score,
            memories: None,
        })
    }

    /// The design that the hypotheses follow, and the points of a mixture.
    fn design(
        &self,
        theta0: &Array2<f64>,
        theta1: Option<&Array2<f64>>,
        y: &Array1<f64>,
    ) -> Result<(Design, Vec<Vec<f64>>)> {
        let first = theta0.row(0).to_vec();
        let varies = differing(theta0).is_some();
        let prior = || {
            let edges = |column: ArrayView1<f64>| {
                let start = (f64::INFINITY, f64::NEG_INFINITY);
                column
                    .iter()
                    .fold(start, |(low, high), &value| (low.min(value), high.max(value)))
            };
            let edges = theta0.columns().into_iter().map(edges).collect();
            Prior::Box { edges }
        };
        let Some(theta1) = theta1 else {
            if let Some(event) = y.iter().position(|label| *label == 1.0) {
                return Err(self.wrong(format!(
                    "has an event from the denominator (y = 1 at event {event}), but no array `theta1`: give it with --theta1"
                )));
            }
            if !varies {
                return Ok((Design::Reference { theta: first }, vec![]));
            }
            let points = distinct(theta0);
            let design = Design::Mixture {
                prior: prior(),
                n_points: points.len(),
            };
            return Ok((design, points));
        };
        if let Some(event) = differing(theta1) {
            let (a, b) = (theta1.row(0).to_vec(), theta1.row(event).to_vec());
            return Err(self.wrong(format!(
                "has a theta1 that varies ({a:?} at event 0, {b:?} at event {event}), but networks are trained here against one \
                 denominator: sample again with one theta1 for all events"
            )));
        }
        let theta1 = theta1.row(0).to_vec();
        Ok(match varies {
            true => (Design::Prior { prior: prior(), theta1 }, vec![]),
            false => (Design::Pair { theta0: first, theta1 }, vec![]),
        })
    }

    fn required(&self, names: &[&'static str], n: Option<usize>, what: &str) -> Result<Array2<f64>> {
        self.table(names, n)?.ok_or_else(|| {
            let known: Vec<&str> = self.arrays.keys().map(String::as_str).collect();
            self.wrong(format!(
                "has no array `{}` ({what}); it has {}",
                names.join("` or `"),
                if known.is_empty() {
                    "none of those that are read".into()
                } else {
                    known.join(", ")
                }
            ))
        })
    }

    /// An array of n rows, if there is one; one without columns has a single column, and one row may stand for all.
    fn table(&self, names: &[&'static str], n: Option<usize>) -> Result<Option<Array2<f64>>> {
        let Some((name, array)) = self.find(names) else {
            return Ok(None);
        };
        let of_a_hypothesis = name.starts_with("theta");
        let shape = match (array.shape.as_slice(), n) {
            (&[columns], Some(n)) if of_a_hypothesis && columns != n => (1, columns),
            (&[rows], _) => (rows, 1),
            (&[rows, columns], _) => (rows, columns),
            (other, _) => {
                return Err(self.wrong(format!(
                    "has `{name}` of shape {other:?}, but a table with one row an event is needed"
                )));
            }
        };
        let table = Array2::from_shape_vec(shape, array.values.clone())
            .map_err(|error| self.wrong(format!("has an unreadable `{name}` ({error})")))?;
        let rows = n.unwrap_or(shape.0);
        let table = match table.broadcast((rows, shape.1)) {
            Some(all) if shape.0 == rows || of_a_hypothesis => all.to_owned(),
            _ => {
                let found = shape.0;
                return Err(self.wrong(format!(
                    "has {found} rows in `{name}`, but `x` has {rows}: one for each event is needed"
                )));
            }
        };
        if table.is_empty() {
            return Err(self.wrong(format!("has no numbers in `{name}`: at least one event is needed")));
        }
        match table.indexed_iter().find(|(_, value)| !value.is_finite()) {
            None => Ok(Some(table)),
            Some(((event, column), value)) => Err(self.wrong(format!(
                "has {value} in `{name}` of event {event}, column {column}: all numbers must be finite; remove the event"
            ))),
        }
    }

    fn column(&self, names: &[&'static str], n: usize) -> Result<Option<Array1<f64>>> {
        let Some(table) = self.table(names, Some(n))? else {
            return Ok(None);
        };
        match table.ncols() {
            1 => Ok(Some(table.index_axis_move(Axis(1), 0))),
            columns => Err(self.wrong(format!(
                "has `{}` with {columns} columns: one number for each event is needed",
                self.find(names).map_or(names[0], |(name, _)| name)
            ))),
        }
    }

    fn logarithms(&self, ratio: &Array1<f64>) -> Result<Array1<f64>> {
        match ratio.iter().position(|r| *r <= 0.0) {
            None => Ok(ratio.mapv(f64::ln)),
            Some(event) => Err(self.wrong(format!(
                "has r_xz = {} at event {event}: a ratio of probabilities is positive; remove the event, or save the logarithm \
                 as `joint_log_ratio`",
                ratio[event]
            ))),
        }
    }

    fn wrong(&self, what: impl Into<String>) -> Error {
        Error::file(&self.path, what)
    }
}

/// The first row that is not like the one at the top.
fn differing(table: &Array2<f64>) -> Option<usize> {
    table.rows().into_iter().position(|row| row != table.row(0))
}

/// The different rows, sorted.
fn distinct(table: &Array2<f64>) -> Vec<Vec<f64>> {
    let mut points: Vec<Vec<f64>> = table.rows().into_iter().map(|row| row.to_vec()).collect();
    points.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    points.dedup();
    points
}

fn names(what: &str, given: &Option<Vec<String>>, numbered: Vec<String>) -> Result<Vec<String>> {
    match given {
        None => Ok(numbered),
        Some(given) if given.len() == numbered.len() => Ok(given.clone()),
        Some(given) => Err(Error::usage(format!(
            "{} names of {what} were given, but the sample has {}: name each",
            given.len(),
            numbered.len()
        ))),
    }
}

/// Whether a folder or a file holds arrays rather than an estimator.
pub(crate) fn is_sample(path: &Path) -> bool {
    let archive = path.extension().is_some_and(|extension| extension == "npz");
    archive || hdf5::has(path, "x") || samples_of_folder(path).is_ok_and(|samples| !samples.is_empty())
}

/// What follows `x` in the names of the files that begin with it: `_train` for `x_train.npy`.
fn samples_of_folder(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io(folder, error))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let ending = |name: String| {
        let ending = name.strip_prefix('x')?.strip_suffix(".npy")?;
        (ending.is_empty() || ending.starts_with('_')).then(|| ending.to_owned())
    };
    let mut samples: Vec<String> = names.filter_map(ending).collect();
    samples.sort();
    Ok(samples)
}

fn sample_of_folder(folder: &Path, name: Option<&str>) -> Result<String> {
    let samples = samples_of_folder(folder)?;
    let listed = || {
        let names: Vec<&str> = samples.iter().map(|ending| ending.trim_start_matches('_')).collect();
        names.join(", ")
    };
    match (name, samples.as_slice()) {
        (_, []) => Err(Error::file(
            folder,
            "has no file x.npy or x_NAME.npy: give a folder of a training sample",
        )),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Error::file(
            folder,
            format!("has several samples: choose one with --sample ({})", listed()),
        )),
        (Some(name), _) => match samples.iter().find(|ending| ending.trim_start_matches('_') == name) {
            Some(ending) => Ok(ending.clone()),
            None => Err(Error::file(
                folder,
                format!("has no sample `{name}`; it has {}", listed()),
            )),
        },
    }
}

fn read_folder(folder: &Path, ending: &str) -> Result<BTreeMap<String, npy::Array>> {
    let paths = NAMES
        .concat()
        .into_iter()
        .map(|name| (name, folder.join(format!("{name}{ending}.npy"))));
    paths
        .filter(|(_, path)| path.exists())
        .map(|(name, path)| Ok((name.to_owned(), npy::read(&path)?)))
        .collect()
}

#[cfg(test)]
mod tests;
