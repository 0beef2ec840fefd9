"""Patterns of direct identifiers, one by one. Every number here is invented or a published specimen."""

import pytest

from heroes.intake import personal

SPECIMEN = "255081416802538"  # the specimen card that the health insurance publishes


@pytest.mark.parametrize("body, key", [("2550814168025", 38), ("285032A004123", 71), ("285032B004123", 1)])
def test_the_key_of_a_nir(body, key):
    assert personal.nir_key(body) == key


@pytest.mark.parametrize(
    "text",
    [
        SPECIMEN, "2 55 08 14 168 025 38", "2.55.08.14.168.025.38", "2-55-08-14-168-025-38", "seen at home, NIR 255081416802538, well",
        "285032A00412371", "2 85 03 2b 004 123 01", "255081416802538.0", "room 12 255081416802538", "25508141680253 8", "n°255081416802538/x",
        "2\u00a055\u00a008\u00a014\u00a0168\u00a0025\u00a038",
    ],
)
def test_a_nir_is_found_however_it_is_written(text):
    assert personal.identifier_in(text) == "nir"


@pytest.mark.parametrize(
    "text",
    [
        "255081416802539", "1255081416802538", "2550814168025381", "119.630116922781", "14.424933692778", "2550814.16802538", "0,0512345678",
        "2014-07-02T11:45:30", "2014-01-02 00:00:00+00:00", "20140102T114530", "2024-05-06", "HER-012-003", "AB12345-CHN-3-id-128",
        "01-02-2024 10:30", "01.02.2024 10:30:45", "1e-05", "-0.0123456789", "INSULIN", "chr7", "S-00012", "3.5", "", "Week 12",
    ],
)
def test_numbers_dates_and_codes_of_a_trial_are_no_identifiers(text):
    assert personal.identifier_in(text) is None


@pytest.mark.parametrize("text", ["06 12 34 56 78", "+33 (0)6.12.34.56.78", "0612345678", "00336 12 34 56 78", "+33612345678", "call 01-23-45-67-89 at noon", "tel.0612345678"])
def test_french_telephone_numbers(text):
    assert personal.identifier_in(text) == "phone"


def test_e_mail_and_bank_account():
    assert personal.identifier_in("write to a.b@hopital.example soon") == "email"
    assert personal.identifier_in("FR76 3000 6000 0112 3456 7890 189") == "iban"
    assert personal.identifier_in("size @ 3 mm") is None


def test_a_long_text_is_searched_in_reasonable_time():
    for text in ("a" * 500_000 + "@", "1" * 500_000, "1 " * 250_000, "FR12 " * 100_000):
        personal.identifier_in(text)


def test_titles_before_names():
    assert all(map(personal.has_title, ["seen by Dr Martin", "Mme Élise", "M. Durand called", "Dr. CHN-3 Doe", "Madame Dupont"]))
    assert not any(map(personal.has_title, ["Progression", "dr martin", "M stage", "PR", "Drug X", "MRI Brain", "Dr"]))


@pytest.mark.parametrize(
    "header",
    ["nom", "Prénom", "prenom", "last_name", "LastName", "Last name", "first-name", "PatientName", "address", "Ville", "code postal", "zip",
     "IPP", "INS", "ins_1", "NDA", "tel", "tel.", "phone 2", "email", "e_mail", "E-mail", "mail", "NIR", "secu", "SSN", "initials", "Initiales",
     "name_first", "telephone_1", "next_of_kin_contact_phone", "name", "full name", "nom_prenom"],
)
def test_headers_that_announce_a_name(header):
    assert personal.is_name_header(header)


@pytest.mark.parametrize(
    "header",
    ["INSULIN", "nomenclature", "inst", "INSPIRE", "TRTSDT", "SITEID", "USUBJID", "telomere", "ID", "EXTRT", "nominal_visit", "mailing",
     "zipper", "cityscape", "NAMESTR", "visit_name", "addressed", "INVNAM"],
)
def test_headers_that_only_begin_alike(header):
    assert not personal.is_name_header(header)


@pytest.mark.parametrize("header", ["BRTHDTC", "BRTHDT", "birth_date", "Date de naissance", "ddn", "DOB", "patient_dob", "Birth year"])
def test_headers_about_birth(header):
    assert personal.is_birth_header(header)


@pytest.mark.parametrize("header", ["DOBUTAMINE", "addnote", "AGE", "dobson"])
def test_headers_not_about_birth(header):
    assert not personal.is_birth_header(header)


def test_a_header_that_says_too_much_is_named_by_its_place():
    assert personal.shown_column("AGE", 3) == "AGE"
    for header in (SPECIMEN, "a@b.example", "255081416802511", "x" * 61, " \x1b\x07", "Mme Durand"):
        assert personal.shown_column(header, 3) == "number 3"
