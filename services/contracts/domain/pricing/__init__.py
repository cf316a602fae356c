"""The price: price sheet and payment plan."""
