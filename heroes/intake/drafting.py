"""The draft of a mapping file for a delivery: what is recognised stays as it is, the rest is guessed, each guess with its reason.

What a person has to finish is listed at the top. A delivery whose datasets are all read the standard way, or are tables of ours,
gets a draft without any [[table]]: it needs no finishing.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from heroes.intake.delivered import plan_readings, read_facts
from heroes.intake.files import Dataset, is_named, read_files
from heroes.intake.findings import Finding
from heroes.intake.guesses import (
    Column, SEXES, PLAIN, folded, is_call, is_response, look_at, step_of, subject_column, times_to_event, unit_in, unit_of_time,
)
from heroes.intake.identifiers import check_identifiers
from heroes.intake.kinds import MEASUREMENT
from heroes.intake.layout import is_manifest
from heroes.intake.mapping import Mapping, parse_mapping, standard_rules
from heroes.intake.marker import call_words
from heroes.intake.parsing import cells, text_of
from heroes.intake.personal import shown_table
from heroes.model.terms import Severity
from heroes.protocol import Protocol

_MARKER = re.compile(r"ctdna|mtm|signatera|\bmrd\b|tumou?r[ _-]?dna", re.IGNORECASE)
_QUANTITY = r"mtm|vaf|quantity|conc|content|copies|ctdna|hge|ratio"
_HAPPENED = r"collect|drawn|sampl|prelev|pr[eé]l[eè]v|blood|visit|assess|scan|imag|eval|(^|_)(adt|date|day|time|week|month|dat|on)(_|$)|end"
_DRAWN = r"collect|drawn|sampl|prelev|pr[eé]l[eè]v|blood"


@dataclass
class Draft:
    """text: of the mapping file. left: what a person has to finish, in words. findings: of reading the files."""

    text: str
    left: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass
class _Work:
    """A draft as it grows."""

    left: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    recognised: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    marker_unit: str | None = None
    has_results: bool = False
    has_sites: bool = False
    has_inclusion: bool = False
    has_dates: bool = False
    subjects: bool = False


def draft_mapping(paths: Sequence[Path], protocol: Protocol) -> Draft:
    """A mapping file for a delivery. It is a whole mapping: `parse_mapping` accepts it.

    paths: files, or a folder. Columns that would be refused as identifying are listed under [drop] and never looked at.
    The draft names datasets, columns and codes; it holds no other cell of the delivery.
    Raises MisuseError for a path that does not exist.
    """
    datasets, _, findings = read_files(paths)
    passed, found = check_identifiers(datasets, subject_columns={}, subject_id_pattern=protocol.privacy.subject_id_pattern)
    drop = _identifying(datasets, passed)
    readings, _ = plan_readings(passed, Mapping())
    facts, _ = read_facts(passed)
    work = _Work()
    read = {(reading.dataset.file, reading.dataset.name) for reading in readings}
    known = [dataset for dataset in passed if (dataset.file, dataset.name) in read or is_manifest(dataset)]
    told = {id(dataset) for dataset in known}
    strange = []
    for dataset in (each for each in passed if id(each) not in told):
        if any(is_named(dataset, name) for rule in standard_rules() for name in rule.sources):
            work.recognised.append(f"{_said(dataset)}: not read, for another dataset tells the same at its source")
        elif len(dataset.frame):
            strange.append(dataset)
    for dataset in known:
        tables = dict.fromkeys(r.rule.to for r in readings if (r.dataset.file, r.dataset.name) == (dataset.file, dataset.name))
        work.recognised.append(f"{_said(dataset)}: {', '.join(tables) or 'describes the delivery'}")
    work.subjects = any(reading.rule.to == "subject" for reading in readings)
    _guess_tables(strange, work, has_tables=bool(readings))
    text = _written(work, drop, facts, known, protocol)
    parse_mapping(text, "the draft")
    return Draft(text, tuple(work.left), tuple([*findings, *found]))


def _identifying(before: Sequence[Dataset], after: Sequence[Dataset]) -> dict[str, list[str]]:
    """Columns that the de-identification takes away, by dataset."""
    kept = {(dataset.file, dataset.name): set(dataset.frame.columns) for dataset in after}
    taken: dict[str, list[str]] = {}
    for dataset in before:
        gone = [name for name in dataset.frame.columns if name not in kept.get((dataset.file, dataset.name), set())]
        if gone:
            taken.setdefault(_from(dataset), []).extend(gone)
    return taken


def _from(dataset: Dataset) -> str:
    """What a mapping calls a dataset: its file's stem for a CSV, its own name else."""
    return dataset.name.lower()


