"""GET /openapi.json: OpenAPI 3.1 made from the route tables, the handlers' docstrings and their pydantic models."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

from aiohttp import web
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from app.api.health import VERSION
from app.errors import (
    AppError,
    ForeignOrigin,
    Invalid,
    Malformed,
    NotAllowed,
    NotSignedIn,
    ProxyWithoutAccounts,
    TooLarge,
    UnknownHost,
    WrongMediaType,
    every_error,
)
from app.guard import ROUTES, Route
from app.schemas.accounts import Permission
from app.schemas.envelope import APIResponse, ErrorResponse

ABOUT = """\
Oracle tables in DuckDB: exact, fresh, provable.

Every answer is `{"success": true, "data": …}`, lists that page with `"page"`; every error
`{"success": false, "error": {"code", "message", "details"}, "request_id"}`. Values are written by the type of their
column, never by value: BIGINT, HUGEINT and DECIMAL as text, NaN and infinities as "NaN", "Infinity", "-Infinity", BLOBs
in base64, times in ISO 8601. Unknown fields are refused by name.

Beside this there are two WebSockets: `/ws/sync/progress` (server to client; `?sync_id=` or `?table=` narrows) and
`/ws/agent` (both ways). Sign in with a `Bearer` token, or with the cookie of the pages.
"""
EVERYWHERE = (UnknownHost, ProxyWithoutAccounts, AppError)
WITH_BODY = (Malformed, Invalid, WrongMediaType, TooLarge)
IN_PATH = re.compile(r"{(\w+)(?::[^}]*)?}")
PARQUET = "application/vnd.apache.parquet"
FORMATS = {
    "text/plain": {"type": "string"},
    "text/csv": {"type": "string"},
    PARQUET: {"type": "string", "format": "binary"},
}
Schemas = dict[tuple[Any, JsonSchemaMode], dict[str, Any]]


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document as plain data."""
    told = [route for route in routes if route.documented]
    refs, definitions = _schemas(told)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in told:
        paths[IN_PATH.sub(r"{\1}", route.path)][route.method.lower()] = _operation(route, refs, definitions)
    for route in told:
        if route.query is not None:  # it has become parameters
            definitions.pop(_name(refs[route.query, "validation"]), None)
    definitions["ErrorBody"]["properties"]["code"]["enum"] = sorted({error.code for error in every_error()})
    schemes = {
        "token": {"type": "http", "scheme": "bearer", "description": "An API token."},
        "session": {"type": "apiKey", "in": "cookie", "name": "session", "description": "Signed in on the pages."},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Merganser",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [_tag(module) for module in dict.fromkeys(route.handler.__module__ for route in told)],
        "paths": dict(paths),
        "components": {"schemas": definitions, "securitySchemes": schemes},
    }


def _schemas(routes: list[Route]) -> tuple[Schemas, dict[str, Any]]:
    wanted: dict[tuple[Any, JsonSchemaMode], None] = {(ErrorResponse, "serialization"): None}
    for route in routes:
        for model in (route.body, route.query):
            if model is not None:
                wanted[model, "validation"] = None
        if _answered(route) is not None:
            wanted[_answered(route), "serialization"] = None
    refs, found = models_json_schema(list(wanted), ref_template="#/components/schemas/{model}")
    return {key: dict(value) for key, value in refs.items()}, _without_null_defaults(found["$defs"])


def _without_null_defaults(node: Any) -> Any:
    """Null as a default says no more than that a field may be left out, and some such fields take no null."""
    if isinstance(node, dict):
        return {key: _without_null_defaults(value) for key, value in node.items() if (key, value) != ("default", None)}
    return [_without_null_defaults(value) for value in node] if isinstance(node, list) else node


def _answered(route: Route) -> Any:
    """The model of the whole JSON answer, None when it is not JSON of ours."""
    return APIResponse[route.data] if route.envelope else route.data  # type: ignore[name-defined]


def _operation(route: Route, refs: Schemas, definitions: dict[str, Any]) -> dict[str, Any]:
    summary, _, description = (inspect.getdoc(route.handler) or "").partition("\n")
    operation: dict[str, Any] = {
        "operationId": f"{_module(route)}_{route.handler.__name__}",
        "tags": [_module(route)],
        "summary": summary.rstrip("."),
        "description": f"{description.strip()}\n\nNeeds: `{route.needs.value}`.".strip(),
        "parameters": [*_path_parameters(route), *_query_parameters(route, refs, definitions), *_headers(route)],
        "responses": _bad(route, refs) | {str(status): _good(route, refs) for status in (route.status, *route.also)},
        "security": [] if route.needs is Permission.PUBLIC else [{"token": []}, {"session": []}, {}],
    }
    if route.body is not None:
        schema = refs[route.body, "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    text = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": text} for name in IN_PATH.findall(route.path)]


def _query_parameters(route: Route, refs: Schemas, definitions: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    model = definitions[_name(refs[route.query, "validation"])]
    needed = model.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": _without_null(schema)}
        | ({"description": schema["description"]} if "description" in schema else {})
        for name, schema in model["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is left out, never null."""
    rest = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    plain = {key: value for key, value in schema.items() if key not in {"anyOf", "default", "description"}}
    if len(rest) == 1:
        return {**plain, **rest[0]}
    return plain | ({"anyOf": rest} if rest else {}) | ({"default": schema["default"]} if schema.get("default") else {})


def _headers(route: Route) -> list[dict[str, Any]]:
    text = {"type": "string"}
    return [{"name": name, "in": "header", "description": about, "schema": text} for name, about in route.headers]


def _good(route: Route, refs: Schemas) -> dict[str, Any]:
    content: dict[str, Any] = {media: {"schema": FORMATS.get(media, {})} for media in route.media}
    if _answered(route) is not None:
        content["application/json"] = {"schema": refs[_answered(route), "serialization"]}
    return {"description": "What was asked for.", "content": content}


def _bad(route: Route, refs: Schemas) -> dict[str, Any]:
    """Every status an error can have here, with the codes that come under it."""
    possible: set[type[AppError]] = {*EVERYWHERE, *route.errors}
    if route.needs is not Permission.PUBLIC:
        possible |= {NotSignedIn, NotAllowed}
    if route.method != "GET":
        possible |= {ForeignOrigin}
    if route.body is not None:
        possible |= set(WITH_BODY)
    if route.query is not None:
        possible |= {Invalid}
    by_status: dict[int, list[type[AppError]]] = defaultdict(list)
    for error in sorted(possible, key=lambda error: (error.status, error.code)):
        by_status[error.status].append(error)
    content = {"application/json": {"schema": refs[ErrorResponse, "serialization"]}}
    return {
        str(status): {
            "description": "\n".join(f"- `{error.code}`: {error.sentence}" for error in errors),
            "content": content,
        }
        for status, errors in by_status.items()
    }


def _module(route: Route) -> str:
    return route.handler.__module__.rpartition(".")[2]


def _tag(module: str) -> dict[str, str]:
    about = (sys.modules[module].__doc__ or "").partition("\n")[0]
    return {"name": module.rpartition(".")[2], "description": about}


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


@cache
def _text(routes: tuple[Route, ...]) -> str:
    return json.dumps(document(routes), ensure_ascii=False)


async def openapi(request: web.Request) -> web.Response:
    """This document."""
    return web.Response(text=_text(tuple(request.app[ROUTES].values())), content_type="application/json")


routes = [Route("GET", "/openapi.json", openapi, Permission.READ, envelope=False, media=("application/json",))]
