"""Pictures and share posters are processed by jobs of the platform, whatever their table."""

import sqlalchemy as sa
from alembic import op

revision = "0040_media_jobs"
down_revision = "0039_rate_limits"
branch_labels = None
depends_on = None

PICTURES = {
    "cards.read_picture": "card_pictures",
    "profile.read_picture": "person_pictures",
    "runs.read_picture": "run_pictures",
}


def upgrade() -> None:
    rename = sa.text(
        "UPDATE jobs SET name = 'media.process_picture', args = args || jsonb_build_object('table', CAST(:table AS text)) "
        "WHERE name = :name AND status IN ('waiting', 'running')"
    )
    for name, table in PICTURES.items():
        op.execute(rename.bindparams(name=name, table=table))
    # What replaces these is enqueued anew: within hours, or when a poster is next asked for.
    op.execute(
        "DELETE FROM jobs WHERE status IN ('waiting', 'running') AND name IN "
        "('cards.sweep_files', 'profile.sweep_files', 'runs.sweep_files', 'cards.draw_poster', 'runs.draw_poster')"
    )


def downgrade() -> None:
    rename = sa.text(
        "UPDATE jobs SET name = :name, args = args - 'table' "
        "WHERE name = 'media.process_picture' AND args ->> 'table' = :table AND status IN ('waiting', 'running')"
    )
    for name, table in PICTURES.items():
        op.execute(rename.bindparams(name=name, table=table))
    op.execute(
        "DELETE FROM jobs WHERE status IN ('waiting', 'running') AND name IN ('media.sweep_files', 'media.draw_poster')"
    )
