"""One patient's story in sentences, in the order of events, from the answers of the store. Says only what is recorded."""

from dataclasses import dataclass

import pandas as pd

from heroes.labels import Words, mark
from heroes.model.terms import CtdnaCall, MilestoneKind, Phase

_TRIGGERS = {
    "CTDNA": mark("Therapy resumed on day {day}, for a positive {marker}."),
    "PROGRESSION": mark("Therapy resumed on day {day}, for a progression."),
    "OTHER": mark("Therapy resumed on day {day}, for another reason."),
}
_ENDS = {
    MilestoneKind.DEATH: mark("Died on day {day}."),
    MilestoneKind.LTFU: mark("Lost to follow-up on day {day}."),
    MilestoneKind.WITHDRAWN: mark("Withdrew consent on day {day}."),
    MilestoneKind.COMPLETED: mark("Completed the follow-up on day {day}."),
    MilestoneKind.DISCONTINUED: mark("Left the study on day {day}."),
}


@dataclass(frozen=True)
class Told:
    """What is known of one included patient. steps: patient_story's milestones (day, what). marks: swimmer_marks. scans: assessments.
    changes: therapy_changes. clocks: protocol_clocks. progression: their row of progressions. results: what patient_story says of results.
    """

    site_id: str
    steps: pd.DataFrame
    marks: pd.DataFrame
    scans: pd.DataFrame
    changes: pd.DataFrame
    clocks: pd.DataFrame
    results: pd.DataFrame
    progression: pd.Series
    phase: str | None
    cut_off_day: int | None


def tell(told: Told, words: Words, marker: str) -> list[str]:
    """The story, one sentence each: screening, stop, tests, scans, therapy, test after a restart, end or where it stands."""
    say = words.say

    def day(value) -> str:
        return words.number(int(value))

    def first(kind: str):
        days = told.steps.loc[told.steps["what"] == kind, "day"]
        return None if days.empty else days.min()

    consent, stop = first(MilestoneKind.CONSENT1), first(MilestoneKind.TX_STOP)
    story = [say("Included at site {site}; first consent on day {day}.", site=told.site_id, day=day(consent)) if consent is not None
             else say("Included at site {site}.", site=told.site_id)]
    story.append(say("Therapy stopped on day {day}.", day=day(stop)) if stop is not None else say("No stop of therapy is recorded."))
    story += _tests(told, words, marker, day)
    story += _scans(told, words, day)
    for change in told.changes.sort_values("day").itertuples():
        if change.change == "NEW":
            story.append(say("New treatment begun on day {day}.", day=day(change.day)))
        elif change.change == "RESUME":
            sentence = _TRIGGERS.get(change.trigger) if isinstance(change.trigger, str) else None
            story.append(say(sentence, day=day(change.day), marker=marker) if sentence else say("Therapy resumed on day {day}.", day=day(change.day)))
        elif stop is not None and change.day > stop:
            story.append(say("Therapy stopped again on day {day}.", day=day(change.day)))
    story += _after_restart(told, words, marker, day)
    ends = [say(sentence, day=day(at)) for kind, sentence in _ENDS.items() if (at := first(kind)) is not None]
    if ends:
        return [*story, *ends]
    phase = words.term(Phase(told.phase)) if told.phase else "–"
    if told.cut_off_day is None:
        return [*story, say("The delivery has relative times only: what is due now is not known.")]
    return [*story, say("Still followed at the data cut, on day {day}: {phase}.", day=day(told.cut_off_day), phase=phase)]


def _tests(told: Told, words: Words, marker: str, day) -> list[str]:
    after = told.marks[told.marks["day"] > 0]
    calls = after[after["kind"].str.startswith("CTDNA_")]
    if calls.empty:
        return [words.say("No {marker} result since the inclusion.", marker=marker)]
    counted = [(call, int((calls["kind"] == f"CTDNA_{call}").sum())) for call in CtdnaCall]
    listed = ", ".join(f"{words.term(call)} {words.number(n)}" for call, n in counted if n)
    found = [words.say("{marker} since the inclusion: {list}.", marker=marker, list=listed)]
    positive = calls[calls["kind"] == "CTDNA_POSITIVE"].sort_values("day")
    if len(positive):
        row = positive.iloc[0]
        quantity = "" if pd.isna(row["quantity"]) else f" ({words.number(float(row['quantity']), 2)} {row['unit'] or ''})".replace(" )", ")")
        found.append(words.say("First positive on day {day}{quantity}.", day=day(row["day"]), quantity=quantity))
    for row in told.results[told.results["detail"].fillna("").str.contains("superseded")].itertuples():
        found.append(words.say(
            "The result of day {day} was amended; at first it was: {call}.", day=day(row.day), call=words.answer(row.what),
        ))
    return found


def _scans(told: Told, words: Words, day) -> list[str]:
    after = told.scans[told.scans["day"] > 0]
    if after.empty:
        return [words.say("No scan since the inclusion.")]
    found = []
    last = after[after["evaluable"]].sort_values("day").tail(1)
    n = words.count("{n} day with a scan since the inclusion", "{n} days with a scan since the inclusion", len(after))
    if len(last) and pd.notna(last["overall"].iloc[0]):
        found.append(words.say("{scans}; the last evaluable one, on day {day}, shows {overall}.", scans=n, day=day(last["day"].iloc[0]),
                               overall=last["overall"].iloc[0]))
    else:
        found.append(f"{n}.")
    if pd.notna(told.progression["progression_day"]):
        found.append(words.say("Progression on the scan of day {day}.", day=day(told.progression["progression_day"])))
    elif pd.notna(told.progression["suspected_day"]):
        found.append(words.say("Progression suspected on the scan of day {day}, not confirmed.", day=day(told.progression["suspected_day"])))
    return found


def _after_restart(told: Told, words: Words, marker: str, day) -> list[str]:
    tests = told.clocks[told.clocks["kind"] == "POST_RESTART"]
    found = []
    for test in tests.itertuples():
        if pd.isna(test.done_day):
            continue
        calls = set(told.marks.loc[(told.marks["day"] == test.done_day) & told.marks["kind"].str.startswith("CTDNA_"), "kind"])
        sentence = (
            mark("The test after the restart, on day {day}, is positive: not cleared.") if "CTDNA_POSITIVE" in calls
            else mark("The test after the restart, on day {day}, is negative: cleared.") if "CTDNA_NEGATIVE" in calls
            else mark("The test after the restart, on day {day}, could not be evaluated.") if "CTDNA_NOT_EVALUABLE" in calls
            else mark("The test after the restart was drawn on day {day}; its result is awaited.")
        )
        found.append(words.say(sentence, day=day(test.done_day)))
    return found
