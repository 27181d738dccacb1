"""Versions of notes: which of them others see."""

import sqlalchemy as sa
from alembic import op

revision = "0156_shared_versions"
down_revision = "0135_copies_looked_at"
branch_labels = None
depends_on = None

TABLE = "coach_note_versions"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("is_shared", sa.Boolean(), nullable=False, server_default="false"))
    op.execute(
        """
        UPDATE coach_note_versions AS version SET is_shared = true FROM coach_notes AS note
        WHERE note.id = version.note_id AND note.is_shared
            AND (version.number = note.number OR version.editor_id <> note.author_id)
        """
    )


def downgrade() -> None:
    op.drop_column(TABLE, "is_shared")
