"""Alerts and clocks counted again from the records of the simulated trial, patient by patient, with dates and plain loops.

Written from the rules as people say them, not from the SQL. Only what the simulated trial delivers is covered: every draw, scan and
result carries its visit, treatments say why they were given, windows are set, and there is one reader of scans.
"""

from datetime import date, timedelta

NEVER = date.max
ENDS = {"DEATH", "LTFU", "WITHDRAWN", "COMPLETED", "DISCONTINUED"}
SCHEDULED = {"M1.5", "M3", "M6", "M9", "M12", "M15", "M18", "M21", "M24"}


def days(n: int) -> timedelta:
    return timedelta(days=n)


class Story:
    """One included patient's records up to a cut-off, as lists of plain rows."""

    def __init__(self, subject: str, tables: dict[str, list[dict]], cut_off: date):
        def own(table):
            return [row for row in tables.get(table, []) if row["subject_id"] == subject]

        self.subject, self.cut_off = subject, cut_off
        self.steps = {}
        for row in own("milestone"):
            if row["date"] <= cut_off:
                self.steps.setdefault(row["kind"], []).append(row["date"])
        self.included = min(self.steps["INCLUDED"])
        self.results = sorted(
            (row for row in own("ctdna_result") if not row["superseded_by"] and row["date"] <= cut_off),
            key=lambda row: (row["date"], row["result_id"]),
        )
        self.all_results, self.specimens = own("ctdna_result"), own("specimen")
        self.scans = sorted((row for row in own("response") if row["date"] <= cut_off), key=lambda row: row["date"])
        self.treatments, self.visits = own("treatment"), own("visit")
        self.forms = own("qs_form")
        self.died = min(self.steps.get("DEATH", [NEVER]))
        self.left = min((day for kind, many in self.steps.items() if kind in ENDS - {"DEATH"} for day in many), default=NEVER)
        self.left_as = next((kind for kind in sorted(ENDS - {"DEATH"}) if self.left in self.steps.get(kind, [])), None)
        self.progressed = self._progressed()

    @property
    def is_followed(self) -> bool:
        return self.died is NEVER and self.left is NEVER

    def _evaluable(self) -> list[tuple[date, str, bool, bool]]:
        """(day, worst response, every progression equivocal, confirmed) of each day with an evaluable reading."""
        order = ["PD", "NON-CR/NON-PD", "SD", "PR", "CR", "NED"]
        by_day = {}
        for scan in self.scans:
            if scan["evaluable"] and scan["overall"] != "NE":
                by_day.setdefault(scan["date"], []).append(scan)
        found = []
        for day, scans in sorted(by_day.items()):
            worst = min((scan["overall"] for scan in scans), key=order.index)
            certain = [scan for scan in scans if scan["overall"] == "PD" and not scan["equivocal"]]
            found.append((day, worst, worst == "PD" and not certain, any(scan["pd_confirmed"] for scan in scans)))
        return found

    def _progressed(self) -> date | None:
        scans = self._evaluable()
        for place, (day, overall, equivocal, confirmed) in enumerate(scans):
            if overall != "PD":
                continue
            later = [other for other in scans[place + 1 :] if not (other[1] == "PD" and other[2])]
            if not equivocal or confirmed or (later and later[0][1] == "PD"):
                return day
        return None

    def restarts(self) -> list[date]:
        first_stop = min(self.steps.get("TX_STOP", [self.included]))
        return sorted(day for kind in ("TX_RESUME", "TX_NEW") for day in self.steps.get(kind, []) if day >= first_stop)

    def calls_after_baseline(self) -> list[dict]:
        before = [day for day in self.steps.get("BASELINE_DRAW", []) if day <= self.included]
        baseline = max(before) if before else min(self.steps["BASELINE_DRAW"], default=self.included)
        return [row for row in self.results if row["call"] != "NOT_EVALUABLE" and row["date"] > baseline]

    def alerts(self, plan: dict[str, dict]) -> set[tuple[str, int | None]]:
        """(rule, days) of everything that rings for this patient; OUTSIDE_WINDOW without its days."""
        return {*self._restart(), *self._decision(), *self._suspicion(), *self._news(), *self._results(), *self._not_stopped(),
                *self._consents(), *self._triggers(), *self._baseline(), *self._blind(), *self._schedule(plan)}

    def _restart(self):
        positives = [row for row in self.calls_after_baseline() if row["call"] == "POSITIVE"]
        if not positives or self.died is not NEVER or (self.left is not NEVER and self.left_as != "LTFU"):
            return
        first = positives[0]
        if self.progressed and first["date"] >= self.progressed:
            return
        if self.restarts():  # the simulated trial never stops a second time
            return
        waited = (self.cut_off - max(first["resulted_date"], min(self.steps.get("TX_STOP", [self.included])))).days
        if waited > 28:
            yield "POSITIVE_NOT_RESTARTED", waited

    def _decision(self):
        if self.progressed is None or not self.is_followed:
            return
        for_progression = [row["start_date"] for row in self.treatments if row["reason"] in ("RESUME_PD", "NEW_PD")]
        acted = [day for day in self.restarts() if day >= self.progressed or day in for_progression]
        waited = (self.cut_off - self.progressed).days
        if not acted and waited > 28:
            yield "PROGRESSION_WITHOUT_DECISION", waited

    def _suspicion(self):
        if self.progressed is not None or not self.is_followed:
            return
        evaluable = self._evaluable()
        last = evaluable[-1] if evaluable else (date.min, None, False, False)
        entered = [scan["date"] for scan in self.scans if scan["overall"] == "PD" and not scan["evaluable"] and scan["date"] > last[0]]
        since = max(entered) if entered else last[0] if last[1] == "PD" else None
        if since and (self.cut_off - since).days > 56:
            yield "PROGRESSION_UNCONFIRMED", (self.cut_off - since).days

    def _news(self):
        if not self.is_followed:
            return
        quiet = {"DEATH", "LTFU", "TISSUE_SENT", "ASSAY_READY", "BASELINE_RESULT"}
        seen = [day for kind, many in self.steps.items() if kind not in quiet for day in many]
        seen += [row["date"] for row in self.visits if row["status"] != "MISSED" and row["date"]]
        seen += [row["date"] for row in self.scans] + [row["date"] for row in self.all_results]
        seen += [row["collected_date"] for row in self.specimens]
        seen += [row[name] for row in self.treatments for name in ("start_date", "end_date") if row[name]]
        seen += [row["date"] for row in self.forms if row["status"] == "DONE" and row["date"]]
        quiet_for = (self.cut_off - max(day for day in seen if day <= self.cut_off)).days
        if quiet_for > 16 * 7:
            yield "NO_NEWS", quiet_for

    def _results(self):
        if not self.is_followed:
            return
        resulted = {row["specimen_id"] for row in self.all_results}
        drawn = [row["date"] for row in self.all_results]
        for specimen in self.specimens:
            day = specimen["collected_date"]
            if specimen["specimen_id"] in resulted or any(other > day for other in drawn):
                continue
            waited, limit = (self.cut_off - day).days, 21 if any(other < day for other in drawn) else 35
            if waited > limit:
                yield "RESULT_OUTSTANDING", waited

    def _not_stopped(self):
        waited = (self.cut_off - self.included).days
        if self.is_followed and not self.steps.get("TX_STOP") and not self.progressed and not self.restarts() and waited > 28:
            yield "NOT_STOPPED", waited

    def _consents(self):
        second = min(self.steps.get("CONSENT2", [NEVER]))
        result = max((day for day in self.steps.get("BASELINE_RESULT", []) if day <= self.included), default=date.min)
        wrong = (
            second is NEVER or second > min(self.steps.get("TX_STOP", [NEVER])) or second > self.included or second < result
            or second < min(self.steps["CONSENT1"])
        )
        if wrong:
            yield "CONSENT_ORDER", None

    def _triggers(self):
        positives = [row["date"] for row in self.calls_after_baseline() if row["call"] == "POSITIVE"]
        progressions = [scan["date"] for scan in self.scans if scan["overall"] == "PD"]
        if any(not any(day <= restart for day in positives + progressions) for restart in self.restarts()):
            yield "RESTART_WITHOUT_TRIGGER", None

    def _baseline(self):
        before = [row for row in self.results if row["call"] != "NOT_EVALUABLE" and row["date"] <= self.included]
        if before and before[-1]["call"] == "POSITIVE":
            yield "BASELINE_POSITIVE_INCLUDED", None

    def _blind(self):
        last = self.results[-2:]
        if self.is_followed and not self.progressed and len(last) == 2 and all(row["call"] == "NOT_EVALUABLE" for row in last):
            yield "NOT_EVALUABLE_AGAIN", (self.cut_off - last[-1]["date"]).days

    def _schedule(self, plan):
        if self.progressed or not self.is_followed:
            return
        drawn = {row["visit_code"] for row in (*self.specimens, *self.all_results)}
        scanned = {scan["visit_code"] for scan in self.scans}
        for rule, made, asked in (("DRAW_OVERDUE", drawn, True), ("SCAN_OVERDUE", scanned, False)):
            if asked and self.restarts():
                continue
            late = []
            for code, visit in plan.items():
                if not visit["needs_ctdna" if asked else "needs_imaging"]:
                    continue
                closes = self.included + days(visit["planned_day"] + visit["window_plus"])
                if code in made:
                    late = []  # a later one was made: what was not made before it is missed
                elif closes < self.cut_off and not self._unlabelled(asked, visit, plan):
                    late.append(closes)
                elif self._unlabelled(asked, visit, plan):
                    late = []
            if late:
                yield rule, (self.cut_off - late[0]).days
        for row in self.treatments:
            if row["reason"] == "RESUME_CTDNA":
                closes = row["start_date"] + days(91 + 7)
                later = [item["collected_date"] for item in self.specimens if item["collected_date"] >= row["start_date"] + days(84)]
                if not later and closes < self.cut_off:
                    yield "POST_RESTART_TEST_MISSING", (self.cut_off - closes).days
                break

    def _unlabelled(self, draws: bool, visit: dict, plan: dict[str, dict]) -> bool:
        """Whether a draw or scan that names no planned visit lies in this window, nearer to it than to any other."""
        if draws:
            loose = [row["collected_date"] for row in self.specimens if row["visit_code"] not in SCHEDULED]
        else:
            loose = [row["date"] for row in self.scans if row["visit_code"] not in SCHEDULED]
        for day in loose:
            since = (day - self.included).days
            rivals = [other for other in plan.values() if other["needs_ctdna" if draws else "needs_imaging"]]
            nearest = min(rivals, key=lambda other: (abs(since - other["planned_day"]), other["planned_day"]))
            inside = visit["planned_day"] - visit["window_minus"] <= since <= visit["planned_day"] + visit["window_plus"]
            if since > 0 and nearest is visit and inside:
                return True
        return False


def recount(tables: dict[str, list[dict]], cut_off: date) -> set[tuple[str, str, int | None]]:
    """(subject, rule, days) of every alert about an included patient, OUTSIDE_WINDOW apart."""
    plan = {row["visit_code"]: row for row in sorted(tables["visit_plan"], key=lambda row: row["planned_day"])}
    included = {row["subject_id"] for row in tables["milestone"] if row["kind"] == "INCLUDED"}
    return {(subject, *alert) for subject in included for alert in Story(subject, tables, cut_off).alerts(plan)}
