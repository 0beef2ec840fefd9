"""A folder for each data cut, with everything that a data manager gets for it, and the mapping file beside the folders."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from heroes.errors import MisuseError
from heroes.simulate import world
from heroes.simulate.deliveries.central_laboratory import write_central_laboratory
from heroes.simulate.deliveries.dataset import RawDataset, raw_dataset
from heroes.simulate.deliveries.datasets import Tables, cdisc_datasets, own_datasets
from heroes.simulate.deliveries.mapping import mapping_of_cdisc
from heroes.simulate.deliveries.redcap import mapping_of_redcap, tables_beside, write_redcap
from heroes.simulate.deliveries.write_csv import write_csv
from heroes.simulate.deliveries.write_dataset_json import write_dataset_json
from heroes.simulate.deliveries.write_odm import write_odm
from heroes.simulate.deliveries.write_xlsx import write_xlsx
from heroes.simulate.deliveries.write_xpt import write_xpt
from heroes.simulate.trial import SimulatedTrial

MAPPING = "mapping.toml"


@dataclass(frozen=True)
class _Delivery:
    """One delivery about to be written."""

    folder: Path
    tables: Tables
    trial: SimulatedTrial
    cut_off: date

    @property
    def written_at(self) -> datetime:
        """The evening of the cut-off: dates come from the seed, never from the clock."""
        return datetime.combine(self.cut_off, time(20), UTC)

    @property
    def manifest(self) -> RawDataset:
        """data_cut: what the delivery is."""
        about = {
            "study_id": self.trial.study_id, "cut_off": self.cut_off, "simulated": self.trial.simulated, "marker": world.MARKER,
            "marker_unit": world.UNIT,
        }  # fmt: skip
        return raw_dataset("data_cut", "The delivery", {name: name for name in about}, [list(about.values())])

    @property
    def beside(self) -> list[RawDataset]:
        """What no dataset of CDISC carries."""
        return [self.manifest, *own_datasets(self.tables)]


def _csv(delivery: _Delivery) -> None:
    write_csv(delivery.folder, [*cdisc_datasets(delivery.tables, delivery.trial.study_id, laboratory=False), *delivery.beside])
    write_central_laboratory(delivery.folder, delivery.tables)


def _xpt(delivery: _Delivery) -> None:
    write_xpt(delivery.folder, cdisc_datasets(delivery.tables, delivery.trial.study_id), written_at=delivery.written_at)
    write_csv(delivery.folder, delivery.beside)


def _dataset_json(delivery: _Delivery) -> None:
    study_id = delivery.trial.study_id
    write_dataset_json(delivery.folder, cdisc_datasets(delivery.tables, study_id), study_id=study_id, written_at=delivery.written_at)
    write_csv(delivery.folder, delivery.beside)


def _odm(delivery: _Delivery) -> None:
    study_id, subjects = delivery.trial.study_id, delivery.tables["subject"]
    sites = dict(subjects[["subject_id", "site_id"]].itertuples(index=False, name=None))
    datasets = cdisc_datasets(delivery.tables, study_id)
    write_odm(delivery.folder / "snapshot.xml", datasets, study_id=study_id, sites=sites, written_at=delivery.written_at)
    write_csv(delivery.folder, delivery.beside)


def _redcap(delivery: _Delivery) -> None:
    write_redcap(delivery.folder, delivery.tables)
    write_csv(delivery.folder, [*delivery.beside, *tables_beside(delivery.tables)])


def _xlsx(delivery: _Delivery) -> None:
    write_xlsx(delivery.folder / "delivery.xlsx", [*cdisc_datasets(delivery.tables, delivery.trial.study_id), *delivery.beside])


_WRITERS: dict[str, Callable[[_Delivery], None]] = {
    "csv": _csv, "xpt": _xpt, "dataset-json": _dataset_json, "odm": _odm, "redcap": _redcap, "xlsx": _xlsx,
}  # fmt: skip
FORMATS = tuple(_WRITERS)


def write_deliveries(trial: SimulatedTrial, directory: Path, file_format: str) -> list[Path]:
    """Writes every listed data cut of a trial as a delivery; returns the folders, oldest first, named after the cut-off.

    directory: gets the folders, `mapping.toml`. Raises MisuseError for an unknown format or a folder that is there and
    holds something already: deliveries are never mixed.
    """
    if file_format not in _WRITERS:
        raise MisuseError(f'"{file_format}" is no format of a delivery. Formats are {", ".join(FORMATS)}.')
    folders = [directory / cut_off.isoformat() for cut_off in trial.cut_offs]
    full = next((folder for folder in folders if folder.is_dir() and any(folder.iterdir())), None)
    if full is not None or (directory / MAPPING).exists():
        raise MisuseError(f"{full or directory / MAPPING} is there already. Name an empty folder; deliveries are never mixed.")
    for folder, cut_off in zip(folders, trial.cut_offs, strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        _WRITERS[file_format](_Delivery(folder, trial.tables_at(cut_off), trial, cut_off))
    newest = folders[-1].name
    text = mapping_of_redcap(newest) if file_format == "redcap" else mapping_of_cdisc(newest, laboratory=file_format != "csv")
    (directory / MAPPING).write_text(text, encoding="utf-8")
    return folders
