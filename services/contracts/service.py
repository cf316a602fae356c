"""Contracts as a value: everything the mechanism needs to run it."""

from __future__ import annotations

from services.contracts.domain.decide import decide
from services.contracts.domain.events import CONTRACTS_EVENTS
from services.contracts.domain.evolve import evolve
from services.contracts.domain.state import State, initial
from services.contracts.publishing import rows, to_public
from services.contracts.reactions import react
from shared.commands.service import Service
from shared.kernel.names import dashed
from shared.messages.dictionary import Dictionary
from shared.messages.registry import Registry
from shared.public_events.catalog import CATALOG_TOPIC
from shared.public_events.deadlines import DEADLINES_TOPIC
from shared.public_events.invoicing import INVOICING_TOPIC
from shared.public_events.notices import NOTICES_TOPIC
from shared.public_events.scopes import scope_of_feed
from shared.public_events.submissions import ACCEPTANCE_TOPIC

CONTRACTS: Service[State] = Service(
    name="contracts",
    events=Registry(CONTRACTS_EVENTS, "TOPIC"),
    initial=initial,
    evolve=evolve,
    decide=decide,
    react=react,
    to_public=to_public,
    deadline_changes=rows,
    scope_of_feed=scope_of_feed,
    earlier_stream=dashed,
    subscriptions={
        "catalog": (CATALOG_TOPIC,),
        "acceptance": (ACCEPTANCE_TOPIC, INVOICING_TOPIC, DEADLINES_TOPIC),
        "notifier": (NOTICES_TOPIC,),
    },
    dictionary=Dictionary(21, __package__),
)
