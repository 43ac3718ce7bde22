"""Counts with limits: its fixed windows; the moving ones keep lists, which are no counters."""
import os
import sys

from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowElasticExpiryRateLimiter, FixedWindowRateLimiter

storage = storage_from_string(f"redis://127.0.0.1:{os.environ['MATRIX_PORT']}")


def hits(limiter, name):
    limit = parse("3/minute")
    said = [limiter.hit(limit, name) for _ in range(4)]
    left = limiter.get_window_stats(limit, name)[1]
    other = name + "2"
    return said + [left, limiter.test(limit, other), *(limiter.hit(limit, other, cost=2) for _ in range(2))]


def fixed():
    return hits(FixedWindowRateLimiter(storage), "fixed")


def elastic():
    return hits(FixedWindowElasticExpiryRateLimiter(storage), "elastic")


def clear():
    limit = parse("1/hour")
    limiter = FixedWindowRateLimiter(storage)
    said = [limiter.hit(limit, "c"), limiter.hit(limit, "c")]
    limiter.clear(limit, "c")
    return said + [limiter.hit(limit, "c"), storage.reset() > 0, limiter.hit(limit, "c"), storage.check()]


for step in sys.argv[1:]:
    print(step, *globals()[step]())
