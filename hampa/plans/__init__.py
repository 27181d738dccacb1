"""The plan of a run as its organisers enter it: publishing, changing, cancelling."""
