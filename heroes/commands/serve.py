"""`heroes serve`: the dashboard; with --simulate-if-empty a simulated trial where the folder holds no cut."""

import argparse
import os
import subprocess
import sys
from dataclasses import replace

from heroes.commands.options import add_verb, now
from heroes.commands.printing import end_progress, progress
from heroes.settings import read_settings


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "serve", run, "the dashboard, on this machine's loopback address")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--open", action="store_true", help="acknowledge real data without sign-in")
    parser.add_argument("--simulate-if-empty", action="store_true", help="make a simulated trial where the folder holds no data cut")


def run(arguments: argparse.Namespace) -> int:
    """The dashboard; with --simulate-if-empty a simulated trial where the folder holds no cut."""
    from heroes.app import server
    from heroes.store.cuts import newest_name

    settings = read_settings()
    settings = replace(settings, directory=arguments.data, open_acknowledged=arguments.open or settings.open_acknowledged)
    if arguments.simulate_if_empty and newest_name(settings.directory) is None:
        from heroes.simulate import DEFAULT_CUTS, publish_simulation

        print("No data cut yet: making a simulated trial. Its newest cut comes first, the earlier ones behind it.", file=sys.stderr)
        publish_simulation(settings.directory, cuts=DEFAULT_CUTS, newest_only=True, imported_at=now(), progress=progress)
        end_progress()
        subprocess.Popen(
            [sys.executable, "-m", "heroes.cli", "simulate", "--data", str(settings.directory)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=lambda: os.nice(15),
        )
    print(f"HEROES Dashboard on http://localhost:{arguments.port} (stop with Ctrl+C)", file=sys.stderr)
    server.serve(settings, arguments.port)
    return 0
