"""The wheel: built offline as a user would build it, installed into a clean environment, and run there."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fleet import device

SOURCE = Path(os.environ["STAGE3_SOURCE"])
# Kept from run to run, so that only what has changed is compiled again.
PLACE = Path(os.environ["STAGE3_WHEEL_DIR"])

for module, package in {"pip": "python3-pip", "mesonpy": "python3-mesonpy"}.items():
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"no {module}: install it (Debian: {package})", allow_module_level=True)


def output_of(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=1200, check=False, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


def build_wheel(directory):
    """meson-python writes into the source tree: give it one of links."""
    source = PLACE / "source"
    source.mkdir(parents=True, exist_ok=True)
    for name in ("LICENSE", "bindings", "docs", "include", "meson.build", "meson_options.txt", "pyproject.toml", "src",
                 "subprojects"):
        if not (source / name).exists():
            (source / name).symlink_to(SOURCE / name)
    # The code is that of the build under test; here it is only to be put together, and quickly.
    env = {**os.environ, "PATH": os.path.dirname(os.environ["STAGE3_MESON"]) + os.pathsep + os.environ["PATH"], "CXXFLAGS": "-O0"}
    for name in ("CC", "CXX"):
        env[name] = os.environ["STAGE3_" + name]
    output_of(sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index",
              f"--config-settings=builddir={PLACE / 'build'}", "--config-settings=setup-args=--unity=on", "-w", directory, source, env=env, cwd=directory)
    wheel, = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    directory = tmp_path_factory.mktemp("wheel")
    try:
        return build_wheel(directory)
    except AssertionError:
        # What an earlier run, with other compilers or versions, has left may be in the way.
        shutil.rmtree(PLACE)
        return build_wheel(directory)


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The interpreter of an environment that has the wheel and nothing else, not even pip."""
    place = tmp_path_factory.mktemp("venv")
    output_of(sys.executable, "-m", "venv", "--without-pip", place)
    python = place / "bin" / "python"
    output_of(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=place)
    return python


def test_what_is_in_it(wheel):
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert wheel.name.startswith(f"stage3-{os.environ['STAGE3_VERSION']}-{tag}-{tag}-linux_")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(f"stage3-{os.environ['STAGE3_VERSION']}.dist-info/METADATA").decode()
    package = {f"stage3/{path.name}" for path in (SOURCE / "bindings/python/stage3").iterdir()
               if path.suffix in (".py", ".pyi", ".typed")}
    modules = {name for name in names if name.endswith(".so")}
    notes = {name for name in names if ".dist-info/" in name}
    assert len(modules) == 1 and len(package) > 10
    assert modules.pop().startswith("stage3/_stage3.cpython-")
    assert {name for name in names - notes if not name.endswith(".so")} == package
    assert {name.split("/")[1] for name in notes} == {"LICENSE", "METADATA", "RECORD", "WHEEL"}
    assert "Requires-Dist" not in metadata and "Name: stage3\n" in metadata


def test_it_runs_where_it_was_installed(installed, make_fleet, tmp_path):
    fleet = make_fleet([device(f"Name {i}") for i in range(3)])
    program = """
import sys, stage3
print(stage3.__file__)
print(stage3.__version__)
for result in stage3.run(state=sys.argv[1]):
    print(result.outcome)
"""
    out = output_of(installed, "-I", "-c", program, fleet.state_path, cwd=tmp_path)
    lines = out.splitlines()
    assert Path(lines[0]).is_relative_to(installed.parent.parent)
    assert lines[1:] == [os.environ["STAGE3_VERSION"], "ok", "ok", "ok"]
    assert fleet.recorded(2)["device_name"] == "Name 2"


def test_help(installed, tmp_path):
    out = output_of(installed, "-I", "-c", "import stage3; help(stage3); help(stage3.aio.run)", cwd=tmp_path)
    for text in ("class Runner", "partition(inventory", "ota_status", "Raises on opening: ConfigError"):
        assert text in out
    assert "_stage3.Session" not in out
