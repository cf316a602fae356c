"""Sending: what is due, how much of it at a time, one element, and the loop of the replica whose turn it is."""
