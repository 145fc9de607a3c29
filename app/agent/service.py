"""SyncAgent: question, mind, tools, mind; bounded, cancellable, and only with its asker's permissions."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

from app.accounts.permissions import may
from app.agent.chats import Chats
from app.agent.mind import Mind, Piece, spoken_in, trimmed
from app.agent.tools import TOOLS, House, Tool
from app.errors import AgentFailed, AppError, ChatNotFound, NotSignedIn
from app.schemas.accounts import Actor, Permission
from app.schemas.agent import Approval, Call, Done, Failure, Said, Text, ToolDone, ToolResult, ToolStatus, Turn
from app.words import N_, words

STEPS = 8  # thoughts a question may take
CALLS = 6  # tools one thought may use
APPROVAL_SECONDS = 120.0
ANSWER_CHARACTERS = 40_000  # of one thought
THOUGHT_SECONDS = 300.0  # a mind may take for one thought
Approve = Callable[[Call], Awaitable[bool]]
UNKNOWN_TOOL = N_("There is no tool named {name}.")
NOT_ALLOWED = N_("Your role does not allow this.")
DENIED = N_("You did not agree, so nothing was done.")
TOO_LONG = N_("I stopped after {steps} steps. Ask again for less at once.")
TOO_MANY = N_("Too many tools at once; this one was not used.")
TOO_MUCH = N_("its answer never came to an end, so I cut it.")
TOO_SLOW = N_("it took longer than {seconds} seconds.")


class SyncAgent:
    """Answers in pieces. ``mind`` is asked what to do next; ``house`` holds the services the tools call."""

    def __init__(self, mind: Mind, house: House, chats: Chats, approval_seconds: float = APPROVAL_SECONDS) -> None:
        self.mind, self.house, self.chats, self.approval_seconds = mind, house, chats, approval_seconds

    def labels(self, language: str) -> dict[str, str]:
        """What each tool is called, in the reader's words."""
        return {name: words(language).gettext(tool.title) for name, tool in TOOLS.items()}

    async def process_message_stream(
        self,
        content: str,
        actor: Actor,
        approve: Approve,
        *,
        conversation_id: str | None = None,
        language: str = "en",
        begun: Callable[[str], None] = lambda _: None,
    ) -> AsyncGenerator[Said, None]:
        """The answer to ``content``, message by message, ended by Done (or by Failure and Done).

        ``approve`` is awaited for each tool that writes; no answer in time is a no. ``begun`` hears the conversation's
        id as soon as it is known. Cancelling the iteration at any moment leaves the conversation whole: what was said
        so far is kept, and a call only together with its answer. Raises ChatNotFound.
        """
        history = (await self.chats.get(actor.name, conversation_id)).turns if conversation_id else []
        chat = conversation_id or await self.chats.begin(actor.name, content)
        begun(chat)
        question = Turn(role="user", content=content, at=datetime.now(UTC))
        await self.chats.add(chat, [question])
        talk = _Talk(self, actor, approve, spoken_in(content, language), [*history, question])
        try:
            async with aclosing(talk.go(chat)) as answer:
                async for said in answer:
                    yield said
        except AppError as error:
            yield Failure(code=error.code, error=error.message(words(talk.language).gettext(error.sentence)))
        yield Done(conversation_id=chat)


