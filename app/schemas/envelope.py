"""The envelope of every JSON answer: APIResponse, ErrorResponse, a page of a list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")


class Model(BaseModel):
    """What we send. Fields are ours, so nothing unknown can be in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(BaseModel):
    """What we are sent: unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _written(value: object) -> object:
    if isinstance(value, str) and "-" not in value[1:]:  # pydantic would take a bare number for seconds since 1970
        raise ValueError("must be a moment such as 2026-11-23T09:00:00+09:00")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is too far away") from None


Moment = Annotated[datetime, BeforeValidator(_written), AfterValidator(_in_utc)]
Offset = Annotated[int, Field(ge=0, le=1_000_000_000_000)]  # what the databases can count


class Paging(Question):
    """The part of a query string that pages a list."""

    limit: int = Field(default=50, ge=1, le=1000)
    offset: Offset = 0


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