def _said(dataset: Dataset) -> str:
    name = shown_table(dataset.name)
    return f"{dataset.file} ({name})" if name and name.lower() != dataset.file.rsplit("/", 1)[-1].split(".")[0].lower() else dataset.file


def _guess_tables(datasets: Sequence[Dataset], work: _Work, *, has_tables: bool) -> None:
    looked = [(dataset, look_at(dataset)) for dataset in datasets]
    words = {
        id(dataset): {column.name: set(map(text_of, (c for c in cells(dataset.frame[column.name]) if c is not None))) for column in columns
                      if column.n_unique > 1 and column.kind in ("text", "code", "number")}
        for dataset, columns in looked
    }  # fmt: skip
    patients: list[tuple[Dataset, list[Column], Column]] = []
    for dataset, columns in looked:
        others = [held for other, names in words.items() if other != id(dataset) for held in names.values()]

        def shared(name: str, mine=words[id(dataset)], others=others) -> float:
            own = mine.get(name, set())
            return max((len(own & held) / len(own) for held in others), default=0.0) if own else 0.0

        subject = subject_column(columns, shared)
        if subject is None:
            work.left.append(f"{_said(dataset)} is not read: no column is called like a patient's code. Its columns: {_list(columns)}.")
        else:
            patients.append((dataset, columns, subject))
    work.has_dates = any(column.kind == "date" for _, columns, _ in patients for column in columns)
    if patients and not work.subjects:
        chosen = max(patients, key=lambda item: (_is_register(item[2], item[0]), sum(c.is_called(p) for c in item[1] for p in PLAIN.values())))
        _guess_subjects(*chosen, work)
    for dataset, columns, subject in patients:
        used = _guess_rows(dataset, columns, subject, work)
        unread = [column for column in columns if column.name not in used and column.kind != "empty"]
        if unread:
            work.left.append(f"{_said(dataset)}: {len(unread)} columns are not read: {_list(unread)}.")
    if patients and not work.has_inclusion and work.has_dates and not has_tables:
        work.left.append("No column is called like a date of inclusion: without one, day 0 is the first consent or the first record.")


def _is_register(subject: Column, dataset: Dataset) -> bool:
    """One row per patient."""
    return subject.n_unique == subject.n_filled == len(dataset.frame)


def _is_once(dataset: Dataset, subject: Column, column: Column) -> bool:
    """Whether no patient has two different cells in a column."""
    return bool((dataset.frame.groupby(subject.name, sort=False)[column.name].nunique() <= 1).all())


def _list(columns: Sequence[Column], n: int = 30) -> str:
    names = [column.name for column in columns]
    return ", ".join(names[:n]) + (f" and {len(names) - n} more" if len(names) > n else "")


