"""``python -m autograd_lite``: see ``cli``."""

import sys

from .cli import main

sys.exit(main())
