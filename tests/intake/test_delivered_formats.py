"""One small trial in every format that is read: the same tables come of it, and one mapping file reads REDCap both ways."""

import io
import zipfile

import openpyxl
import pandas as pd
import pytest

from heroes.intake.route import read_delivery
from tests.intake.deliveries import MANIFEST, PROTOCOL, STEPS, SUBJECTS, rules
from tests.intake.files.sas7bdat_writer import write_sas7bdat
from tests.intake.files.test_odm import a_form, a_group, a_subject, an_odm, stamped

RESULTS = "subject_id,date,call,mtm_per_ml,marker\nA-001,2025-02-20,NEGATIVE,0,Signatera ctDNA\nA-001,2025-05-20,POSITIVE,1.25,Signatera ctDNA\n"
TABLES = {"data_cut": MANIFEST, "subject": SUBJECTS, "milestone": STEPS, "ctdna_result": RESULTS}
DATES = ("date", "cut_off")


def frames() -> dict[str, pd.DataFrame]:
    """The tables with numbers as numbers and codes as text."""
    return {name: pd.read_csv(io.StringIO(text), dtype={"site_id": str}) for name, text in TABLES.items()}


def as_csv(folder):
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def as_xlsx(folder):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, frame in frames().items():
        sheet = book.create_sheet(name)
        sheet.append(list(frame.columns))
        for row in frame.itertuples(index=False):
            sheet.append([pd.Timestamp(cell).to_pydatetime() if column in DATES else cell for column, cell in zip(frame.columns, row, strict=True)])
    book.save(folder / "delivery.xlsx")


def as_parquet(folder):
    for name, frame in frames().items():
        for column in DATES:
            if column in frame:
                frame[column] = pd.to_datetime(frame[column]).dt.date
        frame.to_parquet(folder / f"{name}.parquet")


def as_sas7bdat(folder):
    for name, frame in frames().items():
        columns = {}
        for column in frame.columns:
            cells = frame[column].tolist()
            if column in DATES:
                columns[column] = ("DATE9", [float((pd.Timestamp(cell) - pd.Timestamp("1960-01-01")).days) for cell in cells])
            elif column == "simulated":
                columns[column] = (None, [str(cell).lower() for cell in cells])
            else:
                columns[column] = (None, [cell if isinstance(cell, str) else float(cell) for cell in cells])
        (folder / f"{name}.sas7bdat").write_bytes(write_sas7bdat(columns, table=name))


def as_zip(folder):
    with zipfile.ZipFile(folder / "monday.zip", "w") as archive:
        for name, text in TABLES.items():
            archive.writestr(f"export/{name}.csv", text)


def as_windows_csv(folder):
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_bytes(text.replace(",", ";").replace(".", ",").replace("\n", "\r\n").encode("utf-16"))


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv")
    as_csv(folder)
    return taken(folder)


def taken(folder, mapping=None):
    delivery = read_delivery([folder], protocol=PROTOCOL, mapping=mapping)
    assert delivery.contents is not None, [str(finding) for finding in delivery.findings if finding.severity == "ERROR"]
    return delivery.contents


def assert_same(found, wanted):
    assert (found.study_id, found.cut_off, found.simulated) == (wanted.study_id, wanted.cut_off, wanted.simulated)
    assert set(found.tables) - {"import_issue"} == set(wanted.tables) - {"import_issue"}
    for name in set(wanted.tables) - {"import_issue"}:
        pd.testing.assert_frame_equal(found.tables[name], wanted.tables[name])


@pytest.mark.parametrize("write", [as_xlsx, as_parquet, as_sas7bdat, as_zip, as_windows_csv])
def test_the_same_trial_in_another_format_gives_the_same_tables(tmp_path, wanted, write):
    write(tmp_path)
    assert_same(taken(tmp_path), wanted)
    assert len(wanted.tables["ctdna_result"]) == 2 and len(wanted.tables["subject"]) == 2


