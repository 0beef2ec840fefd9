"""ODM-XML 1.3 and 2.0: item groups become datasets, transactions are applied in order, attacks are refused."""

import time as clock
from datetime import date, datetime

import pytest

from heroes.intake.files import odm_stream, read_files
from heroes.intake.files.odm import read_odm
from tests.intake.files.examples import read_one, rules, written

DEFINITIONS = """
<Study OID="S"><MetaDataVersion OID="M">
 <ItemGroupDef OID="IG.DM" Name="Demographics" Domain="DM" Repeating="No">
  <ItemRef ItemOID="IT.AGE"/><ItemRef ItemOID="IT.SEX"/><ItemRef ItemOID="IT.BRTH"/><ItemRef ItemOID="IT.NEVER"/>
 </ItemGroupDef>
 <ItemGroupDef OID="IG.LB" Name="Lab" SASDatasetName="LB" Repeating="Yes"><ItemRef ItemOID="IT.VAL"/></ItemGroupDef>
 <ItemGroupDef OID="IG.VS1" Name="Vitals" Domain="VS"/><ItemGroupDef OID="IG.VS2" Name="Vitals" Domain="VS"/>
 <ItemDef OID="IT.AGE" Name="Age in years" DataType="integer" SASFieldName="AGE"><Question><TranslatedText>Age</TranslatedText></Question></ItemDef>
 <ItemDef OID="IT.SEX" Name="Sex" DataType="text" SASFieldName="SEX"><CodeListRef CodeListOID="CL.SEX"/></ItemDef>
 <ItemDef OID="IT.BRTH" Name="Consent" DataType="date" SASFieldName="RFICDTC"/>
 <ItemDef OID="IT.VAL" Name="Value" DataType="float"/>
 <CodeList OID="CL.SEX" Name="Sex" DataType="text">
  <CodeListItem CodedValue="1"><Decode><TranslatedText xml:lang="en">Female</TranslatedText><TranslatedText xml:lang="fr">Femme</TranslatedText></Decode></CodeListItem>
  <CodeListItem CodedValue="2"><Decode><TranslatedText>Male</TranslatedText></Decode></CodeListItem>
 </CodeList>
</MetaDataVersion></Study>
<AdminData><Location OID="L.01" Name="01"/><Location OID="L.02" Name="02"/><User OID="U.1"><FullName>Secret Person</FullName></User></AdminData>
"""


