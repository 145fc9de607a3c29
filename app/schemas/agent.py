"""The agent on the wire: frames of /ws/agent both ways, stored conversations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from app.schemas.envelope import Model, Question


class Ask(Question):
    type: Literal["chat"]
    content: str = Field(min_length=1, max_length=8000)
    conversation_id: str | None = None


class Approve(Question):
    type: Literal["approve"]
    call_id: str
    approved: bool


class Cancel(Question):
    type: Literal["cancel"]


class Reset(Question):
    type: Literal["reset"]


class Ping(Question):
    type: Literal["ping"]


Frame = Annotated[Ask | Approve | Cancel | Reset | Ping, Field(discriminator="type")]
FRAME: TypeAdapter[Frame] = TypeAdapter(Frame)


class ToolResult(Model):
    """What a tool did. ``data`` is what its service returned, as JSON; ``message`` one sentence for the asker."""

    success: bool
    data: Any = None
    message: str = ""
    error: str | None = None


class Text(Model):
    type: Literal["text"] = "text"
    content: str


class ToolStatus(Model):
    type: Literal["tool_status"] = "tool_status"
    tool_name: str
    content: str
    arguments: dict[str, Any] = {}  # what the step is asked for, so that a page can unfold it


class ToolDone(Model):
    type: Literal["tool_result"] = "tool_result"
    tool_name: str
    tool_result: ToolResult


class Approval(Model):
    """A tool that writes waits for the asker's yes."""

    type: Literal["approval"] = "approval"
    call_id: str
    tool_name: str
    arguments: dict[str, Any]


class Failure(Model):
    type: Literal["error"] = "error"
    code: str
    error: str


class Done(Model):
    type: Literal["done"] = "done"
    conversation_id: str


class Pong(Model):
    type: Literal["pong"] = "pong"


Said = Text | ToolStatus | ToolDone | Approval | Failure | Done | Pong


class Call(Model):
    """A tool the mind wants to use."""

    id: str
    name: str
    arguments: dict[str, Any] = {}
    broken: str | None = None  # why the arguments could not be read


class Turn(Model):
    """One entry of a conversation, as it is stored and shown to the mind again."""

    role: Literal["user", "assistant", "tool"]
    content: str = ""
    calls: list[Call] = []  # of an assistant
    call_id: str | None = None  # of a tool: which call it answers
    tool_name: str | None = None
    result: ToolResult | None = None
    at: datetime | None = None


class Chat(Model):
    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: list[Turn] = []


class ChatNew(Question):
    title: str = Field(min_length=1, max_length=200)
