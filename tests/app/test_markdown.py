"""Codes from files on the screen: letters, never links, pictures, badges or icons."""

import re

import pytest

from heroes.app.markdown import literal

HOSTILE = [
    "[click](http://evil.example/a)", "![x](http://evil.example/x.png)", ":red-badge[**REAL**]", "**bold**", "`code`", "$x^2$",
    "<b>x</b>", "a_b_c", "~~x~~", "a | b", "&lt;", "[x][y]", "\\[x]",
]


def seen(shown: str) -> str:
    """What a reader sees of it: escaped signs as themselves."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown).replace("\u2060", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_code_has_no_sign_that_means_something(text):
    unescaped = re.sub(r"\\[!-/:-@\[-`{-~]", "", literal(text))
    assert not set(unescaped) & set("\\`*_[]<>~$&:#|")
    assert seen(literal(text)) == text


@pytest.mark.parametrize("text", ["http://evil.example", "www.evil.example", "a@evil.example", ":material/lock:", "HTTPS://EVIL.EXAMPLE"])
def test_an_address_or_icon_that_needs_no_sign_is_taken_apart(text):
    assert text not in literal(text).replace("\\", "") and seen(literal(text)) == text


def test_plain_codes_stay_as_they_are():
    assert literal("HEROES-SIM, site 01 (closed), 3.5 %") == "HEROES-SIM, site 01 (closed), 3.5 %"


def test_a_text_stays_on_its_line():
    assert literal("a\n# b\r\nc") == r"a \# b c"
