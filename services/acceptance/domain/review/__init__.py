"""An item from the start of its review to its acceptance or closing, by signature or by silence (sections H, J)."""
