"""What of stage3.h gets compiled into programs: the ABI of its functions and structs, and the values of its constants.

Both are taken from the header alone: a library of empty functions with its declarations is compiled as C, so that the
record is small and knows nothing of what the opaque types are. As a program (`ninja record-abi`) it records both anew.
"""

import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
RECORDED_ABI = HERE / "abi-x86_64.xml"
RECORDED_CONSTANTS = HERE / "constants.txt"

DECLARATION = re.compile(r"^(STAGE3_API [^;{]*\)\s+STAGE3_NOEXCEPT);", re.M)
FLAG = re.compile(r"^#define (STAGE3_\w+) (\d+)u\b", re.M)


def empty_library(directory, header):
    """A shared library that has what the header's text declares, under the soname that its version asks for."""
    text, count = DECLARATION.subn(r"\1 { __builtin_trap(); }", header)
    assert count == header.count("\nSTAGE3_API "), "a declaration is written in a way that this script does not know"
    (directory / "stage3.c").write_text(text, encoding="utf-8")
    major, minor = (re.search(rf"define STAGE3_VERSION_{part} (\d+)", header)[1] for part in ("MAJOR", "MINOR"))
    # In the directory, so that its name is not recorded.
    subprocess.run([*shlex.split(os.environ["STAGE3_CC"]), "-std=c99", "-g", "-shared", "-fPIC", "stage3.c",
                    f"-Wl,-soname,libstage3.so.{major}.{minor}",
                    f"-Wl,--version-script={os.environ['STAGE3_VERSION_SCRIPT']}", "-o", "libstage3.so"],
                   cwd=directory, check=True)
    return directory / "libstage3.so"


def constants(header):
    """One line for each constant of the header's text but its version: name and value."""
    code = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    found = FLAG.findall(code)
    for body in re.findall(r"\benum \w*\s*\{(.*?)\}", code, re.S):
        for enumerator in body.split(","):
            match = re.fullmatch(r"\s*(STAGE3_\w+) = (-?\d+)\s*", enumerator)
            assert match, f"{enumerator.strip()}: a constant of the C interface has its value written out"
            found.append(match.groups())
    return "".join(f"{name} {value}\n" for name, value in sorted(found))


def record():
    header = Path(os.environ["STAGE3_HEADER"]).read_text(encoding="utf-8")
    RECORDED_CONSTANTS.write_text(constants(header), encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        library = empty_library(Path(name), header)
        subprocess.run(["abidw", "--no-show-locs", "--no-comp-dir-path", "--no-corpus-path", "--no-elf-needed",
                        "--no-parameter-names", "--out-file", RECORDED_ABI, library], check=True)


if __name__ == "__main__":
    record()
