"""What the include rules promise holds for the symbols, too: a layer needs nothing of a layer above it."""

import os
import subprocess
from pathlib import Path

import pytest

from check_layers import RANKS

# Lines `layer=path of its library`.
LIBRARIES = dict(line.split("=", 1) for line in os.environ["STAGE3_LAYERS"].split("\n"))


def symbols(library):
    """(defined, needed): the names of stage3's own that a library has and wants."""
    done = subprocess.run(["nm", "--format=posix", library], capture_output=True, check=True, text=True)
    defined, needed = set(), set()
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) >= 2 and "6stage3" in words[0]:
            (needed if words[1] == "U" else defined).add(words[0])
    return defined, needed - defined


# How a program asks the kernel what time it is.
CLOCKS = {"_ZNSt6chrono3_V212steady_clock3nowEv", "_ZNSt6chrono3_V212system_clock3nowEv", "clock_gettime", "gettimeofday",
          "time"}
# Where TimeSource and FileSystem stand, which a test replaces. All others are given the time.
ASK_THE_TIME = {"base", "disk"}


def clocks(library):
    """The names of clocks that a library reads."""
    done = subprocess.run(["nm", "--undefined-only", "--format=posix", library], capture_output=True, check=True, text=True)
    return {line.split()[0].split("@")[0] for line in done.stdout.splitlines() if line} & CLOCKS


def upward(tables):
    """What layers need of others that they must not know: `layer: symbol of layer`."""
    homes = {name: layer for layer, (defined, _) in tables.items() for name in defined
             if not any(name in tables[lower][0] for lower in tables if RANKS[lower] < RANKS[layer])}
    return sorted(f"{layer}: {name} of {homes[name]}" for layer, (_, needed) in tables.items() for name in needed
                  if name in homes and RANKS[homes[name]] >= RANKS[layer])


@pytest.fixture(scope="module")
def tables():
    return {layer: symbols(Path(path)) for layer, path in LIBRARIES.items()}


def test_every_layer_is_looked_at(tables):
    assert set(tables) == set(RANKS)
    assert all(defined for defined, _ in tables.values())


def test_no_layer_needs_a_symbol_from_above(tables):
    assert upward(tables) == []


def test_one_that_does_is_found(tables):
    # What templates and inline functions leave behind is in other layers, too.
    others = set().union(*(defined for layer, (defined, _) in tables.items() if layer != "run"))
    borrowed = min(tables["run"][0] - others)
    defined, needed = tables["state"]
    assert upward({**tables, "state": (defined, needed | {borrowed})}) == [f"state: {borrowed} of run"]


def test_time_is_an_input():
    found = {layer: clocks(path) for layer, path in LIBRARIES.items()}
    assert {layer for layer, read in found.items() if read} == ASK_THE_TIME, found
