"""What the doors share: read a request, answer with data, render a page or a part, translate errors."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from aiohttp import hdrs, web
from aiohttp_jinja2 import render_string
from jinja2 import Environment
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from app import guard, keys
from app.accounts.permissions import may
from app.caller import FORMS
from app.errors import (
    AppError,
    Invalid,
    Malformed,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooMany,
    TooSlow,
    WrongMediaType,
    WrongMethod,
)
from app.logs import request_id
from app.schemas.accounts import Actor, Permission, Role
from app.schemas.envelope import APIResponse, ErrorBody, ErrorResponse, Page
from app.words import LANGUAGES, preferred, words

M = TypeVar("M", bound=BaseModel)
TOAST = "toast"
REQUEST_ID = re.compile(r"[\w.:/+=-]{1,64}", re.ASCII)  # nothing that could pass for another part of a log line
MOST_VALUES = 10_000  # in a JSON body: each may be wrong in a way of its own, and each error is an object
MOST_DETAILS = 100  # errors of a body that are told
STRANGERS = 16_384  # bytes of a body before a sign-in; what signs in is small
BODY_SECONDS = 30  # for a body to arrive: 1 MB over the slowest line that anyone works on
TEXTS = {"text/html", "text/csv", "application/json"}
TEXT_FILES = (".css", ".js", ".svg")
ANSWER = APIResponse[Any]  # made once: pydantic looks for it anew each time it is written
KEEP = "public, max-age=31536000, immutable"
ENVIRONMENTS = {language: web.AppKey(f"templates_{language}", Environment) for language in LANGUAGES}
log = logging.getLogger(__name__)


async def read(request: web.Request, model: type[M]) -> M:
    """The request's JSON body or form as ``model``.

    Raises Malformed (400), TooSlow (408), TooLarge (413), WrongMediaType (415), Invalid (422).
    """
    length = request.content_length  # None: it comes in pieces, and how many is not said
    if guard.ACTOR not in request and request.can_read_body and (length is None or length > STRANGERS):
        raise TooLarge(limit="16 kB")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            asked = await _asked(request, model)
    except TimeoutError:
        raise TooSlow(seconds=BODY_SECONDS) from None
    told: BaseModel = asked
    request[guard.ASKED] = told
    return asked


async def _asked(request: web.Request, model: type[M]) -> M:
    if request.content_type == "application/json":
        return _checked(lambda body: model.model_validate_json(body, strict=True), await _json(request))
    if request.content_type in FORMS:
        return validated(model, await _form(request))
    raise WrongMediaType(wanted="application/json")


async def _json(request: web.Request) -> bytes:
    """The body, which is JSON for sure. Types are then taken as they are written: 0 is not false, "5" no number.

    pydantic's own parser is fast enough for the loop and stops at a depth of 200.
    """
    body = await request.read()
    try:
        values = _values(from_json(body, allow_inf_nan=False, cache_strings="none"))
    except ValueError as error:
        deep = "recursion" in str(error)
        raise Malformed(reason="it is nested too deeply" if deep else "it is not JSON") from error
    if values > MOST_VALUES:
        raise Malformed(reason=f"it holds more than {MOST_VALUES} values")
    return body


def _values(found: Any) -> int:
    """How many values a JSON document holds, those inside others included."""
    count, waiting = 0, [found]
    while waiting:
        count, value = count + 1, waiting.pop()
        if isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
    return count


async def _form(request: web.Request) -> dict[str, Any]:
    try:
        return {name: value for name, value in (await request.post()).items() if value != ""}
    except (ValueError, LookupError) as error:
        raise Malformed(reason="it is not a form") from error


def read_query(request: web.Request, model: type[M]) -> M:
    """The query string as ``model``; a name given more than once becomes a list."""
    many = {name: request.query.getall(name) for name in request.query}
    return validated(model, {name: values[0] if len(values) == 1 else values for name, values in many.items()})


def validated(model: type[M], given: Any) -> M:
    return _checked(model.model_validate, given)


def _checked(validate: Callable[[Any], M], given: Any) -> M:
    try:
        return validate(given)
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)[:MOST_DETAILS]
        details = [{"field": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in told]
        raise Invalid(details, fields=", ".join(sorted({str(d["field"]) for d in details}))) from error


def answer(data: Any, *, status: int = 200, page: Page | None = None) -> web.Response:
    """``data`` (a schema, or what pydantic can write) in the contract's envelope."""
    body = ANSWER(data=data, page=page).model_dump_json(exclude={"page"} if page is None else None)
    return web.Response(text=body, status=status, content_type="application/json")


