"""The central laboratory's file of results in a layout of its own: semicolons, French headings and words."""

import csv
from pathlib import Path

from heroes.simulate.deliveries.dataset import raw_dataset, text_of
from heroes.simulate.deliveries.datasets import Tables

FILE = "central_lab.csv"
COLUMNS = {
    "result_id": "COMPTE_RENDU", "specimen_id": "TUBE", "subject_id": "CODE_ETUDE", "visit_code": "VISITE", "date": "DATE_PRELEVEMENT",
    "call": "RESULTAT", "quantity": "MTM_ML", "qualifier": "SIGNE", "variants_detected": "VARIANTS_DETECTES",
    "variants_tracked": "VARIANTS_SUIVIS", "mean_vaf_pct": "VAF_MOYENNE_PCT", "design_version": "VERSION_PANEL",
    "resulted_date": "DATE_RESULTAT", "failure_reason": "MOTIF_ECHEC", "amended": "RECTIFICATIF", "superseded_by": "REMPLACE_PAR",
}  # fmt: skip
"""Column of `ctdna_result` → heading. Marker and unit stand in data_cut.csv."""
SENDS = {
    "call": {"POSITIF": "POSITIVE", "NEGATIF": "NEGATIVE", "NON INTERPRETABLE": "NOT_EVALUABLE"},
    "amended": {"OUI": True, "NON": False},
}
"""Column → the laboratory's word → ours."""


def write_central_laboratory(folder: Path, tables: Tables) -> None:
    """The results known on the day of the delivery, superseded ones included; nothing where there is none."""
    if "ctdna_result" not in tables:
        return
    words = {name: {ours: word for word, ours in codes.items()} for name, codes in SENDS.items()}
    rows = [
        [words[name][cell] if name in words else cell for name, cell in zip(COLUMNS, row, strict=True)]
        for row in tables["ctdna_result"][list(COLUMNS)].itertuples(index=False, name=None)
    ]
    dataset = raw_dataset("central_lab", "Central laboratory", {heading: heading for heading in COLUMNS.values()}, rows)
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(dataset.names)
        writer.writerows([text_of(cell) for cell in row] for row in dataset.rows)
