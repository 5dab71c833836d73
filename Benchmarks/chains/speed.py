"""Times of the stationary distribution and of a mean first-passage time, with their errors.

One run measures all contestants on a chain, in turns, so that ratios are of the same minutes.
Writes a file per chain to the directory of results; a second run adds to it.
"""

import argparse
import json
import os
import pathlib
import select
import statistics
import subprocess
import sys
import time

import numpy as np

from networks import Network, largest_error, logarithm
from peers import PEERS

HERE = pathlib.Path(__file__).resolve().parent
# Kind, states, mean degree, where the generator wants one.
KINDS = {
    "landscape-1000": ("landscape", 1000, None),
    "landscape-5000": ("landscape", 5000, None),
    "landscape-100000": ("landscape", 100000, None),
    "graph-1000": ("graph", 1000, 4),
    "graph-5000": ("graph", 5000, 4),
    "graph-100000": ("graph", 100000, 2.05),
}
# The first spread is the one that the slowest peers are measured at.
DECADES = (30, 8, 100, 300)
SEED = 1
CONTESTANTS = (
    "Ours1", "Ours2", "PyGT", "PyGTBlocks", "Pele", "QuantEcon", "Deeptime", "SciPySparse")


class Contestant:
    """A process that answers requests, with a limit of time for each."""

    def __init__(self, command, limit):
        self.command = command
        self.limit = limit
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)

    def receive(self):
        """The next line, or why there is none."""
        end = time.monotonic() + self.limit
        data = b""
        while not data.endswith(b"\n"):
            ready, _, _ = select.select(
                [self.process.stdout], [], [], max(0, end - time.monotonic()))
            if not ready:
                self.process.kill()
                self.process.wait()
                return {"status": "time"}
            # Not through a buffer, of which select knows nothing.
            chunk = os.read(self.process.stdout.fileno(), 1 << 20)
            if not chunk:
                code = self.process.wait()
                return {"status": "error", "message": f"ended with {code}"}
            data += chunk
        return json.loads(data)

    def ask(self, line):
        if self.process.poll() is not None:
            return {"status": "error", "message": "ended"}
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()
        return self.receive()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Ours(Contestant):
    def __init__(self, program, path, threads, limit):
        super().__init__([program, "serve", path], limit)
        self.threads = threads

    def measure(self, quantity, problem):
        if quantity == "stationary":
            answer = self.ask(f"stationary {self.threads}")
        else:
            answer = self.ask(f"times {self.threads} " + ",".join(map(str, problem.end)))
        if "status" in answer:
            return answer
        logs = np.array([float(value) for value in answer["values"]])
        if quantity == "passage":
            logs = mean_logarithm(problem.weights, logs[problem.start])
        return {"status": "done", "seconds": answer["seconds"], "logs": logs}


class Theirs(Contestant):
    def __init__(self, name, path, memory, limit):
        super().__init__(
            [sys.executable, str(HERE / "worker.py"), name, path, str(memory)], limit)
        self.first = self.receive()

    def measure(self, quantity, problem):
        if self.first["status"] == "ready" and self.process.poll() is not None:
            # Ended by its limit at the quantity before.
            self.start()
            self.first = self.receive()
        if self.first["status"] != "ready":
            return self.first
        arguments = []
        if quantity == "passage":
            arguments = [problem.start, problem.end, problem.weights.tolist()]
        answer = self.ask(json.dumps({"quantity": quantity, "arguments": arguments}))
        if answer["status"] == "done":
            answer["logs"] = logarithm(answer["values"])
            if quantity == "passage":
                answer["logs"] = answer["logs"] - problem.network.log_unit
        return answer


def mean_logarithm(weights, logs):
    """ln of the weighted mean of quantities that are given as logarithms."""
    largest = logs.max()
    return np.array([np.log(weights @ np.exp(logs - largest)) + largest])


