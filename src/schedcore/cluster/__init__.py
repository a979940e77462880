"""The same job on a cluster: `spark` and `ray` put a worker's functions (`bulk.batches`, `freebusy.batches`) to work.

This room knows how a cluster hands over batches, and nothing of scheduling; it starts no cluster and stops none.
"""

from schedcore.cluster import ray, spark

__all__ = ["ray", "spark"]
