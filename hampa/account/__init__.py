"""An account as a whole: copies of its data, deletion, change of phone number."""
