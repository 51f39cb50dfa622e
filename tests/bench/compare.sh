#!/bin/bash
# Whole programs against their peers in one run, round by round in turns, so that what else the
# machine does meets all of them: medians of the times, and the median of the ratios of each round.
# usage: compare.sh GOVSEALD GOVSEAL [--files N] [--rounds N] [--dir DIR] [--idle-seconds N] [--seal-folder PROGRAM]
#
# One repository in a new directory below DIR (default $TMPDIR or /tmp), a run folder of N files of
# 4 KiB (default 100000), 1000 a directory, all in the page cache. Each round has a new agent and
# measures:
#   seal    from run.json's rename, the completion marker, to `seal.created` durable in the ledger.
#           That is everything an agent does for a new folder: noticing, the quiet period (100 ms,
#           the least that can be configured), two looks and writer probes, one more of each before
#           and after hashing, hashing, fsync of every file and directory, publishing, the record.
#           The payload was synced before, so its fsyncs find nothing to write; `seal, unsynced`
#           is the same with a payload that is in the page cache only.
#   alone   the seal without an agent, with PROGRAM (tests/bench/seal_folder of the build), of a
#           copy: three looks, two writer probes, hash, fsync, publish; and the same without probes
#   sha     `find | xargs -0 -P(all CPUs) -n 64 sha256sum`, hashdeep: nothing but hash
#   verify  `govseal verify --offline` of the sealed folder against `sha256sum -c` of its hash file
#           and, for all CPUs, the xargs pipe again
#   sweep   `govseal scan`: the agent compares every sealed folder with its stat index; against
#           `git status` of the same folder committed, and `find -printf` of what stat tells
# Needs git, hashdeep, jq; root is not needed.
set -eu
usage() {
  sed -n 's/^# usage: /usage: /p' "$0" >&2
  exit 64
}
[ $# -ge 2 ] || usage
govseald=$(readlink -f "$1")
govseal=$(readlink -f "$2")
shift 2
files=100000
rounds=5
idle_seconds=30
base=${TMPDIR:-/tmp}
seal_folder=
while [ $# -ge 2 ]; do
  case $1 in
    --files) files=$2 ;;
    --rounds) rounds=$2 ;;
    --dir) base=$2 ;;
    --idle-seconds) idle_seconds=$2 ;;
    --seal-folder) seal_folder=$(readlink -f "$2") ;;
    *) usage ;;
  esac
  shift 2
