"""Fits the rational approximation of tanh used by `src/estimator/network/fast_tanh.rs`.

tanh(x) = x P(x^2) / Q(x^2) on |x| <= 9, Q(0) = 1, smallest largest relative error (Lawson's reweighting of the
linearised least squares problem). Prints the coefficients and the error of the formula evaluated in float32.

    python3 tests/python/fit_tanh.py
"""

import numpy as np

LIMIT, P, Q = 9.0, 4, 4
x = LIMIT * (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, 6001)[1:]))
u, target = (x / LIMIT) ** 2, np.tanh(x) / x
weight, denominator = np.ones_like(x), np.ones_like(x)
best = None
for _ in range(400):
    scale = np.sqrt(weight) / (target * denominator)
    columns = [u**k for k in range(P + 1)] + [-target * u**k for k in range(1, Q + 1)]
    a = np.stack(columns, 1) * scale[:, None]
    c = np.linalg.lstsq(a, target * scale, rcond=None)[0]
    p, q = c[: P + 1], np.concatenate([[1.0], c[P + 1 :]])
    denominator = np.polyval(q[::-1], u)
    error = np.abs(np.polyval(p[::-1], u) / denominator / target - 1)
    if best is None or error.max() < best[0]:
        best = (error.max(), p, q)
    weight = weight * (error + 1e-12)
    weight /= weight.mean()
error, p, q = best
p, q = [c / LIMIT ** (2 * np.arange(len(c))) for c in (p, q)]


def horner(c, v):
    acc = np.float32(c[-1])
    for k in c[-2::-1]:
        acc = acc * v + np.float32(k)
    return acc


f = np.linspace(0, LIMIT, 400001, dtype=np.float32)
y = f * horner(p, f * f) / horner(q, f * f)
print("largest relative error, exact arithmetic:", error)
print("largest absolute error, float32:", np.abs(y - np.tanh(f.astype(np.float64))).max())
print("P", [float(f"{k:.9e}") for k in p])
print("Q", [float(f"{k:.9e}") for k in q])
