"""What has changed in the tables since the first revision: one file for each change, in versions/.

How to add one:

1. Change movr/models.py, and run `make schema` for dbinit.sql.
2. Copy the newest file of versions/ to the next number. Set `revision` and `down_revision`, and
   have `upgrade()` do to a database what step 1 does to a new one. Set NEWEST below.
3. **Expand, then contract.** The former version keeps running on the new tables, during a
   rollout and after a rollback: a new column may be empty or has a default; nothing that the
   former version uses is renamed, narrowed or dropped; an index or a check that changes gets a
   new name, because the former version checks what it knows by the old one. What is no longer
   used is dropped in a later release.
4. **One step per statement, and each may be repeated**: `if_not_exists=True`, or a look before the
   step (which `--sql` cannot take: `op.get_context().as_sql`). On CockroachDB every statement
   commits by itself, so a revision that fails half way runs again from its beginning; and two
   containers may run it at once.
5. On a cluster of regions a new table needs its region and its locality: relocation.py in
   movr/database adds both to every table of the models, after the last revision. MovR's database
   user needs privileges on the table (deploy/README.md).

tests/database/test_migrations.py compares a new database with an upgraded one, and
tests/upgrades/test_former_version.py runs the former version on the new tables.
"""

from typing import Final

NEWEST: Final = "0016"
"""The revision of the models."""
