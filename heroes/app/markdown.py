"""Texts from files and links as the screen's Markdown takes them: letter by letter, never as a link, a picture or a badge."""

import re

_MARKS = re.compile(r"([!-/:-@\[-`{-~])")


def literal(text: object) -> str:
    """A text that came from outside (study, site, patient, file name), with every Markdown sign made harmless.

    Line breaks become spaces. Not for what is shown without Markdown: tables, lists to choose from, alternative texts.
    """
    return _MARKS.sub(r"\\\1", " ".join(str(text).split()))
