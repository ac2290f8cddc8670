"""What helps a person write YAML: JSON Schemas for editors, and commented experiments to begin with."""