done
[ $# = 0 ] || usage

dir=$(mktemp -d "$base/govseal-compare.XXXXXX")
repo=$dir/repo
runs=$repo/.codex/RUNS
export GOVSEAL_SOCKET=$dir/run/govseal.sock GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t
export GIT_COMMITTER_EMAIL=t@example.org LC_ALL=C
pid=
exec 9<> <(:) # a pipe that nobody writes to: `read -t` from it waits without a process

pause() { read -r -t "$1" -u 9 _ || true; }
fail() {
  echo "compare.sh: $1" >&2
  tail -n 3 "$dir/err.log" >&2 2>/dev/null || true
  exit 1
}
finish() {
  [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
  rm -rf "$dir"
}
trap finish EXIT

# ---- the world

start() {
  mkdir -p "$dir/state" "$dir/run"
  chmod 700 "$dir/state"
  cat >"$dir/govseal.toml" <<TOML
[agent]
state_dir = "$dir/state"
runtime_dir = "$dir/run"
[[repository]]
name = "bench"
path = "$repo"
[[repository.run_root]]
path = ".codex/RUNS"
settle_ms = 100
TOML
  chmod 600 "$dir/govseal.toml"
  "$govseald" --config "$dir/govseal.toml" >>"$dir/out.log" 2>>"$dir/err.log" &
  pid=$!
  for _ in $(seq 600); do
    "$govseal" --json status >/dev/null 2>&1 && return
    [ $? = 69 ] || return 0
    pause 0.1
  done
  fail "the agent does not answer"
}
stop() {
  kill -TERM "$pid"
  wait "$pid" || fail "the agent ended with $?"
  pid=
}
# Until the agent has used no processor for half a second.
until_idle() {
  local before= after=x still=0
  for _ in $(seq 1200); do
    after=$(cut -d ' ' -f 14,15 "/proc/$pid/stat")
    [ "$before" = "$after" ] && still=$((still + 1)) || still=0
    [ $still -lt 5 ] || return 0
    before=$after
    pause 0.1
  done
  fail "the agent does not come to rest"
}
make_payload() { # FOLDER FILES
  local part=0 left=$2 count
  while [ "$left" -gt 0 ]; do
    count=$((left < 1000 ? left : 1000))
    mkdir -p "$1/$(printf 'part%04d' $part)"
    head -c $((count * 4096)) /dev/urandom |
      split -b 4096 -a 3 -d - "$1/$(printf 'part%04d' $part)/result-"
    left=$((left - count))
    part=$((part + 1))
  done
}
marker() { # FOLDER
  printf '{"run_id": "%s", "created_utc": "2026-01-05T09:00:00Z"}\n' "${1##*/}" >"$dir/run.json"
  mv "$dir/run.json" "$1/run.json"
}
is_sealed() { # FOLDER
  [ -e "$1/MANIFEST.sha256" ] &&
    grep -qs "\"type\":\"seal.created\".*\"run\":\".codex/RUNS/${1##*/}\"" "$dir"/state/ledger/log/*.jsonl
}
until_sealed() { # FOLDER
  for _ in $(seq 60000); do
    is_sealed "$1" && return
    pause 0.005
  done
  fail "$1 was not sealed"
}

# ---- figures: a file for each name, a line a round: seconds by the clock, seconds of processor

note() { echo "$2 $3" >>"$dir/figure.$1"; }
TIMEFORMAT='%R %U %S'
measure() { # NAME COMMAND...
  local name=$1 begin
  shift
  begin=$(agent_cpu)
  { time "$@" >"$dir/measured.out" 2>&1; } 2>"$dir/measured.time" ||
    fail "$name: $(tail -n 1 "$dir/measured.out")"
  read -r wall user system <"$dir/measured.time"
  # What the command had the agent do counts too.
  note "$name" "$wall" "$(calc "$user + $system + $(agent_cpu) - $begin")"
}
calc() { awk "BEGIN {printf \"%.3f\", $1}"; }
agent_cpu() { awk '{print ($14 + $15) / 100}' "/proc/$pid/stat"; } # seconds
median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
seconds() { cut -d ' ' -f "$2" "$dir/figure.$1" | median | awk '{printf "%.2f s", $1}'; }
row() { printf '%-36s %10s %10s   %s\n' "$@"; }
figure() { row "$1" "$(seconds "$2" 1)" "$(seconds "$2" 2)" ""; }
against() { # OURS PEER PEER'S-NAME: how many times as fast we are, round by round
  local clock cpu
  clock=$(paste -d ' ' "$dir/figure.$1" "$dir/figure.$2" | awk '{print $3 / $1}' | median)
  cpu=$(paste -d ' ' "$dir/figure.$1" "$dir/figure.$2" | awk '{print $4 / $2}' | median)
  row "  as fast as $3" "$(printf '%.2fx' "$clock")" "$(printf '%.2fx' "$cpu")" ""
}

hash_all() { (cd "$1" && find . -type f -print0 | xargs -0 -P"$(nproc)" -n 64 sha256sum); }
hash_deep() { (cd "$1" && hashdeep -c sha256 -r -j"$(nproc)" .); }
check_all() { (cd "$1" && head -n -1 MANIFEST.sha256 | sha256sum --strict --quiet -c -); }
print_stat() { find "$runs" -printf '%p %y %D %i %s %T@ %C@ %n\n'; }

measure_seal() { # NAME FOLDER
  local begin cpu
  until_idle
  cpu=$(agent_cpu)
  begin=$(date +%s%N)
  marker "$2"
  until_sealed "$2"
  note "$1" "$(calc "($(date +%s%N) - $begin) / 1e9")" "$(calc "$(agent_cpu) - $cpu")"
}

measure_alone() {
  [ -n "$seal_folder" ] || return 0
  rm -rf "$dir/alone"
  cp -r "$dir/payload" "$dir/alone"
  marker "$dir/alone"
  sync
  measure alone "$seal_folder" "$dir/alone"
  rm -f "$dir/alone/MANIFEST.sha256" "$dir/alone/manifest.json"
  measure alone_unprobed "$seal_folder" --no-probe "$dir/alone"
  rm -rf "$dir/alone"
}

round() {
  rm -rf "$repo" "$dir/state"
  git init -q -b main "$repo"
  mkdir -p "$runs"
  cp -r "$dir/payload" "$runs/synced"
  sync
  start
  measure_seal seal "$runs/synced"
  measure sha256sum hash_all "$runs/synced"
  measure hashdeep hash_deep "$runs/synced"
  measure verify "$govseal" verify --offline "$runs/synced"
  measure_alone
  measure check check_all "$runs/synced"
  git -C "$repo" add -A && git -C "$repo" commit -qm run && git -C "$repo" status >/dev/null
  pause 3 # what is younger than two seconds is read again, by git too
  measure first_sweep "$govseal" --quiet scan
  until_idle
  measure sweep "$govseal" --quiet scan
  measure status git -C "$repo" status --porcelain
  measure find print_stat
  cp -r "$dir/payload" "$runs/unsynced"
  measure_seal seal_unsynced "$runs/unsynced"
  stop
}

idle() {
  rm -rf "$repo" "$dir/state"
  git init -q -b main "$repo"
  mkdir -p "$runs"
  for folder in $(seq 100); do
    make_payload "$runs/run$folder" 99
    marker "$runs/run$folder"
  done
  start
  for folder in $(seq 100); do until_sealed "$runs/run$folder"; done
  until_idle
  local switches begin end
  switches='cat /proc/$pid/task/*/status | awk "/^voluntary_ctxt/ {n += \$2} END {print n}"'
  begin=$(eval "$switches")
  pause "$idle_seconds"
  end=$(eval "$switches")
  row "resident, 10000 sealed files" "$(awk '/^VmRSS/ {printf "%.1f MiB", $2 / 1024}' "/proc/$pid/status")" "" "target: below 30 MiB"
  row "wake-ups in $idle_seconds s" "$((end - begin))" "" "voluntary context switches of all threads"
  stop
}

for tool in git hashdeep; do
  command -v $tool >/dev/null || fail "$tool is missing"
done
make_payload "$dir/payload" "$files"
for number in $(seq "$rounds"); do
  echo "round $number of $rounds" >&2
  round
done

echo "$files files of 4 KiB, $(nproc) CPUs, $(stat -f -c %T "$dir"), warm cache"
row "median of $rounds rounds" clock processor ""
figure "find | xargs -P$(nproc) sha256sum" sha256sum
figure "hashdeep -j$(nproc)" hashdeep
figure "agent, marker to sealed" seal
against seal sha256sum "xargs sha256sum"
against seal hashdeep hashdeep
figure "the same, payload unsynced" seal_unsynced
if [ -n "$seal_folder" ]; then
  figure "the seal alone" alone
  against alone sha256sum "xargs sha256sum"
  against alone hashdeep hashdeep
  figure "the seal alone, no writer probes" alone_unprobed
  against alone_unprobed sha256sum "xargs sha256sum"
  against alone_unprobed hashdeep hashdeep
fi
figure "sha256sum -c" check
figure "govseal verify --offline" verify
against verify check "sha256sum -c"
against verify sha256sum "xargs sha256sum"
figure "git status" status
figure "find -printf" find
figure "govseal scan" sweep
against sweep status "git status"
against sweep find "find -printf"
idle
