"""Data cuts of an earlier schema version: found, verified, opened and asked as they are, and known again when they are imported anew."""

from dataclasses import replace

import duckdb
import pandas as pd
import pytest

from heroes.access import Person, Policy, Role
from heroes.errors import ClosedDataError, DamagedDataCutError
from heroes.intake.route import import_delivery
from heroes.model.records import RECORDS
from heroes.protocol import read_protocol
from heroes.store.connection import open_cut
from heroes.store.cuts import find_cut, list_cuts, newest_cut, verify_cut
from heroes.store.manifest import SCHEMA_VERSION, manifest_row
from heroes.store.schema import TABLES, tables_of_version
from heroes.store.scope import scope_of
from heroes.store.tables import read_tables
from heroes.store.times import TIME_QUESTIONS
from tests.builders import IMPORTED_AT, a_subject, a_trial, publish
from tests.store.trials import TRIAL

PROTOCOL = read_protocol()
LATER = tuple(name for name, record in RECORDS.items() if record.since > 1)


def as_version_1(cut):
    """The file as the first version of the tables wrote it: without the later table, neither in the manifest nor in the digest.

    Its digest covered study, cut-off and clinical tables in order; in today's file the later table has no rows.
    """
    first = replace(
        cut, schema_version=1,
        row_counts={table: n for table, n in cut.row_counts.items() if table not in LATER},
        table_digests={table: digest for table, digest in cut.table_digests.items() if table not in LATER},
    )
    cut.path.chmod(0o640)
    with duckdb.connect(str(cut.path)) as connection:
        for table in LATER:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
            connection.execute(f"DROP TABLE {table}")
        row = manifest_row(first)
        connection.execute("UPDATE data_cut SET " + ", ".join(f"{name} = ?" for name in row), list(row.values()))
    return first


def restated(cut, **changes):
    """A file whose manifest says something else and states the right digest of itself."""
    cut.path.chmod(0o640)
    row = manifest_row(replace(cut, **changes))
    with duckdb.connect(str(cut.path)) as connection:
        connection.execute("UPDATE data_cut SET " + ", ".join(f"{name} = ?" for name in row), list(row.values()))


@pytest.fixture
def old(tmp_path):
    return as_version_1(publish(TRIAL, tmp_path).cut)


def opened(cut, role, **policy):
    return open_cut(cut, scope_of(Person(role, frozenset({"01"})), Policy(**policy)), PROTOCOL).trial()


def test_the_tables_of_the_first_version_are_todays_without_the_later_ones():
    assert set(TABLES) - set(tables_of_version(1)) == set(LATER)
    assert tables_of_version(SCHEMA_VERSION) == tuple(TABLES)
    assert max(RECORDS[table].since for table in LATER) == SCHEMA_VERSION and min(RECORDS[table].since for table in LATER) == 2


def test_the_digest_of_the_same_records_is_that_of_the_first_version(tmp_path):
    """As the program of the first version computed it."""
    contents = a_trial(
        a_subject(
            "01-001", consented="2025-01-02", included="2025-01-10", scans=[("2025-04-11", "SD")], calls=[("2025-02-20", "POSITIVE", 1.5)],
            age_y=54, months_on_anti_her2=30.5,
        ),
        a_subject("02-001", consented="2025-02-01"),
        site_plan=[("01", "2025-01-01", 0.5)],
    )
    assert publish(contents, tmp_path).cut.digest == "43b004e3270aab56ea5d6617d8ac56f89aacf797e53704f605e1b5dbcfc00f3f"


def test_it_is_listed_found_and_verified(tmp_path, old):
    assert list_cuts(tmp_path).cuts == (old,) and list_cuts(tmp_path).damaged == ()
    assert newest_cut(tmp_path) == find_cut(tmp_path, "newest") == verify_cut(old) == old
    assert old.schema_version == 1 and "qs_item" not in old.row_counts


@pytest.mark.parametrize(
    ("role", "policy"),
    [
        (Role.STATISTICIAN, {}), (Role.DSMB, {}), (Role.INVESTIGATOR, {}), (Role.COORDINATING_INVESTIGATOR, {}),
        (Role.COORDINATING_INVESTIGATOR, {"pooled_outcomes": "open"}), (Role.MONITOR, {}), (Role.SPONSOR, {}), (Role.ADMINISTRATOR, {}),
    ],
)
def test_each_role_is_answered_as_from_a_cut_of_today(tmp_path, old, role, policy):
    """Every question of patients, times and enrolment: the same rows, the same refusals."""
    today = publish(TRIAL, tmp_path / "today").cut
    assert (today.schema_version, today.digest) == (SCHEMA_VERSION, old.digest)
    trials = [opened(cut, role, **policy) for cut in (old, today)]
    times = {question for question, _ in TIME_QUESTIONS.values()}
    for question in sorted(times | {"accrual", "screening_funnel", "swimmer_lanes", "pooled_times", "quality_of_life_scores"}):
        answers = [_answer(trial, question) for trial in trials]
        if isinstance(answers[0], str):
            assert answers[0] == answers[1], question
        else:
            pd.testing.assert_frame_equal(*answers)


