"""An agreed extension moves what runs (R-114)."""
