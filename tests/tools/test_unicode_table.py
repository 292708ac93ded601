"""src/base/unicode_table.inc is what the Unicode character database says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(os.environ["STAGE3_SOURCE"])


@pytest.mark.skipif(not Path("/usr/share/unicode/EastAsianWidth.txt").exists(),
                    reason="the Unicode character database is missing (Debian: unicode-data)")
def test_table_is_that_of_the_database():
    made = subprocess.run([sys.executable, SOURCE / "tools/unicode_table.py"], capture_output=True, text=True, check=True)
    assert made.stdout == (SOURCE / "src/base/unicode_table.inc").read_text(encoding="utf-8"), \
        "renew it: tools/unicode_table.py >src/base/unicode_table.inc"
