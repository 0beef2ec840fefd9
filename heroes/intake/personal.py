"""What could name a person: patterns of direct identifiers, in a header or a cell.

The patterns are those of the project's rules for de-identification at import: the French social security number (NIR,
15 digits of which the last two are 97 minus the remainder of the first 13 modulo 97; Corsica 2A counts as 19, 2B as 18),
telephone numbers, e-mail and bank addresses, titles before a name, headers of names and of birth dates.
"""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_SPACERS = re.compile(r"[\s.\-\u2010-\u2015]+")
_NIR_BODY = r"[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{3}\d{3}"
_NIR_KEYED = re.compile(rf"(?<!\d){_NIR_BODY}\d{{2}}(?!\d)", re.IGNORECASE)
_NIR_UNKEYED = re.compile(rf"(?<!\d){_NIR_BODY}(?!\d)", re.IGNORECASE)
_GAP = r"[\s.\-\u2010-\u2015]{0,2}"
_NIR_SPACED = re.compile(
    rf"(?<!\d)[1-478]{_GAP}\d{{2}}{_GAP}(?:0[1-9]|1[0-2]|[2-9]\d){_GAP}(?:\d{{2}}|2[AB]){_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{2}}(?!\d)",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<!\d)(?<!\d[.,])(?:(?:\+|00)33[\s.\-]?(?:\(0\))?[\s.\-]?|0)[1-9](?:[\s.\-]?\d{2}){4}(?!\d)"
)
_EMAIL = re.compile(r"[^@\s,;]{1,64}@[^@\s,;]{1,255}\.[A-Za-z]{2,}")
_IBAN = re.compile(r"\bFR\d{2}\s?(?:\w{4}\s?){5}\w{3}\b")
_VARIANT = re.compile(
    r"\bchr(?:\d{1,2}|X|Y|M)\s*:\s*(?:g\.)?\d{4,}|\b[cgmn]\.[*-]?\d+(?:[+-]\d+)?(?:_[*-]?\d+(?:[+-]\d+)?)?(?:[ACGT]+>[ACGT]+|del|dup|ins|inv)"
    r"|\bp\.\(?[A-Z][a-z]{2}\d+(?:[A-Z][a-z]{2}|\*|fs|=)|\brs\d{5,}\b",
    re.IGNORECASE,
)
_VARIANT_HEADER = re.compile(
    r"^(?:gf)?(?:chrom(?:osome)?|genloc|pvrid|seqid)$|^(?:hgvs(?:_?[cgp])?|rs_?id|genomic_?(?:position|location|coordinates?)|variant_?(?:position|coordinates?|list|name))$",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\b(?:M\.|Mme|Mlle|Monsieur|Madame|Dr\.?|Pr\.?|Prof\.?|Docteur|Professeur|Mrs?\.?|Ms\.?)\s+[A-ZÉÈÀÂÎ][\w\-]+"
)
_DECIMAL = re.compile(r"\s*[+-]?\d*[.,]\d+(?:[eE][+-]?\d+)?\s*$")
_WHOLE_AS_DECIMAL = re.compile(r"\s*(\d+)[.,]0+\s*$")
_DAY_AND_CLOCK = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?=[\sT]+\d{1,2}\s?[:hH]\s?\d{2})")

_BIRTH_HEADER = re.compile(r"birth|naiss|(?<!a)ddn|(?<![a-z])dob(?![a-z])|brthdt", re.IGNORECASE)
_BIRTH_DATE_HEADER = re.compile(r"brthdt|dob|ddn|date|jour|day", re.IGNORECASE)
_NAME_HEADER = re.compile(
    r"^(?:nom|pr[eé]nom|surname|last_?name|first_?name|patient_?name|adresse|address|ville|city|code_?postal|zip|ipp|ins|nda|tel|phone"
    r"|e?_?mail|nir|s[eé]cu|ssn|initiale?s?"
    r"|names?$|name_?(?:first|last)|(?:full|given|family|maiden|middle)_?name|nom_?(?:patient|famille|naissance|usage)|nom_?pr[eé]nom"
    r"|t[eé]l[eé]phone|portable|mobile|fax|courriel|zip_?code|post_?code|postal_?code|nss|mrn)(?=$|[_\d])"
    r"|_(?:phone|telephone|e?mail|address|adresse|ssn|nir|surname|first_?name|last_?name|contact_?name)$",
    re.IGNORECASE,
)
_NAME_LABEL = re.compile(
    r"(?:(?:patient|subject)(?:['’]?s)? )?"
    r"(?:(?:last|first|family|full|maiden) name|surname|initials|address|e-?mail(?: address)?|(?:tele)?phone(?: number)?)"
    r"|nom(?: de famille| du patient)?|pr[eé]nom|initiales|adresse|courriel|t[eé]l[eé]phone|social security number",
    re.IGNORECASE,
)
_NIR_HEADER = re.compile(r"(?:^|[_\s.\-])(?:nir|s[eé]cu|ssn|nss|ins)(?=$|[_\s.\-\d])", re.IGNORECASE)
_INVESTIGATOR_HEADER = re.compile(r"^invnam$|^investigator_?name$|^nom_?(?:de_l_)?investigateur$", re.IGNORECASE)
_ACCESSION_HEADER = re.compile(r"accession|refid$|specimen|sample|barcode|kit_?(?:id|no|number)|tube|^ech", re.IGNORECASE)


