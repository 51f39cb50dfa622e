#!/bin/bash
# The main job in the real programs: seal, catch, record, answer - and bad input.
# usage: main_job_test.sh GOVSEALD GOVSEAL
set -u
. "$(dirname "$0")/agent_world.sh"

git init -q -b main "$repo"
mkdir -p "$repo/.codex/RUNS" "$repo/governance/canon" "$repo/.agent-admin/ripple"
echo '{"consumers": [{"repository": "example-org/alpha", "enabled": true, "governance_liaison": "liaison"}]}' \
  >"$repo/governance/CONSUMER_REPO_REGISTRY.json"
git -C "$repo" add -A && git -C "$repo" commit -qm first
cat >"$dir/govseal.toml" <<TOML
[agent]
state_dir = "$dir/state"
runtime_dir = "$dir/run"
[[repository]]
name = "demo"
path = "$repo"
[repository.dispatch]
grace = "1s"
baseline = "$(git -C "$repo" rev-parse HEAD)"
[[repository.run_root]]
path = ".codex/RUNS"
settle_ms = 500
TOML
chmod 600 "$dir/govseal.toml"
start

# ---- sealing
make_run r1
eventually "a complete run folder is sealed by itself" '[ "$(verdict r1)" = VALID ]'
check "exactly two files are added" \
  '[ "$(ls "$repo/.codex/RUNS/r1" | tr "\n" " ")" = "MANIFEST.sha256 a.txt manifest.json run.json sub " ]'
check "sha256sum accepts the seal" \
  '(cd "$repo/.codex/RUNS/r1" && head -n -1 MANIFEST.sha256 | sha256sum --strict --quiet -c -)'
check "ROOT is the hash of the sorted lines" \
  '(cd "$repo/.codex/RUNS/r1" && [ "ROOT_SHA256  $(head -n -1 MANIFEST.sha256 | LC_ALL=C sort | sha256sum | cut -c1-64)" = "$(tail -n 1 MANIFEST.sha256)" ])'
check "jq finds the same in manifest.json" \
  '(cd "$repo/.codex/RUNS/r1" && diff <(jq -r ".[]|\"\(.sha256)  \(.relpath)\"" manifest.json) <(head -n -1 MANIFEST.sha256 | grep -v "  manifest\.json$"))'
check "verify says VALID and exits 0" '"$govseal" verify "$repo/.codex/RUNS/r1"'

mkdir -p "$repo/.codex/RUNS/waits" && echo x >"$repo/.codex/RUNS/waits/data"
make_run open && exec 9>>"$repo/.codex/RUNS/open/a.txt"
cp -r "$repo/.codex/RUNS/r1" "$dir/foreign" && mkdir -p "$repo/.codex/RUNS/foreign"
(cd "$repo/.codex/RUNS/foreign" && echo foreign >f.txt && run_json foreign >run.json &&
  f=$(sha256sum <f.txt | cut -c1-64) && r=$(sha256sum <run.json | cut -c1-64) &&
  printf '[{"relpath":"f.txt","bytes":8,"sha256":"%s"},{"relpath":"run.json","bytes":%s,"sha256":"%s"}]' \
    "$f" "$(stat -c %s run.json)" "$r" >manifest.json &&
  { printf '%s  f.txt\n%s  run.json\n%s  manifest.json\n' "$f" "$r" "$(sha256sum <manifest.json | cut -c1-64)"; } >lines &&
  { cat lines; printf 'ROOT_SHA256  %s\n' "$(LC_ALL=C sort lines | sha256sum | cut -c1-64)"; } >MANIFEST.sha256 && rm lines)
