"""What has changed in the tables since the first revision: one file for each change, in versions/.

How to add one:

1. Change movr/models.py, and run `make schema` for dbinit.sql.
2. Copy the newest file of versions/ to the next number. Set `revision` and `down_revision`, and
   have `upgrade()` do to a database what step 1 does to a new one. Set NEWEST below.
3. **Expand, then contract.** The version before goes on running on the new tables, while
   containers are exchanged and after a rollback: a new column may be empty or has a default;
   nothing is renamed, narrowed or dropped that the version before uses; an index or a check that
   changes gets a new name, because the version before finds fault with what it knows by the old
   one. What nobody uses any more is dropped in a later release.
4. **One step a statement, each of them to be repeated at will**: `if_not_exists=True`, or a look
   before the step (which `--sql` cannot take: `op.get_context().as_sql`). On CockroachDB every
   statement commits by itself, so a revision that fails half way is run again from its beginning;
   and two containers may be at it at once.
5. On a cluster of regions a new table needs its region and its locality: relocation.py in
   movr/database gives both to every table of the models, after the last revision. The account of
   MovR needs its rights on the table (deploy/README.md).

tests/database/test_migrations.py holds both ways to the tables against each other, and
tests/upgrades/test_former_version.py rides on the new tables with the former version.
"""

from typing import Final

NEWEST: Final = "0003"
"""The revision that the models are of."""
