"""Publishing, changing, copying, handing over and deleting runs."""
