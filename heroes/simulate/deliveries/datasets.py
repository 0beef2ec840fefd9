"""SDTM and ADaM datasets of the simulated trial as of one date, and the tables that SDTM has no place for.

What SDTM carries is under its own names, read the standard way: DM, DS, SV, BE, EX, QS, IE, ADTTE. Characteristics that DM has no
place for are columns of ADSL; the readings of a scan, the results of the marker, adverse events and deviations have sponsor's
columns. The mapping file (`mapping`) reads those.
"""

from collections.abc import Iterable, Sequence

import pandas as pd

from heroes.model.terms import FormStatus, Instrument, MilestoneKind, ScreenStatus, VisitStatus
from heroes.simulate.deliveries.dataset import RawDataset, raw_dataset
from heroes.simulate.ledger import house_columns

Tables = dict[str, pd.DataFrame]

COMMON = {"STUDYID": "Study Identifier", "DOMAIN": "Domain Abbreviation", "USUBJID": "Unique Subject Identifier"}
OWN_TABLES = ("site", "site_plan", "site_location", "visit_plan", "query_item", "page_entry", "subject_site", "subject_link")
"""Tables that no dataset of SDTM carries: delivered as they are."""

ADSL = {
    "ECOGBL": ("ECOG Performance Status at Inclusion", "ecog"),
    "ERSTAT": ("Estrogen Receptor Status", "er_status"),
    "HER2METH": ("Method of HER2 Positivity", "her2_method"),
    "LINENUM": ("Line of Metastatic Therapy", "line_of_therapy"),
    "LINEGE2": ("Second Line or Later", "line_ge2"),
    "PRIORTRT": ("Anti-HER2 Therapy Stopped", "prior_tx"),
    "MONTHTRT": ("Months on Anti-HER2 Therapy", "months_on_anti_her2"),
    "RESPBL": ("Response at Entry", "response_at_entry"),
    "BONEONLY": ("Bone-only Disease", "bone_only"),
}
LB = {
    "LBSPID": ("Result Identifier", "result_id"),
    "LBREFID": ("Specimen Identifier", "specimen_id"),
    "VISIT": ("Visit Name", "visit_code"),
    "LBDTC": ("Date of Specimen Collection", "date"),
    "LBORRES": ("Call", "call"),
    "LBTEST": ("Marker", "marker"),
    "LBSTRESN": ("Quantity", "quantity"),
    "LBSTRESU": ("Unit of Quantity", "unit"),
    "LBQUALIF": ("Qualifier of Quantity", "qualifier"),
    "LBVARDET": ("Variants Detected", "variants_detected"),
    "LBVARTRK": ("Variants Tracked", "variants_tracked"),
    "LBMEANAF": ("Mean Variant Allele Frequency (%)", "mean_vaf_pct"),
    "LBDESIGN": ("Assay Design Version", "design_version"),
    "LBRPTDTC": ("Date of Result", "resulted_date"),
    "LBFAIL": ("Reason Not Evaluable", "failure_reason"),
    "LBAMEND": ("Amended Result", "amended"),
    "LBREPLBY": ("Replaced by Result", "superseded_by"),
}
RS = {
    "RSSEQ": ("Reading of the Scan", "seq"),
    "RSCAT": ("Criteria", "criteria"),
    "RSEVAL": ("Evaluator", "evaluator"),
    "VISIT": ("Visit Name", "visit_code"),
    "RSDTC": ("Date of Scan", "date"),
    "RSSTRESC": ("Overall Response", "overall"),
    "RSTRG": ("Target Response", "target"),
    "RSNTRG": ("Non-target Response", "nontarget"),
    "RSNEWL": ("New Lesion", "new_lesion"),
    "RSEVLBL": ("Scan Evaluable", "evaluable"),
    "RSEQUIV": ("Equivocal Progression", "equivocal"),
    "RSPDCONF": ("Progression Confirmed", "pd_confirmed"),
}
AE = {
    "AESEQ": ("Sequence Number", "seq"),
    "AEDECOD": ("Dictionary-Derived Term", "term"),
    "AEBODSYS": ("Body System or Organ Class", "soc"),
    "AETOXGR": ("Toxicity Grade", "grade"),
    "AESER": ("Serious Event", "serious"),
    "AEREL": ("Causality", "related"),
    "AESTDTC": ("Start Date of Adverse Event", "start_date"),
    "AEENDTC": ("End Date of Adverse Event", "end_date"),
}
DV = {
    "DVSEQ": ("Sequence Number", "seq"),
    "DVDECOD": ("Protocol Deviation Coded Term", "category"),
    "DVIMPFL": ("Important Deviation", "important"),
    "DVSTDTC": ("Start Date of Deviation", "date"),
}
EX = {
    "EXSEQ": ("Sequence Number", "seq"),
    "EXTRT": ("Name of Treatment", "agent_class"),
    "EXCAT": ("Reason for Treatment", "reason"),
    "EXSTDTC": ("Start Date of Treatment", "start_date"),
    "EXENDTC": ("End Date of Treatment", "end_date"),
}
SPONSOR = {"lb": ("ctdna_result", LB), "rs": ("response", RS), "ae": ("ae", AE), "dv": ("deviation", DV), "ex": ("treatment", EX)}
"""Dataset → table, and its columns: name → label and column of the table in the house layout."""

