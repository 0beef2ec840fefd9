"""Drafts of mapping files: standard deliveries need no finishing; of others the guesses are useful, marked, and never wrong in silence."""

import re
import tomllib
from pathlib import Path

import pytest

from heroes.intake.drafting import draft_mapping
from heroes.intake.mapping import parse_mapping
from heroes.intake.route import read_delivery
from heroes.protocol import read_protocol

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"
PROTOCOL = read_protocol()
DATASETS = REFERENCE / "datasets"

needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference deliveries are not there")


def drafted(paths, finish=lambda text: text):
    """The draft, and what the delivery becomes with it."""
    draft = draft_mapping(paths, PROTOCOL)
    return draft, read_delivery(paths, protocol=PROTOCOL, mapping=parse_mapping(finish(draft.text), "draft"))


def rules_of(draft):
    """(from, to) → columns of every guessed table."""
    return {(table["from"], table["to"]): table for table in tomllib.loads(draft.text).get("table", [])}


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return [folder]


@needs_reference
@pytest.mark.parametrize("trial", ["trial_rcd", "trial_pharmaverse"])
@pytest.mark.parametrize("form", ["csv", "xpt", "dataset_json"])
def test_a_standard_delivery_needs_no_finishing(trial, form):
    draft, delivery = drafted([REFERENCE / trial / form])
    assert draft.left == () and "Nothing is left to finish" in draft.text
    assert "[[table]]" not in draft.text
    assert delivery.contents is not None, [str(finding) for finding in delivery.findings][:3]
    assert len(delivery.contents.tables["subject"]) == {"trial_rcd": 400, "trial_pharmaverse": 306}[trial]


@needs_reference
def test_without_the_draft_the_same_delivery_would_be_refused():
    delivery = read_delivery([REFERENCE / "trial_pharmaverse" / "csv"], protocol=PROTOCOL)
    assert delivery.contents is None, "its birth dates are what the draft drops"


@needs_reference
def test_evidence_is_drafted_up_to_what_nobody_can_know():
    paths = [DATASETS / "evidence_patients.csv", DATASETS / "evidence_ctdna_samples.csv"]
    draft, delivery = drafted(paths, lambda text: "cut_off = 2024-01-01\n" + text)
    rules = rules_of(draft)
    assert rules["evidence_patients", "subject"]["columns"]["sex"]["codes"] == {"Male": "M", "Female": "F"}
    results = rules["evidence_ctdna_samples", "ctdna_result"]["columns"]
    assert results["call"] == {"column": "MRD status", "codes": {"Negative": "NEGATIVE", "Positive": "POSITIVE"}}
    assert results["quantity"] == "ctDNA content (hGE/ml)"
    assert results["day"] == {"column": "Collection time since randomization (days)", "unit": "days"}
    assert any("check that 1" in each and "re_DFS" in each for each in draft.left)
    assert any("cut_off" in each for each in draft.left)
    assert delivery.contents is not None, [str(finding) for finding in delivery.findings if finding.severity == "ERROR"]
    assert len(delivery.contents.tables["subject"]) == 175
    assert len(delivery.contents.tables["ctdna_result"]) > 400


@needs_reference
def test_inspire_is_drafted_with_its_responses_and_times():
    paths = sorted(DATASETS.glob("inspire_*.csv"))
    draft, delivery = drafted(paths, lambda text: 'cut_off = 2020-08-03\nstudy_id = "INSPIRE"\n' + text)
    rules = rules_of(draft)
    assert rules["inspire_swimmer_intervals", "response"]["columns"]["day"] == {"column": "interval_end_week", "unit": "weeks"}
    assert ("inspire_patients", "tte") in rules and "[time]" in draft.text and "[site]" in draft.text
    assert any("baseline_ctDNA" in each for each in draft.left), "what is not read is said"
    assert delivery.contents is not None, [str(finding) for finding in delivery.findings if finding.severity == "ERROR"]


@needs_reference
def test_rho_is_drafted_with_the_inclusion_by_its_name():
    draft, delivery = drafted([DATASETS / "rho_dm.csv"])
    rules = rules_of(draft)
    assert rules["rho_dm", "subject"]["columns"]["site_id"] == "SITEID"
    assert rules["rho_dm", "milestone"]["unpivot"] == [{"kind": {"constant": "INCLUDED"}, "day": "RFSTDTC"}]
    assert delivery.contents is not None and len(delivery.contents.tables["subject"]) == 150


@needs_reference
def test_a_redcap_export_is_drafted_without_its_identifiers():
    draft = draft_mapping([REFERENCE / "formats" / "redcap" / "longitudinal" / "data.csv"], PROTOCOL)
    dropped = tomllib.loads(draft.text)["drop"]["data"]
    assert {"first_name", "last_name", "telephone_1", "email", "dob"} <= set(dropped)
    assert any("“sex”" in each for each in draft.left), "0 and 1 are not guessed to be women or men"


