"""The notifier's decisions, pure.

A notice is planned from a public event or from a reminder whose time has come; dispatching names its targets, every
attempt is recorded, and a notice ends delivered or failed per target. Invariant: one outcome per notice and target.
"""