_TITLES = {"lb": "Laboratory Test Results", "rs": "Disease Response", "ae": "Adverse Events", "dv": "Protocol Deviations", "ex": "Exposure"}
_ENDS = {
    MilestoneKind.COMPLETED: "COMPLETED", MilestoneKind.LTFU: "LOST TO FOLLOW-UP", MilestoneKind.WITHDRAWN: "WITHDRAWAL BY SUBJECT",
    MilestoneKind.DISCONTINUED: "OTHER",
}  # fmt: skip
_ITEM_CODES = {Instrument.QLQ_C30: "QS028{:02d}", Instrument.EQ_5D_5L: "EQ5D02{:02d}"}


def cdisc_datasets(tables: Tables, study_id: str, *, laboratory: bool = True) -> list[RawDataset]:
    """The datasets of a delivery. laboratory: with LB; without it the laboratory sends its results itself."""
    made = [_dm(tables), _adsl(tables), _ds(tables), _sv(tables), _be(tables), _qs(tables), _ie(tables), _adtte(tables)]
    made += [_sponsor(name, tables) for name in SPONSOR if name != "lb" or laboratory]
    return [_of_study(dataset, study_id) for dataset in made if dataset.rows]


def own_datasets(tables: Tables) -> list[RawDataset]:
    """The tables that SDTM has no place for, in the house layout."""
    return [
        raw_dataset(name, name, {column: column for column in house_columns(name)}, tables[name].to_numpy(dtype=object).tolist())
        for name in OWN_TABLES if name in tables
    ]  # fmt: skip


def _of_study(dataset: RawDataset, study_id: str) -> RawDataset:
    """The dataset with the study and, in SDTM, the domain before its own columns."""
    is_adam = dataset.name.startswith("ad")
    first = {"STUDYID": study_id} if is_adam else {"STUDYID": study_id, "DOMAIN": dataset.name.upper()}
    columns = {name: COMMON[name] for name in first} | dict(dataset.columns)
    kinds = {name: str for name in first} | dict(dataset.kinds)
    return RawDataset(dataset.name, dataset.label, columns, kinds, [[*first.values(), *row] for row in dataset.rows])


def _rows(tables: Tables, name: str, columns: Sequence[str]) -> Iterable[tuple]:
    return tables[name][list(columns)].itertuples(index=False, name=None) if name in tables else ()


def _sponsor(name: str, tables: Tables) -> RawDataset:
    table, described = SPONSOR[name]
    columns = {"USUBJID": COMMON["USUBJID"]} | {column: label for column, (label, _) in described.items()}
    wanted = ["subject_id", *(ours for _, ours in described.values())]
    return raw_dataset(name, _TITLES[name], columns, list(_rows(tables, table, wanted)))


def _dm(tables: Tables) -> RawDataset:
    consented = _days_of(tables, MilestoneKind.CONSENT1)
    died = _days_of(tables, MilestoneKind.DEATH)
    rows = [
        (subject, subject, site, consented.get(subject), died.get(subject), "Y" if subject in died else None, age, "YEARS", sex, "FRA")
        for subject, site, age, sex in _rows(tables, "subject", ("subject_id", "site_id", "age_y", "sex"))
    ]
    columns = {
        "USUBJID": COMMON["USUBJID"], "SUBJID": "Subject Identifier for the Study", "SITEID": "Study Site Identifier",
        "RFICDTC": "Date of Informed Consent", "DTHDTC": "Date of Death", "DTHFL": "Subject Death Flag", "AGE": "Age",
        "AGEU": "Age Units", "SEX": "Sex", "COUNTRY": "Country",
    }  # fmt: skip
    return raw_dataset("dm", "Demographics", columns, rows)


def _adsl(tables: Tables) -> RawDataset:
    alive = _days_of(tables, MilestoneKind.LAST_ALIVE)
    columns = {"USUBJID": COMMON["USUBJID"]} | {name: label for name, (label, _) in ADSL.items()} | {"LSTALVDT": "Date Last Known Alive"}
    wanted = ("subject_id", *(ours for _, ours in ADSL.values()))
    rows = [(*row, alive.get(row[0])) for row in _rows(tables, "subject", wanted)]
    return raw_dataset("adsl", "Subject-Level Analysis Dataset", columns, rows)


def _days_of(tables: Tables, kind: MilestoneKind) -> dict:
    return {subject: day for subject, step, day in _rows(tables, "milestone", ("subject_id", "kind", "date")) if step == kind}


