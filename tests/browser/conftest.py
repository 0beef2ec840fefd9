"""A real server over simulated cuts, and a real Chromium that tolerates no error and no request off this machine."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PROJECT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
# A deep link asks for these beside the page's own path before it knows the server's base path; the answers are 404.
HARMLESS = ("/_stcore/health", "/_stcore/host-config")


@dataclass
class Server:
    """A running dashboard."""

    url: str
    directory: Path
    process: subprocess.Popen


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server(directory: Path) -> Server:
    """`heroes serve` on a free port, answering."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "heroes.cli", "serve", "--data", str(directory), "--port", str(port)],
        cwd=PROJECT, env={**os.environ, "HEROES_OPEN": ""}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    server = Server(f"http://localhost:{port}", directory, process)
    for _ in range(300):
        if process.poll() is not None:
            raise AssertionError(f"the server ended: {process.stderr.read()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer:
                if answer.read().strip() == b"ok":
                    return server
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise AssertionError("the server did not answer within a minute")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from heroes.simulate import publish_simulation

    directory = tmp_path_factory.mktemp("trial")
    publish_simulation(directory, cuts=2, imported_at=datetime.now(UTC))
    running = start_server(directory)
    yield running
    running.process.terminate()
    running.process.wait(timeout=20)
    running.process.stderr.close()


@pytest.fixture(scope="session")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make test installs it")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A browser page with everything that went wrong on it."""

    page: object
    errors: list[str] = field(default_factory=list)
    requests_off_machine: list[str] = field(default_factory=list)

    def assert_clean(self) -> None:
        assert self.errors == []
        assert self.requests_off_machine == []


@pytest.fixture
def open_page(chromium):
    """open_page(url, width=…, dark=…) → Watched; checks at the end that nothing went wrong."""
    opened: list[Watched] = []

    def on_console(watched, message):
        if message.type == "error" and not any(part in (message.location or {}).get("url", "") for part in HARMLESS):
            watched.errors.append(message.text)

    def on_request(watched, request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in ("localhost", "127.0.0.1"):
            watched.requests_off_machine.append(request.url)

    def opener(url, *, width=1440, height=1000, dark=False):
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
        watched = Watched(context.new_page())
        watched.page.on("console", lambda message: on_console(watched, message))
        watched.page.on("pageerror", lambda error: watched.errors.append(str(error)))
        watched.page.on("request", lambda request: on_request(watched, request))
        watched.page.goto(url)
        opened.append(watched)
        return watched

    yield opener
    for watched in opened:
        watched.page.context.close()
        watched.assert_clean()
