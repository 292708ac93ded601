"""Writes what the Unicode character database says of canonical equivalence, as rows for canonical.cpp.

Usage: canonical_forms.py OUTPUT
"""

import sys
import unicodedata

HANGUL = range(0xAC00, 0xD7A4)  # by rule, not by row


def decompositions():
    for point in range(sys.maxunicode + 1):
        form = unicodedata.normalize("NFD", chr(point))
        if form != chr(point) and point not in HANGUL:
            yield f"Decomposition{{{point:#x}, {{{', '.join(f'{ord(c):#x}' for c in form)}}}}},"


def pairs():
    """What each becomes with the one behind it, where form C has them in one."""
    for point in range(sys.maxunicode + 1):
        parts = unicodedata.decomposition(chr(point)).split()
        is_canonical = len(parts) == 2 and not parts[0].startswith("<")
        if is_canonical and unicodedata.normalize("NFC", chr(point)) == chr(point):
            yield int(parts[0], 16), int(parts[1], 16), point


def compositions():
    for first, second, both in sorted(pairs()):
        yield f"Composition{{{first:#x}, {second:#x}, {both:#x}}},"


def classes():
    for point in range(sys.maxunicode + 1):
        order = unicodedata.combining(chr(point))
        if order:
            yield f"CombiningClass{{{point:#x}, {order}}},"


def main():
    tables = {"Decomposition kDecompositions": decompositions(), "Composition kCompositions": compositions(),
              "CombiningClass kCombiningClasses": classes()}
    with open(sys.argv[1], "w", encoding="ascii") as output:
        for name, rows in tables.items():
            print(f"constexpr {name}[] = {{", *rows, "};", sep="\n", file=output)


if __name__ == "__main__":
    main()
