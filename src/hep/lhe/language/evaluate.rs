//! The value of a formula in an event.

use super::super::objects::{List, Object, Objects};
use super::expression::{Choice, EventNumber, Expression, Number, Particle, Property, Relation};

impl Expression {
    /// The value in an event, where `observables` are those that were defined before; none where it is undefined.
    pub fn value(&self, objects: &Objects, observables: &[Option<f64>]) -> Option<f64> {
        self.formula.value(&In { objects, observables })
    }
}

struct In<'a> {
    objects: &'a Objects,
    observables: &'a [Option<f64>],
}

fn truth(value: f64) -> bool {
    value != 0.0
}

fn number(value: bool) -> f64 {
    f64::from(u8::from(value))
}

impl Number {
    fn value(&self, event: &In) -> Option<f64> {
        let value = match self {
            Self::Constant(value) => *value,
            Self::Observable(i) => (*event.observables.get(*i)?)?,
            Self::Event(which) => match which {
                EventNumber::Scale => event.objects.scale,
                EventNumber::AlphaQed => event.objects.alpha_qed,
                EventNumber::AlphaQcd => event.objects.alpha_qcd,
                EventNumber::Particles => event.objects.list(List::Truth).len() as f64,
            },
            Self::Count(list) => event.objects.list(*list).len() as f64,
            Self::Of(property, particle) => property.of(&particle.object(event)?)?,
            Self::Between(relation, a, b) => relation.of(&a.object(event)?, &b.object(event)?),
            Self::SumOf(property, list) => {
                let values = event.objects.list(*list).iter().map(|object| property.of(object));
                values.sum::<Option<f64>>()?
            }
            Self::Call1(function, a) => function(a.value(event)?),
            Self::Call2(function, a, b) => function(a.value(event)?, b.value(event)?),
            Self::Compare(first, rest) => {
                let mut left = first.value(event)?;
                for (comparison, right) in rest {
                    let right = right.value(event)?;
                    if !comparison.holds(left, right) {
                        return Some(0.0);
                    }
                    left = right;
                }
                1.0
            }
            Self::And(a, b) => match a.value(event)? {
                no if !truth(no) => no,
                _ => b.value(event)?,
            },
            Self::Or(a, b) => match a.value(event)? {
                yes if truth(yes) => yes,
                _ => b.value(event)?,
            },
            Self::Not(a) => number(!truth(a.value(event)?)),
            Self::If(choice) => choice.chosen(event)?.value(event)?,
        };
        Some(value).filter(|value| value.is_finite())
    }
}

impl Particle {
    fn object(&self, event: &In) -> Option<Object> {
        let objects = event.objects;
        Some(match self {
            Self::Member(list, i) => {
                let list = objects.list(*list);
                let at = if *i < 0 { *i + list.len() as i64 } else { *i };
                *list.get(usize::try_from(at).ok()?)?
            }
            Self::Missing => objects.met,
            Self::Visible => objects.visible,
            Self::Sum(list) => {
                let (first, rest) = objects.list(*list).split_first()?;
                rest.iter().fold(*first, |sum, object| sum.with(object))
            }
            Self::If(choice) => choice.chosen(event)?.object(event)?,
            Self::Together(a, b) => a.object(event)?.with(&b.object(event)?),
            Self::Without(a, b) => a.object(event)?.without(&b.object(event)?),
            Self::AtRestOf(a, b) => {
                let object = a.object(event)?;
                Object {
                    momentum: object.momentum.at_rest_of(&b.object(event)?.momentum)?,
                    ..object
                }
            }
        })
    }
}

impl<T> Choice<T> {
    fn chosen(&self, event: &In) -> Option<&T> {
        match truth(self.condition.value(event)?) {
            true => Some(&self.then),
            false => Some(&self.otherwise),
        }
    }
}

impl Property {
    fn of(self, object: &Object) -> Option<f64> {
        let p = &object.momentum;
        Some(match self {
            Self::Pt => p.pt(),
            Self::Phi => p.phi(),
            Self::Eta => p.eta(),
            Self::Theta => p.theta(),
            Self::CosTheta => p.pz / p.p2().sqrt(),
            Self::Rapidity => p.rapidity(),
            Self::E => p.e,
            Self::Px => p.px,
            Self::Py => p.py,
            Self::Pz => p.pz,
            Self::P => p.p2().sqrt(),
            Self::M => p.m(),
            Self::Mt => p.mt(),
            Self::Et => p.e * p.pt() / p.p2().sqrt(),
            Self::Beta => p.p2().sqrt() / p.e,
            Self::Gamma => p.e / p.m(),
            Self::Charge => object.charge?,
            Self::PdgId => f64::from(object.id?),
            Self::Spin => object.spin?,
            Self::BTag => number(object.tags.b),
            Self::TTag => number(object.tags.t),
            Self::TauTag => number(object.tags.tau),
        })
    }
}

impl Relation {
    fn of(self, a: &Object, b: &Object) -> f64 {
        let (a, b) = (&a.momentum, &b.momentum);
        match self {
            Self::DeltaPhi => a.delta_phi(b),
            Self::DeltaEta => a.delta_eta(b),
            Self::DeltaR => a.delta_r(b),
            Self::DeltaAngle => a.delta_angle(b),
            Self::Dot => a.dot(b),
        }
    }
}
