"""What each program returns for chains of 40 states, beside answers with guaranteed digits."""

import argparse
import json
import math
import pathlib
import subprocess
import warnings

import flint
import numpy as np

from exact import Exact
from networks import Network
from peers import PEERS, Unsupported

STATES = 40
DECADES = (16, 30, 100, 300, 400)
# Kind, its arguments for the generator, whether it has detailed balance.
KINDS = {
    "landscape-like, reversible": ("landscape", [], True),
    "landscape-like, irreversible": ("landscape", ["irreversible"], False),
    "random graph, irreversible": ("graph", ["4", "irreversible"], False),
}
SEED = 1
# Also called with the fastest rate as the unit of time.
STATE_REDUCTION = ("PyGT", "Pele", "QuantEcon")
SLOWEST = 5


def text_of(error):
    return f"{type(error).__name__}: {error}"[:160]


def judge(logs, exact, signs):
    """The largest relative error of positive quantities, and how many are lost.

    Beyond 1 it is the factor by which the worst is off, less 1. `exact` has balls, `None` for a
    quantity that is 0 by definition.
    """
    largest, lost = 0.0, {}
    for value, reference, sign in zip(logs, exact, signs):
        if reference is None:
            continue
        if sign:
            lost[sign] = lost.get(sign, 0) + 1
            continue
        with flint.ctx.workprec(4000):
            error = abs(value - reference).expm1()
            largest = max(largest, float(error.mid()) if error.mid() < 1e300 else math.inf)
    return {"error": largest, "lost": lost, "count": sum(x is not None for x in exact)}


def judge_doubles(values, exact, log_unit):
    """Judges doubles in a unit of time whose logarithm is given."""
    values = np.atleast_1d(np.asarray(values))
    values = [float(value.real) for value in values]
    signs = [
        "nan" if math.isnan(v) else "negative" if v < 0 else "0" if v == 0
        else "inf" if v == math.inf else "" for v in values]
    with flint.ctx.workprec(4000):
        logs = [
            None if sign else flint.arb(v).log() + flint.arb(log_unit)
            for v, sign in zip(values, signs)]
    return judge(logs, exact, signs)


def judge_logs(logs, exact):
    logs = [float(value) for value in logs]
    signs = [
        "nan" if math.isnan(v) else "0" if v == -math.inf else "inf" if v == math.inf else ""
        for v in logs]
    with flint.ctx.workprec(4000):
        balls = [None if sign else flint.arb(v) for v, sign in zip(logs, signs)]
    return judge(balls, exact, signs)


def worse(first, second):
    """The worse of two judgements of parts of one quantity."""
    lost = {key: first["lost"].get(key, 0) + second["lost"].get(key, 0)
            for key in {**first["lost"], **second["lost"]}}
    return {"error": max(first["error"], second["error"]), "lost": lost,
            "count": first["count"] + second["count"]}


def variation(values, exact):
    """Half the sum of the differences of two distributions."""
    values = np.asarray(values, float)
    expected = np.array([float(value.exp()) for value in exact])
    difference = float(np.abs(values - expected).sum() / 2)
    return difference if math.isfinite(difference) else None


def peer_answers(peer, exact, ends, network):
    start, end = ends
    result = {}

    def attempt(quantity, compute):
        try:
            result[quantity] = compute()
        except Unsupported:
            result[quantity] = {"status": "unsupported"}
        except Exception as error:
            result[quantity] = {"status": "error", "message": text_of(error)}

    def stationary():
        values = peer.stationary()
        return {**judge_doubles(values, exact["stationary"], 0.0),
                "variation": variation(values, exact["stationary"])}

    attempt("stationary", stationary)
    attempt("times", lambda: judge_doubles(peer.times(end), exact["times"], -network.log_unit))
    # Both ways, because 1 − q from q has no digits near q = 1.
    attempt("committor", lambda: worse(
        judge_doubles(peer.committor(start, end), exact["committor"], 0.0),
        judge_doubles(peer.committor(end, start), exact["complement"], 0.0)))
    attempt("slowest", lambda: judge_doubles(
        [peer.slowest()], exact["relaxation"][:1], -network.log_unit))
    return result


