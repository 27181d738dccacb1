"""Questions about devices with notifications, and the data of messages to them."""
