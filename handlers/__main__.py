"""Starts a worker: `python -m handlers [--processes N] [--once [--wait SECONDS]]`, settings from the environment."""

import os
import sys

from handlers.table import HANDLERS
from handlers.worker.process import run_process

if __name__ == "__main__":
    sys.exit(run_process(sys.argv[1:], os.environ, HANDLERS))
