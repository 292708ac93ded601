from pathlib import Path

import pytest

from check_layers import MAX_LINES, Tree

ROOT = Path(__file__).resolve().parents[2]

GOOD = {
    "include/stage3/error.hpp": "#include <string>\n",
    "include/stage3/config.hpp": "#include <stage3/error.hpp>\n",
    "include/stage3/runner.hpp": "#include <stage3/config.hpp>\n",
    "include/stage3/stage3.h": "#include <stdint.h>\n",
    "src/base/unique_fd.hpp": "#include <unistd.h>\n",
    "src/base/text.hpp": "#include <string>\n",
    "src/base/table.cpp": '#include "table.inc"\n',
    "src/base/table.py": "print()\n",
    "src/json/reader.hpp": '#include "base/text.hpp"\n#include <rapidjson/reader.h>\n',
    "src/json/reader.cpp": '#include "json/reader.hpp"\n#include "base/unique_fd.hpp"\n',
    "src/config/load.cpp": "#include <yaml.h>\n#include <stage3/config.hpp>\n",
    "src/rpc/call.hpp": "#include <chrono>\n#include <stage3/config.hpp>\n",
    "src/probe/probe.cpp": '#include "rpc/call.hpp"\n',
    "src/net/http.hpp": "#include <curl/curl.h>\n",
    "src/net/poller.cpp": "#include <sys/epoll.h>\n",
    "src/state/save.cpp": '#include "json/reader.hpp"\n',
    "src/run/runner.cpp": '#include <stage3/runner.hpp>\n#include "net/http.hpp"\n',
    "capi/runner.cpp": '#include <stage3/runner.hpp>\n#include "handle.hpp"\n',
    "capi/handle.hpp": "#include <stage3/stage3.h>\n",
    "examples/cli/main.cpp": '#include <stage3/config.hpp>\n#include "options.hpp"\n',
    "examples/cli/options.hpp": "#include <CLI/CLI.hpp>\n",
}


def violations(root, files={}):
    for name, text in {**GOOD, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(Tree(root).violations())


def test_the_project_keeps_its_rules():
    assert list(Tree(ROOT).violations()) == []


def test_the_project_has_what_is_checked():
    tree = Tree(ROOT)
    assert all(any((tree.src / layer).glob("*.cpp")) for layer in ("base", "json", "config", "rpc", "probe"))


def test_a_good_tree_has_no_violations(tmp_path):
    assert violations(tmp_path) == []


BAD = [
    ("src/base/other.cpp", '#include "other.inc"', "other.inc is not a file of the project"),
    ("src/base/text.cpp", '#include "json/reader.hpp"', "base must not include json/reader.hpp"),
    ("src/base/up.cpp", "#include <json/reader.hpp>", "base must not include json/reader.hpp"),
    ("src/json/peer.cpp", '#include "../config/load.cpp"', "json must not include ../config/load.cpp"),
    ("src/json/public.cpp", "#include <stage3/config.hpp>", "json must not include stage3/config.hpp"),
    ("src/state/peer.cpp", '#include "net/http.hpp"', "state must not include net/http.hpp"),
    ("src/state/public.cpp", "#include <stage3/runner.hpp>", "state must not include stage3/runner.hpp"),
    ("src/run/facade.cpp", '#include "../../capi/handle.hpp"', "run must not include ../../capi/handle.hpp"),
    ("src/run/facade.cpp", "#include <stage3/stage3.h>", "run must not include stage3/stage3.h"),
    ("src/run/lost.cpp", '#include "net/gone.hpp"', "net/gone.hpp is not a file of the project"),
    ("src/state/yaml.cpp", "#include <yaml.h>", "only src/config may include yaml.h"),
    ("src/state/json.cpp", "  #  include <rapidjson/document.h>", "only src/json may include rapidjson/document.h"),
    ("src/run/curl.cpp", "#include <curl/multi.h>", "only src/net may include curl/multi.h"),
    ("src/run/wait.cpp", "#include <sys/epoll.h>", "only src/net may include sys/epoll.h"),
    ("include/stage3/error.hpp", "#include <stage3/config.hpp>", "base must not include stage3/config.hpp"),
    ("include/stage3/runner.hpp", "#include <curl/curl.h>", "only src/net may include curl/curl.h"),
    ("include/stage3/new.hpp", "", "no layer is named"),
    ("src/probe/socket.cpp", "#include <sys/socket.h>", "a pure layer must not see sys/socket.h"),
    ("src/rpc/file.cpp", "#include <fstream>", "a pure layer must not see fstream"),
    ("src/rpc/time.cpp", "#include <ctime>", "a pure layer must not see ctime"),
    ("src/probe/fd.cpp", '#include "base/unique_fd.hpp"', "must not see unistd.h (through base/unique_fd.hpp)"),
    ("src/probe/clock.cpp", "auto t = std::chrono::steady_clock::now();", "a pure layer reads no clock"),
    ("capi/inside.cpp", '#include "../src/base/text.hpp"', "capi sees include/ only"),
    ("capi/inside.cpp", '#include "base/text.hpp"', "capi sees include/ only"),
    ("bindings/python/module.cpp", "#include <run/runner.cpp>", "bindings sees include/ only"),
    ("examples/cli/peer.cpp", '#include "../../capi/handle.hpp"', "examples sees include/ only"),
    ("examples/cli/curl.cpp", "#include <curl/curl.h>", "only src/net may include curl/curl.h"),
    ("src/probe/told.cpp", "auto t = system_time().utc();", "a pure layer reads no clock"),
    ("src/run/options.cpp", "#include <CLI/CLI.hpp>", "the library does without CLI/CLI.hpp"),
    ("src/job/hash.cpp", "#include <openssl/evp.h>", "the library does without openssl/evp.h"),
    ("capi/python.cpp", "#include <Python.h>", "the library does without Python.h"),
    *(("src/probe/hidden.cpp", text, "its layer cannot be told")
      for text in ("#include UP", '#include /**/ "run/runner.cpp"', '%:include "run/runner.cpp"', '/* x */ #include UP', "#\\")),
    ("src/misc/thing.cpp", "", "src/misc: not a known layer"),
    ("src/run/long.cpp", "\n" * MAX_LINES, f"{MAX_LINES + 1} lines, at most {MAX_LINES}"),
]


@pytest.mark.parametrize("name, text, expected", BAD)
def test_each_bad_file_is_found(tmp_path, name, text, expected):
    found = violations(tmp_path, files={name: text + "\n"})
    assert len(found) == 1
    assert found[0].startswith(name if "not a known layer" not in expected else "src/misc")
    assert expected in found[0]
