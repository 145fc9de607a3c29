"""The buckets of tries; time is passed in."""

import pytest

from app.accounts.limiter import EVERY_ACCOUNT, PER_ACCOUNT, PER_ADDRESS, REMEMBERED, Limiter, network
from app.errors import TooMany


def test_an_account_is_tried_so_often_from_anywhere_and_then_waits() -> None:
    limiter = Limiter()
    for number in range(PER_ACCOUNT):
        limiter.take("kim", f"10.0.0.{number}", 0)
    with pytest.raises(TooMany) as refused:
        limiter.take("kim", "10.0.1.1", 0)
    assert refused.value.values["seconds"] == EVERY_ACCOUNT
    limiter.take("lee", "10.0.1.1", 0)  # another account is not touched
    limiter.take("kim", "10.0.1.1", EVERY_ACCOUNT)


def test_an_address_is_limited_over_all_accounts() -> None:
    limiter = Limiter()
    for number in range(PER_ADDRESS):
        limiter.take(f"user{number}", "10.0.0.1", 0)
    with pytest.raises(TooMany):
        limiter.take("another", "10.0.0.1", 0)
    limiter.take("another", "10.0.0.2", 0)


def test_a_refused_try_costs_nothing_more() -> None:
    limiter = Limiter()
    for _ in range(PER_ACCOUNT):
        limiter.take("kim", "10.0.0.1", 0)
    for _ in range(100):
        with pytest.raises(TooMany):
            limiter.take("kim", "10.0.0.1", 0)
    limiter.take("kim", "10.0.0.1", EVERY_ACCOUNT)


def test_who_signs_in_rightly_is_never_limited() -> None:
    limiter = Limiter()
    for second in range(1000):
        limiter.take("kim", "10.0.0.1", second / 1000)
        limiter.forgive("kim", "10.0.0.1", second / 1000)


def test_a_whole_ipv6_network_counts_as_one_address() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
    assert network("::ffff:10.0.0.1") == "10.0.0.1"


def test_made_up_names_do_not_fill_the_memory() -> None:
    limiter = Limiter()
    for number in range(REMEMBERED):
        limiter.take(f"name{number}", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0)
    assert len(limiter._buckets) == REMEMBERED
