"""/ws/agent: the chat, streaming both ways; one question at a time, and each can be cancelled."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import WSMsgType, web
from pydantic import ValidationError

from app import guard, keys
from app.doors import language_of
from app.errors import AgentBusy, AppError, BadFrame
from app.guard import Route
from app.live import sockets
from app.schemas.accounts import Permission
from app.schemas.agent import FRAME, Approve, Ask, Call, Cancel, Failure, Frame, Ping, Pong, Reset, Said
from app.words import words


class _Line:
    """One socket's conversation: what runs now, and the approvals that it waits for."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request, self._socket = request, socket
        self._language = language_of(request)
        self._conversation: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._approvals: dict[str, asyncio.Future[bool]] = {}

    async def heard(self, text: str) -> None:
        try:
            await self._obey(FRAME.validate_json(text))
        except ValidationError:
            await self._fail(BadFrame())
        except AppError as error:
            await self._fail(error)

    async def _obey(self, frame: Frame) -> None:
        match frame:
            case Ask():
                self._ask(frame)
            case Approve():
                waiting = self._approvals.pop(frame.call_id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(frame.approved)
            case Cancel():
                await self.stop()
            case Reset():
                await self.stop()
                self._conversation = None
            case Ping():
                await self._send(Pong())

    def _ask(self, frame: Ask) -> None:
        if self._task is not None and not self._task.done():
            raise AgentBusy()
        self._conversation = frame.conversation_id or self._conversation
        self._task = asyncio.create_task(self._answer(frame.content))

    async def _answer(self, content: str) -> None:
        agent, actor = self._request.app[keys.AGENT], self._request[guard.ACTOR]
        answer = agent.process_message_stream(
            content,
            actor.model_copy(update={"via": "agent"}),
            self._approve,
            conversation_id=self._conversation,
            language=self._language,
        )
        with suppress(ConnectionError):
            try:
                async for said in answer:
                    self._conversation = getattr(said, "conversation_id", self._conversation)
                    await self._send(said)
            except AppError as error:
                await self._fail(error)

    async def _approve(self, call: Call) -> bool:
        waiting = self._approvals[call.id] = asyncio.get_running_loop().create_future()
        try:
            return await waiting
        finally:
            self._approvals.pop(call.id, None)

    async def stop(self) -> None:
        """Cancel what runs; what it had begun to say stays said."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _send(self, said: Said) -> None:
        await self._socket.send_str(said.model_dump_json())

    async def _fail(self, error: AppError) -> None:
        sentence = error.message(words(self._language).gettext(error.sentence))
        await self._send(Failure(code=error.code, error=sentence))


async def agent(request: web.Request) -> web.WebSocketResponse:
    """The chat of one page or program."""
    socket = await sockets.opened(request)
    line = _Line(request, socket)
    try:
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await line.heard(frame.data)
            elif frame.type is WSMsgType.BINARY:
                await line.heard("")
    finally:
        await line.stop()
    return socket


routes = [Route("GET", "/ws/agent", agent, Permission.CHAT, documented=False)]
