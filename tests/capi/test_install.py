"""A C program builds from what `meson install` lays down, with nothing but pkg-config."""

import os
import subprocess
from pathlib import Path

import pytest


def output_of(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Installs the build and returns its stage3.pc."""
    root = tmp_path_factory.mktemp("root")
    output_of(os.environ["STAGE3_MESON"], "install", "-C", os.environ["STAGE3_BUILD"], "--no-rebuild", "--quiet",
              "--destdir", root)
    return next(root.rglob("stage3.pc"))


def pkg_config(installed, *options):
    """Asks pkg-config about the installed library, wherever its directory really is."""
    path = f"{installed.parent}:{os.environ.get('PKG_CONFIG_PATH', '')}"
    prefix = installed.parent
    while not (prefix / "include" / "stage3").is_dir():
        prefix = prefix.parent
    return output_of("pkg-config", f"--define-variable=prefix={prefix}", *options, "stage3",
                     env={**os.environ, "PKG_CONFIG_PATH": path}).split()


def test_a_c_program_builds_and_runs(installed, tmp_path):
    program = tmp_path / "minimal"
    output_of(*os.environ["STAGE3_CC"].split(), "-std=c99", "-Wall", "-Werror", os.environ["STAGE3_EXAMPLE"], "-o", program,
              *pkg_config(installed, "--cflags", "--libs"))
    libraries = pkg_config(installed, "--variable=libdir")[0]
    done = subprocess.run([program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "LD_LIBRARY_PATH": libraries})
    assert done.returncode == 1
    assert "data/config.yaml" in done.stderr


def test_the_header_only_dependency_does_not_leak(installed):
    text = Path(installed).read_text(encoding="utf-8")
    assert "RapidJSON" not in text
    assert "Requires: libcurl, yaml-0.1\n" in text
    assert "Libs: -L${libdir} -lstage3 -lstdc++\n" in text


def test_all_public_headers_are_installed(installed):
    include = Path(pkg_config(installed, "--variable=includedir")[0]) / "stage3"
    source = Path(os.environ["STAGE3_HEADERS"])
    assert sorted(path.name for path in include.iterdir()) == sorted(path.name for path in source.iterdir())
