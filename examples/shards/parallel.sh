#!/usr/bin/env bash
# A run in four parts by GNU parallel: side by side here, or on machines that share this folder, by
# `PARALLEL='--sshloginfile machines --workdir .'`. What it is given goes to prepare and bench:
#
#   examples/shards/parallel.sh runs/mine --preset standard
set -euo pipefail

out=$1
shift
npx -y deno@2.9.6 task prepare "$@" --cache prepared
parallel --quote --jobs 4 npx -y deno@2.9.6 task bench "$@" --cache prepared --workers 1 \
  --shard {}/4 --out "$out/part-{}" ::: 1 2 3 4
npx -y deno@2.9.6 task merge "$out"/part-* --out "$out/whole"