def _guess_subjects(dataset: Dataset, columns: list[Column], subject: Column, work: _Work) -> None:
    lines = [_filled("subject_id", _name(subject), f"{_why(subject)}, {subject.n_unique} different codes")]
    for target, pattern in PLAIN.items():
        called = [c for c in columns if c.is_called(pattern) and c is not subject and c.kind != "empty"]
        column = min(called, key=lambda c: not c.is_called(r".*(id|no|nr|code)"), default=None)  # of site and siteid the code
        if column is None:
            continue
        if target == "site_id":
            work.has_sites = True
            lines.append(_filled(target, _name(column), _why(column)))
        elif target == "sex":
            codes = {word: SEXES[word.strip().lower()] for word in column.codes if word.strip().lower() in SEXES}
            if codes and len(codes) == len(column.codes):
                lines.append(_filled(target, _rule(column=column.name, codes=codes), f"{_why(column)}; its words are sexes"))
            else:
                lines.append("# " + _filled(target, _rule(column=column.name, codes={word: "?" for word in column.codes}), "finish the codes"))
                work.left.append(f"{_said(dataset)}: say which code of “{column.name}” is F, M or U.")
        elif column.kind == "number":
            rounded = {"round": "down"} if target == "age_y" else {}
            lines.append(_filled(target, _rule(column=column.name, **rounded), _why(column)))
    if not work.has_sites:
        work.left.append("No column is called like a site: all patients are put into one site, “1”.")
    register = "one row per patient" if _is_register(subject, dataset) else "several rows per patient; each patient counts once"
    distinct = "" if _is_register(subject, dataset) else "distinct = true\n"
    _table(work, dataset, "subject", lines, f"{_said(dataset)} holds {register}", extra=distinct)
    work.subjects = True


def _guess_rows(dataset: Dataset, columns: list[Column], subject: Column, work: _Work) -> set[str]:
    """Milestones, results, responses and times to event of one dataset. Returns the columns that the draft reads."""
    used = {subject.name, *(c.name for c in columns if any(c.is_called(p) for p in PLAIN.values()))}
    patient = _filled("subject_id", _name(subject), _why(subject))
    is_plain = _is_register(subject, dataset)
    once = [column for column in columns if column.kind == "date" and (is_plain or _is_once(dataset, subject, column))]
    used |= _guess_steps(dataset, once, patient, work)
    for event, time, status in times_to_event(columns):
        used |= {time.name, status.name}
        _guess_time(dataset, event, time, status, patient, work)
    rest = [column for column in columns if column.name not in used]
    call = next((c for c in rest if is_call(c)), None)
    day = _day_of(rest)
    if call is not None and day is not None:
        used |= {call.name, day.name, *_guess_results(dataset, rest, call, day, patient, work)}
    elif call is not None:
        work.left.append(f"{_said(dataset)}: “{call.name}” holds calls, but no column says when the blood was drawn.")
    response = next((c for c in rest if is_response(c)), None)
    if response is not None and day is not None and not is_plain:
        used |= {response.name, day.name}
        _table(work, dataset, "response", [
            patient, _filled("day", _when(day), _why(day)), _filled("overall", _name(response), "its words are overall responses"),
            _filled("evaluator", _rule(constant="INVESTIGATOR"), "guess: nobody else is named"),
            _filled("criteria", _rule(constant="RECIST 1.1"), "guess: no other rules are named"),
        ], f"“{response.name}” holds overall responses")
        _note_unit(day, work)
    return used


def _guess_steps(dataset: Dataset, columns: list[Column], patient: str, work: _Work) -> set[str]:
    steps, used = [], set()
    for column in columns:
        kind = step_of(column)
        if kind is None:
            continue
        used.add(column.name)
        work.has_inclusion |= kind.value == "INCLUDED"
        steps.append(f'    {{ kind = {{ constant = "{kind.value}" }}, day = {_when(column)} }},    # guess: “{_flat(column.name)}” is called so')
        if not column.is_sure:
            work.left.append(f"{_said(dataset)}: dates of “{column.name}” fit day/month and month/day alike; day/month is written.")
    if steps:
        work.tables.append(_block(dataset, "milestone", f"dates of steps of {_said(dataset)}", [patient], extra="unpivot = [\n" + "\n".join(steps) + "\n]\n", inline=True))
    return used


