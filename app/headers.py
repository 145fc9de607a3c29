"""What every answer tells the browser to refuse: foreign code, frames, guessed types."""

from __future__ import annotations

from aiohttp import hdrs, web

PLAIN = {
    hdrs.SERVER: "Merganser",  # what it runs on is nobody's business
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'self'; connect-src {connect}"
)
# Swagger UI and ReDoc write style elements and attributes of their own and show icons from data: addresses.
DOCUMENTATION = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """Signal on_response_prepare: for every answer, errors and static files included."""
    for name, value in PLAIN.items():
        response.headers[name] = value
    policy = DOCUMENTATION if request.path in {"/docs", "/redoc"} else POLICY
    response.headers.setdefault("Content-Security-Policy", policy.format(connect=_connect(request)))
    if hdrs.CACHE_CONTROL not in response.headers and not request.path.startswith("/static/"):
        response.headers[hdrs.CACHE_CONTROL] = "no-store"  # a shared computer's cache must not keep a factory's rows


def _connect(request: web.Request) -> str:
    """Our own address also as a socket: older browsers do not count ws: as 'self'."""
    host = request.headers.get(hdrs.HOST, "")
    if not host or not all(letter.isalnum() or letter in ".:-[]" for letter in host):
        return "'self'"
    return f"'self' ws://{host} wss://{host}"
