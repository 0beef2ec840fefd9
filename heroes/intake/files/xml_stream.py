"""XML read as a stream by expat, with everything refused that a document of data does not need.

No document type, so no entities of its own (no billion laughs, no quadratic blow-up) and nothing fetched from anywhere
(no XXE); elements nested to a bound. Nothing is kept but what a handler keeps, so memory follows what is read.
"""

from collections.abc import Callable
from xml.parsers import expat

from heroes.intake.files.limits import DEEPEST_XML


class XmlError(Exception):
    """XML that is not read; `rule`, sentence and line say why, without any text of the document."""

    def __init__(self, rule: str, sentence: str, line: int | None = None):
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence
        self.line = line


def parse_xml(
    content: bytes, *, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    """Calls start(name, attributes), text(characters) and end(name) in the order of the document.

    Names come without their prefix where they stand in no namespace, else as `namespace name`. Raises XmlError.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    depth = 0

    def opened(name, attributes):
        nonlocal depth
        depth += 1
        if depth > DEEPEST_XML:
            raise XmlError("damaged_xml", f"Elements are nested more than {DEEPEST_XML} deep.", parser.CurrentLineNumber)
        start(name, attributes)

    def closed(name):
        nonlocal depth
        depth -= 1
        if end is not None:
            end(name)

    def refuse(*_):
        raise XmlError(
            "xml_document_type", "The XML declares a document type or entities; data need none, and they can be used to attack a reader.",
            parser.CurrentLineNumber,
        )

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as problem:
        raise XmlError(
            "damaged_xml", f"At line {problem.lineno} the file is no valid XML: it is damaged or was cut short.", problem.lineno
        ) from None
    except (ValueError, LookupError, UnicodeError):
        raise XmlError("damaged_xml", "The encoding that the XML declares is not known or not kept to.") from None


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]
