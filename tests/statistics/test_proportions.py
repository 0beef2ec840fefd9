"""A proportion with its interval."""

import pytest

from heroes.errors import MisuseError
from heroes.statistics.proportions import estimate_clopper_pearson, estimate_wilson


@pytest.mark.parametrize("estimate", [estimate_clopper_pearson, estimate_wilson])
def test_none_and_all_reach_the_ends_exactly(estimate):
    assert estimate(0, 20).lower == 0
    assert estimate(20, 20).upper == 1
    assert 0 < estimate(20, 20).lower < 1


@pytest.mark.parametrize("estimate", [estimate_clopper_pearson, estimate_wilson])
def test_of_nobody_there_is_no_proportion(estimate):
    nobody = estimate(0, 0)
    assert (nobody.estimate, nobody.lower, nobody.upper) == (None, None, None)
    assert nobody.reason == "There are no patients yet."


@pytest.mark.parametrize("estimate", [estimate_clopper_pearson, estimate_wilson])
def test_more_than_all_is_refused(estimate):
    with pytest.raises(MisuseError, match="3 of 2"):
        estimate(3, 2)
    with pytest.raises(MisuseError, match="confidence level"):
        estimate(1, 2, 1)
