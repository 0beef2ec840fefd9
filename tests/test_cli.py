"""The command: every verb on real files, exit statuses, results on standard output and errors on standard error."""

import json
import shutil
import warnings

import pandas as pd
import pytest

from heroes.cli import main
from tests.builders import a_subject, a_trial, publish

REFERENCE = "tests/reference/cdisc_dataset_json"


def run(capsys, *arguments):
    """Exit status, standard output, standard error."""
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        status = stop.code
    told = capsys.readouterr()
    return status, told.out, told.err


@pytest.fixture
def delivery(tmp_path):
    """A small delivery in the program's own layout, with dates."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    tables = {
        "data_cut": [{"study_id": "HEROES-SIM", "cut_off": "2026-01-31", "simulated": "true"}],
        "subject": [{"subject_id": f"01-00{n}", "site_id": "01"} for n in (1, 2, 3)],
        "milestone": [
            {"subject_id": f"01-00{n}", "kind": kind, "date": day}
            for n, day in ((1, "2025-01-10"), (2, "2025-01-20"), (3, "2025-03-01")) for kind in ("INCLUDED", "TX_STOP")
        ],
        "response": [
            {"subject_id": subject, "date": day, "evaluator": "INVESTIGATOR", "criteria": "RECIST 1.1", "overall": overall}
            for subject, day, overall in (
                ("01-001", "2025-07-10", "PD"), ("01-002", "2026-01-25", "CR"), ("01-003", "2025-11-01", "PD"),
            )
        ],
    }
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_a_delivery_becomes_a_cut_and_the_same_again_changes_nothing(capsys, delivery, tmp_path):
    data = tmp_path / "trial"
    status, out, _ = run(capsys, "import", delivery, "--data", data)
    assert status == 0 and out.startswith("Published 2026-01-31_001_")
    status, out, _ = run(capsys, "import", delivery, "--data", data)
    assert status == 0 and out.startswith("Nothing new")
    status, out, _ = run(capsys, "cuts", "--data", data, "--json")
    listed = json.loads(out)
    assert len(listed["cuts"]) == 1
    assert listed["cuts"][0]["tables"]["subject"]["rows"] == 3
    assert len(listed["cuts"][0]["tables"]["subject"]["digest"]) == 64


def test_check_publishes_nothing(capsys, delivery, tmp_path):
    status, out, _ = run(capsys, "import", delivery, "--data", tmp_path / "trial", "--check")
    assert status == 0 and "Nothing was published" in out
    assert not list((tmp_path / "trial").glob("cuts/*.duckdb"))


def test_refused_data_end_with_1_and_findings_on_standard_error(capsys, delivery, tmp_path):
    (delivery / "milestone.csv").write_text("subject_id,kind,date\n01-009,INCLUDED,2025-01-10\n")
    status, out, err = run(capsys, "import", delivery, "--data", tmp_path / "trial")
    assert status == 1
    assert out == ""
    assert "milestone.csv" in err and "Nothing was published" in err
    assert not list((tmp_path / "trial").glob("cuts/*.duckdb"))


def test_findings_as_json_name_file_rule_and_remedy(capsys, delivery, tmp_path):
    (delivery / "unknown.bin").write_bytes(b"\x00\x01\x02")
    status, out, _ = run(capsys, "import", delivery, "--data", tmp_path / "trial", "--json")
    document = json.loads(out)
    assert status == 1 and document["refused"] and document["published"] is None
    finding = next(finding for finding in document["findings"] if finding["file"] == "unknown.bin")
    assert finding["severity"] == "ERROR" and finding["remedy"]


def test_the_endpoint_is_the_number_counted_by_hand(capsys, delivery, tmp_path):
    # Progressions on days 181 and 245, one patient followed to day 370: 2/3 * 1/2.
    run(capsys, "import", delivery, "--data", tmp_path / "trial")
    status, out, _ = run(capsys, "pfs", "--data", tmp_path / "trial", "--json")
    document = json.loads(out)
    assert status == 0
    assert document["simulated"] is True and document["estimand"] == "treatment-policy"
    assert document["at"][0]["estimate"] == pytest.approx(1 / 3)
    assert document["at"][0]["at_risk"] == 1
    assert [row["time"] for row in document["curve"]] == [181, 245, 370]


@pytest.mark.parametrize("estimand", ["composite", "hypothetical", "while-on-strategy"])
def test_every_estimand_has_an_answer(capsys, delivery, tmp_path, estimand):
    calls = [{"result_id": "R1", "subject_id": "01-001", "date": "2025-04-10", "call": "NEGATIVE", "marker": "Signatera"}]
    pd.DataFrame(calls).to_csv(delivery / "ctdna_result.csv", index=False)
    run(capsys, "import", delivery, "--data", tmp_path / "trial")
    status, out, _ = run(capsys, "pfs", "--data", tmp_path / "trial", "--estimand", estimand, "--at", 200, "--json")
    assert status == 0 and json.loads(out)["estimand"] == estimand


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (["--parameter", "OS"], ("OS", 3, 0)), (["--parameter", "TFI"], ("TFI", 3, 0)), (["--parameter", "TTNT"], ("TTNT", 3, 0)),
        (["--censoring", "fda", "--origin", "TX_STOP", "--confirmation", "second_scan", "--add-one"], ("PFS", 3, 0)),
        (["--censoring", "ema", "--population", "stopped", "--evaluator", "INVESTIGATOR"], ("PFS", 3, 2)),
    ],
)
def test_every_parameter_and_convention_can_be_asked_for(capsys, delivery, tmp_path, asked, wanted):
    run(capsys, "import", delivery, "--data", tmp_path / "trial")
    status, out, err = run(capsys, "pfs", "--data", tmp_path / "trial", "--json", *asked)
    assert status == 0, err
    document = json.loads(out)
    assert (document["parameter"], document["n"], document["events"]) == wanted
    assert document["by_protocol"] is (asked[0] == "--parameter")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--parameter", "TTMR"], "it holds no rows of ctdna_result"), (["--estimand", "composite"], "it holds no rows of ctdna_result"),
        (["--parameter", "TTDQL"], "it holds no rows of qs_item"), (["--parameter", "OS", "--censoring", "fda"], "OS does not depend on censoring"),
        (["--parameter", "TFI", "--origin", "INCLUDED"], "TFI does not depend on origin"),
        (["--parameter", "OS", "--estimand", "composite"], "not both"),
    ],
)
def test_what_cannot_be_derived_is_said_and_not_counted(capsys, delivery, tmp_path, asked, said):
    run(capsys, "import", delivery, "--data", tmp_path / "trial")
    status, out, err = run(capsys, "pfs", "--data", tmp_path / "trial", "--json", *asked)
    assert (status, out) == (2, "") and said in err


def test_looking_at_closed_outcomes_is_recorded(capsys, delivery, tmp_path):
    data = tmp_path / "trial"
    run(capsys, "import", delivery, "--data", data)
    run(capsys, "pfs", "--data", data)
    _, out, _ = run(capsys, "audit", "list", "--data", data)
    assert "IMPORT_ACCEPT" in out and "VIEW_CLOSED" in out
    status, out, _ = run(capsys, "audit", "verify", "--data", data)
    assert status == 0 and "2 entries is whole" in out


def test_a_role_without_the_right_gets_no_number(capsys, delivery, tmp_path):
    run(capsys, "import", delivery, "--data", tmp_path / "trial")
    status, out, err = run(capsys, "pfs", "--data", tmp_path / "trial", "--as", "sponsor")
    assert status == 3 and out == "" and "closed to the role sponsor" in err


def test_verify_names_the_cut_that_was_altered(capsys, tmp_path):
    cut = publish(a_trial(a_subject("01-001", included="2025-01-10")), tmp_path).cut
    assert run(capsys, "verify", "--data", tmp_path)[0] == 0
    cut.path.chmod(0o644)
    with cut.path.open("r+b") as file:
        file.truncate(cut.path.stat().st_size // 2)
    status, _, err = run(capsys, "verify", "--data", tmp_path)
    assert status == 3 and cut.stem in err


def test_an_unknown_cut_is_named(capsys, tmp_path):
    publish(a_trial(a_subject("01-001", included="2025-01-10")), tmp_path)
    status, _, err = run(capsys, "pfs", "--data", tmp_path, "--cut", "1999")
    assert status != 0 and "1999" in err


def test_misuse_ends_with_2(capsys, tmp_path):
    assert run(capsys, "import")[0] == 2
    assert run(capsys, "import", tmp_path, "--cut-off", "yesterday")[0] == 2
    assert run(capsys, "pfs", "--as", "king")[0] == 2
    assert run(capsys, "km", tmp_path / "none.csv", "--time", "t", "--event", "e")[0] == 2


def test_km_and_cif_speak_the_same_json(capsys, tmp_path):
    path = tmp_path / "aml.csv"
    pd.DataFrame({"t": [9, 13, 13, 18], "e": [1, 1, 0, 1], "c": [1, 2, 0, 1], "g": ["NA", "NA", "b", "b"]}).to_csv(path, index=False)
    status, out, _ = run(capsys, "km", path, "--time", "t", "--event", "e", "--group", "g", "--at", 13, "--rmst", 13, "--json")
    document = json.loads(out)
    assert status == 0
    assert {group["group"] for group in document["groups"]} == {"NA", "b"}
    assert set(document["groups"][0]) >= {"group", "n", "events", "censored", "curve", "at", "median", "quantiles", "rmst", "follow_up"}
    assert set(document["groups"][0]["curve"][0]) >= {"time", "at_risk", "events", "censored", "survival", "std_error", "lower", "upper"}
    status, out, _ = run(capsys, "cif", path, "--time", "t", "--cause", "c", "--at", 13, "--json")
    document = json.loads(out)
    assert status == 0
    assert {cause["cause"] for cause in document["groups"][0]["causes"]} == {1, 2}


def test_an_event_column_of_other_codes_is_refused_with_what_it_holds(capsys, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("t,e\n1,dead\n2,alive\n")
    status, _, err = run(capsys, "km", path, "--time", "t", "--event", "e")
    assert status == 2 and "dead" in err


def test_a_simulated_trial_is_published_and_is_called_simulated(capsys, tmp_path):
    status, out, _ = run(capsys, "simulate", "--data", tmp_path, "--subjects", 12, "--sites", 4, "--cuts", 2)
    assert status == 0 and out.startswith("2 simulated data cuts")
    _, out, _ = run(capsys, "cuts", "--data", tmp_path)
    assert out.count("SIMULATED") == 2


def test_a_simulated_delivery_is_written_with_the_command_that_imports_it(capsys, tmp_path):
    status, out, _ = run(
        capsys, "simulate", "--deliveries", tmp_path / "raw", "--format", "xlsx", "--subjects", 5, "--sites", 3, "--cuts", 2
    )
    assert status == 0 and out.startswith("2 simulated deliveries")
    words = out.splitlines()[-1].split()
    assert words[:2] == ["heroes", "import"] and words[-2:] == ["--data", "DIR"]
    status, out, err = run(capsys, *words[1:-1], tmp_path / "trial")
    assert status == 0, err
    status, _, err = run(capsys, "simulate", "--deliveries", tmp_path / "raw", "--format", "xlsx")
    assert status == 2 and "never mixed" in err


@pytest.mark.parametrize("wrong", [("--format", "csv"), ("--deliveries", "x", "--format", "pdf"), ("--deliveries", "x", "--live", "1")])
def test_a_simulated_delivery_that_cannot_be_written_is_misuse(capsys, tmp_path, wrong, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = run(capsys, "simulate", *wrong, "--subjects", 5, "--sites", 3)
    assert status == 2 and err.startswith("heroes: ")
    assert not list(tmp_path.iterdir())



def test_a_public_dataset_json_file_becomes_a_cut_without_its_birth_column(capsys, tmp_path, project):
    folder = tmp_path / "delivery"
    folder.mkdir()
    shutil.copy(project / REFERENCE / "dm.json", folder)
    status, out, err = run(capsys, "import", folder, "--data", tmp_path / "trial")
    assert status == 0 and out.startswith("Published 2014-11-01_001_")
    assert "dm.json, column BRTHDTC" in err
    _, out, _ = run(capsys, "cuts", "--data", tmp_path / "trial", "--json")
    assert json.loads(out)["cuts"][0]["tables"]["subject"]["rows"] == 18


def test_an_import_that_cannot_be_recorded_publishes_nothing(capsys, delivery, tmp_path):
    (tmp_path / "data" / "audit.sqlite").mkdir(parents=True)
    status, _, told = run(capsys, "import", delivery, "--data", tmp_path / "data")
    assert status == 3 and "Nothing was done" in told
    assert not list((tmp_path / "data").glob("cuts/*.duckdb"))


def test_what_breaks_unexpectedly_ends_with_3_and_one_line_without_its_text(capsys, delivery, tmp_path, monkeypatch):
    def stumble(*_, **__):
        raise ValueError("could not convert 'Marie Dupont'")

    monkeypatch.setattr("heroes.intake.route.import_delivery", stumble)
    status, out, told = run(capsys, "import", delivery, "--data", tmp_path / "data")
    assert (status, out) == (3, "") and told.count("\n") == 1
    assert "ValueError at heroes/commands/import_delivery.py, line" in told and "Dupont" not in told


def test_neither_screen_nor_record_repeats_an_identifier_in_a_file_name(capsys, delivery, tmp_path):
    specimen = "255081416802538"
    folder = delivery.rename(delivery.with_name(f"delivery {specimen}"))
    shutil.copy(folder / "subject.csv", folder / f"subject_{specimen}.csv")
    status, out, told = run(capsys, "import", folder, "--data", tmp_path / "data")
    _, record, _ = run(capsys, "audit", "list", "--data", tmp_path / "data")
    assert status == 1 and "identifier_in_file_name" in told and "IMPORT_REFUSE" in record
    assert specimen not in out + told + record


def test_km_reads_decimals_exactly_and_without_a_warning(capsys, tmp_path):
    table = tmp_path / "times.csv"
    table.write_text("time,event\n0.1234567890123456,1\n8301.000000000001,0\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        status, out, err = run(capsys, "km", table, "--time", "time", "--event", "event", "--json")
    assert (status, err) == (0, "")
    assert [row["time"] for row in json.loads(out)["groups"][0]["curve"]] == [0.1234567890123456, 8301.000000000001]


@pytest.fixture
def two_arms(tmp_path):
    """A table of eight patients in two arms and two sites."""
    path = tmp_path / "arms.csv"
    pd.DataFrame({
        "t": [3, 5, 8, 12, 4, 9, 13, 15], "e": [1, 1, 0, 1, 1, 0, 1, 0], "c": [1, 2, 0, 1, 1, 0, 2, 0],
        "arm": list("AAAABBBB"), "site": [1, 1, 2, 2, 1, 1, 2, 2],
    }).to_csv(path, index=False)
    return path


def test_km_has_bands_a_stratified_test_and_a_reference(capsys, two_arms):
    options = ["--time", "t", "--event", "e", "--group", "arm", "--band", "log-equal-precision", "--strata", "site", "--rho", 1,
               "--reference-survival", 0.5, "--reference-time", 12]
    status, out, err = run(capsys, "km", two_arms, *options, "--json")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert (document["logrank"]["strata"], document["logrank"]["rho"], document["logrank"]["n_strata"]) == ("site", 1, 2)
    for group in document["groups"]:
        assert group["band"]["method"] == "log-equal-precision" and len(group["band"]["rows"]) >= 2
        assert group["one_sample"]["observed"] in (2, 3) and group["one_sample"]["p"] is not None
        assert "cumulative_hazard" in group["curve"][0]
    status, out, _ = run(capsys, "km", two_arms, *options)
    assert status == 0
    assert "log-equal-precision band: from 3 to 5" in out and "below 0 favours the treatment" in out and "log-rank: chi-square" in out


def test_cif_compares_groups_at_the_level_asked_for(capsys, two_arms):
    options = ["--time", "t", "--cause", "c", "--group", "arm", "--at", 5, "--json"]
    wide, narrow = (json.loads(run(capsys, "cif", two_arms, *options, "--conf-level", level)[1]) for level in (0.99, 0.5))
    assert (wide["method"]["conf_level"], narrow["method"]["conf_level"]) == (0.99, 0.5)
    ours, theirs = (document["groups"][0]["causes"][0]["at"][0] for document in (wide, narrow))
    assert ours["lower"] < theirs["lower"] < theirs["upper"] < ours["upper"]
    assert [test["cause"] for test in wide["gray"]] == [1, 2] and wide["gray"][0]["df"] == 1
    status, out, _ = run(capsys, "cif", two_arms, "--time", "t", "--cause", "c", "--group", "arm")
    assert status == 0 and "Gray's test, cause 1: chi-square" in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--reference-survival", 0.5], "give both"), (["--reference-time", 12], "give both"),
        (["--reference-survival", 80, "--reference-time", 12], "between 0 and 1"),
        (["--reference-survival", 0.8, "--reference-time", 0], "comes after 0"),
        (["--strata", "site"], "name the column of the groups too"), (["--rho", 1], "name the column of the groups too"),
        (["--group", "arm", "--strata", "centre"], 'no column "centre"'), (["--rho", 2], "invalid choice"),
        (["--band", "epband"], "invalid choice"), (["--band", "hall-wellner", "--conf-level", 95], "confidence level"),
    ],
)
def test_what_km_cannot_do_is_said_in_words(capsys, two_arms, options, words):
    status, out, err = run(capsys, "km", two_arms, "--time", "t", "--event", "e", *options)
    assert (status, out) == (2, "") and words in err


@pytest.mark.parametrize(
    ("verb", "options"),
    [("cif", ["--cause", "c"]), ("cif", ["--cause", "c", "--group", "arm"]), ("km", ["--event", "e", "--band", "hall-wellner"]),
     ("km", ["--event", "e", "--group", "arm", "--strata", "site"]),
     ("km", ["--event", "e", "--reference-survival", 0.5, "--reference-time", 12])],
)
def test_late_entry_is_refused_by_every_path(capsys, two_arms, verb, options):
    pd.read_csv(two_arms).assign(entry=[0, 0, 1, 0, 0, 0, 0, 0]).to_csv(two_arms, index=False)
    status, out, err = run(capsys, verb, two_arms, "--time", "t", *options)
    assert (status, out) == (2, "") and "left truncation" in err


def test_an_impossible_level_of_cif_is_refused(capsys, two_arms):
    status, _, err = run(capsys, "cif", two_arms, "--time", "t", "--cause", "c", "--conf-level", 95)
    assert status == 2 and "confidence level" in err


def test_a_reader_of_whom_there_is_no_scan_is_refused_with_those_there_are(capsys, delivery, tmp_path):
    run(capsys, "import", delivery, "--data", tmp_path / "trial")
    status, out, err = run(capsys, "pfs", "--data", tmp_path / "trial", "--evaluator", "INDEPENDENT ASSESSOR")
    assert (status, out) == (2, "") and "Scans were read by: INVESTIGATOR" in err


@pytest.fixture
def two_cuts(tmp_path):
    """A trial at two cut-offs: one patient died meanwhile, another had a positive result, a third is of another site."""
    first = {"included": "2025-01-10", "stopped": "2025-01-12"}
    for cut_off, more in (("2026-01-31", [{}, {}]), ("2026-02-07", [{"died": "2025-12-20"}, {"calls": [("2025-06-01", "POSITIVE", 1.0)]}])):
        patients = [a_subject("01-001", **first, **more[0]), a_subject("02-001", **first, **more[1])]
        publish(a_trial(*patients, cut_off=cut_off), tmp_path)
    return tmp_path


def test_changes_between_two_cuts_are_told_by_patient(capsys, two_cuts):
    status, out, _ = run(capsys, "changes", "2026-01-31", "newest", "--data", two_cuts)
    assert status == 0
    assert out.splitlines()[0].startswith("From 2026-01-31_001_")
    assert "01-001  site 01" in out and "NEW_EVENT DEATH" in out
    status, out, _ = run(capsys, "changes", "2026-01-31", "newest", "--data", two_cuts, "--json")
    document = json.loads(out)
    assert status == 0 and document["older"]["cut_off"] == "2026-01-31" and document["left_out"] == []
    told = {(patient["subject_id"], change["kind"], change["event"]) for patient in document["patients"] for change in patient["changes"]}
    assert told == {("01-001", "NEW_EVENT", "DEATH"), ("02-001", "NEW_EVENT", "CTDNA_POSITIVE"), ("02-001", "NEW_RESULT", None)}
    assert document["patients"][0]["changes"][0]["new_month"] == "2025-12"  # no finer than a month
    assert {count["kind"]: count["n_patients"] for count in document["counts"] if count["event"] is None} == {"NEW_RESULT": 1}


def test_changes_are_those_of_the_role(capsys, two_cuts):
    status, out, _ = run(capsys, "changes", "2026-01", "newest", "--data", two_cuts, "--as", "investigator", "--site", "02", "--json")
    assert status == 0 and {patient["subject_id"] for patient in json.loads(out)["patients"]} == {"02-001"}
    status, out, err = run(capsys, "changes", "2026-01", "newest", "--data", two_cuts, "--as", "administrator")
    assert status == 3 and out == "" and "not open to the role" in err


def test_looking_at_changes_of_outcomes_is_recorded_and_nothing_differs_is_said(capsys, two_cuts):
    status, out, _ = run(capsys, "changes", "newest", "newest", "--data", two_cuts)
    assert status == 0 and "Nothing differs." in out
    _, out, _ = run(capsys, "audit", "list", "--data", two_cuts)
    assert "VIEW_CLOSED" in out and "changes" in out


def test_changes_of_a_cut_that_is_not_there_is_misuse_of_the_name(capsys, two_cuts):
    status, out, err = run(capsys, "changes", "1999", "newest", "--data", two_cuts)
    assert status == 3 and out == "" and "There are:" in err


@pytest.fixture
def foreign(tmp_path):
    """A delivery in nobody's layout."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "patients.csv").write_text("Code patient;Centre;Inclusion\nA-001;01;20/01/2025\nA-002;02;21/01/2025\n")
    return folder


