//! Setup in a file of MadMiner: parameters, benchmarks, morphing, systematics, observables.

use super::tables::Tables;
use super::{FiniteDifferences, Morphing, Systematic};
use motherlode_core::error::{Result, listed};

/// Parameters, benchmarks, morphing, systematics and observables.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// Parameters of the theory, `[p]`.
    pub parameters: Vec<MorphedParameter>,
    /// Points at which events have weights, `[b]`: parameter points first, those of systematics last.
    pub benchmarks: Vec<Benchmark>,
    /// Dependence of the weights on the parameters, if the file has it.
    pub morphing: Option<Morphing>,
    /// The benchmarks beside others that derivatives are taken from, if there are any.
    pub finite_differences: Option<FiniteDifferences>,
    /// Sources of systematic errors.
    pub systematics: Vec<Systematic>,
    /// Their parameters, `[k]`.
    pub nuisances: Vec<NuisanceParameter>,
    /// Names of the observables with the expressions that define them, which are never evaluated; of a setup file, none.
    pub observables: Vec<(String, Option<String>)>,
}

/// A parameter of the theory.
#[derive(Debug, Clone, PartialEq)]
pub struct MorphedParameter {
    /// Name.
    pub name: String,
    /// Range in which basis points were searched.
    pub range: (f64, f64),
    /// The largest power of it in the square of the amplitude.
    pub max_power: u32,
    /// Block and number in the parameter card.
    pub card: (String, i64),
    /// The expression for the value in the card, never evaluated.
    pub transform: Option<String>,
}

/// A point at which events have weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// Name.
    pub name: String,
    /// Parameters, `[p]`; without meaning for a systematic variation.
    pub theta: Vec<f64>,
    /// True for a systematic variation, false for a parameter point.
    pub is_nuisance: bool,
    /// True if systematic variations are relative to it.
    pub is_reference: bool,
}

/// The parameter of a systematic error: how many standard deviations it is off.
#[derive(Debug, Clone, PartialEq)]
pub struct NuisanceParameter {
    /// Name.
    pub name: String,
    /// The systematic it belongs to, if the file names one.
    pub systematic: Option<String>,
    /// The benchmark at +1.
    pub positive: usize,
    /// The benchmark at −1, if there is one.
    pub negative: Option<usize>,
}

impl Setup {
    /// The monomials of its parameters, of total degree up to `degree` or else the largest power of one of them: morphing needs as many
    /// benchmarks.
    pub(crate) fn monomials(parameters: &[MorphedParameter], degree: Option<u32>) -> Vec<Vec<u32>> {
        let powers: Vec<u32> = parameters.iter().map(|parameter| parameter.max_power).collect();
        let degree = degree.or(powers.iter().copied().max()).unwrap_or(2);
        Morphing::monomials(&powers, degree)
    }

    /// Describes how many benchmarks are missing for morphing; `None` if none are.
    pub(crate) fn few_benchmarks(&self, degree: Option<u32>) -> Option<String> {
        let (there, needed) = (self.physical().count(), Self::monomials(&self.parameters, degree).len());
        let names: Vec<String> = self.parameters.iter().map(|parameter| parameter.name.clone()).collect();
        (there < needed).then(|| {
            format!(
                "a cross section that is a polynomial of {} has {needed} coefficients, so that morphing needs the weights at {needed} benchmarks, and \
                 there are {there}",
                listed(&names)
            )
        })
    }

    pub(super) fn read(tables: &Tables) -> Result<Self> {
        let parameters = parameters(tables)?;
        let benchmarks = benchmarks(tables, parameters.len())?;
        let setup = Self {
            morphing: morphing(tables, &parameters, &benchmarks)?,
            finite_differences: FiniteDifferences::read(tables, parameters.len(), &benchmarks)?,
            systematics: Systematic::read_all(tables)?,
            nuisances: nuisances(tables, &benchmarks)?,
            observables: observables(tables)?,
            parameters,
            benchmarks,
        };
        setup.check(tables)?;
        Ok(setup)
    }

    /// The benchmarks that are parameter points, with their numbers.
    pub fn physical(&self) -> impl Iterator<Item = (usize, &Benchmark)> {
        let all = self.benchmarks.iter().enumerate();
        all.filter(|(_, benchmark)| !benchmark.is_nuisance)
    }

