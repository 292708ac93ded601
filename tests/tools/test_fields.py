"""A field of a result is wherever it must be: in the schema, in C, in Python and in the docs, and what is recorded is known."""

import ast
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What Python derives from other fields, or keeps to itself.
DERIVED = {"ip", "port", "error"}
# What C has besides fields: ownership, the caller's own pointer, the whole.
NO_FIELDS = {"ref", "unref", "user", "flags", "error_count", "error_text", "json"}


@pytest.fixture(scope="module")
def printed():
    done = subprocess.run([os.environ["STAGE3_FIELDS"]], capture_output=True, check=True, text=True)
    *rows, recorded = done.stdout.splitlines()
    return [row.split(" ") for row in rows], recorded.removeprefix("stage3: ").split(" ")


@pytest.fixture(scope="module")
def fields(printed):
    return {name: (in_c, None if recorded == "-" else recorded) for name, in_c, recorded in printed[0]}


def properties(name):
    """The properties of the class `Result`, with their docstrings."""
    tree = ast.parse((ROOT / "bindings/python/stage3" / name).read_text(encoding="utf-8"))
    result = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Result")
    return {node.name: ast.get_docstring(node) for node in result.body if isinstance(node, ast.FunctionDef)
            and any(isinstance(decorator, ast.Name) and decorator.id == "property" for decorator in node.decorator_list)}


def test_the_schema_has_each_field_and_no_other(fields):
    schema = json.loads((ROOT / "docs/json-output.schema.json").read_text(encoding="utf-8"))
    assert list(schema["$defs"]["device"]["properties"]) == ["v", "type", *fields]


def test_c_has_a_function_or_a_flag_for_each_field_and_no_other(fields):
    header = (ROOT / "include/stage3/stage3.h").read_text(encoding="utf-8")
    functions = set(re.findall(r"\bstage3_result_(\w+)\(", re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)))
    flags = set(re.findall(r"#define STAGE3_RESULT_(\w+)", header))
    assert functions - NO_FIELDS | flags == {in_c for in_c, _ in fields.values()}


def test_python_has_a_documented_property_for_each_field_and_no_other(fields):
    found = properties("_result.py")
    assert set(found) - DERIVED == set(fields)
    assert all(found.values()), "a property without a docstring"


def test_what_is_recorded_is_a_field_and_each_member_of_a_file_is_one(printed, fields):
    recorded = [recorded for _, recorded in fields.values() if recorded]
    assert sorted(recorded) == sorted(printed[1])


def test_what_is_recorded_is_on_record_in_each_language(printed):
    members = r"struct {}\b[^{{]*\{{(.*?)\n\}}"
    header = (ROOT / "include/stage3/on_record.hpp").read_text(encoding="utf-8")
    cpp = re.search(members.format("OnRecord"), header, re.DOTALL).group(1)
    assert re.findall(r"^ +[\w:<>]+ (\w+)(?: = 0)?;", cpp, re.MULTILINE) == printed[1]
    header = (ROOT / "include/stage3/stage3.h").read_text(encoding="utf-8")
    c = re.search(members.format("stage3_on_record"), header, re.DOTALL).group(1)
    assert re.findall(r"^ +(?:const )?\w+\*? (\w+);", c, re.MULTILINE) == ["struct_size", "reserved", *printed[1]]
    tree = ast.parse((ROOT / "bindings/python/stage3/_device.py").read_text(encoding="utf-8"))
    python = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "OnRecord")
    assert [node.target.id for node in python.body if isinstance(node, ast.AnnAssign)] == printed[1]


def test_python_merges_what_is_recorded(printed):
    """A result that is made of what is on record has each member."""
    tree = ast.parse((ROOT / "bindings/python/stage3/_inventory.py").read_text(encoding="utf-8"))
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "_result_on_record")
    used = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name) and node.value.id == "on_record"}
    assert used == set(printed[1])


def test_the_operator_can_read_what_is_recorded(printed):
    docs = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    assert [name for name in printed[1] if f"`{name}`" not in docs and f"`stage3.{name}`" not in docs] == []