def nir_key(body: str) -> int:
    """The two check digits of a NIR from its first 13 places."""
    department = {"2A": "19", "2B": "18"}.get(body[5:7].upper(), body[5:7])
    return 97 - int(body[:5] + department + body[7:]) % 97


def identifier_in(text: str) -> str | None:
    """Which direct identifier a text holds (`nir`, `phone`, `email`, `iban`, `variant`), or None.

    A plain decimal number and an ISO or European date-time hold none.
    """
    text = _without_fraction(text)
    digits = sum(character.isdigit() for character in text)
    if digits >= 14 and has_nir(text):
        return "nir"
    if "@" in text and _EMAIL.search(text):
        return "email"
    if digits >= 10 and _PHONE.search(_DAY_AND_CLOCK.sub("date", text)):
        return "phone"
    if digits >= 2 and "FR" in text and _IBAN.search(text):
        return "iban"
    if digits and _VARIANT.search(text):
        return "variant"
    return None


def _without_fraction(text: str) -> str:
    """A whole number that was written as a decimal (`255.0`) as such; nothing of any other plain decimal number."""
    whole = _WHOLE_AS_DECIMAL.match(text)
    if whole:
        return whole[1]
    return "" if _DECIMAL.match(text) else text


_ENOUGH_FOR_ANY = (
    r"@|FR|(?:[0-9][^0-9]*){10}|[MDP][A-Za-z.]{1,9}[\t-\r\x1c-\x20]+[A-Z]"
    r"|[CcGgMmNnPp]\.[(*-]*[A-Za-z]{0,3}[0-9]|[Cc][Hh][Rr][0-9XYMxym]|[Rr][Ss][0-9]{5}"
)
"""Of ASCII text, what it must hold before `identifier_in`, `is_like_nir` or `has_title` can find anything: an @, an FR, ten
digits (a NIR has twelve at least), a word that may be a title before a capital, or the beginning of a variant's name."""


def may_hold_any(texts: Sequence[str]) -> np.ndarray:
    """Which of many texts have to be looked at closely; in the others there is nothing that the patterns here would find."""
    try:
        array = pa.array(texts, pa.string())
    except UnicodeEncodeError:  # half a character
        return np.ones(len(texts), dtype=bool)
    chosen = pc.or_(pc.match_substring_regex(array, _ENOUGH_FOR_ANY), pc.invert(pc.string_is_ascii(array)))
    return chosen.to_numpy(zero_copy_only=False)


def has_nir(text: str) -> bool:
    """A NIR with its right key, whatever spaces, dots or dashes stand in it."""
    return any(
        nir_key(found[:13]) == int(found[13:])
        for found in (*_NIR_KEYED.findall(_SPACERS.sub("", text)), *(_SPACERS.sub("", part) for part in _NIR_SPACED.findall(text)))
    )


def is_like_nir(text: str) -> bool:
    """Shaped like a NIR, with a wrong key or without one: more often an accession number."""
    packed = _SPACERS.sub("", _without_fraction(text))
    return bool(_NIR_KEYED.search(packed) or _NIR_UNKEYED.search(packed))


def has_title(text: str) -> bool:
    """A title with a capitalised word after it, as before a person's name."""
    return _TITLE.search(text) is not None


def is_birth_header(text: str) -> bool:
    """A header that speaks of birth."""
    return _BIRTH_HEADER.search(text) is not None


def is_birth_date_header(text: str) -> bool:
    """A header that speaks of the date of birth, not of a weight or an order."""
    return is_birth_header(text) and _BIRTH_DATE_HEADER.search(text) is not None


def is_name_header(text: str) -> bool:
    """A header under which a name, an address, a contact or a hospital number stands."""
    return _NAME_HEADER.search(re.sub(r"[\s.\-]+", "_", text.strip())) is not None


def is_name_label(text: str) -> bool:
    """A column's description that says the same as such a header."""
    return _NAME_LABEL.fullmatch(text.strip()) is not None


def is_nir_header(text: str) -> bool:
    """A header that announces a social security number."""
    return _NIR_HEADER.search(text.strip()) is not None


def is_variant_header(text: str) -> bool:
    """A header of chromosomes, positions or names of genetic variants."""
    return _VARIANT_HEADER.match(re.sub(r"[\s.\-]+", "_", text.strip())) is not None


def is_investigator_header(text: str) -> bool:
    """A header of an investigator's name: personal, though professional."""
    return _INVESTIGATOR_HEADER.match(text.strip()) is not None


def is_accession_header(text: str) -> bool:
    """A header of laboratory numbers."""
    return _ACCESSION_HEADER.search(text.strip()) is not None


def _printable(name: str) -> str:
    """A name on one line, without signs that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in name).strip()


def shown_file(name: str, place: int) -> str:
    """A file's path inside its delivery as findings and the audit may name it; only its place (from 1) where the name holds
    an identifier."""
    printable = _printable(name)
    return f"file {place}" if identifier_in(printable) else printable


def shown_column(name: str, place: int) -> str:
    """A column's name as a finding may show it; only its place (from 1) where the name itself could tell too much."""
    printable = _printable(name)
    if not printable or len(printable) > 60 or identifier_in(name) or is_like_nir(name) or has_title(name):
        return f"number {place}"
    return printable


def shown_table(name: str) -> str | None:
    """A dataset's name as a finding may show it, or None."""
    printable = _printable(name)
    return None if not printable or identifier_in(name) or is_like_nir(name) or len(name) > 60 else printable
