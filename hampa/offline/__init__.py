"""The site without network: the service worker, the next runs on the device, and what was tapped meanwhile."""
