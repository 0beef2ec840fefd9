"""The $parameters of named queries: what the cut and the protocol answer by themselves, and what a caller may leave out.

A rule of the protocol that is "not set" is NULL in the query, which then says what that means.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum

from heroes.errors import UnknownQuestionError
from heroes.model.terms import MilestoneKind
from heroes.protocol import DAYS_PER_MONTH, Protocol
from heroes.store.manifest import DataCut

SILENT_DAYS = 90
"""Days without an inclusion after which a site is called silent, where a page does not ask otherwise."""

KNOWN: dict[str, Callable[[DataCut, Protocol], object]] = {
    "cut_off": lambda cut, protocol: cut.cut_off,
    "marker": lambda cut, protocol: cut.marker,
    "accrual_start": lambda cut, protocol: protocol.accrual.start,
    "accrual_end": lambda cut, protocol: protocol.accrual.end,
    "planned_inclusions": lambda cut, protocol: protocol.accrual.planned_inclusions,
    "never_included_after_days": lambda cut, protocol: protocol.accrual.never_included_after_days,
    "ctdna_window_days": lambda cut, protocol: protocol.schedule.ctdna_window_days,
    "post_restart_days": lambda cut, protocol: _days(protocol.schedule.post_restart_ctdna_months),
    "post_restart_window_days": lambda cut, protocol: protocol.schedule.post_restart_window_days,
    "draws_continue_after_restart": lambda cut, protocol: protocol.schedule.draws_continue_after_restart,
    "imaging_interval": lambda cut, protocol: protocol.schedule.imaging_interval_days,
    "imaging_window": lambda cut, protocol: protocol.schedule.imaging_window_days,
    "first_result_overdue_days": lambda cut, protocol: protocol.ctdna.first_result_overdue_days,
    "repeat_result_overdue_days": lambda cut, protocol: protocol.ctdna.repeat_result_overdue_days,
    "restart_within_days": lambda cut, protocol: protocol.ctdna.restart_within_days,
    "stop_within_days": lambda cut, protocol: protocol.surveillance.stop_within_days,
    "decision_within_days": lambda cut, protocol: protocol.surveillance.decision_within_days,
    "confirm_scan_within_days": lambda cut, protocol: protocol.surveillance.confirm_scan_within_days,
    "not_evaluable_in_a_row": lambda cut, protocol: protocol.surveillance.not_evaluable_in_a_row,
    "no_news_weeks": lambda cut, protocol: protocol.surveillance.no_news_weeks,
    "parameter": lambda cut, protocol: protocol.endpoint.parameter,
    "population": lambda cut, protocol: protocol.endpoint.population,
    "origin": lambda cut, protocol: protocol.endpoint.origin,
    "milestone_days": lambda cut, protocol: protocol.endpoint.milestone_days,
    "estimand": lambda cut, protocol: protocol.endpoint.estimand,
    "censoring": lambda cut, protocol: protocol.endpoint.censoring,
    "evaluator": lambda cut, protocol: protocol.endpoint.evaluator,
    "pd_confirmation": lambda cut, protocol: protocol.endpoint.pd_confirmation,
    "aval_add_one": lambda cut, protocol: protocol.endpoint.aval_add_one,
    "missed_assessments_flag": lambda cut, protocol: protocol.endpoint.missed_assessments_flag,
    "deterioration_scale": lambda cut, protocol: protocol.quality_of_life.deterioration_scale,
    "minimal_important_difference": lambda cut, protocol: protocol.quality_of_life.minimal_important_difference,
    "death_is_event": lambda cut, protocol: protocol.quality_of_life.death_is == "event",
    "ecog_max": lambda cut, protocol: protocol.eligibility.ecog_max,
    "months_on_anti_her2_min": lambda cut, protocol: protocol.eligibility.months_on_anti_her2_min,
    "responses_allowed": lambda cut, protocol: None if (allowed := protocol.eligibility.responses) is None else ",".join(allowed),
    "small_cell": lambda cut, protocol: protocol.privacy.small_cell,
    "paramcd": lambda cut, protocol: protocol.endpoint.parameter,
    "site": lambda cut, protocol: None,
    "from_step": lambda cut, protocol: MilestoneKind.CONSENT1,
    "to_step": lambda cut, protocol: MilestoneKind.INCLUDED,
    "silent_days": lambda cut, protocol: SILENT_DAYS,
    "holds_outcomes": lambda cut, protocol: True,
}
"""Parameter → its value where the caller gives none. site: None stands for all sites of the scope. holds_outcomes: a scope of
lists alone says otherwise (`connection.Trial`)."""


def fill_parameters(
    question: str, named: Iterable[str], given: Mapping[str, object], cut: DataCut, protocol: Protocol
) -> dict[str, object]:
    """A value for every parameter that a query names: the caller's, else that of the cut or the protocol.

    Raises UnknownQuestionError for a parameter that the query does not name, and for one that nobody gave.
    """
    named = sorted(named)
    unknown = sorted(set(given) - set(named))
    if unknown:
        raise UnknownQuestionError(
            f'The question "{question}" does not know {", ".join(unknown)}. It knows: {", ".join(named) or "no parameters"}.'
        )
    missing = [name for name in named if name not in given and name not in KNOWN]
    if missing:
        raise UnknownQuestionError(f'The question "{question}" needs a value for {", ".join(missing)}.')
    return {name: _plain(given[name] if name in given else KNOWN[name](cut, protocol)) for name in named}


def _days(months: float | None) -> int | None:
    """Months of the protocol as whole days."""
    return None if months is None else round(months * DAYS_PER_MONTH)


def _plain(value):
    return value.value if isinstance(value, Enum) else value
