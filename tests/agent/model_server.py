"""A local HTTP server that speaks the OpenAI chat API as a test tells it to; it remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Chunk = dict[str, Any] | str  # a string goes out as it is
Script = list[Chunk] | int  # the chunks of an answer, or an HTTP status
HANG, CUT = "HANG", "CUT"


@dataclass
class ModelServer:
    """``scripts`` are used one a request; the last one for all that follow."""

    scripts: list[Script]
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        if isinstance(script, int):
            error = {"error": {"message": "secret-key sk-123 was refused", "type": "x"}}
            return web.json_response(error, status=script, headers={"retry-after-ms": "1"})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for chunk in script:
            if chunk == HANG:
                await asyncio.sleep(30)
            if chunk == CUT:
                assert request.transport is not None
                request.transport.abort()
                return response
            text = chunk if isinstance(chunk, str) else f"data: {json.dumps(chunk)}\n\n"
            await response.write(text.encode())
        return response


@asynccontextmanager
async def model(*scripts: Script) -> AsyncIterator[ModelServer]:
    server = ModelServer(list(scripts))
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.answer)
    async with TestServer(app, host="127.0.0.1") as running:
        server.url = str(running.make_url("/v1"))
        yield server


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def text(*pieces: str) -> list[Chunk]:
    return [*(chunk(content=piece) for piece in pieces), chunk("stop"), DONE]


def part(
    index: int | None, id_: str | None = None, name: str | None = None, arguments: str | None = None
) -> dict[str, Any]:
    call: dict[str, Any] = {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
    return chunk(tool_calls=[call if index is None else {"index": index, **call}])


def use(*calls: tuple[str, dict[str, Any]]) -> list[Chunk]:
    """Parallel calls, each cut into pieces."""
    chunks: list[Chunk] = []
    for index, (name, arguments) in enumerate(calls):
        written = json.dumps(arguments)
        half = len(written) // 2
        chunks += [part(index, f"id{index}", name, ""), part(index, arguments=written[:half])]
        chunks.append(part(index, arguments=written[half:]))
    return [*chunks, chunk("tool_calls"), DONE]


DONE = "data: [DONE]\n\n"
Check = Callable[[list[dict[str, Any]]], bool]