def an_odm(clinical: str, version: str = "1.3", kind: str = "Snapshot", definitions: str = DEFINITIONS) -> str:
    """An ODM document with these records."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ODM xmlns="http://www.cdisc.org/ns/odm/v{version}" FileType="{kind}" FileOID="F">'
        f'{definitions}<ClinicalData StudyOID="S" MetaDataVersionOID="M">{clinical}</ClinicalData></ODM>'
    )


def a_subject(inside: str, key: str = "001", **more) -> str:
    """One patient of site 01 with whatever is inside."""
    attributes = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<SubjectData SubjectKey="{key}"{attributes}><SiteRef LocationOID="L.01"/>{inside}</SubjectData>'


def a_form(groups: str, event: str = "SE.1", form: str = "F.1", **more) -> str:
    """One form of an event."""
    attributes = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<StudyEventData StudyEventOID="{event}"><FormData FormOID="{form}"{attributes}>{groups}</FormData></StudyEventData>'


def a_group(oid: str = "IG.DM", repeat: str | None = None, transaction: str | None = None, audit: str = "", **items) -> str:
    """One item group; `AGE` stands for IT.AGE. An item may be a pair of value and transaction."""
    inside = ""
    for name, value in items.items():
        value, done = value if isinstance(value, tuple) else (value, None)
        told = f' TransactionType="{done}"' if done else ""
        inside += f'<ItemData ItemOID="IT.{name}"{told} Value="{value}">{audit}</ItemData>'
    key = f' ItemGroupRepeatKey="{repeat}"' if repeat else ""
    told = f' TransactionType="{transaction}"' if transaction else ""
    return f'<ItemGroupData ItemGroupOID="{oid}"{key}{told}>{inside}</ItemGroupData>'


def stamped(when: str) -> str:
    """An audit record."""
    return f'<AuditRecord><UserRef UserOID="U.1"/><DateTimeStamp>{when}</DateTimeStamp><ReasonForChange>Secret reason</ReasonForChange></AuditRecord>'


def read(text: str) -> dict:
    """Frames by name, of a document that is read without an error."""
    datasets, findings = read_odm(text.encode(), "x.xml", "x")
    assert not [finding for finding in findings if finding.severity == "ERROR"], findings
    return {dataset.name: dataset.frame for dataset in datasets}


def test_item_groups_are_datasets_with_where_their_records_stand(tmp_path):
    dm = a_form(a_group(AGE="61", SEX="1", BRTH="2025-01-02"))
    lb = a_form(a_group("IG.LB", "1", VAL="0.5") + a_group("IG.LB", "2", VAL="1.5"), event="SE.2", form="F.LB", FormRepeatKey="3")
    datasets, _, findings = read_files([written(tmp_path, "week.xml", an_odm(a_subject(dm + lb)))])
    assert findings == [] and [(dataset.name, dataset.file) for dataset in datasets] == [("DM", "week.xml/DM"), ("LB", "week.xml/LB")]
    assert datasets[0].frame.to_dict("list") == {
        "SubjectKey": ["001"], "LocationOID": ["L.01"], "LocationName": ["01"], "StudyEventOID": ["SE.1"], "FormOID": ["F.1"], "ItemGroupOID": ["IG.DM"],
        "AGE": ["61"], "SEX": ["1"], "SEX (label)": ["Female"], "RFICDTC": [date(2025, 1, 2)], "IT.NEVER": [None],
    }  # fmt: skip
    assert datasets[0].columns[6].label == "Age" and datasets[0].rows.tolist() == [1]
    assert datasets[1].frame["ItemGroupRepeatKey"].tolist() == ["1", "2"] and datasets[1].frame["FormRepeatKey"].tolist() == ["3", "3"]
    assert datasets[1].frame["IT.VAL"].tolist() == ["0.5", "1.5"]


def test_groups_of_one_domain_are_named_by_their_oid():
    frames = read(an_odm(a_subject(a_form(a_group("IG.VS1", AGE="1") + a_group("IG.VS2", AGE="2")))))
    assert sorted(frames) == ["IG.VS1", "IG.VS2"]
    assert list(read(an_odm(a_subject(a_form(a_group("IG.VS1", AGE="1")))))) == ["IG.VS1"]  # also before the other has data


def test_patients_of_two_studies_are_kept_apart():
    one = a_subject(a_form(a_group(AGE="61")))
    text = an_odm(one).replace("</ODM>", f'<ClinicalData StudyOID="S.SITE2">{one.replace("61", "62")}</ClinicalData></ODM>')
    frame = read(text)["DM"]
    assert frame[["StudyOID", "SubjectKey", "AGE"]].values.tolist() == [["S", "001", "61"], ["S.SITE2", "001", "62"]]


def test_typed_items_and_nulls():
    items = (
        '<ItemDataInteger ItemOID="IT.AGE">61</ItemDataInteger><ItemDataString ItemOID="IT.SEX"> a\nb </ItemDataString>'
        '<ItemDataDate ItemOID="IT.BRTH">2025-01-02</ItemDataDate><ItemDataPartialDate ItemOID="IT.P">2025-02</ItemDataPartialDate>'
        '<ItemDataFloat ItemOID="IT.N" IsNull="Yes"/><ItemData ItemOID="IT.M" IsNull="Yes" Value="9"/><ItemData ItemOID="IT.E" Value=""/>'
        '<ItemDataBase64Binary ItemOID="IT.PIC">aGVsbG8=</ItemDataBase64Binary>'
    )
    frame = read(an_odm(a_subject(a_form(f'<ItemGroupData ItemGroupOID="IG.DM">{items}</ItemGroupData>'))))["DM"]
    assert frame.iloc[0].tolist()[6:] == ["61", " a\nb ", " a\nb ", date(2025, 1, 2), None, "2025-02", None, None, None, None]


def test_partial_and_impossible_dates_stay_text():
    frame = read(an_odm(a_subject(a_form(a_group(BRTH="2025-02")) + a_form(a_group(BRTH="2025-02-31"), event="SE.2"))))["DM"]
    assert frame["RFICDTC"].tolist() == ["2025-02", "2025-02-31"]


def test_version_2_nests_groups_and_holds_values_in_elements():
    group = (
        '<ItemGroupData ItemGroupOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM" ItemGroupRepeatKey="1">'
        '<ItemData ItemOID="IT.AGE"><Value>61</Value></ItemData><ItemData ItemOID="IT.SEX"/>'
        '<ItemData ItemOID="IT.MANY"><Value SeqNum="1">a</Value><Value SeqNum="2">b</Value></ItemData>'
        '</ItemGroupData></ItemGroupData>'
    )
    datasets, findings = read_odm(an_odm(a_subject(f'<StudyEventData StudyEventOID="SE.1">{group}</StudyEventData>'), "2.0").encode(), "x.xml", "x")
    assert rules(findings) == ["several_values"]
    frame = datasets[0].frame
    assert (frame["FormOID"][0], frame["ItemGroupOID"][0], frame["AGE"][0], frame["SEX"][0], frame["IT.MANY"][0]) == ("F.DM", "IG.DM", "61", None, "a | b")
    straight = an_odm(a_subject('<ItemGroupData ItemGroupOID="IG.DM"><ItemData ItemOID="IT.AGE"><Value>7</Value></ItemData></ItemGroupData>'), "2.0")
    assert read(straight)["DM"]["AGE"].tolist() == ["7"]


def test_transactions_are_applied_in_their_order():
    history = [
        a_subject(a_form(a_group(AGE="60", SEX="1") + a_group("IG.LB", "1", VAL="1") + a_group("IG.LB", "2", VAL="2")), TransactionType="Insert"),
        a_subject(a_form(a_group(AGE=("61", "Update")), TransactionType="Context"), TransactionType="Context"),
        a_subject(a_form(a_group("IG.LB", "1", transaction="Remove")), TransactionType="Context"),
        a_subject(a_form(a_group("IG.LB", "3", VAL="3")), TransactionType="Upsert"),
        a_subject(a_form(a_group(SEX=("", "Remove")), TransactionType="Context"), TransactionType="Context"),
        a_subject(a_form(a_group(AGE="40")), key="002", TransactionType="Insert"),
        a_subject("", key="002", TransactionType="Remove"),
    ]
    frames = read(an_odm("".join(history), kind="Transactional"))
    assert frames["DM"][["SubjectKey", "AGE", "SEX"]].values.tolist() == [["001", "61", None]]
    assert frames["LB"][["ItemGroupRepeatKey", "IT.VAL"]].values.tolist() == [["2", "2"], ["3", "3"]]


@pytest.mark.parametrize(
    "clinical, kind, rule",
    [
        (a_subject(a_form(a_group(AGE="61")), TransactionType="Update"), "Transactional", "transaction_without_record"),
        (a_subject("", TransactionType="Remove"), "Transactional", "transaction_without_record"),
        (a_subject(a_form(a_group(AGE="61")), TransactionType="Insert") * 2, "Transactional", "inserted_twice"),
        (a_subject(a_form(a_group(AGE="61") + a_group(AGE="62"))), "Snapshot", "record_twice"),
        (a_subject(a_form(a_group(AGE="61"), TransactionType="Change")), "Transactional", "missing_attribute"),
        ("<SubjectData/>", "Snapshot", "missing_attribute"),
        (a_subject(a_form('<ItemGroupData ItemGroupOID="IG.DM"><ItemData Value="1"/></ItemGroupData>')), "Snapshot", "missing_attribute"),
    ],
)
def test_records_that_do_not_fit_together_are_refused(clinical, kind, rule):
    datasets, findings = read_odm(an_odm(clinical, kind=kind).encode(), "x.xml", "x")
    assert datasets == [] and rules(findings) == [rule]


def test_a_record_sent_twice_alike_in_a_snapshot_is_one():
    assert read(an_odm(a_subject(a_form(a_group(AGE="61") * 2))))["DM"]["AGE"].tolist() == ["61"]


def test_queries_are_a_dataset_with_their_last_state_and_its_times():
    def query(oid, state, when):
        return (
            f'<Query OID="{oid}" Source="Site Monitor" Type="Manual" State="{state}" LastUpdateDatetime="{when}"><Value>Secret text of Mme Person</Value></Query>'
        )

    group = (
        '<ItemGroupData ItemGroupOID="IG.DM"><ItemData ItemOID="IT.AGE"><Value>61</Value>'
        + query("Q.1", "Open", "2025-01-02T10:00:00+01:00") + query("Q.1", "Answered", "2025-01-05T10:00:00+01:00")
        + query("Q.1", "Closed", "2025-01-06T23:30:00+01:00") + query("Q.2", "Closed", "2025-01-06T10:00:00") + query("Q.2", "Open", "2025-01-07T10:00:00")
        + "</ItemData></ItemGroupData>"
    )  # fmt: skip
    frames = read(an_odm(a_subject(group) + query("Q.3", "Candidate", "2025-02-01T00:00:00"), "2.0"))
    queries = frames["QUERIES"]
    assert frames["DM"]["AGE"].tolist() == ["61"] and "Secret" not in str(frames)
    first, second, third = queries.to_dict("records")
    assert first == {
        "QueryOID": "Q.1", "SubjectKey": "001", "LocationOID": "L.01", "LocationName": "01", "ItemGroupOID": "IG.DM", "ItemOID": "IT.AGE",
        "Source": "Site Monitor", "Type": "Manual", "State": "Closed", "OpenedAt": datetime(2025, 1, 2, 10), "AnsweredAt": datetime(2025, 1, 5, 10),
        "ClosedAt": datetime(2025, 1, 6, 23, 30),
    }  # fmt: skip
    assert (second["State"], second["ClosedAt"], second["OpenedAt"]) == ("Open", None, datetime(2025, 1, 7, 10))
    assert (third["SubjectKey"], third["ItemOID"], third["State"]) == (None, None, "Candidate")


def test_audit_records_tell_when_pages_were_entered_and_changed():
    first, later = stamped("2025-01-02T10:00:00"), stamped("2025-01-09T10:00:00")
    history = [
        a_subject(a_form(a_group(audit=first, AGE="60", SEX="1")), TransactionType="Insert"),
        a_subject(a_form(a_group(audit=later, AGE=("61", "Update")), TransactionType="Context"), TransactionType="Context"),
    ]
    frames = read(an_odm("".join(history), kind="Transactional"))
    assert frames["PAGES"].iloc[0].to_dict() == {
        "SubjectKey": "001", "LocationOID": "L.01", "LocationName": "01", "StudyEventOID": "SE.1", "FormOID": "F.1", "FormRepeatKey": None,
        "EnteredAt": datetime(2025, 1, 2, 10), "ChangedAt": datetime(2025, 1, 9, 10), "Points": "2", "Changed": "1",
    }  # fmt: skip
    assert frames["AUDIT"][["ItemOID", "TransactionType"]].values.tolist() == [["IT.AGE", "Insert"], ["IT.SEX", "Insert"], ["IT.AGE", "Update"]]
    assert "Secret" not in str(frames)


def test_audit_records_may_stand_apart_and_be_referred_to():
    item = '<ItemGroupData ItemGroupOID="IG.DM"><ItemDataInteger ItemOID="IT.AGE" AuditRecordID="A.1">61</ItemDataInteger></ItemGroupData>'
    apart = '<AuditRecords><AuditRecord ID="A.1"><DateTimeStamp>2025-01-02T10:00:00</DateTimeStamp></AuditRecord></AuditRecords>'
    frames = read(an_odm(a_subject(a_form(item)) + apart))
    assert frames["PAGES"]["EnteredAt"].tolist() == [datetime(2025, 1, 2, 10)] and frames["PAGES"]["Changed"].tolist() == [None]


def test_a_document_of_metadata_only_is_said(tmp_path):
    path = written(tmp_path, "study.xml", an_odm(""))
    datasets, _, findings = read_files([path])
    assert datasets == [] and rules(findings) == ["metadata_only", "no_data"]
    written(tmp_path, "dm.csv", "USUBJID\nS-1\n")
    datasets, _, findings = read_files([tmp_path])
    assert [dataset.name for dataset in datasets] == ["DM"] and rules(findings) == ["metadata_only"]


def test_dropped_columns_are_not_there():
    datasets, findings = read_odm(an_odm(a_subject(a_form(a_group(AGE="61", SEX="1")))).encode(), "x.xml", "x", drop={"DM": {"sex", "sex (label)"}})
    assert "SEX" not in datasets[0].frame and rules(findings) == ["dropped_by_mapping"]


BOMBS = {
    "billion laughs": '<!DOCTYPE ODM [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    "quadratic blow-up": f'<!DOCTYPE ODM [<!ENTITY a "{"a" * 100_000}">]>',
    "file of the machine": '<!DOCTYPE ODM [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "address of the network": '<!DOCTYPE ODM SYSTEM "http://127.0.0.1:9/odm.dtd">',
    "parameter entity": '<!DOCTYPE ODM [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>',
}


@pytest.mark.parametrize("name", BOMBS)
def test_document_types_and_entities_are_refused(name):
    text = an_odm(a_subject(a_form(a_group(AGE="&c;" if "billion" in name else "1")))).replace("?>\n", f"?>\n{BOMBS[name]}", 1)
    started = clock.monotonic()
    datasets, findings = read_odm(text.encode(), "x.xml", "x")
    assert datasets == [] and rules(findings) == ["xml_document_type"] and findings[0].row == "2"
    assert clock.monotonic() - started < 1 and "passwd" not in str(findings)


def test_depth_and_size_have_bounds(monkeypatch):
    deep = an_odm("<a>" * 5000 + "</a>" * 5000)
    assert rules(read_odm(deep.encode(), "x.xml", "x")[1]) == ["damaged_xml"]
    long = an_odm(a_subject(a_form(f'<ItemGroupData ItemGroupOID="IG.DM"><ItemDataString ItemOID="A">{"x" * 1_000_001}</ItemDataString></ItemGroupData>')))
    assert rules(read_odm(long.encode(), "x.xml", "x")[1]) == ["damaged_xml"]
    monkeypatch.setattr(odm_stream, "MOST_CELLS", 3)
    many = an_odm(a_subject(a_form("".join(a_group("IG.LB", f"{n}", VAL="1") for n in range(4)))))
    assert rules(read_odm(many.encode(), "x.xml", "x")[1]) == ["unpacks_too_large"]


@pytest.mark.parametrize(
    "content, rule",
    [
        ("<html><body/></html>", "not_odm"),
        ("<ODM/>", "odm_version"),
        ('<ODM xmlns="http://www.cdisc.org/ns/odm/v1.2"/>', "odm_version"),
        ("<ODM", "damaged_xml"),
        (an_odm(a_subject(a_form(a_group(AGE="61"))))[:-30], "damaged_xml"),
        ('<?xml version="1.0" encoding="klingon"?><ODM/>', "damaged_xml"),
    ],
)
def test_what_is_no_whole_odm_is_said(tmp_path, content, rule):
    dataset, findings = read_one(written(tmp_path, "x.xml", content))
    assert dataset is None and rules(findings) == [rule]


def test_other_encodings_are_read(tmp_path):
    text = an_odm(a_subject(a_form(a_group(SEX="é"))))
    for encoding in ("utf-16", "iso-8859-1"):
        told = text.replace('encoding="UTF-8"', f'encoding="{encoding}"')
        dataset, findings = read_one(written(tmp_path, "x.xml", told.encode(encoding)))
        assert findings == [] and dataset.frame["SEX"].tolist() == ["é"]


def test_the_published_document_of_version_2(reference):
    dataset, findings = read_one(reference / "formats" / "odm" / "odm2_repeating_itemgroup_data.xml")
    assert findings == [] and dataset.name == "MH"
    frame = dataset.frame
    assert frame["I.MH.BODSYS"].tolist() == ["1", "3", "3", "99"] and frame["I.MH.BODSYS (label)"].tolist() == ["Skin", "Heart", "Heart", "Other"]
    assert frame["I.MH.ACTIVE"].tolist() == [None, "2", "2", "2"] and frame["I.MH.SYSOTH"].tolist() == [None, None, None, "My Other Body System"]
    assert set(frame["FormOID"]) == {"F.MEDHIST"} and frame["ItemGroupRepeatKey"].tolist() == ["1", "2", "3", "4"]
