"""A program's first day, by the client that openapi-python-client makes: from a number to a joined run, and back.

Called with the address of the site and a number; it says `code?` and reads the code.
"""

from __future__ import annotations

import sys
from typing import Any

from hampa_client import AuthenticatedClient, Client
from hampa_client.api.auth import ask_for_code, refresh_tokens, sign_in_with_code, sign_out
from hampa_client.api.me import change_me
from hampa_client.api.notifications import list_notifications, mark_all_notifications_read
from hampa_client.api.participation import join_run, leave_run
from hampa_client.api.runs import list_my_runs, list_runs
from hampa_client.models import CodeTyped, CodeWanted, JoinBody, ProfileBody, RefreshWanted


def told(answer: Any) -> Any:
    """Return the data of an answer; raise SystemExit with what an error says."""
    parsed = answer.parsed
    if parsed is None or not parsed.success:
        raise SystemExit(f"{answer.status_code}: {answer.content.decode()}")
    return parsed.data


def main(address: str, phone: str) -> None:
    """Live the day."""
    nobody: Any = Client(base_url=address, raise_on_unexpected_status=True)
    told(ask_for_code.sync_detailed(client=nobody, body=CodeWanted(phone=phone)))
    print("code?", flush=True)
    code = sys.stdin.readline().strip()
    tokens = told(sign_in_with_code.sync_detailed(client=nobody, body=CodeTyped(phone=phone, code=code)))
    tokens = told(refresh_tokens.sync_detailed(client=nobody, body=RefreshWanted(tokens.refresh_token)))
    me = AuthenticatedClient(base_url=address, token=tokens.access_token, raise_on_unexpected_status=True)
    assert told(change_me.sync_detailed(client=me, body=ProfileBody(name="Nima"))).name == "Nima"
    [run] = told(list_runs.sync_detailed(client=me, limit=5))
    joined = told(join_run.sync_detailed(run.id, client=me, body=JoinBody(), idempotency_key="first-day"))
    again = told(join_run.sync_detailed(run.id, client=me, body=JoinBody(), idempotency_key="first-day"))
    assert joined.to_dict() == again.to_dict()
    assert [mine.id for mine in told(list_my_runs.sync_detailed(client=me))] == [run.id]
    leave_run.sync_detailed(run.id, client=me)
    assert told(list_my_runs.sync_detailed(client=me)) == []
    notifications = told(list_notifications.sync_detailed(client=me))
    mark_all_notifications_read.sync_detailed(client=me)
    sign_out.sync_detailed(client=me)
    print("done", run.title, len(notifications))


if __name__ == "__main__":
    main(*sys.argv[1:])
