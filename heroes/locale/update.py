"""Brings the catalogues up to date: collects the sentences of the sources, keeps translations, compiles.

Run by `make messages` after a sentence was added or changed; then fill the empty ones in fr/LC_MESSAGES/heroes.po.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

LOCALE = Path(__file__).parent
PROJECT = LOCALE.parents[1]
KEYWORDS = {"say": None, "mark": None, "count": (1, 2)}
SOURCES = ("heroes/**/*.py", "pages/*.py", "dashboard.py")


def collect() -> Catalog:
    """Every sentence in the sources, with the file that says it."""
    catalogue = Catalog(project="HEROES Dashboard", charset="utf-8")
    for pattern in SOURCES:
        for path in sorted(PROJECT.glob(pattern)):
            if path.is_relative_to(LOCALE):
                continue
            for _line, message, _comments, _context in extract_from_file("python", path, keywords=KEYWORDS):
                catalogue.add(message, locations=[(str(path.relative_to(PROJECT)), None)])
    return catalogue


def read_catalogue(language: str) -> Catalog:
    """The catalogue of a language as it stands in its .po file."""
    path = LOCALE / language / "LC_MESSAGES" / "heroes.po"
    if not path.exists():
        return Catalog(locale=language, project="HEROES Dashboard", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalogue: Catalog) -> bytes:
    """The .mo form of a catalogue."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def _is_said(said: str | tuple[str, ...] | None) -> bool:
    """Whether there is French, in every plural form."""
    return bool(said) and all([said] if isinstance(said, str) else said)


def main() -> int:
    """Rewrites fr/LC_MESSAGES/heroes.po and .mo; says how many sentences lack a translation."""
    template, catalogue = collect(), read_catalogue("fr")
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    folder = LOCALE / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "heroes.po").open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, omit_header=False, include_lineno=False)
    (folder / "heroes.mo").write_bytes(compiled(catalogue))
    missing = [message.id for message in catalogue if message.id and not _is_said(message.string)]
    print(f"{len(catalogue)} sentences, {len(missing)} without French")
    return 0


if __name__ == "__main__":
    sys.exit(main())
