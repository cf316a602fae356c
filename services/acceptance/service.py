"""Acceptance as a value: everything the mechanism needs to run it."""

from __future__ import annotations

from services.acceptance.deadline_rows import rows_of
from services.acceptance.domain.decide import decide
from services.acceptance.domain.events import ACCEPTANCE_PRIVATE_EVENTS
from services.acceptance.domain.evolve import evolve, initial
from services.acceptance.domain.state import State
from services.acceptance.publishing import to_public
from services.acceptance.reactions import react
from shared.commands.service import Service
from shared.kernel.names import dashed
from shared.messages.dictionary import Dictionary
from shared.messages.registry import Registry
from shared.public_events.catalog import CATALOG_TOPIC
from shared.public_events.contracts import CONTRACTS_TOPIC
from shared.public_events.notices import NOTICES_TOPIC
from shared.public_events.scopes import scope_without_services

ACCEPTANCE: Service[State] = Service(
    name="acceptance",
    events=Registry(ACCEPTANCE_PRIVATE_EVENTS, "TOPIC"),
    initial=initial,
    evolve=evolve,
    decide=decide,
    react=react,
    to_public=to_public,
    deadline_changes=rows_of,
    scope_of_feed=scope_without_services,
    earlier_stream=dashed,
    subscriptions={
        "catalog": (CATALOG_TOPIC,),
        "contracts": (CONTRACTS_TOPIC,),
        "notifier": (NOTICES_TOPIC,),
    },
    dictionary=Dictionary(31, __package__),
)
