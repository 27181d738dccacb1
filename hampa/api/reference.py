"""The document as people read it: what an operation takes and answers, and what calls say, without references."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

METHODS: Final = ("get", "post", "put", "patch", "delete")
DEEPEST: Final = 8
"""How far examples follow models into models."""
EXAMPLES: Final = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None}
BY_FORMAT: Final = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "date-time": "2026-05-01T05:30:00Z",
    "date": "2026-05-01",
    "time": "05:30",
}
BY_PATTERN: Final = ("05:30", "2026-05-01T05:30", "0123456789ab", "text")
"""Of texts with a pattern, one fits."""


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter, or a field of a body; `kind` says its type, and `place` is `path`, `query`, `header` or `body`."""

    name: str
    place: str
    kind: str
    needed: bool
    words: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation; `example` is the JSON of a body, `answer` that of the data of an answer, `file` the field of a file."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    scope: str | None
    parameters: list[Value]
    fields: list[Value]
    example: str | None
    answer: str | None
    file: str | None
    answers: list[tuple[str, str]]


def entries_of(document: dict[str, Any], tag: str) -> list[Entry]:
    """Return the operations of a resource, in the order of the document."""
    reader = _Reader(document)
    return [
        reader.entry(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS and tag in operation["tags"]
    ]


@dataclass(frozen=True, slots=True)
class CallEntry:
    """A call that the site makes; `example` is its body, `fields` are those of its `data`."""

    name: str
    summary: str
    fields: list[Value]
    example: str


def calls_of(document: dict[str, Any], tag: str) -> list[CallEntry]:
    """Return the calls of a resource, in the order of the document."""
    reader = _Reader(document)
    return [
        reader.call(name, methods["post"])
        for name, methods in document["webhooks"].items()
        if tag in methods["post"]["tags"]
    ]


class _Reader:
    """Reads one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def entry(self, path: str, method: str, operation: dict[str, Any]) -> Entry:
        """Return an operation."""
        content = operation.get("requestBody", {}).get("content", {})
        schema = self._resolved(next(iter(content.values()))["schema"]) if content else {}
        is_file = "multipart/form-data" in content
        scopes = [scope for each in operation["security"] for scope in each.get("token", [])]
        return Entry(
            name=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation["summary"],
            description=operation.get("description", ""),
            scope=scopes[0] if scopes else None,
            parameters=[self._parameter(each) for each in operation["parameters"]],
            fields=self._fields(schema),
            example=self._written(schema) if content and not is_file else None,
            answer=self._answer(operation["responses"]),
            file=next(iter(schema["properties"])) if is_file else None,
            answers=[(status, self._resolved(each)["description"]) for status, each in operation["responses"].items()],
        )

    def call(self, name: str, operation: dict[str, Any]) -> CallEntry:
        """Return a call."""
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        data = self._resolved(schema["properties"]["data"])
        example = {"type": name, "timestamp": BY_FORMAT["date-time"], "data": self._example(data)}
        return CallEntry(name, operation["summary"], self._fields(data), _as_json(example))

    def _answer(self, responses: dict[str, Any]) -> str | None:
        """Return an example of the data of an answer that is JSON."""
        for status, response in responses.items():
            schema = response.get("content", {}).get("application/json", {}).get("schema")
            if status.startswith("2") and schema is not None:
                return self._written(schema["properties"]["data"])
        return None

    def _written(self, schema: dict[str, Any]) -> str:
        return _as_json(self._example(schema))

    def _parameter(self, parameter: dict[str, Any]) -> Value:
        parameter = self._resolved(parameter)
        kind = self._kind(parameter["schema"])
        words = parameter.get("description", "")
        return Value(parameter["name"], parameter["in"], kind, parameter.get("required", False), words)

    def _fields(self, schema: dict[str, Any]) -> list[Value]:
        needed = schema.get("required", ())
        return [
            Value(name, "body", self._kind(each), name in needed, self._resolved(each).get("description", ""))
            for name, each in schema.get("properties", {}).items()
        ]

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return what a reference leads to."""
        if "$ref" not in node:
            return node
        found: Any = self._document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return {**found, **{name: value for name, value in node.items() if name != "$ref"}}

    def _kind(self, schema: dict[str, Any]) -> str:
        """Return the type of a value in few words, such as `integer 1–100` or `km | miles`."""
        schema = self._resolved(schema)
        if "anyOf" in schema:
            return " | ".join(self._kind(each) for each in schema["anyOf"])
        if "enum" in schema:
            return " | ".join(map(str, schema["enum"]))
        if schema.get("type") == "array":
            return f"list of {self._kind(schema['items'])}"
        kind = str(schema.get("format") or schema.get("type") or schema.get("const") or "any")
        least = schema.get("minimum", schema.get("minLength"))
        most = schema.get("maximum", schema.get("maxLength"))
        if least is None and most is None:
            return kind
        return f"{kind} {'' if least is None else least}–{'' if most is None else most}"

    def _example(self, schema: dict[str, Any], depth: int = 0) -> Any:
        """Return a value that a schema allows."""
        schema = self._resolved(schema)
        if depth > DEEPEST:
            return None
        if "const" in schema:
            return schema["const"]
        if schema.get("default") not in ("", None, []):
            return schema["default"]
        if "anyOf" in schema:
            return self._example(schema["anyOf"][0], depth)
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "array":
            return self._list(schema, depth + 1)
        if schema.get("type") == "object":
            needed = schema.get("required") or list(schema.get("properties", {}))
            named = {name: self._example(schema["properties"][name], depth + 1) for name in needed}
            values = schema.get("additionalProperties")
            return named or ({BY_FORMAT["uuid"]: self._example(values, depth + 1)} if isinstance(values, dict) else {})
        if "pattern" in schema:
            return next(text for text in BY_PATTERN if re.search(schema["pattern"], text))
        usual = BY_FORMAT.get(schema.get("format", ""), schema.get("minimum", EXAMPLES.get(schema.get("type", ""))))
        return usual.ljust(schema.get("minLength", 0), ".") if isinstance(usual, str) else usual

    def _list(self, schema: dict[str, Any], depth: int) -> list[Any]:
        """Return as few items as a schema allows, and one at least."""
        if "prefixItems" in schema:
            return [self._example(each, depth) for each in schema["prefixItems"]]
        return [self._example(schema["items"], depth)] * max(1, schema.get("minItems", 1))


def _as_json(example: Any) -> str:
    return json.dumps(example, indent=2, ensure_ascii=False)