def _guess_time(dataset: Dataset, event: str, time: Column, status: Column, patient: str, work: _Work) -> None:
    unit = unit_of_time(time)
    lines = [
        patient, _filled("paramcd", _rule(constant=event), "by the names of both columns"), _filled("aval", _name(time), _why(time)),
    ]
    words = [word for word in status.codes]
    if set(words) <= {"0", "1", "0.0", "1.0"}:
        codes = {word: 0 if word.startswith("1") else 1 for word in words}
        lines.append(_filled("cnsr", _rule(column=status.name, codes=codes), "guess: 1 is the event and 0 is censored; turn it round if not"))
        work.left.append(f"{_said(dataset)}: check that 1 in “{status.name}” is the event.")
    else:
        lines.append(_filled("cnsr", _rule(constant=1), f"finish: “{status.name}” says who had the event; censored is 1, event 0"))
        work.left.append(f"{_said(dataset)}: say which code of “{status.name}” is the event (cnsr = 0).")
    if unit:
        lines.append(_filled("avalu", _rule(constant=unit.upper()), "by the name of the column"))
    else:
        work.left.append(f"{_said(dataset)}: the unit of “{time.name}” is not named (avalu).")
    _table(work, dataset, "tte", lines, f"“{time.name}” with “{status.name}” is a time to event")


def _day_of(columns: Sequence[Column]) -> Column | None:
    """The column that says when a row happened: a date, or a relative time."""
    dates = [column for column in columns if column.kind == "date"]
    relative = [c for c in columns if c.kind == "number" and (unit_of_time(c) or c.is_called(r"(^|_)(time|day|week|month)(_|$)", whole=False))]
    times = dates or relative
    hinted = [column for column in times if column.is_called(_HAPPENED, whole=False) and step_of(column) is None]
    if not hinted and len(times) > 1:
        return None  # which of several it is, nobody can tell from their names
    return max(hinted or times, key=lambda c: (c.is_called(_DRAWN, whole=False), c.is_called(r"end", whole=False), c.n_filled), default=None)


def _guess_results(dataset: Dataset, columns: list[Column], call: Column, day: Column, patient: str, work: _Work) -> set[str]:
    known = call_words(None)
    codes = {word: known[word.strip().upper()] for word in call.codes}
    plain = all(word == code for word, code in codes.items())
    lines = [
        patient, _filled("day", _when(day), _why(day)),
        _filled("call", _name(call) if plain else _rule(column=call.name, codes=codes), "its words are calls of a laboratory"),
    ]
    used = set()
    quantity = next((c for c in columns if c.kind == "number" and c not in (day,) and c.is_called(r"ctdna.*(content|conc|quant)|mtm|hge", whole=False)), None) or next(
        (c for c in columns if c.kind == "number" and c is not day and c.is_called(_QUANTITY, whole=False)), None
    )
    if quantity is not None:
        used.add(quantity.name)
        lines.append(_filled("quantity", _name(quantity), _why(quantity)))
        work.marker_unit = unit_in(quantity.name)
    visit = next((c for c in columns if c.is_called(r"visit(_?(code|name|no|num))?|time_?point|\w*window|redcap_event_name", whole=True) and c.kind in ("code", "text")), None)
    if visit is not None:
        used.add(visit.name)
        lines.append(_filled("visit_code", _name(visit), _why(visit)))
    _table(work, dataset, "ctdna_result", lines, f"“{call.name}” holds the laboratory's calls")
    work.has_results = True
    _note_unit(day, work)
    return used


def _note_unit(day: Column, work: _Work) -> None:
    if day.kind != "date":
        work.units.append(unit_of_time(day) or "days")


