"""The list of rules is that of the code, and docs/checks.md is that list. `python -m tests.intake.test_registry` prints it."""

import ast
from pathlib import Path

from heroes.intake.registry import RULES, listed, rule_named

INTAKE = Path(__file__).resolve().parents[2] / "heroes" / "intake"
PLACE = {"Finding": 1, "per_patient": 1, "per_file": 2, "refuse": 0, "leave_out": 0, "warn": 0, "_refuse_filled": 1}
"""Function → place of the rule's name among its arguments."""


def constants(node) -> set[str]:
    """Texts of an expression that can be its value: what it compares with cannot."""
    if isinstance(node, ast.Compare):
        return set()
    own = {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()
    return own.union(*(constants(child) for child in ast.iter_child_nodes(node)))


def rules_in(tree) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in PLACE and len(node.args) > PLACE[name]:
                found |= constants(node.args[PLACE[name]])
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("_SAYS", "_FOUND"):
            found |= {key.value for key in node.value.keys}
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 3:
            found |= constants(node.value.elts[0])
    return found


def test_every_rule_of_the_checks_is_listed_and_every_listed_rule_exists():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(INTAKE.glob("*.py")) if path.stem != "registry"]
    found = set().union(*map(rules_in, trees))
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names)) > 120
    assert found - set(names) == set()
    # Rules whose names travel through a variable stand as texts all the same.
    texts = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert set(names) - texts == set()


def test_the_reference_is_the_list(project):
    text = (project / "docs" / "checks.md").read_text(encoding="utf-8")
    assert text.split("\n## ", 1)[1] == listed().removeprefix("## "), "print the list anew: python -m tests.intake.test_registry"


def test_every_rule_says_what_to_do_and_where_it_is_from():
    assert all(rule.sentence.endswith(".") and rule.remedy and rule.source and rule.group for rule in RULES)
    assert rule_named("result_flipped").severity == "QUERY" and rule_named("nir").severity == "ERROR" and rule_named("zip_bomb") is None


if __name__ == "__main__":
    print(listed(), end="")
