"""The council's website in a rehearsal: one folder, read only, as a plain web server shows it."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

INDEX = "index.html"
LENT = "/lent/"
"""Where pictures lie for a platform that fetches them: a real web server keeps search engines away from them like this."""
PLAIN = {"cache-control": "no-cache"}
UNFINDABLE = {"cache-control": "no-store", "x-robots-tag": "noindex"}
METHODS = ("GET", "HEAD")
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".xml": "application/xml",
    ".txt": "text/plain",
    ".atom": "application/atom+xml",
    ".ics": "text/calendar",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
"""Written out, since what Python's own table says depends on the machine."""


class Website:
    """Serves `folder`, which may appear, and be swapped for another, while it runs. `url` is set on start."""

    url = ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._response(Request(scope))
        await response(scope, receive, send)

    def _response(self, request: Request) -> Response:
        if request.method not in METHODS:
            return PlainTextResponse("Method not allowed\n", 405, {"allow": ", ".join(METHODS)})
        file = self._file(request.scope["path"])
        if file is None:
            return PlainTextResponse("Not found\n", 404)
        if file.is_dir():
            return Response(status_code=301, headers={"location": f"{file.name}/"})
        headers = UNFINDABLE if request.scope["path"].startswith(LENT) else PLAIN
        return Response(file.read_bytes(), media_type=_type(file), headers=headers)

    def _file(self, path: str) -> Path | None:
        """The file, or the folder that wants its slash; None where there is nothing to show, or it lies outside."""
        root = self._folder.resolve()
        try:
            found = (root / path.lstrip("/")).resolve()
            wanted = found / INDEX if path.endswith("/") else found
            inside = wanted.resolve().is_relative_to(root)
            hidden = any(part.startswith(".") for part in found.relative_to(root).parts) if inside else True
            if hidden or not (wanted.is_file() or (wanted / INDEX).is_file()):
                return None
        except (OSError, ValueError):  # a name too long, a zero byte
            return None
        return wanted


def _type(file: Path) -> str:
    return TYPES.get(file.suffix.lower(), "application/octet-stream")
