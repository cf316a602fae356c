"""The terms of a draft, part by part."""
