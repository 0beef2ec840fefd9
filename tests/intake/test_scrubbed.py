"""No cell of a delivery reaches a log, an error, a traceback, the manifest, the audit record or a finding.

Secrets are planted in every kind of cell, and errors forced at every stage, those that nobody expects included.
"""

import logging
import threading
import warnings
from pathlib import Path

import pytest

from heroes.access import Person, Policy, Role
from heroes.cli import main
from heroes.commands.quiet_logs import QuietFormatter, values_kept_out
from heroes.intake import preparing, route
from heroes.store import cuts
from heroes.store.connection import open_cut
from heroes.store.scope import scope_of
from tests.intake.deliveries import MANIFEST, PROTOCOL, STEPS, SUBJECTS, write
from tests.intake.test_datasets import AE, OWN, QS
from tests.intake.test_laboratory import lab

ALL = scope_of(Person(Role.STATISTICIAN), Policy())
SECRET = "Zq7secretXw"
"""No code, no date, no number: what a cell should not hold."""

FILES = {
    "data_cut": MANIFEST,
    "subject": "subject_id,site_id,age_y,sex,prior_tx\nA-001,01,61,F,T-DXd\nA-002,02,55,F,\n",
    "milestone": STEPS,
    "visit": "subject_id,visit_code,date,status\nA-001,M3,2025-05-02,DONE\nA-001,M6,,MISSED\n",
    "treatment": "subject_id,agent_class,start_date,reason\nA-001,T-DXd,2023-01-01,MAINTENANCE\n",
    "response": "subject_id,date,evaluator,criteria,overall\nA-001,2025-05-03,INVESTIGATOR,RECIST 1.1,SD\n",
    "tte": "subject_id,paramcd,aval,cnsr,start_date,end_date\nA-001,PFS,91,1,2025-02-01,2025-05-03\n",
    "lb": "USUBJID,LBTESTCD,LBTEST,LBREFID,LBDTC,LBSTRESN,LBSTRESC\nA-001,HGB,x,T9,2025-05-02,12,12\n",
    "cm": "USUBJID,CMCAT,CMTRT,CMDECOD,CMSTDTC\nA-001,PRIOR ANTI-CANCER THERAPY,words,TRASTUZUMAB,2021-01-01\n",
    "ae_sdtm": AE + "A-001,words,FALL,Injury,3,Y,UNLIKELY RELATED,2025-03-03,2025-03-05\n",
    "qs": QS + "A-001,QLQ-C30,C3029,words,M3,2025-05-02,6,,\nA-001,QLQ-C30,QSALL,words,M6,,,NOT DONE,words\n",
    "natera": lab({}, {"specimen_id": "S2", "collected_at": "2025-06-18", "call": "NOT_EVALUABLE", "failure_reason": "HAEMOLYSIS"}),
    **OWN,
    "qs_form": "subject_id,instrument,visit_code,date,status,reason\nA-001,QLQ-BR23,M6,,MISSED,REFUSED\n",
}
NOT_PLANTED = {("data_cut", "study_id"), ("natera", "study_id")}
"""The name of the study is the name of the folder's trial, in every manifest."""

PLACES = [
    (name, column) for name, text in FILES.items() for column in text.split("\n", 1)[0].split(",") if (name, column) not in NOT_PLANTED
]


def planted(name: str, column: str) -> dict[str, str]:
    """The delivery with the secret in the first row of one column."""
    header, first, *others = FILES[name].splitlines()
    cells = first.split(",")
    cells[header.split(",").index(column)] = SECRET
    return FILES | {name: "\n".join([header, ",".join(cells), *others]) + "\n"}


def everything_told(data: Path, capsys, caplog) -> str:
    """What a person, a log or a record can read after an import: never the clinical tables themselves."""
    shown = capsys.readouterr()
    told = [shown.out, shown.err, caplog.text, *(str(record.__dict__) for record in caplog.records)]
    audit = data / "audit.sqlite"
    told += [audit.read_bytes().decode("latin-1")] if audit.exists() else []
    for cut in cuts.list_cuts(data).cuts:
        told += [str(cut), cut.path.name, open_cut(cut, ALL, PROTOCOL).trial().ask("import_issues").to_csv()]
    return "\n".join(told)


