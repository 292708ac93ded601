"""Text for people."""

from __future__ import annotations

from . import _arguments, _stage3


def escape(text: str) -> str:
    """`text` made safe for a terminal or a log line.

    Control, bidirectional and other invisible characters and line separators become visible escapes (\\n, \\x1b,
    \\u202e), a backslash is doubled so that no text can look like another's escape; the rest is unchanged.
    """
    return _stage3.escape(_arguments.text("text", text))
