"""What the include rules promise holds for the symbols, too: a layer needs nothing of a layer above it."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from check_layers import PURE_LAYERS, RANKS

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
          "time", "timespec_get", "clock", "times"}
# Where TimeSource and FileSystem stand, which a test replaces. All others are given the time.
ASK_THE_TIME = {"base", "disk"}


def foreign(library):
    """The names that a library wants of others than stage3."""
    done = subprocess.run(["nm", "--undefined-only", "--format=posix", library], capture_output=True, check=True, text=True)
    return {line.split()[0].split("@")[0] for line in done.stdout.splitlines() if " U" in line and "6stage3" not in line.split()[0]}


def clocks(library):
    """The names of clocks that a library reads."""
    return foreign(library) & CLOCKS


# What a layer without network, clock and files can need: memory and texts, a rounding, and C++ itself, but for what of it reaches
# further. Whoever declares a system call by himself needs its name all the same.
MEMORY_AND_TEXTS = re.compile(r"mem(chr|cmp|cpy|move|set)$|str(cmp|len|n?casecmp)$|llround$|__|_Unwind_|_GLOBAL_OFFSET_TABLE_$|_Z")
REACHES_FURTHER = re.compile(r"_ZNK?St(6thread|6chrono|10filesystem|13random_device|18condition_variable)|.*(basic_filebuf|fstream)|_ZSt4c(out|in|err)")


def reached(library):
    """What a library needs that no pure layer can."""
    return {name for name in foreign(library) if not MEMORY_AND_TEXTS.match(name) or REACHES_FURTHER.match(name)}


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


def test_pure_layers_reach_nothing():
    assert {layer: reached(LIBRARIES[layer]) for layer in PURE_LAYERS if reached(LIBRARIES[layer])} == {}


@pytest.mark.parametrize("layer, needs", [("net", "socket"), ("disk", "fchmod"), ("base", "_ZNSt6chrono3_V212steady_clock3nowEv")])
def test_what_reaches_further_is_found(layer, needs):
    assert needs in reached(LIBRARIES[layer])
