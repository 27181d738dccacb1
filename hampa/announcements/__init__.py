"""Messages of organisers to all who take part in a run."""