async def send(request: web.Request, name: str, media: str, pieces: AsyncIterator[bytes]) -> web.StreamResponse:
    """A file for saving. Its name may be anything a table is called, so it travels percent-encoded."""
    saved = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: media, hdrs.CONTENT_DISPOSITION: saved})
    await response.prepare(request)
    async for piece in pieces:
        await response.write(piece)
    await response.write_eof()
    return response


def language_of(request: web.Request) -> str:
    return preferred(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""), request.cookies.get("language"))


def wants_part(request: web.Request) -> bool:
    """An htmx request that replaces a part; not a boosted visit and not the browser's way back."""
    own = request.headers
    return own.get("HX-Request") == "true" and "HX-Boosted" not in own and "HX-History-Restore-Request" not in own


def render(
    request: web.Request, page: str, part: str | None = None, /, *, status: int = 200, **context: Any
) -> web.Response:
    """``page`` as a whole or, for htmx, the ``part`` of it that the page itself includes."""
    template = part if part is not None and wants_part(request) else page
    response = web.Response(text=render_text(request, template, context), status=status, content_type="text/html")
    response.headers[hdrs.VARY] = "HX-Request, Accept-Language, Cookie"
    if TOAST in request.cookies and not wants_part(request):
        response.del_cookie(TOAST)
    return response


async def render_rows(request: web.Request, page: str, part: str, /, **context: Any) -> web.Response:
    """``render`` in a thread: a page of thousands of rows takes seconds, in which the loop serves others."""
    return await asyncio.to_thread(render, request, page, part, **context)


def redirect(request: web.Request, to: str, said: str = "", href: str = "", **values: object) -> web.Response:
    """303 to a page of ours, which then says ``said`` (marked with ``N_``) and links to ``href``."""
    response = web.Response(status=303, headers={hdrs.LOCATION: to if local(to) else "/"})
    if said:
        text = words(language_of(request)).gettext(said).format(**values)
        toast = json.dumps({"text": text, "href": href})
        response.set_cookie(TOAST, quote(toast), max_age=60, httponly=True, samesite="Lax")
    return response


def local(address: str) -> bool:
    """Whether an address stays here: a path, and nothing that a browser takes for another host's name."""
    return address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()


def _toast(request: web.Request) -> dict[str, str] | None:
    """What the page before left to be said; a cookie is the reader's, so its link is checked again."""
    try:
        toast = json.loads(unquote(request.cookies.get(TOAST, "")))
        href = str(toast["href"])
        return {"text": str(toast["text"]), "href": href if local(href) else ""}
    except (ValueError, TypeError, KeyError):
        return None


def render_text(request: web.Request, template: str, context: dict[str, Any]) -> str:
    actor = request.get(guard.ACTOR)
    common = {
        "request": request,
        "actor": actor,
        "may": lambda permission: may(actor, Permission(permission)),
        "theme": request.cookies.get("theme", ""),
        "settings": request.app[keys.SETTINGS],
        "toast": _toast(request),
    }
    return render_string(template, request, common | context, app_key=ENVIRONMENTS[language_of(request)])


def render_part(app: web.Application, language: str, role: Role, part: str, context: dict[str, Any]) -> str:
    """A part on its own, without a request: the same for everyone of a language and a role."""
    reader = Actor(name="", role=role)
    common = {"may": lambda permission: may(reader, Permission(permission))}
    return app[ENVIRONMENTS[language]].get_template(part).render(common | context)


