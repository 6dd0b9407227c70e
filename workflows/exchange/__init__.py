"""Writing what comes from other databases, and looking after one."""
