"""What each role's connection holds, asked for in every way a connection can be asked."""

import re

import duckdb
import pytest

from heroes.access import Person, Policy, Role
from heroes.errors import ClosedDataError
from heroes.model.records import RECORDS
from heroes.protocol import read_protocol
from heroes.store.connection import open_cut
from heroes.store.scope import PATIENT_TABLES, TRIAL_WIDE, Scope, scope_of
from heroes.store.times import POOLED_PARAMETERS, TIME_QUESTIONS
from tests.builders import a_subject, a_trial, publish
from tests.store.trials import TRIAL

OPEN = Policy(pooled_outcomes="open")
PROTOCOL = read_protocol()
COUNTS = {"site_status", "accrual_week", "funnel_step", "accrual_month", "screening_standing", "step_days"}
OWN_ENROLMENT = {"site", "site_plan", "site_location", "visit_plan", *COUNTS}
ENROLMENT = {*OWN_ENROLMENT, "line_cap", *TRIAL_WIDE}
EVERYTHING = {"data_cut", *RECORDS, *COUNTS, "line_cap", *TRIAL_WIDE}
LISTS = set(PATIENT_TABLES) - {"tte", "lesion", "lesion_measure", "qs_item", "ae"}


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    return publish(TRIAL, tmp_path_factory.mktemp("data")).cut


@pytest.fixture(scope="module")
def trial_of(cut):
    """A trial as a role sees it, at site 01 where the role is bound to sites."""
    opened = {}

    def of(role, *sites, policy=Policy()):
        scope = scope_of(Person(role, frozenset(sites or {"01"})), policy)
        if scope not in opened:
            opened[scope] = open_cut(cut, scope, PROTOCOL)
        return opened[scope].trial()

    yield of
    for each in opened.values():
        each.close()


def rows(trial, sql):
    """What any SQL gets out of this connection: not a door of the program, the test's own."""
    return trial._cursor.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("role", "policy", "tables"),
    [
        (Role.INVESTIGATOR, Policy(), {"data_cut", "import_issue", *ENROLMENT, *PATIENT_TABLES}),
        (Role.COORDINATING_INVESTIGATOR, Policy(), {"data_cut", "import_issue", *ENROLMENT, *PATIENT_TABLES}),
        (Role.COORDINATING_INVESTIGATOR, OPEN, {*EVERYTHING, "pooled_time_to_event"}),
        (Role.MONITOR, Policy(), {"data_cut", "import_issue", *OWN_ENROLMENT, *LISTS}),
        (Role.SPONSOR, Policy(), {"data_cut", "import_issue", *ENROLMENT}),
        (Role.DSMB, Policy(), EVERYTHING),
        (Role.STATISTICIAN, Policy(), EVERYTHING),
        (Role.ADMINISTRATOR, Policy(), {"data_cut"}),
    ],
)
def test_each_role_has_exactly_these_tables(trial_of, role, policy, tables):
    trial = trial_of(role, policy=policy)
    there = rows(trial, "SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory'")
    views = rows(trial, "SELECT view_name FROM duckdb_views() WHERE NOT internal AND database_name = 'memory'")
    assert {name for (name,) in there + views} == tables
    schema = rows(trial, "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'memory'")
    assert {name for (name,) in schema} == tables


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.COORDINATING_INVESTIGATOR, Role.MONITOR])
@pytest.mark.parametrize("policy", [Policy(), OPEN])
def test_a_site_bound_role_has_no_row_of_another_sites_patient(trial_of, role, policy):
    trial = trial_of(role, policy=policy)
    for table in PATIENT_TABLES:
        if trial.has(table):
            assert {subject[:2] for (subject,) in rows(trial, f"SELECT subject_id FROM {table}")} == {"01"}, table
    for table in RECORDS:
        if trial.has(table) and "subject_id" not in RECORDS[table].model_fields:
            assert "02-001" not in str(rows(trial, f"SELECT * FROM {table}"))


@pytest.mark.parametrize(
    ("role", "sites"),
    [
        (Role.INVESTIGATOR, {"01", "02", "03"}),
        (Role.COORDINATING_INVESTIGATOR, {"01", "02", "03"}),
        (Role.MONITOR, {"01"}),
        (Role.SPONSOR, {"01", "02", "03"}),
        (Role.DSMB, {"01", "02", "03"}),
        (Role.STATISTICIAN, {"01", "02", "03"}),
    ],
)
def test_enrolment_is_of_all_sites_or_for_a_monitor_of_the_assigned(trial_of, role, sites):
    trial = trial_of(role)
    for table in ("site", "site_status", "site_plan", "funnel_step"):
        assert {site for (site,) in rows(trial, f"SELECT site_id FROM {table}")} == sites, table
    assert {site for (site,) in rows(trial, "SELECT site_id FROM accrual_week")} == sites - {"03"}


