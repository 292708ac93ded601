"""A program that embeds the library changes its directory, or its directory is moved, in the middle of a run: what was loaded
there is saved there (reliability, "Saving")."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

import figures
from disturbed import fleet_of
from fleet import cli_env, device
from harness import in_memory
from promptly import PATIENCE

ELSEWHERE = os.environ.get("STAGE3_TORTURE_ELSEWHERE")
DECOY = b'{"A8032A000001": {"ip": "127.1.0.1", "note": "of another fleet"}}\n'
POINTS = ("load", "lock", "check", "work", "save", "last", "never")


def files(directory):
    return {path.name: path.read_bytes() for path in Path(directory).rglob("*") if path.is_file()}


@pytest.mark.parametrize("point", POINTS)
def test_other_directory(point):
    """Where the program goes there is a file of the same name."""
    with fleet_of([device("Neu")]) as fleet, tempfile.TemporaryDirectory(dir=in_memory()) as other:
        (Path(other) / "data").mkdir()
        (Path(other) / "data" / "ip_state.json").write_bytes(DECOY)
        before = files(other)
        done = subprocess.run([ELSEWHERE, str(fleet.config_path), point, other], cwd=fleet.dir, env=cli_env(),
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        if point == "load":
            # The path is relative to the directory at that moment.
            assert done.returncode == 0 and files(other) != before, done
            assert "stage3" not in fleet.entry(0)
            return
        assert done.returncode == 0 and done.stdout.endswith("saved\n"), done
        assert fleet.recorded(0)["device_name"] == "Neu"
        assert files(other) == before, "it has been at work in the other directory"
        assert set(files(fleet.state_path.parent)) <= {"config.yaml", "ip_state.json", "ip_state.json.bak",
                                                       "ip_state.json.lock", "ip_state.json.run.lock"}
    figures.tell(22, "a program that changes its directory before each step of a run: saved where it was loaded")


def test_directory_that_is_moved_in_mid_run():
    """It is opened once, when the file is loaded; what is put in its place is another one."""
    with fleet_of([device("Neu", latency_ms={"*": 400})]) as fleet:
        data, moved = fleet.state_path.parent, fleet.dir / "moved"
        process = fleet.start()
        fleet.sim.wait_for(1)
        data.rename(moved)
        data.mkdir()
        (data / "ip_state.json").write_bytes(DECOY)
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        assert files(data) == {"ip_state.json": DECOY}
        state = json.loads((moved / "ip_state.json").read_bytes())
        assert state[fleet.key(0)]["stage3"]["device_name"] == "Neu"