    /// The benchmark that systematic variations are relative to, or else the first.
    pub fn reference(&self) -> usize {
        let marked = self.benchmarks.iter().position(|benchmark| benchmark.is_reference);
        marked.unwrap_or(0)
    }

    /// The number of the benchmark of a name.
    pub fn benchmark(&self, name: &str) -> Option<usize> {
        self.benchmarks.iter().position(|benchmark| benchmark.name == name)
    }
}

/// Empty, `_` and `None` all mean that there is none.
pub(super) fn word(text: &str) -> Option<String> {
    (!["", "_", "None"].contains(&text)).then(|| text.to_owned())
}

fn parameters(tables: &Tables) -> Result<Vec<MorphedParameter>> {
    let names = tables.needed("parameters/names", tables.words("parameters/names")?)?;
    let p = names.len();
    if p == 0 {
        return Err(tables.wrong("parameters/names", "is empty: there must be a parameter"));
    }
    // Called `ranges` before 0.9.
    let ranges = match tables.finite("parameters/val_ranges", &[p, 2])? {
        None => tables.finite("parameters/ranges", &[p, 2])?,
        new => new,
    };
    let ranges = tables.needed("parameters/val_ranges", ranges)?;
    let blocks = tables.words_of("parameters/lha_blocks", p)?.unwrap_or_default();
    let ids = tables.numbers_of("parameters/lha_ids", &[p])?.unwrap_or_default();
    let powers = max_powers(tables, p)?;
    let transforms = tables.words_of("parameters/transforms", p)?.unwrap_or_default();
    let parameter = |(i, name): (usize, String)| MorphedParameter {
        name,
        range: (ranges[2 * i], ranges[2 * i + 1]),
        max_power: powers[i],
        card: (
            blocks.get(i).cloned().unwrap_or_default(),
            ids.get(i).map_or(0, |id| *id as i64),
        ),
        transform: transforms.get(i).and_then(|transform| word(transform)),
    };
    Ok(names.into_iter().enumerate().map(parameter).collect())
}

/// Up to 0.8.3 one for each of several regions of the amplitude, of which the largest counts here; 0 where the file does not say.
fn max_powers(tables: &Tables, p: usize) -> Result<Vec<u32>> {
    const NAME: &str = "parameters/max_power";
    let Some(found) = tables.numbers(NAME)? else {
        return Ok(vec![0; p]);
    };
    let whole = found.values.iter().all(|power| *power == f64::from(*power as u32));
    if found.shape.first() != Some(&p) || found.values.len() % p != 0 || !whole {
        let what = format!(
            "has the shape {:?}: a power 0, 1, … is needed for each of {p} parameters",
            found.shape
        );
        return Err(tables.wrong(NAME, &what));
    }
    let regions = found.values.chunks((found.values.len() / p).max(1));
    let largest = |powers: &[f64]| powers.iter().fold(0, |most, power| most.max(*power as u32));
    let mut powers: Vec<u32> = regions.map(largest).collect();
    powers.resize(p, 0);
    Ok(powers)
}

fn benchmarks(tables: &Tables, p: usize) -> Result<Vec<Benchmark>> {
    let names = tables.needed("benchmarks/names", tables.words("benchmarks/names")?)?;
    let b = names.len();
    let values = tables.finite("benchmarks/values", &[b, p])?;
    let values = tables.needed("benchmarks/values", values)?;
    let flags = |name: &str| -> Result<Vec<bool>> {
        let flags = tables.numbers_of(name, &[b])?;
        Ok(flags.map_or(vec![false; b], |flags| flags.iter().map(|flag| *flag != 0.0).collect()))
    };
    let (is_nuisance, is_reference) = (flags("benchmarks/is_nuisance")?, flags("benchmarks/is_reference")?);
    let all = names.into_iter().enumerate().map(|(i, name)| Benchmark {
        name,
        theta: values[i * p..(i + 1) * p].to_vec(),
        is_nuisance: is_nuisance[i],
        is_reference: is_reference[i],
    });
    let all: Vec<Benchmark> = all.collect();
    match all.iter().any(|benchmark| !benchmark.is_nuisance) {
        true => Ok(all),
        false => Err(tables.wrong("benchmarks", "has no parameter point: there must be one")),
    }
}

