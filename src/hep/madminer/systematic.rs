//! Sources of systematic errors, as MadMiner files describe them.

use super::setup::word;
use super::tables::Tables;
use motherlode_core::error::Result;

/// A source of systematic errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Systematic {
    /// Name.
    pub name: String,
    /// `norm` for a normalisation, `pdf` for the densities of partons, `scale` for a scale of the calculation.
    pub kind: String,
    /// Values: a factor, the name of a set, or scale factors with commas in between.
    pub values: String,
    /// Varied scale: `mu`, `muf` or `mur`; `None` for the other kinds.
    pub scale: Option<String>,
}

impl Systematic {
    /// Before 0.6 `values` is a variation; up to 0.8.3, tab-joined words; then `types` and `scales` have data sets of their own, of
    /// which the last may end early.
    pub(super) fn read_all(tables: &Tables) -> Result<Vec<Self>> {
        let names = tables.words("systematics/names")?.unwrap_or_default();
        let n = names.len();
        let values = tables
            .words_of("systematics/values", n)?
            .unwrap_or_else(|| vec![String::new(); n]);
        let kinds = tables.words_of("systematics/types", n)?;
        let scales = tables.words("systematics/scales")?.unwrap_or_default();
        let all = names
            .into_iter()
            .zip(values)
            .enumerate()
            .map(|(i, (name, values))| match &kinds {
                Some(kinds) => Self {
                    name,
                    kind: kinds[i].clone(),
                    values,
                    scale: scales.get(i).and_then(|scale| word(scale)),
                },
                None => Self::of_old(name, &values),
            });
        Ok(all.collect())
    }

    fn of_old(name: String, values: &str) -> Self {
        let (kind, scale, values) = match values.split('\t').collect::<Vec<_>>()[..] {
            ["scale", scale, values] => ("scale", Some(scale.to_owned()), values),
            [kind, values] => (kind, None, values),
            _ if ["mu", "muf", "mur"].contains(&name.as_str()) => ("scale", Some(name.clone()), values),
            _ => ("pdf", None, values),
        };
        Self {
            kind: kind.into(),
            values: values.into(),
            scale,
            name,
        }
    }

    /// Describes the systematic as the file does.
    pub fn about(&self) -> String {
        let words = [&self.kind, self.scale.as_deref().unwrap_or(""), &self.values];
        words
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}
