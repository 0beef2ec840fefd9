"""`heroes simulate`: a simulated trial as weekly cuts."""

import argparse
import signal
import threading

from heroes.commands.options import add_verb, now
from heroes.commands.printing import end_progress, progress


def add(verbs) -> None:
    """The verb and its options."""
    parser = add_verb(verbs, "simulate", run, "a simulated trial as weekly data cuts")
    parser.add_argument("--subjects", type=int, default=170, help="inclusions")
    parser.add_argument("--sites", type=int, default=35)
    parser.add_argument("--cuts", type=int, help="weekly data cuts (default 60)")
    parser.add_argument("--seed", type=int, help="another trial of the same size")
    parser.add_argument("--live", type=float, metavar="SECONDS", help="start 30 weeks earlier and keep publishing the next week")


def run(arguments: argparse.Namespace) -> int:
    """A simulated trial as weekly cuts."""
    from heroes import simulate

    size = {"subjects": arguments.subjects, "sites": arguments.sites, "seed": simulate.DEFAULT_SEED if arguments.seed is None else arguments.seed}
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