class _Talk:
    """One question on its way."""

    def __init__(
        self, agent: SyncAgent, actor: Actor, approve: Approve, language: str, history: Sequence[Turn]
    ) -> None:
        self._agent, self._actor, self._approve, self.language = agent, actor, approve, language
        self._history = list(history)
        self._tools = [tool for tool in TOOLS.values() if may(actor, tool.needs)]

    async def go(self, chat: str) -> AsyncGenerator[Said, None]:
        for _ in range(STEPS):
            thought = _Thought({call.id for turn in self._history for call in turn.calls})
            try:
                async with aclosing(self._step(thought)) as step:
                    async for said in step:
                        yield said
            finally:  # also when the asker cancels
                there = await self._keep(chat, thought.turns())
            if not there:
                raise ChatNotFound
            if not thought.calls:
                return
        raise AgentFailed(reason=self._say(TOO_LONG).format(steps=STEPS))

    async def _keep(self, chat: str, turns: list[Turn]) -> bool:
        """Whether the conversation is still there; its asker may have forgotten it meanwhile."""
        self._history += turns
        try:
            if turns:
                await self._agent.chats.add(chat, turns)
        except ChatNotFound:
            return False
        return True

    async def _step(self, thought: _Thought) -> AsyncGenerator[Said, None]:
        """One thought, and the tools it asks for."""
        mind = self._agent.mind.think(trimmed(self._history), self._tools, self.language)
        async with aclosing(self._in_time(mind)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Call):
                    thought.call(piece)
                    continue
                fits = piece[: ANSWER_CHARACTERS - len(thought.text)]
                thought.text += fits
                yield Text(content=fits)
                if len(fits) < len(piece):
                    raise AgentFailed(reason=self._say(TOO_MUCH))
        for place, call in enumerate(thought.calls):
            async with aclosing(self._use(call, place)) as using:
                async for said in using:
                    if isinstance(said, ToolDone):
                        thought.done[call.id] = said
                    yield said

    async def _in_time(self, mind: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
        """The pieces of one thought as long as it may take; a server that only keeps the line alive is left."""
        until = asyncio.get_running_loop().time() + THOUGHT_SECONDS
        async with aclosing(mind):
            while True:
                try:
                    async with asyncio.timeout_at(until):
                        piece = await anext(mind)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    raise AgentFailed(reason=self._say(TOO_SLOW).format(seconds=round(THOUGHT_SECONDS))) from None
                yield piece

    async def _use(self, call: Call, place: int) -> AsyncGenerator[Said, None]:
        """One call: asked for where it writes, run with the asker's role, ended by exactly one ToolDone."""
        tool = TOOLS.get(call.name)
        refusal = self._refusal(tool, call, place)
        if tool is None or refusal:
            yield _refused(call, refusal or "")
            return
        if tool.writes:
            yield Approval(call_id=call.id, tool_name=call.name, arguments=call.arguments)
            agreed = await self._agreed(call)
            if not agreed:
                await self._record(tool, call, "denied")
                yield _refused(call, self._say(DENIED), {"code": "denied"})
                return
        if not await self._agent.house.still(self._actor):  # what the role allowed a minute ago may be over
            raise NotSignedIn
        yield ToolStatus(tool_name=call.name, content=self._say(tool.doing), arguments=call.arguments)
        result = await tool.run(self._agent.house, call, self._actor, self.language)
        await self._record(tool, call, "ok" if result.success else str((result.data or {}).get("code", "failed")))
        yield ToolDone(tool_name=call.name, tool_result=result)

    def _refusal(self, tool: Tool | None, call: Call, place: int) -> str | None:
        if place >= CALLS:
            return self._say(TOO_MANY)
        if tool is None:
            return self._say(UNKNOWN_TOOL).format(name=call.name[:80])
        if not may(self._actor, tool.needs):
            return self._say(NOT_ALLOWED)
        return call.broken or tool.wrong(call)

    async def _agreed(self, call: Call) -> bool:
        try:
            return await asyncio.wait_for(self._approve(call), self._agent.approval_seconds)
        except TimeoutError:
            return False

    async def _record(self, tool: Tool, call: Call, result: str) -> None:
        """What writes or runs SQL goes into the audit, with what it was about."""
        if tool.needs is Permission.READ:
            return
        arguments = call.arguments
        subject = arguments.get("table") or arguments.get("sql") or arguments.get("targets") or ""
        await self._agent.house.audit.record(self._actor, f"agent.{tool.name}", str(subject), result)

    def _say(self, sentence: str) -> str:
        return words(self.language).gettext(sentence)


class _Thought:
    """What a mind said in one step, and what came of its calls."""

    def __init__(self, taken: set[str]) -> None:
        self.text, self.calls, self.done = "", list[Call](), dict[str, ToolDone]()
        self._taken = taken

    def call(self, call: Call) -> None:
        """Remember it under an id that no other call of the conversation has: approvals go by it."""
        if not call.id or call.id in self._taken:
            call = call.model_copy(update={"id": f"call_{secrets.token_hex(8)}"})
        self._taken.add(call.id)
        self.calls.append(call)

    def turns(self) -> list[Turn]:
        """As they are stored: calls that have their answers, and the answers behind them."""
        answered, now = [call for call in self.calls if call.id in self.done], datetime.now(UTC)
        if not self.text and not answered:
            return []
        said = Turn(role="assistant", content=self.text, calls=answered, at=now)
        return [said, *(_answered(call, self.done[call.id].tool_result, now) for call in answered)]


def _refused(call: Call, reason: str, data: dict[str, str] | None = None) -> ToolDone:
    return ToolDone(tool_name=call.name, tool_result=ToolResult(success=False, error=reason, data=data))


def _answered(call: Call, result: ToolResult, now: datetime) -> Turn:
    return Turn(role="tool", call_id=call.id, tool_name=call.name, result=result, at=now)
