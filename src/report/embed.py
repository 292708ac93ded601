"""Makes a C++ source of the page's files: embed.py PAGE STYLE SCRIPT OUTPUT.

Style and script are put into the page here, and their hashes into its policy: what else gets into a page runs nowhere.
What is known only when a page is made stays as {{slot}}.
"""

import base64
import hashlib
import re
import sys
from pathlib import Path

SLOTS = ("lang", "title", "body", "data")
POLICY = ("default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; "
          "form-action 'none'; require-trusted-types-for 'script'")


def read(path, forbidden):
    text = Path(path).read_text(encoding="utf-8")
    if forbidden in text.lower():
        sys.exit(f"{path}: it must not hold {forbidden}")
    if not text.isascii():
        sys.exit(f"{path}: it must be ASCII")
    return text


def digest(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def main(page, style, script, output):
    style, script = read(style, "</style"), read(script, "</script")
    made = {"policy": POLICY.format(script=digest(script), style=digest(style)), "style": style, "script": script}
    # In one go, so that nothing that is put in is looked at again.
    parts = re.split(r"\{\{(\w+)\}\}", Path(page).read_text(encoding="utf-8"))
    pieces = [[parts[0], None]]
    for name, text in zip(parts[1::2], parts[2::2]):
        if name in made:
            pieces[-1][0] += made[name] + text
        else:
            pieces[-1][1] = name
            pieces.append([text, None])
    if [slot for _, slot in pieces] != [*SLOTS, None]:
        sys.exit(f"{page}: its slots must be {', '.join(SLOTS)}, in that order")
    lines = ['#include "report/page.hpp"', "", "namespace stage3::report {", "",
             "const std::array<std::string_view, 5>& page_pieces() noexcept {",
             "  static constexpr std::array<std::string_view, 5> kPieces{"]
    lines += [f'R"STAGE3PAGE({text})STAGE3PAGE",' for text, _ in pieces]
    lines += ["  };", "  return kPieces;", "}", "", "}  // namespace stage3::report", ""]
    Path(output).write_text("\n".join(lines), encoding="utf-8")


main(*sys.argv[1:])
