"""The header, the recorded list and the built libraries name the same functions; no library brings foreign names."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
RECORDED = (HERE / "exports.txt").read_text(encoding="utf-8").split()
HEADER = Path(os.environ["STAGE3_HEADER"])
SHARED = Path(os.environ["STAGE3_SHARED"])
STATIC = Path(os.environ["STAGE3_STATIC"])

# The beginning of a mangled name, up to the outermost namespace or class: of vtables, guards, locals, members.
MANGLED = r"(?:DW\.ref\.)?_Z(?:T[A-Z]|T[hv][n\d_]+_|G[VR])*Z?N?[KVRO]*"
# Namespace stage3, a class or namespace stage3_...
OURS = re.compile(rf"stage3_|{MANGLED}(?:6stage3|\d+stage3_)")
# Instances of templates of the standard library, placement new, the compilers' own.
STANDARD = re.compile(rf"{MANGLED}(?:S[tabsiod]|9__gnu_cxx)|_Z(?:nw|na|dl|da)"
                      r"|(?:DW\.ref\.__gxx_personality_v0|__clang_call_terminate)$")
WEAK = set("VWu")


def run(*command):
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def symbols(*options, library):
    """The names that nm tells, each with its kind; a version behind an `@` is cut off."""
    rows = [line.split() for line in run("nm", "--defined-only", *options, library).splitlines()]
    return {(row[2].split("@")[0], row[1]) for row in rows if len(row) == 3 and row[1] != "A"}


def exported(library):
    return {name for name, _ in symbols("-D", library=library)}


def foreign(archive):
    """The global names that could meet those of a program that links the archive, or of another library in it."""
    return {name for name, kind in symbols("-g", library=archive)
            if not OURS.match(name) and not (kind in WEAK and STANDARD.match(name))}


def declared(header):
    return re.findall(r"^STAGE3_API [^;(]*?\b(stage3_\w+)\(", header.read_text(encoding="utf-8"), re.M)


def compiled(directory, source, *flags):
    """Compiles C++ and returns the output file."""
    file = directory / "part.cpp"
    file.write_text(source, encoding="utf-8")
    output = directory / "part"
    run(*shlex.split(os.environ["STAGE3_CXX"]), "-std=c++17", *flags, file, "-o", output)
    return output


def test_the_header_declares_what_is_recorded():
    assert sorted(declared(HEADER)) == RECORDED


def test_the_shared_library_exports_nothing_else():
    assert exported(SHARED) == set(RECORDED)


def test_one_more_export_would_be_found(tmp_path):
    version_script = HEADER.parents[2] / "capi" / "stage3.map"
    library = compiled(tmp_path, 'extern "C" int stage3_forgotten() { return 0; }  int hidden() { return 0; }',
                       "-shared", "-fPIC", f"-Wl,--version-script={version_script}")
    assert exported(library) == {"stage3_forgotten"}


def test_the_static_library_has_them_all():
    assert {name for name, _ in symbols("-g", library=STATIC) if name.startswith("stage3_")} == set(RECORDED)


def test_the_static_library_has_no_foreign_names():
    assert foreign(STATIC) == set()


@pytest.mark.parametrize("source, found", [
    ("int helper() { return 0; }", "_Z6helperv"),
    ('extern "C" int helper = 1;', "helper"),
    ("namespace base { int helper() { return 0; } }", "_ZN4base6helperEv"),
    ("namespace rapidjson { inline int leak() { return 0; } }"
     "namespace stage3 { int (*keep)() = &rapidjson::leak; }", "_ZN9rapidjson4leakEv"),
    ("#include <vector>\ntemplate class std::vector<short>;", None),
    ("namespace stage3 { struct Base { virtual ~Base(); }; Base::~Base() = default; }", None),
])
def test_a_foreign_name_in_the_archive_is_found(tmp_path, source, found):
    with_part = tmp_path / "libstage3.a"
    script = f"create {with_part}\naddlib {STATIC}\naddmod {compiled(tmp_path, source, '-c')}\nsave\nend\n"
    subprocess.run(["ar", "-M"], input=script, capture_output=True, check=True, text=True)
    assert foreign(with_part) == ({found} if found else set())
