"""How the shared library sits in a process: what it needs, what it asks the loader for."""

import os
import re
import shlex
import subprocess

SHARED = os.environ["STAGE3_SHARED"]

NEEDED = re.compile(r"lib(curl|yaml-0|stdc\+\+|gcc_s|c|m)\.so\b.*|ld-linux.*")


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout


def dynamic(library):
    """The dynamic section: pairs of tag and value."""
    return re.findall(r"^ 0x\w+ \((\w+)\) +(?:[\w ]+: )?\[?(.*?)\]?$", output_of("readelf", "-dW", library), re.M)


def defects(library):
    """What a shared library should not have, a few words each."""
    found = set()
    for tag, value in dynamic(library):
        if tag == "NEEDED" and not NEEDED.fullmatch(value):
            found.add(f"needs {value}")
        if tag in ("RPATH", "RUNPATH"):
            found.add("search path")
        if "TEXTREL" in (tag, value):
            found.add("writable code")
    if re.search(r"GNU_STACK.* RWE ", output_of("readelf", "-lW", library)):
        found.add("executable stack")
    if "Unused direct dependencies" in output_of("ldd", "-u", library):
        found.add("needs more than it uses")
    found |= {f"undefined {name}" for name in re.findall(r"undefined symbol: (\w+)", output_of("ldd", "-r", library))}
    return found


def test_the_shared_library_is_sound():
    assert defects(SHARED) == set()


def test_its_name_carries_the_series():
    series = ".".join(os.environ["STAGE3_VERSION"].split(".")[:2])
    assert [value for tag, value in dynamic(SHARED) if tag == "SONAME"] == [f"libstage3.so.{series}"]


def test_an_unsound_library_is_found(tmp_path):
    source = tmp_path / "unsound.c"
    # An address in the code: the loader has to write there.
    source.write_text('int missing(void); int call(void) { return missing(); }\n__asm__(".text\\n.dc.a call\\n");\n',
                      encoding="utf-8")
    library = tmp_path / "libunsound.so"
    subprocess.run([*shlex.split(os.environ["STAGE3_CC"]), "-shared", "-fPIC", source, "-o", library,
                    "-Wl,-z,notext,-z,execstack,-rpath,/nowhere,--no-as-needed", "-lresolv"], check=True)
    assert defects(library) == {"needs libresolv.so.2", "search path", "writable code", "executable stack",
                                "needs more than it uses", "undefined missing"}
