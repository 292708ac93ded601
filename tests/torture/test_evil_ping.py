"""Promise 11 and step 1: an echo counts only if it comes from who was asked, and says what only that one can know."""

import json
import select
import subprocess
import sys
from pathlib import Path

import pytest

import figures
import silence
from echo_forger import KINDS, kind_of
from battlefield import LONG
from fleet import run_cli, yaml_of
from promptly import PATIENCE

EACH = 100 if LONG else 10
HERE = Path(__file__).resolve().parent
ASKER_MAC = "02:00:00:00:00:01"
HOSTS = [f"10.99.{1 + i // 250}.{1 + i % 250}" for i in range(EACH * len(KINDS))]
TRUE = {host for host in HOSTS if kind_of(host) == "true"}
ANSWERS = "reach: answers ping, not HTTP: timeout"


@pytest.fixture(name="inside", scope="module")
def fixture_inside():
    """A namespace where nobody is but one who forges an answer to each echo."""
    try:
        with silence.silent_network(HOSTS, ASKER_MAC) as inside:
            with subprocess.Popen([*inside, sys.executable, "-B", HERE / "echo_forger.py", "v1", ASKER_MAC],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as forger:
                readable, _, _ = select.select([forger.stdout], [], [], PATIENCE)
                assert readable and forger.stdout.readline() == b"ready\n"
                yield inside
                forger.kill()
    except silence.Unavailable as error:
        pytest.skip(str(error))


def complaints(alive):
    """What is wrong with this set of hosts that count as answering."""
    return sorted({f"{kind_of(host)}: counted" for host in alive - TRUE} | {f"{host}: not counted" for host in TRUE - alive})


@pytest.mark.parametrize("groups, socket_kind", [("1 0", "raw"), ("0 0", "datagram")])
def test_forged_echoes_do_not_count(inside, tmp_path, groups, socket_kind):
    subprocess.run([*inside, "sh", "-c", f"echo {groups} > /proc/sys/net/ipv4/ping_group_range"], check=True)
    (tmp_path / "data").mkdir()
    config = {"concurrency": 4096, "timeouts": {"ping": 1, "reach": 0.5, "rpc": 0.5}, "friendly": {"enabled": False}}
    (tmp_path / "data/config.yaml").write_text(yaml_of({"stage3": config}) + "\n")
    state = {f"E0E0{i:08X}": {"ip": host} for i, host in enumerate(HOSTS)}
    (tmp_path / "data/ip_state.json").write_text(json.dumps(state))
    run = run_cli("--json", cwd=tmp_path, prefix=inside)
    assert run.exit == 0 and len(run.json) == len(HOSTS) + 1, run
    results = [result for result in run.json if result["type"] == "device"]
    assert {result["outcome"] for result in results} == {"offline"}
    alive = {result["address"] for result in results if ANSWERS in [error["text"] for error in result["errors"]]}
    assert complaints(alive) == []
    figures.tell(11, f"{len(HOSTS) - len(TRUE)} forged echoes ({', '.join(KINDS[1:])}), {socket_kind} socket: 0 counted; "
                     f"{len(TRUE)} true ones: {len(alive)} counted")


def test_are_noticed_in_what_one_would_first_write(inside):
    done = subprocess.run([*inside, sys.executable, "-B", HERE / "naive_ping.py", *HOSTS], capture_output=True,
                          text=True, check=True)
    counted = complaints(set(done.stdout.split()))
    assert {"source: counted", "cookie: counted", "identifier: counted", "short: counted", "long: counted"} <= set(counted)
