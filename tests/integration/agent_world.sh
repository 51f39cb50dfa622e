# What the tests with real programs share; sourced with GOVSEALD GOVSEAL as arguments.
# Leaves a temporary directory $dir, the place $repo of a repository, and the functions below.
govseald=$(readlink -f "$1")
govseal=$(readlink -f "$2")
dir=$(mktemp -d "${TMPDIR:-/tmp}/govseal-test.XXXXXX")
repo=$dir/repo
export GOVSEAL_SOCKET=$dir/run/govseal.sock GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t
export GIT_COMMITTER_EMAIL=t@example.org
pid=
passed=0
failed=0

finish() {
  [ ! -d "$dir/small" ] || umount "$dir/small" 2>/dev/null
  [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
  rm -rf "$dir"
}
trap finish EXIT

start() {
  "$govseald" --config "$dir/govseal.toml" >>"$dir/out.log" 2>>"$dir/err.log" &
  pid=$!
  until_true 30 '"$govseal" --json version >/dev/null 2>&1 && [ -S "$GOVSEAL_SOCKET" ] && "$govseal" --json status | grep -q state'
}
stop() {
  local begin=$SECONDS
  kill -TERM "$pid"
  wait "$pid"
  local code=$?
  pid=
  [ $code = 0 ] && [ $((SECONDS - begin)) -le 10 ]
}
until_true() { # SECONDS CONDITION
  local end=$((SECONDS + $1))
  while [ $SECONDS -le $end ]; do
    if eval "$2" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  return 1
}
check() { # SENTENCE CONDITION
  if eval "$2" >/dev/null 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $1"
    echo "        $2"
  fi
}
eventually() { # SENTENCE CONDITION
  if until_true 20 "$2"; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "FAILED: $1"
    echo "        $2"
    "$govseal" findings 2>&1 | head -n 12
  fi
}
ledger() { cat "$dir"/state/ledger/log/*.jsonl; }
run_json() { printf '{"run_id": "%s", "created_utc": "2026-01-05T09:00:00Z"}\n' "$1"; }
make_run() { # NAME
  mkdir -p "$repo/.codex/RUNS/$1/sub"
  printf 'alpha\n' >"$repo/.codex/RUNS/$1/a.txt"
  printf '1,2\n' >"$repo/.codex/RUNS/$1/sub/b.csv"
  run_json "$1" >"$repo/.codex/RUNS/$1/run.json"
}
verdict() { "$govseal" --json runs | jq -r "select(.run==\".codex/RUNS/$1\").verdict"; }
has_finding() { # KIND RUN
  "$govseal" --json findings | jq -e -s "any(.[]; .kind==\"$1\" and .subject.run==\".codex/RUNS/$2\")"
}

report() {
  echo "$passed passed, $failed failed"
  [ $failed = 0 ]
}
