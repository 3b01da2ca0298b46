//! Priors in words.

use super::Prior;
use crate::format::point;

/// Largest number of points that are printed one by one.
const FEW_POINTS: usize = 8;

impl std::fmt::Display for Prior {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Box { edges } => write!(f, "uniform in {edges}"),
            Self::Gaussian { mean, sd } => write!(
                f,
                "normal with means {} and standard deviations {}",
                point(mean),
                point(sd)
            ),
            Self::Independent { marginals } => listed(f, marginals, ", "),
            Self::Correlated(normal) => normal.fmt(f),
            Self::Product { parts } => listed(f, parts, ", "),
            Self::Mixture { weights, parts } => {
                let total: f64 = weights.iter().sum();
                for (i, (weight, part)) in weights.iter().zip(parts).enumerate() {
                    let and = if i > 0 { " or " } else { "" };
                    write!(f, "{and}with probability {:.3} {part}", weight / total)?;
                }
                Ok(())
            }
            Self::Truncated { prior, edges } => write!(f, "{prior}, cut off at {edges}"),
            Self::Own(own) => write!(f, "drawn from the prior `{}`", own.name()),
            Self::Points { points, .. } if points.len() <= FEW_POINTS => {
                let each: Vec<String> = points.iter().map(|theta| point(theta)).collect();
                write!(f, "one of {}", each.join(", "))
            }
            Self::Points {
                points,
                drawn_from: Some(prior),
            } => write!(f, "one of {} points that were drawn {prior}", points.len()),
            Self::Points { points, .. } => {
                write!(f, "one of {} points", points.len())?;
                let bulk = self.bulk(points.first().map_or(0, Vec::len));
                bulk.map_or(Ok(()), |bulk| write!(f, " in {bulk}"))
            }
        }
    }
}

fn listed(f: &mut std::fmt::Formatter<'_>, parts: &[impl std::fmt::Display], between: &str) -> std::fmt::Result {
    let each: Vec<String> = parts.iter().map(ToString::to_string).collect();
    f.write_str(&each.join(between))
}
