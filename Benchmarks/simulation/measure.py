"""Steps per second of the package beside other programs, in turns, and the table of them.

Every contestant answers requests of a fixed number of steps; in each round everybody gets one, so
that a ratio is one of the same minute. Medians over the rounds.
"""

import argparse
import os
import statistics
import subprocess
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import deeptime
import deeptime.data
import numba
import numpy as np

DT = 1e-3
NOISE = (2 * 0.5 * DT) ** 0.5


class Program:
    """A program that answers "case steps" with the steps done and the seconds."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, case, steps):
        self.process.stdin.write(f"{case} {steps}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        return int(answer[0]) / float(answer[1])


def run_deeptime(steps):
    # Many steps per evaluation, so that nothing but the integrator is measured.
    system = deeptime.data.double_well_2d(h=DT, n_steps=steps // 10)
    start = time.perf_counter()
    system.trajectory(np.array([[1.0, 1.0]]), 11, seed=1, n_jobs=1)
    return steps / (time.perf_counter() - start)


@numba.njit
def numba_loop(steps):
    x = y = 1.0
    for _ in range(steps):
        gx = 4 * x * (x * x - 1)
        gy = 2 * y
        x += NOISE * np.random.standard_normal() - DT * gx
        y += NOISE * np.random.standard_normal() - DT * gy
    return x + y


def run_numba(steps):
    start = time.perf_counter()
    numba_loop(steps)
    return steps / (time.perf_counter() - start)


def run_numpy(steps):
    generator = np.random.default_rng(1)
    position = np.ones((2, 10000))
    start = time.perf_counter()
    for _ in range(max(1, steps // 10000)):
        noise = generator.standard_normal((2, 10000))
        x, y = position
        position[0] -= DT * 4 * x * (x * x - 1)
        position[1] -= DT * 2 * y
        position += NOISE * noise
    return max(1, steps // 10000) * 10000 / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--package", required=True, help="as a user builds it")
    parser.add_argument("--native", required=True, help="built for this machine")
    parser.add_argument("--rivals", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    package, native = Program(arguments.package), Program(arguments.native)
    rivals = Program(arguments.rivals)
    numba_loop(10)
    million = 1_000_000
    ours = ("gradient", "energy-only", "formula", "gradient-heun", "gradient-leimkuhlerMatthews",
            "styblinski-tang-10", "ensemble-1", "ensemble-2")
    contestants = {}
    for case in ours:
        size = (20 if "styblinski" in case else 400 if "ensemble" in case else 100) * million
        contestants["package", case] = lambda c=case, s=size: package(c, s)
        contestants["native", case] = lambda c=case, s=size: native(c, s)
    for case, size in (("philox", 100), ("xoshiro", 100), ("ziggurat", 40), ("standard", 20),
                       ("styblinski-philox", 20), ("styblinski-xoshiro", 20)):
        contestants["rival", case] = lambda c=case, s=size * million: rivals(c, s)
    contestants["peer", "deeptime"] = lambda: run_deeptime(5 * million)
    contestants["peer", "numba"] = lambda: run_numba(8 * million)
    contestants["peer", "numpy"] = lambda: run_numpy(20 * million)
    speeds = {name: [] for name in contestants}
    for call in contestants.values():
        call()
    for _ in range(arguments.rounds):
        for name, call in contestants.items():
            speeds[name].append(call())
    write(speeds, arguments.output)


def write(speeds, output):
    def median(*name):
        return statistics.median(speeds[name]) / 1e6

    def ratio(a, b):
        return statistics.median(x / y for x, y in zip(speeds[a], speeds[b]))

    def spread(a, b):
        values = sorted(x / y for x, y in zip(speeds[a], speeds[b]))
        return f"{values[1]:.2f}–{values[-2]:.2f}"

    well, native = ("package", "gradient"), ("native", "gradient")
    lines = [
        "# The speed of the simulation beside other programs", "",
        "Made by `Benchmarks/simulation/run`, which measures everything below again; do not edit.",
        "",
        f"deeptime {deeptime.__version__}, numba {numba.__version__}, NumPy {np.__version__}; the",
        "C++ loops are `Benchmarks/simulation/rivals.cpp`, compiled with `-O3 -march=native`.",
        "The double well is V = (x² − 1)² + y² with D = 0.5 and Δt = 10⁻³, Euler and Maruyama in",
        "double precision, on one core. Everybody takes turns; medians over "
        f"{len(speeds[well])} rounds. \"Built for",
        "this machine\" is `swift build -c release -Xcc -march=native`; the package needs no flag.",
        "", "## Double well in two dimensions", "",
        "| Program | million steps a second | this package is faster by |",
        "| --- | --- | --- |",
        f"| **this package, no flags** | **{median(*well):.0f}** | |",
        f"| this package, built for this machine | {median(*native):.0f} | |"]
    names = {
        ("peer", "deeptime"): "deeptime (C++)", ("peer", "numba"): "Numba",
        ("peer", "numpy"): "NumPy over 10 000 paths",
        ("rival", "standard"): "C++, the standard library's generators",
        ("rival", "ziggurat"): "C++, ziggurat",
        ("rival", "philox"): "C++, eight lanes, the same random numbers",
        ("rival", "xoshiro"): "C++, eight lanes, xoshiro256++ (no counter)"}
    for name, text in names.items():
        lines.append(f"| {text} | {median(*name):.0f} | {ratio(well, name):.2f} |")
    lines += [
        "", "Built for this machine, this package makes "
        f"{ratio(native, ('rival', 'philox')):.2f} ({spread(native, ('rival', 'philox'))}) of the "
        "steps of the",
        "eight-lane C++ loop with the same random numbers, and "
        f"{ratio(native, ('rival', 'xoshiro')):.2f} of those of the loop with the cheaper",
        "generator, which can neither be entered at a step nor give every trajectory a stream of "
        "its own.", "",
        "## Other ways to the same well", "",
        "| Landscape or method | million steps a second | of the built-in way |",
        "| --- | --- | --- |"]
    for case, text in (
            ("gradient", "energy and gradient in Swift"),
            ("energy-only", "a user's landscape that only wrote its energy"),
            ("formula", "a formula from text"),
            ("gradient-heun", "Heun's method, two drifts a step"),
            ("gradient-leimkuhlerMatthews", "Leimkuhler and Matthews's method")):
        lines.append(
            f"| {text} | {median('package', case):.0f} | "
            f"{ratio(('package', case), well):.2f} |")
    styblinski = ("package", "styblinski-tang-10")
    lines += [
        "", "## Styblinski–Tang in ten dimensions", "",
        "| Program | million steps a second | of the C++ loop with the same random numbers |",
        "| --- | --- | --- |"]
    for name, text in (
            (styblinski, "this package, no flags"),
            (("native", "styblinski-tang-10"), "this package, built for this machine"),
            (("rival", "styblinski-philox"), "C++, eight lanes, the same random numbers"),
            (("rival", "styblinski-xoshiro"), "C++, eight lanes, xoshiro256++")):
        lines.append(
            f"| {text} | {median(*name):.1f} | "
            f"{ratio(name, ('rival', 'styblinski-philox')):.2f} |")
    one, two = ("package", "ensemble-1"), ("package", "ensemble-2")
    lines += [
        "", "## Two threads", "",
        f"An ensemble of 128 trajectories with core sets watched makes {median(*one):.0f} million "
        "steps a second on",
        f"one thread and {median(*two):.0f} on two: {ratio(two, one):.2f} times as many "
        f"({spread(two, one)}).", ""]
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


main()
