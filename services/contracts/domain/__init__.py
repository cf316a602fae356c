"""The rules of contracts, pure: what may be agreed, who may act, and what follows.

Invariants: nothing holds before both sides signed the same content; terms change only by a change in effect or an
agreed extension, as new whole terms; at most one price change is unapplied (R-444); nobody acts for the other side.
"""
