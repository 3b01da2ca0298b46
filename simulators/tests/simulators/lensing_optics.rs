//! Lenses: distances, halos, deflections and the camera, against integrals done by others.

use motherlode_simulators::lensing::camera::{Camera, lensed_light, sky_counts, source_counts, spread};
use motherlode_simulators::lensing::cosmology::Cosmology;
use motherlode_simulators::lensing::deflection::{Deflector, Subhalo};
use motherlode_simulators::lensing::host::Host;
use motherlode_simulators::lensing::nfw::{Halo, projected_mass};
use motherlode_simulators::lensing::sky::{CELL, CELLS, PIXEL, PIXELS, cell_centre};

use crate::known::DIGITS;
use crate::tolerance::close;

/// A host of median redshift and mean velocity dispersion.
fn host() -> Host {
    Host::new(10f64.powf(-0.25), 225.0, &Cosmology::default())
}

fn relative(found: f64, expected: f64) -> bool {
    close(found / expected, 1.0, DIGITS)
}

// scipy 1.x: `quad` of 1/E(z) to 1e-13, the same constants.
#[test]
fn distances_are_those_of_adaptive_quadrature() {
    let cosmology = Cosmology::default();
    for (z, expected) in [
        (0.056, 244.600_493_862_465_3),
        (0.562_341_325_190_349_1, 2_152.449_609_750_324),
        (1.0, 3_398.993_398_753_688),
        (1.5, 4_484.255_890_490_104),
    ] {
        let found = cosmology.comoving_distance(z);
        assert!(relative(found, expected), "{found} is not {expected}");
    }
    // Matter alone: 2 c/H₀ (1 − 1/√(1 + z)).
    let found = Cosmology::new(70.0, 1.0).comoving_distance(1.2);
    assert!(
        relative(found, 2.0 * 299_792.458 / 70.0 * (1.0 - 2.2f64.powf(-0.5))),
        "{found}"
    );
}

// scipy 1.x: masses in cylinders as double integrals of the density 1/(r (1 + r)²), to 1e-9.
#[test]
fn projected_masses_are_integrals_of_the_density() {
    for (x, expected) in [
        (1e-3, 3.550_453_861_361_65e-6),
        (0.03, 0.001_665_966_574_864_431),
        (0.5, 0.134_397_631_482_002_07),
        (1.0, 0.306_852_819_440_054_7),
        (3.0, 0.840_674_983_791_716_2),
        (40.0, 3.034_389_198_778_647),
    ] {
        let found = projected_mass(x);
        assert!(close(found / expected, 1.0, 1e-8), "{found} is not {expected} at {x}");
    }
    // Where the series takes over from the closed form.
    let step = projected_mass(1e-3 * (1.0 - 1e-9)) / projected_mass(1e-3 * (1.0 + 1e-9));
    assert!((step - 1.0).abs() < 1e-8, "{step}");
}

// numpy: the polynomial of Sánchez-Conde and Prada, and r₂₀₀/c.
#[test]
fn halos_have_their_concentrations() {
    for (mass, concentration, scale_radius) in [
        (1e7, 17.989_480_798_937_61, 0.000_252_505_943_795_349_9),
        (1e9, 13.571_570_446_955_878, 0.001_553_555_583_023_926_7),
        (1e12, 7.992_010_542_782_356, 0.026_381_583_114_041_457),
        (2e13, 6.223_109_896_041_034, 0.091_965_745_604_956_28),
    ] {
        let halo = Halo::new(mass, &Cosmology::default());
        assert!(relative(halo.concentration, concentration), "{}", halo.concentration);
        assert!(relative(halo.scale_radius, scale_radius), "{}", halo.scale_radius);
    }
}

// numpy and scipy, independent code.
#[test]
fn host_has_its_einstein_radius_and_mass() {
    let host = host();
    assert!(relative(host.sight_line.lens, 1_377.707_659_040_561));
    assert!(relative(host.sight_line.source, 1_793.702_356_196_041_8));
    assert!(relative(host.sight_line.between, 932.722_512_295_912_2));
    assert!(relative(
        host.sight_line.critical_surface_density(),
        2_321_193_254_569_212.5
    ));
    assert!(relative(host.einstein_radius, 0.759_207_881_608_211_3));
    assert!(relative(host.halo.mass, 2.068_212_521_002_406e13));
    assert!(relative(host.mass_in_region(), 2.671_910_311_853_682e11));
}

/// The deflection by one subhalo in the middle of a cell, in the cell that is `steps` further, and how far that is.
fn deflection(field: &[[f64; 2]], steps: usize) -> (f64, f64) {
    let middle = CELLS / 2;
    (field[middle * CELLS + middle + steps][0], steps as f64 * CELL)
}

