"""Texts from files and links as the screen's Markdown takes them: letter by letter, never as a link, a picture or a badge."""

import re

_MARKS = re.compile(r"([\\`*_\[\]<>~$&:#|])")
_LINKED_AS_THEY_ARE = re.compile(r"(?i)(?<=:)(?=\S)|(?<=www)(?=\.)|(?<=@)(?=\S)")
_NO_BREAK = "\u2060"


def literal(text: object) -> str:
    """A text that came from outside (study, site, patient, file name), with every Markdown sign made harmless.

    Addresses become links, and names of icons become icons, even behind an escaped sign: an invisible joiner takes them
    apart. Line breaks become spaces. Not for what is shown without Markdown: tables, lists to choose from, alternative texts.
    """
    return _MARKS.sub(r"\\\1", _LINKED_AS_THEY_ARE.sub(_NO_BREAK, " ".join(str(text).split())))
