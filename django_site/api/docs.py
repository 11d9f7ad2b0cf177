"""The API described on a page of the shop, in its look and without a script of others."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

from recsys_core.contracts.article_ids import encode
from recsys_core.serving import Release
from releases.middleware import ShopRequest
from search.text import example_queries

SHARED = "Filters"
"""Schema whose parameters are described once, for all operations that take them."""
PARAMETERS = frozenset({SHARED, "Recommended"})
"""Schemas of parameters, which are no objects of answers."""


@dataclass(frozen=True)
class Field:
    """A parameter, or a part of an object."""

    name: str
    type: str
    object: str = ""
    """Name of the schema that its values have."""
    description: str = ""
    default: str = ""
    required: bool = False


@dataclass(frozen=True)
class Answer:
    status: str
    field: Field


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    tag: str
    description: str
    parameters: list[Field]
    takes_filters: bool
    answers: list[Answer]
    parts: list[Field]
    """Parts of the form that is sent."""
    example: str
    """An address to try it with; empty where something has to be sent."""


class DocsPage(DocsBase):
    """Page of the API's documentation, in place of Swagger UI."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        schema = api.get_openapi_schema(path_params=kwargs)
        objects = schema["components"]["schemas"]
        context = {
            "info": schema["info"],
            "schema_url": self.get_openapi_url(api, kwargs),
            "operations": operations(schema, cast(ShopRequest, request).release),
            "filters": fields(objects[SHARED]),
            "objects": [(name, each, fields(each)) for name, each in objects.items() if name not in PARAMETERS],
        }
        return render(request, "api/docs.html", context)


def operations(schema: dict[str, Any], release: Release) -> list[Operation]:
    shared = set(schema["components"]["schemas"][SHARED]["properties"])
    article_id = encode(release.catalogue.article(0).article_id)
    tried = {"q": next(iter(example_queries(release)), "dress"), "article_id": article_id}
    return [
        _operation(method, path, said, shared, tried, schema["components"]["schemas"])
        for path, methods in schema["paths"].items()
        for method, said in methods.items()
    ]


def _operation(
    method: str, path: str, said: dict[str, Any], shared: set[str], tried: dict[str, str], objects: dict[str, Any]
) -> Operation:
    parameters = said.get("parameters", [])
    takes_filters = shared <= {each["name"] for each in parameters}
    own = [each for each in parameters if not (takes_filters and each["name"] in shared)]
    asked = {each["name"]: tried[each["name"]] for each in own if each["in"] == "query" and each["required"]}
    address = path.format(**tried)
    return Operation(
        method=method.upper(),
        path=path,
        tag=said["tags"][0],
        description=said.get("description", "").replace("``", ""),
        parameters=[_field(each["name"], each["schema"], each["required"]) for each in own],
        takes_filters=takes_filters,
        answers=[Answer(str(status), _body(answer)) for status, answer in said["responses"].items()],
        parts=fields(_schema_of_form(said, objects)),
        example="" if method != "get" else f"{address}?{urlencode(asked)}" if asked else address,
    )


def _schema_of_form(said: dict[str, Any], objects: dict[str, Any]) -> dict[str, Any]:
    form = said.get("requestBody", {}).get("content", {}).get("multipart/form-data", {}).get("schema", {})
    found: dict[str, Any] = objects[type_in_words(form)] if "$ref" in form else {"properties": {}, **form}
    return found


def _body(answer: dict[str, Any]) -> Field:
    return _field("", answer["content"]["application/json"]["schema"])


def fields(schema: dict[str, Any]) -> list[Field]:
    required = schema.get("required", [])
    return [_field(name, each, name in required) for name, each in schema["properties"].items()]


def _field(name: str, schema: dict[str, Any], required: bool = False) -> Field:
    default = schema.get("default")
    return Field(
        name=name,
        type=type_in_words(schema),
        object=_object(schema),
        description=schema.get("description", ""),
        default="" if default in (None, [], "", 0) else str(default),
        required=required,
    )


def type_in_words(schema: dict[str, Any]) -> str:
    """Describes the type of value that a JSON schema accepts.

    >>> type_in_words({"type": "array", "items": {"type": "string"}})
    'list of string'
    >>> type_in_words({"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]})
    'number or string'
    >>> type_in_words({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Item"}})
    'Item by name'
    >>> type_in_words({"type": "string", "enum": ["similar", "same_look", "goes_with"]})
    'one of similar, same_look, goes_with'
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(type_in_words(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if schema["type"] == "array":
        return f"list of {type_in_words(schema['items'])}"
    if schema["type"] == "object" and "additionalProperties" in schema:
        return f"{type_in_words(schema['additionalProperties'])} by name"
    return str(schema["type"])


def _object(schema: dict[str, Any]) -> str:
    inner = schema.get("items") or schema.get("additionalProperties") or schema
    return _object(inner) if inner is not schema else str(schema.get("$ref", "")).rsplit("/", 1)[-1]
