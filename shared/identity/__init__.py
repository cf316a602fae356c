"""Who calls: bearer tokens in, a tenant and an actor out (RFC 8725, RFC 9068)."""
