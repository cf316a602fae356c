"""The webhook endpoints by name, listed by organisation."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from services.notifier.domain.events import EndpointDisabled, EndpointRegistered, EndpointSecretRotated
from shared.kernel.names import key_name, label_name, parts_of
from shared.messages.events import Recorded
from shared.projections.view import View, arrival


class Endpoint(Struct, frozen=True, kw_only=True):
    """One endpoint as its organisation sees it; the secret is never stored."""

    endpoint: str
    organisation: str
    url: str
    generation: int
    disabled: str = ""


class EndpointDocument(Endpoint, frozen=True, kw_only=True):
    """The same with the place of the log where it was registered."""

    registered: int


def endpoint_key(organisation: str, endpoint: str) -> str:
    """The key of an endpoint's document."""
    return key_name(organisation, endpoint)


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The endpoint an event is about; names are the organisation's own, so it is part of the key."""
    match recorded.data:
        case EndpointRegistered(endpoint=name) | EndpointSecretRotated(endpoint=name) | EndpointDisabled(endpoint=name):
            return (endpoint_key(parts_of(recorded.scope)[1][0], name),)
        case _:
            return ()


def apply(document: EndpointDocument | None, key: str, recorded: Recorded) -> EndpointDocument | None:
    """Fold one event into the endpoint's document."""
    event = recorded.data
    if isinstance(event, EndpointRegistered):
        return EndpointDocument(
            endpoint=event.endpoint,
            organisation=event.organisation,
            url=event.url,
            generation=event.generation,
            registered=recorded.position,
        )
    if document is None:
        raise LookupError(f"endpoint {key} was never registered")
    match event:
        case EndpointSecretRotated(generation=generation):
            return msgspec.structs.replace(document, generation=generation)
        case EndpointDisabled(reason=reason):
            return msgspec.structs.replace(document, disabled=reason)
        case _:
            raise TypeError(f"{recorded.type} is not about an endpoint")


def labels(document: EndpointDocument) -> tuple[str, ...]:
    """By organisation; `active:` lists only those that are called."""
    found = (label_name("org", document.organisation),)
    return found if document.disabled else (*found, label_name("active", document.organisation))


ENDPOINTS: View[EndpointDocument] = View(
    name="endpoints",
    version=3,
    document=EndpointDocument,
    keys=keys,
    apply=apply,
    labels=labels,
    order=lambda document: arrival(document.registered),
)