def constructed(peer, exact, ends, network):
    """The answers of a peer that may fail at its input already."""
    try:
        return peer_answers(peer(network), exact, ends, network)
    except Exception as error:
        failure = {"status": "error", "message": text_of(error)}
        return dict.fromkeys(("stationary", "times", "committor", "slowest"), failure)


def our_answers(program, path, exact, ends):
    start, end = ends
    answers = json.loads(subprocess.run(
        [program, "accuracy", path, str(start), str(end)], check=True, capture_output=True,
        text=True).stdout)
    probabilities = np.exp(np.array([float(x) for x in answers["logStationary"]]))
    result = {
        "stationary": {**judge_logs(answers["logStationary"], exact["stationary"]),
                       "variation": variation(probabilities, exact["stationary"])},
        "times": judge_logs(answers["logTimes"], exact["times"]),
        "committor": worse(
            judge_logs(answers["logCommittor"], exact["committor"]),
            judge_logs(answers["logComplement"], exact["complement"])),
    }
    if "refusal" in answers:
        result["slowest"] = {"status": "error", "message": answers["refusal"]}
    else:
        logs = answers["logRelaxationTimes"]
        result["slowest"] = judge_logs(logs[:1], exact["relaxation"][:1])
        result["slowest five"] = judge_logs(logs[:SLOWEST], exact["relaxation"])
    return result


def check_reference(program, path, end, exact):
    """The quadruple-precision program that is the reference for large chains."""
    text = subprocess.run(
        [program, path, str(end)], check=True, capture_output=True, text=True).stdout
    errors = []
    for line, stationary, time in zip(text.splitlines(), exact["stationary"], exact["times"]):
        for field, reference in zip(line.split(), (stationary, time)):
            if reference is not None:
                with flint.ctx.workprec(4000):
                    errors.append(float(abs(flint.arb(field).mid() - reference).mid()))
    return max(errors)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="chain-benchmark")
    parser.add_argument("--reference", required=True, help="the program made of reference.cpp")
    parser.add_argument("--results", required=True, type=pathlib.Path)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    records = []
    for kind, (shape, arguments, is_reversible) in KINDS.items():
        for decades in DECADES:
            path = options.results / "accuracy.edges"
            with open(path, "w") as file:
                subprocess.run(
                    [options.program, "generate", shape, str(STATES), str(decades), str(SEED)]
                    + arguments, check=True, stdout=file)
            network = Network(path)
            network.is_reversible = is_reversible
            solver = Exact(network)
            exact = {"stationary": solver.stationary()}
            order = sorted(
                range(STATES), key=lambda i: -float(exact["stationary"][i].mid()))
            start, end = order[0], order[1]
            exact["times"] = solver.times(end)
            exact["committor"] = solver.committor(start, end)
            exact["complement"] = solver.committor(end, start)
            exact["relaxation"] = solver.relaxation_times(SLOWEST)
            record = {
                "kind": kind, "decades": decades,
                "reference": check_reference(options.reference, path, end, exact),
                "rows": {"Ours": our_answers(options.program, path, exact, (start, end))}}
            for name, peer in PEERS.items():
                record["rows"][name] = constructed(peer, exact, (start, end), network)
            fastest = Network(path, is_centred=False)
            for name in STATE_REDUCTION:
                record["rows"][name + " fastest"] = constructed(
                    PEERS[name], exact, (start, end), fastest)
            path.unlink()
            records.append(record)
            print(f"{kind}, {decades} decades", json.dumps(record["rows"]["Ours"]), flush=True)
    versions = {name: f"{peer.package} {peer.version()}" for name, peer in PEERS.items()}
    (options.results / "accuracy.json").write_text(
        json.dumps({"versions": versions, "records": records}, indent=1) + "\n")


main()
