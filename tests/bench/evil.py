#!/usr/bin/python3
"""How long healthy devices take beside evil ones, against the same beside silent ones.

    tests/bench/evil.py build-bench [--rounds N] [--quick] [--json FILE]

1,000 healthy devices behind 30 ms RPCs get a name and an update check, and beside them 1,000 others: silent ones, that
take a connection and never answer, as devices do that hang; evil ones of every kind (tests/torture/evil); and those that
send as much as they can. What is measured is the time from a healthy device's first request, as the simulator notes it, to
its result; x silent is the ratio of the 99th percentiles, of runs next to each other. Every other device costs places among
the connections opened per second (network.connect_rate): how long the healthy ones take alone stands above.
"""

import os
import pathlib
import sys
from functools import partial

from measure import Failed, interleaved, main, median, median_ratio, percentile

TORTURE = pathlib.Path(__file__).resolve().parents[1] / "torture"
MAX_SLOWER = 1.05


def prepare(build):
    """The harness reads where the programs are when it is imported."""
    os.environ["STAGE3_CLI"] = str(build / "examples" / "cli" / "stage3")
    os.environ["STAGE3_TORTURE_EVIL"] = str(build / "tests" / "torture" / "torture-evil")
    os.environ["STAGE3_TORTURE_NAIVE"] = str(build / "tests" / "torture" / "torture-naive")
    sys.path.insert(0, str(TORTURE))


def p99(kinds, each):
    import evil_verdict
    from evil_fleet import battle

    specs = [f"{kind}*{each // len(kinds)}" for kind in kinds] or ["harmless*1"]
    with battle(specs, healthy=each) as fought:
        fought.run()
        wrong = evil_verdict.untold(fought) + evil_verdict.unhealthy(fought)
        if wrong:
            raise Failed("; ".join(wrong))
        return percentile(fought.healthy_seconds(), 0.99)


def measure(arguments, report):
    prepare(arguments.build)
    from evil_kinds import ALL, FLOODS

    each = 200 if arguments.quick else 1000
    works = {
        "alone": partial(p99, [], each),
        "silent": partial(p99, ["half-open"], each),
        "every kind": partial(p99, list(ALL), each),
        "floods": partial(p99, list(FLOODS), each),
    }
    found = interleaved(arguments.rounds or (2 if arguments.quick else 7), works)
    report.add("p99 alone", median(found["alone"]), "s")
    report.add(f"p99 beside {each:,} silent", median(found["silent"]), "s")
    for name in list(works)[2:]:
        report.add(f"p99 beside {each:,} evil, {name}", median(found[name]), "s")
        report.add("  x silent", median_ratio(found[name], found["silent"]), "x", high=MAX_SLOWER)


if __name__ == "__main__":
    main(__doc__, measure)
