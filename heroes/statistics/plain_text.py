"""A described analysis as lines of plain text, for whoever reads it on a terminal. The numbers are those of the document."""


def endpoint_lines(document: dict) -> list[str]:
    """What `heroes pfs` prints of a described endpoint: which it is, by which conventions, and its estimates."""
    lines = [
        f"{'SIMULATED DATA. ' if document['simulated'] else ''}{document['parameter']} of {document['cut']}, cut-off {document['cut_off']}",
        f"{'estimand ' + document['estimand'] + ', ' if document['estimand'] else ''}origin {document['origin']}, "
        f"{document['n']} patients, {document['events']} events{'' if document['by_protocol'] else ' (NOT the protocol’s conventions)'}",
    ]
    for cause in document.get("causes", ()):
        lines += [f"cause {cause['cause']}: {line}" for line in _moments(cause["at"])]
    return [*lines, *_moments(document.get("at", ()))]


def km_lines(document: dict) -> list[str]:
    """What `heroes km` prints: each group with its median and estimates, its band and one-sample test, the log-rank test."""
    lines = []
    for group in document["groups"]:
        median = group["median"]["estimate"]
        lines.append(f"{group['group']}: n {group['n']}, events {group['events']}, median {'not reached' if median is None else median}")
        lines += [f"  at {row['time']:g}: {_estimate(row)}" for row in group["at"]]
        band, one_sample = group["band"], group["one_sample"]
        if band:
            lines.append(f"  {band['method']} band: {band['reason'] or _band(band)}")
        if one_sample:
            lines.append(f"  one-sample log-rank: {one_sample['reason'] or _one_sample(one_sample)}")
    if document["logrank"]:
        lines.append(f"log-rank: {_test(document['logrank'], 'chi2')}")
    return lines


def cif_lines(document: dict) -> list[str]:
    """What `heroes cif` prints: each group's causes with their estimates, and Gray's tests."""
    lines = []
    for group in document["groups"]:
        if not group["causes"]:
            lines.append(f"{group['group']}: {group['reason'] or 'no event of any cause'}")
        for cause in group["causes"]:
            lines.append(f"{group['group']}, cause {cause['cause']}: {cause['events']} events")
            lines += [f"  at {row['time']:g}: {_estimate(row)}" for row in cause["at"]]
    return lines + [f"Gray's test, cause {test['cause']}: {_test(test, 'statistic')}" for test in document["gray"] or ()]


def _moments(rows) -> list[str]:
    lines = []
    for row in rows:
        if row["estimate"] is None:
            lines.append(f"at {row['time']:g} days: not estimable ({row['reason']})")
        else:
            limits = "no interval" if row["lower"] is None else f"{row['lower']:.4f} to {row['upper']:.4f} ({row['interval_method']})"
            lines.append(f"at {row['time']:g} days: {row['estimate']:.4f}, {limits}, {row['at_risk']} at risk")
    return lines


def _estimate(row: dict) -> str:
    if row["estimate"] is None:
        return row["reason"]
    limits = "no interval" if row["lower"] is None else f"[{row['lower']}, {row['upper']}] {row['interval_method']}"
    return f"{row['estimate']} {limits}, at risk {row['at_risk']}"


def _band(band: dict) -> str:
    return f"from {band['start']:g} to {band['end']:g}, critical value {band['critical_value']:.4f}"


def _one_sample(test: dict) -> str:
    return (f"observed {test['observed']}, expected {test['expected']:.4f}, Z {test['statistic']:.4f} (one-sided p {test['p']:.4g}), "
            f"modified {test['modified']:.4f} (p {test['p_modified']:.4g}); below 0 favours the treatment")


def _test(test: dict, statistic: str) -> str:
    return test["reason"] or f"chi-square {test[statistic]:.4f} on {test['df']} df, p {test['p']:.4g}"
