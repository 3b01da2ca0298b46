//! Draws lenses as the camera sees them, expected and counted, to an SVG file: `cargo run --release -p motherlode-simulators
//! --example lensing_image FILE`.
//!
//! A column for each share of mass in subhalos, of one host and one source: above the expected counts, in the middle what the
//! subhalos change, below the counts.

use std::fmt::Write as _;

use motherlode_core::trace::density::{Poisson, PowerLaw};
use motherlode_core::trace::{Density, Stream, stream};
use motherlode_simulators::Lensing;
use motherlode_simulators::lensing::camera::sky_counts;
use motherlode_simulators::lensing::cosmology::Cosmology;
use motherlode_simulators::lensing::deflection::Subhalo;
use motherlode_simulators::lensing::host::Host;
use motherlode_simulators::lensing::sky::PIXELS;
use rand::RngExt;

const SIDE: f64 = 4.0;
const FRAME: f64 = SIDE * PIXELS as f64 + 8.0;
const LEAST_MASS: f64 = 1e7;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("name the SVG file to write")?;
    let lensing = Lensing::default();
    let cosmology = Cosmology::default();
    let host = Host::new(0.5, 270.0, &cosmology);
    let source = [0.08, 0.05];
    let smooth = lensing.expected_image(&host, &[], source);
    let brightest = smooth.iter().copied().fold(0.0, f64::max);
    let mut picture = String::new();
    for (column, fraction) in [0.0, 0.05, 0.2].into_iter().enumerate() {
        let mut rng = stream(3, column as u64, 0);
        let subhalos = subhalos(fraction, &host, &cosmology, &mut rng)?;
        let expected = lensing.expected_image(&host, &subhalos, source);
        let counts = expected
            .iter()
            .map(|&mean| Ok(Density::<f64>::sample(&Poisson::new(mean)?, &mut rng) as f64));
        let counts = counts.collect::<Result<Vec<f64>, Failure>>()?;
        let tone = |counts: f64| ((counts - 0.5 * sky_counts()) / brightest).clamp(0.0, 1.0).sqrt();
        let grey = |value: f64| [value, value, value];
        let change = |(a, b): (&f64, &f64)| two_colours((a - b) / (0.15 * brightest));
        let rows: [Vec<[f64; 3]>; 3] = [
            expected.iter().map(|&counts| grey(tone(counts))).collect(),
            expected.iter().zip(&smooth).map(change).collect(),
            counts.iter().map(|&counts| grey(tone(counts))).collect(),
        ];
        for (row, pixels) in rows.iter().enumerate() {
            draw(&mut picture, [column as f64 * FRAME, row as f64 * FRAME], pixels);
        }
        println!(
            "f_sub = {fraction}: {} subhalos, {:.0} counts",
            subhalos.len(),
            counts.iter().sum::<f64>()
        );
    }
    let size = 3.0 * FRAME;
    std::fs::write(
        path,
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\">\n{picture}</svg>\n"),
    )?;
    Ok(())
}

/// A population with β = −1.9: its number and masses as the simulator draws them.
fn subhalos(fraction: f64, host: &Host, cosmology: &Cosmology, rng: &mut Stream) -> Result<Vec<Subhalo>, Failure> {
    let largest = host.largest_subhalo() / LEAST_MASS;
    let integral = |power: f64| (largest.powf(power) - 1.0) / power;
    let expected = fraction * host.mass_in_region() / LEAST_MASS * integral(-0.9) / integral(0.1);
    let n = Density::<f64>::sample(&Poisson::new(expected)?, rng);
    let masses = PowerLaw::new(-1.9, 1.0, largest)?;
    let mut one = || {
        let (radius, angle) = (
            host.region() * rng.random::<f64>().sqrt(),
            std::f64::consts::TAU * rng.random::<f64>(),
        );
        let mass = LEAST_MASS * masses.sample(rng);
        Subhalo::new(
            mass,
            [radius * angle.cos(), radius * angle.sin()],
            &host.sight_line,
            cosmology,
        )
    };
    Ok((0..n).map(|_| one()).collect())
}

/// From blue over white to red.
fn two_colours(value: f64) -> [f64; 3] {
    let fade = 1.0 - value.abs().min(1.0);
    if value > 0.0 {
        [1.0, fade, fade]
    } else {
        [fade, fade, 1.0]
    }
}

fn draw(picture: &mut String, [left, top]: [f64; 2], pixels: &[[f64; 3]]) {
    for (index, colour) in pixels.iter().enumerate() {
        let [x, y] = [
            left + SIDE * (index % PIXELS) as f64,
            top + SIDE * (index / PIXELS) as f64,
        ];
        let [r, g, b] = colour.map(|part| (255.0 * part).round() as u8);
        let _ = writeln!(
            picture, // writing to a string cannot fail
            "<rect x=\"{x}\" y=\"{y}\" width=\"{SIDE}\" height=\"{SIDE}\" fill=\"#{r:02x}{g:02x}{b:02x}\"/>"
        );
    }
}