def do_import(tmp_path, files: dict[str, str], *options: str) -> int:
    folder = write(tmp_path / "delivery", **files)
    return main(["import", str(folder), "--data", str(tmp_path / "data"), *options])


def test_the_delivery_without_a_secret_is_imported(tmp_path, capsys, caplog):
    assert do_import(tmp_path, FILES) == 0
    assert "Published" in everything_told(tmp_path / "data", capsys, caplog)


@pytest.mark.parametrize(("name", "column"), PLACES)
def test_a_secret_in_a_cell_is_told_by_nobody(tmp_path, capsys, caplog, name, column):
    status = do_import(tmp_path, planted(name, column), "--queries", str(tmp_path / "queries.csv"))
    told = everything_told(tmp_path / "data", capsys, caplog)
    if column in ("subject_id", "USUBJID"):
        # A patient's code is told, to name the patient; one that nobody knows is not.
        told = told if name != "subject" else told.replace(SECRET, "")
    assert status in (0, 1) and SECRET not in told
    queries = (tmp_path / "queries.csv").read_text(encoding="utf-8")
    assert SECRET not in (queries if name != "subject" or column != "subject_id" else "")


STAGES = {
    "reading": (route, "read_files"), "identifiers": (route, "check_identifiers"), "planning": (route, "plan_readings"),
    "staging": (preparing, "stage"), "results": (preparing, "complete_results"), "answers": (preparing, "read_answers"),
    "laboratory": (preparing, "read_laboratory"), "milestones": (preparing, "merge_milestones"), "days": (preparing, "count_days"),
    "records": (preparing, "check_records"), "consistency": (preparing, "check_consistency"), "publication": (cuts, "publish_cut"),
}  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", [ValueError, KeyError, RuntimeError])
def test_an_error_that_nobody_expects_is_told_by_kind_and_place_only(tmp_path, capsys, caplog, monkeypatch, stage, kind):
    module, name = STAGES[stage]

    def breaks(*arguments, **options):
        logging.getLogger("a.library").warning("cannot read %s", SECRET)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(f"strange cell {SECRET}", stacklevel=1)
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise kind(f"could not convert string {SECRET}") from error

    monkeypatch.setattr(module, name, breaks)
    with caplog.at_level(logging.CRITICAL):
        assert do_import(tmp_path, FILES) == 3
    shown = capsys.readouterr()
    assert SECRET not in shown.out + shown.err and kind.__name__ in shown.err and "Traceback" not in shown.err
    audit = tmp_path / "data" / "audit.sqlite"
    assert not audit.exists() or SECRET.encode() not in audit.read_bytes()
    assert cuts.list_cuts(tmp_path / "data").cuts == ()


def record(name: str, message: str, error: BaseException | None = None) -> logging.LogRecord:
    told = (type(error), error, None) if error is not None else None
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, (SECRET,), told)


def test_the_log_says_our_own_words_and_withholds_those_of_libraries():
    written = QuietFormatter().format
    assert written(logging.LogRecord("heroes.store", logging.WARNING, __file__, 1, "%d cuts", (3,), None)) == "WARNING heroes.store: 3 cuts"
    for name in ("pandas", "py.warnings", "heroes_elsewhere"):
        assert SECRET not in written(record(name, "strange cell %s"))
    told = written(record("heroes.app", "broke at %s", ValueError(SECRET)))
    assert SECRET not in told and "ValueError" in told


def test_an_error_in_a_thread_and_one_while_cleaning_up_are_told_by_kind(capsys):
    class Broken:
        def __del__(self):
            raise OSError(SECRET)

    def breaks():
        raise ValueError(SECRET)

    with values_kept_out():
        thread = threading.Thread(target=breaks)
        thread.start()
        thread.join()
        broken = Broken()
        del broken
    told = capsys.readouterr().err
    assert SECRET not in told and "ValueError" in told and "OSError" in told


def test_the_hooks_are_put_back():
    before = threading.excepthook
    with values_kept_out():
        assert threading.excepthook is not before
    assert threading.excepthook is before and SUBJECTS
