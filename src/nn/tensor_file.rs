//! Tensors in single precision with JSON beside them, as safetensors: what model files and checkpoints are made of.

use std::collections::HashMap;

use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::architecture::NamedTensor;

/// The bytes of a file of `tensors`, with `json` as the entry `name` of its metadata.
///
/// # Errors
/// Says what cannot be written.
pub(crate) fn to_bytes(name: &str, json: String, tensors: &[NamedTensor]) -> Result<Vec<u8>, String> {
    let little_endian = |tensor: &NamedTensor| tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let bytes: Vec<Vec<u8>> = tensors.iter().map(little_endian).collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| view(tensor, bytes));
    views
        .collect::<Result<Vec<_>, _>>()
        .and_then(|views| safetensors::serialize(views, Some(HashMap::from([(name.to_owned(), json)]))))
        .map_err(|error| error.to_string())
}

fn view<'a>(tensor: &'a NamedTensor, bytes: &'a [u8]) -> Result<(&'a str, TensorView<'a>), SafeTensorError> {
    Ok((&tensor.name, TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)?))
}

/// The entry `name` of the metadata, if there is one.
///
/// # Errors
/// Says why the bytes are no such file.
pub(crate) fn entry(bytes: &[u8], name: &str) -> Result<Option<String>, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let entries = metadata.metadata().as_ref();
    Ok(entries.and_then(|entries| entries.get(name)).cloned())
}

/// The numbers of a tensor in single precision.
pub(crate) fn values(view: &TensorView) -> Vec<f32> {
    let cells = view.data().as_chunks().0.iter();
    cells.map(|cell| f32::from_le_bytes(*cell)).collect()
}
