"""Text for people."""

from __future__ import annotations

from typing import NamedTuple

from . import _arguments, _stage3


def escape(text: str) -> str:
    """`text` made safe for a terminal or a log line.

    Control, bidirectional and other invisible characters and line separators become visible escapes (\\n, \\x1b,
    \\u202e), a backslash is doubled so that no text can look like another's escape; the rest is unchanged. Joiners that
    hold an emoji or a word together stay.
    """
    return _stage3.escape(_arguments.text("text", text))


class ErrorInfo(NamedTuple):
    """What an operator needs to know of one kind of error, in a sentence or two each.

    id       as in error_id, e.g. "auth.login_refused"
    meaning  what happened
    advice   what to do
    """

    id: str
    meaning: str
    advice: str


def error_info(error_id: str, language: str = "en") -> ErrorInfo | None:
    """What an error of this kind means and what to do about it, in "en" or "de"; None: no kind has this id.

    The id is that of a DeviceProblem, or one of those of Result.error_id and OnRecord.error_id.
    """
    if language not in ("en", "de"):
        raise ValueError(f"language must be 'en' or 'de', not {language!r}")
    texts = _stage3.error_info(_arguments.text("error_id", error_id), language == "de")
    return None if texts is None else ErrorInfo(error_id, *texts)


def display_width(text: str) -> int:
    """The columns that a text without control characters takes on a terminal, by East Asian Width."""
    return _stage3.display_width(_arguments.text("text", text))


def shortened(text: str, columns: int) -> str:
    """The whole text where it takes at most so many columns, else a start of it with "..." behind.

    No grapheme cluster is cut through: no accent, joined emoji or syllable.
    """
    return _stage3.shortened(_arguments.text("text", text), max(columns, 0))
