"""A naive recount of what is due and has not come, and of how sites work, written without a look at how it was made."""

from collections import defaultdict
from datetime import date, timedelta

from tests.simulate.recount import Records, current_results, steps_of

DAYS = ("date", "collected_date", "start_date", "end_date", "visit_date")
ENDS = ("DEATH", "LTFU", "WITHDRAWN", "COMPLETED", "DISCONTINUED")


def watched(records: Records) -> dict[str, date]:
    """Included patients under surveillance (off therapy, no progression, not ended) → day of inclusion."""
    steps = steps_of(records)
    left = {row["subject_id"] for row in records["treatment"] if row["seq"] > 1}
    left |= {row["subject_id"] for row in records["response"] if row["overall"] == "PD"}
    left |= {subject for subject, own in steps.items() if any(own[kind] for kind in ENDS)}
    return {subject: own["INCLUDED"][0] for subject, own in steps.items() if own["INCLUDED"] and subject not in left}


def visits_past(records: Records, cut_off: date, needs: str) -> list[tuple[str, str]]:
    """(patient, visit) whose window has closed."""
    return [
        (subject, visit["visit_code"])
        for subject, included in watched(records).items()
        for visit in records["visit_plan"]
        if visit[needs] and included + timedelta(days=visit["planned_day"] + visit["window_plus"]) < cut_off
    ]


def draw_overdue(records: Records, cut_off: date) -> set[str]:
    drawn = {(row["subject_id"], row["visit_code"]) for table in ("specimen", "ctdna_result") for row in records[table]}
    return {subject for subject, visit in visits_past(records, cut_off, "needs_ctdna") if (subject, visit) not in drawn}


def scan_overdue(records: Records, cut_off: date) -> set[str]:
    scanned = {(row["subject_id"], row["visit_code"]) for row in records["response"]}
    return {subject for subject, visit in visits_past(records, cut_off, "needs_imaging") if (subject, visit) not in scanned}


def scan_overdue_12_months(records: Records, cut_off: date) -> set[str]:
    scanned = {(row["subject_id"], row["visit_code"]) for row in records["response"]}
    past = visits_past(records, cut_off, "needs_imaging")
    return {subject for subject, visit in past if visit == "M12" and (subject, visit) not in scanned}


def result_outstanding(records: Records, cut_off: date) -> set[str]:
    resulted = {row["specimen_id"] for row in records["ctdna_result"]}
    return {
        row["subject_id"] for row in records["specimen"]
        if row["specimen_id"] not in resulted and (cut_off - row["received_date"]).days > 21
    }


def positive_not_restarted(records: Records, cut_off: date) -> set[str]:
    known = {
        row["subject_id"] for row in current_results(records)
        if row["call"] == "POSITIVE" and row["visit_code"] != "BASELINE" and (cut_off - row["resulted_date"]).days > 28
    }
    return known & set(watched(records))


def post_restart_test_missing(records: Records, cut_off: date) -> set[str]:
    overdue = set()
    for row in records["treatment"]:
        if row["reason"] == "RESUME_CTDNA" and (cut_off - row["start_date"]).days > 91 + 7:
            after = row["start_date"] + timedelta(days=60)
            if not any(draw["subject_id"] == row["subject_id"] and draw["collected_date"] > after for draw in records["specimen"]):
                overdue.add(row["subject_id"])
    return overdue


def no_news(records: Records, cut_off: date) -> set[str]:
    last = defaultdict(lambda: date.min)
    for table, rows in records.items():
        for row in rows:
            days = [row[name] for name in DAYS if name in row and row[name]]
            if "subject_id" in row and days and table not in ("subject_site", "subject_link"):
                last[row["subject_id"]] = max(last[row["subject_id"]], *days)
    return {subject for subject in watched(records) if (cut_off - last[subject]).days > 120}


CLOCKS = {
    rule.__name__: rule
    for rule in (
        draw_overdue, scan_overdue, scan_overdue_12_months, result_outstanding, positive_not_restarted, post_restart_test_missing, no_news,
    )
}


def event_rates(records: Records, cut_off: date) -> dict[str, float]:
    """Adverse events per patient-year since inclusion, by the site of the patient's code."""
    years, events = defaultdict(float), defaultdict(int)
    for subject, own in steps_of(records).items():
        if own["INCLUDED"]:
            last = min([cut_off, *(own[kind][0] for kind in ENDS if own[kind])])
            years[subject[:2]] += (last - own["INCLUDED"][0]).days / 365.25
    for row in records["ae"]:
        events[row["subject_id"][:2]] += 1
    return {site: events[site] / years[site] for site in years if years[site] > 3}


def late_shares(records: Records, cut_off: date) -> dict[str, float]:
    """Share of pages entered, or still waiting, more than 10 days after their visit, by site."""
    late, pages = defaultdict(int), defaultdict(int)
    for row in records["page_entry"]:
        pages[row["subject_id"][:2]] += 1
        late[row["subject_id"][:2]] += ((row["entered_date"] or cut_off) - row["visit_date"]).days > 10
    return {site: late[site] / n for site, n in pages.items() if n >= 30}


def query_ages(records: Records, cut_off: date) -> dict[str, float]:
    """Mean days until an answer, or until now, by site."""
    ages = defaultdict(list)
    for row in records["query_item"]:
        if row["opened_date"] and row["state"] != "Cancelled":
            ages[row["site_id"]].append(((row["answered_date"] or cut_off) - row["opened_date"]).days)
    return {site: sum(own) / len(own) for site, own in ages.items() if len(own) >= 8}


def missed_shares(records: Records, cut_off: date) -> dict[str, float]:
    """Share of expected questionnaires that were missed, by site."""
    missed, expected = defaultdict(int), defaultdict(int)
    for row in records["qs_form"]:
        if row["status"] != "NOT_EXPECTED":
            expected[row["subject_id"][:2]] += 1
            missed[row["subject_id"][:2]] += row["status"] == "MISSED"
    return {site: missed[site] / n for site, n in expected.items() if n >= 20}
