"""`heroes import --watch` as a real process: dropped, imported, put away; killed at any moment, nothing by halves."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from heroes.commands.watching import DONE, REFUSED, WORKING, Watch
from heroes.errors import MisuseError
from heroes.store import audit
from heroes.store.cuts import list_cuts, newest_cut

PROJECT = Path(__file__).resolve().parents[2]
ABOUT = "study_id,cut_off,simulated\nHEROES-SIM,{cut_off},true\n"
SUBJECT = "subject_id,site_id\n01-001,01\n01-002,01\n"
MILESTONE = "subject_id,kind,date\n01-001,INCLUDED,2025-01-10\n01-002,INCLUDED,2025-01-20\n"
RESULTS = "result_id,subject_id,date,call,marker\nR1,01-001,2025-03-20,{call},Signatera\n"


def drop(folder: Path, name: str = "week1", *, cut_off: str = "2026-02-28", **files) -> None:
    """Puts a delivery into a folder by one rename, as a careful sender does."""
    told = {"data_cut": ABOUT.format(cut_off=cut_off), "subject": SUBJECT, "milestone": MILESTONE, **files}
    sent = folder / f".{name}"
    sent.mkdir()
    for table, text in told.items():
        if text is not None:
            (sent / (table if "." in table else f"{table}.csv")).write_text(text)
    os.rename(sent, folder / name)


def put_away(folder: Path, kind: str) -> list[dict]:
    """What findings.json says of every delivery in done or refused, in order."""
    return [json.loads((entry / "findings.json").read_text()) for entry in sorted((folder / kind).iterdir())]


class Clock:
    """A clock that a test moves on."""

    def __init__(self):
        self.at = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self):
        self.at += timedelta(milliseconds=1)
        return self.at


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def rounds(inbox, tmp_path):
    """rounds(n) lets a watcher look n times, with 10 seconds between; `between` is called before each further look."""
    clock, told = Clock(), []

    def go(n, *, settle=5.0, mapping=None, between=lambda number: None):
        looks = iter(range(1, n + 1))

        def wait(seconds):
            clock.at += timedelta(seconds=10)
            number = next(looks)
            between(number)
            return number == n

        Watch(inbox, tmp_path / "data", settle, "statistician", mapping, clock, told.append).run(wait)
        return told

    return go


def test_a_delivery_that_is_complete_becomes_a_cut_and_is_put_away(inbox, rounds, tmp_path):
    drop(inbox)
    told = rounds(3)
    cut = newest_cut(tmp_path / "data")
    (document,) = put_away(inbox, DONE)
    assert document["published"]["cut"] == cut.stem and document["delivery"] == "week1" and not document["refused"]
    (place,) = (inbox / DONE).iterdir()
    assert sorted(path.name for path in (place / "week1").iterdir()) == ["data_cut.csv", "milestone.csv", "subject.csv"]
    assert f"Published {cut.stem}" in (place / "findings.txt").read_text()
    assert len(told) == 1 and told[0].startswith(f"done/{place.name}: Published {cut.stem} (")
    assert not list((inbox / WORKING).iterdir()) and not (inbox / "week1").exists()
    assert audit.list_audit(tmp_path / "data").iloc[-1].action == "IMPORT_ACCEPT"


def test_a_refused_delivery_goes_to_refused_with_its_findings_and_the_next_one_goes_on(inbox, rounds, tmp_path):
    drop(inbox, "a_bad", milestone="subject_id,kind,date\n09-009,INCLUDED,2025-01-10\n")
    drop(inbox, "b_good")
    rounds(3)
    (refused,) = put_away(inbox, REFUSED)
    assert refused["refused"] and refused["published"] is None and refused["findings"][0]["remedy"]
    assert put_away(inbox, DONE)[0]["delivery"] == "b_good"
    assert len(list_cuts(tmp_path / "data").cuts) == 1


def test_what_is_still_being_copied_is_left_until_it_rests(inbox, rounds, tmp_path):
    (inbox / "slow").mkdir()
    (inbox / "slow" / "subject.csv").write_text("subject_id,site_id\n")

    def copy(number):
        if number <= 4:
            with open(inbox / "slow" / "subject.csv", "a") as file:
                file.write(f"01-00{number},01\n")
        assert not list((inbox / DONE).iterdir()) and not list((inbox / REFUSED).iterdir()) or number > 5
        if number == 4:
            (inbox / "slow" / "data_cut.csv").write_text(ABOUT.format(cut_off="2026-02-28"))
            (inbox / "slow" / "milestone.csv").write_text("subject_id,kind,date\n" + "".join(f"01-00{n},INCLUDED,2025-01-10\n" for n in (1, 2, 3, 4)))

    rounds(8, between=copy)
    assert newest_cut(tmp_path / "data").row_counts["subject"] == 4


def test_unfinished_names_empty_folders_links_and_hidden_files_are_no_deliveries(inbox, rounds, tmp_path):
    (inbox / "big.csv.part").write_text("x")
    (inbox / ".hidden.csv").write_text("x")
    (inbox / "empty").mkdir()
    (inbox / "copying").mkdir()
    (inbox / "copying" / "dm.csv.tmp").write_text("x")
    (inbox / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    rounds(4)
    assert sorted(path.name for path in inbox.iterdir() if not path.name.startswith(".")) == [
        "big.csv.part", "copying", DONE, "empty", "link.csv", REFUSED,
    ]
    assert not list((inbox / DONE).iterdir()) and not list((inbox / REFUSED).iterdir())


def test_a_single_file_is_laid_over_the_newest_cut(inbox, rounds, tmp_path):
    drop(inbox)
    rounds(3)
    (inbox / "ctdna_result.csv").write_text(RESULTS.format(call="POSITIVE"))
    rounds(3)
    cut = newest_cut(tmp_path / "data")
    assert (cut.row_counts["subject"], cut.row_counts["ctdna_result"]) == (2, 1)


def test_a_mapping_inside_the_delivery_is_used_else_the_one_beside_it(inbox, rounds, tmp_path):
    head = 'study_id = "HEROES-SIM"\nsimulated = true\ncut_off = {cut_off}\n'
    table = '[[table]]\nfrom = "p"\nto = "{to}"\ncolumns = {{ subject_id = "Code", {more} }}\n'
    rules = table.format(to="subject", more='site_id = "Site"') + table.format(to="milestone", more='kind = { constant = "INCLUDED" }, day = "On"')
    (inbox / "mapping.toml").write_text(head.format(cut_off="2026-02-28") + rules)
    only = {"data_cut": None, "subject": None, "milestone": None, "p": "Code,Site,On\n01-001,01,2025-01-10\n"}
    drop(inbox, "a", **only)
    drop(inbox, "b", **only, **{"mapping.toml": head.format(cut_off="2026-03-31") + rules})
    drop(inbox, "c", **only, **{"mapping.toml": "nonsense = 1\n"})
    rounds(3)
    assert [cut.cut_off.isoformat() for cut in list_cuts(tmp_path / "data").cuts] == ["2026-02-28", "2026-03-31"]
    (refused,) = put_away(inbox, REFUSED)
    assert refused["delivery"] == "c" and "not known" in refused["findings"][0]["message"]
    assert str(tmp_path) not in json.dumps(refused), "no path of this machine"


def test_findings_that_are_written_hold_no_value(inbox, rounds):
    drop(inbox, ctdna_result=RESULTS.format(call="SECRETVALUE"))
    rounds(3)
    (place,) = (inbox / REFUSED).iterdir()
    assert "SECRETVALUE" not in (place / "findings.txt").read_text() + (place / "findings.json").read_text()


def test_a_folder_has_one_watcher(inbox, rounds):
    def second(number):
        with pytest.raises(MisuseError, match="watched by another process"):
            rounds(1)

    rounds(1, between=second)


def test_watched_and_data_folders_lie_apart(inbox, tmp_path):
    for folder, data in ((inbox, inbox), (inbox, inbox / "data"), (inbox, tmp_path)):
        with pytest.raises(MisuseError, match="must lie apart"):
            Watch(folder, data, 1, "statistician", None, Clock(), print).run(lambda seconds: True)


def test_trouble_that_is_not_the_deliverys_leaves_it_for_later(inbox, rounds, tmp_path, monkeypatch):
    import heroes.commands.watching as watching
    from heroes.errors import DataCutError

    drop(inbox)
    real = watching.import_delivery

    def full(*arguments, **named):
        raise DataCutError("The data cut could not be written: no space left")

    monkeypatch.setattr(watching, "import_delivery", full)
    assert "tried again" in rounds(3)[0]
    assert not list((inbox / DONE).iterdir()) and not list((inbox / REFUSED).iterdir())
    monkeypatch.setattr(watching, "import_delivery", real)
    rounds(1)
    assert len(put_away(inbox, DONE)) == 1


def test_a_delivery_that_breaks_the_program_is_refused_without_its_data(inbox, rounds, monkeypatch):
    import heroes.commands.watching as watching

    def breaks(*arguments, **named):
        raise ValueError("SECRETVALUE")

    monkeypatch.setattr(watching, "import_delivery", breaks)
    drop(inbox)
    rounds(3)
    (document,) = put_away(inbox, REFUSED)
    assert "SECRETVALUE" not in json.dumps(document) and "ValueError" in document["findings"][0]["message"]


# Killed.


class Killed(BaseException):
    """Stands for a process that ends without another step."""


STEPS = ("mkdir", "rename", "import", "findings.txt", "findings.json", "put_away")


@pytest.mark.parametrize(
    ("step", "when", "partial"),
    [
        *((step, when, False) for step in STEPS for when in ("before", "after")),
        ("import", "before", True), ("import", "after", True), ("findings.json", "before", True), ("put_away", "before", True),
    ],
)
def test_killed_before_or_after_any_step_the_next_start_takes_it_up(inbox, rounds, tmp_path, monkeypatch, step, when, partial):
    import heroes.commands.watching as watching

    drop(inbox, "first")
    if partial:
        rounds(3)
        (inbox / "ctdna_result.csv").write_text(RESULTS.format(call="NEGATIVE"))
        rounds(3)
        (inbox / "ctdna_result.csv").write_text(RESULTS.format(call="POSITIVE"))
    n_before = len(list_cuts(tmp_path / "data").cuts)

    def killing(real, is_the_step=lambda *arguments: True):
        def act(*arguments, **named):
            if not is_the_step(*arguments):
                return real(*arguments, **named)
            if when == "before":
                raise Killed
            real(*arguments, **named)
            raise Killed
        return act

    with monkeypatch.context() as patch:
        rename = os.rename
        if step == "mkdir":
            patch.setattr(Path, "mkdir", killing(Path.mkdir, lambda path, *rest: path.parent.name == WORKING))
        elif step == "rename":
            patch.setattr(os, "rename", killing(rename, lambda source, target: Path(target).parent.parent.name == WORKING and not Path(source).name.endswith(".tmp")))
        elif step == "import":
            patch.setattr(watching, "import_delivery", killing(watching.import_delivery))
        elif step == "put_away":
            patch.setattr(os, "rename", killing(rename, lambda source, target: Path(target).parent.name in (DONE, REFUSED)))
        else:
            patch.setattr(watching, "_write", killing(watching._write, lambda path, text: path.name == step))
        with pytest.raises(Killed):
            rounds(4)
    rounds(4)
    cuts = list_cuts(tmp_path / "data").cuts
    assert len(cuts) == n_before + 1 and not list_cuts(tmp_path / "data").damaged
    assert len(put_away(inbox, DONE)) == (3 if partial else 1) and not put_away(inbox, REFUSED)
    assert not list((inbox / WORKING).iterdir())
    if partial:
        assert cuts[-1].row_counts["ctdna_result"] == 2, "the amended result keeps its history once"


@pytest.fixture
def process(inbox, tmp_path):
    """Starts `heroes import --watch` as a process; ends whatever still runs."""
    started = []

    def start():
        command = [sys.executable, "-m", "heroes.cli", "import", "--watch", str(inbox), "--data", str(tmp_path / "data"), "--settle", "0.4"]
        started.append(subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for each in started:
        if each.poll() is None:
            each.kill()
        each.communicate()


def until(holds, seconds=180.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def test_a_real_watcher_imports_what_is_dropped_and_ends_cleanly_on_sigterm(inbox, process, tmp_path):
    watcher = process()
    until((inbox / DONE).is_dir)
    drop(inbox, "week1")
    until(lambda: list((inbox / DONE).iterdir()))
    drop(inbox, "week2", cut_off="2026-03-07")
    until(lambda: len(list((inbox / DONE).iterdir())) == 2)
    second = process()
    assert second.wait(timeout=180) == 2 and "watched by another process" in second.stderr.read()
    watcher.send_signal(signal.SIGTERM)
    out, err = watcher.communicate(timeout=120)
    assert watcher.returncode == 0 and err == "" and out.count("Published 2026-0") == 2, (out, err)


def test_a_real_watcher_that_rests_uses_no_processor(inbox, process):
    watcher = process()
    until((inbox / DONE).is_dir)
    time.sleep(1)

    def ticks():
        return sum(int(part) for part in Path(f"/proc/{watcher.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13])

    before = ticks()
    time.sleep(3)
    assert ticks() - before <= 0.3 * os.sysconf("SC_CLK_TCK")


def test_a_real_watcher_killed_again_and_again_loses_and_doubles_nothing(inbox, process, tmp_path):
    days = [f"2026-03-{day:02d}" for day in (1, 8, 15)]
    for number, day in enumerate(days):
        drop(inbox, f"week{number}", cut_off=day)
    for patience in (2.0, 3.0, 4.0):
        watcher = process()
        time.sleep(patience)
        watcher.send_signal(signal.SIGKILL)
        watcher.wait(timeout=30)
    process()
    until((inbox / DONE).is_dir)
    until(lambda: len(list((inbox / DONE).iterdir())) == 3)
    listed = list_cuts(tmp_path / "data")
    assert [cut.cut_off.isoformat() for cut in listed.cuts] == days and not listed.damaged
    assert not list((inbox / REFUSED).iterdir())
    assert audit.verify_audit(tmp_path / "data").ok
