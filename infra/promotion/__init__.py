"""How code goes from environment to environment: as job templates, and one pointer to the current one."""
