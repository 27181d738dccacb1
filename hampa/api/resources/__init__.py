"""Resources of the API, one module each, which has it as `resource`."""
