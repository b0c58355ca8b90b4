#!/bin/sh
# The same for any other CI: run it in the root of the workspace, with ratebook on the PATH.
# BASE is the branch that the change goes to; it must have been fetched (a shallow clone has not).
set -u
BASE=${BASE:-main}
failed=0

ratebook check || exit
ratebook diff --from "origin/$BASE" --format markdown --fail-if 'total > 2%' --fail-if 'bill > 10%' --fail-if 'unpriced > 0' > diff.md || failed=$?
cat diff.md # or hand it to whatever comments on a change
ratebook test --ci || failed=$?
exit "$failed"
