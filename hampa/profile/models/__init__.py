"""What a person's own pages keep beside the person."""
