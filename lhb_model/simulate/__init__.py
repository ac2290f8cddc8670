"""Model + seed -> Recording: builds, binaries kept and reused, workers. The only rooms that run Brian2."""
