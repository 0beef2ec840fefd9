"""Words: every sentence stands in both languages, none is left over, and numbers read as people write them."""

import ast
import string
from datetime import date

import pytest

from heroes.labels import _TERMS, words_in
from heroes.locale.update import LOCALE, PROJECT, collect, compiled, read_catalogue


def sentences(catalogue):
    return {message.id for message in catalogue if message.id}


def test_every_sentence_of_the_sources_is_in_the_french_catalogue_and_no_other():
    needed, there = sentences(collect()), sentences(read_catalogue("fr"))
    assert needed - there == set(), "missing: run make messages"
    assert there - needed == set(), "unused: run make messages"


def test_no_sentence_hides_from_the_collector():
    """Inside an f-string a call is invisible to the collector of Python before 3.12, and would stay English."""
    needed = sentences(collect())
    hidden = []
    for path in [*PROJECT.glob("heroes/**/*.py"), *PROJECT.glob("pages/*.py"), PROJECT / "dashboard.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                known = node.args[0].value in needed or any(node.args[0].value in pair for pair in needed if isinstance(pair, tuple))
                if called in ("say", "mark") and not known:
                    hidden.append(f"{path.name}:{node.lineno}")
    assert hidden == []


def test_every_sentence_has_french():
    empty = [message.id for message in read_catalogue("fr") if message.id and not all(
        message.string if isinstance(message.string, tuple) else [message.string])]
    assert empty == []
    assert not [message.id for message in read_catalogue("fr") if message.id and message.fuzzy]


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_french_fills_the_same_values():
    for message in read_catalogue("fr"):
        if not message.id:
            continue
        english = message.id if isinstance(message.id, tuple) else (message.id,)
        french = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set().union(*(fields(text) for text in english))
        for text in french:
            assert fields(text) == wanted, english


def test_the_compiled_catalogue_is_that_of_the_text():
    assert (LOCALE / "fr" / "LC_MESSAGES" / "heroes.mo").read_bytes() == compiled(read_catalogue("fr"))


def test_every_member_of_a_spoken_list_is_spoken():
    for kind in {type(member) for member in _TERMS}:
        assert not [member for member in kind if member not in _TERMS], kind


def test_every_code_in_the_answers_of_a_simulated_trial_is_spoken(tmp_path):
    from datetime import UTC, datetime

    from heroes.access import Person, Policy, Role
    from heroes.labels import _ANSWERS
    from heroes.protocol import read_protocol
    from heroes.simulate import publish_simulation
    from heroes.store.connection import open_cut
    from heroes.store.cuts import newest_cut
    from heroes.store.scope import scope_of

    publish_simulation(tmp_path, newest_only=True, imported_at=datetime(2026, 1, 1, tzinfo=UTC))
    trial = open_cut(newest_cut(tmp_path), scope_of(Person(Role.STATISTICIAN), Policy()), read_protocol()).trial()
    lanes = trial.ask("swimmer_lanes")
    found = set(lanes.status) | set(trial.ask("draw_schedule").status)
    for subject in lanes.subject_id[:60]:
        found |= set(trial.ask("patient_story", subject=subject).what)
    for estimand in ("treatment-policy", "composite", "hypothetical"):
        times = trial.ask("time_to_event", estimand=estimand)
        found |= set(times.reason)
        found |= {part for flags in times.flag.dropna() for part in flags.split("; ")}
    found |= set(trial.ask("delivered_and_derived").reason.dropna())
    assert sorted(found - set(_ANSWERS)) == []


def test_flags_are_said_one_by_one():
    said = words_in("fr").answer("progression suspected, not confirmed; follow-up completed")
    assert ";" in said and "suspected" not in said
    assert words_in("en").answer("M12") == "M12"
    assert words_in("en").answer(None) is None


def test_no_page_says_anything_past_the_catalogue():
    """A literal sentence handed to streamlit would stay English in French."""
    spoken = {"title", "header", "subheader", "caption", "info", "warning", "error", "success", "markdown", "write", "metric", "toast"}
    silent = []
    for path in [*PROJECT.glob("pages/*.py"), *PROJECT.glob("heroes/app/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in spoken
                and isinstance(node.func.value, ast.Name) and node.func.value.id == "st" and node.args
                and isinstance(node.args[0], ast.Constant) and any(letter.isalpha() for letter in str(node.args[0].value))
            ):
                silent.append(f"{path.name}:{node.lineno}")
    assert silent == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["91.0%", "16 March 2026", "Mar 2026", "1,234.5"]),
        ("fr", ["91,0 %", "16 mars 2026", "mars 2026", "1 234,5"]),
    ],
)
def test_numbers_and_dates_follow_the_language(language, said):
    words = words_in(language)
    day = date(2026, 3, 16)
    spoken = [words.percent(0.9104), words.date(day), words.month(day), words.number(1234.5, 1)]
    assert [text.replace("\u202f", " ").replace("\xa0", " ") for text in spoken] == said


def test_an_unknown_language_is_english():
    assert words_in("de").language == "en"
