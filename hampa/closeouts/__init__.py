"""Close-outs of days of duties: who came, whether anything happened, and thanks."""
