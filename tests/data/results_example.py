"""Writes results_example.json: a made-up study, for the tests of the report.

No network was trained for it. The errors follow power laws of about the size that these methods have on the Galton
board, with log-normal scatter over the seeds; the exact log ratios and scores are those of the Galton board, from the
dynamic programme below; estimates are the exact answers plus smooth noise of the size of the error; events are drawn
from the board with their joint quantities. The seed is fixed: `python3 results_example.py > results_example.json`.
"""

import json
import numpy as np

rng = np.random.default_rng(20180530)
ROWS, NAILS, START = 20, 31, 15
THETA0, THETA1, THETA_REF = -0.8, -0.6, -0.7
BINS = np.arange(START - 10, START + 11)
TILT = np.sin(np.pi * np.arange(ROWS) / (ROWS - 1))
BUDGETS = [200, 500, 1000, 2000, 5000, 10000, 20000]
SEEDS = [1, 2, 3]
#          prior error at 1000 events, power of n, floor
METHODS = {
    "carl": (0.070, 0.80, 0.0),
    "rolr": (0.0105, 0.95, 4e-4),
    "alice": (0.0065, 1.10, 1e-4),
    "cascal": (0.028, 0.75, 1e-3),
    "rascal": (0.0042, 0.75, 2e-4),
    "alices": (0.0036, 1.00, 1e-4),
    "sally": (0.0100, 0.60, 5e-3),
}


def left(row, column, theta):
    sigmoid = 1 / (1 + np.exp(-10 * theta * (2 * column / (NAILS - 1) - 1)))
    return sigmoid * TILT[row] + 0.5 * (1 - TILT[row])


def log_density(theta):
    reach = np.zeros(NAILS + 2)
    reach[START] = 1
    for row in range(ROWS):
        below = np.zeros_like(reach)
        for column in np.flatnonzero(reach):
            p = left(row, column, theta)
            below[column - row % 2] += reach[column] * p
            below[column + 1 - row % 2] += reach[column] * (1 - p)
        reach = below
    return np.log(reach[BINS])


def score(theta, h=1e-5):
    return (log_density(theta + h) - log_density(theta - h)) / (2 * h)


def event(theta):
    column, ratio, slope, h = START, 0.0, 0.0, 1e-6
    for row in range(ROWS):
        def log_p(t, goes_left):
            p = left(row, column, t)
            return np.log(p if goes_left else 1 - p)
        goes_left = rng.random() < left(row, column, theta)
        ratio += log_p(THETA0, goes_left) - log_p(THETA1, goes_left)
        slope += (log_p(THETA0 + h, goes_left) - log_p(THETA0 - h, goes_left)) / (2 * h)
        column += (0 if goes_left else 1) - row % 2
    return column, ratio, slope


def short(value):
    return float(f"{value:.4g}")


def shorts(values):
    return [short(v) for v in values]


def wiggle(size):
    """A smooth function of the bin with mean square `size`, larger where events are rare."""
    u = np.linspace(-1, 1, len(BINS))
    shape = sum(rng.normal() * np.cos(k * np.pi * u + rng.uniform(0, 6)) / k for k in range(1, 6)) * (0.6 + 1.6 * u**2)
    return shape * np.sqrt(size / np.average(shape**2, weights=np.exp(log_density(THETA1))))


def curve(method, n):
    steps = np.arange(500, 10001, 500)
    floor = {"carl": 0.684, "alice": 0.6847, "cascal": 0.78, "alices": 0.785, "sally": 0.95}.get(method, 0.045)
    fall = 0.4 * floor * 1e-1 * np.exp(-steps / 1500)
    overfit = floor * 2e-3 * (steps / 10000) ** 2 * (5 if method == "carl" else 1)
    noise = floor * 1e-3
    train = floor + fall - 0.5 * overfit + noise * rng.normal(size=len(steps))
    validation = floor + fall + overfit + noise * rng.normal(size=len(steps))
    return {"step": steps.tolist(), "train": shorts(train), "validation": shorts(validation)}


runs = []
for method, (at_1000, power, floor) in METHODS.items():
    for n in BUDGETS:
        for seed in SEEDS:
            prior = (at_1000 * (n / 1000) ** -power + floor) * np.exp(0.25 * rng.normal())
            shown = n == BUDGETS[-1] and seed == SEEDS[0]
            c = curve(method, n) if shown else {"step": [], "train": [], "validation": []}
            best = int(c["step"][int(np.argmin(c["validation"]))]) if shown else 8000
            runs.append({
                "simulator": "galton", "method": method, "n_events": n, "seed": seed,
                "mse_log_ratio": short(0.85 * prior * np.exp(0.2 * rng.normal())),
                "mse_log_ratio_prior": short(prior),
                "mse_score": short((9 if method not in ("cascal", "rascal", "alices", "sally") else 2.5)
                                   * prior * np.exp(0.2 * rng.normal())),
                "train_seconds": short(8 * np.exp(0.1 * rng.normal())),
                "steps": 10000, "best_step": best, "curve": c,
            })

exact, exact_score, exact_ref = log_density(THETA0) - log_density(THETA1), score(THETA0), score(THETA_REF)
last = {m: [r for r in runs if r["method"] == m and r["n_events"] == BUDGETS[-1]] for m in METHODS}
events = [event(theta) for _ in range(150) for theta in (THETA0, THETA1)]
base = {m: exact_ref if m == "sally" else exact_score for m in METHODS}
results = {
    "format_version": 1, "crate_version": "0.1.0", "simulator": "galton",
    "about": "a ball falls through 20 rows of nails whose tilt depends on θ; the bin is observed",
    "parameters": ["theta"], "observables": ["bin"], "truth": "dynamic programme over the columns",
    "theta0": [THETA0], "theta1": [THETA1], "theta_ref": [THETA_REF], "prior": [[-1.0, -0.4]],
    "settings": {"network": "3 × 100 tanh", "optimiser": "Adam 1e-3 → 1e-5", "batch size": "128", "steps": "10000",
                 "provenance": "synthetic: no network was trained, see results_example.py"},
    "trivial_pair": 0.0632, "trivial_prior": 0.0746, "label_noise_pair": 0.0362, "label_noise_prior": 0.0481,
    "trivial_score": 1.41, "seconds": 1234.0, "runs": runs,
    "showcase": {
        "n_events": BUDGETS[-1], "x": [[float(b)] for b in BINS], "exact_log_ratio": shorts(exact),
        "exact_score": [[short(t)] for t in exact_score], "exact_score_ref": [[short(t)] for t in exact_ref],
        "log_ratio": {m: [shorts(exact + wiggle(r["mse_log_ratio"])) for r in last[m]] for m in METHODS},
        "score": {m: [[short(t)] for t in base[m] + wiggle(last[m][0]["mse_score"])] for m in METHODS},
        "event_x": [[float(e[0])] for e in events], "event_joint_log_ratio": shorts(e[1] for e in events),
        "event_joint_score": [[short(e[2])] for e in events],
    },
}
print(json.dumps(results, ensure_ascii=False, separators=(",", ":")).replace('{"simulator"', '\n{"simulator"'))
