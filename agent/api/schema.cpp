#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "agent/api/route.h"
#include "base/json.h"

// The shape of every answer in a notation that a person can check against api.md 5, turned into
// JSON Schema as OpenAPI 3.0 knows it. A member is `name:type`; `?` behind the type: may be null;
// `*` before the name: may be absent. Types: string, integer, boolean, time, digest, object,
// any; `#Name`: another shape; `[type]`: a list. More members than these may appear.

namespace govseal {
namespace {

struct Shape {
  std::string_view name;
  std::string_view members;
};

constexpr std::array kShapes = {
    Shape{"Object", ""},
    Shape{"Problem", "type:string title:string status:integer detail:string *instance:string"},
    Shape{"Version", "product:string version:string api:#ApiVersion build:#Build"},
    Shape{"ApiVersion", "major:integer minor:integer"},
    Shape{"Build", "commit:string compiler:string libraries:object"},
    Shape{"Status",
          "state:string as_of:time filtered:boolean agent:#Agent ledger:#LedgerStatus "
          "repositories:#RepositoryTotals runs:object findings:#FindingTotals "
          "undispatched:#UndispatchedTotals coverage:#CoverageTotals verification:#Verification "
          "queue:#Queue report:#ReportTimes"},
    Shape{"Agent",
          "pid:integer uid:integer started_at:time boot_id:string attribution:string "
          "helper:string configuration:#Configuration"},
    Shape{"Configuration",
          "sha256:digest loaded_at:time differs_on_disk:boolean last_error:string?"},
    Shape{"LedgerStatus",
          "origin:string size:integer root:digest checkpoint_at:time? anchored_size:integer? "
          "anchored_at:time? flags:[string]"},
    Shape{"RepositoryTotals", "total:integer readable:integer unreadable:integer"},
    Shape{"FindingTotals",
          "critical:integer high:integer medium:integer low:integer acknowledged:integer "
          "waived:integer"},
    Shape{"UndispatchedTotals", "commits:integer plans:integer"},
    Shape{"CoverageTotals", "live:integer scanned:integer gap:integer roots:[#RootStatus]"},
    Shape{"RootStatus",
          "root:string state:string since:time rung:string best_rung:string reason:string? "
          "lost:[string] synchronised_at:time?"},
    Shape{"Verification", "oldest_full_hash:time? scrub:#Scrub"},
    Shape{"Scrub", "state:string percent:integer?"},
    Shape{"Queue", "hints:integer jobs:integer ring_percent:integer"},
    Shape{"ReportTimes", "last_written_at:time? last_checked_at:time?"},
    Shape{"RepositoryList", "items:[#Repository] next_cursor:string? *filtered:boolean"},
    Shape{"Repository",
          "id:string path:string branch:string? reader:string object_format:string "
          "reference_format:string readable:boolean unreadable_reason:string? head:string? "
          "audited_tip:string? audited_at:time? source:string *configured:boolean "
          "roots:[#RepositoryRoot] runs:object findings:#Severities undispatched:integer"},
    Shape{"RepositoryRoot",
          "root:string kind:string rung:string state:string writable:boolean? lease:boolean?"},
    Shape{"Severities", "critical:integer high:integer medium:integer low:integer"},
    Shape{"Coverage", "repository:string roots:[#CoverageRoot]"},
    Shape{"CoverageRoot",
          "root:string rung:string best_rung:string reason:string? lost:[string] epoch:integer "
          "verified:#Verified intervals:[#Interval]"},
    Shape{"Interval",
          "state:string from:time to:time? cause:string? closed_by:string? "
          "ledger:#IntervalRecords?"},
    Shape{"IntervalRecords", "gap:integer closed:integer?"},
    Shape{"Verified",
          "hashed_at:time? stat_at:time? basis:string? verified_at:time? covered:boolean"},
    Shape{"RunList", "items:[#RunItem] next_cursor:string? *filtered:boolean"},
    Shape{"RunItem",
          "repository:string run:string run_root:string verdict:string? codes:[string] "
          "warnings:[string] style:string? dialect:string? variant:string? root:digest? "
          "manifest_sha256:digest? hashfile_sha256:digest? bytes:integer? *error:string "
          "origin:string? sealed_at:time? enforce:string verified:#Verified settling:#Settling? "
          "ledger:#RecordReference? git:#RunGit? waiver:string?"},
    Shape{"Run",
          "repository:string run:string run_root:string verdict:string? codes:[string] "
          "warnings:[string] style:string? dialect:string? variant:string? root:digest? "
          "manifest_sha256:digest? hashfile_sha256:digest? files:integer? bytes:integer? "
          "*error:string origin:string? sealed_at:time? enforce:string verified:#Verified "
          "settling:#Settling? ledger:#RecordReference? git:#RunGit? violations:[#Violation] "
          "history:[#HistoryItem] waiver:string?"},
    Shape{"Settling",
          "quiet_ms:integer needs_ms:integer writers:integer? probe:string reason:string"},
    Shape{"RecordReference", "index:integer record_sha256:digest"},
    Shape{"RunGit", "tree:string? stored:boolean? warnings:[string]"},
    Shape{"Violation", "id:string name:string state:string"},
    Shape{"HistoryItem", "index:integer type:string time:time"},
    Shape{"FindingList", "items:[#Finding] next_cursor:string? *filtered:boolean"},
    Shape{"Finding",
          "id:string kind:string severity:string state:string repository:string? "
          "subject:#Subject title:string effect:string? codes:[string] expected:object? "
          "found:object? actor:#Actor? candidates:[#Candidate] waiver:string? opened_at:time "
          "closed_at:time? *closed_reason:string acknowledged:#Acknowledgement? first_seen:time "
          "last_seen:time evidence:[#Evidence] runbook:string next:string"},
    Shape{"Subject", "type:string"},
    Shape{"Actor",
          "pid:integer? exe:string? uid:integer? comm:string? gid:integer? loginuid:integer? "
          "start_ticks:integer? cgroup:string? confidence:string operation:string? "
          "observed_at:time unreadable:[string]"},
    Shape{"Candidate", "pid:integer uid:integer? comm:string?"},
    Shape{"Acknowledgement", "reason:string uid:integer pid:integer role:string time:time"},
    Shape{"Evidence", "type:string"},
    Shape{"UndispatchedList",
          "audited:[#Audited] total:integer items:[#DispatchItem] next_cursor:string? "
          "*filtered:boolean"},
    Shape{"Audited",
          "repository:string branch:string tip:string? audited_tip:string? complete:boolean"},
    Shape{"DispatchItem",
          "repository:string type:string state:string records:[string] *finding_id:string"},
    Shape{"LedgerRange", "items:[#LedgerItem] size:integer next_cursor:string? *filtered:boolean"},
    Shape{"LedgerItem", "index:integer leaf_hash:digest *record:object *withheld:boolean"},
    Shape{"LedgerHead",
          "origin:string epoch:integer size:integer root:digest time:time? checkpoint:string"},
    Shape{"LedgerProof", "hashes:[string] checkpoint:string?"},
    Shape{"Explanation",
          "path:string repository:string? relative:string? belongs_to:[#Belonging] "
          "watched:#Watched? answer:string summary:string reasons:[#Reason] next:[string] "
          "*filtered:boolean"},
    Shape{"Belonging", "type:string"},
    Shape{"Watched", "root:string rung:string state:string"},
    Shape{"Reason", "text:string *evidence:#Evidence *confidence:string"},
    Shape{"JobList", "items:[#Job] next_cursor:string? *filtered:boolean"},
    Shape{"Job",
          "id:string verb:string state:string created_at:time started_at:time? finished_at:time? "
          "by:#By request:object progress:#Progress? result:any problem:#Problem?"},
    Shape{"By", "uid:integer pid:integer role:string"},
    Shape{"Progress",
          "files_done:integer files_total:integer bytes_done:integer bytes_total:integer "
          "bytes_per_s:integer? eta_s:integer?"},
};

void write_type(JsonWriter& writer, std::string_view type, bool nullable);

void write_scalar(JsonWriter& writer, std::string_view type) {
  if (type == "time") {
    writer.member("type", "string").member("format", "date-time");
  } else if (type == "digest") {
    writer.member("type", "string").member("pattern", "^[0-9a-f]{64}$");
  } else if (type != "any") {
    writer.member("type", type);
  }
}

void write_type(JsonWriter& writer, std::string_view type, bool nullable) {
  writer.begin_object();
  if (type.starts_with('#')) {
    // OpenAPI 3.0 ignores what stands beside a $ref, so a nullable one is wrapped.
    std::string const target = "#/components/schemas/" + std::string(type.substr(1));
    if (nullable) {
      writer.key("allOf").begin_array().begin_object();
      writer.member("$ref", target).end_object().end_array();
    } else {
      writer.member("$ref", target);
    }
  } else if (type.starts_with('[')) {
    writer.member("type", "array").key("items");
    write_type(writer, type.substr(1, type.size() - 2), false);
  } else {
    write_scalar(writer, type);
    nullable |= type == "any";
  }
  if (nullable) writer.member("nullable", true);
  writer.end_object();
}

struct Member {
  std::string_view name;
  std::string_view type;
  bool required = true;
  bool nullable = false;
};

std::vector<Member> members_of(std::string_view text) {
  std::vector<Member> members;
  while (!text.empty()) {
    auto const end = std::min(text.find(' '), text.size());
    auto const word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto const colon = word.find(':');
    Member member;
    member.required = !word.starts_with('*');
    member.name = word.substr(member.required ? 0 : 1, colon - (member.required ? 0 : 1));
    member.type = word.substr(colon + 1);
    member.nullable = member.type.ends_with('?');
    if (member.nullable) member.type.remove_suffix(1);
    members.push_back(member);
  }
  return members;
}

void write_shape(JsonWriter& writer, Shape const& shape) {
  auto const members = members_of(shape.members);
  writer.key(shape.name).begin_object().member("type", "object");
  if (!members.empty()) {
    writer.key("required").begin_array();
    for (auto const& member : members) {
      if (member.required) writer.value(member.name);
    }
    writer.end_array().key("properties").begin_object();
    for (auto const& member : members) {
      writer.key(member.name);
      write_type(writer, member.type, member.nullable);
    }
    writer.end_object();
  }
  writer.end_object();
}

}  // namespace

std::string api_schemas() {
  JsonWriter writer;
  writer.begin_object();
  for (auto const& shape : kShapes) write_shape(writer, shape);
  return writer.end_object().take();
}

}  // namespace govseal