// scipy 1.x: 4 G M(R)/(c² R) D_ls/D_s with the mass in the cylinder integrated numerically, at 0.3″, 0.05″, 1″ and 0.7″.
#[test]
fn subhalos_deflect_by_the_mass_within() {
    let (deflector, host) = (Deflector::default(), host());
    let centre = cell_centre(CELLS / 2);
    for (mass, steps, expected) in [
        (1e7, 6, 8.014_412_753_335_38e-5),
        (1e9, 1, 0.001_454_615_959_252_892_2),
        (1e9, 20, 0.001_907_981_775_853_767_7),
        (1e11, 14, 0.036_440_820_593_893_58),
    ] {
        let subhalo = Subhalo::new(mass, [centre; 2], &host.sight_line, &Cosmology::default());
        let (exact, _) = deflection(&deflector.field_by_cells(&[subhalo]), steps);
        assert!(
            (exact / expected - 1.0).abs() < 1e-4,
            "{exact} is not {expected}: the table has four digits"
        );
        let (fast, _) = deflection(&deflector.field(&[subhalo]), steps);
        assert!(
            (fast - expected).abs() < 1e-4,
            "{fast} is not {expected}: a thousandth of a pixel is allowed"
        );
    }
}

#[test] // one at a time, everywhere: in a corner, on the edge, outside; from light to heavy
fn coarse_lattice_keeps_to_a_thousandth_of_a_pixel() {
    let (deflector, host) = (Deflector::default(), host());
    for mass in [1e7, 1e8, 1e9, 1e10, 2e11] {
        for at in [[0.013, -0.021], [3.59, -3.6], [0.21, 1.2], [-4.1, 0.7], [0.9, 7.0]] {
            let subhalo = [Subhalo::new(mass, at, &host.sight_line, &Cosmology::default())];
            let (fast, exact) = (deflector.field(&subhalo), deflector.field_by_cells(&subhalo));
            let worst = fast
                .iter()
                .zip(&exact)
                .map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]))
                .fold(0.0, f64::max);
            assert!(worst < 1e-4, "{mass:e} M☉ at {at:?}: {worst}");
        }
    }
}

/// The light of an unlensed source at `at`, cell by cell.
fn unlensed(at: [f64; 2]) -> Vec<f64> {
    let no_lens = Host {
        einstein_radius: 0.0,
        ..host()
    };
    lensed_light(&no_lens, &vec![[0.0; 2]; CELLS * CELLS], at)
}

#[test]
fn flux_is_conserved() {
    for at in [[0.0, 0.0], [0.025, 0.025], [0.01, 0.04], [-0.7, 1.1]] {
        let light = unlensed(at);
        let cells = light.iter().sum::<f64>();
        assert!(
            (cells / source_counts() - 1.0).abs() < 3e-3,
            "{}",
            cells / source_counts()
        );
        let pixels: f64 = Camera::default()
            .expose(&light)
            .iter()
            .map(|counts| counts - sky_counts())
            .sum();
        assert!(close(pixels / cells, 1.0, 1e-6), "{pixels} in pixels, {cells} in cells");
    }
    // 10^(0.4 · 2.5) counts a second for 1610 s; 12.02 counts a second and square arcsecond.
    assert!(relative(source_counts(), 16_100.0));
    assert!((sky_counts() - 193.565).abs() < 1e-3);
}

/// Sum of the counts above the sky, and their variance about the middle in the direction of the rows, in arcsec².
fn spread_of(image: &[f64]) -> (f64, f64) {
    let pixels = image.iter().enumerate().map(|(index, counts)| {
        let x = ((index % PIXELS) as f64 + 0.5 - 0.5 * PIXELS as f64) * PIXEL;
        (counts - sky_counts(), x)
    });
    let total: f64 = pixels.clone().map(|(counts, _)| counts).sum();
    let mean = pixels.clone().map(|(counts, x)| counts * x).sum::<f64>() / total;
    let square = pixels.map(|(counts, x)| counts * (x - mean).powi(2)).sum::<f64>() / total;
    (total, square)
}

#[test] // FWHM 0.18″ is σ = 0.0764″; pixels add a twelfth of their square on average over where the point is in its pixel
fn point_is_spread_by_a_gaussian_of_the_right_width() {
    assert!((spread() - 0.076_439_7).abs() < 1e-6);
    let variances = [0, 1].map(|cell| {
        let mut light = vec![0.0; CELLS * CELLS];
        light[CELLS / 2 * CELLS + CELLS / 2 + cell] = 1e6;
        spread_of(&Camera::default().expose(&light)).1
    });
    let found = 0.5 * (variances[0] + variances[1]);
    let expected = spread().powi(2) + PIXEL * PIXEL / 12.0;
    assert!((found / expected - 1.0).abs() < 2e-3, "{found} is not {expected}");
}

#[test] // a source right behind an isothermal sphere is a ring of radius θ_E
fn ring_has_the_einstein_radius() {
    for dispersion in [150.0, 225.0, 300.0] {
        let host = Host::new(0.5, dispersion, &Cosmology::default());
        let light = lensed_light(&host, &vec![[0.0; 2]; CELLS * CELLS], [0.0, 0.0]);
        let row = &light[CELLS / 2 * CELLS + CELLS / 2..][..CELLS / 2];
        let brightest = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
        let radius = cell_centre(CELLS / 2 + brightest).hypot(cell_centre(CELLS / 2));
        assert!(
            (radius - host.einstein_radius).abs() <= 0.5 * CELL,
            "{radius}, {}",
            host.einstein_radius
        );
    }
}