ODM_MAPPING = """
study_id = "HEROES"
cut_off = 2026-01-31
simulated = false
marker = { name = "Signatera ctDNA", unit = "MTM/mL" }
[[table]]
from = "DM"
to = "subject"
columns = { subject_id = "SubjectKey", site_id = "LocationName", age_y = "AGE", sex = { column = "SEX (label)", codes = { Female = "F" } } }
[[table]]
from = "DM"
to = "milestone"
columns = { subject_id = "SubjectKey" }
unpivot = [
    { kind = { constant = "CONSENT1" }, day = "RFICDTC" },
    { kind = { constant = "INCLUDED" }, day = "IT.INCL" },
]
[[table]]
from = "LB"
to = "ctdna_result"
columns = { subject_id = "SubjectKey", day = "IT.DAY", call = "IT.CALL", quantity = "IT.VAL", unit = { constant = "MTM/mL" }, marker = { constant = "Signatera ctDNA" } }
"""


def test_an_odm_document_gives_them_with_a_mapping(tmp_path, wanted):
    first = a_form(a_group(AGE="61", SEX="1", BRTH="2025-01-02", INCL="2025-02-01"))
    first += a_form(a_group("IG.LB", "1", DAY="2025-02-20", CALL="NEGATIVE", VAL="0") + a_group("IG.LB", "2", DAY="2025-05-20", CALL="POSITIVE", VAL="1.25"))
    second = a_form(a_group(AGE="55", SEX="1", BRTH="2025-03-03"))
    (tmp_path / "odm").mkdir()
    (tmp_path / "odm" / "export.xml").write_text(an_odm(a_subject(first, "A-001") + a_subject(second, "A-002").replace("L.01", "L.02")), encoding="utf-8")
    mapping = tmp_path / "odm.toml"
    mapping.write_text(ODM_MAPPING, encoding="utf-8")
    assert_same(taken(tmp_path / "odm", mapping), wanted)


REDCAP = (
    "record_id,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,age,sex,consent,inclusion,base_complete,"
    "drawn,result,mtm,signatera_complete\n"
    "A-001,,,01,61,2,2025-01-02,2025-02-01,2,,,,\nA-001,signatera,1,01,,,,,,2025-02-20,0,0,2\nA-001,signatera,2,01,,,,,,2025-05-20,1,1.25,2\n"
    "A-002,,,02,55,2,2025-03-03,,2,,,,\n"
)
REDCAP_DICTIONARY = (
    '"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels",Identifier?\n'
    'record_id,base,text,Record ID,,\nage,base,text,Age,,\nsex,base,radio,Sex,"1, Male | 2, Female",\nconsent,base,text,Consent,,\n'
    'inclusion,base,text,Inclusion,,\ndrawn,signatera,text,Drawn,,\nresult,signatera,radio,Result,"0, NEGATIVE | 1, POSITIVE",\nmtm,signatera,text,MTM,,\n'
)
REDCAP_MAPPING = """
study_id = "HEROES"
cut_off = 2026-01-31
simulated = false
[[table]]
from = "data"
to = "subject"
columns = { subject_id = "record_id", site_id = "redcap_data_access_group", age_y = "age", sex = { column = "sex (label)", codes = { Female = "F" } } }
[[table]]
from = "data"
to = "milestone"
columns = { subject_id = "record_id" }
unpivot = [{ kind = { constant = "CONSENT1" }, day = "consent" }, { kind = { constant = "INCLUDED" }, day = "inclusion" }]
[[table]]
from = "signatera"
to = "ctdna_result"
columns = { subject_id = "record_id", day = "drawn", call = "result (label)", quantity = "mtm", unit = { constant = "MTM/mL" }, marker = { constant = "Signatera ctDNA" } }
"""


def as_eav(text: str) -> str:
    """A flat export, one value a row."""
    header, *lines = [line.split(",") for line in text.strip().split("\n")]
    rows = ["record,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,field_name,value"]
    for line in lines:
        rows += [",".join([*line[:4], name, value]) for name, value in zip(header[4:], line[4:], strict=True) if value]
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("form", ["flat", "eav", "labels"])
def test_a_redcap_export_gives_them_with_one_mapping_in_every_form(tmp_path, wanted, form):
    text = {"flat": REDCAP, "eav": as_eav(REDCAP), "labels": REDCAP.replace(",61,2,", ",61,Female,").replace(",55,2,", ",55,Female,")
            .replace(",0,0,2\n", ",NEGATIVE,0,2\n").replace(",1,1.25,", ",POSITIVE,1.25,")}[form]  # fmt: skip
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "data.csv").write_text(text, encoding="utf-8")
    (tmp_path / "export" / "dictionary.csv").write_text(REDCAP_DICTIONARY, encoding="utf-8")
    mapping = tmp_path / "redcap.toml"
    mapping.write_text(REDCAP_MAPPING, encoding="utf-8")
    assert_same(taken(tmp_path / "export", mapping), wanted)