def _written(work: _Work, drop: dict[str, list[str]], facts, known: Sequence[Dataset], protocol: Protocol) -> str:
    lines = ["# Draft of a mapping file. What is marked “guess” was guessed from names, labels and contents: check each, then take the mark away.", "#"]
    relative = bool(work.units) and not work.has_dates
    left = list(work.left)
    if not facts.study_id and not protocol.trial.study_ids:
        left.append("Neither the files nor the protocol name the study: write study_id.")
    if relative:
        left.append("Times are relative: write cut_off, for no clock works without it, and say what day 0 is.")
    if work.has_results:
        left.append("Name the marker under [marker].")
    work.left[:] = left
    lines += [f"# Left to finish: {_flat(each)}" for each in left] or ["# Nothing is left to finish: every dataset is read the standard way."]
    lines += ["#", *(f"# Recognised: {_flat(each)}" for each in work.recognised), ""]
    if not facts.study_id:
        lines.append('# study_id = "…"        # not named by the files')
    if facts.cut_off is None:
        lines.append("# cut_off = 2026-01-31    # not named by the files; without it the latest date delivered is taken, with a note")
    if facts.simulated is None:
        lines.append("# simulated = true        # where the patients are invented")
    if drop:
        lines += ["", "# guess: these columns may identify a person and would be refused; dropped columns are never read.", "[drop]"]
        lines += [f"{_key(name)} = {_value(columns)}" for name, columns in sorted(drop.items())]
    if relative:
        lines += ["", "# guess: no column holds dates; times are counted from one day of each patient.", "[time]",
                  f'unit = "{max(set(work.units), key=work.units.count)}"', 'origin = "INCLUDED"    # guess', '# meaning = "…"        # what day 0 is']  # fmt: skip
    if work.tables and not work.has_sites and any('to = "subject"' in table for table in work.tables):
        lines += ["", "# guess: no site is delivered.", "[site]", 'id = "1"']
    if work.has_results:
        unit = f"unit = {_value(work.marker_unit)}    # guess: from the name of the column" if work.marker_unit else '# unit = "MTM/mL"'
        lines += ["", "[marker]", f"name = {_value((protocol.ctdna.marker or 'ctDNA'))}    # guess: the protocol's marker", unit]
    elif codes := _test_codes(known):
        likely = [code for code in codes if _MARKER.search(code)]
        if likely:
            lines += ["", "[marker]", f"name = {_value(protocol.ctdna.marker or 'ctDNA')}", f"codes = {_value(likely)}    # guess: called like ctDNA"]
        else:
            lines += ["", "# No test is called like ctDNA. To follow another marker, name one of the tests delivered:", _flat(f"#   {', '.join(codes[:40])}"),
                      "# [marker]", '# name = "…"', '# codes = ["…"]', "# positive_at_or_above = …"]  # fmt: skip
    return "\n".join([*lines, "", *work.tables]).rstrip() + "\n"


def _test_codes(datasets: Sequence[Dataset]) -> list[str]:
    """Test codes of the laboratory datasets that are read the standard way."""
    readings, _ = plan_readings(list(datasets), Mapping())
    codes: dict[str, None] = {}
    for reading in readings:
        if reading.rule.to == MEASUREMENT:
            for name in ("LBTESTCD", "GFTESTCD", "PARAMCD"):
                if name in reading.dataset.frame:
                    codes |= dict.fromkeys(text_of(cell) for cell in cells(reading.dataset.frame[name]) if cell is not None)
    return sorted(codes)


def _table(work: _Work, dataset: Dataset, to: str, lines: list[str], why: str, *, extra: str = "") -> None:
    work.tables.append(_block(dataset, to, why, lines, extra=extra))


def _block(dataset: Dataset, to: str, why: str, lines: list[str], *, extra: str = "", inline: bool = False) -> str:
    head = f"# guess: {_flat(why)}.\n[[table]]\nfrom = {_value(_from(dataset))}\nto = \"{to}\"\n"
    if inline:
        first = lines[0].split("    #")[0]
        return f"{head}columns = {{ {first} }}\n{extra}"
    return f"{head}{extra}[table.columns]\n" + "\n".join(lines) + "\n"


def _filled(target: str, rule: str, why: str) -> str:
    return f"{target} = {rule}    # {_flat(why if why.startswith(('guess', 'finish')) else f'guess: {why}')}"


def _flat(text: str) -> str:
    """A comment on one line, whatever stands in the names of columns."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _why(column: Column) -> str:
    return f"“{column.name}” is called so" if not column.label else f"“{column.name}” ({column.label}) is called so"


def _name(column: Column) -> str:
    return _value(column.name)


def _when(column: Column) -> str:
    if column.kind == "date":
        return _rule(column=column.name, format=column.form) if column.form else _value(column.name)
    unit = unit_of_time(column)
    return _rule(column=column.name, unit=unit) if unit else _value(column.name)


def _rule(**entries) -> str:
    return _value(entries)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: object) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(str(name))} = {_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return str(value) if isinstance(value, int | float) else json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
