"""The primary endpoint of a data cut: one computation for the page, the command and every report."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from heroes.model.terms import Estimand
from heroes.protocol import Protocol
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


def estimate_endpoint(time_days: np.ndarray, event: np.ndarray, protocol: Protocol, at: float | None = None) -> EndpointEstimate:
    """Curve, milestone and follow-up by the protocol's conventions.

    time_days: days from the origin, one per patient. event: True where it was seen. at: another day than the
    protocol's milestone. Raises OutsideStudyError for impossible times.
    """
    endpoint = protocol.endpoint
    curve = estimate_survival(time_days, event, conf_type=endpoint.conf_type, conf_level=endpoint.conf_level)
    return EndpointEstimate(
        curve=curve,
        at=survival_at(curve, endpoint.milestone_days if at is None else at),
        follow_up=estimate_follow_up(time_days, event, conf_type=endpoint.conf_type, conf_level=endpoint.conf_level),
        reliable_until=reliable_until(curve, endpoint.grey_below_drop, endpoint.grey_below_share),
    )


def describe_endpoint(times: pd.DataFrame, protocol: Protocol, *, estimand: Estimand, at: tuple[float, ...] = ()) -> dict:
    """The endpoint as plain values ready for JSON: what `heroes pfs --json` prints.

    times: the answer to `time_to_event` (time_days, event, cause). at: days; none means the protocol's milestone.
    The shape is that of `heroes km` (of `heroes cif` while on strategy, cause 1 progression or death, 2 restart), with the
    conventions beside it.
    """
    endpoint = protocol.endpoint
    at = at or (endpoint.milestone_days,)
    conventions = {
        "parameter": endpoint.parameter, "estimand": estimand.value, "origin": endpoint.origin, "time_unit": "days",
        "pd_confirmation": endpoint.pd_confirmation, "evaluator": endpoint.evaluator, "aval_add_one": endpoint.aval_add_one,
    }
    if estimand is Estimand.WHILE_ON_STRATEGY:
        document = describe_cif(times, time="time_days", cause="cause", at=at, conf_level=endpoint.conf_level, time_unit="days")
    else:
        document = describe_km(
            times, time="time_days", event="event", conf_type=endpoint.conf_type, conf_level=endpoint.conf_level, at=at, time_unit="days",
        )
    return {**conventions, "method": document["method"], **document["groups"][0]}
