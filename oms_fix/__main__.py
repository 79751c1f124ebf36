"""``python -m oms_fix``: the same as the ``oms-fix`` command."""

from oms_fix.cli.main import main

main()
