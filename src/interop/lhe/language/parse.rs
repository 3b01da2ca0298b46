//! From words to a formula.

use pest::Parser;
use pest::iterators::Pair;

use super::super::objects::List;
use super::expression::{Comparison, EventNumber, Expression, Number, Particle, Property, Relation};
use super::functions::{ONE_ARGUMENT, TWO_ARGUMENTS, one_argument, two_arguments};
use crate::error::{Error, Result};

/// The parser that follows from the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "interop/lhe/language/grammar.pest"]
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

/// What a part of a formula may be.
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
        match rest.is_empty() {
            true => self.wrong("ends too early: a number, a particle or a bracket is missing"),
            false => self.wrong(&format!("cannot be understood from `{rest}` on (letter {column})")),
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
            other => Err(self.wrong(&format!("needs a particle, and `{text}` is {}", other.is()))),
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
            other => Err(self.wrong(&format!("has {other:?} where a value is needed"))),
        }
    }

    fn only(&self, part: Part) -> Result<Value> {
        let inner = part.into_inner().next();
        self.value(inner.ok_or_else(|| self.wrong("has empty brackets"))?)
    }

    fn choice(&self, part: Part) -> Result<Value> {
        let parts: Vec<Part> = part.into_inner().collect();
        match <[Part; 5]>::try_from(parts) {
            Ok([then, _, condition, _, otherwise]) => self.either(self.boxed(condition)?, then, otherwise),
            Err(parts) => self.first(parts),
        }
    }

    /// Of two numbers, or of two particles.
    fn either(&self, condition: Box<Number>, then: Part, otherwise: Part) -> Result<Value> {
        let said = otherwise.clone();
        match (self.value(then)?, self.value(otherwise)?) {
            (Value::Number(then), Value::Number(otherwise)) => Ok(Value::Number(Number::If {
                condition,
                then: Box::new(then),
                otherwise: Box::new(otherwise),
            })),
            (Value::Particle(then), Value::Particle(otherwise)) => Ok(Value::Particle(Particle::If {
                condition,
                then: Box::new(then),
                otherwise: Box::new(otherwise),
            })),
            (a, b) => Err(self.wrong(&format!(
                "is {} or else `{}`, {}: both must be numbers, or both particles",
                a.is(),
                said.as_str().trim(),
                b.is()
            ))),
        }
    }

    fn boxed(&self, part: Part) -> Result<Box<Number>> {
        self.number(part).map(Box::new)
    }

    fn first(&self, parts: Vec<Part>) -> Result<Value> {
        let first = parts.into_iter().next();
        self.value(first.ok_or_else(|| self.wrong("has nothing where a value is needed"))?)
    }

    fn logical(&self, part: Part, join: fn(Box<Number>, Box<Number>) -> Number) -> Result<Value> {
        let parts: Vec<Part> = part
            .into_inner()
            .filter(|part| !matches!(part.as_rule(), Rule::or | Rule::and))
            .collect();
        if parts.len() == 1 {
            return self.first(parts);
        }
        let mut numbers = parts
            .into_iter()
            .map(|part| self.number(part))
            .collect::<Result<Vec<_>>>()?
            .into_iter();
        let joined = numbers
            .next()
            .map(|first| numbers.fold(first, |a, b| join(Box::new(a), Box::new(b))));
        joined
            .map(Value::Number)
            .ok_or_else(|| self.wrong("has nothing where a value is needed"))
    }

    fn negation(&self, part: Part) -> Result<Value> {
        let (nots, rest): (Vec<Part>, Vec<Part>) = part.into_inner().partition(|part| part.as_rule() == Rule::not);
        if nots.is_empty() {
            return self.first(rest);
        }
        let mut value = match self.first(rest)? {
            Value::Number(number) => number,
            other => return Err(self.wrong(&format!("negates {}: only numbers and comparisons can be", other.is()))),
        };
        for _ in nots {
            value = Number::Not(Box::new(value));
        }
        Ok(Value::Number(value))
    }

    fn comparison(&self, part: Part) -> Result<Value> {
        let mut parts: Vec<Part> = part.into_inner().collect();
        if parts.len() == 1 {
            return self.first(parts);
        }
        let rest = parts.split_off(1);
        let first = match self.first(parts)? {
            Value::Number(number) => number,
            other => return Err(self.wrong(&format!("compares {}: only numbers can be", other.is()))),
        };
        let mut rest = rest.into_iter();
        let mut compared = Vec::new();
        while let (Some(sign), Some(right)) = (rest.next(), rest.next()) {
            let comparison = match sign.as_str() {
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                ">" => Comparison::Greater,
                ">=" => Comparison::GreaterOrEqual,
                "==" => Comparison::Equal,
                _ => Comparison::Unequal,
            };
            compared.push((comparison, self.number(right)?));
        }
        Ok(Value::Number(Number::Compare(Box::new(first), compared)))
    }

    /// Sums and products, from the left to the right.
    fn operations(&self, part: Part) -> Result<Value> {
        let mut parts = part.into_inner();
        let first = parts
            .next()
            .ok_or_else(|| self.wrong("has nothing where a value is needed"))?;
        let mut value = self.value(first)?;
        while let (Some(sign), Some(right)) = (parts.next(), parts.next()) {
            value = self.operation(value, sign.as_str(), self.value(right)?)?;
        }
        Ok(value)
    }

    fn operation(&self, a: Value, sign: &str, b: Value) -> Result<Value> {
        match (a, sign, b) {
            (Value::Particle(a), "+", Value::Particle(b)) => {
                Ok(Value::Particle(Particle::Together(Box::new(a), Box::new(b))))
            }
            (Value::Particle(a), "-", Value::Particle(b)) => {
                Ok(Value::Particle(Particle::Without(Box::new(a), Box::new(b))))
            }
            (Value::Number(a), sign, Value::Number(b)) => {
                let function: fn(f64, f64) -> f64 = match sign {
                    "+" => |a, b| a + b,
                    "-" => |a, b| a - b,
                    "*" => |a, b| a * b,
                    "/" => |a, b| a / b,
                    "//" => |a, b| (a / b).floor(),
                    // The sign is that of the divisor, as in Python.
                    _ => |a, b| a - b * (a / b).floor(),
                };
                Ok(Value::Number(Number::Call2(function, Box::new(a), Box::new(b))))
            }
            (a, sign, b) => Err(self.wrong(&format!("has {} {sign} {}, which means nothing", a.is(), b.is()))),
        }
    }

    fn signed(&self, part: Part) -> Result<Value> {
        let (signs, rest): (Vec<Part>, Vec<Part>) =
            part.into_inner().partition(|part| part.as_rule() == Rule::plus_minus);
        let is_negative = signs.iter().filter(|sign| sign.as_str() == "-").count() % 2 == 1;
        match self.first(rest)? {
            // A constant remains one: `j[-1]`.
            Value::Number(Number::Constant(value)) if is_negative => Ok(Value::Number(Number::Constant(-value))),
            Value::Number(number) if is_negative => Ok(Value::Number(Number::Call1(|value| -value, Box::new(number)))),
            value if signs.is_empty() => Ok(value),
            Value::Number(number) => Ok(Value::Number(number)),
            other => Err(self.wrong(&format!("gives {} a sign: only numbers can have one", other.is()))),
        }
    }

    fn power(&self, part: Part) -> Result<Value> {
        let parts: Vec<Part> = part.into_inner().collect();
        match <[Part; 2]>::try_from(parts) {
            Ok([base, power]) => Ok(Value::Number(Number::Call2(
                f64::powf,
                self.boxed(base)?,
                self.boxed(power)?,
            ))),
            Err(parts) => self.first(parts),
        }
    }

    fn postfix(&self, part: Part) -> Result<Value> {
        let mut parts = part.into_inner();
        let first = parts
            .next()
            .ok_or_else(|| self.wrong("has nothing where a value is needed"))?;
        let mut text = first.as_str().trim().to_owned();
        let mut value = self.value(first)?;
        for step in parts {
            let said = step.as_str().trim().to_owned();
            value = match step.as_rule() {
                Rule::index => self.index(value, &text, step)?,
                _ => self.member(value, &text, step)?,
            };
            text.push_str(&said);
        }
        Ok(value)
    }

    fn index(&self, value: Value, text: &str, step: Part) -> Result<Value> {
        let Value::List(list) = value else {
            return Err(self.wrong(&format!("takes one of `{text}`, which is {}", value.is())));
        };
        match self.only(step)? {
            Value::Number(Number::Constant(i)) if i.fract() == 0.0 && i.abs() < 1e6 => {
                Ok(Value::Particle(Particle::Member(list, i as i64)))
            }
            _ => Err(self.wrong(&format!(
                "takes one of `{text}` by what is no whole number: say `{text}[0]` for the first"
            ))),
        }
    }

    fn member(&self, value: Value, text: &str, step: Part) -> Result<Value> {
        let mut parts = step.into_inner();
        let name = parts.next().map_or("", |name| name.as_str());
        let arguments = parts.next();
        let property = Property::NAMES.iter().find(|(known, _)| *known == name);
        match (value, property, arguments) {
            (Value::Particle(particle), Some((_, property)), None) => {
                Ok(Value::Number(Number::Of(*property, Box::new(particle))))
            }
            (Value::List(list), Some((_, property)), None) => Ok(Value::Properties(*property, list)),
            (Value::Particle(particle), None, Some(arguments)) => self.relation(particle, name, arguments),
            (Value::Particle(_), Some(_), Some(_)) => Err(self.wrong(&format!(
                "has brackets after `{text}.{name}`, which is a number: leave them out"
            ))),
            (Value::Number(_) | Value::Properties(..), ..) => Err(self.wrong(&format!(
                "asks `{text}` for `.{name}`, and only particles have properties"
            ))),
            _ => Err(self.no_property(text, name)),
        }
    }

    fn relation(&self, particle: Particle, name: &str, arguments: Part) -> Result<Value> {
        let mut arguments: Vec<Part> = arguments.into_inner().collect();
        let (Some(other), true) = (arguments.pop(), arguments.is_empty()) else {
            return Err(self.wrong(&format!("needs one particle in the brackets of `{name}`")));
        };
        let (particle, other) = (Box::new(particle), Box::new(self.particle(other)?));
        if name == "boostCM_of" {
            return Ok(Value::Particle(Particle::AtRestOf(particle, other)));
        }
        let found = Relation::NAMES.iter().find(|(known, _)| *known == name);
        let (_, relation) = found.ok_or_else(|| self.no_property("a particle", name))?;
        Ok(Value::Number(Number::Between(*relation, particle, other)))
    }

    fn no_property(&self, text: &str, name: &str) -> Error {
        let properties = Property::NAMES.map(|(known, _)| known).join(" ");
        let relations = Relation::NAMES.map(|(known, _)| known).join("(q) ");
        self.wrong(&format!(
            "asks `{text}` for `.{name}`: a particle has {properties} {relations}(q) boostCM_of(q)"
        ))
    }

    fn name(&self, name: &str) -> Result<Value> {
        if let Some(i) = self.observables.iter().position(|observable| observable == name) {
            return Ok(Value::Number(Number::Observable(i)));
        }
        if let Some(list) = List::named(name) {
            return Ok(Value::List(list));
        }
        Ok(match name {
            "met" => Value::Particle(Particle::Missing),
            "visible" => Value::Particle(Particle::Visible),
            "scale" => Value::Number(Number::Event(EventNumber::Scale)),
            "alpha_qed" => Value::Number(Number::Event(EventNumber::AlphaQed)),
            "alpha_qcd" => Value::Number(Number::Event(EventNumber::AlphaQcd)),
            "n_particles" => Value::Number(Number::Event(EventNumber::Particles)),
            "pi" => Value::Number(Number::Constant(std::f64::consts::PI)),
            "True" => Value::Number(Number::Constant(1.0)),
            "False" => Value::Number(Number::Constant(0.0)),
            _ => {
                let lists = List::ALL.map(|(_, known)| known).join(" ");
                return Err(self.wrong(&format!(
                    "names `{name}`, which is neither an observable defined before nor one of {lists} met visible scale alpha_qed \
                     alpha_qcd n_particles pi"
                )));
            }
        })
    }

    fn call(&self, part: Part) -> Result<Value> {
        let mut parts = part.into_inner();
        let name = parts.next().map_or("", |name| name.as_str());
        let arguments: Vec<Part> = parts
            .next()
            .map(|arguments| arguments.into_inner().collect())
            .unwrap_or_default();
        let values = arguments
            .into_iter()
            .map(|argument| self.value(argument))
            .collect::<Result<Vec<_>>>()?;
        match (name, values.as_slice()) {
            ("len" | "sum", [of]) => self.of_list(name, of),
            ("len" | "sum", _) => Err(self.wrong(&format!("needs one list in the brackets of `{name}`"))),
            _ => self.function(name, values),
        }
    }

    fn of_list(&self, name: &str, of: &Value) -> Result<Value> {
        match (name, of) {
            ("len", Value::List(list)) => Ok(Value::Number(Number::Count(*list))),
            ("sum", Value::List(list)) => Ok(Value::Particle(Particle::Sum(*list))),
            ("sum", Value::Properties(property, list)) => Ok(Value::Number(Number::SumOf(*property, *list))),
            _ => Err(self.wrong(&format!("takes the {name} of {}, and only lists have one", of.is()))),
        }
    }

    fn function(&self, name: &str, values: Vec<Value>) -> Result<Value> {
        let (one, two) = (one_argument(name), two_arguments(name));
        if one.is_none() && two.is_none() {
            return Err(self.wrong(&format!(
                "calls `{name}`, and there are {} {} len sum",
                ONE_ARGUMENT.map(|(known, _)| known).join(" "),
                TWO_ARGUMENTS.map(|(known, _)| known).join(" ")
            )));
        }
        let n = values.len();
        let mut numbers = Vec::new();
        for value in values {
            match value {
                Value::Number(number) => numbers.push(Box::new(number)),
                other => return Err(self.wrong(&format!("gives `{name}` {}, and it needs numbers", other.is()))),
            }
        }
        let is_for_many = ["min", "max"].contains(&name);
        let mut numbers = numbers.into_iter();
        match (one, two, numbers.next(), numbers.next()) {
            (Some(function), _, Some(a), None) => Ok(Value::Number(Number::Call1(function, a))),
            (_, Some(function), Some(a), Some(b)) if n == 2 || is_for_many => {
                let first = Number::Call2(function, a, b);
                let join = |value, next| Number::Call2(function, Box::new(value), next);
                Ok(Value::Number(numbers.fold(first, join)))
            }
            _ => Err(self.wrong(&format!("gives `{name}` {n} numbers, which is not what it needs"))),
        }
    }
}
