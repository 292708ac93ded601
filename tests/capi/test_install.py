"""What `meson install` lays down, and the build files of docs/embedding.md: programs build from it and run.

Each kind of installation is configured and installed for real, but the libraries in it are those of the build under
test: they do not depend on `default_library`, and compiling them again would take minutes.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

BUILD = Path(os.environ["STAGE3_BUILD"])
SOURCE = Path(os.environ["STAGE3_SOURCE"])
MESON = os.environ["STAGE3_MESON"]
VERSION = os.environ["STAGE3_VERSION"]
SERIES = ".".join(VERSION.split(".")[:2])
CMAKE = shutil.which("cmake")
# The environment, with the compilers of the build under test.
COMPILERS = {**os.environ, "CC": os.environ["STAGE3_CC"], "CXX": os.environ["STAGE3_CXX"]}

EXPORTS = (SOURCE / "tests" / "capi" / "exports.txt").read_text(encoding="utf-8").split()

# Uses every function, so that a library that any of them needs is missed.
C_PROGRAM = """
#include <stage3/stage3.h>
#include <stdio.h>

typedef void (*function)(void);
const function functions[] = {
""" + "".join(f"  (function){name},\n" for name in EXPORTS) + """
};

int main(void) {
  const char yaml[] = "stage3: {concurrency: 8}";
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_config* config = NULL;
  stage3_runner* runner = NULL;
  if (stage3_version() != STAGE3_VERSION) return 2;
  if (stage3_config_parse(yaml, sizeof yaml - 1, "yaml", &config, &error) < 0 ||
      stage3_runner_new(config, NULL, 0, &runner, &error) < 0 ||
      stage3_runner_work(runner, &error) < 0) {
    fputs(error.message, stderr);
    return 1;
  }
  stage3_runner_free(runner);
  stage3_config_free(config);
  puts(stage3_version_text());
  return 0;
}
"""

CPP_PROGRAM = """
#include <cstdio>
#include <stage3/runner.hpp>
#include <stage3/version.hpp>

// Names that the library must not meet.
namespace json { int write(int value) { return value; } }
namespace capi { int report(int value) { return value; } }

