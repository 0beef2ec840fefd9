"""One trial that the tests of scopes share: three sites, of which one has no patient."""

from tests.builders import a_subject, a_trial

TRIAL = a_trial(
    a_subject(
        "01-001", consented="2024-12-20", baseline_draw="2024-12-30", baseline_result="2025-01-06", included="2025-01-10",
        stopped="2025-01-20", progressed="2025-09-01",
        scans=[("2025-04-11", "SD", {"target": "SD", "nontarget": "NON-CR/NON-PD", "new_lesion": False})],
        calls=[("2024-12-30", "NEGATIVE"), ("2025-02-20", "NEGATIVE"), ("2025-05-20", "POSITIVE", 1.5)],
        draws=[("2025-06-20", "M6")], visits=[("M3", "2025-04-11", "DONE")],
        treatments=[("ANTI-HER2", "2025-05-30", None, "RESUME_CTDNA")],
        tte=[{"paramcd": "PFS", "start_day": "2025-01-10", "end_day": "2025-09-01", "aval": 234.0, "aval_days": 234.0, "cnsr": 0}],
        lesions=[{"lesion_id": "01-001-T1", "role": "TARGET"}],
        lesion_measures=[{"lesion_id": "01-001-T1", "day": "2025-04-11", "diameter_mm": 12.0}],
    ),
    a_subject(
        "01-002", consented="2025-02-03", baseline_draw="2025-02-10", baseline_result="2025-02-20",
        calls=[("2025-02-10", "POSITIVE", 3.2)], screening=("FAILED", "CTDNA_POSITIVE_BASELINE"),
    ),
    a_subject(
        "02-001", consented="2025-02-24", baseline_draw="2025-02-25", baseline_result="2025-03-01", included="2025-03-03",
        stopped="2025-03-10", scans=[("2025-06-02", "PR")], calls=[("2025-02-25", "NEGATIVE")],
        tte=[{"paramcd": "PFS", "start_day": "2025-03-03", "end_day": "2025-06-02", "aval": 91.0, "aval_days": 91.0, "cnsr": 1}],
        lesions=[{"lesion_id": "02-001-T1", "role": "TARGET"}],
        lesion_measures=[{"lesion_id": "02-001-T1", "day": "2025-06-02", "diameter_mm": 8.0}],
        visits=[("M3", "2025-06-02", "DONE")], draws=[("2025-06-02", "M3")], treatments=[("ANTI-HER2", None, "2025-03-10", "MAINTENANCE")],
    ),
    sites={"01": {"activated_on": "2024-12-01", "target_n": 5}, "02": {"activated_on": "2025-02-01"}, "03": {}},
    site_plan=[("01", "2025-01-01", 1), ("02", "2025-03-01", 1), ("03", "2025-06-01", 2)],
    visit_plan=[("M3", 91, {"window_minus": 7, "window_plus": 7}), ("M6", 183)],
    issues=[
        {"severity": "QUERY", "subject_id": "01-001", "row_ref": "4"},
        {"severity": "QUERY", "subject_id": "02-001", "row_ref": "9"},
        {"severity": "NOTE", "row_ref": "12", "file": "ctdna.csv"},
        {"severity": "NOTE", "file": "ctdna.csv"},
    ],
    cut_off="2026-01-31",
)
