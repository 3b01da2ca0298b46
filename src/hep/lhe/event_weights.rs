//! The weights that an event has beside its first.

use std::collections::HashMap;

use super::Run;
use super::lines::{number, words};
use super::tags::Element;
use motherlode_core::error::listed;
use motherlode_core::format::exact;

/// Kinds of weights; hundreds are common.
const MOST_WEIGHTS: usize = 100_000;

/// Reads the weights of events, and counts which of them have which.
#[derive(Debug)]
pub(super) struct EventWeights {
    /// Names that were declared, and then others in the order in which they came.
    pub(super) names: Vec<String>,
    places: HashMap<Vec<u8>, usize>,
    n_declared: usize,
    /// Number of events that have each weight, in the order of `names`.
    n_given: Vec<u64>,
    n_events: u64,
    /// Number of events with a list that belongs to no declarations, beside weights with names.
    n_unassigned: u64,
}

impl EventWeights {
    /// Before the first event of a run.
    pub(super) fn new(run: &Run) -> Self {
        let mut all = Self {
            names: Vec::new(),
            places: HashMap::new(),
            n_declared: 0,
            n_given: Vec::new(),
            n_events: 0,
            n_unassigned: 0,
        };
        run.weights().take(MOST_WEIGHTS).for_each(|weight| {
            all.find(weight.id.as_bytes());
        });
        all.n_declared = all.names.len();
        all
    }

    /// Reads what follows the particles of an event: `<wgt id="…">`, `<weight name="…">`, or a list `<weights>` in the order of the
    /// declarations. A weight that the event does not have is no number.
    ///
    /// # Errors
    /// Says what is wrong, as the end of a sentence about the event.
    pub(super) fn read(&mut self, mut tail: &[u8], weights: &mut Vec<f64>) -> Result<(), String> {
        weights.clear();
        weights.resize(self.names.len(), f64::NAN);
        let (mut expected, mut list) = (0, None);
        while let Some(element) = Element::next(&mut tail) {
            match element.name {
                b"wgt" | b"weight" => {
                    let name = element.attribute(b"id").or_else(|| element.attribute(b"name"));
                    let name = name.as_deref().unwrap_or(b"unnamed");
                    let at = self.expect(expected, name);
                    self.set(weights, at, element.content.trim_ascii())?;
                    expected = at + 1;
                }
                b"weights" => list = Some(element.content),
                _ => (),
            }
        }
        if let Some(list) = list {
            self.read_list(list, expected > 0, weights)?;
        }
        self.n_events += 1;
        self.n_given.resize(self.names.len(), 0);
        let given = self.n_given.iter_mut().zip(&*weights);
        given.for_each(|(n, weight)| *n += u64::from(!weight.is_nan()));
        Ok(())
    }

    /// A list without names: those that were declared, or numbers from 1 on where none are.
    fn read_list(&mut self, content: &[u8], has_named: bool, weights: &mut Vec<f64>) -> Result<(), String> {
        let n = words(content).count();
        if n != self.n_declared && has_named {
            self.n_unassigned += 1;
            return Ok(());
        }
        if self.n_declared > 0 && n != self.n_declared {
            return Err(format!(
                "whose list has {n} weights, and <initrwgt> declares {} ({}): which is which is not known",
                self.n_declared,
                listed(&self.names[..self.n_declared])
            ));
        }
        for (i, word) in words(content).enumerate() {
            let at = match self.n_declared {
                0 => self.expect(i, (i + 1).to_string().as_bytes()),
                _ => i,
            };
            self.set(weights, at, word)?;
        }
        Ok(())
    }

    fn set(&self, weights: &mut Vec<f64>, at: usize, word: &[u8]) -> Result<(), String> {
        if at >= MOST_WEIGHTS {
            return Err("with too many kinds of weights".into());
        }
        if at >= weights.len() {
            weights.resize(at + 1, f64::NAN);
        }
        let name = &self.names[at];
        let value = number(word).ok_or_else(|| {
            let text = String::from_utf8_lossy(word);
            format!(
                "which has the weight `{}` of the name `{name}`: it must be a finite number",
                text.trim()
            )
        })?;
        match weights[at].is_nan() || weights[at] == value {
            true => weights[at] = value,
            false => {
                return Err(format!(
                    "which has the weight `{name}` twice, {} and {value}: which is meant is not known",
                    weights[at],
                    value = exact(value)
                ));
            }
        }
        Ok(())
    }

    /// Notes on weights that were declared and not given, or given and not declared, or that some events lack.
    pub(super) fn notes(&self) -> Vec<String> {
        let counted = || self.names.iter().zip(&self.n_given).enumerate();
        let names = |of: &dyn Fn(usize, u64) -> bool| -> Vec<String> {
            let found = counted().filter(|(i, (_, n))| of(*i, **n));
            found.map(|(_, (name, _))| name.clone()).collect()
        };
        let mut notes = Vec::new();
        if self.n_events == 0 {
            return notes;
        }
        let never = names(&|i, n| i < self.n_declared && n == 0);
        if !never.is_empty() {
            notes.push(format!("no event has the declared weights {}", listed(&never)));
        }
        let undeclared = names(&|i, n| i >= self.n_declared && self.n_declared > 0 && n > 0);
        if !undeclared.is_empty() {
            notes.push(format!(
                "events have weights that are not declared: {}",
                listed(&undeclared)
            ));
        }
        if self.n_unassigned > 0 {
            notes.push(format!(
                "{} events have a list <weights> beside their weights with names, of another length than the declarations: it was left out",
                self.n_unassigned
            ));
        }
        let lacking = names(&|_, n| n > 0 && n < self.n_events);
        if !lacking.is_empty() {
            let fewest = self.n_given.iter().filter(|n| **n > 0).min().copied().unwrap_or(0);
            notes.push(format!(
                "up to {} of {} events lack the weights {}",
                self.n_events - fewest,
                self.n_events,
                listed(&lacking)
            ));
        }
        notes
    }

    /// Position of a name, which is added if it is new.
    fn find(&mut self, name: &[u8]) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.names.push(String::from_utf8_lossy(name).into_owned());
        self.places.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }

    /// Position of a name that is probably at `place`: all events usually have the same weights in the same order.
    fn expect(&mut self, place: usize, name: &[u8]) -> usize {
        match self
            .names
            .get(place)
            .is_some_and(|expected| expected.as_bytes() == name)
        {
            true => place,
            false => self.find(name),
        }
    }
}
