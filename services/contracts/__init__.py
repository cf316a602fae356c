"""Contracts: parties and roles, terms and signatures, milestones, change requests, risk notices, completion."""
