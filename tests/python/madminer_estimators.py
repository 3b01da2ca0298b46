"""Estimators that MadMiner trains, saves and evaluates, for the tests of `motherlode import`.

    PYTHONPATH=MADMINER python3 tests/python/madminer_estimators.py tests/data/madminer_estimators/edge

needs MadMiner 0.9.6 (unpacked at MADMINER; only its room `ml` is imported), PyTorch, h5py, NumPy and safetensors.
Every estimator is MadMiner's own and every answer in `reference.json` is what MadMiner's `evaluate` says, in single precision;
where an evaluation is known to be wrong or fails, an answer under another name is that of the same network by hand.
"""

import importlib.util
import json
import os
import pathlib
import sys
import types

import numpy as np
import torch

# MadMiner's top level imports everything that it can read and draw; its networks need none of that.
package = types.ModuleType("madminer")
package.__path__ = list(importlib.util.find_spec("madminer").submodule_search_locations)
sys.modules["madminer"] = package
from madminer import ml  # noqa: E402

OUT = pathlib.Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
torch.manual_seed(5)
np.random.seed(5)  # with which MadMiner splits off the validation events
torch.set_num_threads(1)
rng = np.random.default_rng(7)

M, P, N = 3, 2, 400
theta0 = rng.uniform([-1.0, 10.0], [1.0, 30.0], size=(N, P)).astype(np.float32)
theta1 = rng.uniform([-1.0, 10.0], [1.0, 30.0], size=(N, P)).astype(np.float32)
y = (np.arange(N) % 2).astype(np.float32).reshape(-1, 1)
mixing = np.array([[1.0, 0.0, 0.3], [0.0, 0.1, -0.05]])
x = ((theta0 * (1 - y) + theta1 * y) @ mixing + rng.normal(size=(N, M)) * [1.0, 2.0, 0.5] + [5.0, -3.0, 100.0]).astype(np.float32)
t_xz = rng.normal(size=(N, P)).astype(np.float32)
TRAINING = dict(n_epochs=3, batch_size=50, n_workers=0, early_stopping=False, verbose="none", initial_lr=0.02)

X = x[:6]
THETAS = np.array([[0.25, 20.0], [-0.5, 14.0]], dtype=np.float32)
reference = {"x": X.tolist(), "theta": THETAS.tolist(), "estimators": {}}


def note(name, **answers):
    reference["estimators"][name] = {key: np.asarray(value).tolist() for key, value in answers.items()}


def ratio(name, **options):
    training = {key: options.pop(key) for key in ["scale_inputs", "scale_parameters"] if key in options}
    estimator = ml.ParameterizedRatioEstimator(n_hidden=(7, 5), **options)
    estimator.train("carl", x, y, theta0, **{"scale_parameters": True, **training}, **TRAINING)
    estimator.save(str(OUT / name))
    return estimator


def evaluate_ratio(name, estimator):
    log_r, t = estimator.evaluate_log_likelihood_ratio(X, THETAS, evaluate_score=True)
    note(name, log_r_hat=log_r, t_hat=t)


for activation in ["tanh", "relu", "lrelu", "elu", "selu", "log_sigmoid", "softplus"]:
    evaluate_ratio(f"ratio_{activation}", ratio(f"ratio_{activation}", activation=activation))
evaluate_ratio("ratio_unscaled_theta", ratio("ratio_unscaled_theta", scale_parameters=False))
evaluate_ratio("ratio_features", ratio("ratio_features", features=[2, 0]))
ratio("ratio_unscaled_x", scale_inputs=False)  # MadMiner cannot evaluate it: its scaling has one entry for each event


def by_hand(estimator, pairs, scale):
    """f(θ0, θ1, x) − f(θ1, θ0, x) of the network, and its gradient to θ0 in user units, at scaled or at bare θ."""
    means, sds = (estimator.theta_scaling_means, estimator.theta_scaling_stds) if scale else (0.0, 1.0)
    scaled_x = torch.tensor(estimator._transform_inputs(X), dtype=torch.float32)
    answers = []
    for pair in pairs:
        bare = [torch.tensor(np.tile(theta, (len(X), 1)), requires_grad=True) for theta in pair]
        scaled = [(theta - torch.tensor(means)) / torch.tensor(sds) for theta in bare]
        _, log_r, *_ = estimator.model(*[theta.float() for theta in scaled], scaled_x, track_score=False)
        (t,) = torch.autograd.grad(log_r.sum(), bare[0])
        answers.append((log_r.detach().numpy().ravel(), t.numpy()))
    return [np.array(values) for values in zip(*answers)]


