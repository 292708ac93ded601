"""The table of promises with the figure that was reached for each, and the tables of what a run does where.

Usage: reliability_table.py FIGURES [DOCUMENT [--some]]

FIGURES holds a line of JSON for each figure: {"promise": 1, "test": ..., "figure": ...}, and for each cell of the other
tables: {"table": ..., "row": ..., "column": ..., "kind": ..., "text": ...}. Without a DOCUMENT the figures are printed. With
one, the tables take the place of what stands between their marks; exits 1 if a promise has no figure. With --some only the rows
of promises that have a figure take the place of theirs: the others, and the tables of cells, stay as they are.
"""

import json
import re
import sys
from pathlib import Path

PROMISES = {
    1: "Killed at any moment: the state file is the old or the new one, whole",
    2: "The same for a power cut; what was told as saved is there",
    3: "Every error of the system is handled and told",
    4: "Out of memory is an error, not a crash",
    5: "Out of descriptors: fewer devices at once, nobody dropped",
    6: "What others write into the state file survives",
    7: "Who reads the state file never sees half of it",
    8: "A damaged state file is never overwritten, nor its backup",
    9: "Owner, group, mode, ACL and extended attributes of the file stay",
    10: "What is planted at the names beside the file does no harm",
    11: "An evil device hurts only its own result",
    12: "Only the right device is written",
    13: "No credential leaves for the wrong host, scheme or realm",
    14: "Secrets are in no log, output, result, error or core",
    15: "No raw control byte reaches a terminal or a log",
    16: "An update is sent at most once a device and run, and no second time before its deadline",
    17: "A run that is cancelled ends within a second, and saves what is known",
    18: "Threads: no race",
    19: "Parsers stand",
    20: "No byte of an answer harms the process",
    21: "Nothing is changed on a device unless the results can be saved",
    22: "Another stage that saves as the runbook says is not disturbed",
    23: "No other account can hold up a run",
    24: "Who does not read the output does not stop the saving",
    25: "What is on record of an update is true, whatever happened",
    26: "A device whose TLS key changed gets nothing, and is never asked by plain HTTP instead",
}
FIGURES = ("<!-- figures: written by tools/reliability -->", "<!-- end of figures -->")
CELLS = ("<!-- cells: written by tools/reliability -->", "<!-- end of cells -->")
# The tables of cells, and what their rows are.
TABLES = {"file systems": "what is wrong", "room": "how much room there is", "refusals": "what the file system refuses"}


def read(path):
    """The figures of each promise, each once, in the order of their tests; and the cells as they came."""
    figures = {number: {} for number in PROMISES}
    lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    for line in sorted(lines, key=lambda line: line["test"]):
        if "promise" in line:
            figures[line["promise"]][line["figure"]] = shown_by(line["test"])
    return figures, [line for line in lines if "table" in line]


def shown_by(test):
    """The file of a pytest case, or what else has told the figure."""
    return re.sub(r"^.*?([^/]+\.py)::.*$", r"\1", test)


def row(number, told):
    reached = "<br>".join(text.replace("|", "\\|") for text in told)
    tests = ", ".join(f"`{name}`" for name in sorted(set(told.values())))
    return f"| {number} | {PROMISES[number]} | {reached or '**nothing was measured**'} | {tests} |"


def table(figures, standing):
    """A row for each promise; with rows that are `standing`, one without a figure has the row that it had, if any."""
    rows = ["| # | promise | reached | by |", "|---|---|---|---|"]
    for number, told in figures.items():
        if told or standing is None:
            rows.append(row(number, told))
        elif number in standing:
            rows.append(standing[number])
    return "\n".join(rows)


def standing_rows(document):
    """The rows of the table of promises as the document has them."""
    table_of = document.partition(FIGURES[0])[2].partition(FIGURES[1])[0]
    return {int(found[1]): found[0] for found in re.finditer(r"^\| (\d+) \|.*$", table_of, re.MULTILINE)}


def matrix(cells, rows_are):
    """A row for each row, a column for each column, and what was said at the end."""
    columns = list(dict.fromkeys(cell["column"] for cell in cells))
    lines = [f"| {rows_are} | {' | '.join(columns)} | it says |", "|---" * (len(columns) + 2) + "|"]
    for row in dict.fromkeys(cell["row"] for cell in cells):
        of_row = {cell["column"]: cell for cell in cells if cell["row"] == row}
        kinds = [of_row[column]["kind"] if column in of_row else "" for column in columns]
        said = "<br>".join(dict.fromkeys(cell["text"].replace("|", "\\|") for cell in of_row.values() if cell["text"]))
        lines.append(f"| {row} | {' | '.join(kinds)} | {said} |")
    return "\n".join(lines)


def matrices(cells):
    told = {name: [cell for cell in cells if cell["table"] == name] for name in TABLES}
    return "\n\n".join(matrix(of_table, TABLES[name]) for name, of_table in told.items() if of_table)


def put(document, marks, text):
    before, begin, rest = document.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not begin or not end:
        sys.exit(f"the marks {' and '.join(marks)} are missing")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def main():
    figures, cells = read(sys.argv[1])
    some = sys.argv[3:] == ["--some"]
    if len(sys.argv) == 2:
        for number, told in figures.items():
            for text, test in told.items():
                print(f"{number:3}  {text}  ({test})")
        if cells:
            print(matrices(cells))
        return
    path = Path(sys.argv[2])
    text = path.read_text(encoding="utf-8")
    text = put(text, FIGURES, table(figures, standing_rows(text) if some else None))
    path.write_text(text if some else put(text, CELLS, matrices(cells)), encoding="utf-8")
    if some:
        return
    missing = [str(number) for number, told in figures.items() if not told]
    if missing:
        sys.exit(f"no figure for promise {', '.join(missing)}: what was skipped or failed?")


if __name__ == "__main__":
    main()
