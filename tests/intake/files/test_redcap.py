"""REDCap exports: flat, longitudinal, repeating, one value a row, with labels, with the dictionary, and as ODM."""

import pytest

from heroes.intake.files import read_files
from heroes.intake.identifiers import check_identifiers
from tests.intake.files.examples import rules, written

DICTIONARY = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels",Identifier?\n'
    "record_id,intake,,text,Record ID,,\n"
    'sex,intake,,radio,<b>Sex</b> at birth,"1, Female | 2, Male, or other",\n'
    "pseudo,intake,,text,Pseudonym,,y\n"
    'race,intake,,checkbox,Race,"1, A | 2, B",\n'
    "alive,intake,,yesno,Alive,,\n"
    "lab_date,lab,,text,Date of lab,,\n"
    "lab_value,lab,,text,Value,,\n"
)
FLAT = "record_id,redcap_data_access_group,sex,race___1,race___2,alive,intake_complete\n1,site_a,1,1,0,1,2\n2,site_b,2,0,0,,0\n"
REPEATING = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,sex,intake_complete,lab_date,lab_value,lab_complete\n"
    "1,base_arm_1,,,1,2,,,\n1,base_arm_1,lab,1,,,2025-01-02,5,2\n1,base_arm_1,lab,2,,,2025-01-03,,2\n2,base_arm_1,,,2,2,,,\n"
)


def delivered(folder, **files):
    """Datasets by name and the findings of a delivery of CSV files."""
    for name, text in files.items():
        written(folder, f"{name}.csv", text)
    datasets, _, findings = read_files([folder])
    return {dataset.name: dataset for dataset in datasets}, findings


def test_a_flat_export_gets_labels_and_meanings_from_its_dictionary(tmp_path):
    found, findings = delivered(tmp_path, data=FLAT, dictionary=DICTIONARY)
    assert list(found) == ["DATA"] and rules(findings) == ["redcap_dictionary"]
    assert "7 fields, 1 of them marked" in findings[0].message
    frame = found["DATA"].frame
    assert frame["sex"].tolist() == ["1", "2"] and frame["sex (label)"].tolist() == ["Female", "Male, or other"]
    assert frame["alive (label)"].tolist() == ["Yes", None] and frame["redcap_data_access_group"].tolist() == ["site_a", "site_b"]
    labels = {column.name: column.label for column in found["DATA"].columns}
    assert (labels["sex"], labels["race___2"], labels["intake_complete"]) == ("Sex at birth", "Race", None)


def test_without_a_dictionary_a_flat_export_is_a_csv_as_it_stands(tmp_path):
    found, findings = delivered(tmp_path, data=FLAT)
    assert findings == [] and list(found["DATA"].frame.columns) == FLAT.split("\n")[0].split(",")


@pytest.mark.parametrize("with_dictionary", [True, False])
def test_repeating_instruments_are_datasets_of_their_own(tmp_path, with_dictionary):
    files = {"data": REPEATING} | ({"dictionary": DICTIONARY} if with_dictionary else {})
    found, findings = delivered(tmp_path, **files)
    assert list(found) == ["DATA", "LAB"] and rules(findings)[-1] == "redcap_repeating" and "LAB" in findings[-1].message
    lab = found["LAB"]
    assert lab.file == "data.csv/lab" and lab.rows.tolist() == [3, 4]
    assert lab.frame.to_dict("list") == {
        "record_id": ["1", "1"], "redcap_event_name": ["base_arm_1"] * 2, "redcap_repeat_instance": ["1", "2"],
        "lab_date": ["2025-01-02", "2025-01-03"], "lab_value": ["5", None], "lab_complete": ["2", "2"],
    }  # fmt: skip
    data = found["DATA"].frame
    assert data["record_id"].tolist() == ["1", "2"] and not {"lab_date", "redcap_repeat_instrument"} & set(data.columns)


