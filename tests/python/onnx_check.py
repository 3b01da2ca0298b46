"""Evaluates exported networks with ONNX Runtime and compares them with `motherlode evaluate`, and some with themselves in
double precision.

    python3 tests/python/onnx_check.py MOTHERLODE FOLDER

MOTHERLODE is the program, FOLDER an empty one to work in. Needs the packages of `requirements.txt`.
"""

import csv
import subprocess
import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator

# Absolute, and relative where answers are larger than 1: both sides compute in f32. The log ratio of a density is a
# difference of two log densities, and these are the answers: each is rounded relative to its own size, 25 with ten
# observables, where neighbouring numbers of f32 are 1.9e-6 apart.
TOLERANCE = 1e-5
TEN0, TEN1 = ",".join(["0.2"] * 10), ",".join(["0"] * 10)
STEPS = "--steps 60 --hidden 12,12 --seed 3"
# Steep where a bin is narrow, splines magnify rounding. Here the same graphs are evaluated in double precision as well, and
# neither side may be further from that than both may be from each other.
ALSO_IN_DOUBLE = ("spline", "spline-projectile", "spline-10", "image")
# Where inputs of single precision are too coarse to compare with the program, whose inputs are double: a distance of
# 15.3 ± 0.6, a speed of 12.1 within ± 0.5 and an angle of 0.64 within ± 0.05, rounded, have a score that is 1.3e-5 away. The graph
# with inputs in double precision is compared with the program there, and the other one with that, at the rounded inputs.
AT_ROUNDED_INPUTS = ("spline-projectile",)
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
    ("spline-projectile", "mine projectile -n 600 --seed 1", "scandal", "--density spline", "12.1,0.64", "12,0.63"),
    ("spline-10", "mine linear-gaussian-10 -n 600 --seed 1", "scandal", "--density spline", TEN0, TEN1),
    ("affine", "mine linear-gaussian-10 -n 600 --seed 1", "scandal", "--density affine", TEN0, TEN1),
    ("densities", "mine interference -n 600 --seed 1", "nde", "--members 3", "0.5", "0"),
    ("calibrated", "mine galton -n 600 --seed 1", "alices", "", "-0.83", "-0.66"),
    ("calibrated-ensemble", "mine projectile -n 600 --seed 1", "alices", "--members 2", "12.1,0.64", "12,0.63"),
    ("calibrated-antisymmetric", "mine galton -n 600 --seed 1", "alices", "--head antisymmetric", "-0.83", "-0.66"),
    ("calibrated-density", "mine interference -n 600 --seed 1", "nde", "", "0.5", "0.1"),
    ("set", "mine linear-gaussian-10 -n 600 --seed 1", "alices", "--encode x0:5x2", TEN0, TEN1),
    ("image", "mine lensing -n 100 --seed 1", "alices", "--encode pixel_0_0:1x64x64 --batch 25", "0.15,-1.7", "0.05,-1.9"),
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


