"""The envelope of every JSON answer: APIResponse, ErrorResponse, a page of a list."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class Model(BaseModel):
    """What we send. Fields are ours, so nothing unknown can be in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(BaseModel):
    """What we are sent: unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Paging(Question):
    """The part of a query string that pages a list."""

    limit: int = Field(default=50, ge=1, le=1000)
    offset: int = Field(default=0, ge=0)


class Gone(Model):
    """What a DELETE removed."""

    name: str


class Page(Model):
    limit: int
    offset: int
    total: int


class APIResponse(Model, Generic[T]):
    success: Literal[True] = True
    data: T
    page: Page | None = None


class ErrorBody(Model):
    code: str
    message: str
    details: list[dict[str, Any]] = []


class ErrorResponse(Model):
    success: Literal[False] = False
    error: ErrorBody
    request_id: str
