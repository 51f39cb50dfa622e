#include "reporting/drift_finding_row.h"

#include "reporting/drift_reader.h"

namespace govseal::drift {
namespace {

std::string subject_text(JsonValue const& subject) {
  std::vector<std::string> parts;
  for (std::string_view const key : {"run", "root", "branch", "commit", "rule", "consumer",
                                     "registry", "path", "owner", "detail"}) {
    if (!member(subject, key).is_null()) parts.push_back(cell(subject, key));
  }
  return parts.empty() ? cell(subject, "type") : join(parts, ", ");
}

/// A digest says more than the size; a root hash is named as such.
std::string content_text(JsonValue const& content) {
  if (content.is_null()) return std::string(kNothing);
  if (!member(content, "root").is_null()) return "root " + cell(content, "root");
  return cell(content, "sha256");
}

std::string state_text(JsonValue const& finding, bool is_new) {
  std::string text = cell(finding, "state");
  JsonValue const& taken = member(finding, "acknowledged");
  if (!taken.is_null()) {
    text += " by uid " + cell(taken, "uid") + " at " + cell(taken, "time") + ": " +
            cell(taken, "reason");
  }
  if (!member(finding, "closed_reason").is_null()) text += ": " + cell(finding, "closed_reason");
  if (!member(finding, "waiver").is_null()) text += ", waived: " + cell(finding, "waiver");
  return is_new ? text + ", new" : text;
}

std::string evidence_text(JsonValue const& finding) {
  std::vector<std::string> parts;
  for (JsonValue const& item : items(finding, "evidence")) {
    std::string const type = cell(item, "type");
    if (type == "ledger") parts.push_back("record " + cell(item, "index"));
    if (type == "seal") parts.push_back("seal " + cell(item, "index"));
    if (type == "commit") parts.push_back("commit " + cell(item, "commit"));
    if (type == "finding") parts.push_back("finding " + cell(item, "id"));
  }
  return join(parts, ", ");
}

}  // namespace

std::string actor_text(JsonValue const& actor) {
  if (actor.is_null()) return std::string(kNothing);
  std::string const& name = member(actor, "exe").is_null() ? "comm" : "exe";
  return cell(actor, name) + " (pid " + cell(actor, "pid") + ", uid " + cell(actor, "uid") + ", " +
         cell(actor, "confidence") + ")";
}

std::vector<std::string> finding_header() {
  return {"Finding",  "Severity", "State", "Kind",     "Subject", "Codes",
          "Expected", "Found",    "Actor", "Evidence", "Since",   "Proof"};
}

std::vector<std::string> finding_row(JsonValue const& finding, std::string_view repository,
                                     bool is_new) {
  JsonValue const& subject = member(finding, "subject");
  std::string kind = cell(finding, "kind");
  if (!member(finding, "effect").is_null()) kind += " (" + cell(finding, "effect") + ")";
  bool const has_run = !member(subject, "run").is_null();
  return {cell(finding, "id"),
          cell(finding, "severity"),
          state_text(finding, is_new),
          kind,
          subject_text(subject),
          cells(finding, "codes"),
          content_text(member(finding, "expected")),
          content_text(member(finding, "found")),
          actor_text(member(finding, "actor")),
          evidence_text(finding),
          cell(finding, "opened_at"),
          has_run ? proof_command(repository, cell(subject, "run")) : std::string(kNothing)};
}

}  // namespace govseal::drift
