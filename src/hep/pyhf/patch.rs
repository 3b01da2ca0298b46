//! Patches of workspaces: the signals of an analysis as HEPData publishes them beside a workspace of the background.

use std::path::{Path, PathBuf};

use json_patch::Patch;
use serde::Deserialize;
use serde_json::Value;

use super::digest::digest;
use super::{Signal, Workspace};
use motherlode_core::error::{Error, Result, listed};

/// A workspace that patches are applied to, and the patches.
#[derive(Debug, Clone)]
pub struct PatchedWorkspaces {
    workspace: Value,
    path: PathBuf,
    patches: Vec<NamedPatch>,
    /// Digest of the workspace that the patches say they are for.
    declared_digest: Option<String>,
}

#[derive(Debug, Clone)]
struct NamedPatch {
    signal: Signal,
    patch: Patch,
}

/// Contents of a file of patches.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "it is neither a JSON patch (a list of operations) nor a patch set of pyhf (metadata, patches and version)"
)]
enum PatchFile {
    Single(Patch),
    Set(PatchSet),
}

#[derive(Deserialize)]
struct PatchSet {
    metadata: SetMetadata,
    patches: Vec<SetEntry>,
}

#[derive(Deserialize)]
struct SetMetadata {
    #[serde(default)]
    digests: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Deserialize)]
struct SetEntry {
    metadata: EntryMetadata,
    patch: Patch,
}

#[derive(Deserialize)]
struct EntryMetadata {
    name: String,
    #[serde(default)]
    values: Vec<Value>,
}

impl PatchedWorkspaces {
    /// Reads a workspace and its patches: a patch set of pyhf, or one JSON patch, which then has the name of its file.
    ///
    /// # Errors
    /// If a file cannot be read or is neither, or two patches have one name.
    pub fn read(workspace: &Path, patches: &Path) -> Result<Self> {
        let found: PatchFile = parse(patches, "is no file of patches")?;
        let (declared_digest, patches) = match found {
            PatchFile::Single(patch) => {
                let name = patches.file_stem().unwrap_or_default().to_string_lossy();
                let signal = Signal::new(&name);
                (None, vec![NamedPatch { signal, patch }])
            }
            PatchFile::Set(set) => {
                let labels = set.metadata.labels;
                let named = set.patches.into_iter().map(|SetEntry { metadata, patch }| NamedPatch {
                    signal: Signal {
                        name: metadata.name,
                        values: labels.iter().cloned().zip(metadata.values).collect(),
                    },
                    patch,
                });
                let named: Vec<NamedPatch> = named.collect();
                check_names(patches, &named)?;
                (set.metadata.digests.get("sha256").cloned(), named)
            }
        };
        Ok(Self {
            workspace: parse(workspace, "is no workspace")?,
            path: workspace.to_owned(),
            patches,
            declared_digest,
        })
    }

    /// Names and parameter values of the patches.
    pub fn signals(&self) -> impl Iterator<Item = &Signal> {
        self.patches.iter().map(|named| &named.signal)
    }

    /// Keeps the patch of this name.
    ///
    /// # Errors
    /// If there is none: names those that there are.
    pub fn select(mut self, name: &str) -> Result<Self> {
        let known: Vec<String> = self.signals().map(|signal| signal.name.clone()).collect();
        self.patches.retain(|named| named.signal.name == name);
        match self.patches.is_empty() {
            true => Err(Error::usage(format!(
                "there is no patch `{name}`; there are {}",
                listed(&known)
            ))),
            false => Ok(self),
        }
    }

    /// Digests of the workspace that the patches are for, as they say, and of the one that was read, if these differ.
    pub fn other_digest(&self) -> Option<(String, String)> {
        let declared = self.declared_digest.clone()?;
        let found = digest(&self.workspace);
        (declared != found).then_some((declared, found))
    }

    /// The patched workspaces, in the order of the patches.
    ///
    /// # Errors
    /// If a patch does not fit the workspace, or its result is no workspace: names the patch.
    pub fn workspaces(&self) -> impl Iterator<Item = Result<(&Signal, Workspace)>> {
        self.patches.iter().map(|NamedPatch { signal, patch }| {
            let wrong = |what: String| Error::file(&self.path, format!("patched by `{}`: {what}", signal.name));
            let mut patched = self.workspace.clone();
            json_patch::patch(&mut patched, patch)
                .map_err(|error| wrong(format!("the patch does not fit this workspace ({error})")))?;
            let workspace = Workspace::from_value(patched).map_err(|error| wrong(error.to_string()))?;
            Ok((signal, workspace))
        })
    }
}

fn check_names(path: &Path, named: &[NamedPatch]) -> Result<()> {
    for (i, one) in named.iter().enumerate() {
        let name = &one.signal.name;
        if named[..i].iter().any(|other| other.signal.name == *name) {
            return Err(Error::file(
                path,
                format!("has the patch `{name}` twice: give each a name of its own"),
            ));
        }
    }
    match named.is_empty() {
        true => Err(Error::file(path, "has no patches")),
        false => Ok(()),
    }
}

fn parse<T: for<'de> Deserialize<'de>>(path: &Path, what: &str) -> Result<T> {
    let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| Error::file(path, format!("{what}: {error}")))
}
