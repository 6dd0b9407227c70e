"""The explorer: the report with filters, live, in a browser on this machine; it only reads."""
