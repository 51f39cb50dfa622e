#include "agent/api/command.h"
#include "agent/api/context.h"
#include "agent/api/json.h"

namespace govseal {
namespace {

/// What is acknowledged stays listed among what is open (api.md 5.6).
bool has_state(Finding const& finding, std::string const* wanted) {
  if (wanted && *wanted == "all") return true;
  if (wanted && *wanted == "acknowledged") return finding.state == FindingState::acknowledged;
  bool const wants_closed = wanted && *wanted == "closed";
  return wants_closed == (finding.state == FindingState::closed);
}

bool matches(ApiContext const& context, Finding const& finding) {
  if (!has_state(finding, context.parameter("state"))) return false;
  auto const* kind = context.parameter("kind");
  if (kind && *kind != finding.kind) return false;
  auto const* severity = context.parameter("severity");
  if (severity && *severity != to_text(finding.severity)) return false;
  auto const since = context.time("since");
  auto const newest =
      std::max({finding.opened_at, finding.last_seen, finding.closed_at.value_or(nanoseconds())});
  return !since || newest >= *since;
}

std::string key_of(Finding const& finding) {
  auto const rank = 3 - static_cast<int>(finding.severity);
  auto const opened = static_cast<std::uint64_t>(finding.opened_at.count());
  return std::to_string(rank) + sort_key(opened) + finding.id;
}

template <typename Visit>
void for_each_visible(ApiContext const& context, Visit visit) {
  for (auto const& finding : context.snapshot->findings) visit(*finding);
  for (auto const* repository : context.visible) {
    for (auto const& finding : repository->findings) visit(*finding);
  }
}

Finding const* find_visible(ApiContext const& context, std::string_view id) {
  Finding const* found = nullptr;
  for_each_visible(context, [&found, id](Finding const& finding) {
    if (finding.id == id) found = &finding;
  });
  return found;
}

ApiResponse no_such_finding(ApiContext const& context) {
  std::vector<std::string> known;
  for_each_visible(context, [&known](Finding const& finding) { known.push_back(finding.id); });
  return problem_answer(context.style,
                        no_such("no-such-finding", "finding", context.captures[0], known));
}

ApiResponse finding_answer(ApiContext const& context, Finding const& finding) {
  JsonWriter writer;
  write_finding(writer, finding);
  return json_answer(context.style, writer.take());
}

}  // namespace

ApiReply handle_findings(ApiContext const& context) {
  std::vector<Listed<Finding const*>> items;
  auto const add = [&context, &items](Finding const& finding) {
    if (matches(context, finding)) items.push_back({key_of(finding), &finding});
  };
  if (context.parameter("repository")) {
    for (auto const& finding : context.selected()[0]->findings) add(*finding);
  } else {
    for_each_visible(context, add);
  }
  auto const page = page_of(context, std::move(items));
  JsonWriter writer;
  writer.begin_object().key("items").begin_array();
  for (auto const& listed : page.items) write_finding(writer, *listed.item);
  writer.end_array();
  end_list(writer, page.next_cursor, context.selection_filtered());
  return json_answer(context.style, writer.take());
}

ApiReply handle_finding(ApiContext const& context) {
  auto const* finding = find_visible(context, context.captures[0]);
  if (!finding) return no_such_finding(context);
  return finding_answer(context, *finding);
}

ApiReply handle_acknowledge(ApiContext const& context) {
  auto const* finding = find_visible(context, context.captures[0]);
  if (!finding) return no_such_finding(context);
  if (context.waited) return finding_answer(context, *finding);
  AcknowledgeCommand command;
  command.finding = finding->id;
  command.reason = *context.body.find_string("reason");
  JsonWriter request;
  request.begin_object().member("finding", command.finding).member("reason", command.reason);
  return submit_and_wait(context, "acknowledge", request.end_object().take(), command);
}

}  // namespace govseal
