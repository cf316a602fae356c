"""A catalogue entry value by value: the document that `catalog.service_published` carries."""
