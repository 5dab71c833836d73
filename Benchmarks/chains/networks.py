"""Chains as edge lists, and the errors of answers about them."""

import math

import numpy as np


class Network:
    """A chain: natural logarithms of rates between states counted from 0."""

    def __init__(self, path):
        table = np.loadtxt(path, ndmin=2)
        self.source = table[:, 0].astype(np.int64)
        self.target = table[:, 1].astype(np.int64)
        self.log_rates = table[:, 2]
        self.count = int(max(self.source.max(), self.target.max())) + 1
        # Peers count in doubles. Their rates are centred about 1, the unit of time that loses least.
        self.log_unit = (self.log_rates.max() + self.log_rates.min()) / 2
        with np.errstate(over="ignore", under="ignore"):
            self.rates = np.exp(self.log_rates - self.log_unit)

    def exit_rates(self):
        return np.bincount(self.source, weights=self.rates, minlength=self.count)


def logarithm(values):
    """Natural logarithms of what a peer returned: −inf for 0, NaN for what is no such quantity."""
    values = np.asarray(values)
    if np.iscomplexobj(values):
        values = values.real
    with np.errstate(all="ignore"):
        return np.where(values < 0, np.nan, np.log(values))


def largest_error(logs, reference):
    """The largest relative error, from logarithms.

    Inf where a positive answer is infinite, "lost" where one is 0, negative or NaN.
    """
    logs, reference = np.asarray(logs, float), np.asarray(reference, float)
    known = np.isfinite(reference)
    if not np.all(logs[~known] == reference[~known]):
        return "lost"
    logs, reference = logs[known], reference[known]
    if np.any(np.isnan(logs) | (logs == -np.inf)):
        return "lost"
    if np.any(logs == np.inf):
        return math.inf
    with np.errstate(over="ignore"):
        return float(np.max(np.abs(np.expm1(logs - reference)), initial=0.0))
