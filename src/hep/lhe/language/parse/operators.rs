//! Operators: arithmetic, comparisons, logic and conditional expressions.

use super::super::expression::{Choice, Comparison, Number, Particle};
use super::{Part, Reader, Rule, Value};
use motherlode_core::error::Result;

impl Reader<'_> {
    pub(super) fn choice(&self, part: Part) -> Result<Value> {
        let parts: Vec<Part> = part.into_inner().collect();
        match <[Part; 5]>::try_from(parts) {
            Ok([then, _, condition, _, otherwise]) => self.either(self.number(condition)?, then, otherwise),
            Err(parts) => self.first(parts),
        }
    }

    /// Applies an operator to two numbers, or to two particles.
    fn either(&self, condition: Number, then: Part, otherwise: Part) -> Result<Value> {
        let said = otherwise.clone();
        match (self.value(then)?, self.value(otherwise)?) {
            (Value::Number(then), Value::Number(otherwise)) => Ok(Value::Number(Number::If(Box::new(Choice {
                condition,
                then,
                otherwise,
            })))),
            (Value::Particle(then), Value::Particle(otherwise)) => {
                Ok(Value::Particle(Particle::If(Box::new(Choice {
                    condition,
                    then,
                    otherwise,
                }))))
            }
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

    pub(super) fn logical(&self, part: Part, join: fn(Box<Number>, Box<Number>) -> Number) -> Result<Value> {
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

    pub(super) fn negation(&self, part: Part) -> Result<Value> {
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

    pub(super) fn comparison(&self, part: Part) -> Result<Value> {
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
    pub(super) fn operations(&self, part: Part) -> Result<Value> {
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

    pub(super) fn signed(&self, part: Part) -> Result<Value> {
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

    pub(super) fn power(&self, part: Part) -> Result<Value> {
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
}
