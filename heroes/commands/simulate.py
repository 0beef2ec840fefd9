"""`heroes simulate`: a simulated trial as weekly cuts, or as the raw deliveries that would have led to them."""

import argparse
import signal
import threading
from pathlib import Path

from heroes.commands.options import add_verb, now
from heroes.commands.printing import end_progress, progress
from heroes.errors import MisuseError


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "simulate", run, "a simulated trial as weekly data cuts")
    parser.add_argument("--subjects", type=int, default=170, help="inclusions")
    parser.add_argument("--sites", type=int, default=35)
    parser.add_argument("--cuts", type=int, help="weekly data cuts (default 60); deliveries: how many (default 1, the newest)")
    parser.add_argument("--seed", type=int, help="another trial of the same size")
    parser.add_argument("--deliveries", type=Path, metavar="DIR", help="write raw deliveries into DIR instead of publishing data cuts")
    parser.add_argument("--format", help="of the deliveries: csv (default), xpt, dataset-json, odm, redcap or xlsx")
    parser.add_argument("--live", type=float, metavar="SECONDS", help="start 30 weeks earlier and keep publishing the next week")


def run(arguments: argparse.Namespace) -> int:
    """A simulated trial as weekly cuts."""
    from heroes import simulate

    size = {"subjects": arguments.subjects, "sites": arguments.sites, "seed": simulate.DEFAULT_SEED if arguments.seed is None else arguments.seed}
    if arguments.deliveries is not None:
        return _write_deliveries(arguments, size)
    if arguments.format is not None:
        raise MisuseError("--format is that of deliveries: name a folder for them with --deliveries.")
    if arguments.live is not None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        try:
            simulate.publish_live(arguments.data, seconds=arguments.live, wait=stop.wait, now=now, progress=progress, **size)
        except KeyboardInterrupt:
            pass
        return 0
    n = simulate.publish_simulation(arguments.data, cuts=arguments.cuts or simulate.DEFAULT_CUTS, imported_at=now(), progress=progress, **size)
    end_progress()
    print(f"{n} simulated data cuts published in {arguments.data}")
    return 0


def _write_deliveries(arguments: argparse.Namespace, size: dict) -> int:
    """The same trial as deliveries. The data folder is left alone."""
    from heroes import simulate
    from heroes.simulate.deliveries import MAPPING, write_deliveries

    if arguments.live is not None:
        raise MisuseError("--live publishes data cuts and --deliveries writes files: choose one of them.")
    trial = simulate.simulate_trial(**size, cuts=arguments.cuts or 1)
    folders = write_deliveries(trial, arguments.deliveries, arguments.format or "csv")
    mapping = arguments.deliveries / MAPPING
    print(f"{len(folders)} simulated deliveries written in {arguments.deliveries}, with {mapping.name} beside them. To import one:")
    print(f"heroes import {folders[-1]} --mapping {mapping} --data DIR")
    return 0