def in_double(model):
    """The same graph with all numbers in double precision, for the evaluator that comes with the format."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    for constant in model.graph.initializer:
        if constant.data_type == TensorProto.FLOAT:
            numbers = numpy_helper.to_array(constant).astype(numpy.float64)
            constant.CopyFrom(numpy_helper.from_array(numbers, constant.name))
    for setting in (setting for node in model.graph.node if node.op_type == "Cast" for setting in node.attribute):
        setting.i = TensorProto.DOUBLE if setting.i == TensorProto.FLOAT else setting.i
    for port in (*model.graph.input, *model.graph.output):
        port.type.tensor_type.elem_type = TensorProto.DOUBLE
    return ReferenceEvaluator(model)


def answers(session, names, precision, x, theta0, theta1):
    """What evaluate says, of what the network says: log ratio, its spread, score, its spread; and what the log ratio is rounded
    relative to. `names` are those of the inputs and the outputs.

    The log ratio of a density is a difference of two of its answers.
    """
    inputs, outputs = names

    def run(**hypotheses):
        feed = {"x": x, **hypotheses}
        feed = {name: numpy.atleast_2d(value).astype(precision) for name, value in feed.items()}
        found = dict(zip([name.replace("log_p", "log_r") for name in outputs], session.run(None, feed)))
        return {**found, "size": numpy.abs(found.get("log_r", 0)) if "log_p" in outputs else 0}

    if inputs == {"x"}:
        return run()
    if inputs == {"x", "theta"}:
        there = run(theta=theta0)
        if theta1 is not None and "log_r" in there:
            back = run(theta=theta1)
            there["log_r"] = there["log_r"] - back["log_r"]
            there["size"] = numpy.maximum(there["size"], back["size"])
            if "log_r_members" in there:
                members = there["log_r_members"] - back["log_r_members"]
                there["log_r_spread"] = members.std(axis=1, ddof=1)
        return there
    found = run(theta0=theta0, theta1=theta1)
    found["score"] = run(theta0=theta0, theta1=theta0)["score"]
    return found


def compare(name, found, expected, size=0):
    """The largest difference, relative to the expected value or `size` where these are larger than 1."""
    found = numpy.asarray(found, dtype=float)
    if found.shape != expected.shape:
        sys.exit(f"{name}: shape {found.shape}, expected {expected.shape}")
    error = numpy.max(numpy.abs(found - expected) / numpy.maximum(numpy.maximum(numpy.abs(expected), size), 1.0))
    if not error <= TOLERANCE:
        sys.exit(f"{name}: {error:.1e}, more than {TOLERANCE:.0e}")
    return error


def worst_of(name, found, expected):
    """The largest difference of any answer."""
    compared = set(found) & set(expected) - {"size"}
    if not compared:
        sys.exit(f"{name}: nothing to compare")
    size = lambda key: found.get("size", 0) if key.startswith("log_r") else 0
    return max(compare(f"{name}, {key}", found[key], expected[key], size(key)) for key in sorted(compared))


def evaluated(path):
    """What `motherlode evaluate` has written, by the names of the outputs of a network."""
    columns_of = columns(path)
    parameters = [key.removeprefix("score_") for key in columns_of if key.startswith("score_")]
    parameters = [key for key in parameters if not key.endswith("_spread")]
    found = {key.replace("log_ratio", "log_r"): columns_of[key] for key in ("log_ratio", "log_ratio_spread") if key in columns_of}
    for ending in ("", "_spread"):
        if parameters and f"score_{parameters[0]}{ending}" in columns_of:
            found[f"score{ending}"] = numpy.stack([columns_of[f"score_{p}{ending}"] for p in parameters], axis=1)
    return found


def trained(run, folder, case):
    """Mines, trains and evaluates; what `motherlode evaluate` says, and the observations."""
    name, mine, method, settings, theta0, theta1 = case
    run(f"{mine} -o {name}.h5 --force")
    run(f"train {method} {name}.h5 -o {name}.model {STEPS} {settings} --force")
    if method_of_calibration := CALIBRATED.get(name):
        how = f"--method {method_of_calibration} --grid 4 --events 4000 --force"
        run(f"calibrate {name}.model -o {name}.calibrated {how}")
        (folder / f"{name}.calibrated").replace(folder / f"{name}.model")
    given = "".join(f" --{key} {value}" for key, value in (("theta0", theta0), ("theta1", theta1)) if value)
    run(f"evaluate {name}.model {name}.h5 -o {name}.csv --force{given}")
    run(f"export {name}.h5 -o {name}.npz --force")
    return evaluated(folder / f"{name}.csv"), numpy.load(folder / f"{name}.npz")["x"]


def exported(run, folder, name, flag):
    """The checked graph, and its answers as a function of observations and hypotheses."""
    run(f"export {name}.model -o {name}.onnx --force {flag}")
    path = str(folder / f"{name}.onnx")
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    precision = numpy.float64 if flag == "--double" else numpy.float32
    return model, lambda *inputs: answers(session, ports(model), precision, *inputs)


def ports(model):
    return {port.name for port in model.graph.input}, [port.name for port in model.graph.output]


def check(program, folder, case):
    name, *_, theta0, theta1 = case
    run = lambda arguments: motherlode(program, folder, arguments)
    expected, x = trained(run, folder, case)
    point = lambda theta: None if theta is None else numpy.array([float(value) for value in theta.split(",")])
    inputs = x, point(theta0), point(theta1)
    (_, single), (model, double) = (exported(run, folder, name, flag) for flag in ("", "--double"))
    by_double = double(*inputs)
    if lacking := set(expected) - set(by_double):
        sys.exit(f"{name}: the network does not say {lacking}")
    worst = worst_of(f"{name}, from what motherlode says", by_double, expected)
    if name in AT_ROUNDED_INPUTS:
        rounded = [value.astype(numpy.float32) for value in inputs]
        worst = max(worst, worst_of(f"{name}, single from double", single(*rounded), double(*rounded)))
    else:
        worst = max(worst, worst_of(f"{name}, single from what motherlode says", single(*inputs), expected))
    also = ""
    if name in ALSO_IN_DOUBLE:
        exact = answers(in_double(model), ports(model), numpy.float64, *inputs)
        sides = (("network", by_double), ("motherlode", expected))
        errors = [worst_of(f"{name}, {side} from double", {**said, "size": exact["size"]}, exact) for side, said in sides]
        also = ", {:.1e} and {:.1e} from double precision".format(*errors)
    print(f"{name}: {', '.join(ports(model)[1])} within {worst:.1e}{also}")


if __name__ == "__main__":
    program, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    onnxruntime.set_default_logger_severity(3)
    for case in CASES:
        check(program, folder, case)
