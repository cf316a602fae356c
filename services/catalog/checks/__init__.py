"""The checks of `qizhang catalog lint`: functions from a service and its surroundings to defects."""