def test_enrolment_counts_are_the_same_for_everyone_who_sees_all_sites(trial_of):
    for table in COUNTS:
        seen = {
            role: sorted(map(str, rows(trial_of(role), f"SELECT * FROM {table}")))
            for role in (Role.INVESTIGATOR, Role.COORDINATING_INVESTIGATOR, Role.SPONSOR, Role.DSMB, Role.STATISTICIAN)
        }
        assert len({str(entry) for entry in seen.values()}) == 1


def test_a_monitor_sees_that_scans_were_done_and_not_what_they_showed(trial_of):
    scans = rows(trial_of(Role.MONITOR), "SELECT day, target, nontarget, new_lesion, overall, equivocal, pd_confirmed FROM response")
    assert sorted(scans) == [(91, *[None] * 6), (234, *[None] * 6)]


def test_own_patients_are_whole_for_an_investigator(trial_of):
    scans = rows(trial_of(Role.INVESTIGATOR), "SELECT day, target, overall FROM response ORDER BY day")
    assert scans == [(91, "SD", "SD"), (234, None, "PD")]


def test_findings_are_those_of_own_patients_and_for_the_sponsor_those_of_files(trial_of):
    def findings(role):
        return rows(trial_of(role), "SELECT seq FROM import_issue ORDER BY seq")

    assert findings(Role.INVESTIGATOR) == findings(Role.MONITOR) == [(1,)]
    assert findings(Role.SPONSOR) == [(4,)]
    assert findings(Role.STATISTICIAN) == [(1,), (2,), (3,), (4,)]


def test_the_manifest_of_a_narrower_scope_counts_what_the_scope_holds(trial_of, cut):
    for role in (Role.INVESTIGATOR, Role.MONITOR, Role.SPONSOR, Role.ADMINISTRATOR):
        trial = trial_of(role)
        assert trial.cut.row_counts.get("subject", 0) == (2 if role in (Role.INVESTIGATOR, Role.MONITOR) else 0)
        assert trial.cut.digest == cut.digest
        assert trial.cut.table_digests == {}
        stated = rows(trial, "SELECT row_counts, table_digests, findings FROM data_cut")[0]
        assert '"subject":3' not in stated[0]
        assert stated[1] == "{}"
    assert trial_of(Role.MONITOR).cut.findings == {"QUERY": 1}
    assert trial_of(Role.DSMB).cut == cut


def test_pooled_times_name_no_patient_and_no_site(trial_of):
    trial = trial_of(Role.COORDINATING_INVESTIGATOR, policy=OPEN)
    result = trial._cursor.execute("FROM pooled_time_to_event")
    assert [entry[0] for entry in result.description] == ["paramcd", "time_days", "cause", "n"]
    # 02-001 last scanned on day 91, 01-001 progressed on day 234
    assert rows(trial, "FROM pooled_time_to_event WHERE paramcd = 'PFS' ORDER BY ALL") == [("PFS", 91, 0, 1), ("PFS", 234, 1, 1)]
    assert {code for (code,) in rows(trial, "SELECT paramcd FROM pooled_time_to_event")} == set(POOLED_PARAMETERS)


def test_a_restart_competes_only_while_on_strategy(trial_of):
    # 01-001 resumed for ctDNA on 30 May, day 140, before the progression of day 234
    trial = trial_of(Role.COORDINATING_INVESTIGATOR, policy=OPEN)
    pooled = rows(trial, "FROM pooled_time_to_event WHERE cause > 0")
    assert ("CIF_PD_OFF", 140, 2, 1) in pooled
    assert ("PFS", 234, 1, 1) in pooled
    assert {code for code, _, cause, _ in pooled if cause > 1} == {"CIF_PD_OFF"}


@pytest.mark.parametrize("parameter", POOLED_PARAMETERS)
def test_pooled_times_are_those_of_the_patients_counted(trial_of, parameter):
    """Who holds the patients counts them; who holds the counts alone finds the same."""
    question, estimand = TIME_QUESTIONS[parameter]
    times = trial_of(Role.STATISTICIAN).ask(question, **estimand)
    counted = times.groupby(["paramcd", "time_days", "cause"]).size().reset_index(name="n")
    pooled = trial_of(Role.COORDINATING_INVESTIGATOR, policy=OPEN).ask("pooled_times", paramcd=parameter)
    assert [tuple(row) for row in pooled.to_numpy()] == [tuple(row) for row in counted.to_numpy()]
    assert len(pooled) >= 1


def test_who_holds_all_patients_has_no_pooled_table_beside_them(trial_of):
    for role in (Role.DSMB, Role.STATISTICIAN):
        assert not trial_of(role).has("pooled_time_to_event")
        with pytest.raises(ClosedDataError):
            trial_of(role).ask("pooled_times")


def test_what_was_delivered_at_all_is_known_without_counts(trial_of):
    assert trial_of(Role.SPONSOR).was_delivered("ctdna_result")
    assert trial_of(Role.INVESTIGATOR, "03").was_delivered("response")
    assert not trial_of(Role.INVESTIGATOR, "03").has("response")
    assert not trial_of(Role.STATISTICIAN).was_delivered("weather")


