"""`qizhang demo`: three contracts played through the real services over HTTP, and checked against the rule book."""
