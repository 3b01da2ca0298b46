//! Builds a formula from the pairs that the grammar has found.

mod members;
mod operators;
mod suggestions;

use pest::Parser;
use pest::iterators::Pair;

use super::expression::{Expression, Number, Particle, Property};
use crate::lhe::List;
use motherlode_core::error::{Error, Result};

/// The parser that follows from the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "lhe/language/grammar.pest"]
struct Grammar;

/// No formula is longer, in letters, or deeper, in brackets.
const LONGEST: usize = 4096;
const DEEPEST: usize = 32;

impl Expression {
    /// Reads a formula; `observables` are those that were defined before, and may be named.
    ///
    /// # Errors
    /// If it is no formula, or knows a word that there is not: says the place, and what there is.
    pub fn parse(text: &str, observables: &[String]) -> Result<Self> {
        let reader = Reader { text, observables };
        reader.check_size()?;
        let mut parsed = Grammar::parse(Rule::expression, text).map_err(|error| reader.misspelt(&error))?;
        let whole = parsed.next().and_then(|pair| pair.into_inner().next());
        let whole = whole.ok_or_else(|| reader.wrong("is empty"))?;
        Ok(Self {
            text: text.to_owned(),
            formula: reader.number(whole)?,
        })
    }
}

/// Value of a part of a formula.
enum Value {
    Number(Number),
    Particle(Particle),
    List(List),
    /// A property of all particles of a list.
    Properties(Property, List),
}

impl Value {
    fn is(&self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Particle(_) => "a particle",
            Self::List(_) => "a list of particles",
            Self::Properties(..) => "a list of numbers",
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    observables: &'a [String],
}

type Part<'a> = Pair<'a, Rule>;

impl Reader<'_> {
    fn wrong(&self, what: &str) -> Error {
        Error::usage(format!("the expression `{}` {what}", self.text))
    }

    /// A reader that descends into brackets within brackets must know where to stop.
    fn check_size(&self) -> Result<()> {
        let mut depth = 0usize;
        let deepest = self.text.bytes().map(|byte| {
            match byte {
                b'(' | b'[' => depth += 1,
                b')' | b']' => depth = depth.saturating_sub(1),
                _ => (),
            }
            depth
        });
        let deepest = deepest.max().unwrap_or(0);
        // Signs, negations, powers and choices nest without brackets.
        let nesting = ["not", "-", "+", "**", "else"].map(|word| self.text.matches(word).count());
        match self.text.len() > LONGEST || deepest > DEEPEST || nesting.iter().any(|n| *n > 8 * DEEPEST) {
            false => Ok(()),
            true => Err(Error::usage(format!(
                "an expression has {} letters and {deepest} brackets within brackets: {LONGEST} and {DEEPEST} are the most; define a part \
                 of it as an observable of its own",
                self.text.len()
            ))),
        }
    }

    fn misspelt(&self, error: &pest::error::Error<Rule>) -> Error {
        let column = match error.line_col {
            pest::error::LineColLocation::Pos((_, column)) | pest::error::LineColLocation::Span((_, column), _) => {
                column
            }
        };
        let rest: String = self.text.chars().skip(column - 1).take(20).collect();
        match (rest.is_empty(), suggestions::by_sign(&rest)) {
            (true, _) if self.text.contains(" if ") && !self.text.contains(" else ") => {
                self.wrong("ends too early: after `if` an `else` is needed, as in `1 if l[0].pt > 20 else 0`")
            }
            (true, _) => self.wrong("ends too early: a number, a particle or a bracket is missing"),
            (false, suggestion) => self.wrong(&format!(
                "cannot be understood from `{rest}` on (letter {column}){}",
                suggestion.map_or(String::new(), |suggestion| format!(": {suggestion}"))
            )),
        }
    }

    fn number(&self, part: Part) -> Result<Number> {
        let text = part.as_str().trim().to_owned();
        match self.value(part)? {
            Value::Number(number) => Ok(number),
            Value::Particle(_) => Err(self.wrong(&format!(
                "needs a number, and `{text}` is a particle: say which of its properties, as in `{text}.pt`"
            ))),
            Value::List(_) => Err(self.wrong(&format!(
                "needs a number, and `{text}` is a list of particles: take one, as in `{text}[0].pt`, or count them, as in `len({text})`"
            ))),
            Value::Properties(..) => Err(self.wrong(&format!(
                "needs a number, and `{text}` has one for each particle: add them up, as in `sum({text})`"
            ))),
        }
    }

    fn particle(&self, part: Part) -> Result<Particle> {
        let text = part.as_str().trim().to_owned();
        match self.value(part)? {
            Value::Particle(particle) => Ok(particle),
            Value::List(_) => Err(self.wrong(&format!(
                "needs a particle, and `{text}` is a list of particles: take one, as in `{text}[0]`"
            ))),
            other => Err(self.wrong(&format!("needs a particle, as `j[1]`, and `{text}` is {}", other.is()))),
        }
    }

    fn value(&self, part: Part) -> Result<Value> {
        match part.as_rule() {
            Rule::choice => self.choice(part),
            Rule::either => self.logical(part, Number::Or),
            Rule::both => self.logical(part, Number::And),
            Rule::negation => self.negation(part),
            Rule::comparison => self.comparison(part),
            Rule::sum | Rule::product => self.operations(part),
            Rule::signed => self.signed(part),
            Rule::power => self.power(part),
            Rule::postfix => self.postfix(part),
            Rule::atom => self.only(part),
            Rule::number => match part.as_str().parse() {
                Ok(value) => Ok(Value::Number(Number::Constant(value))),
                Err(_) => Err(self.wrong(&format!("has `{}` for a number", part.as_str()))),
            },
            Rule::call => self.call(part),
            Rule::name => self.name(part.as_str()),
            _ => Err(self.wrong(&format!("has `{}` where a value is needed", part.as_str()))),
        }
    }

    fn only(&self, part: Part) -> Result<Value> {
        let inner = part.into_inner().next();
        self.value(inner.ok_or_else(|| self.wrong("has empty brackets"))?)
    }
}
