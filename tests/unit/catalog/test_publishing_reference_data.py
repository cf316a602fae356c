"""Publishing services and calendar years: immutable revisions, amendments, refusals (R-012, R-014, R-020, R-404)."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from msgspec import Raw

from services.catalog.api import RetireBody
from services.catalog.domain.commands import PublishCalendarYear, PublishService, PublishTier, RetireService
from services.catalog.domain.errors import ContentHashMismatch, NotCatalogAdmin, ServiceUnknown
from services.catalog.domain.events import CalendarYearSet, ServiceRevised, ServiceWithdrawn, TierRevised
from services.catalog.domain.state import CalendarKnown
from services.catalog.service import CATALOG
from shared.kernel.actors import Actor
from shared.kernel.errors import InvalidRequest
from shared.messages import canonical
from shared.periods import CalendarError, CalendarYear, DayException, WorkCalendar, fixed_days
from shared.public_events.calendars import fold_calendar
from shared.public_events.catalog import CalendarYearAmended, CalendarYearPublished
from shared.testing.spec import Spec
from shared.web.bodies import decode_body

ADMIN = Actor(issuer="idp", subject="zhao", organisation="provider", grants=("catalog_admin",))
STRANGER = Actor(issuer="idp", subject="li", organisation="acme")


def entry(name: str) -> PublishService:
    """A catalogue entry with its hash."""
    document = canonical.encode({"id": "alibaba-1", "name_zh": name})
    digest = canonical.sha256_of_bytes(document)
    return PublishService(service="alibaba-1", content_sha256=digest, document=Raw(document))


def tier(name: str) -> PublishTier:
    """A tier with its hash."""
    document = canonical.encode({"id": "gold", "name_zh": name})
    return PublishTier(tier="gold", content_sha256=canonical.sha256_of_bytes(document), document=Raw(document))


def year(number: int, *holidays: date) -> PublishCalendarYear:
    """A year in which the festivals with fixed dates and the given days are statutory holidays."""
    rest = sorted({*fixed_days(number), *holidays})
    days = tuple(DayException(date=day, kind="statutory_holiday") for day in rest)
    return PublishCalendarYear(calendar="cn", year=CalendarYear(year=number, days=days, source="test"))


class TestServices:
    def test_r_020_a_changed_entry_is_a_new_revision_and_the_same_content_is_none(self) -> None:
        spec = Spec(CATALOG, "service/alibaba-1").when(entry("架构咨询"), actor=ADMIN)
        assert spec.event(ServiceRevised).revision == 1
        spec.after().when(entry("架构咨询"), actor=ADMIN).then_nothing()
        spec.when(entry("架构咨询服务"), actor=ADMIN)
        assert spec.event(ServiceRevised).revision == 2

    def test_a_hash_of_another_document_is_refused(self) -> None:
        false = msgspec.structs.replace(entry("a"), content_sha256=entry("b").content_sha256)
        Spec(CATALOG, "service/alibaba-1").when(false, actor=ADMIN).refuses(ContentHashMismatch, "/content_sha256")

    @pytest.mark.parametrize(
        "body", [entry("a"), tier("a"), year(2026), RetireService(service="alibaba-1", reason="end")]
    )
    def test_r_424_only_a_catalogue_administrator_publishes(self, body: msgspec.Struct) -> None:
        Spec(CATALOG, "service/alibaba-1").when(body, actor=STRANGER).refuses(NotCatalogAdmin)

    def test_a_service_is_not_retired_without_a_reason(self) -> None:
        for reason in (b'{"reason": ""}', b"{}"):
            with pytest.raises(InvalidRequest):
                decode_body(reason, msgspec.json.Decoder(RetireBody))

    def test_a_service_is_retired_once_and_an_unknown_one_never(self) -> None:
        retire = RetireService(service="alibaba-1", reason="end of sale")
        spec = Spec(CATALOG, "service/alibaba-1").when(retire, actor=ADMIN).refuses(ServiceUnknown)
        spec.when(entry("a"), actor=ADMIN).after().when(retire, actor=ADMIN).then_types(ServiceWithdrawn).after()
        spec.when(retire, actor=ADMIN).then_nothing()


class TestTiers:
    def test_a_changed_tier_is_a_new_revision_and_the_same_content_is_none(self) -> None:
        spec = Spec(CATALOG, "tier/gold").when(tier("金选"), actor=ADMIN)
        assert spec.event(TierRevised).revision == 1
        spec.after().when(tier("金选"), actor=ADMIN).then_nothing()
        spec.when(tier("金选服务"), actor=ADMIN)
        assert spec.event(TierRevised).revision == 2

    def test_a_hash_of_another_document_is_refused(self) -> None:
        false = msgspec.structs.replace(tier("a"), content_sha256=tier("b").content_sha256)
        Spec(CATALOG, "tier/gold").when(false, actor=ADMIN).refuses(ContentHashMismatch, "/content_sha256")


class TestCalendars:
    def test_the_same_notice_again_changes_nothing(self) -> None:
        spec = Spec(CATALOG, "calendar/cn").when(year(2026, date(2026, 1, 2)), actor=ADMIN)
        spec.then_types(CalendarYearSet).after().when(year(2026, date(2026, 1, 2)), actor=ADMIN).then_nothing()

    def test_r_404_other_days_for_a_known_year_are_an_amendment_with_another_version(self) -> None:
        spec = Spec(CATALOG, "calendar/cn").when(year(2026, date(2026, 5, 4)), actor=ADMIN).after()
        before = spec.state
        spec.when(year(2026, date(2026, 5, 4), date(2026, 5, 5)), actor=ADMIN)
        amended = spec.event(CalendarYearSet)
        assert isinstance(before, CalendarKnown)
        assert amended.amends
        assert amended.version != before.calendar.version

    def test_r_012_a_gap_between_years_is_refused(self) -> None:
        spec = Spec(CATALOG, "calendar/cn").when(year(2026), actor=ADMIN).after()
        spec.when(year(2028), actor=ADMIN).refuses(CalendarError)

    def test_receivers_compute_the_version_that_the_catalogue_published(self) -> None:
        spec = Spec(CATALOG, "calendar/cn")
        known: WorkCalendar | None = None
        for body in (year(2025), year(2026, date(2026, 1, 2)), year(2026, date(2026, 1, 2), date(2026, 1, 5))):
            spec.when(body, actor=ADMIN)
            event = spec.event(CalendarYearSet)
            spec.after()
            public = (CalendarYearAmended if event.amends else CalendarYearPublished)(
                calendar="cn", version=event.version, year=event.year, **({"reason": ""} if event.amends else {})
            )
            known = fold_calendar(known, public)
        assert isinstance(spec.state, CalendarKnown)
        assert known == spec.state.calendar

    def test_a_receiver_that_computes_another_version_stops(self) -> None:
        false = CalendarYearPublished(calendar="cn", version="2026-000000000000", year=year(2026).year)
        with pytest.raises(ValueError, match="was computed"):
            fold_calendar(None, false)
