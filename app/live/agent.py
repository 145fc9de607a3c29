"""/ws/agent: the chat, streaming both ways; one question at a time, and each can be cancelled."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, suppress

from aiohttp import WSMsgType, web
from pydantic import ValidationError

from app import guard, keys
from app.doors import language_of
from app.errors import AgentBusy, AppError, BadFrame
from app.guard import Route
from app.live import sockets
from app.schemas.accounts import Permission
from app.schemas.agent import FRAME, Approval, Approve, Ask, Call, Cancel, Done, Failure, Frame, Ping, Pong, Reset, Said
from app.words import words

log = logging.getLogger(__name__)
LARGEST = 1024 * 1024 + 64 * 1024  # aiohttp closes the socket beyond it; between MAX_FRAME and this the asker is told


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
            if len(text) > sockets.MAX_FRAME or len(text.encode()) > sockets.MAX_FRAME:
                raise BadFrame()
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
                waiting = self._approvals.get(frame.call_id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(frame.approved)
            case Cancel():
                if await self.stop():
                    await self._send(Done(conversation_id=self._conversation or ""))
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
            actor.model_copy(update={"via": "agent", "address": self._request[guard.CALLER].address}),
            self._approve,
            conversation_id=self._conversation,
            language=self._language,
            begun=self._begun,
        )
        with suppress(ConnectionError):
            try:
                async with aclosing(answer) as messages:
                    async for said in messages:
                        if isinstance(said, Approval):  # before it is sent: the yes may come back at once
                            self._approvals[said.call_id] = asyncio.get_running_loop().create_future()
                        await self._send(said)
            except AppError as error:
                await self._fail(error)
                await self._send(Done(conversation_id=self._conversation or ""))
            except Exception:
                log.exception("the agent failed")
                await self._fail(AppError())
                await self._send(Done(conversation_id=self._conversation or ""))

    def _begun(self, conversation: str) -> None:
        self._conversation = conversation

    async def _approve(self, call: Call) -> bool:
        try:
            return await self._approvals[call.id]
        finally:
            self._approvals.pop(call.id, None)

    async def stop(self) -> bool:
        """Cancel what runs, if anything does; what it had begun to say stays said."""
        task, self._task = self._task, None
        self._approvals.clear()
        if task is None or task.done():
            return False
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return True

    async def _send(self, said: Said) -> None:
        await self._socket.send_str(said.model_dump_json())

    async def _fail(self, error: AppError) -> None:
        sentence = error.message(words(self._language).gettext(error.sentence))
        await self._send(Failure(code=error.code, error=sentence))


async def agent(request: web.Request) -> web.WebSocketResponse:
    """The chat of one page or program."""
    socket = await sockets.opened(request, LARGEST)
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
