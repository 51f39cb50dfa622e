#include "reporting/drift_document.h"

#include <set>

#include "base/error.h"
#include "base/json.h"
#include "reporting/drift_finding_row.h"
#include "reporting/drift_reader.h"

namespace govseal::drift {
namespace {

using Row = std::vector<std::string>;

/// Appends blocks; tables are cut while they are made.
class Builder {
 public:
  void heading(unsigned level, std::string text) {
    document_.push_back({Block::Kind::heading, level, std::move(text), {}});
  }
  void paragraph(std::string text) {
    document_.push_back({Block::Kind::paragraph, 0, std::move(text), {}});
  }
  void table(Row header, std::vector<Row> rows) {
    if (rows.empty()) return;
    Table table{std::move(header), std::move(rows), 0};
    table.total = table.rows.size();
    if (table.rows.size() > kListMax) table.rows.resize(kListMax);
    document_.push_back({Block::Kind::table, 0, {}, std::move(table)});
  }
  Document take() { return std::move(document_); }

 private:
  Document document_;
};

std::string count_of(JsonValue const& counts, std::string_view between) {
  std::vector<std::string> parts;
  if (auto const* const members = counts.as_object()) {
    for (auto const& [word, count] : *members) parts.push_back(cell(count) + " " + word);
  }
  return join(parts, between);
}

std::size_t size_of(JsonValue const& object, std::string_view part, std::string_view list) {
  return items(member(object, part), list).size();
}

std::string text_of_size(std::size_t size) {
  return std::to_string(size);
}

std::size_t unknown_in(JsonValue const& repository) {
  std::size_t count = 0;
  if (auto const* const parts = repository.as_object()) {
    for (auto const& [name, part] : *parts) count += items(part, "unknown").size();
  }
  return count;
}

/// Counts by verdict without those that are zero.
std::string runs_of(JsonValue const& runs) {
  std::vector<std::string> parts;
  if (auto const* const members = runs.as_object()) {
    for (auto const& [word, count] : *members) {
      if (cell(count) != "0") parts.push_back(cell(count) + " " + word);
    }
  }
  return parts.empty() ? "none" : join(parts, ", ");
}

std::string verdict_of(JsonValue const& report) {
  JsonValue const& summary = member(report, "summary");
  std::string word = cell(report, "state");
  for (char& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return word + ": open findings: " + count_of(member(summary, "findings"), ", ") +
         "; not checked: " + cell(summary, "unknown") + "; gaps: " + cell(summary, "gaps") + ".";
}

void add_summary(Builder& builder, JsonValue const& report) {
  JsonValue const& period = member(report, "period");
  JsonValue const& ledger = member(report, "ledger");
  builder.heading(1, "Drift report: " + cell(report, "host"));
  builder.paragraph(verdict_of(report));
  builder.paragraph("Records " + cell(period, "from_index") + " to " + cell(period, "to_index") +
                    ", " + cell(period, "from") + " to " + cell(period, "to") + ".");
  builder.paragraph("Ledger " + cell(ledger, "origin") + ": " + cell(ledger, "size") +
                    " records, anchored up to " + cell(ledger, "anchored_size") +
                    ", flags: " + cells(ledger, "flags") + ", root " + cell(ledger, "root") + ".");
  std::vector<Row> rows;
  for (JsonValue const& repository : items(report, "repositories")) {
    JsonValue const& undispatched = member(repository, "undispatched");
    rows.push_back(
        {cell(repository, "id"), cell(member(member(repository, "seals"), "runs"), "VALID"),
         text_of_size(size_of(repository, "seals", "not_valid")),
         text_of_size(size_of(repository, "violations", "open")), cell(undispatched, "commits"),
         cell(undispatched, "plans"), text_of_size(size_of(repository, "coverage", "gaps")),
         text_of_size(unknown_in(repository))});
  }
  builder.table(
      {"Repository", "VALID", "other", "violations", "commits", "plans", "gaps", "unknown"},
      std::move(rows));
}

void add_what_changed(Builder& builder, JsonValue const& report) {
  builder.heading(2, "What changed");
  std::vector<Row> rows;
  for (JsonValue const& repository : items(report, "repositories")) {
    JsonValue const& period = member(member(repository, "seals"), "period");
    rows.push_back({cell(repository, "id"), cell(period, "sealed"), cell(period, "observed"),
                    cell(period, "verified"),
                    text_of_size(size_of(repository, "violations", "opened")),
                    text_of_size(size_of(repository, "violations", "closed")),
                    text_of_size(size_of(repository, "undispatched", "dispatched")),
                    text_of_size(size_of(repository, "changes", "items")),
                    text_of_size(size_of(repository, "changes", "configuration"))});
  }
  if (rows.empty()) builder.paragraph("No repository.");
  builder.table({"Repository", "sealed", "observed", "verified", "opened", "closed", "dispatched",
                 "places", "config"},
                std::move(rows));
}

void add_unknown(Builder& builder, JsonValue const& part) {
  std::vector<Row> rows;
  for (JsonValue const& item : items(part, "unknown")) {
    rows.push_back({cell(item, "what"), cell(item, "subject"), cell(item, "reason")});
  }
  builder.table({"Not checked", "Which", "Why"}, std::move(rows));
}

void add_findings(Builder& builder, JsonValue const& part, std::string_view repository) {
  std::vector<Row> rows;
  for (JsonValue const& finding : items(part, "findings")) {
    rows.push_back(finding_row(finding, repository, false));
  }
  builder.table(finding_header(), std::move(rows));
}

void add_end(Builder& builder, JsonValue const& part, std::string_view repository) {
  add_findings(builder, part, repository);
  add_unknown(builder, part);
}

void add_seals(Builder& builder, JsonValue const& seals, std::string const& repository) {
  JsonValue const& period = member(seals, "period");
  builder.heading(3, "Seals");
  builder.paragraph("Runs: " + runs_of(member(seals, "runs")) + "; bound: " + cell(seals, "bound") +
                    "; oldest full hash: " + cell(seals, "oldest_full_hash") + ".");
  builder.paragraph("In the period: sealed " + cell(period, "sealed") + ", observed " +
                    cell(period, "observed") + ", verified " + cell(period, "verified") + ".");
  std::vector<Row> rows;
  for (JsonValue const& run : items(seals, "not_valid")) {
    JsonValue const& ledger = member(run, "ledger");
    std::string const path = cell(run, "run");
    std::string verdict =
        member(run, "verdict").is_null() ? "unknown: " + cell(run, "error") : cell(run, "verdict");
    if (!member(run, "waiver").is_null()) verdict += " (WAIVED: " + cell(run, "waiver") + ")";
    rows.push_back({path, verdict, cells(run, "codes"), cell(run, "root"), cell(run, "bound_root"),
                    cell(ledger, "index"),
                    ledger.is_null() ? std::string(kNothing) : proof_command(repository, path)});
  }
  builder.table({"Run", "Verdict", "Codes", "Root", "Bound root", "Record", "Proof"},
                std::move(rows));
  std::vector<Row> scrubs;
  for (JsonValue const& scrub : items(period, "scrubs")) {
    scrubs.push_back({cell(scrub, "scope"), cell(scrub, "runs"), cell(scrub, "changed"),
                      cell(scrub, "started"), cell(scrub, "finished"), cell(scrub, "ledger")});
  }
  builder.table({"Scrub", "Runs", "Changed", "Started", "Finished", "Record"}, std::move(scrubs));
  add_end(builder, seals, repository);
}

void add_violations(Builder& builder, JsonValue const& violations, std::string const& repository) {
  builder.heading(3, "Violations");
  builder.paragraph("Opened: " + text_of_size(items(violations, "opened").size()) +
                    ", closed: " + text_of_size(items(violations, "closed").size()) +
                    ", open: " + text_of_size(items(violations, "open").size()) + ".");
  std::set<std::string> opened;
  for (JsonValue const& finding : items(violations, "opened")) opened.insert(cell(finding, "id"));
  std::vector<Row> rows;
  for (std::string_view const list : {"open", "closed"}) {
    for (JsonValue const& finding : items(violations, list)) {
      rows.push_back(finding_row(finding, repository, opened.contains(cell(finding, "id"))));
    }
  }
  builder.table(finding_header(), std::move(rows));
  add_end(builder, violations, repository);
}

void add_coverage(Builder& builder, JsonValue const& coverage, std::string const& repository) {
  builder.heading(3, "Coverage");
  std::vector<Row> roots;
  for (JsonValue const& root : items(coverage, "roots")) {
    std::string state = cell(root, "state");
    if (!member(root, "cause").is_null()) state += ": " + cell(root, "cause");
    roots.push_back({cell(root, "root"), state, cell(root, "rung"), cells(root, "lost"),
                     cell(root, "live_s"), cell(root, "scanned_s"), cell(root, "gap_s")});
  }
  builder.table({"Root", "State", "Rung", "Lost", "Live s", "Scanned s", "Gap s"},
                std::move(roots));
  std::vector<Row> gaps;
  for (JsonValue const& gap : items(coverage, "gaps")) {
    JsonValue const& ledger = member(gap, "ledger");
    bool const open = member(gap, "to").is_null();
    std::size_t const named = items(gap, "roots").size();
    std::string roots_text = cells(gap, "roots");
    if (number(gap, "roots_total") > named) {
      roots_text += " and " + std::to_string(number(gap, "roots_total") - named) + " more";
    }
    gaps.push_back({cell(gap, "cause"), roots_text, cell(gap, "from"),
                    open ? "still open" : cell(gap, "to"), cell(gap, "closed_by"),
                    cell(ledger, "gap") + (open ? "" : ", " + cell(ledger, "closed"))});
  }
  builder.table({"Gap", "Roots", "From", "To", "Closed by", "Records"}, std::move(gaps));
  add_end(builder, coverage, repository);
}

Row item_row(JsonValue const& item) {
  bool const plan = cell(item, "type") == "plan";
  std::string state = cell(item, "state");
  if (!member(item, "reason").is_null()) state += ": " + cell(item, "reason");
  if (plan) {
    return {"plan " + cell(item, "status"),
            cell(item, "family"),
            cell(item, "owner"),
            cell(item, "path"),
            state,
            cells(item, "records"),
            cell(item, "finding_id")};
  }
  std::string what = cell(item, "subject") + " [" + cells(item, "paths") + "]";
  return {"commit " + cell(item, "committed_utc"),
          cell(item, "priority"),
          cell(item, "commit"),
          what,
          state,
          cells(item, "records"),
          cell(item, "finding_id")};
}

void add_files(Builder& builder, JsonValue const& part, std::string_view list,
               std::string const& name) {
  std::vector<Row> rows;
  for (JsonValue const& file : items(part, list)) {
    std::string verdict = cell(file, "verdict");
    if (!member(file, "reason").is_null()) verdict += ": " + cell(file, "reason");
    rows.push_back({cell(file, "file"), verdict, cell(file, "commit"), cell(file, "sha256"),
                    cell(file, "ledger")});
  }
  builder.table({name, "Verdict", "Commit", "SHA-256", "Record"}, std::move(rows));
}

void add_undispatched(Builder& builder, JsonValue const& part, std::string const& repository) {
  JsonValue const& audited = member(part, "audited");
  builder.heading(3, "Undispatched");
  builder.paragraph(audited.is_null()
                        ? "No audit of dispatches here."
                        : "Audited " + cell(audited, "branch") + " from " + cell(audited, "from") +
                              " to " + cell(audited, "audited_tip") +
                              "; undispatched: " + cell(part, "commits") + " commits, " +
                              cell(part, "plans") + " plans.");
  std::vector<Row> rows;
  for (JsonValue const& item : items(part, "items")) rows.push_back(item_row(item));
  builder.table({"What", "Class", "Commit", "Subject", "State", "Records", "Finding"},
                std::move(rows));
  std::vector<Row> dispatched;
  for (JsonValue const& item : items(part, "dispatched")) {
    dispatched.push_back({cell(item, "commit"), cells(item, "records"), cell(item, "finding_id"),
                          cell(item, "ledger")});
  }
  builder.table({"Dispatched", "Dispatch record", "Finding", "Record"}, std::move(dispatched));
  add_files(builder, part, "recorded", "Dispatch record");
  add_files(builder, part, "near_misses", "Near miss");
  add_end(builder, part, repository);
}

void add_plans(Builder& builder, JsonValue const& part, std::string const& repository) {
  builder.heading(3, "Ripple plans");
  std::vector<Row> rows;
  for (JsonValue const& plan : items(part, "items")) {
    rows.push_back({cell(plan, "path"), cell(plan, "status"), cell(plan, "state"),
                    cell(plan, "owner"), cell(plan, "finding_id")});
  }
  if (rows.empty()) builder.paragraph("None undispatched.");
  builder.table({"Plan", "Status", "State", "Owner", "Finding"}, std::move(rows));
  add_end(builder, part, repository);
}

std::string last_change_of(JsonValue const& guard) {
  JsonValue const& change = member(guard, "last_change");
  if (change.is_null()) return std::string(kNothing);
  JsonValue const& actor = member(change, "actor");
  std::string text = cell(change, "time") + " " + cell(change, "source") + " " +
                     cell(change, "commit") + ", record " + cell(change, "ledger");
  return actor.is_null() ? text : text + ", " + actor_text(actor);
}

void add_guards(Builder& builder, JsonValue const& part, std::string const& repository) {
  builder.heading(3, "Guards");
  std::vector<Row> rows;
  for (JsonValue const& guard : items(part, "items")) {
    rows.push_back({cell(guard, "rule"), cell(guard, "kind"), cells(guard, "paths"),
                    cell(guard, "state"), last_change_of(guard)});
  }
  if (rows.empty()) builder.paragraph("No guard.");
  builder.table({"Rule", "Kind", "Paths", "State", "Last change"}, std::move(rows));
  add_end(builder, part, repository);
}

void add_changes(Builder& builder, JsonValue const& part, std::string const& repository) {
  builder.heading(3, "Changes");
  std::string state =
      "Configured: " + cell(part, "configured") + "; readable: " + cell(part, "readable");
  if (!member(part, "unreadable_reason").is_null()) {
    state += " (" + cell(part, "unreadable_reason") + ")";
  }
  builder.paragraph(state + ".");
  std::vector<Row> rows;
  for (JsonValue const& change : items(part, "items")) {
    rows.push_back({cell(change, "what"), cell(change, "time"), cells(change, "roots"),
                    cell(change, "detail"), cell(change, "ledger")});
  }
  builder.table({"Change", "Time", "Roots", "Detail", "Record"}, std::move(rows));
  std::vector<Row> configuration;
  for (JsonValue const& change : items(part, "configuration")) {
    configuration.push_back({cell(change, "what"), cell(change, "time"), cell(change, "detail"),
                             cells(change, "keys"), cell(change, "sha256"),
                             cell(change, "ledger")});
  }
  builder.table({"Configuration", "Time", "Detail", "Keys", "SHA-256", "Record"},
                std::move(configuration));
  add_end(builder, part, repository);
}

void add_repository(Builder& builder, JsonValue const& repository) {
  std::string const id = cell(repository, "id");
  builder.heading(2, "Repository " + id);
  add_seals(builder, member(repository, "seals"), id);
  add_violations(builder, member(repository, "violations"), id);
  add_coverage(builder, member(repository, "coverage"), id);
  add_undispatched(builder, member(repository, "undispatched"), id);
  add_plans(builder, member(repository, "ripple_plans"), id);
  add_guards(builder, member(repository, "guards"), id);
  builder.heading(3, "Registries");
  add_end(builder, member(repository, "registries"), id);
  builder.heading(3, "Consumers");
  add_end(builder, member(repository, "consumers"), id);
  add_changes(builder, member(repository, "changes"), id);
}

void add_agent(Builder& builder, JsonValue const& agent) {
  builder.heading(2, "Agent");
  std::vector<Row> rows;
  for (JsonValue const& root : items(agent, "roots")) {
    rows.push_back(
        {cell(root, "root"), cell(root, "state"), cell(root, "rung"), cell(root, "cause")});
  }
  builder.table({"Root", "State", "Rung", "Cause"}, std::move(rows));
  add_end(builder, agent, "");
}

}  // namespace

Document make_document(std::string const& json) {
  auto const parsed = parse_json(json);
  JsonValue const* const report = std::get_if<JsonValue>(&parsed);
  if (report == nullptr || cell(*report, "schema") != "govseal.drift-report") {
    throw Error("render", "drift report", std::string("this is no drift report"));
  }
  Builder builder;
  add_summary(builder, *report);
  add_what_changed(builder, *report);
  for (JsonValue const& repository : items(*report, "repositories")) {
    add_repository(builder, repository);
  }
  add_agent(builder, member(member(*report, "ledger"), "agent"));
  return builder.take();
}

}  // namespace govseal::drift
