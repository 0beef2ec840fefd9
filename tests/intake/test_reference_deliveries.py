"""Whole trials that others made, read with and without the mapping files that ship as examples."""

from collections import Counter
from datetime import date

import numpy as np
import pandas as pd
import pytest

from heroes.intake.route import read_delivery
from tests.intake.deliveries import PROTOCOL, rules

FORMATS = ("csv", "dataset_json", "xpt")
CUT_OFF = date(2024, 12, 31)


@pytest.fixture(scope="module")
def mappings(project):
    return project / "examples" / "mappings"


def taken(paths, **options):
    delivery = read_delivery(paths, protocol=PROTOCOL, **options)
    assert delivery.contents is not None, [str(finding) for finding in delivery.findings if finding.severity == "ERROR"]
    return delivery


@pytest.mark.parametrize("form", FORMATS)
def test_the_random_cdisc_trial_is_read_without_a_mapping(reference, form):
    delivery = taken([reference / "trial_rcd" / form])
    tables = delivery.contents.tables
    assert delivery.contents.study_id == "AB12345"
    assert (len(tables["subject"]), len(tables["site"]), len(tables["tte"])) == (400, 95, 2000)
    assert Counter(tables["milestone"]["kind"]) == {
        "INCLUDED": 400, "LAST_ALIVE": 327, "COMPLETED": 207, "DEATH": 70, "DISCONTINUED": 40, "WITHDRAWN": 10}
    assert ("response" in tables) == (form != "csv") and "ctdna_result" not in tables


def test_three_formats_of_one_trial_give_the_same_tables(reference, mappings):
    read = {
        form: taken([reference / "trial_rcd" / form], mapping=mappings / "trial_rcd.toml", cut_off=CUT_OFF).contents.tables
        for form in FORMATS
    }
    assert {"ctdna_result", "response"} <= set(read["xpt"]) & set(read["dataset_json"])
    for form in ("csv", "dataset_json"):
        shared = (set(read[form]) & set(read["xpt"])) - {"import_issue"}
        assert len(shared) >= 6
        for table in shared:
            pd.testing.assert_frame_equal(read[form][table], read["xpt"][table])


def test_its_marker_is_called_by_the_cut_point_of_the_mapping(reference, mappings):
    contents = taken([reference / "trial_rcd" / "xpt"], mapping=mappings / "trial_rcd.toml").contents
    results = contents.tables["ctdna_result"]
    assert (contents.marker, contents.marker_unit, contents.simulated, len(results)) == ("CRP", "mg/L", True, 2800)
    assert (results["call"].eq("POSITIVE") == results["quantity"].ge(10)).all()


def test_its_delivered_times_are_those_that_went_into_the_reference_results(reference):
    tte = taken([reference / "trial_rcd" / "xpt"]).contents.tables["tte"]
    wanted = pd.read_csv(reference / "inputs" / "rcd_pfs_all.csv").set_index("subject")
    found = tte[tte["paramcd"].eq("PFS")].set_index("subject_id").loc[wanted.index]
    assert np.allclose(found["aval_days"].to_numpy(dtype=float), wanted["time"], rtol=1e-9)
    assert (found["cnsr"].eq(0).to_numpy() == wanted["status"].eq(1).to_numpy()).all()


def test_its_sites_hold_the_patients_that_the_reference_counts(reference):
    subjects = taken([reference / "trial_rcd" / "csv"]).contents.tables["subject"]
    counted = pd.read_csv(reference / "results" / "accrual_sites.csv")
    wanted = counted[counted.iloc[:, 0].astype(str).str.startswith("rcd")]
    numbers = subjects["site_id"].value_counts()
    assert (len(numbers), int(numbers.max()), int(numbers.min())) == (95, 57, 1)
    if len(wanted) and {"site", "n"} <= set(wanted.columns):
        assert numbers.to_dict() == dict(zip(wanted["site"], wanted["n"], strict=True))


@pytest.mark.parametrize("form", FORMATS)
def test_the_pharmaverse_trial_is_refused_for_its_birth_dates(reference, form):
    delivery = read_delivery([reference / "trial_pharmaverse" / form], protocol=PROTOCOL)
    assert delivery.contents is None and set(rules(delivery, "ERROR")) == {"birth_date"}
    assert all(finding.subject_id is None for finding in delivery.findings)


@pytest.mark.parametrize("form", FORMATS)
def test_the_pharmaverse_trial_becomes_a_cut_with_its_mapping(reference, mappings, form):
    tables = taken([reference / "trial_pharmaverse" / form], mapping=mappings / "trial_pharmaverse.toml").contents.tables
    assert (len(tables["subject"]), len(tables["site"]), len(tables["tte"])) == (306, 17, 512)
    assert Counter(tables["screen_outcome"]["status"]) == {"INCLUDED": 254, "FAILED": 52}
    steps = Counter(tables["milestone"]["kind"])
    assert (steps["INCLUDED"], steps["DEATH"], steps["COMPLETED"]) == (254, 3, 110)


