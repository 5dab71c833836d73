"""Measures one peer on one chain, in a process of its own that may be ended.

    worker.py PEER EDGES MEMORY

MEMORY is the most memory in bytes. A line of JSON per request on standard input, another per
answer on standard output.
"""

import json
import os
import resource
import sys
import time
import warnings


def main():
    name, path, memory = sys.argv[1], sys.argv[2], int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # What a peer prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")

    def answer(**fields):
        answers.write(json.dumps(fields) + "\n")
        answers.flush()

    try:
        import numpy as np
        from networks import Network
        from peers import PEERS, Unsupported

        np.seterr(all="ignore")
        peer = PEERS[name](Network(path))
    except MemoryError:
        return answer(status="memory")
    answer(status="ready", version=peer.version())
    for line in sys.stdin:
        request = json.loads(line)
        arguments = request.get("arguments", [])
        options = {}
        try:
            if request["quantity"] == "passage":
                arguments[2] = np.array(arguments[2])
                if hasattr(peer, "prepare_passage"):
                    options = {"prepared": peer.prepare_passage(*arguments)}
            start = time.perf_counter()
            values = getattr(peer, request["quantity"])(*arguments, **options)
            seconds = time.perf_counter() - start
            values = np.atleast_1d(np.asarray(values)).real
            answer(status="done", seconds=seconds, values=values.tolist())
        except Unsupported:
            answer(status="unsupported")
        except MemoryError:
            answer(status="memory")
        except Exception as error:
            answer(status="error", message=f"{type(error).__name__}: {error}")


main()
