"""A server for the tests to kill: starts workers, queues a run, says who it is, waits.

python -m tests.core.jobs.serve RUN_FOLDER...
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from core.jobs.cluster import Cluster
from core.jobs.folder import RunFolder
from tests import patience

if __name__ == "__main__":
    cluster = Cluster(fit="tests.core.jobs.pretend_fit:fit", warm=False).start()
    for folder in sys.argv[1:]:
        cluster.submit_training(RunFolder(Path(folder)))
    cluster.wait_until_ready(patience.SECONDS)
    folder = str(cluster._processes.folder) if cluster._processes is not None else ""
    sys.stdout.write(json.dumps({"pids": cluster.pids(), "folder": folder}) + "\n")
    sys.stdout.flush()
    time.sleep(patience.SECONDS)
