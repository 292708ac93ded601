"""What the library takes for one text, beside Python's form C of the same: each code point, and many that stand in any order."""

import os
import random
import subprocess
import sys
import unicodedata

SURROGATES = range(0xD800, 0xE000)
LINES = 100_000
LONGEST = 7


def points():
    return [chr(point) for point in range(sys.maxunicode + 1) if point not in SURROGATES and chr(point) not in "\n\r"]


def is_of_interest(c):
    return unicodedata.combining(c) or unicodedata.normalize("NFD", c) != c or unicodedata.normalize("NFKD", c) != c


def check(lines):
    done = subprocess.run([os.environ["STAGE3_CANONICAL_LINES"]], input="\n".join([*lines, ""]).encode(), capture_output=True, check=True)
    found = done.stdout.decode().split("\n")[:-1]
    assert len(found) == len(lines)
    wrong = [(line, one) for line, one in zip(lines, found) if unicodedata.normalize("NFC", line) != one]
    assert wrong == [], f"{len(wrong)} lines, the first {[(ascii(line), ascii(one)) for line, one in wrong[:3]]}"


def test_each_code_point_and_its_parts():
    check(points())
    check([unicodedata.normalize("NFD", c) for c in points()])


def test_any_order_of_what_composes_and_what_does_not():
    chance = random.Random(3)
    alphabet = [c for c in points() if is_of_interest(c)]
    parts = sorted({part for c in alphabet for part in unicodedata.normalize("NFD", c)})
    marks = [c for c in alphabet if unicodedata.combining(c)]
    kinds = [alphabet, parts, marks, ["a", "u", "\u1112", "\u1161", "\u11ab"]]
    check(["".join(chance.choice(chance.choice(kinds)) for _ in range(chance.randint(1, LONGEST))) for _ in range(LINES)])
