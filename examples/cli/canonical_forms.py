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


def classes():
    for point in range(sys.maxunicode + 1):
        order = unicodedata.combining(chr(point))
        if order:
            yield f"CombiningClass{{{point:#x}, {order}}},"


def main():
    with open(sys.argv[1], "w", encoding="ascii") as output:
        for name, rows in ("Decomposition kDecompositions", decompositions()), ("CombiningClass kCombiningClasses", classes()):
            print(f"constexpr {name}[] = {{", *rows, "};", sep="\n", file=output)


if __name__ == "__main__":
    main()
