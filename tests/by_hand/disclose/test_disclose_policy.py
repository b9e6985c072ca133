"""The policy: who may ask for what, and how counts are rounded."""

from __future__ import annotations

import pytest

from analysis.disclose.policy import DisclosureError, Policy, policy_of
from analysis.study import PROTOCOLS, read_study

STUDY = read_study(PROTOCOLS / "simulated.toml")


def with_release(**changes):
    return STUDY.model_copy(update={"release": STUDY.release.model_copy(update=changes)})


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"holder": "somebody"}, "holder"),
        ({"holder": "usrds", "min_count": 10}, "min_count"),
        ({"holder": "opensafely", "min_count": 7}, "min_count"),
        ({"holder": "strict", "rounding": 1}, "rounding"),
        ({"holder": "simulated", "min_count": 2, "rounding": 10}, "rounding"),
    ],
)
def test_a_policy_that_is_unknown_or_too_little_is_refused(changes, word) -> None:
    with pytest.raises(DisclosureError, match=word) as refused:
        policy_of(with_release(**changes))
    assert "\n" not in str(refused.value)


def test_simulated_is_no_way_out_for_real_people() -> None:
    real = STUDY.model_copy(update={"simulated": False, "simulation": None})
    with pytest.raises(DisclosureError, match="simulated"):
        policy_of(real)


def test_each_holder_is_content_with_its_own_least() -> None:
    for holder, min_count, rounding in (("usrds", 11, 1), ("opensafely", 8, 5), ("strict", 11, 5)):
        policy = policy_of(with_release(holder=holder, min_count=min_count, rounding=rounding))
        assert (policy.min_count, policy.rounding) == (min_count, rounding)


def test_counts_go_to_the_nearest_five_and_never_below_what_may_be_seen() -> None:
    policy = Policy("strict", 11, True, 5, 50, 6)
    given = [0, 11, 12, 13, 17, 18, 22, 23, 100, 102, 103]
    assert [policy.rounded(n) for n in given] == [0, 15, 15, 15, 15, 20, 20, 25, 100, 100, 105]


def test_zero_is_small_only_where_zeros_are_hidden() -> None:
    assert not Policy("strict", 11, True, 5, 50, 6).is_small(0)
    assert Policy("strict", 11, False, 5, 50, 6).is_small(0)
    assert [n for n in range(15) if Policy("strict", 11, True, 5, 50, 6).is_small(n)] == [
        *range(1, 11)
    ]