int main() {
  stage3::Runner runner(stage3::Config::parse("stage3: {concurrency: 8}", "yaml"), {});
  runner.work();
  std::puts(stage3::version());
  return json::write(0) + capi::report(0);
}
"""


def output_of(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


def documented(language):
    """The build file that docs/embedding.md shows in that language."""
    text = (SOURCE / "docs" / "embedding.md").read_text(encoding="utf-8")
    section = re.search(r"^## Linking.*?(?=^## )", text, re.M | re.S)[0]
    found = re.findall(rf"^```{language}\n(.*?)^```$", section, re.M | re.S)
    assert len(found) == 1, f"one build file in {language} is expected in the section on linking"
    return found[0]


@dataclass
class Installation:
    """`kind` is that of -Ddefault_library."""
    kind: str
    prefix: Path

    @property
    def libraries(self):
        return next(self.prefix.rglob("pkgconfig/stage3.pc")).parents[1]

    @property
    def environment(self):
        """As of a user who has installed to an unusual place."""
        search = os.environ.get("PKG_CONFIG_PATH", "")
        return {**COMPILERS, "PKG_CONFIG_PATH": f"{self.libraries}/pkgconfig:{search}",
                "LD_LIBRARY_PATH": str(self.libraries), "CMAKE_PREFIX_PATH": str(self.prefix)}

    def files(self):
        return {str(path.relative_to(self.prefix)) for path in self.prefix.rglob("*") if not path.is_dir()}


def configure(directory, kind, *options):
    output_of(MESON, "setup", directory, SOURCE, "--wrap-mode=nodownload", f"-Ddefault_library={kind}",
              "-Dtests=false", "-Dsimulator=false", *options, env=COMPILERS)


def borrow_products(directory):
    """Puts the products of the build under test where those of this one would come to lie."""
    for product in ("capi/libstage3.a", f"capi/libstage3.so.{VERSION}", "examples/cli/stage3"):
        (directory / product).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BUILD / product, directory / product)


@pytest.fixture(scope="module", params=["static", "shared", "both"])
def installation(request, tmp_path_factory):
    place = tmp_path_factory.mktemp(request.param)
    configure(place / "build", request.param, f"--prefix={place}/prefix")
    borrow_products(place / "build")
    output_of(MESON, "install", "-C", place / "build", "--no-rebuild", "--quiet")
    yield Installation(request.param, place / "prefix")
    shutil.rmtree(place)


@pytest.fixture
def project(installation, tmp_path):
    """A directory with the two programs. The C++ one does with stage3.h where there is no static library."""
    (tmp_path / "provision.c").write_text(C_PROGRAM, encoding="utf-8")
    cpp_program = C_PROGRAM if installation.kind == "shared" else CPP_PROGRAM
    (tmp_path / "provision.cpp").write_text(cpp_program, encoding="utf-8")
    return tmp_path


def check_programs(installation, directory, **uses_shared):
    """Both run; each needs the shared library or not, as told."""
    for language, shared in uses_shared.items():
        program = directory / f"provision-{language}"
        assert output_of(program, env=installation.environment) == VERSION + "\n"
        needed = re.findall(r"NEEDED.*\[(.*)\]", output_of("readelf", "-d", program))
        assert (f"libstage3.so.{SERIES}" in needed) == shared, needed


def test_the_files(installation):
    libraries = set()
    if installation.kind != "shared":
        libraries.add("libstage3.a")
    if installation.kind != "static":
        libraries |= {"libstage3.so", f"libstage3.so.{SERIES}", f"libstage3.so.{VERSION}"}
    headers = {f"include/stage3/{path.name}" for path in (SOURCE / "include" / "stage3").iterdir()}
    assert "include/stage3/stage3.h" in headers
    libraries |= {"pkgconfig/stage3.pc", "cmake/stage3/stage3-config.cmake", "cmake/stage3/stage3-config-version.cmake"}
    libdir = installation.libraries.relative_to(installation.prefix)
    assert installation.files() == headers | {f"{libdir}/{name}" for name in libraries} | {
        "bin/stage3", "share/man/man1/stage3.1"}


def test_the_command_runs(installation):
    assert VERSION in output_of(installation.prefix / "bin" / "stage3", "--version")


def test_pkg_config(installation):
    text = (installation.libraries / "pkgconfig" / "stage3.pc").read_text(encoding="utf-8")
    assert "RapidJSON" not in text
    assert "\nRequires: libcurl, yaml-0.1\n" in text
    assert "\nLibs: -L${libdir} -lstage3 -lstdc++ -lm\n" in text
    assert output_of("pkg-config", "--modversion", "stage3", env=installation.environment) == VERSION + "\n"


def test_make(installation, project):
    (project / "Makefile").write_text(documented("make"), encoding="utf-8")
    strict = "-Wall -Wextra -pedantic -Werror"
    environment = {**installation.environment, "CFLAGS": strict, "CXXFLAGS": strict, "LDFLAGS": "-Wl,--as-needed"}
    if installation.kind == "both":
        libraries = output_of("pkg-config", "--libs", "stage3", env=environment).replace("-lstage3", "-l:libstage3.a")
        output_of("make", "provision-cpp", f"LDLIBS={libraries.strip()}", cwd=project, env=environment)
    output_of("make", "all", cwd=project, env=environment)
    check_programs(installation, project, c=installation.kind != "static", cpp=installation.kind == "shared")


def test_meson(installation, project):
    (project / "meson.build").write_text(documented("meson"), encoding="utf-8")
    if installation.kind == "both":
        # The shared library comes first: no C++ headers.
        (project / "provision.cpp").write_text(C_PROGRAM, encoding="utf-8")
    output_of(MESON, "setup", "--wrap-mode=nofallback", "build", cwd=project, env=installation.environment)
    output_of("ninja", "-C", "build", cwd=project, env=installation.environment)
    shared = installation.kind != "static"
    check_programs(installation, project / "build", c=shared, cpp=shared)


def test_meson_subproject(tmp_path):
    """Only what is the program's own is compiled and linked: the library would take minutes."""
    for language, program in {"c": C_PROGRAM, "cpp": CPP_PROGRAM}.items():
        (tmp_path / f"provision.{language}").write_text(program, encoding="utf-8")
    (tmp_path / "meson.build").write_text(documented("meson"), encoding="utf-8")
    (tmp_path / "subprojects").mkdir()
    (tmp_path / "subprojects" / "stage3").symlink_to(SOURCE)
    build = tmp_path / "build"
    output_of(MESON, "setup", "--wrap-mode=nodownload", "--force-fallback-for=stage3", build, cwd=tmp_path,
              env=COMPILERS)
    for part in ("src", "capi"):
        shutil.rmtree(build / "subprojects" / "stage3" / part)
        (build / "subprojects" / "stage3" / part).symlink_to(BUILD / part)
    for language in ("c", "cpp"):
        commands = output_of("ninja", "-C", build, "-t", "commands", f"provision-{language}").splitlines()
        own = [command for command in commands if f"-o provision-{language}" in command]
        assert len(own) == 2 and len(commands) > len(own)
        for command in own:
            output_of("sh", "-c", command, cwd=build)
        assert output_of(build / f"provision-{language}") == VERSION + "\n"