def _ds(tables: Tables) -> RawDataset:
    rows = []
    for subject, kind, day in _rows(tables, "milestone", ("subject_id", "kind", "date")):
        if kind == MilestoneKind.LAST_ALIVE:
            continue
        is_end = kind in _ENDS
        decoded = _ENDS[MilestoneKind(kind)] if is_end else kind
        rows.append((subject, kind, decoded, "DISPOSITION EVENT" if is_end else "PROTOCOL MILESTONE", day))
    for subject, status, reason in _rows(tables, "screen_outcome", ("subject_id", "status", "reason")):
        if status == ScreenStatus.FAILED:
            rows.append((subject, reason, "SCREEN FAILURE", "DISPOSITION EVENT", None))
    columns = {
        "USUBJID": COMMON["USUBJID"], "DSTERM": "Reported Term for the Disposition Event", "DSDECOD": "Standardized Disposition Term",
        "DSCAT": "Category for Disposition Event", "DSSTDTC": "Start Date of Disposition Event",
    }  # fmt: skip
    return raw_dataset("ds", "Disposition", columns, sorted(rows, key=lambda row: (row[0], row[4] is None, row[4] or 0, row[1])))


def _sv(tables: Tables) -> RawDataset:
    rows = [
        (subject, code, "N" if status == VisitStatus.MISSED else "Y", "UNPLANNED" if status == VisitStatus.UNPLANNED else None, day)
        for subject, code, day, status in _rows(tables, "visit", ("subject_id", "visit_code", "date", "status"))
    ]
    columns = {
        "USUBJID": COMMON["USUBJID"], "VISIT": "Visit Name", "SVOCCUR": "Visit Occurred", "SVUPDES": "Description of Unplanned Visit",
        "SVSTDTC": "Start Date of Visit",
    }  # fmt: skip
    return raw_dataset("sv", "Subject Visits", columns, rows)


def _be(tables: Tables) -> RawDataset:
    rows = []
    for specimen, subject, code, drawn, received in _rows(
        tables, "specimen", ("specimen_id", "subject_id", "visit_code", "collected_date", "received_date")
    ):
        rows += [(subject, specimen, "COLLECTING", code, drawn), (subject, specimen, "RECEIVING", code, received)]
    columns = {
        "USUBJID": COMMON["USUBJID"], "BEREFID": "Reference ID", "BEDECOD": "Dictionary-Derived Term", "VISIT": "Visit Name",
        "BESTDTC": "Start Date of Biospecimen Event",
    }  # fmt: skip
    return raw_dataset("be", "Biospecimen Events", columns, [row for row in rows if row[4] is not None])


def _qs(tables: Tables) -> RawDataset:
    visits, rows = {}, []
    for subject, instrument, code, day, status, reason in _rows(
        tables, "qs_form", ("subject_id", "instrument", "visit_code", "date", "status", "reason")
    ):
        visits[subject, instrument, day] = code
        if status != FormStatus.DONE:
            why = "NOT EXPECTED" if status == FormStatus.NOT_EXPECTED else reason
            rows.append((subject, instrument, "QSALL", code, None, "NOT DONE", why, None))
    for subject, instrument, day, number, value in _rows(tables, "qs_item", ("subject_id", "instrument", "date", "item_no", "value")):
        item = _ITEM_CODES[Instrument(instrument)].format(number)
        rows.append((subject, instrument, item, visits[subject, instrument, day], value, "NOT DONE" if value is None else None, None, day))
    columns = {
        "USUBJID": COMMON["USUBJID"], "QSCAT": "Category of Question", "QSTESTCD": "Question Short Name", "VISIT": "Visit Name",
        "QSSTRESN": "Numeric Finding in Standard Units", "QSSTAT": "Completion Status", "QSREASND": "Reason Not Performed",
        "QSDTC": "Date of Finding",
    }  # fmt: skip
    return raw_dataset("qs", "Questionnaires", columns, rows)


def _ie(tables: Tables) -> RawDataset:
    rows = [
        (subject, criterion, category, "N" if category == "INCLUSION" else "Y", day)
        for subject, criterion, category, day in _rows(tables, "eligibility", ("subject_id", "criterion", "category", "date"))
    ]
    columns = {
        "USUBJID": COMMON["USUBJID"], "IETESTCD": "Inclusion/Exclusion Criterion Short Name", "IECAT": "Inclusion/Exclusion Category",
        "IESTRESC": "I/E Criterion Result in Std Format", "IEDTC": "Date of Collection",
    }  # fmt: skip
    return raw_dataset("ie", "Inclusion/Exclusion Criteria Not Met", columns, rows)


def _adtte(tables: Tables) -> RawDataset:
    columns = {
        "USUBJID": COMMON["USUBJID"], "PARAMCD": "Parameter Code", "STARTDT": "Time-to-Event Origin Date", "ADT": "Analysis Date",
        "AVAL": "Analysis Value", "AVALU": "Analysis Value Unit", "CNSR": "Censor", "EVNTDESC": "Event or Censoring Description",
        "CNSDTDSC": "Censor Date Description", "SRCDOM": "Source Data",
    }  # fmt: skip
    wanted = ("subject_id", "paramcd", "start_date", "end_date", "aval", "avalu", "cnsr", "evntdesc", "cnsdtdsc", "source")
    return raw_dataset("adtte", "Time-to-Event Analysis", columns, list(_rows(tables, "tte", wanted)))
