-- Whether there are accounts with a bcrypt hash, which takes longer to compare than ours.
CREATE INDEX users_imported ON users (id) WHERE substr(password_hash, 1, 2) = '$2';
