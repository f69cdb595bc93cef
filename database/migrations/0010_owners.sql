-- Who holds the lock on this database, and who held it before: the leases in their names are nobody's any more.
CREATE TABLE lease_owners (
  owner TEXT PRIMARY KEY,
  since BIGINT NOT NULL
);
-- Whoever has a lease already held the lock before the process that applies this.
INSERT INTO lease_owners (owner, since)
  SELECT lease_owner, MIN(COALESCE(claimed_at, created_at)) FROM jobs
  WHERE finished_at IS NULL AND lease_owner IS NOT NULL
  GROUP BY lease_owner;
