#include <doctest/doctest.h>

#include "agent/cli/render.h"
#include "tests/cli/cli_support.h"

// What people read, from answers as the API gives them.

namespace govseal {
namespace {

std::string const kStatus = R"({"state":"critical","as_of":"2026-11-20T16:09:00.120Z",
 "filtered":false,
 "agent":{"pid":812,"started_at":"2026-11-20T08:00:01.004Z","attribution":"live",
          "configuration":{"differs_on_disk":false,"last_error":null}},
 "ledger":{"origin":"govseal/host1","size":18231,"anchored_size":18100,
           "anchored_at":"2026-11-20T16:00:00.000Z","flags":[]},
 "repositories":{"total":12,"readable":12,"unreadable":0},
 "runs":{"VALID":8210,"EOL_NORMALIZED":0,"INVALID":1,"LEGACY":0,"INCOMPLETE":0,"UNSEALED":3,
         "OPEN":2,"ABANDONED":0,"unknown":0},
 "findings":{"critical":1,"high":0,"medium":1,"low":0,"acknowledged":0,"waived":0},
 "undispatched":{"commits":0,"plans":0},
 "coverage":{"live":47,"scanned":1,"gap":0,"roots":[]}})";

JsonValue finding(std::string const& id, std::string const& subject,
                  std::string const& severity = "critical",
                  std::string const& kind = "sealed_write",
                  std::string const& repository = "\"alpha\"") {
  return json_of(R"({"id":")" + id + R"(","kind":")" + kind + R"(","severity":")" + severity +
                 R"(","state":"open","repository":)" + repository + R"(,"subject":)" + subject +
                 R"(,"waiver":null,"opened_at":"2026-11-20T10:11:12.131Z"})");
}

std::vector<JsonValue> two_findings() {
  return {
      finding("GS-c0ffee0123456789",
              R"({"type":"run","run":".codex/RUNS/2026-08-08__120000__demo","path":"alpha.txt"})"),
      finding("LD-aa720150492d76f8",
              R"({"type":"commit","commit":"48c98b8912345678","detail":"Canon: x"})", "medium",
              "dispatch.undispatched", "\"gov\"")};
}

TEST_CASE("status on a terminal is one screen with ages and short ids") {
  auto const text =
      render_status(json_of(kStatus), two_findings(), {.terminal = true, .columns = 120});
  CHECK(text ==
        "govseal  CRITICAL   host1   up 8h   attribution live\n"
        "ledger   18231 records, anchored up to 18100 (9 min ago)\n"
        "runs     8210 VALID, 1 INVALID, 3 UNSEALED, 2 OPEN\n"
        "coverage 48 roots: 47 live, 1 scanned, 0 gap\n"
        "\n"
        "SEVERITY  KIND                   REPO   SUBJECT                                         "
        "SINCE  FINDING\n"
        "critical  sealed_write           alpha  .codex/RUNS/2026-08-08__120000__demo/alpha.txt  "
        "   5h  GS-c0ffee01\n"
        "medium    dispatch.undispatched  gov    48c98b89 Canon: x                               "
        "   5h  LD-aa720150\n"
        "\n"
        "next: govseal show GS-c0ffee01\n");
}

TEST_CASE("status on a pipe has whole ids, times with Z and no escape byte") {
  auto const text = render_status(json_of(kStatus), two_findings(), {});
  CHECK(text.find('\033') == std::string::npos);
  CHECK(text.find("anchored up to 18100 (2026-11-20T16:00:00Z)") != std::string::npos);
  CHECK(text.find("2026-11-20T10:11:12Z  GS-c0ffee0123456789\n") != std::string::npos);
  CHECK(text.find("next: govseal show GS-c0ffee0123456789\n") != std::string::npos);
}

