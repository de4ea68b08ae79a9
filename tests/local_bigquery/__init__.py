"""A BigQuery on this machine: tables in memory behind the real protocols, refusing what Google documents.

It is no BigQuery: it knows one query, one kind of filter, and tables that are partitioned by day.
"""
