"""Writes Docs/chains-and-peers.md from the results of accuracy.py and speed.py."""

import argparse
import json
import math
import pathlib
import textwrap

TITLES = {
    "Ours": "this package",
    "Ours1": "this package, 1 thread",
    "Ours2": "this package, 2 threads",
    "PyGT": "PyGT, one by one",
    "PyGTBlocks": "PyGT, blocks of 20",
    "Pele": "pele (C++)",
    "QuantEcon": "QuantEcon",
    "PyGT fastest": "PyGT, fastest rate 1",
    "Pele fastest": "pele, fastest rate 1",
    "QuantEcon fastest": "QuantEcon, fastest rate 1",
    "Deeptime": "deeptime",
    "SciPySparse": "SciPy (SuperLU)",
    "NumPyDense": "NumPy (LAPACK)",
    "SymmetricDense": "NumPy, symmetrised",
}
QUANTITIES = {
    "stationary": "Stationary distribution, every state",
    "times": "Mean first-passage time to the second most occupied state, from every other state",
    "committor": "Committor between the two most occupied states and its complement, every state",
    "slowest": "Slowest relaxation time",
    "slowest five": "Five slowest relaxation times",
}
NETWORKS = {
    "landscape-1000": "landscape-like, 1000 states",
    "landscape-5000": "landscape-like, 5000 states",
    "landscape-100000": "landscape-like, 100 000 states",
    "graph-1000": "random graph, 1000 states, mean degree 4",
    "graph-5000": "random graph, 5000 states, mean degree 4",
    "graph-100000": "random graph, 100 000 states, mean degree 2.05",
}
WORDS = {"0": "zero", "negative": "negative", "nan": "nan", "inf": "infinite"}
# What a program does not offer, however it ended.
NOT_OFFERED = {"stationary": {"PyGT", "PyGTBlocks", "Pele"}, "passage": {"QuantEcon"}}
SPREADS = (8, 30, 100, 300)

INTRODUCTION = """\
# Chains beside other programs

Made by `Benchmarks/chains/run`, which measures everything below again; do not edit.

{versions}

**How the peers are called.** Each has its input made outside of the measurement and in the unit of
time that is kindest to doubles: rates centred about 1 on a logarithmic scale, rounded once from the
exact ones. In the unit in which the fastest rate is 1, as the rates of a landscape come, those
below 1e-308 are 0; the rows "fastest rate 1" show what state reduction in doubles makes of that.
deeptime takes transition matrices: it gets the jump chain for stationary distributions and
committors and the uniformised chain for times. PyGT and pele have no stationary distribution of a
general chain and are given the exact one where they want it. Both answer first-passage times, and
PyGT committors, for a start at a time; here they are called for each. Committors are asked for both
ways, because 1 − q has no digits of its own where q is near 1.

**What is an error.** The largest relative error |x/x₀ − 1| over the states; "off 10ᵏ" where the
answer is wrong by that factor, one way or the other; "negative", "zero", "nan" and "infinite" with
the number of states where that is what came back; "fails" with the exception that was raised; "–"
where there is nothing to show. This package answers in natural logarithms, whose own rounding is
an error of about 1e-13 in the quantity at 400 decades.
"""

PROGRAMS = """\
The programs: {versions}, all from the Python package index. PyGT and pele are graph transformation,
QuantEcon is the elimination of Grassmann, Taksar and Heyman on a dense matrix; the others are
linear algebra with subtractions."""

ACCURACY = """\

## What comes back as the rates spread

Three chains of 40 states at each spread of the rates, from `MarkovChain.randomLandscapeNetwork`
(with and without detailed balance) and `MarkovChain.randomGraph` (mean degree 4, without
detailed balance), seed 1; the worst of the three. The answers they are held against come from ball
arithmetic (Arb), which proves their digits.
"""

SPEED = """\

## Time

The stationary distribution of a chain, and the mean first-passage time from its first three states
to its last three. Chains with detailed balance, seed 1. Everybody takes turns; medians after a first
call that does not count. This package's times are in milliseconds on the two cores where the table
was made; the others' are multiples of its time on one thread in the same run.

The error stands beside the time: fast and wrong is no rival. Here it is a difference of logarithms
in doubles, whose own rounding comes to 1e-13 at 300 decades; 0 is the same double. "lost" is an
answer with zeros, negative numbers or NaN.

Limits are 120 s a call and 16 GiB. The spreads are measured in the order 30, 8, 100, 300 decades,
and a peer that needs more than 20 s at one is left out at the next. pele's quantity is the mean of
1/T over the start, PyGT's is T in both directions (it offers no less), deeptime's and this
package's are T from every state.

The reference is `Benchmarks/chains/reference.cpp`, the elimination in quadruple precision; on the
chains of 40 states it agrees with ball arithmetic to {reference}. QuantEcon's matrix of 100 000
states would take 80 GB.
"""


