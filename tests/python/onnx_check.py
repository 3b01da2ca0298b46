"""Evaluates exported networks with ONNX Runtime and compares them with `motherlode evaluate`.

    python3 tests/python/onnx_check.py MOTHERLODE FOLDER

MOTHERLODE is the program, FOLDER an empty one to work in. Needs the packages `onnx`, `onnxruntime` and `numpy`; without them it
says so and ends with success.
"""

import csv
import subprocess
import sys
from pathlib import Path

try:
    import numpy
    import onnx
    import onnxruntime
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(0)

TOLERANCE = 1e-5  # absolute, and relative where answers are larger than 1: both sides compute in f32
TEN0, TEN1 = ",".join(["0.2"] * 10), ",".join(["0"] * 10)
STEPS = "--steps 60 --hidden 12,12 --seed 3"
# How the cases of these names are calibrated. Steep curves would magnify the rounding of single precision.
CALIBRATED = {
    "calibrated": "histogram",
    "calibrated-ensemble": "expectation",
    "calibrated-antisymmetric": "expectation",
    "calibrated-density": "histogram",
}
# name, how the events are mined, method, further settings, θ0 and θ1
CASES = [
    ("alices", "mine projectile -n 600 --seed 1", "alices", "", "12.1,0.64", "12,0.63"),
    ("quadratic", "mine interference -n 600 --seed 1", "alices", "--head quadratic", "0.5", "0"),
    ("antisymmetric", "mine galton -n 600 --seed 1", "alices", "--head antisymmetric", "-0.8", "-0.6"),
    ("tanh", "mine galton -n 600 --seed 1", "cascal", "--activation tanh", "-0.8", "-0.6"),
    ("pair", "mine galton -n 600 --seed 1 --theta0 -0.8 --theta1 -0.6", "alice", "", "-0.8", "-0.6"),
    ("sally", "mine higgsstrahlung -n 600 --seed 1 --reference 0,0", "sally", "", None, None),
    ("anywhere", "mine galton -n 600 --seed 1", "sally", "", "-0.8", None),
    ("ensemble", "mine galton -n 600 --seed 1", "alices", "--members 3", "-0.8", "-0.6"),
    ("classes", "mine galton -n 600 --seed 1", "nde", "", "-0.8", "-0.6"),
    ("mixture", "mine projectile -n 600 --seed 1", "scandal", "--density mixture", "12.1,0.64", "12,0.63"),
    ("spline", "mine interference -n 600 --seed 1", "scandal", "--density spline", "0.5", "0.1"),
    ("affine", "mine linear-gaussian-10 -n 600 --seed 1", "scandal", "--density affine", TEN0, TEN1),
    ("densities", "mine interference -n 600 --seed 1", "nde", "--members 3", "0.5", "0"),
    ("calibrated", "mine galton -n 600 --seed 1", "alices", "", "-0.83", "-0.66"),
    ("calibrated-ensemble", "mine projectile -n 600 --seed 1", "alices", "--members 2", "12.1,0.64", "12,0.63"),
    ("calibrated-antisymmetric", "mine galton -n 600 --seed 1", "alices", "--head antisymmetric", "-0.83", "-0.66"),
    ("calibrated-density", "mine interference -n 600 --seed 1", "nde", "", "0.5", "0.1"),
    ("derivatives", "mine interference -n 600 --seed 1 --reference 0.5", "derivatives", "", "0.5", "0"),
]


def motherlode(program, folder, arguments):
    done = subprocess.run([program, *arguments.split()], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{arguments}: {done.stderr}")


def columns(path):
    with open(path) as file:
        rows = list(csv.reader(file))
    return {name: numpy.array([float(row[k]) for row in rows[1:]]) for k, name in enumerate(rows[0])}


def answers(session, precision, x, theta0, theta1):
    """What evaluate says, of what the network says: log ratio, its spread, score, its spread.

    The log ratio of a density is a difference of two of its answers.
    """

    def run(**hypotheses):
        feed = {"x": x, **hypotheses}
        feed = {name: numpy.atleast_2d(value).astype(precision) for name, value in feed.items()}
        names = [output.name.replace("log_p", "log_r") for output in session.get_outputs()]
        return dict(zip(names, session.run(None, feed)))

    inputs = {port.name for port in session.get_inputs()}
    if inputs == {"x"}:
        return run()
    if inputs == {"x", "theta"}:
        there = run(theta=theta0)
        if theta1 is not None and "log_r" in there:
            back = run(theta=theta1)
            there["log_r"] = there["log_r"] - back["log_r"]
            if "log_r_members" in there:
                members = there["log_r_members"] - back["log_r_members"]
                there["log_r_spread"] = members.std(axis=1, ddof=1)
        return there
    found = run(theta0=theta0, theta1=theta1)
    found["score"] = run(theta0=theta0, theta1=theta0)["score"]
    return found


def compare(name, found, expected):
    found = numpy.asarray(found, dtype=float)
    if found.shape != expected.shape:
        sys.exit(f"{name}: shape {found.shape}, expected {expected.shape}")
    error = numpy.max(numpy.abs(found - expected) / numpy.maximum(numpy.abs(expected), 1.0))
    if not error <= TOLERANCE:
        sys.exit(f"{name}: {error:.1e} from what motherlode says, more than {TOLERANCE:.0e}")
    return error


def check(program, folder, case):
    name, mine, method, settings, theta0, theta1 = case
    run = lambda arguments: motherlode(program, folder, arguments)
    run(f"{mine} -o {name}.h5 --force")
    run(f"train {method} {name}.h5 -o {name}.model {STEPS} {settings} --force")
    if method_of_calibration := CALIBRATED.get(name):
        how = f"--method {method_of_calibration} --grid 4 --events 4000 --force"
        run(f"calibrate {name}.model -o {name}.calibrated {how}")
        (folder / f"{name}.calibrated").replace(folder / f"{name}.model")
    given = "".join(f" --{key} {value}" for key, value in (("theta0", theta0), ("theta1", theta1)) if value)
    run(f"evaluate {name}.model {name}.h5 -o {name}.csv --force{given}")
    run(f"export {name}.h5 -o {name}.npz --force")
    expected, data = columns(folder / f"{name}.csv"), numpy.load(folder / f"{name}.npz")
    worst = 0.0
    for flag, precision in (("", numpy.float32), ("--double", numpy.float64)):
        run(f"export {name}.model -o {name}.onnx --force {flag}")
        path = str(folder / f"{name}.onnx")
        onnx.checker.check_model(onnx.load(path), full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        point = lambda theta: None if theta is None else numpy.array([float(value) for value in theta.split(",")])
        found = answers(session, precision, data["x"], point(theta0), point(theta1))
        parameters = [key.removeprefix("score_") for key in expected if key.startswith("score_")]
        parameters = [key for key in parameters if not key.endswith("_spread")]
        for key in ("log_r", "log_r_spread"):
            column = key.replace("log_r", "log_ratio")
            if column in expected:
                worst = max(worst, compare(f"{name} {key}", found[key], expected[column]))
        for key, ending in (("score", ""), ("score_spread", "_spread")):
            if parameters and f"score_{parameters[0]}{ending}" in expected:
                table = numpy.stack([expected[f"score_{p}{ending}"] for p in parameters], axis=1)
                worst = max(worst, compare(f"{name} {key}", found[key], table))
    print(f"{name}: {', '.join(port.name for port in session.get_outputs())} within {worst:.1e}")


if __name__ == "__main__":
    program, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    onnxruntime.set_default_logger_severity(3)
    for case in CASES:
        check(program, folder, case)
