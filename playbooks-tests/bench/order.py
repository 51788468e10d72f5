"""Lists the functions that callgrind saw, those of most commands first: order.py BINARY COMMAND.PID.trace...

Functions of the very same commands stay together, as the linker had them. What `diagnose` alone runs comes last: it runs
most of what there is, and would tear the others apart.
"""

import collections
import os
import re
import subprocess
import sys

LINE = re.compile(r"(c?)(ob|fn)=\((\d+)\)(?: (.*))?$")


def seen(trace, binary):
    """Yields the names of the binary's functions that a trace has (a name is written once, and is a number after that)."""
    names = {"ob": {}, "fn": {}}
    inside = None
    with open(trace, errors="replace") as lines:
        for line in lines:
            found = LINE.match(line.rstrip("\n"))
            if not found:
                continue
            called, kind, number, name = found.groups()
            if name:
                names[kind][number] = name
            if called:
                continue
            if kind == "ob":
                inside = names["ob"][number]
            elif inside == binary:
                # Recursion is marked behind the name.
                yield re.sub(r"'\d+$", "", names["fn"][number])


def symbols(binary):
    told = subprocess.run(["nm", "--numeric-sort", binary], check=True, capture_output=True, text=True).stdout
    for line in told.splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1] in "tTwW":
            yield parts[2]


binary, traces = os.path.realpath(sys.argv[1]), sys.argv[2:]
users = collections.defaultdict(set)
for trace in traces:
    command = os.path.basename(trace).split(".")[0]
    for name in seen(trace, binary):
        users[name].add(command)
for commands in users.values():
    commands.discard("diagnose")
groups = collections.defaultdict(dict)
for name in symbols(binary):
    if name in users:
        groups[tuple(sorted(users[name]))][name] = None
for commands in sorted(groups, key=lambda commands: (-len(commands), commands)):
    print("\n".join(groups[commands]))
