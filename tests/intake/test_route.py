"""The whole way into a data folder: one cut or none, and always a record of it."""

import random
from datetime import UTC, date, datetime

import pandas as pd
import pytest

from heroes.intake.route import import_delivery, prepare_tables
from heroes.store.audit import list_audit, verify_audit
from heroes.store.cuts import list_cuts
from tests.intake.deliveries import CUT_OFF, MANIFEST, PROTOCOL, STEPS, SUBJECTS, house, read, rows, rules, write

DRAWS = "result_id,subject_id,date,call,mtm_per_ml\n"
WHO = {"imported_at": datetime(2026, 2, 1, 9, tzinfo=UTC), "actor": "data manager", "role": "statistician"}


def test_a_delivery_becomes_one_cut_and_the_same_again_none(tmp_path):
    folder, data = house(tmp_path / "d"), tmp_path / "data"
    first = import_delivery([folder], data, **WHO)
    again = import_delivery([folder], data, **WHO)
    assert first.published.is_new and not again.published.is_new
    assert [cut.cut_off for cut in list_cuts(data).cuts] == [CUT_OFF]
    assert first.published.cut.row_counts["subject"] == 2


def test_a_check_publishes_and_records_nothing(tmp_path):
    result = import_delivery([house(tmp_path / "d")], tmp_path / "data", check=True, **WHO)
    assert result.delivery.contents is not None and result.published is None
    assert not list_cuts(tmp_path / "data").cuts and not (tmp_path / "data" / "audit.sqlite").exists()


def test_acceptance_and_refusal_are_recorded_without_anything_about_a_patient(tmp_path):
    data = tmp_path / "data"
    import_delivery([house(tmp_path / "d")], data, **WHO)
    refused = import_delivery([house(tmp_path / "e", subject=SUBJECTS + "A-003,,17,F\n")], data, **WHO)
    assert refused.published is None and refused.delivery.contents is None
    recorded = list_audit(data)
    assert recorded["action"].tolist() == ["IMPORT_ACCEPT", "IMPORT_REFUSE"] and verify_audit(data).ok
    told = " ".join(recorded["params_json"])
    assert "milestone.csv" in told and "A-00" not in told and str(tmp_path) not in told


def test_a_partial_delivery_is_laid_over_the_newest_cut(tmp_path):
    data = tmp_path / "data"
    import_delivery([house(tmp_path / "d", ctdna_result=DRAWS + "R1,A-001,2025-03-18,NEGATIVE,\n")], data, **WHO)
    lab = write(tmp_path / "lab", ctdna_result=DRAWS + "R1,A-001,2025-03-18,POSITIVE,0.4\nR2,A-001,2026-02-02,NEGATIVE,\n")
    result = import_delivery([lab], data, cut_off=date(2026, 2, 28), **WHO)
    assert result.published.cut.row_counts["ctdna_result"] == 3
    assert rows(result.delivery, "ctdna_result", "result_id", "superseded_by") == [("R1", None), ("R1/1", "R1"), ("R2", None)]
    assert [cut.cut_off for cut in list_cuts(data).cuts] == [CUT_OFF, date(2026, 2, 28)]


def test_an_identifier_refuses_the_delivery_and_hides_the_patients(tmp_path):
    visits = "subject_id,visit_code,date,status,comment\nA-001,V1,2025-07-02,DONE,2 55 08 14 168 025 38\n"
    delivery = read(house(tmp_path / "d", milestone=STEPS + "A-001,DEATH,2025-06-01\n", visit=visits))
    assert delivery.contents is None and "nir" in " ".join(rules(delivery, "ERROR"))
    assert "after_death" not in rules(delivery) or all(finding.subject_id is None for finding in delivery.findings)
    assert not any("168" in str(finding) for finding in delivery.findings)


def frames() -> dict[str, pd.DataFrame]:
    return {
        "subject": pd.DataFrame({"subject_id": ["A-001", "A-002"], "site_id": ["01", "02"], "age_y": [61, 55]}),
        "milestone": pd.DataFrame({"subject_id": ["A-001", "A-002"], "kind": ["INCLUDED", "CONSENT1"], "date": pd.to_datetime(["2025-02-01", "2025-03-03"])}),
        "ctdna_result": pd.DataFrame({"result_id": ["R1"], "subject_id": ["A-001"], "date": [date(2025, 3, 18)], "call": ["POSITIVE"], "mtm_per_ml": [0.4]}),
    }