def test_a_column_that_nobody_filled_yet_is_there_for_the_mapping(tmp_path):
    found, _ = delivered(tmp_path, data=REPEATING.replace(",5,", ",,"))
    assert found["LAB"].frame["lab_value"].tolist() == [None, None]


def test_one_value_a_row_gives_the_same_records(tmp_path):
    lines = [
        "record,field_name,value", "1,record_id,1", "1,sex,1", "1,race,1", "1,alive,1", "1,intake_complete,2",
        "2,record_id,2", "2,sex,2", "2,intake_complete,0",
    ]  # fmt: skip
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    eav, findings = delivered(tmp_path / "a", data="\n".join(lines) + "\n", dictionary=DICTIONARY)
    flat, _ = delivered(tmp_path / "b", data=FLAT, dictionary=DICTIONARY)
    assert rules(findings) == ["redcap_dictionary", "redcap_eav"] and "8 rows" in findings[1].message
    left, right = eav["DATA"].frame, flat["DATA"].frame.drop(columns="redcap_data_access_group")
    assert sorted(left.columns) == sorted(right.columns)
    assert left[right.columns.tolist()].values.tolist() == right.values.tolist()


def test_one_value_a_row_with_events_and_instances(tmp_path):
    text = (
        "record,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,field_name,value\n"
        "1,base_arm_1,,,sex,1\n1,base_arm_1,lab,1,lab_value,5\n1,base_arm_1,lab,2,lab_value,6\n"
    )
    found, _ = delivered(tmp_path, data=text)
    assert found["LAB"].frame[["record_id", "redcap_repeat_instance", "lab_value"]].values.tolist() == [["1", "1", "5"], ["1", "2", "6"]]
    assert found["DATA"].frame[["record_id", "sex"]].values.tolist() == [["1", "1"]]


def test_boxes_without_a_dictionary_are_told_by_several_values(tmp_path):
    found, _ = delivered(tmp_path, data="record,field_name,value\n1,race,1\n1,race,2\n2,race,2\n3,sex,1\n")
    assert found["DATA"].frame[["race___1", "race___2"]].values.tolist() == [["1", "1"], ["0", "1"], [None, None]]


def test_a_row_without_record_or_field_is_refused(tmp_path):
    found, findings = delivered(tmp_path, data="record,field_name,value\n1,sex,1\n,sex,2\n")
    assert not found and rules(findings) == ["ragged_rows"] and findings[0].row == "3"


def test_an_export_with_labels_is_named_by_its_fields(tmp_path):
    text = (
        "Record ID,Data Access Group,Sex at birth,Race (choice=A),Race (choice=B),Alive,Complete?,Date of lab,Value,Complete?\n"
        'S-1,Site A,Female,Checked,Unchecked,Yes,Complete,2025-01-02,5,Incomplete\nS-2,Site B,"Male, or other",Unchecked,Unchecked,,Unverified,,,\n'
    )
    found, findings = delivered(tmp_path, data=text, dictionary=DICTIONARY)
    assert rules(findings) == ["redcap_dictionary"]
    frame = found["DATA"].frame
    assert list(frame.columns) == [
        "record_id", "redcap_data_access_group", "sex", "sex (label)", "race___1", "race___2", "alive", "alive (label)", "intake_complete",
        "lab_date", "lab_value", "lab_complete"]  # fmt: skip
    assert frame["sex (label)"].tolist() == ["Female", "Male, or other"] == frame["sex"].tolist()


