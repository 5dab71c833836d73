"""Answers about small chains with guaranteed digits, by ball arithmetic (Arb, python-flint).

The rates are exp of the stored doubles, exactly. Precision is raised until the enclosures are
narrow, so that the answers are right whatever the algorithm.
"""

import flint


class Exact:
    """Natural logarithms of the exact answers, as balls."""

    BITS = 100

    def __init__(self, network):
        self.network = network

    def _refined(self, compute, bits):
        """Raises the precision until all answers are narrow; `None` stands for a logarithm of 0."""
        while bits < 200_000:
            with flint.ctx.workprec(bits):
                try:
                    values = compute()
                except (ZeroDivisionError, ValueError):
                    values = [flint.arb(0, 1)]
                # Exactly 0, as a committor is behind the set that is to be avoided.
                values = [None if value == 0 else value for value in values]
                if all(value is None or value.rel_accuracy_bits() >= self.BITS
                       for value in values):
                    return [None if value is None else value.log() for value in values]
            bits *= 2
        raise ArithmeticError("no convergence")

    @property
    def _start_bits(self):
        spread = self.network.log_rates.max() - self.network.log_rates.min()
        return int(2 * spread / 0.69) + 300

    def _rates(self):
        count = self.network.count
        rates = [[flint.arb(0)] * count for _ in range(count)]
        for i, j, value in zip(
                self.network.source.tolist(), self.network.target.tolist(),
                self.network.log_rates.tolist()):
            rates[i][j] = rates[i][j] + flint.arb(value).exp()
        return rates

    def _solve(self, rates, inside, right):
        """Solves −Q x = right on the states inside."""
        matrix = flint.arb_mat([
            [sum(rates[i], flint.arb(0)) if i == j else -rates[i][j] for j in inside]
            for i in inside])
        return [x[0] for x in matrix.solve(flint.arb_mat([[r] for r in right])).tolist()]

    def stationary(self):
        states = range(self.network.count)

        def compute():
            rates = self._rates()
            inside = states[1:]
            matrix = flint.arb_mat([
                [sum(rates[i], flint.arb(0)) if i == j else -rates[j][i] for j in inside]
                for i in inside])
            weights = [flint.arb(1)] + [x[0] for x in matrix.solve(
                flint.arb_mat([[rates[0][i]] for i in inside])).tolist()]
            total = sum(weights, flint.arb(0))
            return [weight / total for weight in weights]

        return self._refined(compute, self._start_bits)

    def times(self, end):
        inside = [i for i in range(self.network.count) if i != end]

        def compute():
            values = self._solve(self._rates(), inside, [flint.arb(1)] * len(inside))
            values.insert(end, None)
            return values

        return self._refined(compute, self._start_bits)

    def committor(self, start, end):
        """The committor to `end`; the complement is that to `start`."""
        inside = [i for i in range(self.network.count) if i not in (start, end)]

        def compute():
            rates = self._rates()
            answer = dict(zip(inside, self._solve(rates, inside, [rates[i][end] for i in inside])))
            return [
                None if i == start else flint.arb(1) if i == end else answer[i]
                for i in range(self.network.count)]

        return self._refined(compute, self._start_bits)

    def relaxation_times(self, count):
        """The slowest times, 1/|Re λ|."""

        def compute():
            rates = self._rates()
            matrix = flint.acb_mat([
                [-sum(rates[i], flint.arb(0)) if i == j else rates[i][j]
                 for j in range(self.network.count)] for i in range(self.network.count)])
            sizes = sorted(
                (abs(value.real) for value in matrix.eig()), key=lambda size: float(size.mid().log()
                    if size.mid() > 0 else flint.arb(-1e300)))
            return [1 / size for size in sizes[1:count + 1]]

        return self._refined(compute, self._start_bits)
