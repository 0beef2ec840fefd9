"""Raw deliveries of the simulated trial: whatever the format, importing one gives the simulated data cut itself."""

import csv
import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from xml.etree import ElementTree

import openpyxl
import pyreadstat
import pytest

from heroes.errors import MisuseError
from heroes.intake.route import import_delivery
from heroes.model.records import CLINICAL_TABLES
from heroes.protocol import read_protocol
from heroes.simulate import simulate_trial
from heroes.simulate.deliveries import FORMATS, MAPPING, write_deliveries
from heroes.simulate.deliveries.dataset import raw_dataset
from heroes.simulate.deliveries.write_xpt import write_xpt
from heroes.simulate.publish import publish_week
from heroes.store.cuts import list_cuts

AT = datetime(2027, 6, 1, 6, 0, tzinfo=UTC)
ODM = "{http://www.cdisc.org/ns/odm/v1.3}"


@pytest.fixture(scope="module")
def small():
    """Large enough for planted errors, moves and a second screening."""
    return simulate_trial(subjects=45, sites=8, cuts=40)


@pytest.fixture(scope="module")
def published(small, tmp_path_factory):
    """The simulated cuts of an early and of the newest week."""
    folder = tmp_path_factory.mktemp("published")
    return folder, {
        cut_off: publish_week(small, cut_off, folder, protocol=read_protocol(), imported_at=AT).cut
        for cut_off in (small.cut_offs[0], small.newest)
    }


@pytest.fixture(scope="module")
def delivered(small, tmp_path_factory):
    """Format → folder of deliveries: the oldest listed week and the newest."""
    two = simulate_trial(subjects=45, sites=8, cuts=40)
    object.__setattr__(two, "cut_offs", (small.cut_offs[0], small.newest))
    folders = {}
    for name in FORMATS:
        folders[name] = tmp_path_factory.mktemp(name)
        write_deliveries(two, folders[name], name)
    return folders


@pytest.mark.parametrize("name", FORMATS)
def test_importing_a_delivery_gives_the_simulated_cut_whatever_the_format(name, small, delivered, published, tmp_path):
    folder = delivered[name]
    for cut_off, wanted in published[1].items():
        result = import_delivery(
            [folder / cut_off.isoformat()], tmp_path / cut_off.isoformat(), imported_at=AT, actor="tests", role="statistician",
            mapping=folder / MAPPING,
        )  # fmt: skip
        assert result.published is not None, [str(finding) for finding in result.delivery.findings][:9]
        cut = result.published.cut
        differ = [table for table in CLINICAL_TABLES if cut.table_digests[table] != wanted.table_digests[table]]
        assert (differ, cut.digest) == ([], wanted.digest)
        assert (cut.study_id, cut.cut_off, cut.simulated) == (small.study_id, cut_off, True)
        assert (cut.marker, cut.marker_unit) == (wanted.marker, wanted.marker_unit)
    assert wanted.row_counts["qs_item"] > 1_000 and all(n for table, n in wanted.row_counts.items() if not table.startswith("lesion"))


def test_weeks_imported_one_after_another_are_the_same_cuts_whatever_the_format(small, delivered, tmp_path):
    """An earlier version of a changed result is then kept as history, as of any delivery."""
    digests = []
    for name in ("xlsx", "redcap"):
        for cut_off in (small.cut_offs[0], small.newest):
            result = import_delivery(
                [delivered[name] / cut_off.isoformat()], tmp_path / name, imported_at=AT, actor="tests", role="statistician",
                mapping=delivered[name] / MAPPING,
            )  # fmt: skip
        digests.append(result.published.cut.digest)
    assert digests[0] == digests[1]


def test_the_same_week_delivered_in_another_format_publishes_nothing_new(small, delivered, published):
    folder, cuts = published
    for name in ("csv", "odm"):
        result = import_delivery(
            [delivered[name] / small.newest.isoformat()], folder, imported_at=AT, actor="tests", role="statistician",
            mapping=delivered[name] / MAPPING,
        )  # fmt: skip
        assert not result.published.is_new
    assert len(list_cuts(folder).cuts) == len(cuts)


def test_an_import_asks_the_same_about_a_delivery_as_about_the_simulated_cut(small, delivered, published, tmp_path):
    folder = delivered["dataset-json"]
    result = import_delivery(
        [folder / small.newest.isoformat()], tmp_path, imported_at=AT, actor="tests", role="statistician", mapping=folder / MAPPING
    )
    wanted = published[1][small.newest].findings
    assert result.published.cut.findings["QUERY"] == wanted["QUERY"] > 5


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_trial_is_delivered_in_the_same_bytes(name, delivered, small, tmp_path):
    again = simulate_trial(subjects=45, sites=8, cuts=1)
    (folder,) = write_deliveries(again, tmp_path / "again", name)
    before = delivered[name] / small.newest.isoformat()

    def digests(place):
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.iterdir()}

    assert digests(folder) == digests(before)