mkdir -p "$repo/.codex/RUNS/half" && run_json half >"$repo/.codex/RUNS/half/run.json" && echo '[]' >"$repo/.codex/RUNS/half/manifest.json"
mkdir -p "$repo/.codex/RUNS/fifo" && run_json fifo >"$repo/.codex/RUNS/fifo/run.json" && mkfifo "$repo/.codex/RUNS/fifo/pipe"
mkdir -p "$repo/.codex/RUNS/link" && run_json link >"$repo/.codex/RUNS/link/run.json" && ln -s /etc "$repo/.codex/RUNS/link/etc"
make_run newline && echo x >"$repo/.codex/RUNS/newline/a"$'\n'"b"
for name in null dup; do mkdir -p "$repo/.codex/RUNS/$name"; done
echo null >"$repo/.codex/RUNS/null/run.json"
echo '{"run_id": "dup", "run_id": "dup", "created_utc": "2026-01-05T09:00:00Z"}' >"$repo/.codex/RUNS/dup/run.json"
mkdir -p "$repo/.codex/RUNS/huge" && truncate -s 1G "$repo/.codex/RUNS/huge/run.json"
ln -s /etc "$repo/.codex/RUNS/outside"
eventually "a foreign seal is adopted" '[ "$(verdict foreign)" = VALID ] && ledger | grep -q "\"seal.observed\""'
eventually "half a seal is reported and left alone" 'has_finding seal.incomplete half && [ ! -e "$repo/.codex/RUNS/half/MANIFEST.sha256" ]'
for name in fifo link newline dup; do
  eventually "$name is refused with its codes" "has_finding seal.refused $name"
done
eventually "run.json of null is waited for" '[ "$(verdict null)" = OPEN ]'
eventually "run.json of 1 GiB is waited for" '[ "$(verdict huge)" = OPEN ]'
check "none of them was sealed" '! ls "$repo"/.codex/RUNS/{fifo,link,newline,null,dup,huge,waits,open}/MANIFEST.sha256'
check "a folder with an open writer is OPEN" '[ "$(verdict open)" = OPEN ]'
exec 9>&-
eventually "and sealed after the writer closed" '[ "$(verdict open)" = VALID ]'
check "a link in the run root is not followed" '[ ! -e /etc/MANIFEST.sha256 ]'

# ---- violations while running
make_run r2 && make_run r3 && make_run r4 && make_run r5
eventually "four more are sealed" '[ "$("$govseal" --json runs | jq -r "select(.verdict==\"VALID\").run" | wc -l)" = 7 ]'
cp -a "$repo/.codex/RUNS/r2" "$dir/r2.backup"
echo tampered >>"$repo/.codex/RUNS/r2/a.txt"
rm "$repo/.codex/RUNS/r3/sub/b.csv"
mv "$repo/.codex/RUNS/r4" "$repo/.codex/RUNS/r4-renamed"
echo new >"$repo/.codex/RUNS/r5/new.txt"
eventually "an edit is a sealed_write" 'has_finding sealed_write r2'
eventually "a deletion is a sealed_write" 'has_finding sealed_write r3'
eventually "a rename is run_missing" 'has_finding run_missing r4'
eventually "and the new name a copy" 'has_finding seal_copied r4-renamed'
eventually "an addition is a sealed_write" 'has_finding sealed_write r5'
"$govseal" status >/dev/null
check "status exits 2" '"$govseal" status; [ $? = 2 ]'
mv "$repo/.codex/RUNS/r4-renamed" "$repo/.codex/RUNS/r4"
eventually "moved back, both are closed" '! has_finding run_missing r4 && ! has_finding seal_copied r4-renamed && [ "$(verdict r4)" = VALID ]'
rm "$repo/.codex/RUNS/r5/new.txt"
eventually "the extra file gone, the finding is closed" '! has_finding sealed_write r5 && [ "$(verdict r5)" = VALID ]'

# ---- dispatch
echo rule >"$repo/governance/canon/A.md"
git -C "$repo" add governance && git -C "$repo" commit -qm "canon"
commit=$(git -C "$repo" rev-parse HEAD)
eventually "an undispatched commit is reported" '"$govseal" --json undispatched | grep -q "$commit"'
echo 'no json' >"$repo/.agent-admin/ripple/layer-down-dispatch-20260101-000000.json"
printf '{"type":"layer_down_dispatch","commit_sha":"%s","consumers_notified":[]}' "$commit" \
  >"$repo/.agent-admin/ripple/layer-down-dispatch-20260101-000001.json"
eventually "a dispatch record closes it" '! "$govseal" --json undispatched | grep -q "$commit"'
eventually "a malformed record is listed" '"$govseal" --json findings | grep -q dispatch.record_malformed'

