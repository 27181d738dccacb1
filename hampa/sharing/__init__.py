"""What is shared of a run: its poster and its QR code."""
