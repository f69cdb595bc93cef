-- The texts of codes that a caller has written itself.
CREATE TABLE own_texts (
  -- as in jobs
  caller TEXT NOT NULL,
  -- a language tag (BCP 47); * for everybody whose language the caller did not name
  locale TEXT NOT NULL,
  template TEXT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (caller, locale)
);