TEST_CASE("status says what is unusual: gaps, flags, nothing watched, a refused reload") {
  auto const text = render_status(json_of(R"({"state":"blind","as_of":"2026-11-20T16:09:00.120Z",
    "filtered":true,"agent":{"attribution":"off","configuration":{"last_error":"line\n2"}},
    "ledger":{"origin":"govseal/h","size":1,"anchored_size":null,"flags":["STALE"]},
    "repositories":{"total":3,"unreadable":1},"runs":{},"undispatched":{"commits":1,"plans":2},
    "coverage":{"live":0,"scanned":0,"gap":1,"roots":[{"root":"a/runs/x","state":"gap",
    "since":"2026-11-20T16:00:00.000Z","reason":"overflow"}]}})"),
                                  {}, {});
  CHECK(text ==
        "govseal  BLIND   h   attribution off\n"
        "ledger   1 record, not anchored, STALE\n"
        "runs     none\n"
        "coverage 1 root: 0 live, 0 scanned, 1 gap\n"
        "         a/runs/x not seen since 2026-11-20T16:00:00Z: overflow\n"
        "repos    3 repositories, 1 unreadable\n"
        "dispatch 1 commit and 2 plans without a dispatch\n"
        "config   the last reload was refused: line\\x0a2\n"
        "note     repositories you cannot read are left out\n");
}

TEST_CASE("nothing configured is said") {
  auto const text =
      render_status(json_of(R"({"state":"clean","repositories":{"total":0}})"), {}, {});
  CHECK(text.find("repos    none configured: nothing is watched\n") != std::string::npos);
}

TEST_CASE("ids are shortened only as far as they stay apart") {
  std::vector<JsonValue> const same = {finding("GS-c0ffee0123456789", "{}"),
                                       finding("GS-c0ffee0199999999", "{}"),
                                       finding("LD-c0ffee0123456789", "{}")};
  CHECK(shown_ids(same, false) ==
        std::vector<std::string>{"GS-c0ffee012", "GS-c0ffee019", "LD-c0ffee012"});
  CHECK(shown_ids(same, true)[0] == "GS-c0ffee0123456789");
  CHECK(shown_ids({finding("odd", "{}")}, false)[0] == "odd");
}

TEST_CASE("a subject is what the finding is about") {
  auto const text = [](std::string const& subject) {
    return subject_text(finding("GS-1", subject));
  };
  CHECK(text(R"({"type":"run","run":"a/b"})") == "a/b");
  CHECK(text(R"({"type":"commit","commit":"48c98b8912345678"})") == "48c98b89");
  CHECK(text(R"({"type":"guard","rule":"r","path":"p/q"})") == "r p/q");
  CHECK(text(R"({"type":"plan","path":"p/q"})") == "p/q");
  CHECK(text(R"({"type":"root","root":"a/runs/x"})") == "a/runs/x");
  CHECK(text(R"({"type":"ledger"})") == "ledger");
  CHECK(text(R"({"type":"run","run":"a\ufffd","run_b64":"Yf8="})") == "a\xff");
}

TEST_CASE("an empty list is one sentence") {
  CHECK(render_findings({}, {}, {}) == "No findings.\n");
  CHECK(render_runs({}, {}, {}) == "No run folders.\n");
  CHECK(render_repositories({}, {}) == "No repositories.\n");
  CHECK(render_coverage(json_of("{}"), {}) == "No watch roots.\n");
  CHECK(render_undispatched(json_of(R"({"audited":[{"complete":true}]})"), {}, {}) ==
        "Nothing is undispatched.\n");
  CHECK(render_undispatched(json_of(R"({"audited":[]})"), {}, {}) ==
        "No repository is audited for dispatches.\n");
}

TEST_CASE("a state column appears when not everything listed is open") {
  auto closed = json_of(R"({"id":"GS-1","kind":"k","severity":"low","state":"closed",
    "repository":null,"subject":{"type":"config"},"waiver":null,"opened_at":null})");
  CHECK(render_findings({closed}, {}, {}) ==
        "SEVERITY  STATE   KIND  REPO  SUBJECT  SINCE  FINDING\n"
        "low       closed  k     -     config   -      GS-1\n");
}

