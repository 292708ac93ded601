"""The logger of the package, silent until a program wants to hear it."""

import logging

logger = logging.getLogger("stage3")
logger.addHandler(logging.NullHandler())
