"""What the peers answer about a chain, each called as its manual says.

Every peer is given its own input, made outside of the measurement, and the best known call. A
method returns doubles in the network's unit of time; `Unsupported` says that the peer has none.
"""

import importlib
import importlib.metadata

import numpy as np
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg


class Unsupported(Exception):
    """The peer does not compute this quantity."""


class Peer:
    """A peer with a chain. `stationary_method` and `passage_method` name the calls."""

    package = ""
    title = ""
    # Peers whose input is a dense matrix of n² doubles.
    is_dense = False

    def __init__(self, network):
        self.network = network

    @classmethod
    def version(cls):
        return importlib.metadata.version(cls.package)

    def indicator(self, states):
        result = np.zeros(self.network.count, bool)
        result[list(states)] = True
        return result

    def rate_matrix(self):
        """Rates from row to column, without the diagonal."""
        network = self.network
        return scipy.sparse.csr_matrix(
            (network.rates, (network.source, network.target)), (network.count, network.count))

    def generator(self):
        return (self.rate_matrix() - scipy.sparse.diags(self.network.exit_rates())).tocsc()

    def stationary(self):
        """The stationary distribution."""
        raise Unsupported

    def passage(self, start, end, weights):
        """The mean first-passage time from a set, over which `weights` are spread, to another."""
        raise Unsupported

    def times(self, end):
        """The mean first-passage times from every state to one."""
        raise Unsupported

    def committor(self, start, end):
        """The probabilities to reach one state before another, from every state."""
        raise Unsupported

    def slowest(self):
        """The slowest relaxation time."""
        raise Unsupported


def slowest_of(rates):
    """The slowest time of rates of relaxation, the first of which is the stationary one."""
    rates = np.sort(np.abs(np.asarray(rates).real))
    with np.errstate(divide="ignore"):
        return 1 / rates[1]


class SciPySparse(Peer):
    """Sparse LU decomposition (SuperLU) of the generator."""

    package = "scipy"
    title = "SciPy, SuperLU"

    def __init__(self, network):
        super().__init__(network)
        self.q = self.generator()

    def stationary(self):
        # The balance equations of all states but the first, whose weight is set to 1.
        q = self.q.T.tocsc()
        weights = np.concatenate(
            [[1.0], scipy.sparse.linalg.spsolve(q[1:, 1:].tocsc(), -q[1:, :1].toarray()[:, 0])])
        return weights / weights.sum()

    def times(self, end):
        return self._times([end])

    def passage(self, start, end, weights):
        return self._times(end)[start] @ weights

    def _times(self, end):
        inside = ~self.indicator(end)
        result = np.zeros(self.network.count)
        result[inside] = scipy.sparse.linalg.spsolve(
            -self.q[inside][:, inside].tocsc(), np.ones(inside.sum()))
        return result

    def committor(self, start, end):
        inside = ~self.indicator([start, end])
        result = self.indicator([end]).astype(float)
        result[inside] = scipy.sparse.linalg.spsolve(
            self.q[inside][:, inside].tocsc(), -self.q[inside][:, [end]].toarray()[:, 0])
        return result


class NumPyDense(Peer):
    """Dense LU decomposition and eigenvalues (LAPACK) of the generator."""

    package = "numpy"
    title = "NumPy, dense LU and QR iteration"
    is_dense = True

    def __init__(self, network):
        super().__init__(network)
        self.q = self.generator().toarray()

    def stationary(self):
        q = self.q.T
        weights = np.concatenate([[1.0], np.linalg.solve(q[1:, 1:], -q[1:, 0])])
        return weights / weights.sum()

    def times(self, end):
        inside = ~self.indicator([end])
        result = np.zeros(self.network.count)
        result[inside] = np.linalg.solve(
            -self.q[np.ix_(inside, inside)], np.ones(inside.sum()))
        return result

    def committor(self, start, end):
        inside = ~self.indicator([start, end])
        result = self.indicator([end]).astype(float)
        result[inside] = np.linalg.solve(self.q[np.ix_(inside, inside)], -self.q[inside, end])
        return result

    def slowest(self):
        return slowest_of(np.linalg.eigvals(self.q))


class SymmetricDense(Peer):
    """Eigenvalues (LAPACK) of the symmetrised generator of a chain with detailed balance."""

    package = "numpy"
    title = "NumPy, symmetric eigenvalues"
    is_dense = True

    def slowest(self):
        # √(k_ij k_ji) off the diagonal.
        rates = self.rate_matrix().toarray()
        symmetric = np.sqrt(rates) * np.sqrt(rates.T)
        if not self.network.is_reversible:
            raise Unsupported
        return slowest_of(np.linalg.eigvalsh(symmetric - np.diag(rates.sum(1))))


