"""Published analyses with their inputs and R's results, compared row by row with this project's."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from heroes.statistics.competing_risks import estimate_incidence, incidence_at
from heroes.statistics.intervals import DEGENERATE_METHOD
from heroes.statistics.logrank import logrank
from heroes.statistics.quantiles import estimate_follow_up, estimate_quantile
from heroes.statistics.restricted_mean import estimate_restricted_mean
from heroes.statistics.survival import estimate_survival, row_at, survival_at

EDGES = Path(__file__).resolve().parents[1] / "reference" / "survival"


@dataclass(frozen=True)
class ReferenceTables:
    """A folder with inputs/ and results/."""

    folder: Path

    def table(self, name: str, analysis: str) -> pd.DataFrame:
        """The rows of one analysis in a table of results."""
        table = self._tables.setdefault(
            name, pd.read_csv(self.folder / "results" / f"{name}.csv", dtype={"stratum": str, "input_file": str})
        )
        return table[table.analysis_id == analysis]

    def analyses(self, kind: str) -> list[str]:
        listed = pd.read_csv(self.folder / "results" / "analyses.csv")
        return list(listed[listed.kind == kind].analysis_id)

    def rows(self, analysis: str) -> pd.DataFrame:
        """The patients of one analysis."""
        name = self.table("analyses", analysis).input_file.iloc[0]
        if isinstance(name, str):
            return pd.read_csv(self.folder / name, dtype={"stratum": str})
        rows = pd.read_csv(self.folder / "datasets" / "sim100k_days.csv", dtype={"stratum": str})
        return rows if analysis == "sim100k_strata" else rows.assign(stratum="all")

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {}


class Comparison:
    """Collects what differs; `n` counts what was compared, so that an empty comparison is noticed."""

    def __init__(self):
        self.n = 0
        self.differences = []

    def same(self, where, ours, theirs, *, absolute=0.0, relative=0.0):
        """Equal within tolerance; no number of ours must be no number of theirs."""
        self.n += 1
        none_ours, none_theirs = ours is None or bool(np.isnan(ours)), bool(pd.isna(theirs))
        equal = none_ours == none_theirs and (
            none_ours or abs(ours - theirs) <= max(absolute, relative * abs(theirs)))
        if not equal:
            self.differences.append((where, ours, theirs))


def compare_curve(tables: ReferenceTables, analysis: str, seen: Comparison) -> None:
    """Every row of the curve: counts, survival, standard error, and limits where survival is neither 1 nor 0."""
    published, patients = tables.table("km_curve", analysis), tables.rows(analysis)
    for stratum, theirs in published.groupby("stratum"):
        own = patients[patients.stratum == stratum]
        for conf_type, suffix in (("log", "log"), ("log-log", "loglog")):
            ours = estimate_survival(own.time, own.status, conf_type=conf_type)
            assert len(ours.time) == len(theirs), (analysis, stratum)
            for i, row in enumerate(theirs.to_dict("records")):
                where = (analysis, stratum, row["time"])
                seen.same(where, ours.time[i], row["time"], relative=1e-10)
                seen.same(where, ours.at_risk[i], row["n_risk"])
                seen.same(where, ours.events[i], row["n_event"])
                seen.same(where, ours.censored[i], row["n_censor"])
                seen.same(where, ours.survival[i], row["surv"], absolute=1e-9)
                seen.same(where, ours.std_error[i], row["se_surv"], absolute=1e-9)
                if 0 < ours.survival[i] < 1:
                    seen.same(where, ours.lower[i], row[f"lower_{suffix}"], absolute=1e-8)
                    seen.same(where, ours.upper[i], row[f"upper_{suffix}"], absolute=1e-8)


def compare_milestones_and_quantiles(tables: ReferenceTables, analysis: str, seen: Comparison) -> None:
    """Survival at fixed times and quantiles, by every interval and level; beyond follow-up ours are None with a reason."""
    patients = tables.rows(analysis)
    quantiles = tables.table("km_quantile", analysis)
    by_method = ["stratum", "conf_type", "conf_level"]
    for method, theirs in tables.table("km_milestone", analysis).groupby(by_method):
        own = patients[patients.stratum == method[0]]
        curve = estimate_survival(own.time, own.status, conf_type=method[1], conf_level=method[2])
        for row in theirs.itertuples():
            where, ours = (analysis, *method, row.time), survival_at(curve, row.time)
            if row.beyond_last_time and row.surv > 0:
                seen.same(where, ours.estimate, None)
                assert ours.reason and ours.lower is None and ours.upper is None
                continue
            seen.same(where, ours.estimate, row.surv, absolute=1e-9)
            seen.same(where, ours.std_error, row.se_surv, absolute=1e-9)
            seen.same(where, ours.at_risk, row.n_risk)
            seen.same(where, ours.n_events, row.cum_event)
            seen.same(where, ours.n_censored, row.cum_censor)
            if ours.interval_method == DEGENERATE_METHOD:
                assert ours.estimate in (0, 1) and 0 <= ours.lower <= ours.estimate <= ours.upper <= 1
            else:
                seen.same(where, ours.lower, row.lower, absolute=1e-8)
                seen.same(where, ours.upper, row.upper, absolute=1e-8)
        for row in quantiles[(quantiles[by_method] == method).all(axis=1)].itertuples():
            where, ours = (analysis, *method, row.prob), estimate_quantile(curve, row.prob)
            seen.same(where, ours.estimate, row.quantile, relative=1e-8)
            seen.same(where, ours.lower, row.lower, relative=1e-8)
            seen.same(where, ours.upper, row.upper, relative=1e-8)


def compare_follow_up(tables: ReferenceTables, analysis: str, seen: Comparison) -> None:
    """Median follow-up with its limits, by survfit's recipe."""
    patients, published = tables.rows(analysis), tables.table("followup", analysis)
    for row in published[published.method == "reverse_km_survfit"].itertuples():
        own = patients[patients.stratum == row.stratum]
        ours = estimate_follow_up(own.time, own.status, conf_type=row.conf_type)
        where = (analysis, row.stratum, row.conf_type)
        seen.same(where, ours.median, row.median, relative=1e-8)
        seen.same(where, ours.lower, row.lower, relative=1e-8)
        seen.same(where, ours.upper, row.upper, relative=1e-8)


