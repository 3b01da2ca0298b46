"""Reads a data set of `walk` with h5py, checks what a user relies on, and prints a sum over its numbers."""

import json
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "r") as f:
    names = {"x", "theta0", "y", "joint_log_ratio", "joint_score0", "memory", "memory_end", "mixture"}
    assert set(f) == names, sorted(f)
    tables = {name: f[name][:] for name in f}
    shapes = {name: table.shape for name, table in tables.items()}
    n, length = 40_000, shapes["memory"][0]
    assert shapes == {
        "x": (n, 2),
        "theta0": (n, 2),
        "y": (n,),
        "joint_log_ratio": (n,),
        "joint_score0": (n, 2),
        "memory": (length,),
        "memory_end": (n,),
        "mixture": (7, 2),
    }, shapes
    for name, table in tables.items():
        assert table.dtype == (np.uint64 if name == "memory_end" else np.float64), (name, table.dtype)
    assert f["x"][10:20].shape == (10, 2)
    assert tables["memory_end"][-1] == length
    assert set(tables["y"]) == {0.0, 1.0}

    assert f.attrs["format_version"] == 1
    assert f.attrs["simulator"] == "walk"
    assert f.attrs["seed"] == 2**64 - 1
    assert f.attrs["complete"] == 1
    header = json.loads(f.attrs["header"])
    assert header["crate_version"] == f.attrs["crate_version"]
    assert header["parameters"] == ["persistence", "length"]
    assert header["parameter_units"] == ["", "m"]
    assert header["observables"] == ["steps", "distance"]
    assert header["design"]["kind"] == "mixture"

    print(repr(float(tables["x"].sum() + tables["joint_score0"].sum() + tables["memory"].sum())))