def test_the_laboratory_sends_its_own_file_beside_the_csv_datasets(small, delivered):
    folder = delivered["csv"] / small.newest.isoformat()
    assert not (folder / "lb.csv").exists()
    with (folder / "central_lab.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    results = small.tables_at(small.newest)["ctdna_result"]
    assert len(rows) == len(results)
    assert Counter(row["RESULTAT"] for row in rows) == {
        word: n for call, word in (("POSITIVE", "POSITIF"), ("NEGATIVE", "NEGATIF"), ("NOT_EVALUABLE", "NON INTERPRETABLE"))
        if (n := int((results["call"] == call).sum()))
    }  # fmt: skip
    assert sum(row["RECTIFICATIF"] == "OUI" for row in rows) == sum(bool(row["REMPLACE_PAR"]) for row in rows) >= 1


def test_transport_files_are_what_other_software_reads(small, delivered):
    folder = delivered["xpt"] / small.newest.isoformat()
    frame, about = pyreadstat.read_xport(str(folder / "qs.xpt"))
    assert len(frame) == len(small.tables_at(small.newest)["qs_item"]) + int(
        (small.tables_at(small.newest)["qs_form"]["status"] != "DONE").sum()
    )
    assert about.table_name == "QS" and about.column_names_to_labels["QSTESTCD"] == "Question Short Name"
    for path in folder.glob("*.xpt"):
        _, about = pyreadstat.read_xport(str(path), metadataonly=True)
        assert all(len(column) <= 8 for column in about.column_names) and all(len(label) <= 40 for label in about.column_labels)
        assert path.read_bytes().startswith(b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!")


@pytest.mark.parametrize(
    "dataset",
    [
        raw_dataset("lb", "Laboratory", {"LBTOOLONGNAME": "Name"}, [["a"]]),
        raw_dataset("lb", "Laboratory", {"LBTEST": "x" * 41}, [["a"]]),
        raw_dataset("lb", "Laboratory", {"LBTEST": "Test"}, [["é" * 101]]),
    ],
)
def test_what_a_transport_file_would_cut_short_is_not_written(dataset, tmp_path):
    with pytest.raises(MisuseError, match="version 5"):
        write_xpt(tmp_path, [dataset], written_at=AT)
    assert not list(tmp_path.iterdir())


def test_dataset_json_is_as_its_specification_asks(small, delivered):
    for path in (delivered["dataset-json"] / small.newest.isoformat()).glob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        required = {"datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns"}
        assert required <= set(document) and document["datasetJSONVersion"].startswith("1.1")
        assert document["records"] == len(document["rows"])
        types = {"string": str, "integer": int, "double": float}
        for column in document["columns"]:
            assert {"itemOID", "name", "label", "dataType"} <= set(column) and column["dataType"] in types
        for row in document["rows"]:
            assert len(row) == len(document["columns"])
            assert all(cell is None or type(cell) is types[column["dataType"]] for cell, column in zip(row, document["columns"], strict=True))
        assert len({column["itemOID"] for column in document["columns"]}) == len(document["columns"])


def test_every_item_of_the_odm_document_is_defined_in_it(small, delivered):
    document = ElementTree.parse(delivered["odm"] / small.newest.isoformat() / "snapshot.xml").getroot()
    assert (document.tag, document.get("ODMVersion"), document.get("FileType")) == (f"{ODM}ODM", "1.3.2", "Snapshot")
    defined = {element.get("OID") for element in document.iter() if element.tag.endswith("Def")}
    used = Counter()
    for element in document.iter():
        for name, value in element.attrib.items():
            if name.removesuffix("OID") in ("Item", "ItemGroup", "Form", "StudyEvent"):
                assert value in defined, value
                used[element.tag.removeprefix(ODM)] += 1
    assert used["ItemData"] > 10_000
    sites = {location.get("OID") for location in document.iter(f"{ODM}Location")}
    subjects = list(document.iter(f"{ODM}SubjectData"))
    assert {subject.find(f"{ODM}SiteRef").get("LocationOID") for subject in subjects} <= sites
    assert len(subjects) == len(small.tables_at(small.newest)["subject"])


def test_the_workbook_is_what_other_software_reads(small, delivered):
    book = openpyxl.load_workbook(delivered["xlsx"] / small.newest.isoformat() / "delivery.xlsx", read_only=True)
    tables = small.tables_at(small.newest)
    assert {"dm", "ds", "qs", "lb", "site_plan", "page_entry", "data_cut"} <= set(book.sheetnames)
    rows = list(book["lb"].iter_rows(values_only=True))
    place = rows[0].index("LBSTRESN")
    quantities = tables["ctdna_result"]["quantity"].tolist()
    assert [row[place] for row in rows[1:]] == [None if cell is None else pytest.approx(cell, abs=0) for cell in quantities]
    assert [cell.value for cell in next(book["data_cut"].iter_rows(min_row=2))][:2] == ["HEROES-SIM", small.newest.isoformat()]


def test_the_redcap_dictionary_describes_every_field_of_the_export(small, delivered):
    folder = delivered["redcap"] / small.newest.isoformat()
    with (folder / "redcap.csv").open(encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    with (folder / "redcap_dictionary.csv").open(encoding="utf-8") as file:
        described = {row["Variable / Field Name"]: row for row in csv.DictReader(file)}
    assert set(header) - set(described) == {
        "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group"
    }
    assert not any(row["Identifier?"] for row in described.values())
    choices = described["ct_call"]["Choices, Calculations, OR Slider Labels"]
    assert choices == "1, POSITIVE | 2, NEGATIVE | 3, NOT_EVALUABLE"
    place = header.index("ct_call")
    assert {row[place] for row in rows} <= {"", "1", "2", "3"}


def test_deliveries_are_never_mixed(small, delivered, tmp_path):
    with pytest.raises(MisuseError, match="never mixed"):
        write_deliveries(small, delivered["csv"], "csv")
    with pytest.raises(MisuseError, match="Formats are csv, xpt"):
        write_deliveries(small, tmp_path, "pdf")
    assert not list(tmp_path.iterdir())
