#include "reporting/layer_down/audit_json.h"

namespace govseal {
namespace {

char const* name_of(AuditWindow::Kind kind) noexcept {
  switch (kind) {
    case AuditWindow::Kind::all:
      return "all";
    case AuditWindow::Kind::cursor:
      return "cursor";
    case AuditWindow::Kind::commit:
      return "commit";
    case AuditWindow::Kind::date:
      return "date";
  }
  return "";
}

std::optional<std::string> hex_of(std::optional<CommitId> const& id) {
  return id ? std::optional(id->hex()) : std::nullopt;
}

class Document {
 public:
  explicit Document(JsonWriter::Style style) : json_(style) {}

  std::string write(DispatchAudit const& audit) {
    json_.begin_object();
    json_.member("v", 1).member("report", "dispatch_audit");
    json_.member("repo", audit.repo).member("branch", audit.branch);
    json_.member("tip", audit.tip.hex());
    json_.member("generated_utc", format_utc_s(audit.generated));
    json_.member("line_commits", static_cast<std::uint64_t>(audit.line_commits));
    window(audit.window);
    lists(audit.lists);
    counts(audit.counts);
    array("events", audit.events, [&](auto const& one) { event(one); });
    array("records", audit.records, [&](auto const& one) { record(one); });
    array("duplicates", audit.duplicates, [&](auto const& one) {
      json_.begin_object().member("commit", one.commit.hex());
      texts("records", one.records);
      json_.end_object();
    });
    texts("altered_records", audit.altered_records);
    texts("other_files", audit.other_files);
    texts("legacy_files", audit.legacy_files);
    array("plans", audit.plans, [&](auto const& one) { plan(one); });
    array("gap5", audit.gap5, [&](auto const& one) { gap(one); });
    registry(audit.registry);
    array("inventory", audit.inventory, [&](auto const& one) {
      json_.begin_object().member("code", one.code).member("path", one.path).end_object();
    });
    texts("warnings", audit.warnings);
    json_.end_object();
    return json_.take() + '\n';
  }

 private:
  template <typename Items, typename Write>
  void array(char const* key, Items const& items, Write const& write) {
    json_.key(key).begin_array();
    for (auto const& item : items) write(item);
    json_.end_array();
  }

  void texts(char const* key, std::vector<std::string> const& items) {
    array(key, items, [&](std::string const& item) { json_.value(item); });
  }

  void window(AuditWindow const& window) {
    json_.key("window").begin_object().member("kind", name_of(window.kind)).key("from");
    if (window.from.empty()) {
      json_.null();
    } else {
      json_.value(window.from);
    }
    json_.end_object();
  }

  void lists(std::vector<TriggerList> const& lists) {
    json_.key("trigger_lists").begin_object();
    for (auto const& list : lists) texts(list.name.c_str(), list.entries);
    json_.end_object();
  }

  void counts(AuditCounts const& counts) {
    auto number = [&](char const* key, std::size_t value) {
      json_.member(key, static_cast<std::uint64_t>(value));
    };
    json_.key("counts").begin_object();
    number("events", counts.events);
    number("dispatched", counts.dispatched);
    number("pending", counts.pending);
    number("undispatched", counts.undispatched);
    number("unknown", counts.unknown);
    number("records", counts.records);
    number("malformed", counts.malformed);
    number("orphan", counts.orphan);
    number("non_event", counts.non_event);
    number("duplicates", counts.duplicates);
    number("plans_undispatched", counts.plans_undispatched);
    json_.end_object();
  }

  void event(JudgedEvent const& judged) {
    auto const& event = judged.event;
    json_.begin_object();
    json_.member("commit", event.commit.hex());
    json_.member("committed_utc", format_utc_s(std::chrono::seconds(event.committed_s)));
    json_.key("arrived_utc");
    if (judged.arrived) {
      json_.value(format_utc_s(*judged.arrived));
    } else {
      json_.null();
    }
    json_.member("merge", event.merge).member("subject", event.subject);
    texts("lists", event.lists);
    texts("paths", event.paths);
    json_.member("paths_total", event.paths_total);
    json_.member("priority", govseal::name_of(event.priority));
    json_.member("workflow", govseal::name_of(event.workflow));
    json_.member("state", govseal::name_of(judged.state));
    texts("records", judged.records);
    if (judged.state == EventState::undispatched) json_.member("finding_id", judged.finding_id);
    if (judged.state == EventState::unknown && event.unknown) {
      json_.member("reason", govseal::name_of(*event.unknown));
    }
    json_.end_object();
  }

  void record(JudgedRecord const& record) {
    json_.begin_object();
    json_.member("file", record.file).member("source", govseal::name_of(record.source));
    json_.key("layout");
    if (record.layout != '\0') {
      json_.value(std::string_view(&record.layout, 1));
    } else {
      json_.null();
    }
    json_.member("verdict", govseal::name_of(record.verdict));
    if (record.defect) {
      json_.member("reason", govseal::name_of(*record.defect));
    } else {
      json_.member("commit", hex_of(record.commit)).member("owner", hex_of(record.owner));
    }
    texts("notes", record.notes);
    if (record.layout == 'P') {
      array("covers", record.covers, [&](JudgedCover const& cover) {
        json_.begin_object().member("value", cover.value).member("owner", hex_of(cover.owner));
        json_.member("class", cover.verdict ? govseal::name_of(*cover.verdict) : "invalid");
        json_.end_object();
      });
    }
    json_.end_object();
  }

  void plan(JudgedPlan const& plan) {
    json_.begin_object();
    json_.member("path", plan.path).member("family", govseal::name_of(plan.family));
    json_.member("status", govseal::name_of(plan.status)).member("owner", hex_of(plan.owner));
    texts("records", plan.records);
    json_.member("state", govseal::name_of(plan.state));
    if (plan.state == PlanState::undispatched) json_.member("finding_id", plan.finding_id);
    json_.end_object();
  }

  void gap(GapRow const& row) {
    json_.begin_object();
    json_.member("row", static_cast<std::uint64_t>(row.row)).member("file", row.file);
    json_.member("plan", row.plan).member("plan_status", row.plan_status);
    json_.end_object();
  }

  void registry(RegistryFile const& registry) {
    json_.key("registry").begin_object().member("stop", registry.stop);
    texts("enabled", registry.enabled);
    array("findings", registry.findings, [&](RegistryFinding const& finding) {
      json_.begin_object().member("code", finding.code).key("index");
      if (finding.index) {
        json_.value(static_cast<std::uint64_t>(*finding.index));
      } else {
        json_.null();
      }
      json_.member("repository", finding.repository).end_object();
    });
    json_.end_object();
  }

  JsonWriter json_;
};

}  // namespace

std::string audit_json(DispatchAudit const& audit, JsonWriter::Style style) {
  return Document(style).write(audit);
}

}  // namespace govseal
