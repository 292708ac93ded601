"""The fleet by stage3.run: at its default settings, but for the number of devices in flight. Who raises that means to
be fast, and has no use for the default's 1,000 connections a second either: nor have the others such a limit."""

import measured
import stage3

DEFAULT = int(stage3.Config()["concurrency"])


def provision(path, in_flight):
    config = stage3.Config()
    if in_flight != DEFAULT:
        config = stage3.Config({"concurrency": in_flight, "network.connect_rate": 0})
    return [str(result.outcome) for result in stage3.run(config, state=path)]


if __name__ == "__main__":
    measured.main(provision)
