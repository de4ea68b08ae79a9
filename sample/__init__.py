"""The sample data: flights of 2013. A fork deletes this folder."""
