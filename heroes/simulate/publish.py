"""The simulated trial as data cuts, through the same checks and the same door as a real delivery."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

from heroes.errors import RefusedDeliveryError
from heroes.intake.findings import summary
from heroes.intake.route import prepare_tables
from heroes.protocol import Protocol, protocol_of
from heroes.simulate import world
from heroes.simulate.ledger import KNOWN_FROM
from heroes.simulate.trial import DEFAULT_SEED, WEEK, SimulatedTrial, simulate_trial
from heroes.store import audit
from heroes.store.cuts import Published, publish_cut

DEFAULT_CUTS = 60
LIVE_WEEKS = 30
"""How many weeks before the newest cut-off the live trial begins."""

ACTOR, ROLE = "heroes simulate", "statistician"
"""As which the record of who did what names the simulation; commands run as statistician."""


def publish_simulation(
    directory: Path,
    *,
    imported_at: datetime,
    cuts: int = DEFAULT_CUTS,
    newest_first: bool = True,
    newest_only: bool = False,
    subjects: int = 170,
    sites: int = 35,
    seed: int = DEFAULT_SEED,
    progress: Callable[[str], None] | None = None,
) -> int:
    """Publishes the weekly cuts of a simulated trial into a data folder; returns how many were not there yet.

    imported_at: with its zone. newest_first: so that a dashboard has something to show at once; else as time went.
    newest_only: that one cut alone. progress: told in words after every cut.
    Raises MisuseError for an impossible trial, RefusedDeliveryError where the folder belongs to another study or its
    protocol refuses the records.
    """
    trial = simulate_trial(subjects=subjects, sites=sites, seed=seed, cuts=1 if newest_only else cuts)
    protocol = protocol_of(directory)
    cut_offs = trial.cut_offs[::-1] if newest_first else trial.cut_offs
    n_new = 0
    for number, cut_off in enumerate(cut_offs, start=1):
        n_new += publish_week(trial, cut_off, directory, protocol=protocol, imported_at=imported_at).is_new
        if progress:
            progress(f"Simulated data cut {number} of {len(cut_offs)}")
    return n_new


def publish_live(
    directory: Path,
    *,
    seconds: float,
    wait: Callable[[float], bool | None],
    now: Callable[[], datetime],
    subjects: int = 170,
    sites: int = 35,
    seed: int = DEFAULT_SEED,
    progress: Callable[[str], None] | None = None,
) -> int:
    """Publishes a simulated trial as it goes on: a week every `seconds`, from 30 weeks before the usual newest cut.

    Weeks that the folder holds already are passed over without waiting, so that a live trial goes on where it was.
    wait(seconds): sleeps, and says whether to stop. now: the time with its zone. Ends by itself when nothing more will
    ever be recorded. Returns how many cuts were not there yet. Raises as `publish_simulation`.
    """
    trial = simulate_trial(subjects=subjects, sites=sites, seed=seed, cuts=LIVE_WEEKS + 1)
    protocol = protocol_of(directory)
    n_new = 0
    for cut_off in live_cut_offs(trial):
        is_new = publish_week(trial, cut_off, directory, protocol=protocol, imported_at=now()).is_new
        n_new += is_new
        if progress:
            progress(f"Simulated data cut of {cut_off.isoformat()}")
        if is_new and wait(seconds):
            break
    return n_new


def live_cut_offs(trial: SimulatedTrial) -> Iterator[date]:
    """The listed cut-offs, then week after week until a week has passed in which nothing can be new any more."""
    yield from trial.cut_offs
    last = max(max(frame[KNOWN_FROM]) for frame in trial.history.values())
    cut_off = trial.newest
    while cut_off < last + WEEK:
        cut_off += WEEK
        yield cut_off


def publish_week(
    trial: SimulatedTrial, cut_off: date, directory: Path, *, protocol: Protocol, imported_at: datetime
) -> Published:
    """One cut of the trial, as of one date, published and recorded. Raises RefusedDeliveryError."""
    delivery = prepare_tables(
        trial.tables_at(cut_off), protocol=protocol, study_id=trial.study_id, cut_off=cut_off, simulated=trial.simulated,
        marker=world.MARKER, marker_unit=world.UNIT,
    )
    if delivery.contents is None:
        first = next(iter(delivery.findings), "no reason was given")
        raise RefusedDeliveryError(
            f"The simulated trial does not suit the protocol of this folder: {first} Nothing was published.", delivery.findings
        )
    published = publish_cut(delivery.contents, directory, imported_at=imported_at)
    if published.is_new:
        audit.record(
            directory, at=imported_at, actor=ACTOR, role=ROLE, action=audit.Action.IMPORT_ACCEPT, object=published.cut.stem,
            params={"simulated": True, "seed": trial.seed, "findings": summary(delivery.findings)},
            snapshot_hash=published.cut.digest, config_hash=protocol.digest,
        )
    return published
