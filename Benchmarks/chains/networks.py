"""Chains as edge lists, and the errors of answers about them."""

import math

import numpy as np


class Network:
    """A chain: natural logarithms of rates between states counted from 0."""

    def __init__(self, path, is_centred=True):
        table = np.loadtxt(path, ndmin=2)
        self.source = table[:, 0].astype(np.int64)
        self.target = table[:, 1].astype(np.int64)
        self.log_rates = table[:, 2]
        self.count = int(max(self.source.max(), self.target.max())) + 1
        # Peers count in doubles. Rates centred about 1 lose least; the other unit of time is that
        # in which the fastest rate is 1.
        self.log_unit = self.log_rates.max()
        if is_centred:
            self.log_unit = (self.log_unit + self.log_rates.min()) / 2
        with np.errstate(over="ignore", under="ignore"):
            centred = self.log_rates.astype(np.longdouble) - self.log_unit
            self.rates = np.exp(centred).astype(float)

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
    """The largest relative error, from logarithms; the factor where an answer is far off.

    Infinite where an answer is, "lost" where one is 0, negative or NaN.
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
        return float(np.max(np.expm1(np.abs(logs - reference)), initial=0.0))
