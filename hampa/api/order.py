"""The order in which the document of the API has its resources."""

ORDER = (
    *("auth", "passwords", "mail", "tokens", "sessions", "me", "account", "export", "contact"),
    *("runs", "participation", "attendance", "organising", "announcements", "comments", "photos", "series"),
    *("calendar", "safety", "contacts", "cards", "people", "interests", "messages", "follows", "notifications"),
    *("crews", "crew-members", "crew-ways-in", "crew-groups", "newcomers", "check-ins", "check-in-choices"),
    *(
        "check-in-imports",
        "trends",
        "training",
        "training-visibility",
        "plans",
        "goals",
        "gear",
        "leaderboards",
        "badges",
        "challenges",
        "plan-sessions",
        "coaching",
        "activity-files",
        "files",
        "notes",
        "summaries",
        "search",
        "timeline",
        "duties",
        "schedules",
        "bookings",
    ),
    *("rosters", "duty-days", "incidents", "reports", "webhooks"),
)
"""Names of resources as a newcomer to the API needs them: signing in, themselves, runs, people, and the rest."""
