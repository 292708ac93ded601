"""Prints where below a prefix the package goes: install_dir.py PREFIX WHAT-MESON-SAYS"""

import site
import sys
import sysconfig
from pathlib import Path

prefix, by_meson = sys.argv[1:]
# Debian's interpreter looks into lib/python3/dist-packages below /usr, but lib/python3.11/dist-packages below /usr/local;
# meson names the former for each prefix. Not sys.path: directories that do not exist yet are missing in it.
searched = site.getsitepackages()
fitting = [path for path in searched if Path(path).parent.parent.parent == Path(prefix)]
if by_meson in searched:
    print(by_meson)
elif fitting:
    print(fitting[0])
else:
    # Into no place below this prefix does it look by itself: where one that lives there would, such as a virtual environment's.
    print(sysconfig.get_path("platlib", "posix_prefix", {"base": prefix, "platbase": prefix}))
