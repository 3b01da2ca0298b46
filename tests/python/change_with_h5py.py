"""Makes changed copies of a data set of 50 events, each with one thing another tool may do to it."""

import pathlib
import shutil
import sys

import h5py
import numpy as np

original, directory = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def changed(name):
    path = directory / f"{name}.h5"
    shutil.copy(original, path)
    return h5py.File(path, "r+")


def replace(f, name, data):
    del f[name]
    f[name] = data


with changed("two_dimensional") as f:
    for name in ["x", "theta0", "joint_score0", "mixture"]:
        replace(f, name, f[name][:])
with changed("newer") as f:
    f.attrs["format_version"] = np.uint64(f.attrs["format_version"] + 1)
with changed("incomplete") as f:
    f.attrs["complete"] = np.uint64(0)
with changed("foreign") as f:
    del f.attrs["format_version"]
with changed("no_x") as f:
    del f["x"]
with changed("short_y") as f:
    replace(f, "y", f["y"][:-1])
with changed("single_precision") as f:
    replace(f, "x", f["x"][:].astype(np.float32))
with changed("not_a_number") as f:
    x = f["x"][:]
    x[3, 1] = np.nan
    replace(f, "x", x)
with changed("half_a_memory") as f:
    del f["memory"]
with changed("wrong_memory_end") as f:
    end = f["memory_end"][:]
    end[-1] += 1
    replace(f, "memory_end", end)
with changed("no_mixture") as f:
    del f["mixture"]
with changed("short_mixture") as f:
    replace(f, "mixture", f["mixture"][:-1])
with changed("infinite_mixture") as f:
    mixture = f["mixture"][:]
    mixture[0] = np.inf
    replace(f, "mixture", mixture)
with changed("other_theta0") as f:
    theta0 = f["theta0"][:]
    theta0[7] += 1e6
    replace(f, "theta0", theta0)
