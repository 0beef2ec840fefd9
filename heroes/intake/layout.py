"""The house layout: files named as our tables need no mapping. And the time by which a row of each table happened."""

from heroes.intake.files.dataset import Dataset
from heroes.intake.kinds import ANSWER, LABORATORY, MEASUREMENT, column_kinds
from heroes.intake.mapping import TableRule
from heroes.intake.rules import ColumnEntries
from heroes.model.records import RECORDS

MANIFEST = "DATA_CUT"
"""`data_cut.csv`: one row with study_id, cut_off, simulated; marker and marker_unit may be there too."""

MANIFEST_COLUMNS = ("study_id", "cut_off", "simulated", "marker", "marker_unit")

PRINCIPAL_TIME = {
    "milestone": "day",
    "visit": "day",
    "specimen": "collected_day",
    "ctdna_result": "day",
    MEASUREMENT: "day",
    "lesion_measure": "day",
    "response": "day",
    "treatment": "start_day",
    "tte": "end_day",
    "qs_item": "day",
    ANSWER: "day",
    LABORATORY: "day",
    "qs_form": "day",
    "ae": "start_day",
    "deviation": "day",
    "eligibility": "day",
    "query_item": "opened_day",
    "page_entry": "visit_day",
    "subject_site": "from_day",
}
"""The time that says when a row happened: by it a row lies before or after the cut-off."""

OPEN_TIMES = frozenset(
    {"treatment", "tte", ANSWER, "qs_form", "ae", "deviation", "eligibility", "query_item", "page_entry"}
)
"""Tables whose rows mean something without their principal time: a therapy that began before the records, an event of
which only the year is known."""

TIMELESS = frozenset({"screen_outcome", "subject", "lesion", "site", "site_plan", "visit_plan", "subject_link", "site_location"})


def house_table(dataset: Dataset) -> str | None:
    """The table of ours that a dataset is by its whole name, or None. `rs_onco.csv` is none; `site_plan.csv` is one."""
    stem = dataset.file.rsplit("/", 1)[-1].split(".")[0]
    for name in (dataset.name.strip().lower(), stem.strip().lower()):
        if name in RECORDS and name != "import_issue" and not _is_cdisc(dataset, name):
            return name
    return None


def _is_cdisc(dataset: Dataset, table: str) -> bool:
    """Is a dataset that is named as a table of ours the one that CDISC names so? `ae` is both; USUBJID tells them apart."""
    return table == "ae" and "USUBJID" in {name.strip().upper() for name in dataset.frame.columns}


def is_manifest(dataset: Dataset) -> bool:
    """Is this `data_cut.csv`, which describes the delivery and is no table?"""
    return MANIFEST in (dataset.name.strip().upper(), dataset.file.rsplit("/", 1)[-1].split(".")[0].strip().upper())


def house_rule(dataset: Dataset, table: str) -> tuple[TableRule | None, list[str]]:
    """The reading of a dataset in our own layout, and the columns that are none of ours.

    `<x>_date` stands for `<x>_day` and `date` for `day` (then ISO dates); `mtm_per_ml` is a quantity in MTM/mL. Where a
    date and a day are both delivered the date is believed and the day fills its gaps.
    """
    delivered = {name.strip().lower(): name for name in dataset.frame.columns}
    columns: dict[str, ColumnEntries] = {}
    used: set[str] = set()
    for name, column in column_kinds(table).items():
        rules = []
        dated = (name.removesuffix("day") + "date") if column.kind == "time" and name.endswith("day") else None
        if dated in delivered:
            rules.append(ColumnEntries(column=delivered[dated]))
            used.add(dated)
        if name in delivered:
            relative = column.kind == "time" and name.endswith("day")
            rules.append(ColumnEntries(column=delivered[name], unit="days" if relative else None))
            used.add(name)
        if rules:
            columns[name] = rules[0] if len(rules) == 1 else ColumnEntries(either=rules)
    if table == "ctdna_result" and "mtm_per_ml" in delivered:
        columns["quantity"] = ColumnEntries(column=delivered["mtm_per_ml"])
        columns["unit"] = ColumnEntries(constant="MTM/mL")
        used.add("mtm_per_ml")
    rule = TableRule.model_construct(from_=dataset.name, to=table, columns=columns, unpivot=[], where={}) if columns else None
    return rule, [delivered[name] for name in delivered if name not in used]
