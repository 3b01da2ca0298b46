#!/usr/bin/env python3
"""Reference values and gradients of all losses, by automatic double differentiation in float64.

    python3 tests/python/loss_gradients.py > tests/data/loss_gradients.json

Needs PyTorch and NumPy. Everything is computed twice: by PyTorch (double backward), and by NumPy alone (complex step
for the gradient to theta inside a loss, central differences for the gradient to the weights). The script stops if the
two disagree.

Conventions
-----------
- m events. y = 0: drawn from theta0, the numerator; y = 1: drawn from theta1. r = p(x,z|theta0) / p(x,z|theta1) is
  the joint ratio, t = d ln p(x,z|theta0) / d theta0 the joint score; in the file, `joint_log_ratio` is ln r.
- x and theta are standardised; t is in the same units (times sigma), so nothing is rescaled here.
- A ratio network takes concat(x, theta) and returns l = ln r_hat(x|theta0, theta1). The score network takes x alone
  and returns t_hat, one component for each parameter.
- A linear layer is v -> v W + b with W of shape [in, out]; the activation follows every layer but the last.
- A gradient of a loss has the layout of the network.

Weights of an event: w0 as one of the numerator, w1 as one of the denominator.
    class labels   w0 = 2 (1 - y), w1 = 2 y                        carl, nre, cnre, bnre, rolr, cascal, rascal
    soft labels    w0 = 2 r/(1 + r), w1 = 2/(1 + r)                alice, calice, alices, calices

Losses (<.> is the mean over all m events)
    cross-entropy  <w0 softplus(-l) + w1 softplus(l)>/2            carl, nre, alice, cascal, alices
    balanced       the same + 100 m/1024 (<.> - 1)(<.> - 1), each <.>     bnre
                   that of (w0 + w1) sigma(l) over one half of the events
    contrastive    -<w0 log softmax(l)>, the softmax over pairs    cnre, calice, calices
                   of events: (0, 1), (2, 3), ...
    ratio          <w1 (r - e^l)^2 + w0 (1/r - e^-l)^2>/2,         rolr, rascal
                   l and ln r each clamped to [-10, 10]; the derivative of the clamp is zero outside
    score          w0 (t - dl/dtheta0)^2/2, mean over events and components; + alpha times this for
                   cascal, rascal, alices, calices
    sally          (t_hat - t)^2, mean over events and components; all events, whatever their y
"""

import json
import sys

import numpy as np
import torch

SEED = 20180830
EVENTS, OBSERVABLES, PARAMETERS, WIDTH = 8, 2, 2, 5
ALPHA = 0.7
CLAMP = 10.0
ACTIVATIONS = ("tanh", "silu", "softplus")
BALANCE = 100.0 * EVENTS / 1024
SOFT = ("alice", "calice", "alices", "calices")
BALANCED = ("bnre",)
CONTRASTIVE = ("cnre", "calice", "calices")
RATIO = ("rolr", "rascal")
WITH_SCORE = ("cascal", "rascal", "alices", "calices")
RATIO_LOSSES = (
    *("carl", "nre", "cnre", "bnre", "rolr", "alice", "calice"),
    *("cascal", "rascal", "alices", "calices"),
)

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)  # one order of summation


# Inputs. Multiples of 1/1024 are exact in single precision: a reader in f32 starts from the same numbers.


def exact(values):
    return np.round(np.asarray(values) * 1024.0) / 1024.0


def draw_network(rng, sizes):
    return [
        {
            "weight": exact(rng.normal(0.0, 1.2 / np.sqrt(n_in), (n_in, n_out))),
            "bias": exact(rng.normal(0.0, 0.3, n_out)),
        }
        for n_in, n_out in zip(sizes, sizes[1:])
    ]


def draw_case(rng, activation, far_event):
    case = {
        "activation": activation,
        "ratio_network": draw_network(rng, [OBSERVABLES + PARAMETERS, WIDTH, WIDTH, 1]),
        "score_network": draw_network(rng, [OBSERVABLES, WIDTH, WIDTH, PARAMETERS]),
        "x": exact(rng.normal(size=(EVENTS, OBSERVABLES))),
        "theta": exact(rng.normal(size=(EVENTS, PARAMETERS))),
        "y": np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]),
        "joint_log_ratio": exact(rng.uniform(-2.0, 2.0, EVENTS)),
        "joint_score": exact(rng.normal(0.0, 1.5, (EVENTS, PARAMETERS))),
    }
    if far_event == "joint_log_ratio":  # beyond the clamp, the label of an event of each class
        case["joint_log_ratio"][[1, 3]] = [-12.0, 12.0]
    if far_event == "log_ratio":  # beyond the clamp, the network's answer to an event of each class
        for event in (1, 3):
            case["x"][event] *= 64.0
    return case


# By PyTorch.

