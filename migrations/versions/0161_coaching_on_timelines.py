"""What is done in coaching on the timelines of people and plans; an entry goes with its event."""

from alembic import op

revision = "0161_coaching_on_timelines"
down_revision = "0156_shared_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION forget_coaching_entries() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM timeline_entries WHERE kind = 'coaching_done' AND subject_id IN (SELECT id FROM gone);
            RETURN NULL;
        END $$;
        CREATE TRIGGER forget_coaching_entries AFTER DELETE ON coaching_events
            REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_coaching_entries();
        INSERT INTO timeline_entries (id, kind, person_id, subject_id, plan_id, happened_at)
        SELECT gen_random_uuid(), 'coaching_done', person_id, id, plan_id, created_at FROM coaching_events
        WHERE person_id IS NOT NULL ON CONFLICT DO NOTHING;
        INSERT INTO timeline_entries (id, kind, person_id, subject_id, happened_at)
        SELECT gen_random_uuid(), 'coaching_done', athlete.person_id, event.id, event.created_at
        FROM coaching_events AS event JOIN coaching_athletes AS athlete ON athlete.id = event.athlete_id
        WHERE event.person_id <> athlete.person_id ON CONFLICT DO NOTHING;
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER forget_coaching_entries ON coaching_events")
    op.execute("DROP FUNCTION forget_coaching_entries()")
    op.execute("DELETE FROM timeline_entries WHERE kind = 'coaching_done'")