def test_a_mapping_is_drafted_checked_and_used(capsys, foreign, tmp_path):
    data, file = tmp_path / "trial", tmp_path / "mapping.toml"
    status, out, err = run(capsys, "map", foreign, "--data", data)
    assert status == 0 and "[[table]]" in out and "guess" in out and "Nothing is left to finish." in err
    assert run(capsys, "map", foreign, "--data", data, "--out", file)[0] == 0
    assert file.read_text() == out
    assert run(capsys, "map", foreign, "--data", data, "--out", file)[0] == 2, "an existing file is not touched"
    status, out, _ = run(capsys, "map", foreign, "--data", data, "--check", file)
    assert status == 0 and "patients.csv  PATIENTS  2 rows  → subject, milestone" in out and "Nothing was published" in out
    assert not list(data.glob("cuts/*.duckdb"))
    assert run(capsys, "import", foreign, "--data", data, "--mapping", file)[0] == 0


def test_a_mapping_that_does_not_fit_the_delivery_is_told_before_anything_runs(capsys, foreign, tmp_path):
    file = tmp_path / "mapping.toml"
    file.write_text('[[table]]\nfrom = "patients"\nto = "subject"\ncolumns = { subject_id = "Kode" }\n')
    status, out, err = run(capsys, "map", foreign, "--data", tmp_path / "trial", "--check", file)
    assert status == 1 and '"Kode"' in err and "lacks it" in err
    file.write_text("nonsense = 1\n")
    assert run(capsys, "map", foreign, "--data", tmp_path / "trial", "--check", file)[0] == 2


def test_watching_goes_with_its_own_options_only(capsys, foreign, tmp_path):
    assert run(capsys, "import", "--data", tmp_path)[0] == 2
    assert run(capsys, "import", foreign, "--watch", tmp_path, "--data", tmp_path / "trial")[0] == 2
    assert run(capsys, "import", "--watch", tmp_path / "nowhere", "--data", tmp_path / "trial")[0] == 2
    assert run(capsys, "import", "--watch", tmp_path, "--settle", "-1", "--data", tmp_path / "trial")[0] == 2
