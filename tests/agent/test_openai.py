"""A model over HTTP: streamed text and calls, and every way it can fail, against a server that speaks the API."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from app import config
from app.agent import openai
from app.agent.mind import Piece
from app.agent.openai import OpenAI
from app.agent.tools import ALL
from app.config import Settings
from app.errors import AgentFailed
from app.schemas.agent import Call, Turn
from tests.agent.model_server import CUT, DONE, HANG, ModelServer, Script, chunk, model, part, text, use

QUESTION = [Turn(role="user", content="how many orders?")]


async def pieces(settings: Settings, server: ModelServer, history: Sequence[Turn] = QUESTION) -> AsyncIterator[Piece]:
    values = settings.model_dump() | {"openai_base_url": server.url, "openai_api_key": SecretStr("sk-123")}
    mind = OpenAI(config.load(**values, _env_file=None), lambda: datetime(2026, 11, 23, 9, tzinfo=UTC))
    try:
        async for piece in mind.think(history, ALL, "en"):
            yield piece
    finally:
        await mind.close()


async def all_of(settings: Settings, *scripts: Script) -> tuple[list[Piece], ModelServer]:
    async with model(*scripts) as server:
        return [piece async for piece in pieces(settings, server)], server


async def test_text_comes_in_the_pieces_it_was_sent_in(settings: Settings) -> None:
    found, server = await all_of(settings, text("60", ",", "000 orders"))
    assert found == ["60", ",", "000 orders"]
    asked = server.asked[0]
    assert asked["stream"] is True
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    assert {tool["function"]["name"] for tool in asked["tools"]} == {tool.name for tool in ALL}


async def test_parallel_calls_in_pieces_become_whole_calls(settings: Settings) -> None:
    found, _ = await all_of(settings, use(("list_tables", {}), ("query_table", {"table": "주문", "limit": 3})))
    assert found == [
        Call(id="id0", name="list_tables"),
        Call(id="id1", name="query_table", arguments={"table": "주문", "limit": 3}),
    ]


async def test_calls_without_an_index_are_told_apart_by_their_ids(settings: Settings) -> None:
    script: Script = [
        part(None, "a", "list_tables", "{}"),
        part(None, "b", "list_jobs", "{"),
        part(None, None, None, "}"),
    ]
    found, _ = await all_of(settings, [*script, chunk("tool_calls"), DONE])
    assert [(call.id, call.name, call.arguments) for call in found if isinstance(call, Call)] == [
        ("a", "list_tables", {}),
        ("b", "list_jobs", {}),
    ]


@pytest.mark.parametrize("arguments", ['{"table": ', "[1]", "not json", '"x"', "{" * 5000])
async def test_malformed_arguments_are_told_to_the_model_and_not_used(settings: Settings, arguments: str) -> None:
    found, _ = await all_of(settings, [part(0, "a", "start_sync", arguments), chunk("tool_calls"), DONE])
    call = found[0]
    assert isinstance(call, Call)
    assert call.broken
    assert call.arguments == {}


async def test_empty_chunks_are_passed_over(settings: Settings) -> None:
    empty = {**chunk(), "choices": []}
    found, _ = await all_of(settings, [empty, chunk(), ": keep-alive\n\n", chunk(content=""), *text("yes"), empty])
    assert found == ["yes"]


async def test_a_busy_server_is_asked_again(settings: Settings) -> None:
    found, server = await all_of(settings, 429, 503, text("there"))
    assert found == ["there"]
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (429, "quota"),
        (500, "status 500"),
        (401, "does not accept OPENAI_API_KEY"),
        (403, "may not use the model"),
        (404, "there is no model"),
        (400, "begin a new one"),
        ([chunk("stop"), DONE], "answered nothing"),
        ([DONE], "broke off"),
        ([chunk(content="half an")], "broke off"),
        ([chunk(content="half an"), CUT], "broke off"),
        ([chunk(content="x"), "data: {not json\n\n", DONE], "cannot be read"),
        (["<html>a login page</html>"], "broke off"),
        ([part(0, "a", "list_tables", "{"), chunk("length"), DONE], "broke off"),
        ([chunk("content_filter"), DONE], "content filter"),
        ([{**chunk(), "choices": [{"index": 0, "delta": None, "finish_reason": None}]}], "broke off"),
        (['data: {"error": {"message": "inside the stream"}}\n\n'], "broke off"),
    ],
)
async def test_each_failure_has_its_sentence_without_the_key(settings: Settings, script: Script, said: str) -> None:
    with pytest.raises(AgentFailed, match=said) as failure:
        await all_of(settings, script)
    assert "sk-123" not in str(failure.value)


async def test_a_dead_server_is_named(settings: Settings) -> None:
    dead = ModelServer([], url="http://127.0.0.1:9/v1")
    with pytest.raises(AgentFailed, match=r"nothing answers at 127\.0\.0\.1"):
        [piece async for piece in pieces(settings, dead)]


async def test_a_server_that_falls_silent_is_left(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "SECONDS", 0.2)
    heard: list[Piece] = []

    async def listen(server: ModelServer) -> None:
        async for piece in pieces(settings, server):
            heard.append(piece)  # noqa: PERF401 what came before the failure counts

    async with model([chunk(content="well"), HANG]) as server:
        with pytest.raises(AgentFailed, match=r"longer than|broke off"):
            await listen(server)
    assert heard == ["well"]
