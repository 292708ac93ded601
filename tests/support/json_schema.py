"""The small part of JSON Schema that those in docs/ use."""

import re

TYPES = {"object": dict, "array": list, "string": str, "null": type(None), "boolean": bool}
KNOWN = {"$schema", "$id", "$defs", "title", "description", "type", "properties", "required", "items", "enum",
         "const", "oneOf", "$ref", "minimum", "maximum", "pattern"}


def violations(value, schema, root=None, path="$"):
    """Where and how `value` breaks `schema`; an empty list if it does not."""
    root = root or schema
    unknown = set(schema) - KNOWN
    assert not unknown, f"the schema uses what this check does not know: {unknown}"
    if "$ref" in schema:
        return violations(value, referred(schema, root), root, path)
    found = []
    if "oneOf" in schema:
        fitting = [s for s in schema["oneOf"] if not violations(value, s, root, path)]
        if len(fitting) != 1:
            found.append(f"{path} fits {len(fitting)} of the alternatives")
    if "type" in schema and not any(is_a(value, t) for t in listed(schema["type"])):
        return found + [f"{path} is no {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path} is none of {schema['enum']}")
    if "const" in schema and not (value == schema["const"] and type(value) is type(schema["const"])):
        found.append(f"{path} is not {schema['const']!r}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{path} does not match {schema['pattern']!r}")
    return found + bounds(value, schema, path) + parts(value, schema, root, path)


def referred(schema, root):
    return root["$defs"][schema["$ref"].removeprefix("#/$defs/")]


def undescribed(value, schema, root=None, path="$"):
    """Where `value` has a member that `schema` says nothing of. Alternatives are not looked into."""
    root = root or schema
    if "$ref" in schema:
        return undescribed(value, referred(schema, root), root, path)
    if isinstance(value, list):
        return [found for index, item in enumerate(value)
                for found in undescribed(item, schema.get("items", {}), root, f"{path}[{index}]")]
    if not isinstance(value, dict):
        return []
    known = schema.get("properties", {})
    return [f"{path}.{name}" for name in value if name not in known] + [
        found for name in value if name in known for found in undescribed(value[name], known[name], root, f"{path}.{name}")]


def listed(types):
    return types if isinstance(types, list) else [types]


def is_a(value, name):
    if name in ("integer", "number"):
        return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def bounds(value, schema, path):
    if not isinstance(value, (int, float)):
        return []
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    return [] if low <= value <= high else [f"{path} is out of range"]


def parts(value, schema, root, path):
    found = []
    if isinstance(value, dict):
        found += [f"{path}.{name} is missing" for name in schema.get("required", ()) if name not in value]
        for name, part in schema.get("properties", {}).items():
            if name in value:
                found += violations(value[name], part, root, f"{path}.{name}")
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            found += violations(item, schema["items"], root, f"{path}[{index}]")
    return found
