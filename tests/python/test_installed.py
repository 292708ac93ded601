"""Where `meson install` puts the package: where the interpreter looks."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

SOURCE = Path(os.environ["STAGE3_SOURCE"])
MESON = os.environ["STAGE3_MESON"]
PYTHON = sys.executable
MODULE = Path(os.environ["STAGE3_PYTHON_MODULE"])
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
for name in ("CC", "CXX"):
    ENVIRONMENT[name] = os.environ["STAGE3_" + name]


def output_of(*command, **environment):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300, check=False, env={**ENVIRONMENT, **environment})
    assert done.returncode == 0, done.stdout
    return done.stdout


def imported_by(python, **environment):
    return Path(output_of(python, "-c", "import stage3; print(stage3.__file__)", **environment).strip())


def search_path(python):
    return json.loads(output_of(python, "-c", "import json, sys; print(json.dumps(sys.path[1:]))"))


def install(directory, *options, destination=""):
    """Configures with these options for real, and installs with the module of the build under test."""
    output_of(MESON, "setup", "--wrap-mode=nodownload", "-Dpython_bindings=true", "-Dlibrary=false", "-Dcli=false",
              "-Dsimulator=false", "-Dtests=false", *options, directory, SOURCE)
    place = directory / "bindings" / "python" / "stage3"
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(MODULE, place)
    output_of(MESON, "install", "-C", directory, "--no-rebuild", "--quiet", DESTDIR=str(destination))


def package_below(destination):
    """The directory with the package, and nothing is anywhere else."""
    directory, = {path.parent for path in Path(destination).rglob("*") if path.is_file()}
    assert directory.name == "stage3" and {"__init__.py", "py.typed", MODULE.name} <= {path.name for path in directory.iterdir()}
    return directory.parent


@pytest.mark.parametrize("prefix", ["/usr/local", "/usr"])
def test_the_interpreter_looks_there(tmp_path, prefix):
    if not any(Path(path).is_relative_to(prefix) for path in search_path(PYTHON)):
        pytest.skip(f"{PYTHON} looks nowhere below {prefix}")
    # The first is what meson does where nobody says anything.
    options = [] if prefix == "/usr/local" else [f"--prefix={prefix}"]
    install(tmp_path / "build", f"-Dpython={PYTHON}", *options, destination=tmp_path / "root")
    package = package_below(tmp_path / "root")
    directory = "/" + str(package.relative_to(tmp_path / "root"))
    assert directory in search_path(PYTHON) and Path(directory).is_relative_to(prefix)
    # Debian's packages go here; the interpreter also looks into /usr/local, which is below /usr.
    if prefix == "/usr" and "deb_system" in sysconfig.get_scheme_names():
        assert directory == sysconfig.get_path("platlib", "deb_system")
    assert imported_by(PYTHON, PYTHONPATH=str(package)) == package / "stage3" / "__init__.py"


@pytest.mark.parametrize("options", [
    ["--prefix={venv}", "-Dpython={python}"],
    ["--prefix={venv}", "-Dpython={venv}/bin/python"],
    ["--prefix=/nowhere", "-Dpython={venv}/bin/python", "-Dpython.install_env=auto"],
], ids=["prefix", "prefix and interpreter", "install_env"])
def test_a_virtual_environment_has_it(tmp_path, options):
    venv = tmp_path / "venv"
    output_of(PYTHON, "-m", "venv", "--without-pip", venv)
    install(tmp_path / "build", *(option.format(venv=venv, python=PYTHON) for option in options))
    assert imported_by(venv / "bin" / "python").is_relative_to(venv)


def test_a_place_that_is_named_is_taken(tmp_path):
    install(tmp_path / "build", f"-Dpython={PYTHON}", "-Dpython.platlibdir=/srv/python", destination=tmp_path / "root")
    assert package_below(tmp_path / "root") == tmp_path / "root" / "srv" / "python"


def test_a_wheel_knows_its_files(tmp_path):
    """meson-python does, by where meson says to put them: a path that we have made is none of its places."""
    options = tomllib.loads((SOURCE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["meson-python"]["args"]["setup"]
    (tmp_path / "native.ini").write_text(f"[binaries]\npython = '{PYTHON}'\n", encoding="utf-8")
    output_of(MESON, "setup", "--wrap-mode=nodownload", f"--native-file={tmp_path}/native.ini", *options, tmp_path / "build", SOURCE)
    plan = json.loads(output_of(MESON, "introspect", "--install-plan", tmp_path / "build"))
    places = [file["destination"] for files in plan.values() for file in files.values()]
    assert len(places) > 10 and {str(Path(place).parent) for place in places} == {"{py_platlib}/stage3"}
