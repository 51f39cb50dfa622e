#!/usr/bin/env python3
"""Runs the real agent against writers, tamperers, git and kill -9, and compares what it says with
what happened.

usage: soak.py GOVSEALD [--minutes M] [--seed N] [--clone REPOSITORY] [--dir DIR]

Everything is a file of a temporary directory. The model is simple: every run folder has one state,
and after a quiet time the agent's verdict and open findings must agree with it, the ledger must be
one unbroken chain, and no run may have two seals of ours.
"""
import argparse
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class World:
    def __init__(self, arguments):
        self.random = random.Random(arguments.seed)
        self.dir = arguments.dir or tempfile.mkdtemp(prefix="govseal-soak-")
        self.govseald = os.path.abspath(arguments.govseald)
        self.repo = os.path.join(self.dir, "repo")
        self.process = None
        self.kills = self.starts = self.operations = 0
        self.runs = {}  # name -> sealed | edited | added | removed | open
        self.count = 0
        os.makedirs(self.dir, exist_ok=True)
        if arguments.clone:
            self.git("clone", "-q", "--no-hardlinks", arguments.clone, self.repo, cwd=self.dir)
        else:
            self.git("init", "-q", "-b", "main", self.repo, cwd=self.dir)
        self.git("config", "user.name", "soak")
        self.git("config", "user.email", "soak@example.org")
        self.git("checkout", "-q", "-B", "main")
        self.root = os.path.join(self.repo, ".codex", "RUNS")
        os.makedirs(self.root, exist_ok=True)
        with open(os.path.join(self.repo, ".git", "info", "exclude"), "a") as exclude:
            exclude.write("/.codex/RUNS/\n")
        self.write("README.soak", b"soak\n")
        self.write("governance/CONSUMER_REPO_REGISTRY.json",
                   b'{"version": "1.0.0", "schema_version": "1.0.0", "consumers": []}')
        self.write("governance/CANON_INVENTORY.json",
                   b'{"version": "1.0.0", "total_canons": 0, "canonical_commit": "'
                   + b"0" * 39 + b'1", "canons": []}')
        self.git("add", "README.soak", "governance")
        self.git("commit", "-qm", "soak: start")
        self.baseline = self.git("rev-parse", "HEAD").strip()
        # What is rebased later never reaches the baseline.
        self.git("commit", "-q", "--allow-empty", "-m", "soak: after the baseline")
        self.records = {}  # dispatch records: name -> commit
        self.config = os.path.join(self.dir, "govseal.toml")
        with open(self.config, "w") as config:
            config.write(f'''[agent]
state_dir = "{self.dir}/state"
runtime_dir = "{self.dir}/run"
[sealing]
cycle_s = 60
[[repository]]
name = "soak"
path = "{self.repo}"
[repository.dispatch]
enabled = true
branch = "refs/heads/main"
grace = "1s"
baseline = "{self.baseline}"
[[repository.run_root]]
path = ".codex/RUNS"
settle_ms = 500
''')
        os.chmod(self.config, 0o600)

    def git(self, *words, cwd=None, check=True):
        return subprocess.run(["git", *words], cwd=cwd or self.repo, check=check,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout

    def write(self, path, data):
        full = os.path.join(self.repo, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(data)

    def start(self):
        self.starts += 1
        log = open(os.path.join(self.dir, "agent.log"), "ab")
        self.process = subprocess.Popen([self.govseald, "--config", self.config], stdout=log,
                                        stderr=log)
        deadline = time.time() + 60
        while time.time() < deadline:
            try:
                if self.ask("/healthz", raw=True) == b"ok\n":
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise SystemExit(f"govseald ended with {self.process.returncode}")
            time.sleep(0.05)
        raise SystemExit("the agent does not answer")

    def kill(self, number):
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        if number == signal.SIGKILL:
            self.kills += 1
        elif self.process.returncode != 0:
            raise SystemExit(f"govseald ended with {self.process.returncode} after SIGTERM")

    def ask(self, target, raw=False):
        connection = UnixConnection(os.path.join(self.dir, "run", "govseal.sock"))
        try:
            connection.request("GET", target)
            body = connection.getresponse().read()
        finally:
            connection.close()
        return body if raw else json.loads(body)

    def items(self, target):
        found, cursor = [], None
        while True:
            extra = f"&cursor={cursor}" if cursor else ""
            page = self.ask(f"{target}{'&' if '?' in target else '?'}limit=1000{extra}")
            found += page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return found

    # ------------------------------------------------------------------ what happens
    def new_run(self):
        self.count += 1
        name = f"2026-01-01__{self.count:06d}__soak"
        folder = os.path.join(self.root, name)
        os.makedirs(os.path.join(folder, "sub", "deep"))
        for i in range(self.random.randint(1, 12)):
            path = os.path.join(folder, self.random.choice(["", "sub", "sub/deep"]), f"f{i}.txt")
            with open(path, "wb") as file:
                file.write(os.urandom(self.random.randint(0, 20000)))
        with open(os.path.join(folder, "sub", "deep", "last.txt"), "w") as file:
            file.write("x")
        with open(os.path.join(folder, "run.json"), "w") as file:
            json.dump({"run_id": name, "created_utc": "2026-01-01T00:00:00Z"}, file)
        self.runs[name] = "sealed"

    def sealed(self):
        """A run that has its seal by now, or None."""
        names = [n for n, s in self.runs.items() if s == "sealed"
                 and os.path.exists(os.path.join(self.root, n, "MANIFEST.sha256"))]
        return self.random.choice(names) if names else None

    def backup(self, name):
        target = os.path.join(self.dir, "backup", name)
        if not os.path.exists(target):
            shutil.copytree(os.path.join(self.root, name), target)

    def is_bound(self, name):
        run = self.ask(f"/v1/runs/soak/{name}")
        return run.get("ledger") is not None

    def tamper(self):
        name = self.sealed()
        if not name or not self.process or not self.is_bound(name):
            return
        self.backup(name)
        folder = os.path.join(self.root, name)
        kind = self.random.choice(["edit", "add", "remove", "delete-file"])
        if kind == "edit":
            with open(os.path.join(folder, "sub", "deep", "last.txt"), "a") as file:
                file.write("tampered")
        elif kind == "add":
            with open(os.path.join(folder, "sub", "new.txt"), "w") as file:
                file.write("added")
        elif kind == "delete-file":
            os.unlink(os.path.join(folder, "sub", "deep", "last.txt"))
        else:
            self.take_away(folder)
            self.runs[name] = "removed"
            return
        self.runs[name] = "edited"

    def restore(self):
        names = [n for n, s in self.runs.items() if s in ("edited", "removed")]
        if not names:
            return
        name = self.random.choice(names)
        folder = os.path.join(self.root, name)
        if os.path.exists(folder):
            self.take_away(folder)
        # In one step: a restore seen halfway would rightly be told as a lost seal.
        staged = os.path.join(self.dir, "staged")
        shutil.copytree(os.path.join(self.dir, "backup", name), staged)
        os.rename(staged, folder)
        self.runs[name] = "sealed"

    def take_away(self, folder):
        gone = os.path.join(self.dir, "gone")
        os.rename(folder, gone)
        shutil.rmtree(gone)

    def git_work(self):
        kind = self.random.choice(["commit", "branch", "gc", "rebase", "stash", "worktree"])
        if kind == "commit":
            self.write(f"soak/{self.random.randint(0, 50)}.txt", os.urandom(50))
            self.git("add", "-A")
            self.git("commit", "-qm", "soak: commit", check=False)
        elif kind == "branch":
            self.git("checkout", "-q", "-B", "side", check=False)
            self.write("soak/side.txt", os.urandom(50))
            self.git("add", "-A")
            self.git("commit", "-qm", "soak: side", check=False)
            self.git("checkout", "-q", "main", check=False)
            self.git("merge", "-q", "--no-edit", "side", check=False)
        elif kind == "gc":
            self.git("gc", "-q", check=False)
        elif kind == "rebase":
            self.git("rebase", "-q", "--force-rebase", "HEAD~1", check=False)
        elif kind == "stash":
            self.write("README.soak", os.urandom(20))
            self.git("stash", "-q", check=False)
            self.git("stash", "pop", "-q", check=False)
            self.git("checkout", "-q", "--", ".", check=False)
        else:
            path = os.path.join(self.dir, "worktree")
            self.git("worktree", "add", "-q", "--detach", path, check=False)
            self.git("worktree", "remove", "--force", path, check=False)

    def canon_work(self):
        """A commit on a trigger path; for half of them a dispatch record, then or later."""
        told = set(self.records.values())
        commits = [commit for commit in self.canon_commits() if commit not in told]
        if commits and self.random.random() < 0.4:
            self.dispatch(self.random.choice(commits))
            return
        number = self.operations
        self.write(f"governance/canon/R{number}.md", os.urandom(30))
        self.git("add", "-A")
        self.git("commit", "-qm", f"canon {number}", check=False)
        if self.random.random() < 0.5:
            self.dispatch(self.git("rev-parse", "HEAD").strip())

    def canon_commits(self):
        return self.git("log", "--format=%H", f"{self.baseline}..main", "--",
                        "governance/canon").split()

    def dispatch(self, commit):
        number = len(self.records)
        name = f"layer-down-dispatch-2026{number // 28 // 86400 % 12 + 1:02d}" \
               f"{number // 86400 % 28 + 1:02d}-{number // 3600 % 24:02d}{number // 60 % 60:02d}" \
               f"{number % 60:02d}.json"
        self.write(f".agent-admin/ripple/{name}", json.dumps(
            {"schema_version": "1.0.0", "type": "layer_down_dispatch", "commit_sha": commit,
             "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
             "consumers_notified": []}).encode())
        self.records[name] = commit

    def step(self):
        self.operations += 1
        draw = self.random.random()
        if draw < 0.45:
            self.new_run()
        elif draw < 0.60:
            self.tamper()
        elif draw < 0.72:
            self.restore()
        elif draw < 0.87:
            self.git_work()
        elif draw < 0.92:
            self.canon_work()
        elif draw < 0.97:
            self.kill(signal.SIGKILL)
            for _ in range(self.random.randint(0, 3)):
                self.random.choice([self.new_run, self.restore])()
            self.start()
        else:
            self.kill(signal.SIGTERM)
            self.start()
        time.sleep(self.random.random() * 0.15)

    # ------------------------------------------------------------------ what must be true
    def check(self):
        problems = []
        deadline = time.time() + 90
        while True:
            problems = self.differences()
            if not problems or time.time() > deadline:
                break
            time.sleep(1)
        return problems + self.check_ledger()

    def differences(self):
        problems = []
        shown = {item["run"].rsplit("/", 1)[1]: item for item in self.items("/v1/runs")}
        open_findings, orphans = {}, set()
        for finding in self.items("/v1/findings"):
            run = (finding["subject"].get("run") or "").rsplit("/", 1)[-1]
            open_findings.setdefault(run, []).append(finding)
            # The canon commits list nothing in the inventory, and are told of below.
            if finding["kind"] in ("dispatch.undispatched", "inventory.unlisted"):
                continue
            if finding["kind"] == "dispatch.record_orphan":
                orphans.add(finding["subject"]["path"])
                continue
            if finding["kind"] not in ("sealed_write", "run_missing"):
                problems.append(f"unexpected finding {finding['kind']} {finding['subject']}")
        told = {item["commit"] for item in self.items("/v1/commits/undispatched")
                if item["type"] == "event" and item["state"] == "undispatched"}
        canon = set(self.canon_commits())
        missing = canon - set(self.records.values())
        if orphans != {name for name, commit in self.records.items() if commit not in canon}:
            problems.append(f"records of rewritten commits: {sorted(orphans)}")
        if told != missing:
            problems.append(f"undispatched: {sorted(missing - told)} not told, "
                            f"{sorted(told - missing)} told and not so")
        for name, state in self.runs.items():
            item = shown.get(name)
            if item is None:
                problems.append(f"{name}: not shown, expected {state}")
                continue
            kinds = {(f["kind"], f.get("effect")) for f in open_findings.get(name, [])}
            states = {k for k in kinds if k[1] in (None, "content", "hashfile")}
            if state == "sealed" and (item["verdict"] != "VALID" or states):
                problems.append(f"{name}: sealed, shown {item['verdict']} with {sorted(map(str, kinds))}")
            if state == "edited" and ("sealed_write", "content") not in kinds:
                problems.append(f"{name}: edited, shown {item['verdict']} with {sorted(map(str, kinds))}")
            if state == "removed" and ("run_missing", None) not in kinds:
                problems.append(f"{name}: removed, shown {item['verdict']} with {sorted(map(str, kinds))}")
        return problems

    def check_ledger(self):
        problems, previous, created, seq = [], "0" * 64, {}, 0
        log = os.path.join(self.dir, "state", "ledger", "log")
        for segment in sorted(os.listdir(log)):
            with open(os.path.join(log, segment), "rb") as lines:
                for line in lines:
                    line = line.rstrip(b"\n")
                    record = json.loads(line)
                    if record["seq"] != seq or record["prev"] != previous:
                        problems.append(f"the chain breaks at record {seq}")
                    previous = hashlib.sha256(b"\0" + line).hexdigest()
                    seq += 1
                    if record["type"] == "seal.created":
                        created[record["run"]] = created.get(record["run"], 0) + 1
                    if record["type"] in ("log.damaged", "log.rolled_back", "seal.rewritten",
                                          "seal.copied", "seal.observed"):
                        problems.append(f"record {record['seq']}: {record['type']}")
        problems += [f"{run}: {n} seals of ours" for run, n in created.items() if n != 1]
        self.seq = seq
        return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("govseald")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--clone")
    parser.add_argument("--dir")
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(1 << 32)
    world = World(arguments)
    print(f"seed {arguments.seed}, directory {world.dir}", flush=True)
    world.start()
    end = time.time() + arguments.minutes * 60
    problems = []
    try:
        while time.time() < end and not problems:
            pause = min(end, time.time() + 30)
            while time.time() < pause:
                world.step()
            problems = world.check()
            with open(f"/proc/{world.process.pid}/status") as status:
                rss = [line.split()[1] for line in status if line.startswith("VmRSS")][0]
            print(f"{world.operations} operations, {len(world.runs)} runs, {world.kills} kills, "
                  f"{world.starts} starts, {world.seq} records, {rss} kB resident, "
                  f"{len(problems)} problems", flush=True)
    finally:
        if world.process.poll() is None:
            world.kill(signal.SIGTERM)
    for problem in problems[:40]:
        print("PROBLEM", problem)
    if not problems and not arguments.dir:
        shutil.rmtree(world.dir)
    print("1 passed, 0 failed" if not problems else "0 passed, 1 failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
