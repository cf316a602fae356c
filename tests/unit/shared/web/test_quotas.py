"""What one caller may have stored is bounded for the person, the organisation and the tenant, and for nobody else."""

from __future__ import annotations

import pytest

from shared.identity.tokens import Identity
from shared.kernel.actors import Actor
from shared.kernel.clock import VirtualMachineClock
from shared.web import quotas
from shared.web.errors import TooManyRequests
from shared.web.quotas import QUOTAS, Quota, Quotas


def person(subject: str, organisation: str = "acme", tenant: str = "demo") -> Identity:
    return Identity(tenant=tenant, actor=Actor(issuer="idp", subject=subject, organisation=organisation))


SMALL = {
    "refusals": {"subject": Quota(3, 0.5), "organisation": Quota(5, 1.0), "tenant": Quota(8, 1.0)},
    "drafts": {"organisation": Quota(2, 0.1)},
}


def limited(clock: VirtualMachineClock) -> Quotas:
    return Quotas(clock, SMALL)  # type: ignore[arg-type]


def used(limits: Quotas, identity: Identity, times: int) -> int:
    """How many of so many refusals are let in."""
    for number in range(times):
        try:
            limits.check("refusals", identity)
        except TooManyRequests:
            return number
        limits.spend("refusals", identity)
    return times


def test_a_person_is_limited_and_told_when_to_come_back() -> None:
    clock = VirtualMachineClock()
    limits = limited(clock)
    assert used(limits, person("zhang"), 10) == 3
    with pytest.raises(TooManyRequests) as caught:
        limits.check("refusals", person("zhang"))
    assert caught.value.retry_after_s == 2
    limits.check("drafts", person("zhang"))
    clock.advance(caught.value.retry_after_s)
    assert used(limits, person("zhang"), 10) == 1


@pytest.mark.parametrize("set_by_s", [-7 * 86_400.0, 7 * 86_400.0])
def test_a_clock_that_is_set_neither_locks_a_person_out_nor_lets_him_in(set_by_s: float) -> None:
    clock = VirtualMachineClock()
    limits = limited(clock)
    assert used(limits, person("zhang"), 10) == 3
    clock.set(clock.now() + set_by_s)
    assert used(limits, person("zhang"), 10) == 0
    clock.advance(2.0)
    assert used(limits, person("zhang"), 10) == 1


def test_others_go_on_until_the_organisation_and_the_tenant_are_at_their_ends() -> None:
    limits = limited(VirtualMachineClock())
    assert used(limits, person("zhang"), 10) == 3
    assert used(limits, person("li"), 10) == 2, "the organisation's five"
    assert used(limits, person("wang", "cloud"), 10) == 3, "the tenant's eight"
    assert used(limits, person("fox", "elsewhere"), 10) == 0
    assert used(limits, person("zhang", tenant="other"), 10) == 3


def test_no_more_is_remembered_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "BUCKETS_MAX", 10)
    limits = Quotas(VirtualMachineClock())
    for number in range(50):
        limits.spend("refusals", person(f"p{number}", f"o{number}", f"t{number}"))
    assert len(limits._buckets) == 10


def test_every_quota_lets_somebody_wait_for_no_longer_than_a_minute() -> None:
    for levels in QUOTAS.values():
        for quota in levels.values():
            assert quota.at_once >= 1 and quota.a_second >= 1 / 60
