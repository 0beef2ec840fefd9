"""Which named question answers for which time to event. All have the columns of `time_to_event`."""

from heroes.model.terms import OWN_ORIGIN, Estimand, Parameter
from heroes.store.questions import parameters_of

TIME_QUESTIONS: dict[Parameter, tuple[str, dict[str, str]]] = {
    Parameter.PFS: ("time_to_event", {"estimand": Estimand.TREATMENT_POLICY.value}),
    Parameter.DEFS: ("time_to_event", {"estimand": Estimand.COMPOSITE.value}),
    Parameter.PFSHYP: ("time_to_event", {"estimand": Estimand.HYPOTHETICAL.value}),
    Parameter.CIF_PD_OFF: ("time_to_event", {"estimand": Estimand.WHILE_ON_STRATEGY.value}),
    Parameter.TTMR: ("time_to_molecular_recurrence", {}),
    Parameter.TFI: ("treatment_free_interval", {}),
    Parameter.TTPMR: ("time_from_first_positive", {}),
    Parameter.TTNT: ("time_to_next_treatment", {}),
    Parameter.OS: ("overall_survival", {}),
    Parameter.TTDQL: ("time_to_deterioration", {}),
}
"""Parameter → the question, and what to ask it with besides the conventions."""

TIME_TABLES: dict[Parameter, tuple[str, ...]] = {
    Parameter.PFS: ("response",),
    Parameter.DEFS: ("response", "ctdna_result"),
    Parameter.PFSHYP: ("response",),
    Parameter.CIF_PD_OFF: ("response",),
    Parameter.TTMR: ("ctdna_result",),
    Parameter.TFI: ("milestone",),
    Parameter.TTPMR: ("ctdna_result", "response"),
    Parameter.TTNT: ("milestone",),
    Parameter.OS: ("milestone",),
    Parameter.TTDQL: ("qs_item",),
}
"""Parameter → the tables without which it cannot be derived."""

POOLED_PARAMETERS = tuple(parameter for parameter in Parameter if parameter is not Parameter.TTPMR)
"""Those whose counts may be pooled without patients. TTPMR begins at another event of the same patient: its lengths beside those
of TTMR and PFS would tell single patients' courses."""

CONVENTIONS = ("censoring", "origin", "pd_confirmation", "evaluator", "population", "aval_add_one")
"""Query parameters that may be asked otherwise than the protocol says."""


def conventions_of(parameter: Parameter) -> tuple[str, ...]:
    """The conventions that a parameter depends on."""
    known = parameters_of(TIME_QUESTIONS[parameter][0])
    return tuple(name for name in CONVENTIONS if name in known and not (name == "origin" and parameter in OWN_ORIGIN))
