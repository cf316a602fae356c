"""The published language: the few, versioned, documented events that services, finance and auditors share.

This package is the one place in `shared/` where business words are allowed.
"""
