"""What a public event says in one sentence, in Chinese and in English, and the rule that it rests on.

Sentences name items, documents and rules, never persons: who acted stands beside them in the timeline.
"""

from __future__ import annotations

from services.contracts.sentences import of_acceptance, of_contracts, of_deadlines
from services.contracts.sentences.forms import Sentence
from shared.public_events.envelope import PublicEvent

SENTENCES = of_contracts.SENTENCES | of_acceptance.SENTENCES | of_deadlines.SENTENCES


def sentence(event: PublicEvent) -> Sentence:
    """The sentence of an event; its type where nothing better is known, so that a new type is never hidden."""
    say = SENTENCES.get(type(event))
    return say(event) if say else Sentence("", event.TYPE, event.TYPE)
