"""Each getter of a result in C says what the result's own JSON says: of a fleet that fills them all."""

import ctypes
import datetime
import json
import os
import re
from pathlib import Path

import pytest
from fleet import Fleet, device

HEADER = Path(os.environ["STAGE3_SOURCE"]) / "include/stage3/stage3.h"
TYPES = {"const char*": ctypes.c_char_p, "int": ctypes.c_int, "int64_t": ctypes.c_int64}
GETTER = re.compile(r"STAGE3_API (const char\*|int64_t|int) stage3_result_(\w+)\(const stage3_result\* result\)")
# What is named otherwise in JSON, and what is a word there.
NAMES = {"finished_at": "finished"}
WORDS = {"outcome", "ota_status", "friendly_status"}
# The whole, and what JSON has in a list.
NOT_A_MEMBER = {"json", "error_text"}
LEAST = 64  # of stage3_callbacks: the first members are all that is needed


class Callbacks(ctypes.Structure):
    ON_RESULT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    _fields_ = [("struct_size", ctypes.c_size_t), ("user", ctypes.c_void_p), ("on_result", ON_RESULT),
                ("others", ctypes.c_void_p * 5)]


@pytest.fixture(scope="module")
def library():
    loaded = ctypes.CDLL(os.environ["STAGE3_SHARED"])
    loaded.stage3_result_json.restype = ctypes.c_char_p
    loaded.stage3_result_json.argtypes = [ctypes.c_void_p]
    return loaded


@pytest.fixture(scope="module")
def getters(library):
    found = {}
    for kind, name in GETTER.findall(HEADER.read_text(encoding="utf-8")):
        if name not in NOT_A_MEMBER:
            function = getattr(library, f"stage3_result_{name}")
            function.restype, function.argtypes = TYPES[kind], [ctypes.c_void_p]
            found[name] = function
    return found


def word(library, name, value):
    """The word of an enumerator, by the library's own table."""
    function = getattr(library, f"stage3_{name}_word")
    function.restype, function.argtypes = ctypes.c_char_p, [ctypes.c_int]
    return function(value).decode()


def told(library, name, value):
    """What a getter has said, as JSON would say it; absent, null and empty are one."""
    if name in WORDS:
        return word(library, name, value) or None
    if isinstance(value, bytes):
        return value.decode() or None
    if name.endswith(("_at", "_seen", "_since")) and value:
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value or None


@pytest.fixture(scope="module")
def results(library, getters, tmp_path_factory):
    """(what the getters have said, the JSON) of each device."""
    devices = [device("Neu", name="Alt"), device("Neu", tls={"http": "refused"}), device("Neu", presence="refused"),
               device("Neu", update={"stable": "9.9.9"}), device("Neu", auth={"password": "x"})]
    found = []

    def on_result(_, result):
        said = {name: told(library, name, function(result)) for name, function in getters.items()}
        found.append((said, json.loads(library.stage3_result_json(result))))
        return 0

    callbacks = Callbacks(LEAST, None, Callbacks.ON_RESULT(on_result))
    fleet = Fleet(tmp_path_factory.mktemp("fleet"), devices, {"ota": {"mode": "check_and_update", "max_per_run": 1}})
    try:
        previous = os.getcwd()
        os.chdir(fleet.dir)
        assert library.stage3_run(os.fsencode(fleet.config_path), 0, ctypes.byref(callbacks), None, None) == 0
    finally:
        os.chdir(previous)
        fleet.close()
    assert len(found) == len(devices)
    return found


def test_each_says_what_the_json_says(results):
    for said, whole in results:
        members = {name: whole.get(NAMES.get(name, name)) or None for name in said}
        assert said == members


def test_each_is_filled_by_some_device(results, getters):
    never = {name for name in getters if all(said[name] is None for said, _ in results)}
    assert never == {"held"}
