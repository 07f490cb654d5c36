"""Configuration as code: reading YAML with the places of all values, checking it, comparing it with what is."""
