"""GET /openapi.json: valid, complete, and about what the handlers really take."""

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import keys
from app.api import openapi
from app.errors import every_error
from app.guard import ROUTES, Route
from app.schemas.accounts import Permission

CHECKS = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def document(app: web.Application) -> dict[str, Any]:
    return openapi.document(app[ROUTES].values())


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"


def test_the_validator_would_notice(document: dict[str, Any]) -> None:
    document["paths"]["/health"]["get"]["responses"] = {"200": {"content": {}}}
    assert not OpenAPIV31SpecValidator(document).is_valid()


def test_every_route_of_the_api_is_in_it(app: web.Application, document: dict[str, Any]) -> None:
    told = {(path, method.upper()) for path, item in document["paths"].items() for method in item}
    routes = {(route.path, route.method) for route in app[ROUTES].values() if route.path.startswith("/api/")}
    assert routes <= told
    assert ("/health", "GET") in told


def test_every_operation_says_what_it_is_for(document: dict[str, Any]) -> None:
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert [o["operationId"] for o in operations if not o["summary"]] == []
    assert len({o["operationId"] for o in operations}) == len(operations)


def test_every_code_of_an_error_is_listed(document: dict[str, Any]) -> None:
    listed = document["components"]["schemas"]["ErrorBody"]["properties"]["code"]["enum"]
    assert set(listed) == {error.code for error in every_error()}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*map(references, node.values()))
        return set().union(*map(references, node)) if isinstance(node, list) else set()

    assert {ref.rpartition("/")[2] for ref in references(document)} <= schemas.keys()


def test_a_query_string_becomes_parameters_without_null(document: dict[str, Any]) -> None:
    parameters = {p["name"]: p for p in document["paths"]["/api/v1/sync/runs"]["get"]["parameters"]}
    assert parameters.keys() == {"limit", "offset", "target", "state", "type"}
    assert parameters["state"]["schema"] == {"$ref": "#/components/schemas/State"}
    assert parameters["limit"]["schema"]["maximum"] == 1000
    assert not any(p["required"] for p in parameters.values())


def test_errors_stand_under_their_status(document: dict[str, Any]) -> None:
    responses = document["paths"]["/api/v1/sync/start"]["post"]["responses"]
    assert {"202", "400", "401", "403", "404", "409", "413", "415", "422", "500", "503"} == responses.keys()
    assert "`table_busy`" in responses["409"]["description"]


def test_a_public_route_needs_no_sign_in(document: dict[str, Any]) -> None:
    health = document["paths"]["/health"]["get"]
    assert health["security"] == []
    assert health["responses"].keys() >= {"200", "503"}
    assert "401" not in health["responses"]


async def test_it_is_served(client: TestClient) -> None:
    answer = await client.get("/openapi.json")
    assert answer.status == 200
    assert (await answer.json())["info"]["title"] == "Merganser"


def test_a_path_with_a_pattern_is_written_plainly() -> None:
    async def thing(request: web.Request) -> web.Response:
        """A thing."""
        return web.Response()

    route = Route("GET", r"/x/{name:\w+}.csv", thing, Permission.READ, data=list[str])
    assert list(openapi.document([route])["paths"]) == ["/x/{name}.csv"]


@pytest.mark.long
@pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis is in the dev extra")
async def test_schemathesis_finds_no_500_no_undocumented_status_and_no_schema_mismatch(
    app: web.Application, tmp_path: Path
) -> None:
    async with TestServer(app, host="127.0.0.1") as server:
        await app[keys.WAREHOUSE].rows("CREATE TABLE iv AS SELECT i, 'x' || i AS t FROM range(1000) r(i)")
        tool = Path(sys.executable).with_name("schemathesis")
        command = [tool, "--config-file", CHECKS, "run", str(server.make_url("/openapi.json")), "--max-examples", "50"]
        process = await asyncio.create_subprocess_exec(*command, "--no-color", cwd=tmp_path, stdout=PIPE, stderr=STDOUT)
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-5000:]