def number(value):
    """3e-15, without the zero of 3e-05."""
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}" if int(exponent) else mantissa


def error_text(error):
    if error == "lost":
        return "lost"
    if error == math.inf:
        return "infinite"
    if error >= 1:
        power = math.log10(error + 1)
        return f"off 10^{power:.0f}" if power >= 1.5 else f"off {error + 1:.0f}×"
    return number(error) if error > 0 else "0"


def accuracy_text(cell):
    if cell["status"] == "error":
        name = cell["message"].split(":")[0]
        return "fails" + (f" ({name})" if name.isidentifier() else "")
    if cell["lost"]:
        return ", ".join(
            f"{count} of {cell['count']} {WORDS[sign]}" if cell["count"] > 1 else WORDS[sign]
            for sign, count in sorted(cell["lost"].items(), key=lambda item: -item[1]))
    return error_text(cell["error"])


def badness(cell):
    if cell["status"] == "error":
        return (2, 0.0)
    lost = sum(cell["lost"].values())
    return (1, lost) if lost else (0, cell["error"])


def table(header, rows):
    lines = ["", "| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def accuracy_tables(results):
    records = results["records"]
    spreads = sorted({record["decades"] for record in records})
    header = ["Program"] + [f"1e-{spread}" for spread in spreads]
    lines = []
    for quantity, title in QUANTITIES.items():
        rows = []
        distances = []
        for name in TITLES:
            if name not in records[0]["rows"] or (quantity == "slowest" and " " in name):
                continue
            cells, variations = [], []
            for spread in spreads:
                found = [
                    {"status": "done", **record["rows"][name][quantity]}
                    for record in records
                    if record["decades"] == spread and quantity in record["rows"][name]]
                found = [cell for cell in found if cell["status"] != "unsupported"]
                if not found:
                    break
                cells.append(accuracy_text(max(found, key=badness)))
                values = [cell.get("variation") for cell in found]
                variations.append(
                    "–" if None in values else error_text(min(max(values), 0.99)))
            if cells:
                rows.append([TITLES[name]] + cells)
                distances.append([TITLES[name]] + variations)
        lines += ["", f"### {title}"] + table(header, rows)
        if quantity == "stationary":
            lines += ["", "The same as a distance of distributions, half the sum of |π − π₀|, which",
                      "forgives errors of rare states:"] + table(header, distances)
    return lines


def speed_text(name, cell):
    if cell is None:
        return "–"
    if cell["status"] == "done":
        seconds, error = cell["seconds"], error_text(cell["error"])
        if name.startswith("Ours"):
            return f"{float(f'{1e3 * seconds:.3g}'):g} ms, {error}"
        ratio = cell["ratio"]
        return f"{ratio:.2g}×, {error}" if ratio < 99.5 else f"{ratio:.0f}×, {error}"
    if cell["status"] == "error":
        kind = cell.get("message", "").split(":")[0]
        return f"fails ({kind})" if kind.isidentifier() else "fails"
    return {"time": "> 120 s", "memory": "no memory"}[cell["status"]]


def speed_tables(directory):
    lines = []
    for quantity, title in (
            ("stationary", "Stationary distribution"),
            ("passage", "Mean first-passage time between two sets")):
        lines += ["", f"### {title}"]
        for kind, network in NETWORKS.items():
            records = {}
            for spread in SPREADS:
                path = directory / f"{kind}-{spread}.json"
                if path.exists():
                    records[spread] = json.loads(path.read_text())["rows"]
            rows = []
            for name in TITLES:
                if name in NOT_OFFERED[quantity]:
                    continue
                cells = [records.get(spread, {}).get(name, {}).get(quantity) for spread in SPREADS]
                if any(cell and cell["status"] != "unsupported" for cell in cells):
                    rows.append([TITLES[name]] + [speed_text(name, cell) for cell in cells])
            if rows:
                header = [network[0].upper() + network[1:]] + [f"1e-{s}" for s in SPREADS]
                lines += table(header, rows)
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", required=True, type=pathlib.Path)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    options = parser.parse_args()
    accuracy = json.loads((options.results / "accuracy.json").read_text())
    versions = ", ".join(sorted(set(accuracy["versions"].values()), key=str.lower))
    reference = max(record["reference"] for record in accuracy["records"])
    lines = [INTRODUCTION.format(
        versions=textwrap.fill(PROGRAMS.format(versions=versions), 100)).rstrip()]
    lines += [ACCURACY.rstrip()] + accuracy_tables(accuracy)
    lines += [SPEED.format(reference=number(reference)).rstrip()]
    lines += speed_tables(options.results)
    options.output.write_text("\n".join(lines) + "\n")


main()
