"""Times mini-batch SGD of small networks in this package, NumPy and JAX, one thread each."""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = (
    "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ["JAX_PLATFORMS"] = "cpu"
# One processor for everything that runs in this process, JAX's own threads included.
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402

try:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
except ImportError:
    jax = None

RATE = 0.01
BATCH = 10
NETWORKS = ((64, 10, 1), (13, 8, 1))
ROUNDS = 5
SECONDS = 1.0


class Problem:
    """The data, parameters and batches that the package has written."""

    def __init__(self, path, layers):
        lines = [np.array(line.split(), float) for line in pathlib.Path(path).read_text().split("\n")
                 if line]
        inputs, hidden, _ = layers
        self.layers = layers
        self.x = lines[0].reshape(-1, inputs)
        self.y = lines[1]
        self.start = lines[2]
        self.batches = lines[3].astype(int).reshape(-1, BATCH)
        self.end = lines[4]

    def unpack(self, flat):
        """W₁, b₁, W₂, b₂ of parameters whose last axis is the package's."""
        inputs, hidden, _ = self.layers
        lead = flat.shape[:-1]
        cut = inputs * hidden
        return (flat[..., :cut].reshape(*lead, hidden, inputs), flat[..., cut:cut + hidden],
                flat[..., cut + hidden:cut + 2 * hidden], flat[..., -1])


def numpy_step(parameters, x, y):
    """One step of one trajectory, vectorised over the batch, in place."""
    w1, b1, w2, b2 = parameters
    a = np.tanh(x @ w1.T + b1)
    e = (a @ w2 + b2[0] - y) * (RATE / len(y))
    back = np.outer(e, w2) * (1 - a * a)
    w2 -= e @ a
    b2 -= e.sum()
    w1 -= back.T @ x
    b1 -= back.sum(0)


def numpy_steps(parameters, x, y):
    """One step of many trajectories, vectorised over both, in place."""
    w1, b1, w2, b2 = parameters
    a = np.tanh(np.matmul(x, w1.transpose(0, 2, 1)) + b1[:, None, :])
    e = (np.matmul(a, w2[:, :, None])[:, :, 0] + b2[:, None] - y) * (RATE / y.shape[1])
    back = e[:, :, None] * w2[:, None, :] * (1 - a * a)
    w2 -= np.matmul(e[:, None, :], a)[:, 0, :]
    b2 -= e.sum(1)
    w1 -= np.matmul(back.transpose(0, 2, 1), x)
    b1 -= back.sum(1)


class NumPyOne:
    title = "NumPy, one trajectory"

    def __init__(self, problem):
        self.problem = problem
        self.rng = np.random.default_rng(1)
        self.parameters = [np.atleast_1d(np.array(p)) for p in problem.unpack(problem.start)]

    def check(self):
        parameters = [np.atleast_1d(np.array(p)) for p in self.problem.unpack(self.problem.start)]
        for batch in self.problem.batches:
            numpy_step(parameters, self.problem.x[batch], self.problem.y[batch])
        return np.concatenate([p.ravel() for p in parameters])

    def run(self, count):
        x, y, n = self.problem.x, self.problem.y, len(self.problem.y)
        for _ in range(count):
            batch = self.rng.integers(0, n, BATCH)
            numpy_step(self.parameters, x[batch], y[batch])
        return count * BATCH


class NumPyMany(NumPyOne):
    def __init__(self, problem, trajectories):
        self.title = f"NumPy, {trajectories} trajectories at a time"
        self.problem = problem
        self.trajectories = trajectories
        self.rng = np.random.default_rng(1)
        flat = np.repeat(problem.start[None], trajectories, 0)
        self.parameters = [np.array(p) for p in problem.unpack(flat)]

    def check(self):
        flat = np.repeat(self.problem.start[None], 3, 0)
        parameters = [np.array(p) for p in self.problem.unpack(flat)]
        for batch in self.problem.batches:
            batch = np.repeat(batch[None], 3, 0)
            numpy_steps(parameters, self.problem.x[batch], self.problem.y[batch])
        return np.concatenate([p[1].ravel() for p in parameters])

    def run(self, count):
        x, y, n = self.problem.x, self.problem.y, len(self.problem.y)
        for _ in range(count):
            batch = self.rng.integers(0, n, (self.trajectories, BATCH))
            numpy_steps(self.parameters, x[batch], y[batch])
        return count * BATCH * self.trajectories


class JAX:
    """A compiled loop over steps (scan), its gradient by automatic differentiation."""

    STEPS = 200

    def __init__(self, problem, trajectories):
        self.title = (
            "JAX, one trajectory" if trajectories == 1
            else f"JAX, {trajectories} trajectories at a time")
        self.problem = problem
        self.trajectories = trajectories
        x, y = jnp.array(problem.x), jnp.array(problem.y)

        def loss(flat, batch):
            w1, b1, w2, b2 = problem.unpack(flat)
            f = jnp.tanh(x[batch] @ w1.T + b1) @ w2 + b2
            return 0.5 * jnp.mean((f - y[batch]) ** 2)

        self.step = lambda flat, batch: flat - RATE * jax.grad(loss)(flat, batch)
        every = jax.vmap(self.step) if trajectories > 1 else self.step
        shape = (trajectories, BATCH) if trajectories > 1 else (BATCH,)

        def many(flat, key):
            def body(flat, key):
                return every(flat, jax.random.randint(key, shape, 0, len(y))), None
            return jax.lax.scan(body, flat, jax.random.split(key, JAX.STEPS))[0]

        self.many = jax.jit(many)
        self.key = jax.random.key(1)
        start = jnp.array(problem.start)
        self.flat = jnp.repeat(start[None], trajectories, 0) if trajectories > 1 else start

    def check(self):
        flat = jnp.array(self.problem.start)
        for batch in self.problem.batches:
            flat = self.step(flat, jnp.array(batch))
        return np.array(flat)

    def run(self, count):
        for _ in range(count):
            self.key, key = jax.random.split(self.key)
            self.flat = self.many(self.flat, key)
        self.flat.block_until_ready()
        return count * JAX.STEPS * BATCH * self.trajectories


def rate_of(peer, seconds):
    """Sample-gradients per second."""
    peer.run(1)
    count, elapsed = 1, 0.0
    while True:
        begin = time.perf_counter()
        done = peer.run(count)
        elapsed = time.perf_counter() - begin
        if elapsed > 0.5 * seconds:
            return done / elapsed
        count = max(count + 1, int(count * min(10, seconds / max(elapsed, 1e-9))))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    options = parser.parse_args()
    columns, worst = [], 0.0
    titles = []
    for layers in NETWORKS:
        units = ",".join(map(str, layers))

        def ours(*extra):
            command = [options.program, units, str(BATCH), str(SECONDS), "1", *extra]
            return float(subprocess.run(
                command, check=True, capture_output=True, text=True).stdout)

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "problem")
            ours(path)
            problem = Problem(path, layers)
        peers = [NumPyOne(problem)] + [NumPyMany(problem, n) for n in (8, 64, 512)]
        if jax is not None:
            peers += [JAX(problem, n) for n in (1, 8, 64, 512)]
        for peer in peers:
            worst = max(worst, np.abs(peer.check() - problem.end).max())
        titles = [peer.title for peer in peers]
        rates = [[] for _ in range(1 + len(peers))]
        for _ in range(ROUNDS):
            rates[0].append(ours())
            for k, peer in enumerate(peers):
                rates[k + 1].append(rate_of(peer, SECONDS))
        columns.append([statistics.median(values) for values in rates])
    if not worst < 1e-12:
        raise SystemExit(f"the programs disagree by {worst}")
    header = ["Program"]
    for layers in NETWORKS:
        name = "-".join(map(str, layers))
        header += [f"{name}, 10⁶/s", "this package is faster by"]
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for row, title in enumerate(["this package, 8 trajectories at a time"] + titles):
        cells = [title]
        for column in columns:
            ratio = column[0] / column[row]
            cells += [f"{column[row] / 1e6:.3g}", "–" if row == 0 else f"{ratio:.2g}×"
                      if ratio < 99.5 else f"{ratio:.0f}×"]
        lines.append("| " + " | ".join(cells) + " |")
    versions = f"NumPy {np.__version__}" + (f", JAX {jax.__version__}" if jax else "")
    text = f"""\
# Mini-batch SGD beside other programs

Made by `Benchmarks/descent/run`, which measures everything below again; do not edit.

True mini-batch SGD, θ ← θ − (η/B) Σ ∇ℓᵢ(θ), of networks with one hidden layer of tanh units and the
mean-square loss in double precision: 1000 samples, batches of B = {BATCH} drawn with replacement.
Millions of sample-gradients per second on one thread, drawing the batches and the step included;
medians of {ROUNDS} rounds in which all programs take turns. {versions}; this package as a user
builds it (no flags).

{chr(10).join(lines)}

NumPy is given the gradient written out with matrix products over the batch, or over batch and
trajectories; JAX differentiates the loss itself and compiles the loop over steps (`scan`, with
`vmap` over trajectories). From the same parameters and with the same batches all agree with this
package after 20 steps to {worst:.0e}.
"""
    options.output.write_text(text)
    print(text)


main()
