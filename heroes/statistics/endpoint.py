"""The primary endpoint of a data cut: one computation for the page, the command and every report."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from heroes.model.terms import COMPETING, OWN_ORIGIN, PARAMETER_OF, Parameter
from heroes.protocol import Protocol
from heroes.statistics.competing_risks import FixedTimeIncidence, IncidenceCurves, estimate_incidence, incidence_at
from heroes.statistics.describe import describe_cif, describe_km
from heroes.statistics.quantiles import FollowUp, estimate_follow_up
from heroes.statistics.survival import FixedTimeEstimate, SurvivalCurve, estimate_survival, reliable_until, survival_at

@dataclass(frozen=True)
class EndpointEstimate:
    """A time to event, estimated: the curve, its milestone, and how far it can be read.

    curve: Kaplan–Meier in days from the origin. at: the fixed-time estimate at the milestone (days).
    follow_up: reverse Kaplan–Meier. reliable_until: day after which the tail is drawn grey.
    """

    curve: SurvivalCurve
    at: FixedTimeEstimate
    follow_up: FollowUp
    reliable_until: float


@dataclass(frozen=True)
class IncidenceEstimate:
    """A time to the first of several events, estimated: all causes and their incidences at the milestone (days)."""

    curves: IncidenceCurves
    at: tuple[FixedTimeIncidence, ...]


def estimate_causes(time_days: np.ndarray, cause: np.ndarray, n_causes: int, protocol: Protocol) -> IncidenceEstimate:
    """Cumulative incidences by the protocol's conventions.

    time_days: days from the origin, one per patient. cause: 0 censored, 1 … n_causes the event that came first.
    Raises OutsideStudyError for impossible times.
    """
    causes = range(1, n_causes + 1)
    curves = estimate_incidence(time_days, cause, causes=causes, conf_level=protocol.endpoint.conf_level)
    return IncidenceEstimate(curves, incidence_at(curves, protocol.endpoint.milestone_days))


def estimate_endpoint(
    time_days: np.ndarray, event: np.ndarray, protocol: Protocol, at: float | None = None, conf_type: str | None = None
) -> EndpointEstimate:
    """Curve, milestone and follow-up by the protocol's conventions.

    time_days: days from the origin, one per patient. event: True where it was seen. at: another day than the
    protocol's milestone. conf_type: another interval than the protocol's. Raises OutsideStudyError for impossible times.
    """
    endpoint = protocol.endpoint
    conf_type = conf_type or endpoint.conf_type
    curve = estimate_survival(time_days, event, conf_type=conf_type, conf_level=endpoint.conf_level)
    return EndpointEstimate(
        curve=curve,
        at=survival_at(curve, endpoint.milestone_days if at is None else at),
        follow_up=estimate_follow_up(time_days, event, conf_type=conf_type, conf_level=endpoint.conf_level),
        reliable_until=reliable_until(curve, endpoint.grey_below_drop, endpoint.grey_below_share),
    )


def describe_endpoint(
    times: pd.DataFrame, protocol: Protocol, *, parameter: Parameter, conventions: Mapping[str, object] | None = None,
    at: tuple[float, ...] = (),
) -> dict:
    """A time to event as plain values ready for JSON: what `heroes pfs --json` prints.

    times: the answer to the parameter's question (time_days, event, cause). conventions: those that were asked for instead
    of the protocol's. at: days; none means the protocol's milestone. The shape is that of `heroes km` (of `heroes cif` for
    parameters in which one event prevents another), with the conventions beside it.
    """
    endpoint = protocol.endpoint
    at = at or (endpoint.milestone_days,)
    estimand = next((estimand for estimand, name in PARAMETER_OF.items() if name is parameter), None)
    used = {
        "origin": OWN_ORIGIN.get(parameter, endpoint.origin), "population": endpoint.population, "censoring": endpoint.censoring.value if estimand else None,
        "pd_confirmation": endpoint.pd_confirmation, "evaluator": endpoint.evaluator, "aval_add_one": endpoint.aval_add_one,
    } | dict(conventions or {})
    said = {"parameter": parameter.value, "estimand": estimand and estimand.value, "time_unit": "days", **used}
    if parameter in COMPETING:
        document = describe_cif(times, time="time_days", cause="cause", at=at, conf_level=endpoint.conf_level, time_unit="days")
    else:
        document = describe_km(
            times, time="time_days", event="event", conf_type=endpoint.conf_type, conf_level=endpoint.conf_level, at=at, time_unit="days",
        )
    return {**said, "by_protocol": not conventions, "method": document["method"], **document["groups"][0]}
