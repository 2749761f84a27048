"""Starts a worker: `python -m handlers [--processes N] [--once]`, settings from the environment."""

import os
import sys

from handlers.process import run_process
from handlers.table import HANDLERS

if __name__ == "__main__":
    sys.exit(run_process(sys.argv[1:], os.environ, HANDLERS))