def test_a_redcap_export_with_flagged_fields_is_refused_without_a_word_of_them(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "data.csv").write_text(REDCAP, encoding="utf-8")
    (tmp_path / "export" / "dictionary.csv").write_text(REDCAP_DICTIONARY.replace("Age,,\n", "Age,,y\n"), encoding="utf-8")
    mapping = tmp_path / "redcap.toml"
    mapping.write_text(REDCAP_MAPPING, encoding="utf-8")
    delivery = read_delivery([tmp_path / "export"], protocol=PROTOCOL, mapping=mapping)
    assert delivery.contents is None and "flagged_identifier" in rules(delivery, "ERROR")
    assert "61" not in str([finding.message for finding in delivery.findings]) and all(finding.subject_id is None for finding in delivery.findings)
    mapping.write_text('drop = { data = ["age"] }\n' + REDCAP_MAPPING.replace(' age_y = "age",', ""), encoding="utf-8")
    assert read_delivery([tmp_path / "export"], protocol=PROTOCOL, mapping=mapping).contents is not None


QUERIES_MAPPING = """
study_id = "HEROES"
cut_off = 2026-01-31
simulated = false
[[table]]
from = "DM"
to = "subject"
columns = { subject_id = "SubjectKey", site_id = "LocationName" }
[[table]]
from = "DM"
to = "milestone"
columns = { subject_id = "SubjectKey", kind = { constant = "INCLUDED" }, day = "RFICDTC" }
[[table]]
from = "QUERIES"
to = "query_item"
columns = { query_id = "QueryOID", subject_id = "SubjectKey", site_id = "LocationName", opened_day = "OpenedAt", answered_day = "AnsweredAt", closed_day = "ClosedAt", state = "State" }
[[table]]
from = "PAGES"
to = "page_entry"
columns = { subject_id = "SubjectKey", page = "FormOID", visit_code = "StudyEventOID", entered_day = "EnteredAt", n_points = "Points", n_changed = "Changed" }
"""


def test_queries_and_pages_of_an_odm_document_become_tables_with_a_mapping(tmp_path):
    def query(state, when):
        return f'<Query OID="Q.1" Source="Site Monitor" Type="Manual" State="{state}" LastUpdateDatetime="{when}T23:30:00+02:00"/>'

    def item(value, more):
        return f'<ItemData ItemOID="IT.AGE"><Value>{value}</Value>{more}</ItemData><ItemData ItemOID="IT.BRTH"><Value>2025-02-01</Value></ItemData>'

    def subject(inside, done):
        form = f'<ItemGroupData ItemGroupOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM">{inside}</ItemGroupData></ItemGroupData>'
        return a_subject(f'<StudyEventData StudyEventOID="V1">{form}</StudyEventData>', "A-001", TransactionType=done)

    first = subject(item(60, stamped("2025-02-03T10:00:00") + query("Open", "2025-02-10")), "Insert")
    later = subject(item(61, stamped("2025-03-01T10:00:00") + query("Answered", "2025-02-20") + query("Closed", "2025-03-02")), "Update")
    (tmp_path / "odm").mkdir()
    (tmp_path / "odm" / "edc.xml").write_text(an_odm(first + later, "2.0", "Transactional"), encoding="utf-8")
    mapping = tmp_path / "odm.toml"
    mapping.write_text(QUERIES_MAPPING, encoding="utf-8")
    tables = taken(tmp_path / "odm", mapping).tables
    query_row, page = tables["query_item"].iloc[0], tables["page_entry"].iloc[0]
    assert query_row[["query_id", "site_id", "subject_id", "opened_day", "answered_day", "closed_day", "state"]].tolist() == [
        "Q.1", "01", "A-001", 9, 19, 29, "Closed"]  # fmt: skip
    assert page[["page", "visit_code", "entered_day", "n_points", "n_changed"]].tolist() == ["F.DM", "V1", 2, 2, 1]
