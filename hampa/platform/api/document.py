"""The OpenAPI document, made from the operations: apispec puts it together, pydantic describes the models.

It is made when it is first asked for, once a process; nothing of it is imported before.
"""

from collections.abc import Mapping
from typing import Any, Final, NotRequired

from flask import Flask, current_app
from pydantic import BaseModel, Field, TypeAdapter
from typing_extensions import TypedDict

from hampa.platform.api.answers import VERSION
from hampa.platform.api.codes import CODES, code_of
from hampa.platform.api.operations import PLACE, ROOT, Operation, Resource
from hampa.platform.api.requests import JSON
from hampa.platform.api.serving import EXTENSION, FORM, operations_of
from hampa.platform.api.tokens import ALL

SCHEMAS: Final = "#/components/schemas/"
DOCUMENT: Final = "hampa.api_document"
UNSAFE: Final = ("POST", "PUT", "PATCH", "DELETE")

TITLE: Final = "Hampa"
DESCRIPTION: Final = """The running community, for programs: the same actions and lists as the pages.

**Tokens.** Ask for a code with `POST /auth/otp`, give it to `POST /auth/verify`, and send the access token in the header \
`Authorization: Bearer …`; or make a personal access token in the settings, with the scopes and the time that you choose. \
Cookies are not read.

**Answers** are wrapped: `data`, and `meta` with the time, the version and the id of the request. Errors have a `code` of a \
closed list, a `message` for people in the language of the person or of `Accept-Language`, and `details` beside fields.

**Lists** have `limit` items at most; `meta.next` is the `after` of the next page, and null on the last.

**Reading again.** Answers of reads have an `ETag`; with `If-None-Match` an unchanged one is a 304. Changes that take \
`If-Match` are done only while the thing is what you have seen (412 otherwise).

**Repeating.** A POST with the header `Idempotency-Key` is done once: for two days the same key and request get the \
same status, with the thing as it is then; the same key with another request gets a 422.

**Live.** `GET /live?topics=run:<id>` with a token that may read notifications is a stream of server-sent events: those of \
its person, and of the runs that are named. They say what changed and carry no words: ask for the thing again.

**Calls.** What webhooks are told is described under `webhooks`. Each call has the headers `webhook-id`, the same at every \
try, `webhook-timestamp` and `webhook-signature`: `v1,` and the Base64 of the HMAC-SHA256 of `id.timestamp.body`, with the key \
that follows `whsec_` in the secret, one for each secret that is good. Calls carry ids and states, never what people wrote.

**Limits.** {person} requests a minute of a person or token, {visitor} of an address without one; past them, 429 with \
`Retry-After`.
"""


ATTEMPTS_LEFT: Final = "With a wrong code of a sign-in: how many tries there are before another one is needed."
FIRST: Final = (
    "With DUPLICATE_CHECKIN: the path of what is there already; with SLOT_TAKEN: that of the next free shift."
)


class Meta(TypedDict):
    """What is said of an answer."""

    timestamp: str
    version: str
    request_id: str


class ListMeta(Meta):
    """What is said of a page of a list; `total` where the request asks for it (`count`)."""

    next: str | None
    total: NotRequired[int]


class ErrorDetail(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="The path of the field; empty for the body as a whole.")
    message: str


def document_of(app: Flask) -> dict[str, Any]:
    """Return the document of an application."""
    if DOCUMENT not in app.extensions:
        with app.app_context():
            app.extensions[DOCUMENT] = make_document(app.extensions[EXTENSION])
    return app.extensions[DOCUMENT]


def make_document(resources: list[Resource]) -> dict[str, Any]:
    """Return the document of resources."""
    from apispec import APISpec

    from hampa.platform.config import settings

    description = DESCRIPTION.format(person=settings().api_person_limit, visitor=settings().api_visitor_limit)
    spec = APISpec(
        title=TITLE,
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": description, "license": {"name": "MIT", "identifier": "MIT"}},
        servers=[{"url": "/"}],
        tags=[{"name": resource.name, "description": _title(resource)} for resource in resources],
    )
    operations = [operation for resource in resources for operation in resource.operations]
    schemas = _add_models(spec, operations, {name: kind for each in resources for name, kind in each.calls.items()})
    _add_components(spec)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.rule, {})[operation.method.lower()] = _described(operation, schemas)
    for rule, methods in paths.items():
        spec.path(path=ROOT + PLACE.sub(r"{\2}", rule), operations=methods)
    calls = [(resource, name) for resource in resources for name in resource.calls]
    spec.options["webhooks"] = {name: {"post": _call(resource, name, schemas)} for resource, name in calls}
    return spec.to_dict()


