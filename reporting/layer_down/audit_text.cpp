#include "reporting/layer_down/audit_json.h"

namespace govseal {
namespace {

/// For one line of text: control characters as `?`.
std::string shown(std::string_view text) {
  std::string line(text);
  for (auto& byte : line) {
    auto code = static_cast<unsigned char>(byte);
    if (code < 0x20 || code == 0x7f) byte = '?';
  }
  return line;
}

std::string joined(std::vector<std::string> const& items) {
  std::string text;
  for (auto const& item : items) {
    if (!text.empty()) text += ',';
    text += item;
  }
  return text.empty() ? "-" : text;
}

std::string state_word(EventState state) {
  switch (state) {
    case EventState::dispatched:
      return "DISPATCHED";
    case EventState::pending:
      return "PENDING";
    case EventState::undispatched:
      return "UNDISPATCHED";
    case EventState::unknown:
      return "UNKNOWN";
  }
  return "";
}

std::string event_line(JudgedEvent const& judged) {
  auto const& event = judged.event;
  auto line = state_word(judged.state) + ' ' + name_of(event.priority) + ' ' + event.commit.hex() +
              ' ' + format_utc_s(std::chrono::seconds(event.committed_s)) + ' ' +
              joined(event.lists) + ' ' + name_of(event.workflow);
  if (!event.subject.empty()) line += ' ' + shown(event.subject);
  return line + '\n';
}

}  // namespace

std::string audit_text(DispatchAudit const& audit) {
  std::string text;
  for (auto const& event : audit.events) {
    if (event.state != EventState::dispatched) text += event_line(event);
  }
  for (auto const& plan : audit.plans) {
    if (plan.state != PlanState::undispatched) continue;
    text += std::string("PLAN ") + name_of(plan.status) + ' ' + shown(plan.path) + ' ' +
            (plan.owner ? plan.owner->hex() : "-") + '\n';
  }
  for (auto const& record : audit.records) {
    if (!record.defect) continue;
    text += std::string("RECORD ") + name_of(*record.defect) + ' ' + shown(record.file) + '\n';
  }
  for (auto const& finding : audit.registry.findings) {
    text += "REGISTRY " + finding.code + ' ' + shown(finding.repository.value_or("-")) + '\n';
  }
  for (auto const& code : audit.warnings) text += "WARNING " + code + '\n';
  auto const& counts = audit.counts;
  text += "events " + std::to_string(counts.events) + " dispatched " +
          std::to_string(counts.dispatched) + " pending " + std::to_string(counts.pending) +
          " undispatched " + std::to_string(counts.undispatched) + " unknown " +
          std::to_string(counts.unknown) + " plans " + std::to_string(counts.plans_undispatched) +
          '\n';
  return text;
}

int audit_exit_code(DispatchAudit const& audit) {
  return audit.has_open_work() ? 1 : 0;
}

}  // namespace govseal
