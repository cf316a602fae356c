"""The people of both sides in their dated roles."""