@needs_reference
def test_every_reference_delivery_gets_a_draft_that_the_language_accepts():
    folders = [path.parent for path in REFERENCE.glob("formats/*/*/data.csv")]
    for paths in [*([folder] for folder in folders), *([path] for path in sorted(DATASETS.glob("*.csv")) if path.stat().st_size < 300_000)]:
        parse_mapping(draft_mapping(paths, PROTOCOL).text, "draft")


def test_dated_steps_sexes_and_formats_are_guessed_in_french_too(tmp_path):
    paths = write(tmp_path, patients=(
        "Code patient;Centre;Sexe;Âge;Date de consentement;Date d'inclusion;Date de décès;Dernières nouvelles\n"
        "A-001;01;Femme;61;20/01/2025;01/02/2025;;31/10/2025\nA-002;02;Homme;55;21/01/2025;03/02/2025;30/09/2025;30/09/2025\n"
    ))  # fmt: skip
    draft, delivery = drafted(paths)
    (table,) = [rule for key, rule in rules_of(draft).items() if key[1] == "milestone"]
    kinds = {entry["kind"]["constant"]: entry["day"] for entry in table["unpivot"]}
    assert set(kinds) == {"CONSENT1", "INCLUDED", "DEATH", "LAST_ALIVE"}
    assert all(day["format"] == "%d/%m/%Y" for day in kinds.values())
    steps = {(row.subject_id, row.kind): row.day for row in delivery.contents.tables["milestone"].itertuples()}
    assert steps["A-001", "CONSENT1"] == -12 and steps["A-002", "DEATH"] == 239
    assert delivery.contents.tables["subject"]["sex"].tolist() == ["F", "M"]


def test_day_and_month_that_cannot_be_told_apart_are_left_to_finish(tmp_path):
    draft = draft_mapping(write(tmp_path, p="patient,inclusion date\nA,03/04/2025\nB,05/06/2025\n"), PROTOCOL)
    assert any("fit day/month and month/day alike" in each for each in draft.left)
    draft = draft_mapping(write(tmp_path, p="patient,inclusion date\nA,03/24/2025\nB,05/06/2025\n"), PROTOCOL)
    assert '"%m/%d/%Y"' in draft.text and not any("alike" in each for each in draft.left)


def test_of_several_dates_none_is_guessed_for_a_result(tmp_path):
    told = draft_mapping(write(tmp_path, lab="patient,first,second,ctDNA call\nA,2025-01-01,2025-02-01,positive\nB,2025-01-01,2025-02-02,negative\n"), PROTOCOL)
    assert "ctdna_result" not in {to for _, to in rules_of(told)}
    assert any("no column says when the blood was drawn" in each for each in told.left)


def test_calls_are_translated_to_ours(tmp_path):
    lab = "patient,drawn on,result,MTM (MTM/mL)\nA,2025-03-01,detected,0.4\nA,2025-06-01,not detected,\nB,2025-03-01,not detected,\n"
    draft, delivery = drafted(write(tmp_path, lab=lab, p="patient,site,inclusion\nA,1,2025-01-01\nB,1,2025-01-02\n"))
    calls = delivery.contents.tables["ctdna_result"]
    assert sorted(zip(calls["subject_id"], calls["day"], calls["call"], strict=True)) == [
        ("A", 59, "POSITIVE"), ("A", 151, "NEGATIVE"), ("B", 58, "NEGATIVE"),
    ]
    assert 'unit = "MTM/mL"' in draft.text


def test_every_guess_is_marked_and_gives_a_reason(tmp_path):
    draft = draft_mapping(write(tmp_path, p="patient,site,sex,inclusion\nA,1,F,2025-01-01\nB,1,M,2025-01-02\n"), PROTOCOL)
    for line in draft.text.splitlines():
        if re.match(r"(subject_id|site_id|sex|day) = |    \{ kind", line):
            assert "# guess: " in line, line
    assert draft.text.count("# guess: p.csv holds one row per patient") == 1


def test_no_cell_but_codes_gets_into_a_draft(tmp_path):
    draft = draft_mapping(write(tmp_path, p="patient,inclusion,remark\nSECRET-1,2025-01-01,a long remark nobody should repeat\nSECRET-2,2025-01-02,another one\n"), PROTOCOL)
    assert "SECRET" not in draft.text and "remark nobody" not in draft.text and "2025-01-01" not in draft.text
    assert any("remark" in each for each in draft.left)


def test_names_of_columns_cannot_write_toml(tmp_path):
    name = 'in"clu]\u2028sion \\ #'
    draft = draft_mapping(write(tmp_path, p='patient,"' + name.replace('"', '""') + '"\nA,2025-01-01\nB,2025-01-02\n'), PROTOCOL)
    parse_mapping(draft.text, "draft")


def test_nothing_that_can_be_read_gives_a_draft_that_says_so(tmp_path):
    draft = draft_mapping(write(tmp_path, p="a,b\n1,2\n"), PROTOCOL)
    assert any("p.csv is not read" in each for each in draft.left)
    parse_mapping(draft.text, "draft")
    draft = draft_mapping(write(tmp_path, p=""), PROTOCOL)
    assert draft.findings
