#!/bin/bash
# A disk that is full while a run folder is sealed, and one that the ledger is on.
# usage: full_disk_test.sh GOVSEALD GOVSEAL
set -u
. "$(dirname "$0")/agent_world.sh"

mkdir "$dir/small"
if ! mount -t tmpfs -o size=24m tmpfs "$dir/small" 2>/dev/null; then
  echo "SKIPPED: only root can mount a small disk"
  exit 0
fi
repo=$dir/small/repo
git init -q -b main "$repo"
mkdir -p "$repo/.codex/RUNS"
config() { # STATE_DIR
  cat >"$dir/govseal.toml" <<TOML
[agent]
state_dir = "$1"
runtime_dir = "$dir/run"
[[repository]]
name = "demo"
path = "$repo"
[repository.dispatch]
enabled = false
[[repository.run_root]]
path = ".codex/RUNS"
settle_ms = 500
TOML
  chmod 600 "$dir/govseal.toml"
}
fill() { dd if=/dev/zero of="$dir/small/fill" bs=4096 count=16384 2>/dev/null; }

# ---- the repository's disk
config "$dir/state"
start
make_run before
eventually "with room a run folder is sealed" '[ "$(verdict before)" = VALID ]'
make_run r1
fill
eventually "a seal that has no room is told as aborted" 'ledger | grep -q "\"seal.aborted\".*RUNS/r1\".*\"errno\":28"'
check "and nothing of it stays" '[ "$(ls "$repo/.codex/RUNS/r1" | tr "\n" " ")" = "a.txt run.json sub " ]'
check "the agent answers meanwhile" '"$govseal" --json status | grep -q state'
check "and what was sealed is still good" '[ "$(verdict before)" = VALID ]'
rm "$dir/small/fill"
eventually "with room again it is sealed by itself" '[ "$(verdict r1)" = VALID ]'
check "the seal is whole" '"$govseal" verify "$repo/.codex/RUNS/r1"'
check "there is one seal in the ledger" '[ "$(ledger | grep -c "\"seal.created\".*RUNS/r1\"")" = 1 ]'
check "it stops" stop

# ---- the ledger's disk
config "$dir/small/state"
start
make_run r2
eventually "a run folder is sealed into a ledger on a small disk" '[ "$(verdict r2)" = VALID ]'
fill
make_run r3 2>/dev/null
rm -rf "$repo/.codex/RUNS/before"
sleep 1
check "the agent lives on without room for its ledger" 'kill -0 "$pid" && "$govseal" --json status | grep -q state'
rm "$dir/small/fill"
eventually "what happened meanwhile is told when there is room" 'has_finding run_missing before'
rm -rf "$repo/.codex/RUNS/r3" && make_run r3
eventually "and sealing goes on" '[ "$(verdict r3)" = VALID ]'
check "it stops again" stop
start
check "the ledger is one chain after all that" '"$govseal" --json status | grep -q state'
eventually "and says the same after a start" 'has_finding run_missing before && [ "$(verdict r3)" = VALID ]'
stop

report
