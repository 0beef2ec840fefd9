"""Simon's two-stage designs."""

import pytest

from heroes.errors import MisuseError
from heroes.statistics.binomial import binomial_mass, probability_at_least
from heroes.statistics.two_stage import design_two_stage

PUBLISHED = [  # Simon 1989 (power 80 %); the numbers equal a naive search written in R 4.2.2 (dbinom, pbinom)
    (.05, .25, .05, .80, (0, 9, 2, 17), (0, 12, 2, 16)),
    (.10, .30, .05, .80, (1, 10, 5, 29), (1, 15, 5, 25)),
    (.10, .30, .05, .90, (2, 18, 6, 35), (2, 22, 6, 33)),
    (.20, .40, .05, .80, (3, 13, 12, 43), (4, 18, 10, 33)),
    (.30, .50, .05, .80, (5, 15, 18, 46), (6, 19, 16, 39)),
    (.70, .90, .05, .80, (4, 6, 22, 27), (19, 23, 21, 26)),
    (.75, .95, .05, .90, (7, 9, 24, 28), (19, 22, 22, 26)),
]


def numbers(design):
    return design.r1, design.n1, design.r, design.n


def rejecting(design, p):
    """P(reject) by counting every outcome of the first stage."""
    first = binomial_mass(design.n1, p)
    return sum(
        first[x] * float(probability_at_least(design.r + 1 - x, design.n - design.n1, p))
        for x in range(design.r1 + 1, design.n1 + 1))


@pytest.mark.parametrize(("p0", "p1", "alpha", "power", "optimal", "minimax"), PUBLISHED)
def test_published_designs(p0, p1, alpha, power, optimal, minimax):
    designs = design_two_stage(p0, p1, alpha, power)
    assert (numbers(designs.optimal), numbers(designs.minimax)) == (optimal, minimax)
    for design in (designs.optimal, designs.minimax):
        assert design.reason is None
        assert design.size == pytest.approx(rejecting(design, p0), abs=1e-12)
        assert design.attained_power == pytest.approx(rejecting(design, p1), abs=1e-12)
        assert design.size <= alpha and design.attained_power >= power
        early = 1 - float(probability_at_least(design.r1 + 1, design.n1, p0))
        assert design.early_stop == pytest.approx(early, abs=1e-12)
        assert design.expected_n == pytest.approx(design.n1 + (1 - early) * (design.n - design.n1), abs=1e-9)


def test_expected_size_and_early_stop_of_the_textbook_design():
    optimal, minimax = (lambda d: (d.optimal, d.minimax))(design_two_stage(0.10, 0.30, 0.05, 0.80))
    assert (optimal.expected_n, optimal.early_stop) == (pytest.approx(15.0141203471), pytest.approx(0.7360989291))  # R, naive
    assert (optimal.size, optimal.attained_power) == (pytest.approx(.0470863066439), pytest.approx(.8050629131503))
    assert (minimax.expected_n, minimax.early_stop) == (pytest.approx(19.5095698108), pytest.approx(0.5490430189))


def test_a_search_that_ends_too_early_says_so():
    designs = design_two_stage(0.10, 0.30, 0.05, 0.80, n_max=27)
    assert numbers(designs.minimax) == (1, 15, 5, 25) and designs.minimax.reason is None
    assert designs.optimal.n <= 27 and designs.optimal.expected_n > 15.02
    assert designs.optimal.reason == "The best design with at most 27 patients; a larger one might expect fewer."


def test_no_design_at_all():
    designs = design_two_stage(0.80, 0.82, 0.05, 0.90, n_max=100)
    assert numbers(designs.optimal) == numbers(designs.minimax) == (None, None, None, None)
    assert "at most 100 patients" in designs.optimal.reason


def test_a_trial_as_large_as_200_is_searched():
    designs = design_two_stage(0.85, 0.92, 0.05, 0.80)
    assert (numbers(designs.optimal), numbers(designs.minimax)) == ((38, 44, 137, 154), (107, 120, 118, 132))
    assert designs.optimal.expected_n < designs.minimax.expected_n
    assert designs.minimax.n < 134  # the one-stage design needs 134


def test_p1_must_exceed_p0():
    with pytest.raises(MisuseError, match="exceed"):
        design_two_stage(0.3, 0.3, 0.05, 0.8)
