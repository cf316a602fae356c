"""Change control: the form, both sides, its date of effect."""