TEST_CASE("a finding in full names hashes, actor and what to do, and escapes what is hostile") {
  auto const text = render_finding(json_of(R"({"id":"GS-c0ffee0123456789","kind":"sealed_write",
    "severity":"critical","state":"acknowledged","repository":"alpha",
    "subject":{"type":"run","run":"r/x","path":"a\u001b\u202eb"},"title":"sealed file changed",
    "effect":"content","codes":["content.hash"],"expected":{"sha256":"b6a9","bytes":6},
    "found":{"sha256":"0d1e","bytes":9},"actor":{"pid":4711,"exe":null,"uid":1000,"comm":"sh\n",
    "confidence":"live","operation":"write","observed_at":"2026-11-20T10:11:12.131Z"},
    "candidates":[],"waiver":null,"opened_at":"2026-11-20T10:11:12.131Z","closed_at":null,
    "acknowledged":{"reason":"known","uid":0,"pid":1,"role":"operator",
    "time":"2026-11-20T11:00:00.000Z"},"last_seen":"2026-11-20T10:30:00.000Z",
    "evidence":[{"type":"ledger","index":17300},{"type":"commit","commit":"48c9"}],
    "runbook":"sealed_write","next":"Compare."})"),
                                   {});
  CHECK(text ==
        "GS-c0ffee0123456789  critical  sealed_write  acknowledged\n"
        "sealed file changed\n"
        "\n"
        "repository   alpha\n"
        "subject      r/x/a\\x1b\\u202eb\n"
        "effect       content\n"
        "codes        content.hash\n"
        "expected     b6a9, 6 bytes\n"
        "found        0d1e, 9 bytes\n"
        "actor        pid 4711 (sh\\x0a), uid 1000, write at 2026-11-20T10:11:12Z [live]\n"
        "opened       2026-11-20T10:11:12Z\n"
        "last seen    2026-11-20T10:30:00Z\n"
        "acknowledged 2026-11-20T11:00:00Z by uid 0: known\n"
        "evidence     ledger 17300\n"
        "evidence     commit 48c9\n"
        "runbook      sealed_write\n"
        "\n"
        "next: Compare.\n");
}

TEST_CASE("runs show verdict, waiver, open findings and codes") {
  std::vector<JsonValue> const runs = {
      json_of(R"({"repository":"alpha","run":"r/a","verdict":"VALID","codes":[],"waiver":null,
        "sealed_at":"2026-08-08T12:00:07.310Z"})"),
      json_of(R"({"repository":"alpha","run":"r/b","verdict":"INVALID","codes":["content.hash"],
        "waiver":"W-1","sealed_at":null})"),
      json_of(R"({"repository":"alpha","run":"r/c","verdict":null,"error":"read: EIO","codes":[],
        "waiver":null,"sealed_at":null})")};
  RunFindings findings;
  findings[{"alpha", "r/a"}] = "seal_rewritten";
  CHECK(render_runs(runs, findings, {}) ==
        "VERDICT           REPO   RUN  SEALED                NOTES\n"
        "VALID             alpha  r/a  2026-08-08T12:00:07Z  seal_rewritten\n"
        "INVALID (WAIVED)  alpha  r/b  -                     content.hash\n"
        "unknown           alpha  r/c  -                     read: EIO\n");
}

TEST_CASE("a run in full shows its binding, violations and history") {
  auto const text = render_run(json_of(R"({"repository":"alpha","run":"r/a","verdict":"OPEN",
    "codes":["run.not_quiet"],"warnings":[],"style":null,"dialect":"envelope","variant":null,
    "root":"3ff2","manifest_sha256":null,"hashfile_sha256":null,"files":5,"bytes":912,
    "origin":"sealed","sealed_at":"2026-08-08T12:00:07.310Z","enforce":"none",
    "verified":{"verified_at":"2026-08-08T12:00:08.000Z","basis":"event","covered":true},
    "settling":{"quiet_ms":3100,"needs_ms":5000,"writers":1,"probe":"open",
    "reason":"run.writer_open"},"ledger":{"index":1190},"git":{"tree":"4b82","stored":true,
    "warnings":[]},"violations":[{"id":"GS-1","name":"sealed_write","state":"closed"}],
    "history":[{"index":1190,"type":"seal.created","time":"2026-08-08T12:00:07.310Z"}],
    "waiver":null})"),
                               {});
  CHECK(text ==
        "OPEN  alpha  r/a\n"
        "codes        run.not_quiet\n"
        "style        envelope\n"
        "root         3ff2\n"
        "content      5 files, 912 B\n"
        "origin       sealed\n"
        "sealed       2026-08-08T12:00:07Z\n"
        "ledger       record 1190\n"
        "verified     2026-08-08T12:00:08Z by event\n"
        "settling     run.writer_open: quiet for 3100 of 5000 ms, 1 open for writing\n"
        "git          stored as 4b82\n"
        "violation    sealed_write  closed  GS-1\n"
        "history      2026-08-08T12:00:07Z  record 1190  seal.created\n");
}

