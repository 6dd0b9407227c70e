"""Campaigns on a cluster: FireWorks between the same steps and a queue."""