/// One of the two data sets alone: the matrix follows from the components, but not the components from the matrix.
fn morphing(tables: &Tables, parameters: &[MorphedParameter], benchmarks: &[Benchmark]) -> Result<Option<Morphing>> {
    const COMPONENTS: &str = "morphing/components";
    const MATRIX: &str = "morphing/morphing_matrix";
    let Some(components) = tables.numbers(COMPONENTS)? else {
        return Ok(None);
    };
    let p = parameters.len();
    let powers: Vec<u32> = components.values.iter().map(|power| *power as u32).collect();
    let whole = components
        .values
        .iter()
        .zip(&powers)
        .all(|(value, power)| *value == f64::from(*power));
    let c = match components.shape[..] {
        [c, width] if width == p && c > 0 && whole => c,
        _ => {
            return Err(tables.wrong(
                COMPONENTS,
                &format!(
                    "has the shape {:?}: powers 0, 1, … of {p} parameters are needed for each component",
                    components.shape
                ),
            ));
        }
    };
    let components: Vec<Vec<u32>> = powers.chunks_exact(p).map(<[u32]>::to_vec).collect();
    let points: Vec<&[f64]> = benchmarks
        .iter()
        .filter(|benchmark| !benchmark.is_nuisance)
        .map(|benchmark| benchmark.theta.as_slice())
        .collect();
    if points.len() < c {
        return Err(tables.wrong(
            COMPONENTS,
            &format!(
                "has {c} components, and {} parameter points cannot fix them: weight events at {c} benchmarks or more, or set a morphing up with \
                 smaller powers",
                points.len()
            ),
        ));
    }
    let found = match tables.numbers(MATRIX)? {
        None => Morphing::of_bases(components, &points[..c]),
        Some(matrix) => match matrix.shape[..] {
            [rows, columns] if rows == c && columns > 0 && columns % c == 0 && columns <= points.len() => {
                Morphing::with_matrix(components, &points[..columns], matrix.values)
            }
            _ => {
                return Err(tables.wrong(
                    MATRIX,
                    &format!(
                        "has the shape {:?}: {c} rows are needed, and {c} columns for each basis of the {} parameter points",
                        matrix.shape,
                        points.len()
                    ),
                ));
            }
        },
    };
    found
        .map(Some)
        .map_err(|error| tables.wrong("morphing", &error.to_string()))
}

fn nuisances(tables: &Tables, benchmarks: &[Benchmark]) -> Result<Vec<NuisanceParameter>> {
    let names = tables.words("nuisance_parameters/names")?.unwrap_or_default();
    let k = names.len();
    if k == 0 {
        return Ok(Vec::new());
    }
    let column = |name: &str| tables.words_of(&format!("nuisance_parameters/{name}"), k);
    let positive = tables.needed("nuisance_parameters/benchmark_positive", column("benchmark_positive")?)?;
    let negative = column("benchmark_negative")?.unwrap_or_default();
    let systematic = column("systematics")?.unwrap_or_default();
    let find = |name: &str| find(tables, "nuisance_parameters", benchmarks, name);
    let all = names.into_iter().enumerate().map(|(i, name)| {
        let negative = negative.get(i).and_then(|name| word(name));
        Ok(NuisanceParameter {
            name,
            systematic: systematic.get(i).and_then(|name| word(name)),
            positive: find(&positive[i])?,
            negative: negative.map(|name| find(&name)).transpose()?,
        })
    });
    all.collect()
}

/// The benchmark that a group names.
pub(super) fn find(tables: &Tables, group: &str, benchmarks: &[Benchmark], name: &str) -> Result<usize> {
    let at = benchmarks.iter().position(|benchmark| benchmark.name == name);
    at.ok_or_else(|| tables.wrong(group, &format!("names a benchmark `{name}`, which does not exist")))
}

fn observables(tables: &Tables) -> Result<Vec<(String, Option<String>)>> {
    let names = tables.words("observables/names")?.unwrap_or_default();
    let definitions = tables
        .words_of("observables/definitions", names.len())?
        .unwrap_or_default();
    let all = names.into_iter().enumerate();
    let definition = |i: usize| definitions.get(i).and_then(|definition| word(definition));
    Ok(all.map(|(i, name)| (name, definition(i))).collect())
}
