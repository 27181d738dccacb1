"""Events for pages that are open: published by actions, carried by Redis, sent to browsers by the ASGI shell.

`publish` is for every feature; `topics` says who may listen to what; `hub` and `streams` are the shell's side, which no
feature imports (docs/adr/0010-live.md).
"""

from hampa.platform.live.presence import online_among, online_in
from hampa.platform.live.publishing import init_app, publish, publish_now, publish_to_group, publish_to_people, typing
from hampa.platform.live.topics import register_group, register_topic

__all__ = [
    "init_app",
    "online_among",
    "online_in",
    "publish",
    "publish_now",
    "publish_to_group",
    "publish_to_people",
    "register_group",
    "register_topic",
    "typing",
]
