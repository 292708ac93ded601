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
NO_FIELDS = {"ref", "unref", "user", "flags", "error_count", "error_short", "error_text", "json"}


@pytest.fixture(scope="module")
def printed():
    done = subprocess.run([os.environ["STAGE3_FIELDS"]], capture_output=True, check=True, text=True)
    *rows, recorded = done.stdout.splitlines()
    return [row.split(" ") for row in rows], recorded.removeprefix("stage3: ").split(" ")


@pytest.fixture(scope="module")
def fields(printed):
    return {name: (in_c, None if recorded == "-" else recorded) for name, in_c, recorded in printed[0]}


@pytest.fixture(scope="module")
def objects(printed):
    """What is an object in the file: the fields of a result that it is made of, by their names in C and in a result."""
    rows = {}
    for name, in_c, recorded in printed[0]:
        rows.setdefault(recorded, []).append((name, in_c))
    return {member: rows[member] for member in printed[1] if len(rows[member]) > 1}


def class_of(name, path):
    tree = ast.parse((ROOT / "bindings/python/stage3" / path).read_text(encoding="utf-8"))
    return next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)


def members_of(python_class):
    return [node.target.id for node in python_class.body if isinstance(node, ast.AnnAssign)]


def properties(name):
    """The properties of the class `Result`, with their docstrings."""
    result = class_of("Result", name)
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
    assert {member for member in recorded if recorded.count(member) > 1} == {"tls"}
    assert sorted(set(recorded)) == sorted(printed[1])


MEMBERS = r"struct {}\b[^{{]*\{{(.*?)\n\}}"


def members_in_cpp(name, path):
    header = (ROOT / "include/stage3" / path).read_text(encoding="utf-8")
    return re.findall(r"^ +[\w:<> ]+ (\w+)(?: = \w+)?;", re.search(MEMBERS.format(name), header, re.DOTALL).group(1), re.MULTILINE)


def test_what_is_recorded_is_on_record_in_each_language(printed, objects):
    assert members_in_cpp("OnRecord", "on_record.hpp") == printed[1]
    header = (ROOT / "include/stage3/stage3.h").read_text(encoding="utf-8")
    c = re.search(MEMBERS.format("stage3_on_record"), header, re.DOTALL).group(1)
    # A struct in a struct could not grow: there the parts stand for the whole, by their names in a result.
    flat = [in_c for member in printed[1] for in_c in sorted(in_c for _, in_c in objects.get(member, [(member, member)]))]
    # It grows at its end only, whatever the order elsewhere.
    first, second, *members = re.findall(r"^ +(?:const )?\w+\*? (\w+);", c, re.MULTILINE)
    assert (first, second) == ("struct_size", "reserved")
    assert sorted(name for name in members if not name.startswith("reserved_")) == sorted(flat)
    assert members_of(class_of("OnRecord", "_device.py")) == printed[1]


def test_an_object_has_each_of_its_parts_in_each_language(objects):
    (member, rows), = objects.items()
    parts = [name.removeprefix(member + "_") for name, _ in rows]
    assert members_in_cpp("TlsPin", "tls.hpp") == parts
    assert members_of(class_of("Tls", "_device.py")) == parts


def test_python_merges_what_is_recorded(printed, fields):
    """A result that is made of what is on record has each member, under the name of each field that is recorded."""
    tree = ast.parse((ROOT / "bindings/python/stage3/_inventory.py").read_text(encoding="utf-8"))
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "_result_on_record")
    used = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name) and node.value.id == "on_record"}
    assert used == set(printed[1])
    given = {key.value for node in ast.walk(function) if isinstance(node, ast.Dict) for key in node.keys
             if isinstance(key, ast.Constant)}
    assert {name for name, (_, recorded) in fields.items() if recorded} - given == set()


def test_the_operator_can_read_what_is_recorded(printed):
    docs = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    assert [name for name in printed[1] if f"`{name}`" not in docs and f"`stage3.{name}`" not in docs] == []
