//! Names: lists, particles, their properties, and functions.

use super::super::expression::{EventNumber, Number, Particle, Property, Relation};
use super::super::functions::{ONE_ARGUMENT, TWO_ARGUMENTS, one_argument, two_arguments};
use super::{Part, Reader, Rule, Value, suggestions};
use crate::lhe::List;
use motherlode_core::error::{Error, Result};

/// The particle as seen where another is at rest.
const BOOST: &str = "boostCM_of";

impl Reader<'_> {
    pub(super) fn postfix(&self, part: Part) -> Result<Value> {
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
            (Value::Particle(particle), None, Some(arguments)) => self.relation(particle, text, name, arguments),
            (Value::Particle(_), None, None) if suggestions::is_relation(name) || name == BOOST => Err(self.wrong(&format!(
                "asks for `{text}.{name}`, which needs another particle: write `{text}.{name}(q)` with, for example, `j[1]` for q"
            ))),
            (Value::Particle(_), Some(_), Some(_)) => Err(self.wrong(&format!(
                "has brackets after `{text}.{name}`, which is a number: leave them out"
            ))),
            (Value::Number(_) | Value::Properties(..), ..) => Err(self.wrong(&format!(
                "asks for `{text}.{name}`, and `{text}` is a number: only particles have properties"
            ))),
            _ => Err(self.no_property(text, name)),
        }
    }

    fn relation(&self, particle: Particle, text: &str, name: &str, arguments: Part) -> Result<Value> {
        let found = Relation::NAMES.iter().find(|(known, _)| *known == name);
        if found.is_none() && name != BOOST {
            return Err(self.no_property(text, name));
        }
        let mut arguments: Vec<Part> = arguments.into_inner().collect();
        let (Some(other), true) = (arguments.pop(), arguments.is_empty()) else {
            return Err(self.wrong(&format!(
                "needs one other particle in the brackets of `{text}.{name}( )`"
            )));
        };
        let (particle, other) = (Box::new(particle), Box::new(self.particle(other)?));
        Ok(match found {
            Some((_, relation)) => Value::Number(Number::Between(*relation, particle, other)),
            None => Value::Particle(Particle::AtRestOf(particle, other)),
        })
    }

    fn no_property(&self, text: &str, name: &str) -> Error {
        let properties = Property::NAMES.map(|(known, _)| known).join(" ");
        let relations = Relation::NAMES.map(|(known, _)| known).join("(q) ");
        let suggestion =
            suggestions::property(name).map_or(String::new(), |known| match suggestions::is_relation(known) {
                true => format!("; write `{text}.{known}(q)`, with another particle q"),
                false => format!("; write `{text}.{known}`"),
            });
        self.wrong(&format!(
            "asks for `{text}.{name}`, and there is no such property{suggestion}. A particle has {properties}, and together with another one, q, \
             {relations}(q) {BOOST}(q)"
        ))
    }

    pub(super) fn name(&self, name: &str) -> Result<Value> {
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
            _ => return Err(self.unknown(name)),
        })
    }

    fn unknown(&self, name: &str) -> Error {
        if let Some(list) = suggestions::member(name) {
            return self.wrong(&format!(
                "names `{name}`: the particles of the list `{list}` are `{list}[0]`, `{list}[1]`, …, that of the largest pT first"
            ));
        }
        let lists = List::ALL.map(|(_, known)| known).join(" ");
        self.wrong(&format!(
            "names `{name}`, which is neither an observable defined before nor one of {lists} met visible scale alpha_qed alpha_qcd \
             n_particles pi"
        ))
    }

    pub(super) fn call(&self, part: Part) -> Result<Value> {
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
        if List::named(name).is_some() {
            return Err(self.wrong(&format!(
                "has round brackets after the list `{name}`: its particles are `{name}[0]`, `{name}[1]`, …"
            )));
        }
        if let (None, None, Some(known)) = (one, two, suggestions::property(name)) {
            let with = if suggestions::is_relation(known) { "(j[1])" } else { "" };
            return Err(self.wrong(&format!(
                "calls `{name}`, which belongs to a particle: write, for example, `j[0].{known}{with}`"
            )));
        }
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