def test_flagged_fields_are_refused_in_every_form_of_export_and_not_repeated(tmp_path):
    forms = {
        "flat": "record_id,sex,pseudo,intake_complete\n1,1,Zorro,2\n",
        "eav": "record,field_name,value\n1,sex,1\n1,pseudo,Zorro\n",
        "labels": "Record ID,Sex at birth,Pseudonym,Complete?\n1,Female,Zorro,Complete\n",
        "repeating": "record_id,redcap_repeat_instrument,redcap_repeat_instance,pseudo,lab_value\n1,,,Zorro,\n1,lab,1,,5\n",
    }
    for name, text in forms.items():
        (tmp_path / name).mkdir()
        found, findings = delivered(tmp_path / name, data=text, dictionary=DICTIONARY)
        passed, told = check_identifiers(list(found.values()))
        assert rules(told) == ["flagged_identifier"], name
        assert told[0].column == "pseudo" and "Zorro" not in f"{findings}{told}"
        assert not any("pseudo" in dataset.frame for dataset in passed)
        datasets, _, findings = read_files([tmp_path / name], drop={"data": {"pseudo"}})
        assert rules(check_identifiers(datasets)[1]) == [] and "dropped_by_mapping" in rules(findings)


def test_a_flagged_checkbox_is_refused_too(tmp_path):
    flagged = DICTIONARY.replace('"1, A | 2, B",', '"1, A | 2, B",y')
    found, _ = delivered(tmp_path, data=FLAT, dictionary=flagged)
    assert {finding.column for finding in check_identifiers(list(found.values()))[1]} == {"race___1", "race___2"}


def test_lists_of_arms_and_events_are_left_out(tmp_path):
    _, findings = delivered(tmp_path, arm='arm_num,name\n1,"Drug A"\n', event="event_name,arm_num,unique_event_name,event_id\nBase,1,base_arm_1,5\n", data=FLAT)
    assert rules(findings) == ["redcap_design", "redcap_design"]


def test_a_table_that_is_no_export_keeps_out_of_it(tmp_path):
    found, _ = delivered(tmp_path, dm="USUBJID,SEX\nS-1,F\n", dictionary=DICTIONARY, other="id,pseudo\n1,Zorro\n")
    assert found["DM"].frame.to_dict("list") == {"USUBJID": ["S-1"], "SEX": ["F"]}
    assert rules(check_identifiers(list(found.values()))[1]) == ["flagged_identifier"]  # a flag holds in every file


@pytest.mark.parametrize("project", ["clinical-trial-1", "repeating-instruments", "longitudinal"])
def test_a_project_as_odm_is_its_csv_export(reference, project):
    folder = reference / "formats" / "redcap" / project
    csv, _, _ = read_files([folder / "data.csv", folder / "dictionary.csv"])
    odm, _, findings = read_files([folder / "project.xml"])
    assert [dataset.name for dataset in odm] == ["PROJECT" if dataset.name == "DATA" else dataset.name for dataset in csv]
    files_of_patients = "patient_document"  # the CSV export has its name, ODM the picture itself, which is left out
    for one, other in zip(csv, odm, strict=True):
        assert sorted(one.frame.columns) == sorted(other.frame.columns)
        assert {column.name: column.is_identifier for column in one.columns} == {column.name: column.is_identifier for column in other.columns}
        for name in one.frame.columns:
            if name != files_of_patients:
                assert [_line(cell) for cell in one.frame[name]] == [_line(cell) for cell in other.frame[name]], name
    assert ("binary_values" in rules(findings)) == (project == "longitudinal")


PROJECT = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org" FileType="Snapshot">
<Study OID="P"><GlobalVariables><redcap:RepeatingInstrumentsAndEvents>
 <redcap:RepeatingEvent redcap:UniqueEventName="unplanned_arm_1"/>
 <redcap:RepeatingInstruments><redcap:RepeatingInstrument redcap:UniqueEventName="base_arm_1" redcap:RepeatInstrument="lab"/></redcap:RepeatingInstruments>
