"""Writes what pyhf says of a few HistFactory workspaces to `tests/data/pyhf/`, for the tests of our own likelihood.

    python3 tests/python/pyhf_reference.py [WORKSPACE.json …]

Without arguments it makes its own workspaces; a workspace that is named is copied, and pyhf's answers for it are added. Every file
holds `workspace` and, under `expected`, for a few values of the parameters the expected counts and the log density; the best fit; CLs,
observed and expected, for a few signal strengths; and the upper limits at 95 %. Needs `pyhf` (recorded with 0.7.6).

The fits of pyhf are those of SciPy's SLSQP, with its tolerance lowered until the results no longer change in six digits.
"""

import json
import sys
from pathlib import Path

import numpy
import pyhf

FOLDER = Path(__file__).parent.parent / "data" / "pyhf"
OPTIONS = pyhf.optimize.scipy_optimizer(tolerance=1e-13, maxiter=100_000)


def of_model(model, observed, poi="mu"):
    """A workspace of one of pyhf's own models."""
    return {
        "channels": model.spec["channels"],
        "observations": [{"name": model.config.channels[0], "data": observed}],
        "measurements": [{"name": "measurement", "config": {"poi": poi, "parameters": []}}],
        "version": "1.0.0",
    }


def modifier(kind, name, data=None):
    return {"type": kind, "name": name, "data": data}


def many_modifiers():
    """Two channels with all kinds of modifiers but shapefactor, partly shared; one bin without a statistical error."""
    signal_region = {
        "name": "signal region",
        "samples": [
            {
                "name": "signal",
                "data": [1.5, 4.0, 6.5],
                "modifiers": [
                    modifier("normfactor", "mu"),
                    modifier("lumi", "lumi"),
                    modifier("normsys", "efficiency", {"hi": 1.07, "lo": 0.94}),
                    modifier("staterror", "mc signal region", [0.3, 0.5, 0.0]),
                ],
            },
            {
                "name": "background",
                "data": [30.0, 18.0, 7.0],
                "modifiers": [
                    modifier("lumi", "lumi"),
                    modifier("histosys", "scale", {"hi_data": [33.0, 18.5, 6.2], "lo_data": [28.5, 17.0, 7.4]}),
                    modifier("normsys", "scale", {"hi": 1.12, "lo": 0.91}),
                    modifier("normsys", "efficiency", {"hi": 1.04, "lo": 0.97}),
                    modifier("staterror", "mc signal region", [1.2, 0.9, 0.0]),
                ],
            },
            {
                "name": "fakes",
                "data": [4.0, 3.0, 0.0],
                "modifiers": [modifier("shapesys", "fake rate", [1.0, 1.2, 0.0])],
            },
        ],
    }
    control_region = {
        "name": "control region",
        "samples": [
            {
                "name": "background",
                "data": [120.0, 80.0],
                "modifiers": [
                    modifier("lumi", "lumi"),
                    modifier("histosys", "scale", {"hi_data": [131.0, 82.0], "lo_data": [113.0, 78.0]}),
                    modifier("staterror", "mc control region", [4.0, 3.0]),
                ],
            }
        ],
    }
    lumi = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.025], "bounds": [[0.9, 1.1]], "inits": [1.0]}
    return {
        "channels": [signal_region, control_region],
        "observations": [
            {"name": "control region", "data": [125.0, 77.0]},
            {"name": "signal region", "data": [36.0, 24.0, 11.0]},
        ],
        "measurements": [{"name": "measurement", "config": {"poi": "mu", "parameters": [lumi]}}],
        "version": "1.0.0",
    }