double = ml.DoubleParameterizedRatioEstimator(n_hidden=(7, 5))
double.train("carl", x, y, theta0, theta1, scale_parameters=True, **TRAINING)
double.save(str(OUT / "double"))
log_r, _, _ = double.evaluate_log_likelihood_ratio(X, THETAS[:1], THETAS[1:])
_, t_at_0 = by_hand(double, [(THETAS[0], THETAS[0])], False)  # MadMiner's own evaluation of its score fails
scaled_log_r, _ = by_hand(double, [(THETAS[0], THETAS[1])], True)
_, scaled_t = by_hand(double, [(THETAS[0], THETAS[0])], True)
note("double", log_r_hat=log_r, t_hat=t_at_0, log_r_hat_of_scaled_theta=scaled_log_r, t_hat_of_scaled_theta=scaled_t)

score = ml.ScoreEstimator(n_hidden=(6,), features=[1])
score.train("sally", x, t_xz, **TRAINING)
score.save(str(OUT / "score_features"))
note("score_features", t_hat=score.evaluate_score(X))


def likelihood(name, **options):
    estimator = ml.LikelihoodEstimator(n_hidden=options.pop("n_hidden", (8,)), **options)
    estimator.train("nde", x, theta0, scale_parameters=True, **TRAINING)
    estimator.save(str(OUT / name))
    return estimator


for name, options in [
    ("flow", dict(n_mades=3, batch_norm=None, activation="tanh")),
    ("flow_deep", dict(n_mades=1, batch_norm=None, activation="relu", n_hidden=(9, 8))),
    ("flow_narrow", dict(n_mades=2, batch_norm=None, activation="tanh", n_hidden=(1,))),
]:
    flow = likelihood(name, **options)
    log_p, t = flow.evaluate_log_likelihood(X, THETAS, evaluate_score=True)
    scaled = flow._transform_parameters(THETAS)
    scaled_log_p, scaled_t = flow.evaluate_log_likelihood(X, scaled, evaluate_score=True)
    shape = (len(THETAS), len(X), P)  # MadMiner flattens events and components
    note(
        name,
        log_p_hat=log_p,
        t_hat=t.reshape(shape),
        log_p_hat_of_scaled_theta=scaled_log_p,
        t_hat_of_scaled_theta=scaled_t.reshape(shape) / flow.theta_scaling_stds,
        log_volume=np.sum(np.log(flow.x_scaling_stds)),
    )


class Code:
    """Runs a command, for whoever lets a pickle do what it says."""

    def __reduce__(self):
        return os.system, ("touch pickled_code_was_run",)


weights = torch.load(OUT / "ratio_tanh_state_dict.pt", weights_only=True)
torch.save({"weights": dict(weights), "code": Code()}, OUT / "code_state_dict.pt")
torch.save({name: tensor.double() for name, tensor in weights.items()}, OUT / "double_precision.pt")
torch.save({name: tensor.half() for name, tensor in weights.items()}, OUT / "half_precision.pt")
torch.save({"epoch": 3, "model_state_dict": weights, "loss": 0.5}, OUT / "checkpoint.pt")
torch.save(weights, OUT / "before_1.6.pt", _use_new_zipfile_serialization=False)
transposed = {n: t.t().contiguous().t() if t.ndim == 2 else t for n, t in weights.items()}
torch.save(transposed, OUT / "strided.pt")
from safetensors.torch import save_file  # noqa: E402

save_file({n: t.contiguous() for n, t in weights.items() if n.startswith("layers.")}, OUT / "plain.safetensors")

(OUT / "reference.json").write_text(json.dumps(reference))
print("MadMiner 0.9.6, PyTorch", torch.__version__, "NumPy", np.__version__)
