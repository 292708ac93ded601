"""`stage3 init` writes the configuration file, and nothing that is there already."""

import os
import subprocess

import pytest
from fleet import CLI, cli_env, device, run_cli

PATH = "data/config.yaml"


def test_what_init_writes_serves_a_run(make_fleet):
    fleet = make_fleet([device("Lamp")])
    fleet.config_path.unlink()
    written = fleet.run("init")
    assert (written.exit, written.err) == (0, "")
    assert written.out.startswith(f"{PATH}: written")
    assert fleet.run("--check-config").out == f"{PATH}: no problems found\n"
    assert fleet.run().exit == 0 and fleet.recorded()["device_name"] == "Lamp"


def test_init_makes_the_directory(tmp_path):
    assert run_cli("init", cwd=tmp_path).exit == 0
    assert (tmp_path / PATH).read_text().startswith("# stage3 ")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["config.yaml", "data"]


@pytest.mark.parametrize("arguments", [["init", "--config", "mine.yaml"], ["--config", "mine.yaml", "init"]])
def test_init_writes_where_it_is_told(tmp_path, arguments):
    run = run_cli(*arguments, cwd=tmp_path)
    assert run.exit == 0 and run.out.startswith("mine.yaml: written")
    assert [path.name for path in tmp_path.rglob("*")] == ["mine.yaml"]


def a_file(path):
    path.write_text("stage3: {}\n")


def an_empty_file(path):
    path.touch()


def a_link_to_nothing(path):
    path.symlink_to("elsewhere.yaml")


@pytest.mark.parametrize("make", [a_file, an_empty_file, a_link_to_nothing, os.mkfifo, os.mkdir])
def test_init_leaves_what_is_there(tmp_path, make):
    path = tmp_path / "config.yaml"
    make(path)
    before = path.lstat()
    run = run_cli("init", "--config", "config.yaml", cwd=tmp_path)
    assert (run.exit, run.out) == (2, "")
    assert run.err.startswith("stage3: config.yaml: it is there already, and stays as it is")
    after = path.lstat()
    assert (after.st_mtime_ns, after.st_size, after.st_ino) == (before.st_mtime_ns, before.st_size, before.st_ino)
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_of_several_at_once_one_writes(tmp_path):
    runs = [subprocess.Popen([CLI, "init"], cwd=tmp_path, env=cli_env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(8)]
    for run in runs:
        run.communicate()
    assert sorted(run.returncode for run in runs) == [0] + [2] * 7
    (tmp_path / "data/ip_state.json").write_text("{}")
    assert run_cli("--check-config", cwd=tmp_path).exit == 0


def test_a_file_that_cannot_be_written_whole_is_taken_away(tmp_path):
    run = run_cli("init", cwd=tmp_path, prefix=["sh", "-c", 'ulimit -f 1 && exec "$@"', "sh"])
    assert run.exit == 2 and "cannot write the configuration file: File too large" in run.err
    assert list(tmp_path.rglob("*.yaml")) == []


def test_a_directory_that_cannot_be_made_is_told(tmp_path):
    run = run_cli("init", "--config", "a/b/config.yaml", cwd=tmp_path)
    assert run.exit == 2 and "cannot make the directory a/b/: No such file or directory" in run.err
    assert run.err.endswith(f" (the working directory is {tmp_path.resolve()})\n")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_of_init_is_its_own(tmp_path, option):
    run = run_cli("init", option, cwd=tmp_path)
    assert (run.exit, run.err) == (0, "")
    assert "Usage: stage3 init" in run.out and "--config" in run.out
    assert "--dry-run" not in run.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments, complaint", [
    (["init", "--dry-run"], "--dry-run is of a run: 'stage3 init' does not have it"),
    (["--dry-run", "init"], "--dry-run is of a run: 'stage3 init' does not have it"),
    (["--ip", "127.1.0.1", "init"], "--ip is of a run"),
    (["init", "--confg", "x"], "did you mean --config?"),
    (["init", "--dri-run"], "--dri-run"),
    (["init", "surplus"], "surplus"),
    (["init", "init"], "init"),
    (["inti"], "did you mean stage3 init?"),
])
def test_usage_errors_of_init(tmp_path, arguments, complaint):
    run = run_cli(*arguments, cwd=tmp_path)
    assert (run.exit, run.out) == (2, "")
    assert complaint in run.err and list(tmp_path.iterdir()) == []
