"""examples/python, as a reader would start them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from fleet import Fleet, device
from promptly import PATIENCE, check_within, repeated_when_late

EXAMPLES = Path(os.environ["STAGE3_SOURCE"]) / "examples" / "python"


def start(name, *arguments, cwd):
    return subprocess.Popen([sys.executable, "-B", EXAMPLES / name, *map(str, arguments)], cwd=cwd, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def output_of(name, *arguments, cwd):
    process = start(name, *arguments, cwd=cwd)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err



def varied():
    """Devices of every kind that makes a line of its own."""
    return [
        device("Wohnzimmer", name="Wohnzimmer"),
        device("Küche \U0001f373 居間", {"model": "S2PMG3"}, name="Alt"),
        device(entry={"model": None}, app="Plus1PM"),
        device("Name", {"model": None}, presence="refused"),
        device(update={"stable": "9.9.9"}),
        device("A name that takes up much room, and even more room than that", update={"stable": "9.9.9"}),
        device("Name", faults=[{"kind": "status", "rpc": "Shelly.CheckForUpdate"}]),
        device("Name", faults=[{"kind": "status", "rpc": "Sys.SetConfig"},
                               {"kind": "status", "rpc": "Shelly.CheckForUpdate"}]),
        device("N" * 60, {"model": "A model whose name is far too long"}, auth={"password": "x"}),
        device("Name", kind="gen1"),
        device("Name", {"ip": "nonsense \x1b[31m with a very long text behind it, which is cut"}),
        device("Name", {"ip": None}),
        device(entry={"friendly_name": 7}),
        device("Name", key="34945472A6FF"),
        device("dry run", name="dry run"),
        device("a) | ERR=auth: refused", {"model": "X @ 10.0.0.1 - OTA=offline"}),
        device("Böse \x1b[31m\u202e\\", name="\x07\x1b]0;x\x07"),
        # Of those the line has room for all, or but for what was installed, or for less still.
        *(device("N" * length, name="N" * length, update={"stable": "9.9.9"}) for length in range(2, 17, 2)),
    ]


def without_chance(line):
    return re.sub(r"duration=\d+\.\d{3} ", "duration=TIME ", re.sub("^run [0-9a-f]{8} ", "run ID ", line))


def test_drop_in_prints_what_the_command_prints(tmp_path):
    for arguments in (["--dry-run"], [], ["--online"], ["--quiet"], ["--ip", "127.1.0.1", "127.1.0.7"]):
        outputs = []
        for which in ("drop_in", "command"):
            directory = tmp_path / f"{which}{len(list(tmp_path.iterdir()))}"
            directory.mkdir()
            fleet = Fleet(directory, varied(), {"logging": {"base_path": "log.txt"}, "ota": {"mode": "check_and_update"}})
            try:
                if which == "command":
                    run = fleet.run(*arguments)
                    printed = run.exit, run.out, run.err
                else:
                    printed = output_of("drop_in.py", *arguments, cwd=directory)
                log = [without_chance(line.split(" ", 1)[1]) for line in (directory / "log.txt").read_text().splitlines()]
                state = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", fleet.state_path.read_text())
                texts = ["\n".join(sorted(printed[1].splitlines())), "\n".join(sorted(log)), state]
                outputs.append([re.sub(r":\d{4,5}\b", ":PORT", text) for text in texts] + [printed[0], printed[2]])
            finally:
                fleet.close()
        ours, theirs = outputs
        assert ours == theirs, arguments
        assert ours[0].count("●") >= (2 if "--ip" in arguments else 7) and "Stage 3 summary: total=" in ours[0]


def test_drop_in_errors(make_fleet, tmp_path):
    assert output_of("drop_in.py", cwd=tmp_path)[0] == 2
    fleet = make_fleet([device("Name", latency_ms={"*": 20000})], config={"timeouts": {"reach": 30}})
    fleet.write_config({"otta": {}})
    ours, theirs = output_of("drop_in.py", cwd=fleet.dir), fleet.run()
    assert ours == (theirs.exit, theirs.out, theirs.err) and ours[0] == 2
    fleet.write_config({"enabled": False})
    ours, theirs = output_of("drop_in.py", cwd=fleet.dir), fleet.run()
    assert ours == (theirs.exit, theirs.out, theirs.err) and ours[0] == 0
    fleet.write_config({"timeouts": {"reach": 30}})
    running = start("drop_in.py", cwd=fleet.dir)
    fleet.sim.wait_for(1)
    code, out, err = output_of("drop_in.py", cwd=fleet.dir)
    assert code == 75 and f"process {running.pid}" in err
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130 and out == "Stage 3 summary: total=0 ok=0 failed=0 cancelled=1\n"
    assert "not processed: 1 of 1 devices" in err
    fleet.write_state("{")
    ours, theirs = output_of("drop_in.py", cwd=fleet.dir), fleet.run()
    assert ours == (theirs.exit, theirs.out, theirs.err) and ours[0] == 3


def test_blocking(make_fleet):
    fleet = make_fleet([device("Name"), device("Name", update={"stable": "9.9.9"}), device("Name", {"ip": "nonsense"})],
                       config={"ota": {"mode": "check_and_update"}})
    code, out, err = output_of("blocking.py", cwd=fleet.dir)
    assert (code, err) == (1, "")
    assert f"{fleet.macs[0]}: up_to_date\n" in out and f"{fleet.macs[1]}: is about to be updated\n" in out
    assert f"{fleet.key(2)}: error entry: " in out and out.endswith("3 devices, 1 failed, 0 offline\n")
    assert fleet.recorded(0)["device_name"] == "Name"
    code, out, err = output_of("blocking.py", "no-such-file", cwd=fleet.dir)
    assert code == 1 and "no-such-file" in err


@repeated_when_late
def test_asyncio_fleet(make_fleet, tmp_path):
    fast = make_fleet([device("Name", latency_ms={"*": 50}) for _ in range(3)])
    slow = make_fleet([device("Fast"), device("Slow", latency_ms={"*": 20000})], base="127.2.0.1")
    begin = time.monotonic()
    code, out, err = output_of("asyncio_fleet.py", 0.7, fast.state_path, slow.state_path, tmp_path / "none", cwd=tmp_path)
    check_within(10, time.monotonic() - begin)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"{fast.state_path}: 3 ok"
    assert lines[1] == f"{slow.state_path}: stopped, 1 ok so far"
    assert lines[2].startswith(f"{tmp_path / 'none'}: ")
    assert int(lines[3].split()[1]) > 20
    assert fast.recorded(2)["ota_status"] == "up_to_date" and slow.recorded(0)["ota_status"] == "up_to_date"
    assert json.loads(slow.state_path.read_text())[slow.key(1)].get("stage3") is None