def _title(resource: Resource) -> str:
    from hampa.platform.locale.i18n import use_locale

    with use_locale("en"):
        return str(resource.title)


Schemas = dict[tuple[str, str], dict[str, Any]]


def _add_models(spec: Any, operations: list[Operation], calls: Mapping[str, Any]) -> Schemas:
    """Add the schemas of all models to the document, and return that of each body, query, result and call."""
    wanted: list[tuple[Any, Any, TypeAdapter[Any]]] = []
    for operation in operations:
        if operation.body:
            wanted.append(((operation.name, "body"), "validation", TypeAdapter(operation.body[1])))
        if operation.query:
            wanted.append(((operation.name, "query"), "validation", TypeAdapter(operation.query[1])))
        if operation.returns is not None:
            wanted.append(((operation.name, "result"), "serialization", TypeAdapter(operation.returns)))
    for name, kind in calls.items():
        wanted.append(((name, "call"), "serialization", TypeAdapter(kind)))
    for model in (Meta, ListMeta, ErrorDetail):
        wanted.append(((model.__name__, "model"), "serialization", TypeAdapter(model)))
    made, definitions = TypeAdapter.json_schemas(wanted, ref_template=SCHEMAS + "{model}")
    for name, schema in definitions.get("$defs", {}).items():
        spec.components.schema(name, schema)
    return {key: schema for (key, _mode), schema in made.items()}


def _add_components(spec: Any) -> None:
    """Add what many operations share: the error, how to send a token, headers."""
    spec.components.schema(
        "Error",
        {
            "type": "object",
            "required": ["success", "error", "meta"],
            "properties": {
                "success": {"const": False},
                "error": {
                    "type": "object",
                    "required": ["code", "message", "details"],
                    "properties": {
                        "code": {"enum": list(CODES)},
                        "message": {"type": "string"},
                        "details": {"type": "array", "items": {"$ref": f"{SCHEMAS}ErrorDetail"}},
                        "attempts_left": {"type": "integer", "description": ATTEMPTS_LEFT},
                        "first": {"type": "string", "description": FIRST},
                    },
                },
                "meta": {"$ref": f"{SCHEMAS}Meta"},
            },
        },
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for name, (header, words, schema) in HEADERS.items():
        parameter = {"name": header, "in": "header", "description": words, "schema": {"type": "string", **schema}}
        spec.components.parameter(name, "header", parameter)
    etag = {"description": "Changes with the data.", "schema": {"type": "string"}}
    spec.components.response(
        "Unchanged", {"description": "It is what `If-None-Match` says.", "headers": {"ETag": etag}}
    )
    for status, words in ERRORS.items():
        response: dict[str, Any] = {
            "description": f"{words} ({code_of(status)})",
            "content": {JSON: {"schema": {"$ref": f"{SCHEMAS}Error"}}},
        }
        if status in (429, 503):
            response["headers"] = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds to wait."}}
        spec.components.response(f"Error{status}", response)


HEADERS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "IfNoneMatch": ("If-None-Match", "The `ETag` of what you have: 304 if it is still that.", {}),
    "IfMatch": ("If-Match", "The `ETag` of what you have seen: 412 if it has changed.", {}),
    "IdempotencyKey": (
        "Idempotency-Key",
        "A text of your choice: the request is done once, however often it is sent with it.",
        {"minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
    ),
}
ERRORS: Final = {
    400: "The request can't be read",
    401: "There is no token, or not a good one",
    403: "The token or its person may not do that",
    404: "There is no such thing, or none that the person may know of",
    409: "It is done already, or somebody else changed it at the same moment",
    412: "It is no longer what `If-Match` says",
    413: "The request is too large",
    415: "The body is not of a type that is taken",
    416: "The file ends before what `Range` asks for",
    422: "Fields are wrong, or the state of the thing does not allow it",
    429: "There were too many requests",
    500: "Something went wrong here",
    503: "The database is away or busy",
    507: "There is no room",
}


def _described(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    summary, _blank, more = (operation.function.__doc__ or "").strip().partition("\n")
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": summary.removesuffix("."),
        "tags": [operation.resource.name],
        "parameters": [*_places(operation), *_parameters(operation, schemas), *_headers(operation)],
        "responses": _responses(operation, schemas),
        "security": [{"token": [operation.scope]}] if operation.scope else [{}, {"token": []}],
    }
    if words := " ".join(line.strip() for line in more.strip().splitlines()):
        described["description"] = words
    if operation.body:
        body = schemas[operation.name, "body"]
        needed = any(field.is_required() for field in operation.body[1].model_fields.values())
        described["requestBody"] = {"required": needed, "content": {JSON: {"schema": body}}}
    elif field := operation.options.takes_file:
        properties = {field: {"type": "string", "format": "binary"}}
        file = {"type": "object", "required": [field], "properties": properties, "additionalProperties": False}
        described["requestBody"] = {"required": True, "content": {FORM: {"schema": file}}}
    return described


def _call(resource: Resource, name: str, schemas: Schemas) -> dict[str, Any]:
    """Return the description of what is posted to addresses of programs when an event happens."""
    words = " ".join((resource.calls[name].__doc__ or "").split())
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": schemas[name, "call"],
        },
    }
    headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "operationId": f"call_{name.replace('.', '_')}",
        "summary": words.removesuffix("."),
        "tags": [resource.name],
        "parameters": [
            {"name": header, "in": "header", "required": True, "schema": {"type": "string"}} for header in headers
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
        "responses": {
            "2XX": {"description": "It is taken."},
            "410": {"description": "It wants no more: the webhook is switched off."},
            "default": {"description": "It is sent again, for a day."},
        },
        "security": [],
    }


