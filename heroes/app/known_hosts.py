"""Only pages of this very server talk to it: another site in the same browser is turned away at the door."""

from urllib.parse import urlsplit

import streamlit as st


class KnownHosts:
    """Refuses a request whose Host, or the Origin it was sent from, is not among `server.allowedHosts`.

    Streamlit asks this of its websocket alone, and asks an outside service for its own address before it refuses a strange
    origin: nothing may leave this machine, least of all because a page elsewhere wants it to.
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] not in ("http", "websocket") or self._is_known(scope["headers"]):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"This host is not among those that are served here."})

    @staticmethod
    def _is_known(headers) -> bool:
        allowed = st.get_option("server.allowedHosts")
        given = {name.lower(): value.decode("latin-1") for name, value in headers}
        asked = _host(f"//{given.get(b'host', '')}")
        origin = given.get(b"origin")
        return not allowed or (asked in allowed and (origin is None or _host(origin) in allowed))


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
