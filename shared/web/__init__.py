"""Stage 1: HTTP at the edge. Routes are values; the middlewares and the OpenAPI document are made from them."""
