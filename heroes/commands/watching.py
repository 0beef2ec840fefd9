"""A folder that is watched: what is dropped into it and complete becomes a data cut, or is refused with its findings.

A delivery is a file, or a folder of files, with a `mapping.toml` inside where it needs one; a `mapping.toml` beside the deliveries
is for those that bring none. Each is first moved into `.working/<id>/`, imported, its findings written beside it, and that
folder then moved whole to `done/` or `refused/`. Every step is one rename, so whatever moment the program is killed at, the
next start finds the delivery in one place and takes it up again; importing the same records twice publishes nothing new.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from heroes.commands.import_delivery import finding_lines, outcome_line, result_document
from heroes.errors import HeroesError, MisuseError, what_broke
from heroes.intake.files import is_hidden
from heroes.intake.personal import shown_file
from heroes.intake.route import import_delivery
from heroes.store.locks import held_alone

DONE, REFUSED, WORKING, LOCK, MAPPING = "done", "refused", ".working", ".watch.lock", "mapping.toml"
FINDINGS = "findings.json"
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", "~")
"""Endings under which programs write a file that is still on its way."""

PAUSE_AFTER_TROUBLE = 60.0
"""Seconds before a delivery is tried again that could not be imported for a reason that is not its own (a full disk, say)."""


@dataclass
class Watch:
    """One watched folder. settle: seconds for which nothing of a delivery may change before it counts as complete."""

    folder: Path
    data: Path
    settle: float
    role: str
    mapping: Path | None
    now: Callable[[], datetime]
    say: Callable[[str], None]
    _seen: dict[str, tuple[tuple, datetime]] = field(default_factory=dict)

    def run(self, wait: Callable[[float], bool]) -> None:
        """Watches until told to stop. wait(seconds): sleeps, and says whether to stop; a delivery at work is ended first.

        Raises MisuseError where the folder is watched already, or lies in the data folder or around it.
        """
        folder, data = self.folder.resolve(), self.data.resolve()
        if folder == data or folder in data.parents or data in folder.parents:
            raise MisuseError("The watched folder and the data folder must lie apart. Nothing was imported.")
        if not folder.is_dir():
            raise MisuseError(f"{self.folder} is no folder. Nothing was imported.")
        with held_alone(self.folder / LOCK, f"{self.folder} is watched by another process already. Nothing was imported."):
            for name in (DONE, REFUSED, WORKING):
                (self.folder / name).mkdir(exist_ok=True)
            pause = 0.0
            while not (pause and wait(pause)):
                calm = self._take_up() and self._look()
                pause = min(max(self.settle / 2, 0.2), 2.0) if calm else PAUSE_AFTER_TROUBLE

    def _look(self) -> bool:
        """Imports every complete delivery, oldest first by name. False where one could not be imported for now."""
        self._seen = {name: seen for name, seen in self._seen.items() if (self.folder / name).exists()}
        for entry in sorted(self.folder.iterdir()):
            if self._is_delivery(entry) and self._is_complete(entry):
                if not self._import(self._claim(entry)):
                    return False
        return True

    def _is_delivery(self, entry: Path) -> bool:
        if is_hidden(entry) or entry.is_symlink() or entry.name in (DONE, REFUSED, MAPPING):
            return False
        return entry.is_dir() or (entry.is_file() and not entry.name.lower().endswith(UNFINISHED))

    def _is_complete(self, entry: Path) -> bool:
        """Whether nothing of it has changed for as long as it must; a folder without files never is."""
        state, now = _state_of(entry), self.now()
        if not state or any(name.lower().endswith(UNFINISHED) for name, *_ in state):
            self._seen.pop(entry.name, None)
            return False
        before, since = self._seen.get(entry.name, (None, now))
        if before != state:
            self._seen[entry.name] = (state, now)
            return False
        return (now - since).total_seconds() >= self.settle

    def _claim(self, entry: Path) -> Path:
        """Moves a delivery to where nobody drops things any more."""
        self._seen.pop(entry.name, None)
        work = self.folder / WORKING / f"{self.now().astimezone(UTC):%Y%m%dT%H%M%S%fZ}_{shown_file(entry.name, 1)[:80]}"
        work.mkdir()
        os.rename(entry, work / entry.name)
        return work

    def _take_up(self) -> bool:
        """Goes on with what a killed watcher left: nothing is lost, nothing is imported by halves."""
        for work in sorted((self.folder / WORKING).iterdir()):
            if not work.is_dir():
                continue
            if (work / FINDINGS).exists():
                self._put_away(work)
            elif not any(work.iterdir()):
                work.rmdir()
            elif not self._import(work):
                return False
        return True

    def _import(self, work: Path) -> bool:
        """One delivery to its end. False where it has to wait for a better moment."""
        (delivery,) = [entry for entry in work.iterdir() if not entry.name.startswith("findings.")]
        mapping, paths = self._mapping_of(delivery), [delivery]
        if delivery.is_dir():
            paths = sorted(entry for entry in delivery.iterdir() if entry.name != MAPPING) or [delivery]
        try:
            result = import_delivery(
                paths, self.data, imported_at=self.now(), actor="operator", role=self.role, mapping=mapping, session_id=f"watch {work.name[:22]}"
            )
            document, lines = result_document(result), [*finding_lines(result.delivery.findings), outcome_line(result)]
        except MisuseError as error:
            document, lines = _trouble(str(error).replace(f"{work}{os.sep}", ""))
        except (HeroesError, OSError) as error:
            self.say(f"{delivery.name}: {error if isinstance(error, HeroesError) else error.strerror}. It will be tried again.")
            return False
        except Exception as error:  # one delivery that breaks the program must not stop the next ones
            document, lines = _trouble(what_broke(error))
        _write(work / "findings.txt", "\n".join(lines) + "\n")
        _write(work / FINDINGS, json.dumps({"delivery": delivery.name, **document}, indent=2, ensure_ascii=False, default=str))
        self.say(f"{self._put_away(work)}: {lines[-1]}")
        return True

    def _mapping_of(self, delivery: Path) -> Path | None:
        own = delivery / MAPPING
        if delivery.is_dir() and own.is_file():
            return own
        beside = self.folder / MAPPING
        return self.mapping or (beside if beside.is_file() else None)

    def _put_away(self, work: Path) -> str:
        """Moves a delivery that is through to done or refused; returns where it is."""
        try:
            is_refused = json.loads((work / FINDINGS).read_text(encoding="utf-8"))["refused"]
        except (ValueError, KeyError):
            (work / FINDINGS).unlink()
            return work.name
        place = self.folder / (REFUSED if is_refused else DONE) / work.name
        os.rename(work, place)
        return f"{place.parent.name}/{place.name}"


def _state_of(entry: Path) -> tuple:
    """Every file with size, time and number: what changes while something is being copied."""
    files = [entry] if entry.is_file() else sorted(path for path in entry.rglob("*") if path.is_file())
    try:
        return tuple((str(file.relative_to(entry.parent)), *_stamp(file)) for file in files)
    except OSError:
        return ()


def _stamp(file: Path) -> tuple:
    stat = file.lstat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def _trouble(sentence: str) -> tuple[dict, list[str]]:
    finding = {"severity": "ERROR", "rule": "cannot_be_imported", "message": sentence, "remedy": "Nothing was published."}
    return {"refused": True, "published": None, "findings": [finding]}, [f"Refused. {sentence}"]


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    unfinished = path.with_name(f"{path.name}.tmp")
    with open(unfinished, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(unfinished, path)
