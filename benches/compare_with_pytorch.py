"""A training step against eager PyTorch, side by side on one thread, and against the machine's matrix product.

    python benches/compare_with_pytorch.py [--rounds N] [--seconds S]

Both train [12→100→100→100→1] with tanh in f32 by Adam: CARL, and ALICES, CASCAL and RASCAL with two parameters. PyTorch
uses its fused Adam and differentiates twice (create_graph). Rounds of a few seconds alternate between the two, so that
a busy machine slows both alike; a cell is the median of the steps of all rounds, and the 5th percentile beside it. The share
of peak counts the multiplications of the matrix products: 6 a weight and event for CARL, 12 with a score, against
PyTorch's product of two 1024×1024 matrices.

Needs cargo and PyTorch; without PyTorch it says so and leaves.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed, so there is nothing to compare with (pip install torch)")
    sys.exit(0)

METHODS = ["carl", "alices", "cascal", "rascal"]
BATCHES = [128, 1024]
INPUTS, PARAMETERS, WIDTH = 12, 2, 100
WEIGHTS = INPUTS * WIDTH + 2 * WIDTH * WIDTH + WIDTH
ROOT = Path(__file__).resolve().parent.parent


def quantile(values, q):
    values = sorted(values)
    return values[min(int(q * len(values)), len(values) - 1)]


class Torch:
    """Steps of one method on batches of random events."""

    def __init__(self, method, batch):
        torch.manual_seed(1)
        layers = []
        for inputs in [INPUTS, WIDTH, WIDTH]:
            layers += [torch.nn.Linear(inputs, WIDTH), torch.nn.Tanh()]
        self.network = torch.nn.Sequential(*layers, torch.nn.Linear(WIDTH, 1))
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=3e-4, eps=1e-8, fused=True)
        n = 8192
        self.x, self.theta = torch.rand(n, INPUTS - PARAMETERS), torch.rand(n, PARAMETERS)
        self.y, self.log_ratio = (torch.arange(n) % 2).float(), torch.rand(n)
        self.score = torch.rand(n, PARAMETERS)
        self.method, self.batch, self.at = method, batch, 0

    def loss(self, rows):
        x, theta, y = self.x[rows], self.theta[rows], self.y[rows]
        with_score = self.method != "carl"
        if with_score:
            theta = theta.requires_grad_()
        log_ratio = self.network(torch.cat([x, theta], 1)).squeeze(1)
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        if self.method == "rascal":
            sign = 2.0 * y - 1.0
            joint = self.log_ratio[rows].clamp(-10, 10)
            loss = ((joint * sign).exp() - (log_ratio.clamp(-10, 10) * sign).exp()).square().mean()
        elif self.method == "alices":
            loss = bce(-log_ratio, torch.sigmoid(-self.log_ratio[rows]))
        else:
            loss = bce(-log_ratio, y)
        if with_score:
            (gradient,) = torch.autograd.grad(log_ratio.sum(), theta, create_graph=True)
            loss = loss + ((gradient - self.score[rows]).square() * (1.0 - y).unsqueeze(1)).mean()
        return loss

    def step(self):
        rows = slice(self.at, self.at + self.batch)
        self.at = (self.at + self.batch) % len(self.y)
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(rows)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def times(self, seconds):
        """Seconds a step, for about `seconds`; loss.item() is part of it, as it is in Rust."""
        for _ in range(20):
            self.step()
        times, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter()
            self.step()
            times.append(time.perf_counter() - start)
        return times


def bench_binary():
    command = ["cargo", "bench", "--bench", "training", "--no-run", "--message-format", "json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    found = [json.loads(line) for line in lines]
    return [m["executable"] for m in found if m.get("target", {}).get("name") == "training" and m.get("executable")][0]


def rust_times(binary, method, batch, seconds, home):
    """Seconds a step, sample by sample, as Criterion wrote them down."""
    case = f"step/{method}/{PARAMETERS}/{batch}"
    flags = ["--bench", "--noplot", "--warm-up-time", "0.3", "--measurement-time", str(seconds), f"^{case}$"]
    environment = {**os.environ, "CRITERION_HOME": str(home)}
    subprocess.run([binary, *flags], cwd=ROOT, check=True, capture_output=True, env=environment)
    (sample,) = [p for p in Path(home).glob(f"step/*/{batch}/new/sample.json") if method in str(p)]
    sample = json.loads(sample.read_text())
    return [t / n * 1e-9 for t, n in zip(sample["times"], sample["iters"])]


def peak():
    """Operations a second of the product of two 1024×1024 matrices: the best of many."""
    a, b = torch.rand(1024, 1024), torch.rand(1024, 1024)
    best = float("inf")
    for _ in range(30):
        start = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - start)
    return 2 * 1024**3 / best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    binary = bench_binary()
    best_product = peak()
    print(f"PyTorch {torch.__version__}; sgemm {best_product / 1e9:.0f} GFLOP/s on one thread; events a second, in thousands")
    print(f"{'':>13} {'motherlode':>22} {'PyTorch':>22} {'ratio':>13} {'share of peak':>13}")
    print(f"{'':>13} {'median':>11}{'best 5%':>11} {'median':>11}{'best 5%':>11} {'med.':>6}{'5%':>7}")
    for method in METHODS:
        for batch in BATCHES:
            ours, theirs = [], []
            with tempfile.TemporaryDirectory() as home:
                reference = Torch(method, batch)
                for _ in range(options.rounds):
                    ours += rust_times(binary, method, batch, options.seconds, home)
                    theirs += reference.times(options.seconds)
            best_product = max(best_product, peak())
            rate = {(who, q): batch / quantile(times, q) for who, times in [("us", ours), ("them", theirs)] for q in [0.5, 0.05]}
            ratios = [rate["us", q] / rate["them", q] for q in [0.5, 0.05]]
            share = rate["us", 0.05] * WEIGHTS * (6 if method == "carl" else 12) / best_product
            cells = [rate["us", 0.5], rate["us", 0.05], rate["them", 0.5], rate["them", 0.05]]
            row = "{:11.0f}{:11.0f} {:11.0f}{:11.0f}".format(*[cell / 1e3 for cell in cells])
            print(f"{method:>8}{batch:>5} {row} {ratios[0]:6.2f}{ratios[1]:7.2f} {share:12.0%}", flush=True)
    print(f"sgemm at its best in between: {best_product / 1e9:.0f} GFLOP/s")


if __name__ == "__main__":
    main()
