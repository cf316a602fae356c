"""The catalogue format (docs/catalogue-format.md): what a service or tier may say, as structs and as JSON Schemas."""
