-- WhatsApp may doubt an address by its opaque identity alone.

CREATE INDEX recipients_lid ON recipients (account, lid) WHERE lid IS NOT NULL;