def _places(operation: Operation) -> list[dict[str, Any]]:
    types = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer"}, "string": {"type": "string"}}
    return [
        {"name": name, "in": "path", "required": True, "schema": types[converter]}
        for converter, name in operation.places
    ]


def _parameters(operation: Operation, schemas: Schemas) -> list[dict[str, Any]]:
    if not operation.query:
        return []
    properties = operation.query[1].model_json_schema(ref_template=SCHEMAS + "{model}")
    parameters = []
    for name, described in properties.get("properties", {}).items():
        schema = dict(described)
        # An optional parameter is left out; it can't be null.
        options = [each for each in schema.pop("anyOf", []) if each.get("type") != "null"]
        schema.update(options[0] if len(options) == 1 else {"anyOf": options} if options else {})
        if schema.get("default", "") is None:
            del schema["default"]
        schema.pop("title", None)
        words = schema.pop("description", None)
        parameter = {"name": name, "in": "query", "required": name in properties.get("required", []), "schema": schema}
        parameters.append(parameter | ({"description": words} if words else {}))
    return parameters


def _headers(operation: Operation) -> list[str]:
    names = []
    if operation.method == "GET" and not operation.options.produces:
        names.append("IfNoneMatch")
    if operation.options.locks is not None:
        names.append("IfMatch")
    if operation.method == "POST" and operation.scope and operation.options.repeatable:
        names.append("IdempotencyKey")
    return names


def _responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {str(operation.status): _success(operation, schemas)}
    statuses = {400, 401, 429, 500, 503, *operation.options.statuses}
    if operation.scope:
        statuses.add(403)
    if operation.places:
        statuses.add(404)
    if operation.query or operation.body or operation.method in UNSAFE:
        statuses.add(422)
    if operation.method in UNSAFE:
        statuses |= {404, 409, 413, 415}
    if operation.options.locks is not None:
        statuses.add(412)
    if operation.options.produces:
        statuses.add(416)
        responses["206"] = {**_success(operation, schemas), "description": "The part of the file that Range asks for."}
    if operation.method == "GET":
        responses["304"] = {"$ref": "#/components/responses/Unchanged"}
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    return responses


def _success(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    if operation.status == 204:
        return {"description": "Done."}
    if operation.options.produces:
        content = {
            operation.options.produces: {"schema": {"type": "string", "contentMediaType": operation.options.produces}}
        }
        return {"description": "The file.", "content": content}
    data, meta = schemas[operation.name, "result"], {"$ref": f"{SCHEMAS}Meta"}
    if operation.is_list:
        data, meta = {"type": "array", "items": data}, {"$ref": f"{SCHEMAS}ListMeta"}
    envelope = {
        "type": "object",
        "required": ["success", "data", "meta"],
        "properties": {"success": {"const": True}, "data": data, "meta": meta},
    }
    answered: dict[str, Any] = {"description": "Done.", "content": {JSON: {"schema": envelope}}}
    if operation.status == 201:
        location = {"required": True, "schema": {"type": "string"}, "description": "The path of what was created."}
        answered["headers"] = {"Location": location}
    elif operation.method == "GET" or operation.options.locks is not None:
        answered["headers"] = {"ETag": {"description": "Changes with the data.", "schema": {"type": "string"}}}
    return answered


def scopes() -> dict[str, Any]:
    """Return the scopes that tokens can have, with the title of what each is about."""
    found = {scope: resource.title for resource in current_app.extensions[EXTENSION] for scope in resource.scopes}
    used = {operation.scope for operation in operations_of(current_app)}
    return {ALL: None, **{scope: title for scope, title in found.items() if scope in used}}