class Deeptime(Peer):
    """Transition matrices; of two that a chain of rates has, the one that serves each call best.

    The jump chain gives stationary probabilities (times the mean stay) and committors; the
    uniformised chain I + Q/max exit rate gives times.
    """

    package = "deeptime"
    title = "deeptime"

    def __init__(self, network):
        super().__init__(network)
        self.api = importlib.import_module("deeptime.markov.tools.analysis")
        exits = network.exit_rates()
        self.stays = 1 / exits
        self.jumps = (scipy.sparse.diags(self.stays) @ self.rate_matrix()).tocsr()
        self.step = 1 / exits.max()
        self.uniformised = (
            self.rate_matrix() * self.step
            + scipy.sparse.diags(1 - exits * self.step)).tocsr()

    def stationary(self):
        weights = self.api.stationary_distribution(self.jumps) * self.stays
        return weights / weights.sum()

    def times(self, end):
        return self.api.mfpt(self.uniformised, end) * self.step

    def passage(self, start, end, weights):
        mu = np.zeros(self.network.count)
        mu[start] = weights
        return self.api.mfpt(self.uniformised, end, origin=start, mu=mu) * self.step

    def committor(self, start, end):
        return self.api.committor(self.jumps, [start], [end])

    def slowest(self):
        return self.api.timescales(self.uniformised.toarray(), tau=self.step)[1]


class QuantEcon(Peer):
    """State reduction (GTH) on a dense matrix."""

    package = "quantecon"
    title = "QuantEcon"
    is_dense = True

    def __init__(self, network):
        super().__init__(network)
        self.gth_solve = importlib.import_module("quantecon.markov").gth_solve
        self.gth_solve(np.array([[-1.0, 1.0], [1.0, -1.0]]))  # compiled at the first call
        self.q = self.generator().toarray()

    def stationary(self):
        return self.gth_solve(self.q)


class PyGT(Peer):
    """Graph transformation on a sparse matrix in Python, a state at a time."""

    package = "PyGT"
    title = "PyGT"
    block = 1

    def __init__(self, network):
        super().__init__(network)
        self.pygt = importlib.import_module("PyGT")
        self.waits = 1 / network.exit_rates()
        # Branching probabilities, to row from column.
        self.branching = (scipy.sparse.diags(self.waits) @ self.rate_matrix()).T.tocsr()

    def passage(self, start, end, weights):
        uniform = np.full(len(end), 1 / len(end))
        return self.pygt.stats.compute_rates(
            self.indicator(start), self.indicator(end), self.branching, self.waits,
            np.full(self.network.count, 1.0), initA=weights, initB=uniform, fullGT=True,
            block=self.block)["MFPTBA"]

    def times(self, end):
        return np.array([
            0.0 if state == end else self.pygt.mfpt.compute_MFPT(
                end, state, self.branching, self.waits, block=self.block)[0]
            for state in range(self.network.count)])

    def committor(self, start, end):
        # From what is left of the graph when only three states are kept.
        result = self.indicator([end]).astype(float)
        for state in range(self.network.count):
            if state in (start, end):
                continue
            kept = self.indicator([start, end, state])
            left, _ = self.pygt.GT.blockGT(~kept, self.branching, self.waits, block=self.block)
            column = np.asarray(left.todense() if scipy.sparse.issparse(left) else left)[
                :, list(np.flatnonzero(kept)).index(state)]
            share = dict(zip(np.flatnonzero(kept), column))
            result[state] = share[end] / (share[start] + share[end])
        return result

    def slowest(self):
        rates, _, _ = self.pygt.tools.eig_wrapper(self.generator().toarray().T)
        return slowest_of(rates)


class PyGTBlocks(PyGT):
    """The same in blocks of 20 states, its default."""

    title = "PyGT, blocks of 20"
    block = 20


class Pele(Peer):
    """Graph transformation in C++ on maps (its class NGT)."""

    package = "pele"
    title = "pele"

    def __init__(self, network):
        super().__init__(network)
        self.ngt = importlib.import_module("pele.rates._ngt_cpp").NGT
        self.rates = {
            (i, j): rate for i, j, rate in zip(
                network.source.tolist(), network.target.tolist(), network.rates.tolist())}

    def prepare_passage(self, start, end, weights):
        # The graph is made here, outside of the measurement, and used up by it.
        return self.ngt(
            self.rates, start, end,
            weights={**dict(zip(start, weights)), **{state: 1.0 for state in end}})

    def passage(self, start, end, weights, prepared=None):
        # The mean of the rates 1/T over the start, not 1/mean of T.
        reduction = prepared or self.prepare_passage(start, end, weights)
        reduction.compute_rates()
        return np.float64(1) / reduction.get_rate_AB()

    def times(self, end):
        return np.array([
            0.0 if state == end else self.passage([state], [end], [1.0])
            for state in range(self.network.count)])

    def committor(self, start, end):
        reduction = self.ngt(self.rates, [start], [end], weights={start: 1.0, end: 1.0})
        reduction.compute_rates_and_committors()
        values = reduction.get_committors()
        return np.array([values[state] for state in range(self.network.count)])


PEERS = {
    peer.__name__: peer
    for peer in (
        PyGT, PyGTBlocks, Pele, QuantEcon, Deeptime, SciPySparse, NumPyDense, SymmetricDense)
}