</redcap:RepeatingInstrumentsAndEvents></GlobalVariables>
<MetaDataVersion OID="M" redcap:RecordIdField="record_id">
 <ItemGroupDef OID="base.record_id"><ItemRef ItemOID="record_id"/><ItemRef ItemOID="sex"/><ItemRef ItemOID="pseudo"/></ItemGroupDef>
 <ItemGroupDef OID="lab.value"><ItemRef ItemOID="value"/></ItemGroupDef>
 <ItemDef OID="record_id" Name="record_id"/><ItemDef OID="value" Name="value"/>
 <ItemDef OID="sex" Name="sex" redcap:FieldType="radio"><CodeListRef CodeListOID="sex.choices"/></ItemDef>
 <ItemDef OID="pseudo" Name="pseudo" redcap:Identifier="y"/>
 <CodeList OID="sex.choices"><CodeListItem CodedValue="1"><Decode><TranslatedText>Female</TranslatedText></Decode></CodeListItem></CodeList>
</MetaDataVersion></Study>
<ClinicalData StudyOID="P" MetaDataVersionOID="M"><SubjectData SubjectKey="S-1" redcap:DataAccessGroup="site_a">
 <StudyEventData StudyEventOID="Event.base_arm_1" StudyEventRepeatKey="1" redcap:UniqueEventName="base_arm_1">
  <FormData FormOID="Form.base" FormRepeatKey="1"><ItemGroupData ItemGroupOID="base.record_id" ItemGroupRepeatKey="1">
   <ItemData ItemOID="record_id" Value="S-1"/><ItemData ItemOID="sex" Value="1"/></ItemGroupData></FormData>
  <FormData FormOID="Form.lab" FormRepeatKey="1"><ItemGroupData ItemGroupOID="lab.value" ItemGroupRepeatKey="1"><ItemData ItemOID="value" Value="5"/></ItemGroupData></FormData>
 </StudyEventData>
 <StudyEventData StudyEventOID="Event.unplanned_arm_1" StudyEventRepeatKey="1" redcap:UniqueEventName="unplanned_arm_1">
  <FormData FormOID="Form.lab" FormRepeatKey="1"><ItemGroupData ItemGroupOID="lab.value" ItemGroupRepeatKey="1"><ItemData ItemOID="value" Value="6"/></ItemGroupData></FormData>
 </StudyEventData>
 <StudyEventData StudyEventOID="Event.unplanned_arm_1" StudyEventRepeatKey="2" redcap:UniqueEventName="unplanned_arm_1">
  <FormData FormOID="Form.lab" FormRepeatKey="1"><ItemGroupData ItemGroupOID="lab.value" ItemGroupRepeatKey="1"><ItemData ItemOID="value" Value="7"/></ItemGroupData></FormData>
 </StudyEventData>
</SubjectData></ClinicalData></ODM>"""


def test_repeating_events_and_access_groups_of_a_project(tmp_path):
    datasets, _, findings = read_files([written(tmp_path, "project.xml", PROJECT)])
    project, lab = datasets
    assert rules(findings) == ["redcap_repeating"] and (project.name, lab.name, lab.file) == ("PROJECT", "LAB", "project.xml/lab")
    assert lab.frame.to_dict("list") == {
        "record_id": ["S-1"], "redcap_event_name": ["base_arm_1"], "redcap_repeat_instance": ["1"], "redcap_data_access_group": ["site_a"], "value": ["5"]}  # fmt: skip
    names = ["redcap_event_name", "redcap_repeat_instance", "redcap_data_access_group", "sex", "sex (label)", "value"]
    assert project.frame[names].values.tolist() == [
        ["base_arm_1", None, "site_a", "1", "Female", None], ["unplanned_arm_1", "1", "site_a", None, None, "6"],
        ["unplanned_arm_1", "2", "site_a", None, None, "7"]]  # fmt: skip
    assert [column.name for column in project.columns if column.is_identifier] == ["pseudo"]
    datasets, _, findings = read_files([tmp_path / "project.xml"], drop={"project": {"pseudo"}})
    assert "pseudo" not in datasets[0].frame and "dropped_by_mapping" in rules(findings)


def _line(cell):
    """A cell without its line breaks: in an XML attribute they are blanks."""
    return None if cell is None else " ".join(cell.split())
