"""Where the data are and how the dashboard is served; read once at start."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """directory: the data folder (cuts, access.toml, audit.sqlite, its own protocol.toml).
    open_acknowledged: somebody has said that real data may be shown without sign-in, on the loopback address only.
    """

    directory: Path
    open_acknowledged: bool = False


def read_settings(environment=os.environ) -> Settings:
    """Settings from HEROES_DATA (default data/ in the working folder) and HEROES_OPEN (1: acknowledged)."""
    return Settings(
        directory=Path(environment.get("HEROES_DATA") or "data"),
        open_acknowledged=environment.get("HEROES_OPEN") == "1",
    )
