"""The server: headers on every answer, static files compressed once, the project's options under their dotted names."""

import asyncio
import gzip
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import streamlit as st

from heroes.app.server import HEADERS, CompressedStatic, SecurityHeaders, keep_values_out_of_the_log, server_options

SCRIPT = b"console.log('a picture');" * 200


def ask(app, path="/", headers=(), method="GET"):
    """Status, headers and body of one request."""
    answers = []

    async def run():
        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            answers.append(message)

        await app({"type": "http", "method": method, "path": path, "headers": list(headers)}, receive, send)

    with ThreadPoolExecutor(1) as thread:  # a loop of its own, whatever runs in this one (a browser's does)
        thread.submit(asyncio.run, run()).result()
    start, *bodies = answers
    return start["status"], dict(start["headers"]), b"".join(body.get("body", b"") for body in bodies)


class Plain:
    """Answers every request with the same script, and counts them."""

    def __init__(self):
        self.n = 0

    async def __call__(self, scope, receive, send):
        self.n += 1
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(SCRIPT)).encode())]})
        await send({"type": "http.response.body", "body": SCRIPT})


def test_every_answer_carries_the_security_headers():
    status, headers, _ = ask(SecurityHeaders(Plain()))
    assert status == 200
    for name, value in HEADERS.items():
        assert headers[name] == value


def test_no_script_but_the_servers_own_may_run():
    policy = HEADERS[b"content-security-policy"].decode()
    scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "unsafe-inline" not in scripts and "unsafe-eval" not in scripts
    assert "'sha256-" in scripts
    assert "http:" not in policy and "https:" not in policy


def test_a_static_file_is_compressed_once_and_stays_the_same():
    plain = Plain()
    app = CompressedStatic(plain)
    accepts = [(b"accept-encoding", b"gzip, br")]
    for _ in range(3):
        _, headers, body = ask(app, "/static/js/chart.js", accepts)
        assert headers[b"content-encoding"] == b"gzip"
        assert int(headers[b"content-length"]) == len(body) < len(SCRIPT)
        assert gzip.decompress(body) == SCRIPT
    assert plain.n == 1


def test_a_browser_that_does_not_unpack_gets_it_plain():
    _, headers, body = ask(CompressedStatic(Plain()), "/static/js/chart.js")
    assert b"content-encoding" not in headers
    assert body == SCRIPT


def test_only_static_files_are_compressed():
    _, headers, _ = ask(CompressedStatic(Plain()), "/media/table.csv", [(b"accept-encoding", b"gzip")])
    assert b"content-encoding" not in headers


def test_the_options_are_the_projects_own_and_keep_to_this_machine():
    options = server_options(8765)
    assert options["server.port"] == 8765
    assert options["server.address"] == "127.0.0.1"
    assert options["browser.gatherUsageStats"] is False
    assert options["client.showErrorDetails"] == "none"
    assert len(options["theme.chartCategoricalColors"]) >= 10


def test_streamlit_knows_every_option():
    known = st.get_option
    for name in server_options(8501):
        known(name)


def test_the_page_shell_has_exactly_the_inline_scripts_that_are_allowed():
    shell = (Path(st.__file__).parent / "static" / "index.html").read_text()
    assert shell.count("<script>") == HEADERS[b"content-security-policy"].count(b"'sha256-")


def test_the_log_of_a_broken_page_names_the_error_and_not_the_value():
    try:
        int("Marie Dupont")
    except ValueError:
        record = logging.LogRecord("streamlit", logging.ERROR, __file__, 1, "Uncaught app execution", (), sys.exc_info())
    assert keep_values_out_of_the_log(record)
    told = logging.Formatter().format(record)
    assert "ValueError" in told and "Dupont" not in told
