//! The weights of a PyTorch module, by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pytorch_reader::{DType, PytorchReader};
use safetensors::tensor::{Dtype, SafeTensors};

use crate::error::{Error, Result};

/// Names a checkpoint may have for the weights inside it.
const NESTED: [&str; 3] = ["state_dict.", "model_state_dict.", "model."];

/// The tensors of a `state_dict`: what `torch.save(module.state_dict(), path)` or `safetensors` wrote.
///
/// A pickle is read as data: its instructions build tensors and dictionaries, and any other object that it asks for is
/// left out, never made.
#[derive(Debug, Clone, PartialEq)]
pub struct StateDict {
    path: PathBuf,
    tensors: BTreeMap<String, Entry>,
}

/// A tensor, or why it is none.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    shape: Vec<usize>,
    /// Row by row, or what the elements are if they are no numbers of 32 or 64 bits.
    values: std::result::Result<Vec<f32>, String>,
}

impl StateDict {
    /// Reads a `.pt` or `.safetensors` file; which of them it is, its name says.
    ///
    /// # Errors
    /// If the file cannot be read, is neither, is truncated, or holds no tensors.
    pub fn read(path: &Path) -> Result<Self> {
        let tensors = match path.extension().is_some_and(|extension| extension == "safetensors") {
            true => from_safetensors(path)?,
            false => from_pickle(path)?,
        };
        if tensors.is_empty() {
            return Err(Error::file(
                path,
                "holds no tensors: save the weights with `torch.save(module.state_dict(), path)`",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            tensors: without_nesting(tensors),
        })
    }

    /// The file it came from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor, if there is one of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|entry| entry.shape.as_slice())
    }

    /// The numbers of a tensor, row by row; those in double precision are rounded to single.
    ///
    /// # Errors
    /// If there is no tensor of this name and shape, or its elements are not finite numbers of 32 or 64 bits.
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<&[f32]> {
        let Some(entry) = self.tensors.get(name) else {
            let known: Vec<&str> = self.names().collect();
            let what = format!("has no tensor `{name}`; it has {}", known.join(", "));
            return Err(Error::file(&self.path, what));
        };
        let refused = |what: String| Error::file(&self.path, format!("holds `{name}` {what}"));
        if entry.shape != shape {
            let found = &entry.shape;
            return Err(refused(format!("of shape {found:?}, but the network needs {shape:?}")));
        }
        let values = entry.values.as_ref().map_err(|kind| {
            refused(format!(
                "as {kind}: only weights in single and double precision are read"
            ))
        })?;
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(refused("with values that are not finite: its training diverged".into())),
        }
    }
}

fn from_pickle(path: &Path) -> Result<BTreeMap<String, Entry>> {
    let broken = |error: &dyn std::fmt::Display| {
        let what = format!("is no state_dict that PyTorch has written, or is damaged ({error})");
        Error::file(path, what)
    };
    // The reader's own message for a missing file does not say so.
    std::fs::File::open(path).map_err(|error| Error::io(path, error))?;
    let tensors = PytorchReader::new(path).map_err(|error| broken(&error))?.into_tensors();
    let entry = |(name, tensor): (String, pytorch_reader::Tensor)| {
        let shape = tensor.shape().to_vec();
        let values = match tensor.dtype() {
            DType::F32 => Ok(singles(
                &tensor.read().map_err(|error| broken(&error))?,
                f32::from_ne_bytes,
            )),
            DType::F64 => Ok(doubles(
                &tensor.read().map_err(|error| broken(&error))?,
                f64::from_ne_bytes,
            )),
            other => Err(format!("{other:?}")),
        };
        Ok((name, Entry { shape, values }))
    };
    tensors.into_iter().map(entry).collect()
}

fn from_safetensors(path: &Path) -> Result<BTreeMap<String, Entry>> {
    let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
    let tensors = SafeTensors::deserialize(&bytes)
        .map_err(|error| Error::file(path, format!("is no safetensors file, or is damaged ({error})")))?;
    let entry = |name: String| {
        let view = tensors
            .tensor(&name)
            .map_err(|error| Error::file(path, error.to_string()))?;
        let shape = view.shape().to_vec();
        let values = match view.dtype() {
            Dtype::F32 => Ok(singles(view.data(), f32::from_le_bytes)),
            Dtype::F64 => Ok(doubles(view.data(), f64::from_le_bytes)),
            other => Err(format!("{other:?}")),
        };
        Ok((name, Entry { shape, values }))
    };
    let names = tensors.names().into_iter().map(ToOwned::to_owned);
    names.collect::<Vec<_>>().into_iter().map(entry).collect()
}

fn singles(bytes: &[u8], read: fn([u8; 4]) -> f32) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&chunk| read(chunk)).collect()
}

fn doubles(bytes: &[u8], read: fn([u8; 8]) -> f64) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&chunk| read(chunk) as f32).collect()
}

/// The tensors under the names that the module gives them: a checkpoint holds them one level down, beside the optimiser.
fn without_nesting(tensors: BTreeMap<String, Entry>) -> BTreeMap<String, Entry> {
    let nested = NESTED
        .into_iter()
        .find(|prefix| tensors.keys().any(|name| name.starts_with(prefix)));
    let Some(prefix) = nested else {
        return tensors;
    };
    let inner = tensors.into_iter();
    inner
        .filter_map(|(name, entry)| Some((name.strip_prefix(prefix)?.to_owned(), entry)))
        .collect()
}