TORCH_ACTIVATIONS = {
    "tanh": torch.tanh,
    "silu": torch.nn.functional.silu,
    "softplus": lambda v: torch.logaddexp(v, torch.zeros_like(v)),  # torch's own is linear above 20
}


def leaves(network):
    return [torch.tensor(layer[key], requires_grad=True) for layer in network for key in ("weight", "bias")]


def torch_forward(leaves, activation, inputs):
    for index in range(0, len(leaves), 2):
        inputs = inputs @ leaves[index] + leaves[index + 1]
        if index + 2 < len(leaves):
            inputs = TORCH_ACTIVATIONS[activation](inputs)
    return inputs


def torch_ratio(case, leaves):
    """l, [m], and dl/dtheta0, [m, d], the latter ready to be differentiated again."""
    theta = torch.tensor(case["theta"], requires_grad=True)
    inputs = torch.cat([torch.tensor(case["x"]), theta], dim=1)
    log_ratio = torch_forward(leaves, case["activation"], inputs)[:, 0]
    (slope,) = torch.autograd.grad(log_ratio.sum(), theta, create_graph=True)
    return log_ratio, slope


def torch_loss(name, case, leaves):
    y, log_r, t = (torch.tensor(case[key]) for key in ("y", "joint_log_ratio", "joint_score"))
    if name == "sally":
        return ((torch_forward(leaves, case["activation"], torch.tensor(case["x"])) - t) ** 2).mean()
    log_ratio, slope = torch_ratio(case, leaves)
    s = torch.sigmoid(-log_r) if name in SOFT else y
    w0, w1 = 2 * (1 - s), 2 * s
    if name in CONTRASTIVE:
        loss = -(w0 * torch.log_softmax(log_ratio.reshape(-1, 2), dim=1).flatten()).mean()
    elif name in RATIO:
        hat, true = log_ratio.clamp(-CLAMP, CLAMP), log_r.clamp(-CLAMP, CLAMP)
        loss = (w1 * (true.exp() - hat.exp()) ** 2 + w0 * ((-true).exp() - (-hat).exp()) ** 2).mean() / 2
    else:
        loss = torch.nn.functional.binary_cross_entropy_with_logits(-log_ratio, s)
        if name in BALANCED:
            first, second = ((w0 + w1) * torch.sigmoid(log_ratio)).reshape(2, -1).mean(dim=1) - 1
            loss = loss + BALANCE * first * second
    if name in WITH_SCORE:
        loss = loss + ALPHA * (w0[:, None] * (t - slope) ** 2).mean() / 2
    return loss


def differentiate(name, case):
    parameters = leaves(case["score_network" if name == "sally" else "ratio_network"])
    value = torch_loss(name, case, parameters)
    flat = [g.numpy() for g in torch.autograd.grad(value, parameters)]
    return float(value.detach()), flat


# The same by NumPy alone.

NUMPY_ACTIVATIONS = {
    "tanh": np.tanh,
    "silu": lambda v: v / (1.0 + np.exp(-v)),
    "softplus": lambda v: np.where(v.real > 0, v, 0) + np.log1p(np.exp(np.where(v.real > 0, -v, v))),
}


def numpy_forward(flat, activation, inputs):
    values = inputs.astype(complex)
    for index in range(0, len(flat), 2):
        values = values @ flat[index] + flat[index + 1]
        if index + 2 < len(flat):
            values = NUMPY_ACTIVATIONS[activation](values)
    return values


def numpy_ratio(case, flat):
    """l and dl/dtheta0, the latter by a complex step: exact to rounding."""
    step, slope = 1e-40, np.empty((EVENTS, PARAMETERS))
    for j in range(PARAMETERS):
        theta = case["theta"].astype(complex)
        theta[:, j] += 1j * step
        values = numpy_forward(flat, case["activation"], np.concatenate([case["x"], theta], axis=1))[:, 0]
        slope[:, j] = values.imag / step
    return values.real, slope


def numpy_loss(name, case, flat):
    y, log_r, t = case["y"], case["joint_log_ratio"], case["joint_score"]
    if name == "sally":
        return np.mean((numpy_forward(flat, case["activation"], case["x"]).real - t) ** 2)
    log_ratio, slope = numpy_ratio(case, flat)
    from_denominator = 1.0 / (1.0 + np.exp(log_r)) if name in SOFT else y
    from_numerator = 1.0 - from_denominator
    if name in RATIO:
        hat, true = np.clip(log_ratio, -CLAMP, CLAMP), np.clip(log_r, -CLAMP, CLAMP)
        errors = np.exp(true) - np.exp(hat), np.exp(-true) - np.exp(-hat)
        loss = np.mean(from_denominator * errors[0] ** 2 + from_numerator * errors[1] ** 2)
    elif name in CONTRASTIVE:
        pairs = log_ratio.reshape(-1, 2)
        log_share = pairs - np.logaddexp(pairs[:, :1], pairs[:, 1:])
        loss = -np.mean(2.0 * from_numerator * log_share.flatten())
    else:
        loss = np.mean(np.logaddexp(0.0, log_ratio) - from_numerator * log_ratio)
        if name in BALANCED:
            first, second = (2.0 / (1.0 + np.exp(-log_ratio))).reshape(2, -1).mean(axis=1) - 1.0
            loss += BALANCE * first * second
    if name in WITH_SCORE:
        loss += ALPHA * np.mean(from_numerator[:, None] * (t - slope) ** 2)
    return loss


