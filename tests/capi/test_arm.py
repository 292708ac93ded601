"""All of the library compiles for a 32-bit ARM gateway, with the cross file that embedders are told to use.

Nothing is linked, so the headers of this machine's libcurl, libyaml and RapidJSON, which are the same everywhere, do.
The build stays beside the build under test: only the first run of this test is slow.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

COMPILER = "arm-linux-gnueabihf-g++"
BUILD = Path(os.environ["STAGE3_BUILD"]) / "cross-armhf"
SOURCE = Path(os.environ["STAGE3_SOURCE"])
HEADERS = {"libcurl": "curl", "yaml-0.1": "yaml.h", "RapidJSON": "rapidjson"}

pytestmark = pytest.mark.skipif(not shutil.which(COMPILER), reason=f"no {COMPILER}: install g++-arm-linux-gnueabihf")


def output_of(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


def make_dependencies(directory):
    """A pkg-config directory that gives out this machine's headers and no library."""
    (directory / "include").mkdir(parents=True, exist_ok=True)
    for module, header in HEADERS.items():
        found = Path(output_of("pkg-config", "--variable=includedir", module).strip()) / header
        link = directory / "include" / header
        link.unlink(missing_ok=True)
        link.symlink_to(found)
        version = output_of("pkg-config", "--modversion", module).strip()
        (directory / f"{module}.pc").write_text(
            f"Name: {module}\nDescription: headers\nVersion: {version}\nCflags: -isystem {directory}/include\n",
            encoding="utf-8")


@pytest.fixture(scope="module")
def archive():
    """libstage3.a for ARM, and the build's log."""
    if not (BUILD / "build.ninja").exists():
        make_dependencies(BUILD / "needs")
        instead = BUILD / "needs" / "instead.ini"
        instead.write_text(f"[properties]\npkg_config_libdir = '{BUILD}/needs'\n", encoding="utf-8")
        # Together the files compile in half the time.
        output_of(os.environ["STAGE3_MESON"], "setup", BUILD, SOURCE, "--buildtype=plain", "-Dwerror=true", "--unity=on",
                  "--wrap-mode=nodownload", "-Dcli=false", "-Dsimulator=false", "-Dtests=false",
                  "--cross-file", SOURCE / "tools" / "arm-linux-gnueabihf.ini", "--cross-file", instead)
    output_of("ninja", "-C", BUILD, "capi/libstage3.a")
    return BUILD / "capi" / "libstage3.a"


def members(library):
    return sorted(Path(name).name for name in output_of("ar", "t", library).split())


def functions(nm, library):
    """Names of all functions, without their parameters: a size_t is of another type there."""
    defined = output_of(nm, "--defined-only", "--extern-only", "--demangle", "--format=posix", library)
    return set(re.findall(r"^(stage3[\w:~]+).* T ", defined, re.M))


def test_all_of_the_library_is_compiled(archive):
    # A build with tests looks at assertions.
    wanted = functions("nm", os.environ["STAGE3_STATIC"]) - {"stage3::assertion_failed"}
    assert len(wanted) > 300
    assert functions("arm-linux-gnueabihf-nm", archive) == wanted


def test_all_of_it_is_for_arm(archive):
    told = re.findall(r"^ *(Class|Machine): +(\w+)$", output_of("readelf", "-h", archive), re.M)
    assert len(told) == 2 * len(members(archive))
    assert set(told) == {("Class", "ELF32"), ("Machine", "ARM")}


def test_it_links_without_libatomic(archive):
    wanted = output_of("arm-linux-gnueabihf-nm", "--undefined-only", archive).split()
    assert "curl_easy_init" in wanted
    assert [name for name in wanted if name.startswith(("__atomic_", "__sync_"))] == []


def test_the_structs_of_the_interface_have_no_holes(tmp_path):
    (tmp_path / "sizes.c").write_text("""
        #include <stage3/stage3.h>
        #define EXPECT(condition) _Static_assert(condition, #condition)
        EXPECT(sizeof(void*) == 4 && sizeof(size_t) == 4);
        EXPECT(sizeof(stage3_error) == 5 * 4 + 1024 + 1024);
        EXPECT(sizeof(stage3_device) == 13 * 4);
        EXPECT(sizeof(stage3_on_record) == 4 * 4 + 3 * 8 + 12 * 4);
        EXPECT(sizeof(stage3_update_record) == 4 * 4 + 2 * 8 + 4 * 4 + 4 * 4);
        EXPECT(sizeof(stage3_device_error) == 7 * 4);
        EXPECT(sizeof(stage3_callbacks) == 11 * 4);
        EXPECT(sizeof(stage3_update_request) == 9 * 4);
        EXPECT(sizeof(stage3_summary) == 9 * 4);
    """, encoding="utf-8")
    output_of("arm-linux-gnueabihf-gcc", "-std=c11", "-Wall", "-Wpadded", "-Werror", f"-I{SOURCE}/include",
              "-c", "sizes.c", cwd=tmp_path)
