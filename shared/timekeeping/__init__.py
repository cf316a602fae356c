"""Whether this machine's clock is believed: one measurement that readiness, the edge and the tickers read (R-409)."""
