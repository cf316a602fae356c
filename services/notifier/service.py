"""The notifier as a value: everything the mechanism needs to run it."""

from __future__ import annotations

from services.notifier.domain.decider import decide
from services.notifier.domain.events import NOTIFIER_EVENTS
from services.notifier.domain.state import State, evolve, initial
from services.notifier.domain.streams import earlier_stream
from services.notifier.publishing import reminder_rows, to_public
from services.notifier.reactions import react
from shared.commands.service import Service
from shared.messages.dictionary import Dictionary
from shared.messages.registry import Registry
from shared.public_events.catalog import CATALOG_TOPIC
from shared.public_events.contracts import CONTRACTS_TOPIC
from shared.public_events.deadlines import DEADLINES_TOPIC
from shared.public_events.scopes import scope_without_services
from shared.public_events.submissions import ACCEPTANCE_TOPIC

NOTIFIER: Service[State] = Service(
    name="notifier",
    events=Registry(NOTIFIER_EVENTS, "TOPIC"),
    initial=initial,
    evolve=evolve,
    decide=decide,
    react=react,
    to_public=to_public,
    deadline_changes=reminder_rows,
    scope_of_feed=scope_without_services,
    earlier_stream=earlier_stream,
    subscriptions={
        "catalog": (CATALOG_TOPIC,),
        "contracts": (CONTRACTS_TOPIC, DEADLINES_TOPIC),
        "acceptance": (ACCEPTANCE_TOPIC, DEADLINES_TOPIC),
    },
    dictionary=Dictionary(41, __package__),
)