@web.middleware
async def errors(request: web.Request, handler: guard.Handler) -> web.StreamResponse:
    """The only translator of errors: one shape for the API, one part for htmx, one page for people."""
    given = request.headers.get("X-Request-ID", "")
    request_id.set(given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8))
    try:
        response = await handler(request)
    except AppError as error:
        response = _error_answer(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = _error_answer(request, _from_aiohttp(request, error))
        if hdrs.ALLOW in error.headers:
            response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        response = _error_answer(request, AppError())
    if not response.prepared:
        response.headers["X-Request-ID"] = request_id.get()
        compress(request, response)
    return response


def _from_aiohttp(request: web.Request, error: web.HTTPException) -> AppError:
    match error.status:
        case 404:
            return NotFound()
        case 405:
            return WrongMethod(method=request.method)
        case 413:
            return TooLarge(limit="1 MB")
        case _:
            return Malformed(reason=error.reason)


def _error_answer(request: web.Request, error: AppError) -> web.Response:
    response = _error_json(error) if _for_programs(request) else _error_html(request, error)
    if isinstance(error, TooMany):
        response.headers[hdrs.RETRY_AFTER] = str(error.values["seconds"])
    return response


def _for_programs(request: web.Request) -> bool:
    return request.path.startswith(("/api/", "/ws/")) or request.path in {"/health", "/metrics", "/openapi.json"}


def _error_json(error: AppError) -> web.Response:
    body = ErrorBody(code=error.code, message=error.message(), details=error.details)
    text = ErrorResponse(error=body, request_id=request_id.get()).model_dump_json()
    headers = {hdrs.WWW_AUTHENTICATE: "Bearer"} if isinstance(error, NotSignedIn) else {}
    return web.Response(text=text, status=error.status, content_type="application/json", headers=headers)


def _error_html(request: web.Request, error: AppError) -> web.Response:
    if isinstance(error, NotSignedIn):
        return _to_login(request)
    sentence = error.message(words(language_of(request)).gettext(error.sentence))
    context = {"error": error, "sentence": sentence, "request_id": request_id.get()}
    response = render(request, "error.html", "_error.html", status=error.status, **context)
    if wants_part(request):  # beside what the reader was doing, not in its place
        response.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "innerHTML", "HX-Push-Url": "false"})
    return response


def _to_login(request: web.Request) -> web.Response:
    """To the sign-in, and from there back to the page; htmx is told to take the whole page there."""
    if wants_part(request):
        return web.Response(status=401, headers={"HX-Redirect": "/login"})
    back = request.path_qs if request.method == hdrs.METH_GET else "/"
    return redirect(request, "/login" if back == "/" else f"/login?next={quote(back, safe='')}")


def compress(request: web.Request, response: web.StreamResponse) -> None:
    """Text that is worth it goes out gzipped, to whoever takes that; deflated bytes are never guessed at."""
    if "gzip" not in request.headers.get(hdrs.ACCEPT_ENCODING, "") or hdrs.CONTENT_ENCODING in response.headers:
        return
    static = isinstance(response, web.FileResponse) and request.path.endswith(TEXT_FILES)
    text = (
        isinstance(response, web.Response) and response.content_type in TEXTS and (response.content_length or 0) > 999
    )
    if static or text:
        response.headers.add(hdrs.VARY, hdrs.ACCEPT_ENCODING)
        response.enable_compression(web.ContentCoding.gzip)


async def keep_static(request: web.Request, response: web.StreamResponse) -> None:
    """A static file whose address carries its version is kept for good."""
    versioned = "v" in request.query or request.path.startswith("/static/vendor/")
    if request.path.startswith("/static/") and versioned and response.status in {200, 206, 304}:
        response.headers[hdrs.CACHE_CONTROL] = KEEP
