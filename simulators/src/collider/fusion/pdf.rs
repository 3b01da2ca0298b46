//! Densities of quarks in the proton.
//!
//! A fit to NNPDF2.3 LO (α_s = 0.130), four flavours, at the fixed scale m_W, for 10⁻⁴ < x < 0.9:
//! x f(x) = (1 − x)^b exp(Σ c_n T_n(t)), t = 2 √(ln x/ln 10⁻⁴) − 1, with Chebyshev polynomials T_n. Up and down quarks are
//! within 0.2 % of the original for x < 0.6, antiquarks within 4 % for x < 0.4.
//!
//! # Source
//! Ball et al. (NNPDF) 2013, arXiv:1207.1303.

/// The range of x.
pub const RANGE: (f64, f64) = (1e-4, 0.9);

/// One flavour.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    /// b.
    power: f64,
    /// c_n.
    coefficients: [f64; 10],
}

/// u quarks.
const UP: Fit = Fit {
    power: 3.5,
    coefficients: [
        0.280_476_6,
        0.279_270_7,
        0.484_753_5,
        0.240_395_1,
        0.092_306_63,
        -0.174_291_5,
        0.066_539_59,
        -0.027_271_98,
        0.022_094_82,
        -0.007_285_103,
    ],
};
/// d quarks.
const DOWN: Fit = Fit {
    power: 4.0,
    coefficients: [
        -0.001_349_687,
        0.495_119_9,
        0.726_937_2,
        0.009_193_405,
        0.109_434_9,
        -0.085_369_6,
        -0.040_579_73,
        0.059_809_13,
        -0.020_591_7,
        0.000_861_819_7,
    ],
};
/// ū antiquarks.
const ANTI_UP: Fit = Fit {
    power: 7.0,
    coefficients: [
        2.045_616,
        -3.822_577,
        4.641_349,
        -2.122_139,
        0.412_656_7,
        0.404_607_3,
        -0.592_617_6,
        0.501_900_5,
        -0.295_561,
        0.105_936_6,
    ],
};
/// d̄ antiquarks.
const ANTI_DOWN: Fit = Fit {
    power: 7.0,
    coefficients: [
        1.753_727,
        -3.149_934,
        3.927_27,
        -1.595_495,
        0.079_377_03,
        0.682_091_8,
        -0.825_970_5,
        0.620_421_5,
        -0.314_491_2,
        0.096_348_46,
    ],
};
/// s quarks, and as many s̄.
const STRANGE: Fit = Fit {
    power: 7.0,
    coefficients: [
        1.325_295,
        -2.959_295,
        4.106_047,
        -1.660_336,
        0.285_887_7,
        0.179_165_4,
        -0.228_020_7,
        0.179_902_1,
        -0.106_315_1,
        0.037_873_79,
    ],
};
/// c quarks, and as many c̄.
const CHARM: Fit = Fit {
    power: 7.0,
    coefficients: [
        7.762_112,
        -15.943_37,
        16.551_97,
        -12.662_18,
        9.026_514,
        -5.897_975,
        3.329_323,
        -1.493_129,
        0.472_485_5,
        -0.082_161_93,
    ],
};

/// Densities at one x, by the type of a line: both generations together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Densities {
    /// x (u + c), x (d + s), x (ū + c̄), x (d̄ + s̄).
    pub by_type: [f64; 4],
}

/// The densities at `x`, at scale m_W.
pub fn densities(x: f64) -> Densities {
    let chebyshev = chebyshev(x);
    let log = (1.0 - x).ln();
    let one = |fit: &Fit| {
        let sum: f64 = fit.coefficients.iter().zip(&chebyshev).map(|(c, t)| c * t).sum();
        (fit.power * log + sum).exp()
    };
    let [strange, charm] = [one(&STRANGE), one(&CHARM)];
    Densities {
        by_type: [
            one(&UP) + charm,
            one(&DOWN) + strange,
            one(&ANTI_UP) + charm,
            one(&ANTI_DOWN) + strange,
        ],
    }
}

/// T_0 to T_9 at the mapped x.
fn chebyshev(x: f64) -> [f64; 10] {
    let t = 2.0 * (x.ln() / RANGE.0.ln()).sqrt() - 1.0;
    let mut values = [1.0; 10];
    values[1] = t;
    for n in 2..values.len() {
        values[n] = 2.0 * t * values[n - 1] - values[n - 2];
    }
    values
}