def cmake(installation, project, text):
    """Builds a CMake project with an installation that has been moved since."""
    moved = Installation(installation.kind, project / "moved")
    shutil.copytree(installation.prefix, moved.prefix, symlinks=True, copy_function=os.link)
    (project / "CMakeLists.txt").write_text(text, encoding="utf-8")
    output_of(CMAKE, "-S", ".", "-B", "build", cwd=project, env=moved.environment)
    output_of(CMAKE, "--build", "build", cwd=project, env=moved.environment)
    told = (project / "build" / "CMakeCache.txt").read_text(encoding="utf-8")
    assert f"stage3_DIR:PATH={moved.libraries}/cmake/stage3\n" in told
    return moved


needs_cmake = pytest.mark.skipif(CMAKE is None, reason="no cmake: install it")


@needs_cmake
def test_cmake(installation, project):
    moved = cmake(installation, project, documented("cmake"))
    shared = installation.kind == "shared"
    check_programs(moved, project / "build", c=shared, cpp=shared)


@needs_cmake
def test_cmake_without_cpp(installation, project):
    lines = [line for line in documented("cmake").splitlines(True) if "cpp" not in line]
    text = "".join(lines).replace("LANGUAGES C CXX", "LANGUAGES C")
    if installation.kind == "both":
        text = text.replace("stage3::stage3", "stage3::shared")
    moved = cmake(installation, project, text)
    check_programs(moved, project / "build", c=installation.kind != "static")


@needs_cmake
def test_cmake_takes_versions_of_the_same_series_only(installation, tmp_path):
    major, minor, patch = map(int, VERSION.split("."))
    suits = {f"{major}.{minor}": True, VERSION: True, f"{major}.{minor}.{patch + 1}": False,
             f"{major}.{minor + 1}": False, f"{major + 1}.{minor}": False}
    script = tmp_path / "versions.cmake"
    script.write_text("".join(f"""
        set(PACKAGE_FIND_VERSION {version})
        string(REPLACE "." ";" parts {version})
        list(GET parts 0 PACKAGE_FIND_VERSION_MAJOR)
        list(GET parts 1 PACKAGE_FIND_VERSION_MINOR)
        include({installation.libraries}/cmake/stage3/stage3-config-version.cmake)
        message("{version} ${{PACKAGE_VERSION_COMPATIBLE}}")
    """ for version in suits), encoding="utf-8")
    told = dict(line.split() for line in output_of(CMAKE, "-P", script).splitlines())
    assert {version: word == "TRUE" for version, word in told.items()} == suits
