"""A database on its way to another group: archives of plain JSON, and merging without duplicates."""
