-- The messages to a person whose account is deleted are found by their recipient; not those of callers with an API key.
CREATE INDEX jobs_people ON jobs (recipient) WHERE purpose <> 'gateway' AND recipient <> '';
