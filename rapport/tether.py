"""Runs a program that dies with the process that started it, even where that one is killed outright.

    python tether.py PARENT_PID PROGRAM [ARGUMENT...]

The tie is Linux's parent-death signal, which survives `exec`. Setting it here, in the child and after its own start,
needs no code between fork and exec of the threaded parent. On other systems the program runs untied, and is stopped
only where its parent ends in order. Standard library only: it is started once for every child.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>; see prctl(2)."""


def main() -> None:
    """Tie this process to its parent and become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
        if os.getppid() != parent:
            sys.exit("the parent died before the child was tied to it")
    os.execv(program[0], program)  # noqa: S606  the arguments are our own parent's


if __name__ == "__main__":
    main()
