"""SyncAgent: question, mind, tools, mind; bounded, cancellable, and only with its asker's permissions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime

from app.accounts.permissions import may
from app.agent.chats import Chats
from app.agent.mind import Mind, trimmed
from app.agent.tools import TOOLS, House, Tool
from app.errors import AgentFailed, AppError
from app.schemas.accounts import Actor
from app.schemas.agent import Approval, Call, Done, Failure, Said, Text, ToolDone, ToolResult, ToolStatus, Turn
from app.words import words

TURNS = 8  # thoughts a question may take
CALLS = 6  # tools one thought may use
APPROVAL_SECONDS = 120.0
Approve = Callable[[Call], Awaitable[bool]]
log = logging.getLogger(__name__)


def N_(sentence: str) -> str:
    return sentence


UNKNOWN_TOOL = N_("There is no tool named {name}.")
NOT_ALLOWED = N_("Your role does not allow this.")
DENIED = N_("You did not agree, so nothing was done.")
TOO_LONG = N_("I stopped after {turns} steps. Ask again for less at once.")


class SyncAgent:
    """Answers in pieces. ``mind`` is asked what to do next; ``house`` holds the services the tools call."""

    def __init__(self, mind: Mind, house: House, chats: Chats, approval_seconds: float = APPROVAL_SECONDS) -> None:
        self._mind, self._house, self._chats, self._approval_seconds = mind, house, chats, approval_seconds

    async def process_message_stream(
        self, content: str, actor: Actor, approve: Approve, *, conversation_id: str | None = None, language: str = "en"
    ) -> AsyncIterator[Said]:
        """The answer to ``content``, message by message, ended by Done (or by Failure and Done).

        ``approve`` is awaited for each tool that writes; no answer in time is a no. Cancelling the iteration at any
        moment leaves the conversation whole: a call is stored together with its answer or not at all.
        Raises ChatNotFound.
        """
        history = (await self._chats.get(actor.name, conversation_id)).turns if conversation_id else []
        chat = conversation_id or await self._chats.begin(actor.name, content)
        question = Turn(role="user", content=content, at=datetime.now(UTC))
        await self._chats.add(chat, [question])
        talk = _Talk(self, actor, approve, language, [*history, question])
        try:
            async for said in talk.go(chat):
                yield said
        except AppError as error:
            yield Failure(code=error.code, error=error.message(words(language).gettext(error.sentence)))
        yield Done(conversation_id=chat)


class _Talk:
    """One question on its way."""

    def __init__(
        self, agent: SyncAgent, actor: Actor, approve: Approve, language: str, history: Sequence[Turn]
    ) -> None:
        self._agent, self._actor, self._approve, self._language = agent, actor, approve, language
        self._history = list(history)
        self._tools = [tool for tool in TOOLS.values() if may(actor, tool.needs)]

    async def go(self, chat: str) -> AsyncIterator[Said]:
        for _ in range(TURNS):
            text, calls = "", list[Call]()
            async for piece in self._agent._mind.think(trimmed(self._history), self._tools, self._language):
                if isinstance(piece, Call):
                    calls.append(piece)
                else:
                    text += piece
                    yield Text(content=piece)
            turns = [Turn(role="assistant", content=text, calls=calls[:CALLS], at=datetime.now(UTC))]
            for call in calls[:CALLS]:
                async for said in self._use(call):
                    yield said
                    if isinstance(said, ToolDone):
                        turns.append(_answered(call, said.tool_result))
            self._history += turns
            await self._agent._chats.add(chat, turns)
            if not calls:
                return
        raise AgentFailed(reason=self._say(TOO_LONG).format(turns=TURNS))

    async def _use(self, call: Call) -> AsyncIterator[Said]:
        """One call: asked for where it writes, run with the asker's role, ended by exactly one ToolDone."""
        tool = TOOLS.get(call.name)
        refusal = self._refusal(tool, call)
        if tool is None or refusal:
            yield ToolDone(tool_name=call.name, tool_result=ToolResult(success=False, error=refusal))
            return
        if tool.writes:
            yield Approval(call_id=call.id, tool_name=call.name, arguments=call.arguments)
            if not await self._agreed(call):
                yield ToolDone(tool_name=call.name, tool_result=ToolResult(success=False, error=self._say(DENIED)))
                return
        yield ToolStatus(tool_name=call.name, content=self._say(tool.doing))
        yield ToolDone(tool_name=call.name, tool_result=await tool.run(self._agent._house, call, self._actor))

    def _refusal(self, tool: Tool | None, call: Call) -> str | None:
        if tool is None:
            return self._say(UNKNOWN_TOOL).format(name=call.name[:80])
        if not may(self._actor, tool.needs):
            return self._say(NOT_ALLOWED)
        return call.broken

    async def _agreed(self, call: Call) -> bool:
        try:
            return await asyncio.wait_for(self._approve(call), self._agent._approval_seconds)
        except TimeoutError:
            return False

    def _say(self, sentence: str) -> str:
        return words(self._language).gettext(sentence)


def _answered(call: Call, result: ToolResult) -> Turn:
    return Turn(role="tool", call_id=call.id, tool_name=call.name, result=result, at=datetime.now(UTC))
