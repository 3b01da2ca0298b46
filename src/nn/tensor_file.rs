//! Tensors in single precision with JSON beside them, as safetensors: what model files and checkpoints are made of.

use std::collections::HashMap;

use motherlode_core::format::hex;
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};

use super::architecture::NamedTensor;

/// Last key of the entry: the checksum of all that is before it, and of all tensors.
const CHECKSUM: &str = ",\"sha256\":\"";
/// Letters of the checksum, and behind it.
const DIGITS: usize = 64;
const END: &str = "\"}";

/// The bytes of a file of `tensors`, with the object `json` as the entry `name` of its metadata, to which a checksum is added.
///
/// # Errors
/// Says what cannot be written.
pub(crate) fn to_bytes(name: &str, json: &str, tensors: &[NamedTensor]) -> Result<Vec<u8>, String> {
    let little_endian = |tensor: &NamedTensor| tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let bytes: Vec<Vec<u8>> = tensors.iter().map(little_endian).collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| view(tensor, bytes));
    let views: Vec<(&str, TensorView)> = views.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let open = json.strip_suffix('}').ok_or("the entry is no JSON object")?;
    let checksum = checksum(open, views.iter().map(|(name, view)| (*name, view)));
    let entry = format!("{open}{CHECKSUM}{checksum}{END}");
    safetensors::serialize(views, Some(HashMap::from([(name.to_owned(), entry)]))).map_err(|error| error.to_string())
}

/// SHA-256 of a text and tensors, whose names, shapes and numbers count, in the order of their names.
fn checksum<'a>(text: &str, tensors: impl Iterator<Item = (&'a str, &'a TensorView<'a>)>) -> String {
    let mut sorted: Vec<_> = tensors.collect();
    sorted.sort_by_key(|(name, _)| *name);
    let mut hash = Sha256::new();
    hash.update(text);
    for (name, view) in sorted {
        hash.update(format!("{name} {:?} {:?}", view.dtype(), view.shape()));
        hash.update(view.data());
    }
    hex(&hash.finalize())
}

/// Checks the entry `name` of the metadata and all tensors against their checksum.
///
/// # Errors
/// Says what is wrong.
pub(crate) fn verify(bytes: &[u8], name: &str) -> Result<(), String> {
    let entry = entry(bytes, name)?.unwrap_or_default();
    let (_, found) = entry.rsplit_once(CHECKSUM).ok_or("it has no checksum")?;
    let open = &entry[..entry.len() - found.len() - CHECKSUM.len()];
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let tensors: Vec<(String, TensorView)> = tensors.tensors();
    let expected = checksum(open, tensors.iter().map(|(name, view)| (name.as_str(), view)));
    match found.len() == DIGITS + END.len() && found.strip_suffix(END) == Some(expected.as_str()) {
        true => Ok(()),
        false => Err("its contents do not fit their checksum: it is damaged, restore it from a copy".into()),
    }
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
