"""The mapping file of a delivery: what has no standard reading, in the language that every mapping file is written in."""

import json

from heroes.model.records import RECORDS
from heroes.simulate.deliveries.central_laboratory import COLUMNS, FILE, SENDS
from heroes.simulate.deliveries.datasets import ADSL, SPONSOR
from heroes.simulate.ledger import house_name

HEADER = """# How the deliveries of the simulated trial are read; the folders beside this file are one delivery each:
#     heroes import {folder} --mapping mapping.toml --data DIR
# What is not named here has a standard reading, or is in the layout of our own tables.
"""


def mapping_of_cdisc(folder: str, *, laboratory: bool) -> str:
    """For datasets as CDISC names them. laboratory: LB is among them; else the laboratory sends a file of its own."""
    adsl = {"subject_id": "USUBJID"} | {ours: name for name, (_, ours) in ADSL.items()}
    parts = [HEADER.format(folder=folder), reading("adsl", "subject", adsl, rank=10)]
    for name, (table, described) in SPONSOR.items():
        if name != "lb" or laboratory:
            parts.append(reading(name, table, {"subject_id": "USUBJID"} | {ours: column for column, (_, ours) in described.items()}))
    if not laboratory:
        parts.append(reading(FILE.removesuffix(".csv"), "ctdna_result", COLUMNS, SENDS))
    return "\n".join(parts)


def reading(source: str, table: str, columns: dict[str, str], codes: dict[str, dict[str, object]] | None = None, rank: int = 0) -> str:
    """One [[table]]. columns: column of the table in the house layout → delivered column. codes: column → delivered word → ours."""
    ours = {house_name(table, name): name for name in RECORDS[table].model_fields}
    lines = ["[[table]]", f"from = {json.dumps(source)}", f"to = {json.dumps(table)}", "optional = true"]
    lines += [f"rank = {rank}"] if rank else []
    lines += ["[table.columns]"]
    for name, delivered in columns.items():
        text = json.dumps(delivered)
        if codes and name in codes:
            words = ", ".join(f"{json.dumps(word)} = {json.dumps(code)}" for word, code in codes[name].items())
            text = f"{{ column = {text}, codes = {{ {words} }} }}"
        lines.append(f"{ours[name]} = {text}")
    return "\n".join(lines) + "\n"