def data_driven():
    """A background whose shape is free, and measured in a control region."""
    free = modifier("shapefactor", "shape")
    channels = [
        {
            "name": "control region",
            "samples": [{"name": "background", "data": [100.0, 60.0, 20.0], "modifiers": [free]}],
        },
        {
            "name": "signal region",
            "samples": [
                {"name": "background", "data": [50.0, 30.0, 10.0], "modifiers": [free]},
                {"name": "signal", "data": [2.0, 5.0, 9.0], "modifiers": [modifier("normfactor", "strength")]},
            ],
        },
    ]
    wide = {"name": "strength", "bounds": [[0.0, 30.0]], "inits": [2.0]}
    return {
        "channels": channels,
        "observations": [
            {"name": "control region", "data": [104.0, 52.0, 23.0]},
            {"name": "signal region", "data": [48.0, 31.0, 9.0]},
        ],
        "measurements": [
            {"name": "measurement", "config": {"poi": "strength", "parameters": [wide]}},
        ],
        "version": "1.0.0",
    }


def own():
    simple = pyhf.simplemodels
    uncorrelated = simple.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    correlated = simple.correlated_background([12.0, 11.0], [50.0, 52.0], [45.0, 57.0], [54.0, 47.0])
    few = simple.uncorrelated_background([3.0, 1.0, 0.2], [0.5, 2.0, 6.0], [0.2, 0.5, 1.0])
    return {
        "uncorrelated_background": of_model(uncorrelated, [51.0, 48.0]),
        "uncorrelated_excess": of_model(uncorrelated, [67.0, 60.0]),
        "correlated_background": of_model(correlated, [50.0, 58.0]),
        "few_events": of_model(few, [0.0, 3.0, 5.0]),
        "many_modifiers": many_modifiers(),
        "data_driven": data_driven(),
    }


def points(model, n=4):
    """Values of all parameters: the suggested ones, and some around them on both sides."""
    random = numpy.random.default_rng(1)
    start, bounds = numpy.array(model.config.suggested_init()), numpy.array(model.config.suggested_bounds())
    fixed = numpy.array(model.config.suggested_fixed())
    yield start
    for _ in range(n):
        width = numpy.where(bounds[:, 0] < -1, 1.5, 0.2 * start)
        moved = start + width * random.normal(size=start.size)
        yield numpy.where(fixed, start, numpy.clip(moved, bounds[:, 0], bounds[:, 1]))


def answers(workspace):
    pyhf.set_backend("numpy", OPTIONS)
    workspace = pyhf.Workspace(workspace)
    model = workspace.model()
    data = numpy.array(workspace.data(model))
    # Our bins are in the order of the file, those of pyhf in that of the names of the channels.
    bins = {name: model.config.channel_slices[name] for name in model.config.channels}
    order = [channel["name"] for channel in workspace["channels"]]

    def point(values):
        expected = model.expected_actualdata(values)
        return {
            "parameters": dict(zip(model.config.par_names, map(float, values))),
            "counts": [float(count) for name in order for count in expected[bins[name]]],
            "log_density": float(numpy.ravel(model.logpdf(values, data))[0]),
        }

    poi = model.config.poi_index
    best, twice_nll = pyhf.infer.mle.fit(data, model, return_fitted_val=True)
    observed, expected, _ = pyhf.infer.intervals.upper_limits.toms748_scan(
        data, model, 1e-3, 5.0, rtol=1e-9, from_upper_limit_fn=True
    )
    strengths = [share * float(observed) for share in (0.3, 0.7, 1.0, 1.5, 2.5)]
    tests = []
    for mu in strengths:
        cls, band = pyhf.infer.hypotest(mu, data, model, test_stat="qtilde", return_expected_set=True)
        tests.append({"mu": mu, "observed": float(cls), "expected": [float(value) for value in band]})
    return {
        "points": [point(values) for values in points(model)],
        "best_fit": {"mu": float(best[poi]), "log_density": -0.5 * float(numpy.ravel(twice_nll)[0])},
        "cls": tests,
        "upper_limit": {"observed": float(observed), "expected": [float(value) for value in expected]},
    }


if __name__ == "__main__":
    given = {Path(path).stem: json.loads(Path(path).read_text()) for path in sys.argv[1:]}
    for name, workspace in (given or own()).items():
        record = {"pyhf": pyhf.__version__, "workspace": workspace, "expected": answers(workspace)}
        (FOLDER / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
        print(name, record["expected"]["best_fit"], record["expected"]["upper_limit"])