def compare_restricted_mean(tables: ReferenceTables, analysis: str, seen: Comparison) -> None:
    """Restricted means and standard errors; beyond follow-up ours are None with a reason unless the curve is at 0."""
    patients = tables.rows(analysis)
    for row in tables.table("rmst", analysis).itertuples():
        own = patients[patients.stratum == row.stratum]
        curve = estimate_survival(own.time, own.status)
        ours, where = estimate_restricted_mean(curve, row.tau), (analysis, row.stratum, row.tau)
        if row.tau_beyond_last_time and not curve.reaches_zero:
            seen.same(where, ours.estimate, None)
            assert ours.reason and ours.std_error is None
            continue
        seen.same(where, ours.estimate, row.rmst, relative=1e-6)
        seen.same(where, ours.std_error, row.se, relative=1e-6)


def compare_logrank(tables: ReferenceTables, analysis: str, seen: Comparison) -> None:
    """The test, and each group's observed, expected and variance."""
    published = tables.table("logrank", analysis)
    published = published[published.test == "logrank"]
    if published.empty:
        return
    patients, (row,) = tables.rows(analysis), published.itertuples()
    ours = logrank(patients.time, patients.status, patients.stratum)
    seen.same(analysis, ours.chi2, row.chisq, relative=1e-6)
    seen.same(analysis, ours.df, row.df)
    seen.same(analysis, ours.p, row.p_value, relative=1e-6)
    groups = tables.table("logrank_groups", analysis)
    groups = groups[groups.test == "logrank"].set_index("stratum")
    for group in ours.groups.itertuples():
        theirs = groups.loc[group.group]
        seen.same((analysis, group.group), group.n, theirs.n)
        seen.same((analysis, group.group), group.observed, theirs.observed)
        seen.same((analysis, group.group), group.expected, theirs.expected, relative=1e-6)
        seen.same((analysis, group.group), group.variance, theirs.variance, relative=1e-6)


def compare_incidence(tables: ReferenceTables, analysis: str, seen: Comparison) -> None:
    """Incidence of each cause and both standard errors at fixed times, and the whole curve where it is published."""
    patients, milestones = tables.rows(analysis), tables.table("aj_milestone", analysis)
    for stratum, theirs in milestones[milestones.cause != "(event free)"].groupby("stratum"):
        own, names = patients[patients.stratum == stratum], list(theirs.cause.unique())
        curves = estimate_incidence(own.time, own.cause, causes=range(1, len(names) + 1))
        for row in theirs.itertuples():
            where = (analysis, stratum, row.cause, row.time)
            ours = incidence_at(curves, row.time)[names.index(row.cause)]
            seen.same(where, ours.at_risk, row.n_risk)
            if row.time > own.time.max() and curves.event_free[-1] > 0:
                seen.same(where, ours.estimate, None)
                assert ours.reason and ours.std_error is None and ours.upper_aalen is None
                continue
            seen.same(where, ours.estimate, row.cuminc, absolute=1e-9)
            if not pd.isna(row.se_survfit_ij):
                seen.same(where, ours.std_error, row.se_survfit_ij, absolute=1e-9)
            if not pd.isna(row.var_cmprsk_aalen):
                seen.same(where, ours.std_error_aalen, row.var_cmprsk_aalen**0.5, absolute=1e-9)
        whole = tables.table("aj_curve", analysis)
        for row in whole[(whole.stratum == stratum) & whole.cause.isin(names)].itertuples():
            where, i, curve = (analysis, stratum, row.time), row_at(curves, row.time), curves.causes[names.index(row.cause)]
            seen.same(where, curves.at_risk[i], row.n_risk)
            seen.same(where, curve.events[i], row.n_event)
            seen.same(where, curve.incidence[i], row.cuminc, absolute=1e-9)
