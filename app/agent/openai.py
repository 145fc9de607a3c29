"""The mind behind an OpenAI-compatible address: streamed text and tool calls, and a clear word for whatever fails."""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.agent import prompt
from app.agent.mind import Piece, Tooling
from app.config import Settings
from app.errors import AgentFailed, SettingsError
from app.schemas.agent import Call, Turn
from app.words import N_, words

RETRIES = 2
SECONDS, CONNECT_SECONDS = 90.0, 10.0  # between two pieces; for the first handshake
MOST_CALLS, MOST_ARGUMENTS = 32, 20_000  # of one answer: calls, characters of one call's arguments
REASONS = {
    "APITimeoutError": N_("it took longer than {seconds} seconds."),
    "APIConnectionError": N_("nothing answers at {address}. Check OPENAI_BASE_URL and the network."),
    "RateLimitError": N_("it is overloaded or its quota is used up. Try again in a moment."),
    "AuthenticationError": N_("it does not accept OPENAI_API_KEY."),
    "PermissionDeniedError": N_("OPENAI_API_KEY may not use the model {model}."),
    "NotFoundError": N_("there is no model {model} at {address}. Check OPENAI_MODEL and OPENAI_BASE_URL."),
    "BadRequestError": N_("it refused the question. The conversation may be too long for it: begin a new one."),
    "InternalServerError": N_("it has a fault of its own (status {status}). Try again in a moment."),
}
CUT = N_("its answer broke off. Try again.")
EMPTY = N_("it answered nothing. Try again.")
FILTERED = N_("it withheld its answer (content filter).")
STRANGE = N_("it answered in a way that cannot be read.")
MISSING = "A model is configured, but the openai package is not installed: install the extra llm, such as '.[llm]'"
log = logging.getLogger(__name__)


class OpenAI:
    """``settings`` name the key, the address and the model. Raises SettingsError when the package is not there."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        try:
            self._sdk = importlib.import_module("openai")  # only whoever configures a model needs it
        except ImportError:
            raise SettingsError(reason=MISSING) from None
        self.model, self._now = settings.openai_model, now
        self._client = self._sdk.AsyncOpenAI(
            api_key=settings.openai_api_key.get_secret_value() or "none",  # servers of one's own ask for none
            base_url=settings.openai_base_url or None,
            max_retries=RETRIES,
            timeout=self._sdk.Timeout(SECONDS, connect=CONNECT_SECONDS),
        )

    async def close(self) -> None:
        await self._client.close()

    async def think(
        self, history: Sequence[Turn], tools: Sequence[Tooling], language: str
    ) -> AsyncGenerator[Piece, None]:
        """Pieces of text as they come, then the calls. Raises AgentFailed with what went wrong, never with the key."""
        answering = False
        try:
            asked = prompt.messages(history, self._now())
            stream = await self._client.chat.completions.create(
                model=self.model, messages=asked, tools=prompt.functions(tools), stream=True
            )
            answering = True
            async with stream:
                async for piece in _pieces(stream, language):
                    yield piece
        except self._sdk.APIError as error:
            cut = answering and type(error).__name__ == "APIConnectionError"
            raise AgentFailed(reason=words(language).gettext(CUT) if cut else self._reason(error, language)) from None
        except (ValueError, TypeError, AttributeError, LookupError):  # a server that only resembles the API
            log.warning("the model's answer cannot be read", exc_info=True)
            raise AgentFailed(reason=words(language).gettext(STRANGE)) from None
        except OSError:
            raise AgentFailed(reason=words(language).gettext(CUT)) from None
        except Exception as error:
            if type(error).__module__.partition(".")[0] not in {"httpx", "httpcore", "httpx2", "httpcore2"}:
                raise
            raise AgentFailed(reason=words(language).gettext(CUT)) from None  # the transport, in the middle of a stream

    def _reason(self, error: Any, language: str) -> str:
        status = getattr(error, "status_code", None)
        log.warning("the model failed: %s (status %s)", type(error).__name__, status)
        known = (REASONS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in REASONS)
        sentence = next(known, CUT)
        address = str(self._client.base_url.host)
        return (
            words(language)
            .gettext(sentence)
            .format(seconds=int(SECONDS), address=address, model=self.model, status=status)
        )


@dataclass
class _Part:
    """A call as it grows."""

    id: str = ""
    name: str = ""
    arguments: str = ""


async def _pieces(stream: Any, language: str) -> AsyncGenerator[Piece, None]:
    """Text at once, calls when they are whole. A stream that ends without saying why was cut."""
    say = words(language).gettext
    parts: dict[int, _Part] = {}
    finish, spoke = None, False
    async for chunk in stream:
        choice = chunk.choices[0] if chunk.choices else None  # usage and keep-alive chunks have none
        if choice is None:
            continue
        finish = choice.finish_reason or finish
        delta = choice.delta
        if delta is not None and delta.content:
            spoke = True
            yield delta.content
        for call in (delta.tool_calls if delta is not None else None) or []:
            _grow(parts, call)
    if finish == "content_filter":
        raise AgentFailed(reason=say(FILTERED))
    if finish is None or (finish == "length" and parts):
        raise AgentFailed(reason=say(CUT))
    if not spoke and not parts:
        raise AgentFailed(reason=say(EMPTY))
    for index in sorted(parts):
        yield _call(parts[index])


def _grow(parts: dict[int, _Part], call: Any) -> None:
    """Pieces of one call share an index; some servers leave it out, then an id begins the next call."""
    index = call.index
    if index is None:
        index = len(parts) if call.id or not parts else max(parts)
    if index not in parts and len(parts) >= MOST_CALLS:
        return
    part = parts.setdefault(index, _Part())
    part.id = part.id or call.id or ""
    if call.function is not None:
        part.name = part.name or call.function.name or ""
        if len(part.arguments) <= MOST_ARGUMENTS:
            part.arguments += call.function.arguments or ""


def _call(part: _Part) -> Call:
    """Arguments that are no JSON object are told to the model instead of used."""
    try:
        given = json.loads(part.arguments or "{}")
    except (ValueError, RecursionError):
        given = None
    if len(part.arguments) > MOST_ARGUMENTS or not isinstance(given, dict):
        return Call(id=part.id, name=part.name, broken="The arguments are not a JSON object. Call again with one.")
    return Call(id=part.id, name=part.name, arguments=given)
