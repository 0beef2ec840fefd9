"""The simulated trial repeats itself, scales, and looks like a trial."""

import hashlib
import os
import subprocess
import sys
import time
from datetime import date, timedelta

import pytest

from heroes.errors import MisuseError
from heroes.model.records import RECORDS
from heroes.simulate import DEFAULT_SEED, simulate_trial
from heroes.simulate.chance import stream
from heroes.simulate.ledger import house_name, is_date

WEEK = timedelta(days=7)


def digest(tables) -> str:
    text = "".join(name + frame.to_csv(index=False) for name, frame in sorted(tables.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_same_seed_is_the_same_trial_in_another_process_with_other_hashes():
    program = (
        "from heroes.simulate import simulate_trial; from tests.simulate.test_trial import digest;"
        "trial = simulate_trial(subjects=30, sites=8, seed=5); print(digest(trial.tables_at(trial.newest)), trial.newest)"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed, zone in (("0", "UTC"), ("4711", "Pacific/Auckland"))
    }
    assert len(printed) == 1


def test_another_seed_is_another_trial():
    first, second = (simulate_trial(subjects=10, sites=4, seed=seed) for seed in (1, 2))
    assert digest(first.tables_at(first.newest)) != digest(second.tables_at(second.newest))


def test_streams_do_not_depend_on_each_other():
    before = stream(3, "draw", "01-001").random(4).tolist()
    stream(3, "screening", "01-001").random(1000)
    assert stream(3, "draw", "01-001").random(4).tolist() == before
    assert stream(3, "draw", "01-002").random(4).tolist() != before


def test_the_number_of_cuts_changes_the_dates_listed_and_nothing_else():
    few, many = simulate_trial(subjects=10, sites=4, cuts=3), simulate_trial(subjects=10, sites=4, cuts=20)
    assert few.cut_offs == many.cut_offs[-3:]
    assert digest(few.tables_at(few.newest)) == digest(many.tables_at(few.newest))


@pytest.mark.parametrize(("subjects", "sites"), [(1, 10), (1, 1), (7, 120), (60, 10), (400, 35)])
def test_any_number_of_subjects_and_sites(subjects, sites):
    trial = simulate_trial(subjects=subjects, sites=sites)
    tables = trial.tables_at(trial.newest)
    assert (tables["milestone"]["kind"] == "INCLUDED").sum() == subjects
    assert len(tables["site"]) == sites
    assert tables["subject"]["subject_id"].is_unique
    assert tables["site"]["target_n"].sum() == subjects
    assert 1 <= len(trial.cut_offs) <= 60


@pytest.mark.parametrize("wrong", [{"subjects": 0}, {"sites": 0}, {"cuts": 0}, {"seed": -1}])
def test_impossible_sizes_are_misuse(wrong):
    with pytest.raises(MisuseError):
        simulate_trial(**wrong)


def test_cut_offs_are_weekly_oldest_first_and_end_eight_weeks_after_the_last_inclusion(trial):
    assert len(trial.cut_offs) == 60
    assert all(later - earlier == WEEK for earlier, later in zip(trial.cut_offs, trial.cut_offs[1:], strict=False))
    milestones = trial.tables_at(trial.newest)["milestone"]
    assert milestones.loc[milestones["kind"] == "INCLUDED", "date"].max() == trial.newest - 8 * WEEK


def test_every_cut_has_the_columns_codes_and_keys_of_the_record_models(trial):
    for cut_off in (trial.cut_offs[0], trial.newest):
        for name, frame in trial.tables_at(cut_off).items():
            record = RECORDS[name]
            day0 = date(2020, 1, 1)
            renamed = {house_name(name, column): column for column in record.model_fields}
            extra = {"origin_kind": "INCLUSION"} if name == "subject" else {}
            days = {column for column in frame if is_date(name, column) and renamed[column].endswith("day")}
            for row in frame.to_dict("records"):
                cells = {
                    renamed[column]: (cell - day0).days if column in days and cell is not None else cell
                    for column, cell in row.items()
                }
                record.model_validate({**extra, **cells})
            assert not frame.duplicated([house_name(name, column) for column in record.key]).any(), name


def test_amendments_are_seen_between_two_weekly_cuts(trial):
    oldest = trial.cut_offs[0]
    seen = [row for row in trial.amendments.itertuples() if oldest < row.known_from <= trial.newest]
    assert {row.kind for row in seen} >= {"call_amended", "progression_date_corrected", "scan_read_again", "death_date_corrected"}
    for row in seen:
        before = row.known_from - timedelta(days=1)
        earlier, later = (trial.tables_at(day)[row.table] for day in (before, row.known_from))
        own = [set(frame[frame["subject_id"] == row.subject_id].map(str).itertuples(index=False, name=None)) for frame in (earlier, later)]
        assert own[0] != own[1], row


def test_amended_calls_keep_their_history(trial):
    results = trial.tables_at(trial.newest)["ctdna_result"]
    amended = results[results["amended"].astype(bool)]
    assert len(amended) >= 2
    for row in amended.itertuples():
        first = results[results["superseded_by"] == row.result_id]
        assert len(first) == 1 and first["call"].item() != row.call and first["resulted_date"].item() < row.resulted_date


def test_the_funnel_is_that_of_the_domain_notes():
    tables = [(trial := simulate_trial(seed=seed)).tables_at(trial.newest) for seed in (DEFAULT_SEED, 11, 12, 13)]
    reasons = [reason for cut in tables for reason in cut["screen_outcome"]["reason"]]
    n = len(reasons)
    assert 205 <= n / len(tables) <= 245
    shares = {reason: reasons.count(reason) / n for reason in set(reasons)}
    assert 0.10 <= shares["CTDNA_POSITIVE_BASELINE"] <= 0.18
    assert 0.02 <= shares["TISSUE_INADEQUATE"] <= 0.06
    assert 0.02 <= shares["ASSAY_FAILED"] <= 0.08
    assert 0.004 <= shares["CONSENT_DECLINED"] <= 0.04


def test_baseline_positives_leave(trial):
    tables = trial.tables_at(trial.newest)
    outcome = tables["screen_outcome"].set_index("subject_id")["reason"]
    results = tables["ctdna_result"]
    positive = set(results[(results["visit_code"] == "BASELINE") & (results["call"] == "POSITIVE")]["subject_id"])
    planted = set(trial.truth[trial.truth["rule"] == "baseline_positive_included"]["subject_id"])
    assert {subject for subject in positive if outcome[subject] == "CTDNA_POSITIVE_BASELINE"} == positive - planted


def test_accrual_ramps_up_at_uneven_sites(trial):
    tables = trial.tables_at(trial.newest)
    included = tables["milestone"][tables["milestone"]["kind"] == "INCLUDED"]
    assert date(2025, 3, 1) <= included["date"].min() <= date(2025, 5, 15)
    assert date(2026, 9, 15) <= included["date"].max() <= date(2027, 4, 15)
    per_site = included["subject_id"].str[:2].value_counts()
    assert 25 <= len(per_site) <= 33 and per_site.max() >= 10
    assert tables["site"]["closed_on"].notna().sum() == 1
    early = trial.tables_at(date(2025, 4, 1))
    assert early["site"]["activated_on"].isna().sum() > 15
    august = [day for day in trial.history["milestone"].query("kind == 'CONSENT1'")["date"] if day.month == 8]
    june = [day for day in trial.history["milestone"].query("kind == 'CONSENT1'")["date"] if day.month == 6]
    assert len(august) < len(june)


def test_the_newest_cut_shows_every_state_of_a_draw(trial):
    tables = trial.tables_at(trial.newest)
    included = dict(tables["milestone"].query("kind == 'INCLUDED'")[["subject_id", "date"]].itertuples(index=False))
    left = set(tables["treatment"].query("seq > 1")["subject_id"])
    ends = tables["milestone"]["kind"].isin(["DEATH", "LTFU", "WITHDRAWN", "DISCONTINUED", "COMPLETED"])
    left |= set(tables["milestone"][ends]["subject_id"])
    drawn = set(tables["specimen"][["subject_id", "visit_code"]].itertuples(index=False, name=None))
    resulted = set(tables["ctdna_result"][["subject_id", "visit_code"]].itertuples(index=False, name=None))
    visits = tables["visit"].query("status == 'MISSED'")
    missed = set(visits[["subject_id", "visit_code"]].itertuples(index=False, name=None))
    states = {"drawn": len(resulted), "pending": len(drawn - resulted), "missed": len(missed)}
    states |= {"due": 0, "overdue": 0, "not yet due": 0}
    for subject, day in included.items():
        for visit in tables["visit_plan"].itertuples():
            planned = day + timedelta(days=visit.planned_day)
            if (subject, visit.visit_code) in drawn | missed or subject in left:
                continue
            if planned + timedelta(days=visit.window_plus) < trial.newest:
                states["overdue"] += 1
            elif planned - timedelta(days=visit.window_minus) <= trial.newest:
                states["due"] += 1
            else:
                states["not yet due"] += 1
    assert all(n >= 3 for n in states.values()), states
    assert max((trial.newest - day).days for day in included.values()) > 700


def test_all_phases_and_ends_occur(trial):
    tables = trial.tables_at(trial.newest)
    assert set(tables["treatment"]["reason"]) >= {"MAINTENANCE", "RESUME_CTDNA", "RESUME_PD", "NEW_PD", "RESUME_OTHER"}
    ends = {"DEATH", "LTFU", "WITHDRAWN", "COMPLETED", "LAST_ALIVE"}
    assert set(tables["milestone"]["kind"]) >= {"TX_STOP", "TX_RESUME", "TX_NEW", *ends}
    assert set(tables["ctdna_result"]["call"]) == {"POSITIVE", "NEGATIVE", "NOT_EVALUABLE"}


def test_ctdna_precedes_most_progressions_and_grows_in_most():
    lead, without, first_levels, growing, wavering = [], 0, [], 0, 0
    for seed in range(20, 24):
        trial = simulate_trial(subjects=400, seed=seed)
        tables = trial.tables_at(trial.newest + 60 * WEEK)
        results = tables["ctdna_result"]
        positive = (results["visit_code"] != "BASELINE") & (results["call"] == "POSITIVE")
        current = results[results["superseded_by"].isna() & positive]
        scans = tables["response"]
        is_certain = scans["equivocal"].isna() | scans["pd_confirmed"].eq(True)
        certain = scans[(scans["overall"] == "PD") & scans["evaluable"].astype(bool) & is_certain]
        progressed = certain.groupby("subject_id")["date"].min()
        for subject, own in current.sort_values("date").groupby("subject_id"):
            first_levels.append(own["quantity"].iloc[0])
            if len(own) >= 3:
                growing += own["quantity"].iloc[-1] > own["quantity"].iloc[0] * 1.3
                wavering += own["quantity"].iloc[-1] <= own["quantity"].iloc[0] * 1.3
            if subject in progressed.index and own["date"].iloc[0] < progressed[subject]:
                lead.append((progressed[subject] - own["date"].iloc[0]).days)
        without += len(progressed)
    assert 0.5 <= len(lead) / without <= 0.75
    assert 75 <= sorted(lead)[len(lead) // 2] <= 120
    assert 1.2 <= sorted(first_levels)[len(first_levels) // 2] <= 3.2  # 10 ** 0.3 is 2.0
    assert growing > 2 * wavering > 0


def test_the_cap_on_later_lines_is_kept(trial):
    subjects = trial.tables_at(trial.newest)["subject"]
    assert subjects["line_ge2"].mean() < 0.5
    assert ((subjects["line_of_therapy"] >= 2) == subjects["line_ge2"]).all()


def test_it_is_made_in_no_time():
    started = time.process_time()
    trial = simulate_trial()
    made = time.process_time()
    trial.tables_at(trial.newest)
    assert made - started < 3
    assert time.process_time() - made < 0.3
