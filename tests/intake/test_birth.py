"""How exactly a birth date is known."""

import pytest

from heroes.intake.birth import has_birth_day


@pytest.mark.parametrize("value", ["1950-12-26", "26/12/1950", "26.12.50", "26DEC1950", "26 décembre 1950", "December 26, 1950", "19501226", "26121950", "1950-12-26T00:00", 19501226, -3293, "-3293", 3653.0])
def test_birth_dates_to_the_day(value):
    assert has_birth_day(value, header_says_date=True)


@pytest.mark.parametrize("value", ["1950", "1950-12", "12/1950", "1950---26", "UNK", "195012", 1950, 1950.0, "1950.0", 195012, 0, 1, True, 0.5, "unknown"])
def test_birth_known_by_year_or_month_only(value):
    assert not has_birth_day(value, header_says_date=True)


def test_a_birth_weight_is_no_date():
    assert not has_birth_day(3650, header_says_date=False)