# ---- off and on again
check "SIGTERM stops cleanly within 10 s" stop
size=$(ledger | wc -l)
cp -a "$dir/r2.backup/." "$repo/.codex/RUNS/r2/"
echo more >"$repo/.codex/RUNS/r5/offline.txt"
rm -rf "$repo/.codex/RUNS/r1"
start
eventually "restored while off: closed" '! has_finding sealed_write r2'
eventually "changed while off: found at the start" 'has_finding sealed_write r5'
eventually "removed while off: found at the start" 'has_finding run_missing r1'
kill -9 "$pid" && wait "$pid" 2>/dev/null
start
eventually "after kill -9 the same findings" 'has_finding sealed_write r5 && has_finding run_missing r1'
check "jq reproduces the ledger byte for byte" 'ledger | jq -c . | cmp - <(ledger)'
check "no run was sealed twice" '[ -z "$(ledger | jq -r "select(.type==\"seal.created\").run" | sort | uniq -d)" ]'

# ---- configuration
cp "$dir/govseal.toml" "$dir/good.toml"
printf '[agent]\nworkrs = 2\nworkers = "two"\nlog_level = "loud"\n[api]\nsocket_mode = "9999"\nconnections_max = 0\n[watch]\natribution = "live"\n[sealing]\ncycle_s = 1\nrehash_percent = 101\n[ledger]\nbatch_ms = 51\n[report]\nschedule = "never"\n' >"$dir/bad.toml"
chmod 600 "$dir/bad.toml"
check "ten mistakes are told at once, with line and column" \
  '[ "$("$govseal" config check "$dir/bad.toml" 2>&1 | grep -cE "^.*bad.toml:[0-9]+:[0-9]+: error: ")" = 10 ]'
check "and the exit code is 78" '"$govseal" config check "$dir/bad.toml"; [ $? = 78 ]'
cp "$dir/bad.toml" "$dir/govseal.toml"
kill -HUP "$pid"
eventually "a bad reload keeps the old configuration and says so" '"$govseal" --json findings | grep -q config.invalid'
cp "$dir/good.toml" "$dir/govseal.toml"
kill -HUP "$pid"
eventually "a good one closes it" '! "$govseal" --json findings | grep -q config.invalid'
check "govseald does not start with a broken file" '"$govseald" --config "$dir/bad.toml"; [ $? = 78 ]'
check "a second agent on the same state is refused with 75" '"$govseald" --config "$dir/govseal.toml"; [ $? = 75 ]'

# ---- hostile clients
check "a body of 1 MiB is refused" \
  '[ "$(head -c 1048576 /dev/zero | curl -s -o /dev/null -w "%{http_code}" --unix-socket "$GOVSEAL_SOCKET" -H "Content-Type: application/json" --data-binary @- http://localhost/v1/scan)" = 413 ]'
check "a foreign origin is refused" \
  '[ "$(curl -s -o /dev/null -w "%{http_code}" --unix-socket "$GOVSEAL_SOCKET" -H "Origin: http://x" http://localhost/v1/status)" = 403 ]'
python3 - "$GOVSEAL_SOCKET" <<'PY' &
import socket, sys, time
held = []
for _ in range(1000):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(sys.argv[1]); s.send(b"GET /v1/sta"); held.append(s)
    except OSError:
        pass
time.sleep(4)
PY
crowd=$!
sleep 1
check "the agent lives on with a thousand half requests" 'kill -0 "$pid" && until_true 20 "\"$govseal\" --json status | grep -q state"'
wait $crowd
eventually "and answers when they are gone" '"$govseal" --json status | grep -q state'

# ---- a huge file does not hold up the stop
mkdir -p "$repo/.codex/RUNS/big" && truncate -s 10G "$repo/.codex/RUNS/big/data" && run_json big >"$repo/.codex/RUNS/big/run.json"
sleep 2.5
check "SIGTERM in the middle of hashing 10 GiB ends within 10 s" stop
check "and left no seal" '[ ! -e "$repo/.codex/RUNS/big/MANIFEST.sha256" ]'

report