TEST_CASE("coverage is a line for each interval") {
  auto const text = render_coverage(json_of(R"({"repository":"alpha","roots":[
    {"root":"alpha/runs/R","rung":"C","best_rung":"A","reason":"no capability","lost":["actor"],
     "intervals":[
      {"state":"scanned","from":"2026-11-20T10:02:11.000Z","to":"2026-11-20T10:02:14.000Z",
       "cause":"kernel-overflow","closed_by":"stat","ledger":{"gap":17211,"closed":17214}},
      {"state":"live","from":"2026-11-20T10:02:14.000Z","to":null,"cause":null,
       "closed_by":null,"ledger":null}]}]})"),
                                    {});
  CHECK(text ==
        "alpha/runs/R  rung C of A: no capability, loses actor\n"
        "  scanned  2026-11-20T10:02:11Z  2026-11-20T10:02:14Z  kernel-overflow, closed by stat, "
        "record 17211 to 17214\n"
        "  live     2026-11-20T10:02:14Z  now\n");
}

TEST_CASE("undispatched commits and plans share a table, and an unfinished audit is said") {
  auto const page = json_of(R"({"audited":[{"repository":"gov","tip":"9631","audited_tip":null,
    "complete":false}],"items":[]})");
  std::vector<JsonValue> const items = {
      json_of(R"({"repository":"gov","type":"event","commit":"48c98b8912345678",
        "committed_utc":"2026-03-04T08:22:15Z","subject":"Canon: \u001b[2J","priority":"MEDIUM",
        "workflow":"fires","state":"undispatched"})"),
      json_of(R"({"repository":"gov","type":"plan","path":"p.md","status":"pending",
        "owner":"9f00000000000000","state":"undispatched"})")};
  CHECK(render_undispatched(page, items, {}) ==
        "PRIORITY  REPO  COMMIT            COMMITTED             WORKFLOW  SUBJECT              "
        "STATE\n"
        "MEDIUM    gov   48c98b8912345678  2026-03-04T08:22:15Z  fires     Canon: \\x1b[2J       "
        "undispatched\n"
        "-         gov   plan              -                     pending   p.md (9f0000000000)  "
        "undispatched\n"
        "not complete: gov is audited up to nothing, its tip is 9631\n");
}

TEST_CASE("an explanation gives answer, reasons with evidence and what to do") {
  auto const text = render_explanation(json_of(R"({"path":"/srv/a","answer":"red",
    "summary":"It differs.","reasons":[{"text":"sealed","evidence":{"type":"ledger","index":7}},
    {"text":"now","evidence":{"type":"finding","id":"GS-1"}},{"text":"by","confidence":"live"}],
    "watched":{"root":"a/runs/R","rung":"A","state":"live"},"next":["Restore."]})"),
                                       {});
  CHECK(text ==
        "red  /srv/a\n"
        "It differs.\n"
        "  - sealed (ledger 7)\n"
        "  - now (GS-1)\n"
        "  - by [live]\n"
        "watched: a/runs/R, rung A, live\n"
        "next: Restore.\n");
}

TEST_CASE("a failed job shows its problem with the code") {
  auto const text = render_job(json_of(R"({"id":"j-42","verb":"seal","state":"failed",
    "created_at":"2026-11-20T10:00:00.000Z","started_at":null,"finished_at":null,
    "by":{"uid":1000,"pid":1,"role":"operator"},"request":{"run":"r"},"progress":null,
    "result":null,"problem":{"detail":"not sealed","code":"run.incomplete"}})"),
                               {});
  CHECK(text ==
        "j-42  seal  failed\n"
        "created      2026-11-20T10:00:00Z\n"
        "by           uid 1000, operator\n"
        "request      {\"run\":\"r\"}\n"
        "problem      run.incomplete: not sealed\n");
}

}  // namespace
}  // namespace govseal
