"""Dispatching, attempts and endpoints: one outcome per notice and target, whatever is repeated."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook

from services.notifier.channels.secrets import secret_of, shown_secret, signature
from services.notifier.domain.commands import (
    DisableEndpoint,
    DispatchNotice,
    RecordAttempt,
    RegisterEndpoint,
    RotateEndpointSecret,
)
from services.notifier.domain.decider import ENDPOINT_NAMES_MAX, ENDPOINTS_MAX, RETRY_AFTER_S
from services.notifier.domain.errors import (
    EndpointExists,
    EndpointUnknown,
    EndpointUrlNotAllowed,
    NoticeUnknown,
    NotYourEndpoint,
    TooManyEndpoints,
)
from services.notifier.domain.events import (
    DeliveryAttemptFailed,
    DeliverySucceeded,
    EndpointDisabled,
    EndpointRegistered,
    EndpointSecretRotated,
    Notice,
    NoticeDispatched,
    NoticeLogged,
    NoticePlanned,
)
from services.notifier.domain.state import State
from services.notifier.projections.deliveries import DELIVERIES
from services.notifier.publishing import to_public
from services.notifier.service import NOTIFIER
from shared.kernel.actors import Actor
from shared.kernel.urls import UrlNotPossible
from shared.public_events.notices import NotificationLogged
from shared.testing.spec import START, Spec

# Each stands for a kind of text that Python's `urlsplit`, its IDNA codec or a socket stumbles over.
NO_ADDRESSES = (
    "",
    "hooks.example.com/x",
    "//hooks.example.com/x",
    "https:///path",
    "https://hooks..example.com/x",
    "https://.example.com/",
    "https://[::1/",
    "https://[::1]x/",
    "https://example.com:99999/",
    "https://example.com:0/",
    "https://example.com:8o/",
    "https://-a.example/",
    "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 126 + "example/",
    "https://例子.example/",
    "https://example.com/a b",
    "https://example.com/\n",
    "https://example.com/\x00",
    "https://example.com\\@evil.example/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://example.com/" + "a" * 2048,
)
NOT_CALLED = (
    "https://10.0.0.1/",
    "https://169.254.169.254/latest",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://224.0.1.1/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
)
ACME = Actor(issuer="idp", subject="wang", organisation="acme")
NOTICE = Notice(
    notice="n1",
    contract="C1",
    item="i1",
    deadline="d1",
    kind="reminder",
    side="customer",
    organisation="acme",
    recipients=("wang",),
    title_zh="",
    title_en="",
    text_zh="",
    text_en="",
)


def attempt(
    number: int, failure: str = "", *, target: str = "webhook:e1", gone: bool = False, retry_after_s: int = 0
) -> RecordAttempt:
    """What came of an attempt at a target."""
    return RecordAttempt(
        notice="n1",
        target=target,
        attempt=number,
        attempted_at=START,
        content_sha256="0" * 64,
        failure=failure,
        gone=gone,
        retry_after_s=retry_after_s,
    )


@pytest.fixture
def spec() -> Spec[State]:
    """A notice that was dispatched to the log and an endpoint."""
    return Spec(NOTIFIER, "contract/C1").given(
        ("notice-n1", NoticePlanned(notice=NOTICE)),
        ("notice-n1", NoticeDispatched(notice="n1", targets=("log", "webhook:e1"))),
    )


def test_a_notice_is_dispatched_once(spec: Spec[State]) -> None:
    spec.when(DispatchNotice(notice="n1", targets=("log", "webhook:e1"))).then_nothing()


def test_an_unknown_notice_cannot_be_dispatched(spec: Spec[State]) -> None:
    spec.when(DispatchNotice(notice="n9", targets=("log",))).refuses(NoticeUnknown)


def test_a_delivery_succeeds_once(spec: Spec[State]) -> None:
    spec.when(attempt(1)).then_types(DeliverySucceeded).after().when(attempt(1)).then_nothing()
    spec.when(attempt(2)).then_nothing()


def test_r_195_a_line_in_the_log_is_no_delivery_and_proves_no_warning(spec: Spec[State]) -> None:
    spec.when(attempt(1, target="log")).then_types(NoticeLogged)
    logged = spec.event(NoticeLogged)
    (message,) = to_public(spec.after().state, spec.history[-1])
    assert isinstance(message.data, NotificationLogged)
    assert message.data.content_sha256 == logged.content_sha256
    spec.when(attempt(2, target="log")).then_nothing()


def test_r_195_what_older_logs_call_a_delivery_to_the_log_is_shown_as_logged(spec: Spec[State]) -> None:
    spec.given(
        ("notice-n1", DeliverySucceeded(notice="n1", target="log", attempt=1, content_sha256="0" * 64)),
        ("notice-n1", DeliverySucceeded(notice="n1", target="webhook:e1", attempt=1, content_sha256="0" * 64)),
    )
    document = None
    for recorded in spec.history:
        document = DELIVERIES.apply(document, "n1", recorded)
    assert document is not None
    assert {name: target.state for name, target in document.targets.items()} == {
        "log": "logged",
        "webhook:e1": "delivered",
    }


def test_a_failed_attempt_names_the_next_one_and_the_last_gives_up(spec: Spec[State]) -> None:
    for number in range(1, len(RETRY_AFTER_S) + 1):
        spec.when(attempt(number, "HTTP 500"))
        assert spec.event(DeliveryAttemptFailed).next_at is not None
        spec.after()
    spec.when(attempt(len(RETRY_AFTER_S) + 1, "HTTP 500"))
    assert spec.event(DeliveryAttemptFailed).next_at is None


def test_retry_after_is_respected_up_to_the_longest_wait(spec: Spec[State]) -> None:
    spec.when(attempt(1, "HTTP 429", retry_after_s=60))
    assert spec.event(DeliveryAttemptFailed).next_at == "2026-03-02T01:01:00.000Z"
    spec.when(attempt(1, "HTTP 429", retry_after_s=10**9))
    assert spec.event(DeliveryAttemptFailed).next_at == "2026-03-03T01:00:00.000Z"


def test_a_gone_receiver_is_given_up_at_once(spec: Spec[State]) -> None:
    spec.when(attempt(1, "HTTP 410", gone=True))
    assert spec.event(DeliveryAttemptFailed).next_at is None


class TestEndpoints:
    register = RegisterEndpoint(endpoint="e1", organisation="acme", url="https://hooks.example.com/ledger")

    def test_an_endpoint_is_registered_once_and_its_name_is_taken(self) -> None:
        spec = Spec(NOTIFIER, "endpoint/acme").when(self.register, actor=ACME)
        spec.then(EndpointRegistered(endpoint="e1", organisation="acme", url=self.register.url)).after()
        spec.when(self.register, actor=ACME).then_nothing()
        other = RegisterEndpoint(endpoint="e1", organisation="acme", url="https://elsewhere.example.com/")
        spec.when(other, actor=ACME).refuses(EndpointExists, "/endpoint")

    @pytest.mark.parametrize("url", NOT_CALLED)
    def test_only_addresses_of_the_internet_are_called(self, url: str) -> None:
        command = RegisterEndpoint(endpoint="e1", organisation="acme", url=url)
        Spec(NOTIFIER, "endpoint/acme").when(command, actor=ACME).refuses(EndpointUrlNotAllowed, "/url")

    @pytest.mark.parametrize("url", NO_ADDRESSES)
    def test_what_is_no_web_address_is_no_endpoint(self, url: str) -> None:
        command = RegisterEndpoint(endpoint="e1", organisation="acme", url=url)
        Spec(NOTIFIER, "endpoint/acme").when(command, actor=ACME).refuses(UrlNotPossible)

    def test_an_organisation_has_a_limited_number_of_endpoints(self) -> None:
        spec = Spec(NOTIFIER, "endpoint/acme")
        for number in range(ENDPOINTS_MAX):
            spec.when(replace(self.register, endpoint=f"e{number}"), actor=ACME).after()
        one_more = replace(self.register, endpoint="one-more")
        spec.when(one_more, actor=ACME).refuses(TooManyEndpoints, "/endpoint")
        spec.when(DisableEndpoint(endpoint="e0", organisation="acme", reason="moved"), actor=ACME).after()
        spec.when(one_more, actor=ACME).then_types(EndpointRegistered)

    def test_names_of_disabled_endpoints_are_not_without_limit_either(self) -> None:
        spec = Spec(NOTIFIER, "endpoint/acme")
        for number in range(ENDPOINT_NAMES_MAX):
            name = f"e{number}"
            spec.when(replace(self.register, endpoint=name), actor=ACME).after()
            spec.when(DisableEndpoint(endpoint=name, organisation="acme", reason="moved"), actor=ACME).after()
        spec.when(replace(self.register, endpoint="one-more"), actor=ACME).refuses(TooManyEndpoints, "/endpoint")

    def test_r_424_an_endpoint_belongs_to_its_organisation(self) -> None:
        stranger = Actor(issuer="idp", subject="li", organisation="other")
        Spec(NOTIFIER, "endpoint/acme").when(self.register, actor=stranger).refuses(NotYourEndpoint)

    def test_a_rotation_counts_up_and_a_disabled_endpoint_is_unknown(self) -> None:
        spec = Spec(NOTIFIER, "endpoint/acme").when(self.register, actor=ACME).after()
        spec.when(RotateEndpointSecret(endpoint="e1", organisation="acme"), actor=ACME)
        spec.then(EndpointSecretRotated(endpoint="e1", generation=2)).after()
        spec.when(DisableEndpoint(endpoint="e1", organisation="acme", reason="moved"), actor=ACME)
        spec.then(EndpointDisabled(endpoint="e1", reason="moved")).after()
        spec.when(RotateEndpointSecret(endpoint="e1", organisation="acme"), actor=ACME).refuses(EndpointUnknown)


def test_a_signature_is_what_the_standard_webhooks_library_verifies() -> None:
    secret = secret_of(b"master", "demo", "acme", "e1", 1)
    body = b'{"type":"ledger.notice.reminder"}'
    now_s = int(time.time())
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": str(now_s),
        "webhook-signature": signature(secret, "m1", now_s, body),
    }
    assert Webhook(shown_secret(secret)).verify(body, headers) == {"type": "ledger.notice.reminder"}


def test_every_generation_has_a_secret_of_its_own() -> None:
    secrets = {secret_of(b"master", "demo", "acme", "e1", generation) for generation in range(1, 9)}
    assert len(secrets) == 8