STEP = 2e-4


def numpy_gradient(name, case, flat, step=STEP):
    """Central differences of fourth order."""
    gradient = [np.empty_like(part) for part in flat]
    for part, out in zip(flat, gradient):
        for index in np.ndindex(part.shape):
            kept, values = part[index], {}
            for k in (-2, -1, 1, 2):
                part[index] = kept + k * step
                values[k] = numpy_loss(name, case, flat)
            part[index] = kept
            out[index] = (8.0 * (values[1] - values[-1]) - (values[2] - values[-2])) / (12.0 * step)
    return gradient


def check(name, case, value, gradient):
    network = case["score_network" if name == "sally" else "ratio_network"]
    flat = [layer[key].copy() for layer in network for key in ("weight", "bias")]
    again = numpy_loss(name, case, flat)
    assert abs(value - again) <= 1e-12 * abs(value), (name, case["activation"], value, again)
    largest = max(abs(part).max() for part in gradient)
    error = max(abs(a - b).max() for a, b in zip(gradient, numpy_gradient(name, case, flat)))
    rounding = np.finfo(float).eps * abs(value) / STEP  # of the difference quotient, where a clamped term dominates
    assert error <= 1e-9 * largest + rounding, (name, case["activation"], error, largest, rounding)
    return error / largest


# The file.


def rounded(value):
    """Fourteen digits: what does not depend on the order of summation."""
    return float(f"{value:.13e}")


def unflatten(flat):
    return [
        {"weight": np.vectorize(rounded)(flat[i]), "bias": np.vectorize(rounded)(flat[i + 1])}
        for i in range(0, len(flat), 2)
    ]


def reference(case):
    case = dict(case)
    log_ratio, slope = torch_ratio(case, leaves(case["ratio_network"]))
    flat = [layer[key] for layer in case["ratio_network"] for key in ("weight", "bias")]
    again, slope_again = numpy_ratio(case, flat)
    assert np.allclose(log_ratio.detach(), again, rtol=1e-12, atol=1e-12)
    assert np.allclose(slope.detach(), slope_again, rtol=1e-12, atol=1e-12)
    losses, worst = {}, 0.0
    for name in (*RATIO_LOSSES, "sally"):
        value, gradient = differentiate(name, case)
        worst = max(worst, check(name, case, value, gradient))
        losses[name] = {"value": rounded(value), "gradient": unflatten(gradient)}
    print(f"{case['name']}: double backward and central differences agree to {worst:.1e}", file=sys.stderr)
    score = torch_forward(leaves(case["score_network"]), case["activation"], torch.tensor(case["x"]))
    case["log_ratio"] = np.vectorize(rounded)(log_ratio.detach().numpy())
    case["log_ratio_gradient"] = np.vectorize(rounded)(slope.detach().numpy())
    case["score"] = np.vectorize(rounded)(score.detach().numpy())
    case["losses"] = losses
    return case


def dump(value, indent=""):
    """JSON with one line for a list of numbers."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    inner = indent + " "
    if isinstance(value, dict):
        entries = [f"{inner}{json.dumps(key)}: {dump(entry, inner)}" for key, entry in value.items()]
        return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], (list, dict, str)):
        return "[\n" + ",\n".join(inner + dump(entry, inner) for entry in value) + f"\n{indent}]"
    return json.dumps(value)


def main():
    rng = np.random.default_rng(SEED)
    cases = []
    for activation, name, far_event in [
        *((activation, activation, None) for activation in ACTIVATIONS),
        ("tanh", "tanh, labels beyond the clamp", "joint_log_ratio"),
        ("softplus", "softplus, answers beyond the clamp", "log_ratio"),
    ]:
        cases.append(reference({"name": name, **draw_case(rng, activation, far_event)}))
    beyond = abs(cases[-1]["log_ratio"]) > CLAMP
    assert beyond.tolist() == [event in (1, 3) for event in range(EVENTS)], cases[-1]["log_ratio"]
    assert all(abs(case["log_ratio"]).max() < CLAMP for case in cases[:-1])
    conventions = __doc__.split("-----------\n", 1)[1].strip().splitlines()
    made_with = {"script": "tests/python/loss_gradients.py", "torch": torch.__version__.split("+")[0]}
    made_with |= {"numpy": np.__version__, "seed": SEED}
    print(dump({"conventions": conventions, "made_with": made_with, "alpha": ALPHA, "clamp": CLAMP, "cases": cases}))


if __name__ == "__main__":
    main()
