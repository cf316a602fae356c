"""Which acts accept an item: who, in which form, and whether one form is enough or all are needed (R-150, C-30).

The forms are data of the terms. An item needs an act of each of its sides; where the terms say that all forms are
needed, one in each form by each side that gives it. An act counts for the content that it was given over (R-425).
"""

from __future__ import annotations

from msgspec import Struct

from services.acceptance.domain.review.state import GivenForm
from services.acceptance.domain.state import Item
from shared.kernel.actors import Side
from shared.public_events.terms import ItemTerm

# What only a customer gives where both sides act: the service page and the console are his (A29 section 8).
CUSTOMERS_FORMS = frozenset({"online_button", "online_click", "online_confirmation", "console", "evaluation"})


class NeededForm(Struct, frozen=True, kw_only=True):
    """One act that an item needs: by `side`, in one of `forms`; none named means in any form."""

    side: Side
    forms: tuple[str, ...]


def sides_of(term: ItemTerm) -> tuple[Side, ...]:
    """The sides whose acts accept the item."""
    return ("customer",) if term.acceptor == "acceptor" else ("customer", "provider")


def needed(term: ItemTerm) -> tuple[NeededForm, ...]:
    """Every act that the item needs, in the order of its forms."""
    if term.forms_needed == "all":
        return tuple(
            NeededForm(side=side, forms=(form,))
            for form in term.forms
            for side in sides_of(term)
            if _gives(term, side, form)
        )
    return tuple(NeededForm(side=side, forms=agreed_for(term, side)) for side in sides_of(term))


def agreed_for(term: ItemTerm, side: Side) -> tuple[str, ...]:
    """The forms in which a side can act on the item."""
    return tuple(form for form in term.forms if _gives(term, side, form))


def counts_as(form: str, agreed: tuple[str, ...]) -> str | None:
    """The agreed form that an act in `form` has; None when it has none. An e-mail is in writing."""
    if not agreed or form in agreed:
        return form
    return "written" if form == "email" and "written" in agreed else None


def given(item: Item, content_sha256: str) -> tuple[GivenForm, ...]:
    """The acts that were given over this content."""
    return tuple(act for act in item.forms_given if act.signature.content_sha256 == content_sha256)


def missing(term: ItemTerm, acts: tuple[GivenForm, ...]) -> tuple[NeededForm, ...]:
    """What the item still needs beside these acts."""
    return tuple(need for need in needed(term) if not any(_fits(need, act) for act in acts))


def _fits(need: NeededForm, act: GivenForm) -> bool:
    return need.side == act.signature.side and (not need.forms or act.form in need.forms)


def _gives(term: ItemTerm, side: Side, form: str) -> bool:
    """Whether a side acts in this form; where an item has none but the customer's forms, both sides use them."""
    return side == "customer" or form not in CUSTOMERS_FORMS or CUSTOMERS_FORMS.issuperset(term.forms)
