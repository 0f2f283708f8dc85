#!/usr/bin/env bash
# A run in four parts as a Slurm array, on a file system that its nodes share. In the project's folder:
#
#   made=$(sbatch --parsable --wrap 'npx -y deno@2.9.6 task prepare --preset standard --cache prepared')
#   parts=$(sbatch --parsable --dependency=afterok:"$made" examples/shards/slurm.sh --preset standard)
#   sbatch --dependency=afterany:"$parts" \
#     --wrap "npx -y deno@2.9.6 task merge runs/$parts/part-* --out runs/$parts/whole"
#
# What it is given goes to bench. A part that was lost is done again by `scontrol requeue JOB_3`, and
# goes on where it was; merge lists what is missing.
#SBATCH --job-name=prefbench
#SBATCH --array=1-4
#SBATCH --cpus-per-task=4
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

part=runs/$SLURM_ARRAY_JOB_ID/part-$SLURM_ARRAY_TASK_ID
place=(--cache prepared --workers "${SLURM_CPUS_PER_TASK:-1}")
if [ -e "$part/plan.json" ]; then
  npx -y deno@2.9.6 task bench --resume "$part" "${place[@]}"
else
  npx -y deno@2.9.6 task bench "$@" "${place[@]}" --shard env --out "$part"
fi