def test_its_lesions_and_readings_are_linked_and_a_partial_date_is_asked(reference, mappings):
    delivery = taken([reference / "trial_pharmaverse" / "xpt"], mapping=mappings / "trial_pharmaverse.toml")
    tables = delivery.contents.tables
    assert (len(tables["lesion"]), len(tables["visit"]), len(tables["treatment"])) == (75, 3559, 591)
    assert set(tables["lesion_measure"]["lesion_id"]) <= set(tables["lesion"]["lesion_id"])
    assert len(tables["response"]) == 63  # 66 readings, 3 of them dated 2014-02
    asked = [finding for finding in delivery.findings if finding.rule == "partial_date"]
    assert {(finding.table, finding.row) for finding in asked} == {("response", "4, 5, 6"), ("lesion_measure", "49, 50, 53, 54, 57 and 1 more")}
    assert tables["response"].groupby("evaluator").size().to_dict() == {
        "INDEPENDENT ASSESSOR": 21, "INDEPENDENT ASSESSOR: RADIOLOGIST 1": int((tables["response"]["evaluator"] == "INDEPENDENT ASSESSOR: RADIOLOGIST 1").sum()),
        "INDEPENDENT ASSESSOR: RADIOLOGIST 2": int((tables["response"]["evaluator"] == "INDEPENDENT ASSESSOR: RADIOLOGIST 2").sum()),
        "INVESTIGATOR": 21}  # fmt: skip
    assert len(tables["ctdna_result"]) == 41


def test_inspire_is_picked_out_of_a_folder_of_other_files(reference, mappings):
    contents = taken([reference / "datasets"], mapping=mappings / "inspire.toml").contents
    tables = contents.tables
    assert [source.name for source in contents.sources] == ["inspire_patients.csv", "inspire_swimmer_intervals.csv", "inspire_tumour_size.csv"]
    assert (contents.marker, contents.marker_unit) == ("Signatera ctDNA", "MTM/mL")
    assert tables["site"]["label"].tolist() == ["site not delivered"]
    assert (len(tables["subject"]), len(tables["ctdna_result"]), len(tables["visit"])) == (94, 168, 270)  # 94 + 74 draws
    assert Counter(tables["response"]["overall"]) == {"PD": 57, "SD": 30, "PR": 17, "CR": 3}
    assert tables["subject"]["origin_to_cut_off_days"].isna().all()
    one_by_one = taken([reference / "datasets" / source.name for source in contents.sources], mapping=mappings / "inspire.toml")
    for table, frame in tables.items():
        pd.testing.assert_frame_equal(frame, one_by_one.contents.tables[table])


def test_inspires_draws_are_where_its_two_clocks_put_them(reference, mappings):
    tables = taken([reference / "datasets"], mapping=mappings / "inspire.toml").contents.tables
    patients = pd.read_csv(reference / "datasets" / "inspire_patients.csv").set_index("ID")
    second = tables["ctdna_result"][tables["ctdna_result"]["visit_code"].eq("CYCLE 3")].set_index("subject_id")
    source = patients.loc[second.index]
    assert np.allclose(second["quantity"], source["C3_ctDNA_div100"] * 100)
    months = (source["PFS_TIME"] - source["PFSTIME_Months_since_C3"]).fillna(source["OS_TIME"] - source["OSTIME_Months_since_C3"])
    assert np.abs(second["day"].to_numpy(dtype=float) - months.to_numpy() * 30.4375).max() <= 0.5


def test_inspires_survival_times_are_those_of_the_reference_results(reference, mappings):
    tte = taken([reference / "datasets"], mapping=mappings / "inspire.toml").contents.tables["tte"]
    wanted = pd.read_csv(reference / "inputs" / "inspire_pfs.csv").set_index("subject")
    found = tte[tte["paramcd"].eq("PFS")].set_index("subject_id").loc[wanted.index]
    assert np.allclose(found["aval"], wanted["time"], rtol=1e-9)
    assert (found["cnsr"].eq(0).to_numpy() == wanted["status"].eq(1).to_numpy()).all()


def test_evidence_keeps_its_own_endpoint_and_its_laboratorys_calls(reference, mappings):
    contents = taken([reference / "datasets"], mapping=mappings / "evidence.toml").contents
    tables = contents.tables
    assert (contents.marker, contents.marker_unit) == ("MinerVa Prime ctDNA", "hGE/mL")
    assert (len(tables["subject"]), len(tables["ctdna_result"])) == (175, 1352)
    assert Counter(tables["ctdna_result"]["call"]) == {"NEGATIVE": 1125, "POSITIVE": 227}
    assert sorted(tables["tte"]["paramcd"].unique()) == ["DFS", "OS"]
    wanted = pd.read_csv(reference / "inputs" / "evidence_dfs.csv").set_index("subject")
    found = tables["tte"][tables["tte"]["paramcd"].eq("DFS")].set_index("subject_id").loc[wanted.index]
    assert (found["aval_days"].to_numpy(dtype=float) == wanted["time"].to_numpy()).all()
    assert (found["cnsr"].eq(0).to_numpy() == wanted["status"].eq(1).to_numpy()).all()
    assert not rules(taken([reference / "datasets"], mapping=mappings / "evidence.toml"), "QUERY")


def test_a_mapping_for_another_delivery_says_what_is_missing(reference, mappings):
    delivery = read_delivery([reference / "trial_rcd" / "csv"], protocol=PROTOCOL, mapping=mappings / "inspire.toml")
    assert rules(delivery, "ERROR") == ["no_file_chosen"]
