"""Stage 1: the notifier over HTTP: webhook endpoints of an organisation, and the log of deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from services.notifier.channels.secrets import secret_of, shown_secret
from services.notifier.domain.commands import DisableEndpoint, RegisterEndpoint, RotateEndpointSecret
from services.notifier.domain.streams import endpoint_stream, endpoints_scope
from services.notifier.projections.deliveries import DELIVERIES, Delivery
from services.notifier.projections.endpoints import ENDPOINTS, Endpoint
from shared.commands.command import Command
from shared.commands.decision import Result
from shared.kernel.actors import may_see
from shared.kernel.errors import Forbidden
from shared.kernel.ids import Identifier
from shared.kernel.names import label_name
from shared.kernel.texts import Text
from shared.kernel.urls import CallableUrl
from shared.web.answers import shown_as
from shared.web.parameters import CURSOR, identifier
from shared.web.routes import CommandCall, CommandRoute, ReadCall, Reader, ReadRoute, Route

PAGE = 100


class EndpointBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook endpoint of the caller's organisation."""

    endpoint: Identifier
    url: CallableUrl


class NoBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An empty JSON object."""


class DisableBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why nothing is to be sent any more."""

    reason: Text


class EndpointPage(Struct, frozen=True, kw_only=True):
    """The caller's endpoints."""

    items: list[Endpoint]
    next: str


class DeliveryPage(Struct, frozen=True, kw_only=True):
    """What the caller's organisation was told."""

    items: list[Delivery]
    next: str


def _for_endpoint(call: CommandCall, endpoint: str, body: Struct) -> Command[Any]:
    organisation = call.context.actor.organisation
    return Command(
        scope=endpoints_scope(organisation),
        stream=endpoint_stream(organisation, endpoint),
        context=call.context,
        body=body,
    )


def register(call: CommandCall, body: EndpointBody) -> Command[Any]:
    """An endpoint belongs to the organisation of the caller's token."""
    organisation = call.context.actor.organisation
    command = RegisterEndpoint(endpoint=body.endpoint, organisation=organisation, url=body.url, request=call.request)
    return _for_endpoint(call, body.endpoint, command)


def rotate(call: CommandCall, body: NoBody) -> Command[Any]:
    """The previous secret goes on signing beside the new one until the next rotation."""
    endpoint = call.path["endpoint"]
    organisation = call.context.actor.organisation
    command = RotateEndpointSecret(endpoint=endpoint, organisation=organisation, request=call.request)
    return _for_endpoint(call, endpoint, command)


def disable(call: CommandCall, body: DisableBody) -> Command[Any]:
    """Pending deliveries to the endpoint are given up at their next attempt."""
    endpoint = call.path["endpoint"]
    command = DisableEndpoint(endpoint=endpoint, organisation=call.context.actor.organisation, reason=body.reason)
    return _for_endpoint(call, endpoint, command)


def secret_shown(call: CommandCall, result: Result, master_key: bytes) -> Mapping[str, str]:
    """The secret of the generation that the command has begun, as the owner configures it."""
    data, actor = result.outcome.data, call.context.actor
    endpoint, generation = str(data["endpoint"]), int(data["generation"])
    secret = secret_of(master_key, call.context.tenant, actor.organisation, endpoint, generation)
    return {"secret": shown_secret(secret)}


async def read_endpoints(call: ReadCall, reader: Reader) -> EndpointPage:
    """The endpoints of the caller's organisation."""
    label = label_name("org", call.actor.organisation)
    found, following = await reader.list(ENDPOINTS, call.tenant, label, call.query.get("cursor"), PAGE)
    return EndpointPage(items=[shown_as(Endpoint, document) for document in found], next=following)


async def read_deliveries(call: ReadCall, reader: Reader) -> DeliveryPage:
    """Notices to an organisation with every attempt; auditors and finance name any organisation."""
    organisation = call.query.get("organisation") or call.actor.organisation
    if not may_see(call.actor, (organisation,)):
        raise Forbidden(field="organisation")
    label = label_name("org", organisation)
    found, following = await reader.list(DELIVERIES, call.tenant, label, call.query.get("cursor"), PAGE)
    return DeliveryPage(items=[shown_as(Delivery, document) for document in found], next=following)


ROUTES: tuple[Route, ...] = (
    CommandRoute(
        path="/notices/endpoints",
        operation_id="registerEndpoint",
        body=EndpointBody,
        to_command=register,
        summary_en="Name a webhook endpoint; only this answer shows its secret",
        summary_zh="登记回调端点（密钥仅在本次应答中显示）",
        tag="notifier",
        shown_once=secret_shown,
        makes="endpoints",
    ),
    CommandRoute(
        path="/notices/endpoints/{endpoint}/rotate",
        operation_id="rotateEndpointSecret",
        body=NoBody,
        to_command=rotate,
        summary_en="Begin a new secret, which only this answer shows",
        summary_zh="更换回调密钥（新密钥仅在本次应答中显示）",
        tag="notifier",
        shown_once=secret_shown,
    ),
    CommandRoute(
        path="/notices/endpoints/{endpoint}/disable",
        operation_id="disableEndpoint",
        body=DisableBody,
        to_command=disable,
        summary_en="Stop sending to an endpoint",
        summary_zh="停用回调端点",
        tag="notifier",
    ),
    ReadRoute(
        path="/notices/endpoints",
        operation_id="listEndpoints",
        response=EndpointPage,
        read=read_endpoints,
        summary_en="Webhook endpoints of your organisation",
        summary_zh="本组织的回调端点",
        query=CURSOR,
        tag="notifier",
    ),
    ReadRoute(
        path="/notices/deliveries",
        operation_id="listDeliveries",
        response=DeliveryPage,
        read=read_deliveries,
        summary_en="Who was told what, and when it was delivered (R-195)",
        summary_zh="通知送达记录（R-195）",
        query={"organisation": identifier("供审计与财务指定组织", "whose, for auditors and finance"), **CURSOR},
        tag="notifier",
    ),
)
