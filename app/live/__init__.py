"""The WebSocket door: connections that stay open."""

from app.live import panes, progress

routes = [*panes.routes, *progress.routes]