def _answer(trial, question):
    try:
        return trial.ask(question)
    except ClosedDataError as refusal:
        return str(refusal)


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.INVESTIGATOR])
def test_nobody_has_a_questionnaire_in_it_and_it_can_be_asked(old, role):
    trial = opened(old, role)
    assert not trial.has("qs_item") and not trial.was_delivered("qs_item")
    answer = trial.ask("time_to_deterioration")
    assert len(answer) == (2 if role is Role.STATISTICIAN else 1)
    assert set(answer.reason) == {"NO BASELINE ASSESSMENT"} and not answer.event.any()
    assert trial.ask("quality_of_life_scores").empty


def test_a_restricted_scope_has_let_the_file_go_and_a_whole_one_reaches_no_other(old):
    def databases(role):
        found = opened(old, role)._cursor.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal")
        return {name for (name,) in found.fetchall()}

    assert databases(Role.MONITOR) == databases(Role.INVESTIGATOR) == {"memory"}
    assert databases(Role.STATISTICIAN) == {"memory", "cut"}
    monitor = opened(old, Role.MONITOR)
    there = monitor._cursor.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory'").fetchall()
    assert "qs_item" not in {name for (name,) in there}


def test_a_partial_delivery_is_laid_over_it_and_makes_a_cut_of_today(tmp_path):
    first = publish(a_trial(a_subject("A-001", included="2025-02-01", scans=[("2025-05-02", "SD")])), tmp_path)
    old = as_version_1(first.cut)
    tables = read_tables(old)
    assert "qs_item" not in tables and tables["response"]["day"].tolist() == [90]
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "qs_item.csv").write_text("subject_id,instrument,date,item_no,value\nA-001,QLQ-C30,2025-02-01,29,6\n", encoding="utf-8")
    (folder / "data_cut.csv").write_text("study_id,cut_off,simulated\nUC-BCG-2312,2026-02-28,false\n", encoding="utf-8")
    imported = import_delivery([folder], tmp_path, imported_at=IMPORTED_AT, actor="a data manager", role="statistician")
    assert imported.published is not None, [str(finding) for finding in imported.delivery.findings]
    new = imported.published.cut
    assert (new.schema_version, new.row_counts["qs_item"], new.row_counts["response"]) == (SCHEMA_VERSION, 1, 1)
    assert list_cuts(tmp_path).cuts == (old, new)


def test_importing_the_same_records_again_publishes_nothing_new(tmp_path, old):
    again = publish(TRIAL, tmp_path)
    assert not again.is_new and again.cut == old
    assert len(list_cuts(tmp_path).cuts) == 1


def test_a_first_questionnaire_makes_another_cut(tmp_path):
    told = dict(included="2025-01-10", scans=[("2025-04-11", "SD")])
    old = as_version_1(publish(a_trial(a_subject(**told)), tmp_path).cut)
    new = publish(a_trial(a_subject(**told, questionnaires=[("2025-01-10", {29: 5})])), tmp_path)
    assert new.is_new and new.cut.digest != old.digest
    assert (new.cut.sequence, new.cut.schema_version) == (2, SCHEMA_VERSION)


def test_a_record_altered_in_it_is_noticed(old):
    with duckdb.connect(str(old.path)) as connection:
        connection.execute("UPDATE response SET overall = 'SD' WHERE overall = 'PD'")
    with pytest.raises(DamagedDataCutError, match="table response does not have the digest"):
        verify_cut(old)


def test_it_may_not_hold_a_table_of_a_later_version_nor_a_later_one_lack_it(tmp_path):
    cut = publish(a_trial(a_subject(included="2025-01-10")), tmp_path).cut
    restated(cut, schema_version=1)
    with pytest.raises(DamagedDataCutError, match="does not have the tables of a data cut"):
        verify_cut(cut)
    old = as_version_1(publish(a_trial(a_subject(included="2025-01-11")), tmp_path).cut)
    restated(old, schema_version=2)
    with pytest.raises(DamagedDataCutError, match="does not have the tables of a data cut"):
        verify_cut(old)


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 99])
def test_a_version_that_this_program_does_not_know_is_refused_in_words(tmp_path, version):
    good = publish(a_trial(a_subject(included="2025-01-10")), tmp_path).cut
    cut = publish(a_trial(a_subject(included="2025-01-10"), cut_off="2026-02-28"), tmp_path).cut
    restated(cut, schema_version=version)
    said = f"has schema version {version}, and this program reads 1 to {SCHEMA_VERSION}"
    with pytest.raises(DamagedDataCutError, match=said):
        verify_cut(cut)
    with pytest.raises(DamagedDataCutError, match=said):
        open_cut(cut, scope_of(Person(Role.STATISTICIAN), Policy()), PROTOCOL)
    assert list_cuts(tmp_path).damaged == ((cut.path.name, said),)
    assert newest_cut(tmp_path) == good
    assert publish(a_trial(a_subject(included="2025-01-10"), cut_off="2026-02-28"), tmp_path).cut.sequence == 2