def test_tables_in_our_layout_go_the_same_way(tmp_path):
    prepared = prepare_tables(frames(), protocol=PROTOCOL, study_id="HEROES-SIM", cut_off=CUT_OFF)
    assert rows(prepared, "ctdna_result", "day", "quantity", "unit", "marker") == [(45, 0.4, "MTM/mL", "Signatera")]
    assert prepared.contents.simulated and prepared.contents.marker == "Signatera"
    subject = "subject_id,site_id,age_y\nA-001,01,61\nA-002,02,55\n"
    steps = "subject_id,kind,date\nA-001,INCLUDED,2025-02-01\nA-002,CONSENT1,2025-03-03\n"
    from_files = read(write(tmp_path / "d", data_cut=MANIFEST, subject=subject, milestone=steps, ctdna_result=DRAWS + "R1,A-001,2025-03-18,POSITIVE,0.4\n"))
    for table in ("subject", "milestone", "ctdna_result", "screen_outcome", "visit_plan"):
        pd.testing.assert_frame_equal(prepared.contents.tables[table], from_files.contents.tables[table])


def test_the_order_of_rows_and_of_files_does_not_matter(tmp_path):
    lines = [f"A-00{1 + n % 2},V{n % 3},2025-0{4 + n % 5}-1{n % 4},DONE\n" for n in range(24)]
    whole = {"data_cut": MANIFEST, "subject": SUBJECTS, "milestone": STEPS}
    first = read(write(tmp_path / "a", **whole, visit="subject_id,visit_code,date,status\n" + "".join(lines)))
    random.Random(7).shuffle(lines)
    turned = read(write(tmp_path / "b", visit="subject_id,visit_code,date,status\n" + "".join(lines), **whole))
    for table, frame in first.contents.tables.items():
        pd.testing.assert_frame_equal(frame, turned.contents.tables[table])


def test_every_table_of_a_cut_has_the_columns_of_its_record(tmp_path):
    from heroes.model.records import RECORDS

    delivery = read(house(tmp_path / "d", ctdna_result=DRAWS + "R1,A-001,2025-03-18,POSITIVE,0.4\n"))
    for table, frame in delivery.contents.tables.items():
        assert list(frame.columns) == list(RECORDS[table].model_fields)


def test_a_trial_without_patients_yet_is_a_cut_of_its_own(tmp_path):
    sites = "site_id,activated_on,target_n\n01,2025-01-15,5\n"
    folder = write(tmp_path / "d", data_cut=MANIFEST, subject="subject_id,site_id\n", site=sites)
    result = import_delivery([folder], tmp_path / "data", **WHO)
    assert rows(result.delivery, "site", "site_id", "activated_on") == [("01", date(2025, 1, 15))]
    assert result.published.cut.row_counts["subject"] == 0
    assert "no_patient_listed" in rules(result.delivery, "NOTE")


@pytest.mark.parametrize("times", [2])
def test_reading_a_delivery_twice_gives_the_same(tmp_path, times):
    folder = house(tmp_path / "d", ctdna_result="subject_id,date,call\nA-001,2025-03-18,NEGATIVE\nA-001,2025-03-18,NEGATIVE\n")
    first, second = (read(folder) for _ in range(times))
    assert first.findings == second.findings
    for table, frame in first.contents.tables.items():
        pd.testing.assert_frame_equal(frame, second.contents.tables[table])


def test_two_partial_deliveries_at_once_are_both_in_the_newest_cut(tmp_path):
    """Each is laid over the cut before it; without waiting for one another the later one would undo the earlier."""
    from concurrent.futures import ThreadPoolExecutor

    data = tmp_path / "data"
    import_delivery([house(tmp_path / "d")], data, **WHO)
    parts = []
    for number, (name, text) in enumerate({
        "ctdna_result": DRAWS + "R1,A-001,2025-03-01,NEGATIVE,\n", "visit": "subject_id,visit_code,date,status\nA-002,M3,2025-05-01,DONE\n",
    }.items()):
        folder = tmp_path / f"part{number}"
        folder.mkdir()
        (folder / f"{name}.csv").write_text(text)
        parts.append(folder)
    with ThreadPoolExecutor(2) as both:
        results = list(both.map(lambda folder: import_delivery([folder], data, cut_off=CUT_OFF, **WHO), parts))
    assert all(result.published.is_new for result in results)
    newest = list_cuts(data).cuts[-1]
    assert (newest.row_counts["ctdna_result"], newest.row_counts["visit"]) == (1, 1)


def test_what_was_recognised_is_told_even_of_a_refused_delivery(tmp_path):
    result = import_delivery([house(tmp_path / "e", subject=SUBJECTS + "A-003,,17,F\n")], tmp_path / "data", check=True, **WHO)
    told = {one.file: (one.n_rows, one.tables) for one in result.delivery.recognised}
    assert result.delivery.contents is None and told["subject.csv"] == (3, ("subject",))