class Problem:
    """A chain, the two sets, and the reference."""

    def __init__(self, path, reference_program):
        self.network = Network(path)
        count = self.network.count
        self.start = [0, 1, 2]
        self.end = [count - 3, count - 2, count - 1]
        start = time.monotonic()
        text = subprocess.run(
            [reference_program, path, ",".join(map(str, self.end))], check=True,
            capture_output=True, text=True).stdout
        self.reference_seconds = time.monotonic() - start
        values = np.array(text.split(), float).reshape(count, 2)
        self.log_stationary = values[:, 0]
        inside = self.log_stationary[self.start]
        self.weights = np.exp(inside - inside.max())
        self.weights /= self.weights.sum()
        self.log_times = values[self.start, 1]

    def reference(self, quantity, name):
        if quantity == "stationary":
            return self.log_stationary
        if name == "Pele":  # the mean of the rates
            return -mean_logarithm(self.weights, -self.log_times)
        return mean_logarithm(self.weights, self.log_times)


def measure(problem, contestants, quantities, rounds):
    """Medians and errors, one contestant after the other in every round."""
    rows = {name: {} for name in contestants}
    for quantity in quantities:
        seconds = {name: [] for name in contestants}
        last = {}
        spent = dict.fromkeys(contestants, 0.0)
        for turn in range(rounds + 1):
            for name, contestant in contestants.items():
                if name in last:
                    failed = last[name]["status"] != "done"
                    slow = last[name].get("seconds", 0)
                    if failed or slow > 10 or (slow > 1 and turn > 3):
                        continue
                before = time.monotonic()
                last[name] = contestant.measure(quantity, problem)
                spent[name] = max(spent[name], time.monotonic() - before)
                if last[name]["status"] == "done":
                    seconds[name].append(last[name]["seconds"])
        for name in contestants:
            answer = last[name]
            row = {"status": answer["status"], "spent": spent[name]}
            if answer["status"] == "done":
                # The first call warms up, where there is another.
                counted = seconds[name][1:] or seconds[name]
                row["seconds"] = statistics.median(counted)
                row["calls"] = len(counted)
                row["error"] = largest_error(answer["logs"], problem.reference(quantity, name))
            elif "message" in answer:
                row["message"] = answer["message"][:200]
            rows[name][quantity] = row
            print(f"  {quantity:10} {name:12} {json.dumps(row)}", flush=True)
    for row in rows.values():
        for quantity, cell in row.items():
            ours = rows["Ours1"][quantity]["seconds"]
            if "seconds" in cell:
                cell["ratio"] = cell["seconds"] / ours
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="chain-benchmark")
    parser.add_argument("--reference", required=True, help="the program made of reference.cpp")
    parser.add_argument("--results", required=True, type=pathlib.Path)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--decades", nargs="*", type=int, default=list(DECADES))
    parser.add_argument("--contestants", nargs="*", default=list(CONTESTANTS))
    parser.add_argument("--quantities", nargs="*", default=["stationary", "passage"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--limit", type=float, default=120, help="seconds for a call")
    parser.add_argument(
        "--patience", type=float, default=20,
        help="a peer that takes longer at one spread is not measured at the next ones")
    parser.add_argument("--memory", type=float, default=16, help="GiB for a peer")
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    for kind in options.kinds:
        slow = set()
        for decades in options.decades:
            shape, count, degree = KINDS[kind]
            path = options.results / f"{kind}-{decades}.edges"
            command = [options.program, "generate", shape, str(count), str(decades), str(SEED)]
            with open(path, "w") as file:
                subprocess.run(
                    command + ([str(degree)] if degree else []), check=True, stdout=file)
            problem = Problem(str(path), options.reference)
            print(f"{kind}, {decades} decades; reference {problem.reference_seconds:.1f} s")
            contestants = {}
            for name in options.contestants:
                if name in ("Ours1", "Ours2"):
                    contestants[name] = Ours(options.program, str(path), name[-1], options.limit)
                elif name not in slow:
                    contestants[name] = Theirs(
                        name, str(path), int(options.memory * 2**30), options.limit)
            try:
                rows = measure(problem, contestants, options.quantities, options.rounds)
            finally:
                for contestant in contestants.values():
                    contestant.close()
            for name, row in rows.items():
                for cell in row.values():
                    if name in PEERS and (
                            cell["status"] in ("time", "memory")
                            or cell["spent"] > options.patience):
                        slow.add(name)
            path.unlink()
            record = options.results / f"{kind}-{decades}.json"
            old = json.loads(record.read_text())["rows"] if record.exists() else {}
            for name, row in rows.items():
                old[name] = {**old.get(name, {}), **row}
            record.write_text(json.dumps(
                {"kind": kind, "decades": decades, "rows": old}, indent=1) + "\n")


main()
