"""Who may talk to the server: its own pages."""

import asyncio

import pytest
import streamlit as st

from heroes.app.known_hosts import KnownHosts

OWN = b"http://localhost:8501"


@pytest.fixture(autouse=True)
def this_machine(monkeypatch):
    monkeypatch.setattr(st, "get_option", {"server.allowedHosts": ["localhost", "127.0.0.1"]}.__getitem__)


def ask(kind, **headers):
    """What is sent back, and whether the application behind was asked."""
    sent, asked = [], []

    async def app(scope, receive, send):
        asked.append(scope["type"])

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "headers": [(name.encode(), value) for name, value in headers.items()]}
    asyncio.run(KnownHosts(app)(scope, receive, send))
    return sent, asked


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("headers", [
    {"host": b"localhost:8501"}, {"host": b"127.0.0.1:8501", "origin": OWN}, {"host": b"LOCALHOST", "origin": b"http://127.0.0.1:8501"},
])
def test_its_own_pages_are_answered(kind, headers):
    assert ask(kind, **headers) == ([], [kind])


@pytest.mark.parametrize("headers", [
    {"host": b"localhost:8501", "origin": b"http://evil.example"}, {"host": b"evil.example"}, {"host": b"evil.example", "origin": OWN},
    {"host": b"localhost:8501", "origin": b"null"}, {}, {"host": b"[::", "origin": OWN}, {"host": b"localhost.evil.example"},
])
def test_pages_from_elsewhere_are_not(headers):
    sent, asked = ask("http", **headers)
    assert asked == [] and sent[0]["status"] == 403
    sent, asked = ask("websocket", **headers)
    assert asked == [] and sent == [{"type": "websocket.close", "code": 1008}]
