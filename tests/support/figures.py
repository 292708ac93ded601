"""What a robustness harness has measured, for the table of promises in docs/reliability.md (tools/reliability)."""

import json
import os


def tell(promise, text):
    """Prints the figure reached for a promise (its number), and appends it to the file STAGE3_FIGURES, if any."""
    print(f"promise {promise}: {text}")
    _append(promise=promise, figure=text)


def cell(table, row, column, kind, text):
    """The same for a cell of one of the tables below that of the promises: what becomes of a run there, in a word, and what
    it says about it."""
    print(f"{table} | {row} | {column} | {kind} {text}".rstrip())
    _append(table=table, row=row, column=column, kind=kind, text=text)


def _append(**record):
    path = os.environ.get("STAGE3_FIGURES")
    if path:
        record["test"] = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
