"""Opens an event file that motherlode wrote in MadMiner, compares cross sections, and draws a sample.

    python3 tests/python/madminer_check.py MOTHERLODE EVENTS FOLDER

MOTHERLODE is the program, EVENTS an event file of any version of MadMiner, FOLDER an empty one to work in. Needs MadMiner 0.9.6 with h5py,
numpy < 2 and what else it imports, but not torch: MadMiner imports it for its networks, which are not used here. Where it is missing, empty
modules stand in for it; MadMiner itself runs as it is.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import shutil
import subprocess
import sys
import types
from pathlib import Path


class Missing(type):
    """A class of which everything is a class again: enough for `class X(torch.nn.Module)` and the like to be defined."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing

    def __call__(cls, *arguments, **named):
        return cls


class Nothing(metaclass=Missing):
    pass


class MissingModule(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        return getattr(Nothing, name)


class WithoutTorch(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] == "torch":
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return MissingModule(spec.name)

    def exec_module(self, module):
        pass


if importlib.util.find_spec("torch") is None:
    sys.meta_path.insert(0, WithoutTorch())

import h5py  # noqa: E402
import numpy  # noqa: E402
from madminer.sampling import SampleAugmenter, benchmark, benchmarks, random_morphing_points  # noqa: E402

TOLERANCE = 1e-9  # relative: sums of the same numbers in another order
N = 1000


def motherlode(program, arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"motherlode {' '.join(arguments)}: {done.stderr}")
    return json.loads(done.stdout)


def main(program, events, folder):
    merged, others = (str(Path(folder) / name) for name in ("merged.h5", "others.h5"))
    # Other events of the same weights, which add up to those of one file.
    shutil.copy(events, others)
    with h5py.File(others, "r+") as file:
        file["samples/observations"][...] += 1e-3
    motherlode(program, ["merge", events, others, "--k-factors", "0.3,0.7", "-o", merged, "--seed", "1", "--json"])
    told = motherlode(program, ["inspect", merged, "--json"])
    points = [one for one in told["benchmarks"] if one["theta"] is not None]
    augmenter = SampleAugmenter(merged)
    if augmenter.n_samples != told["n_events"]:
        sys.exit(f"MadMiner sees {augmenter.n_samples} events, expected {told['n_events']}")
    _, found, errors = augmenter.cross_sections(theta=benchmarks([one["name"] for one in points]))
    for one, value, error in zip(points, found, errors):
        expected = one["cross_section"]
        for mine, theirs in [(expected["value"], value), (expected["standard_error"], error)]:
            if not abs(mine - theirs) <= TOLERANCE * abs(theirs):
                sys.exit(f"{one['name']}: motherlode says {mine} pb, MadMiner {theirs} pb")
        print(f"{one['name']}: {value:.6f} ± {error:.6f} pb in both")
    parameters = [("flat", *one["range"]) for one in told["parameters"]]
    drawn = augmenter.sample_train_ratio(
        theta0=random_morphing_points(50, [("flat", low / 2, high / 2) for _, low, high in parameters]),
        theta1=benchmark(points[0]["name"]),
        n_samples=N,
        folder=folder,
        filename="train",
    )
    x, theta0, _, y, r_xz, t_xz, _ = drawn
    if x.shape != (N, len(told["observables"])) or not all(numpy.isfinite(part).all() for part in (x, r_xz, t_xz)):
        sys.exit(f"MadMiner drew x of the shape {x.shape}, {r_xz.min()} < r < {r_xz.max()}")
    print(f"MadMiner drew {len(x)} events of {x.shape[1]} observables, mean r_xz of y = 1: {r_xz[y == 1].mean():.3f}")


if len(sys.argv) != 4:
    sys.exit(__doc__)
main(*sys.argv[1:])
