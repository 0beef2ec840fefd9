"""The dashboard as a server on the loopback address: warm, compressed, with security headers.

Streamlit's ASGI wrapper gives a start-up hook and middleware. Static files carry a hash in their names and never
change, so their compressed form is made once and kept.
"""

import base64
import gc
import gzip
import hashlib
import importlib
import logging
import os
import re
import sys
import tomllib
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from heroes.access import Person, Policy, Role
from heroes.app.known_hosts import KnownHosts
from heroes.errors import what_broke
from heroes.protocol import protocol_of
from heroes.settings import Settings
from heroes.store.connection import open_cut
from heroes.store.cuts import list_cuts
from heroes.store.scope import scope_of

PROJECT = Path(__file__).resolve().parents[2]
COMPRESSED_SUFFIXES = (".js", ".css", ".svg", ".json", ".woff")
SMALLEST_WORTH_COMPRESSING = 1_024
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def _inline_script_hashes() -> str:
    """The page shell's own inline scripts, by hash: no other inline script runs."""
    shell = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in INLINE_SCRIPT.findall(shell))
    return " ".join(f"'sha256-{digest}'" for digest in digests)


HEADERS = {
    b"content-security-policy": (
        f"default-src 'self'; script-src 'self' {_inline_script_hashes()}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; worker-src 'self' blob:; "
        "object-src 'none'; frame-ancestors 'none'; base-uri 'self'"
    ).encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}


class SecurityHeaders:
    """Adds the security headers to every HTTP answer."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((n, v) for n, v in HEADERS.items() if n not in present)]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class CompressedStatic:
    """Serves static files gzipped to browsers that accept it; each is compressed once per process."""

    def __init__(self, app):
        self.app = app
        self._kept: dict[str, tuple[list, bytes]] = {}

    async def __call__(self, scope, receive, send):
        if not self._concerns(scope):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self._kept:
            start, body = await self._whole_answer(scope, receive)
            if start["status"] != 200 or len(body) < SMALLEST_WORTH_COMPRESSING:
                await send(start)
                await send({"type": "http.response.body", "body": body})
                return
            headers = [(n, v) for n, v in start["headers"] if n.lower() not in (b"content-length", b"etag", b"accept-ranges")]
            packed = gzip.compress(body, 6)
            headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding"), (b"content-length", str(len(packed)).encode())]
            self._kept[path] = (headers, packed)
        headers, packed = self._kept[path]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else packed})

    @staticmethod
    def _concerns(scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        headers = {name.lower(): value for name, value in scope["headers"]}
        return (
            "/static/" in scope["path"] and scope["path"].endswith(COMPRESSED_SUFFIXES)
            and b"gzip" in headers.get(b"accept-encoding", b"") and b"range" not in headers
        )

    async def _whole_answer(self, scope, receive) -> tuple[dict, bytes]:
        start, parts = {}, []

        async def keep(message):
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        conditional = (b"if-none-match", b"if-modified-since", b"accept-encoding")
        plain = dict(scope, headers=[(n, v) for n, v in scope["headers"] if n.lower() not in conditional])
        await self.app(plain, receive, keep)
        return start, b"".join(parts)


def warm(settings: Settings) -> None:
    """Loads what the first visitor would wait for: libraries, figures, and the checks of every cut there is."""
    for module in ("pandas", "pyarrow", "plotly.graph_objects", "heroes.figures.pfs", "heroes.figures.swimmer", "heroes.figures.enrolment"):
        importlib.import_module(module)
    listed = list_cuts(settings.directory)
    if listed.cuts:
        cut = listed.cuts[-1]
        open_cut(cut, scope_of(Person(Role.STATISTICIAN), Policy()), protocol_of(settings.directory).applied_to(cut.study_id)).close()


def keep_values_out_of_the_log(record: logging.LogRecord) -> bool:
    """A filter for Streamlit's log of broken pages: the kind and the place of an error, not its text."""
    if record.exc_info and record.exc_info[1] is not None:
        record.msg, record.args, record.exc_info, record.exc_text = what_broke(record.exc_info[1]), (), None, None
    return True


def build_app(settings: Settings) -> st.App:
    """The ASGI application."""
    logging.getLogger("streamlit.error_util").addFilter(keep_values_out_of_the_log)

    # A link straight to a page, as the first request of all, would otherwise run that file without the menu.
    PagesManager.uses_pages_directory = False

    @asynccontextmanager
    async def lifespan(app):
        warm(settings)
        gc.collect()
        gc.freeze()
        yield {}

    return st.App(
        str(PROJECT / "dashboard.py"), lifespan=lifespan, middleware=[Middleware(SecurityHeaders), Middleware(KnownHosts), Middleware(CompressedStatic)]
    )


def server_options(port: int) -> dict[str, object]:
    """Options of .streamlit/config.toml under their dotted names, with the port asked for."""
    def flat(entries: dict, prefix: str = ""):
        for name, value in entries.items():
            if isinstance(value, dict):
                yield from flat(value, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}", value

    document = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return dict(flat(document)) | {"server.port": port}


def serve(settings: Settings, port: int) -> None:
    """Serves until stopped, on the loopback address of this machine."""
    os.environ["HEROES_DATA"] = str(settings.directory.resolve())
    if settings.open_acknowledged:
        os.environ["HEROES_OPEN"] = "1"
    # Streamlit puts the launcher's folder on the import path: it must be the project's, for heroes/ holds a `statistics`.
    sys.argv = [str(PROJECT / "dashboard.py")]
    build_app(settings).run(config=server_options(port))
