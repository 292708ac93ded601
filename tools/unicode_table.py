#!/usr/bin/env python3
"""Prints src/base/unicode_table.inc from the Unicode character database (Debian: unicode-data)."""

import sys
from pathlib import Path

DATABASE = Path("/usr/share/unicode")
LAST = 0x10FFFF
BREAKS = {"Extend": "extend", "ZWJ": "joiner", "Prepend": "prepend", "SpacingMark": "spacing_mark", "L": "leading",
          "V": "vowel", "T": "trailing", "LV": "syllable", "LVT": "syllable", "Regional_Indicator": "regional"}
COMBINING = ("Mn", "Me")


def rows_of(path):
    """First and last code point and value of each row of a file of the database."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = [field.strip() for field in line.partition("#")[0].split(";")]
        if len(fields) >= 2:
            first, _, last = fields[0].partition("..")
            yield int(first, 16), int(last or first, 16), fields[1]


def values(path, default):
    """The value of each code point."""
    found = [default] * (LAST + 1)
    for first, last, value in rows_of(DATABASE / path):
        found[first:last + 1] = [value] * (last + 1 - first)
    return found


def pictographic():
    return {c for first, last, value in rows_of(DATABASE / "emoji/emoji-data.txt") if value == "Extended_Pictographic"
            for c in range(first, last + 1)}


def properties():
    """How each code point breaks, and the columns it takes by itself."""
    widths, categories = values("EastAsianWidth.txt", "N"), values("extracted/DerivedGeneralCategory.txt", "Cn")
    breaks, pictures = values("auxiliary/GraphemeBreakProperty.txt", "Other"), pictographic()
    for c in range(LAST + 1):
        joins = BREAKS.get(breaks[c], "pictographic" if c in pictures else "other")
        is_hidden = categories[c] in COMBINING or joins in ("joiner", "vowel", "trailing") or c == 0x200C
        yield joins, 0 if is_hidden else 2 if widths[c] in "WF" else 1


def ranges():
    """Those that are not alone and one column wide, neighbours with the same properties together."""
    first, before = 0, ("other", 1)
    for c, now in enumerate([*properties(), ("other", 1)]):
        if now == before:
            continue
        if before != ("other", 1):
            yield (first, c - 1, *before)
        first, before = c, now


def main():
    sys.stdout.write("// Made by tools/unicode_table.py from the Unicode character database 15.0.\n")
    for first, last, joins, columns in ranges():
        sys.stdout.write(f"{{{first:#07X}, {last:#07X}, Break::{joins}, {columns}}},\n".replace("0X", "0x"))


if __name__ == "__main__":
    main()