def test_a_person_of_no_site_sees_no_patient(cut):
    scope = scope_of(Person(Role.INVESTIGATOR, frozenset()), Policy())
    trial = open_cut(cut, scope, PROTOCOL).trial()
    assert not trial.has("subject")
    assert trial.has("site_status")


def test_a_site_with_a_quote_in_its_name_is_only_a_site(cut):
    scope = scope_of(Person(Role.MONITOR, frozenset({"01' OR '1'='1"})), Policy())
    assert not open_cut(cut, scope, PROTOCOL).trial().has("subject")


def test_two_people_of_one_kind_have_one_scope(cut):
    one, other = (scope_of(Person(Role.MONITOR, frozenset({"01"}), name), Policy()) for name in ("a", "b"))
    assert one == other and hash(one) == hash(other)
    assert isinstance(one, Scope)


WALLS = [
    "ATTACH '{path}' AS again (READ_ONLY)",
    "ATTACH '/tmp/other.duckdb'",
    "SELECT * FROM '{path}'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('{path}')",
    "SELECT * FROM glob('/etc/*')",
    "COPY (SELECT 1) TO '/tmp/out.csv'",
    "COPY site FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/out'",
    "IMPORT DATABASE '/tmp/out'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '/tmp/some.duckdb_extension'",
    "SELECT getenv('HOME')",
    "SET enable_external_access = true",
    "SET python_enable_replacements = true",
    "SET allowed_paths = ['{path}']",
    "RESET lock_configuration",
    "SELECT * FROM duckdb_secrets()",
    "CREATE SECRET s (TYPE s3)",
    "SELECT * FROM cut.main.subject",
    "SELECT * FROM cut.subject",
    "SELECT * FROM memory.main.own_site",
    "SELECT * FROM a_python_frame",
]


@pytest.mark.parametrize("role", [Role.MONITOR, Role.INVESTIGATOR, Role.SPONSOR, Role.ADMINISTRATOR])
@pytest.mark.parametrize("wall", WALLS)
def test_there_is_no_way_round_the_scope(trial_of, cut, role, wall):
    a_python_frame = __import__("pandas").DataFrame({"secret": [1]})  # noqa: F841  a query must not find it by its name
    with pytest.raises(duckdb.Error):
        rows(trial_of(role), wall.format(path=cut.path))


@pytest.mark.parametrize("wall", [wall for wall in WALLS if "cut." not in wall and "{path}" not in wall])
def test_a_whole_scope_reaches_no_other_file_either(trial_of, wall):
    with pytest.raises(duckdb.Error):
        rows(trial_of(Role.STATISTICIAN), wall)


@pytest.mark.parametrize("change", ["DELETE FROM cut.main.subject", "DROP TABLE cut.main.subject", "UPDATE cut.main.milestone SET day = 0"])
def test_a_whole_scope_cannot_change_the_cut(trial_of, change):
    with pytest.raises(duckdb.Error):
        rows(trial_of(Role.STATISTICIAN), change)


def test_a_restricted_scope_has_let_the_file_go(trial_of, cut):
    listed = rows(trial_of(Role.MONITOR), "SELECT database_name, path FROM duckdb_databases() WHERE NOT internal")
    assert listed == [("memory", None)]


OUTCOMES = ["delivered_parameters", "delivered_times", "delivered_and_derived", *(question for question, _ in TIME_QUESTIONS.values())]


@pytest.mark.parametrize("question", sorted(set(OUTCOMES)))
@pytest.mark.parametrize("role", [Role.MONITOR, Role.SPONSOR, Role.ADMINISTRATOR])
def test_outcomes_are_refused_in_words_where_they_are_closed(trial_of, role, question):
    with pytest.raises(ClosedDataError, match=f'not open to the role "{role.value}"'):
        trial_of(role).ask(question)


@pytest.mark.parametrize("role", [Role.SPONSOR, Role.ADMINISTRATOR])
def test_patients_are_refused_in_words_where_there_are_none(trial_of, role):
    with pytest.raises(ClosedDataError, match=re.escape(f'not open to the role "{role.value}". Nothing was shown')):
        trial_of(role).ask("swimmer_lanes")


def test_a_finding_that_counts_rows_of_a_patient_table_is_not_for_the_sponsor(tmp_path):
    added = "{}: 3 rows added, 2 amended."
    issues = [{"severity": "NOTE", "message": added.format(table), "table_name": table} for table in (*RECORDS, None)]
    cut = publish(a_trial(a_subject("A-1", included="2025-01-10"), issues=issues), tmp_path).cut
    trial = open_cut(cut, scope_of(Person(Role.SPONSOR), Policy()), PROTOCOL).trial()
    shown = trial.ask("import_issues").message.str.split(":").str[0].tolist()
    assert set(shown) == {"site", "site_plan", "site_location", "visit_plan", "import_issue", "None"}
