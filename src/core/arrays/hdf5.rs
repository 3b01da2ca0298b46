//! Arrays in an HDF5 file, at its root or in one of its groups, as h5py, MATLAB and others write them.

use std::collections::BTreeMap;
use std::path::Path;

use half::f16;
use hdf5_pure::{Dataset, Datatype, DatatypeByteOrder, File, Group, is_hdf5};

use super::npy::Array;
use crate::error::{Error, Result};

/// Groups within groups that are searched.
const DEPTH: usize = 4;
/// Groups or tables of an LHEH5 file: Les Houches events in HDF5, of the first and of the second version.
const LHEH5: [[&str; 3]; 2] = [["event", "particle", "init"], ["events", "particles", "init"]];

/// Returns true if a file has an array of this name, in any group.
pub(super) fn has(path: &Path, name: &str) -> bool {
    is_hdf5(path).unwrap_or(false)
        && File::open_streaming(path).is_ok_and(|file| groups_with(&file, name).is_ok_and(|groups| !groups.is_empty()))
}

/// Describes the contents of an HDF5 file, as the end of a sentence that begins with its name; `None` for other files.
pub(crate) fn contents(path: &Path) -> Option<String> {
    let names = root_names(path)?;
    Some(match lheh5_of(&names) {
        Some(what) => what.into(),
        None => format!("is an HDF5 file with {}", listed(&names)),
    })
}

/// Describes a file of Les Houches events in HDF5, with the way to convert it; `None` for other files.
pub(crate) fn lheh5(path: &Path) -> Option<&'static str> {
    lheh5_of(&root_names(path)?)
}

fn lheh5_of(names: &[String]) -> Option<&'static str> {
    let has = |name: &&str| names.iter().any(|known| known == name);
    LHEH5.iter().any(|all| all.iter().all(has)).then_some(
        "is an LHEH5 file (Les Houches events in HDF5): write it as a Les Houches file, with pylhe for example",
    )
}

/// Names of the data sets and groups at the root of an HDF5 file.
fn root_names(path: &Path) -> Option<Vec<String>> {
    if !is_hdf5(path).ok()? {
        return None;
    }
    let root = File::open_streaming(path).ok()?.root();
    let mut names = root.datasets().ok()?;
    names.extend(root.groups().ok()?);
    Some(names)
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "nothing at its root".into(),
        names => crate::error::listed(names),
    }
}

/// Reads the arrays whose names are `wanted`, from the group that has an array `x`; `group` chooses one of several.
pub(super) fn read(path: &Path, group: Option<&str>, wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, Array>> {
    let damaged = |error: hdf5_pure::Error| {
        Error::file(
            path,
            format!("is truncated, damaged, or holds what is no number ({error}): write arrays of real numbers"),
        )
    };
    let file = File::open_streaming(path).map_err(damaged)?;
    let found = groups_with(&file, "x").map_err(damaged)?;
    let chosen = match (group, found.as_slice()) {
        (None, [only]) => only,
        (Some(name), all) if all.iter().any(|known| known == name) => name,
        (_, all) => {
            let what = format!(
                "has an array `x` in the groups {}: choose one with --sample",
                listed(all)
            );
            return Err(Error::file(path, what));
        }
    };
    let inside = |name: &str| {
        if chosen.is_empty() {
            name.to_owned()
        } else {
            format!("{chosen}/{name}")
        }
    };
    let names = match chosen.is_empty() {
        true => file.root().datasets(),
        false => file.group(chosen).and_then(|group| group.datasets()),
    };
    let arrays = names
        .map_err(damaged)?
        .into_iter()
        .filter(|name| wanted(name))
        .map(|name| {
            let set = file.dataset(&inside(&name)).map_err(damaged)?;
            let shape = set.shape().map_err(damaged)?.into_iter().map(|n| n as usize).collect();
            let array = Array {
                shape,
                values: numbers(&set).map_err(damaged)?,
            };
            match array.shape.iter().product::<usize>() == array.values.len() {
                true => Ok((name, array)),
                false => Err(Error::file(
                    path,
                    format!("ends within its array `{name}`: write it again"),
                )),
            }
        });
    arrays.collect()
}

/// The numbers of an array, half precision included.
fn numbers(set: &Dataset) -> std::result::Result<Vec<f64>, hdf5_pure::Error> {
    let is_big = match set.datatype()? {
        Datatype::FloatingPoint {
            size: 2, byte_order, ..
        } => byte_order == DatatypeByteOrder::BigEndian,
        _ => return set.read_f64(),
    };
    let bytes = set.read_raw()?;
    let number = |pair: &[u8; 2]| match is_big {
        true => f16::from_be_bytes(*pair).to_f64(),
        false => f16::from_le_bytes(*pair).to_f64(),
    };
    Ok(bytes.as_chunks().0.iter().map(number).collect())
}

/// Paths of the groups that have an array of this name; the root has the empty path.
fn groups_with(file: &File, name: &str) -> std::result::Result<Vec<String>, hdf5_pure::Error> {
    let mut found = Vec::new();
    search(&file.root(), "", name, DEPTH, &mut found)?;
    found.sort();
    Ok(found)
}

fn search(
    group: &Group,
    path: &str,
    name: &str,
    depth: usize,
    found: &mut Vec<String>,
) -> std::result::Result<(), hdf5_pure::Error> {
    if group.datasets()?.iter().any(|set| set == name) {
        found.push(path.to_owned());
    }
    if depth > 0 {
        for inner in group.groups()? {
            let inside = if path.is_empty() {
                inner.clone()
            } else {
                format!("{path}/{inner}")
            };
            search(&group.group(&inner)?, &inside, name, depth - 1, found)?;
        }
    }
    Ok(())
}
