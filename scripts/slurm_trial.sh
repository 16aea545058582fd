#!/usr/bin/env bash
# Tries a sweep of 40 variants as a Slurm array on two nodes of which one dies half-way: every result must be there once and
# be the same as that of a run without Slurm.
#
#   scripts/slurm_trial.sh [BINARY]        default: target/release/catchment, else target/debug/catchment
#
# Needs root, and Debian's packages: apt-get install slurm-wlm munge. Both nodes are slurmd processes on this machine, each in a
# PID namespace of its own; killing its first process ends all that runs on the node, as a power cut does. Daemons,
# keys and logs live in a temporary folder and nothing of the system's own Slurm is touched. Takes about three minutes; run by hand,
# not by `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf 'slurm trial: %s\n' "$*"; }
die() { printf 'slurm trial: error: %s\n' "$*" >&2; exit 1; }

binary="${1:-}"
if [ -z "$binary" ]; then
    binary=target/release/catchment
    [ -x "$binary" ] || binary=target/debug/catchment
fi
[ -x "$binary" ] || die "no program at $binary; build one or name it"
binary="$(realpath "$binary")"
[ "$(id -u)" = 0 ] || die "two nodes on one machine need root"
for tool in munged slurmctld slurmd sbatch squeue scontrol unshare; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt-get install slurm-wlm munge"
done

variants=40
pause=3 # seconds that every task waits before it solves, so that the node dies with a task under way
trial="$(mktemp -d /tmp/slurm-trial.XXXXXX)"
chmod 755 "$trial"
host="$(hostname -s)"
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
    if [ "${kept:-no}" = yes ]; then say "everything is kept in $trial"; else rm -rf "$trial"; fi
}
kept=yes
trap cleanup EXIT

# The county: tiny with 38 random draws beside its two variants.
cp -r scenarios/tiny "$trial/scenario"
cat >"$trial/scenario/variants.toml" <<TOML
[[families]]
name = "draws"
[families.draw]
count = $((variants - 2))
seed = 11
unit_noise = 0.1
[families.draw.values]
pupils_factor = { low = 0.6, high = 1.0 }
"actions[close_c].running" = { mean = -60000, spread = 5000, whole = true }
TOML

say "a run without Slurm"
"$binary" sweep "$trial/scenario" --engine milp --out "$trial/local" --jobs 1 --threads 1 --lang en >"$trial/local.txt" 2>/dev/null

say "munge, slurmctld and two nodes"
mkdir -p "$trial"/{munge,state,spool,log}
dd if=/dev/urandom of="$trial/munge/key" bs=128 count=1 status=none
chmod 700 "$trial/munge"; chmod 400 "$trial/munge/key"
mkdir "$trial/socket"
munged --foreground --force --key-file="$trial/munge/key" --socket="$trial/socket/munge" \
    --pid-file="$trial/munge/pid" --seed-file="$trial/munge/seed" >"$trial/log/munged" 2>&1 &
pids+=($!)
disown
cat >"$trial/slurm.conf" <<CONF
ClusterName=trial
SlurmctldHost=$host
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$trial/socket/munge
SlurmctldPort=17000
SlurmctldPidFile=$trial/slurmctld.pid
SlurmctldLogFile=$trial/log/slurmctld
StateSaveLocation=$trial/state
SlurmdPidFile=$trial/slurmd-%n.pid
SlurmdLogFile=$trial/log/slurmd-%n
SlurmdSpoolDir=$trial/spool/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
JobRequeue=1
SlurmdTimeout=20
KillWait=5
NodeName=n1 NodeHostname=$host Port=17001 CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname=$host Port=17002 CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$trial/slurm.conf"
sleep 1
slurmctld -D >"$trial/log/slurmctld.out" 2>&1 &
pids+=($!)
disown
for node in n1 n2; do
    mkdir -p "$trial/spool/$node"
    unshare --pid --fork --mount-proc --kill-child=SIGKILL slurmd -D -N "$node" >"$trial/log/slurmd-$node.out" 2>&1 &
    pids+=($!)
    disown
done
second=${pids[-1]}
for _ in $(seq 60); do
    [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] && break
    sleep 1
done
[ "$(sinfo -h -t idle -o %D)" = 2 ] || die "the nodes do not come up; see $trial/log"

cat >"$trial/sweep.sbatch" <<JOB
#!/bin/bash
#SBATCH --job-name=sweep
#SBATCH --array=1-$variants
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --output=$trial/log/task-%a
#SBATCH --open-mode=append
echo "task \$SLURM_ARRAY_TASK_ID on \$SLURMD_NODENAME, restart \${SLURM_RESTART_COUNT:-0}"
sleep $pause
srun "$binary" sweep "$trial/scenario" --engine milp --out "$trial/slurm" --chunk "\$SLURM_ARRAY_TASK_ID/$variants" --threads "\$SLURM_CPUS_PER_TASK" --lang en
JOB
job="$(sbatch --parsable "$trial/sweep.sbatch")"
say "array $job of $variants tasks on $(sinfo -h -o %D) nodes"

# Half-way, the second node dies with a task on it.
there() { find "$trial/slurm/plans" -mindepth 2 -name row.json 2>/dev/null | wc -l; }
while [ "$(there)" -le $((variants / 2)) ] || [ -z "$(squeue -h -w n2 -t running -o %i)" ]; do
    [ -n "$(squeue -h -o %i)" ] || die "the array ended before half of it was seen; see $trial/log"
    sleep 0.3
done
on_it="$(squeue -h -w n2 -t running -o %K)"
kill -9 "$second"
say "n2 killed with $(there) of $((variants + 1)) results there and task $on_it under way"

for _ in $(seq 600); do
    [ -n "$(squeue -h -o %i)" ] || break
    sleep 1
done
[ -z "$(squeue -h -o %i)" ] || die "tasks are left: $(squeue)"
say "nodes at the end: $(sinfo -h -N -o '%N %t' | sort -u | paste -sd, | sed 's/,/, /g')"
restarted="$(grep -l 'restart [1-9]' "$trial"/log/task-* | sed 's/.*task-//' | sort -n | paste -sd' ')"
say "tasks started again: ${restarted:-none}"
for node in n1 n2; do say "task starts on $node: $(cat "$trial"/log/task-* | grep -c "^task .* on $node,")"; done
[ -n "$restarted" ] || die "no task was started again, so the trial shows nothing"

"$binary" sweep "$trial/scenario" --engine milp --collect "$trial/slurm" --lang en >"$trial/slurm.txt" || true
results=$(find "$trial/slurm/plans" -mindepth 1 -maxdepth 1 -type d | wc -l)
[ "$results" = $((variants + 1)) ] || die "$results results in place of $((variants + 1))"
diff -r --exclude=run.json "$trial/local" "$trial/slurm" >"$trial/difference" || die "the results differ; see $trial/difference"
say "$results results, each there once, and every file but run.json the same as without Slurm"
kept=no
