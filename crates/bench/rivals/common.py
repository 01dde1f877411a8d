"""What every rival's driver shares: one JSON request a line in, one JSON answer a line out."""

import hashlib
import json
import os
import sys
import time

import numpy as np

MINIMUM_MINUTES = 15


def digest(people):
    """How many different people, and the SHA-256 of their sorted numbers as little-endian 32-bit words."""
    people = np.unique(np.asarray(people, dtype="<u4"))
    return {"count": int(people.size), "digest": hashlib.sha256(people.tobytes()).hexdigest()}


def folder_bytes(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)


def timed(work):
    """The result of some work and how many nanoseconds it took."""
    began = time.perf_counter_ns()
    result = work()
    return result, time.perf_counter_ns() - began


def serve(rival):
    """Answers requests with the rival's method of the same name until standard input closes."""
    answers = os.fdopen(os.dup(1), "w")
    # What libraries print must not be taken for an answer.
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(rival, request.pop("do"))(**request)
        except Exception as problem:
            answer = {"problem": f"{type(problem).__name__}: {problem}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    getattr(rival, "close", lambda: None)()
