"""Compares limits on workspaces that motherlode exports with those of pyhf, and the workspaces with pyhf's schema.

    python3 tests/python/pyhf_check.py MOTHERLODE FOLDER

MOTHERLODE is the program, FOLDER an empty one to work in. Needs the packages of `requirements.txt`.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy
import pyhf

TOLERANCE = 1e-3  # absolute for CLs, relative for upper limits: pyhf's own optimiser stops early
EVENTS = Path(__file__).parent.parent / "data" / "madminer" / "toy2d_v083.h5"
LUMINOSITY = "--luminosity 100"
# name, how the workspace is exported
CASES = [
    ("observable", f"export events.h5 --pyhf {LUMINOSITY} --observable m_jj --bins 5"),
    ("everything", f"export events.h5 --pyhf {LUMINOSITY} --observable pt_ll --bins 4 --background 0,0 --signal 0.5,-0.5 --inject 0.5"),
    ("score", f"export score.model --pyhf {LUMINOSITY} --score CWL2 --bins 5 --background 0,0"),
    ("ratio", f"export ratio.model --pyhf {LUMINOSITY} --bins 5 --background 0,0 --observed observed.h5"),
    ("simulator", "export higgsstrahlung-partons --pyhf --luminosity 100 --observable cos_theta_star --bins 8 --events 4000"),
]
TRAINING = "--steps 100 --hidden 10 --seed 3"


def motherlode(program, folder, arguments):
    done = subprocess.run([program, *arguments.split(), "--json"], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{arguments}: {done.stderr}")
    return json.loads(done.stdout)


def agree(what, found, expected, tolerance=TOLERANCE):
    error = float(numpy.max(numpy.abs(numpy.asarray(found, dtype=float) - numpy.asarray(expected, dtype=float))))
    if not error <= tolerance:
        sys.exit(f"{what}: {found}, and pyhf says {expected}")
    return error


def check(run, folder, name, export):
    run(f"{export} -o {name}.json")
    specification = json.loads((folder / f"{name}.json").read_text())
    pyhf.schema.validate(specification, "workspace.json")
    workspace = pyhf.Workspace(specification)
    model = workspace.model()
    data = workspace.data(model)
    first = run(f"limit {name}.json")
    strengths = [share * first["upper_limit"] for share in (0.25, 1.0, 2.0)]
    ours = run(f"limit {name}.json --test {','.join(map(str, strengths))}")
    worst = 0.0
    for mu, test in zip(strengths, ours["tests"]):
        observed, expected = pyhf.infer.hypotest(mu, data, model, test_stat="qtilde", return_expected_set=True)
        found = [test["cls"], *test["expected_cls"]]
        worst = max(worst, agree(f"{name}, CLs at {mu}", found, [observed, *expected]))
    at = strengths[1]
    observed, expected, _ = pyhf.infer.intervals.upper_limits.toms748_scan(
        data, model, 0.2 * at, 4.0 * at, rtol=1e-6, from_upper_limit_fn=True
    )
    ratios = numpy.array([ours["upper_limit"], *ours["expected_upper_limits"]]) / numpy.array([observed, *expected])
    limits = agree(f"{name}, upper limits over those of pyhf", ratios, numpy.ones(6))
    print(f"{name}: {model.config.npars} parameters, CLs within {worst:.1e}, upper limits within {limits:.1e}")


def check_templates(run, folder):
    """Templates with the factors of the second file add up to the signal at any parameters."""
    edges = "--edges=0,300,500,800,inf"
    export = f"export events.h5 --pyhf {LUMINOSITY} --observable m_jj {edges}"
    run(f"{export} --templates -o templates.json")
    run(f"{export} --signal 0.4,-0.7 -o signal.json")
    specification = json.loads((folder / "templates.json").read_text())
    pyhf.schema.validate(specification, "workspace.json")
    workspace = pyhf.Workspace(specification)
    model = workspace.model(poi_name=None)
    expected = model.expected_actualdata(model.config.suggested_init())
    worst = agree("templates at the reference", expected, specification["observations"][0]["data"], 1e-9)
    morphing = json.loads((folder / "templates.morphing.json").read_text())
    theta = numpy.array([0.4, -0.7])
    monomials = numpy.prod(theta ** numpy.array(morphing["components"]), axis=1)
    factors = dict(zip(morphing["factors"], monomials @ numpy.array(morphing["matrix"])))
    parameters = [factors.get(name, value) for name, value in zip(model.config.par_names, model.config.suggested_init())]
    signal = json.loads((folder / "signal.json").read_text())
    expected = [sample["data"] for sample in signal["channels"][0]["samples"] if sample["name"] == "signal"][0]
    worst = max(worst, agree("templates elsewhere", model.expected_actualdata(parameters), expected, 1e-9))
    print(f"templates: {len(factors)} factors, counts within {worst:.1e}")


if __name__ == "__main__":
    program, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-10, maxiter=100_000))
    (folder / "events.h5").write_bytes(EVENTS.read_bytes())
    run = lambda arguments: motherlode(program, folder, arguments)
    run("mine events.h5 -n 600 --seed 1 --reference 0,0,0,0 -o score.h5")
    run(f"train sally score.h5 -o score.model {TRAINING}")
    run("mine events.h5 -n 600 --seed 1 -o ratio.h5")
    run(f"train alices ratio.h5 -o ratio.model {TRAINING}")
    run("mine events.h5 -n 90 --seed 2 --reference 0.1,0,0,0 -o observed.h5")
    for name, export in CASES:
        check(run, folder, name, export)
    check_templates(run, folder)
