"""The rooms and who may call whom: reads every import and fails when an arrow turns round."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

FOUNDATIONS = ["errors", "settings", "model", "protocol", "access", "labels"]

HEROES_IMPORTS = {
    "errors": set(),
    "settings": {"errors"},
    "model": {"errors", "settings"},
    "protocol": {"errors", "settings", "model"},
    "access": {"errors", "settings", "model", "protocol"},
    "labels": {"errors", "settings", "model", "protocol", "access"},
    "locale": {*FOUNDATIONS},
    "intake": {*FOUNDATIONS, "intake"},
    "store": {*FOUNDATIONS, "store"},
    "simulate": {*FOUNDATIONS, "simulate", "intake", "store"},
    "statistics": {*FOUNDATIONS, "statistics"},
    "figures": {*FOUNDATIONS, "figures", "statistics"},
    "reports": {*FOUNDATIONS, "reports", "store", "statistics", "figures"},
    "app": {*FOUNDATIONS, "app", "intake", "store", "simulate", "statistics", "figures", "reports"},
    "commands": {*FOUNDATIONS, "commands", "intake", "store", "simulate", "statistics", "figures", "reports", "app"},
    "cli": {*FOUNDATIONS, "commands"},
    "pages": {*FOUNDATIONS, "intake", "store", "statistics", "figures", "reports", "app"},
}

LIBRARIES = {
    "errors": {"pydantic"}, "settings": {"pydantic"}, "protocol": {"pydantic"}, "access": {"pydantic"},
    "model": {"pydantic", "pandas"},
    "labels": {"pydantic", "babel"},
    "locale": {"babel"},
    "intake": {"pydantic", "numpy", "pandas", "pyreadstat", "pyarrow", "python_calamine"},
    "store": {"numpy", "pandas", "pyarrow", "duckdb", "pydantic"},
    "simulate": {"numpy", "pandas", "pyreadstat"},
    "statistics": {"numpy", "pandas", "scipy"},
    "figures": {"plotly", "numpy", "pandas"},
    "reports": set(),
    "app": {"streamlit", "starlette", "pandas", "numpy"},
    "commands": {"pandas", "numpy", "orjson"}, "cli": set(),
    "pages": {"streamlit", "pandas"},
}

CLOCKLESS = {"model", "protocol", "access", "labels", "intake", "store", "simulate", "statistics", "figures", "reports", "errors", "settings"}


def room_of(path: Path) -> str:
    """The room a source file lies in."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "heroes" and len(parts) > 1 else "pages"


def sources() -> list[Path]:
    return [
        path
        for path in [*ROOT.glob("heroes/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "dashboard.py"]
        if path != ROOT / "heroes" / "__init__.py"
    ]


def imported(tree: ast.AST) -> set[str]:
    """Every module that a file imports, in full."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def wrong_arrows(room: str, modules: set[str], path: str = "") -> list[str]:
    """Imports that this room may not make."""
    wrong = []
    for module in sorted(modules):
        top, *rest = module.split(".")
        if top == "heroes":
            target = rest[0] if rest else "__version__"
            if target == "__version__" or (rest[:1] == [] and not rest):
                continue
            if target == room and room in FOUNDATIONS:
                continue
            if room == "intake" and path.endswith("intake/route.py") and target == "store":
                continue
            if target not in HEROES_IMPORTS[room]:
                wrong.append(f"{room} imports heroes.{target}")
        elif top not in sys.stdlib_module_names:
            allowed = LIBRARIES[room] | ({"duckdb"} if "/intake/files/" in path else set())
            if top not in allowed:
                wrong.append(f"{room} imports {top}")
    return wrong


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_arrow_points_down(path):
    modules = imported(ast.parse(path.read_text(encoding="utf-8")))
    assert wrong_arrows(room_of(path), modules, path.as_posix()) == []


def test_an_arrow_turned_round_is_noticed():
    assert wrong_arrows("statistics", {"heroes.store.connection"}) == ["statistics imports heroes.store"]
    assert wrong_arrows("store", {"heroes.intake.route"}) == ["store imports heroes.intake"]
    assert wrong_arrows("intake", {"heroes.store.cuts"}, "heroes/intake/checks.py") == ["intake imports heroes.store"]
    assert wrong_arrows("intake", {"heroes.store.cuts"}, "heroes/intake/route.py") == []
    assert wrong_arrows("figures", {"streamlit"}) == ["figures imports streamlit"]
    assert wrong_arrows("pages", {"duckdb"}) == ["pages imports duckdb"]
    assert wrong_arrows("model", {"heroes.labels.Words"}) == ["model imports heroes.labels"]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_clock_below_the_app(path):
    if room_of(path) not in CLOCKLESS:
        return
    read = [
        f"{node.func.value.id}.{node.func.attr}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in {("date", "today"), ("datetime", "now"), ("datetime", "utcnow"), ("time", "time")}
    ]
    assert read == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_and_public_function_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not tree.body:
        return
    assert ast.get_docstring(tree), "the file has no first line"
    silent = [
        node.name for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_page_opens_its_door_first():
    for path in ROOT.glob("pages/*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        code = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)]
        first = code[0]
        assert isinstance(first, ast.Assign) and isinstance(first.value, ast.Call), path.name
        assert first.value.func.id == "open_page" and first.value.args[0].value == path.stem, path.name


def test_pages_do_not_compute():
    """Grouping, merging and SQL belong to the store; a page asks, hands over and shows."""
    for path in ROOT.glob("pages/*.py"):
        text = path.read_text(encoding="utf-8")
        for word in ("groupby(", ".merge(", ".agg(", "SELECT ", ".execute("):
            assert word not in text, f"{path.name} uses {word}"
