#include "agent/api/context.h"
#include "agent/api/json.h"

namespace govseal {
namespace {

/// One of the two is set.
struct DispatchItem {
  RepositorySnapshot const* repository = nullptr;
  DispatchEventView const* event = nullptr;
  DispatchPlanView const* plan = nullptr;
};
using Items = std::vector<Listed<DispatchItem>>;

bool has_priority(ApiContext const& context, std::string const& priority) {
  auto const* wanted = context.parameter("priority");
  return !wanted || *wanted == priority;
}

void add_events(ApiContext const& context, RepositorySnapshot const& repository, Items& items) {
  auto const* state = context.parameter("state");
  bool const all = state && *state == "all";
  for (auto const& event : repository.dispatch->events) {
    if (!all && event.state != "undispatched") continue;
    if (!has_priority(context, event.priority)) continue;
    auto const committed = static_cast<std::uint64_t>(event.committed.count());
    std::string key = "0" + sort_key(committed) + repository.id + '\0' + event.commit;
    items.push_back({std::move(key), {&repository, &event, nullptr}});
  }
}

/// Plans have no time of their own and come last.
void add_plans(ApiContext const& context, RepositorySnapshot const& repository, Items& items) {
  for (auto const& plan : repository.dispatch->plans) {
    if (plan.family == "extra" && !context.flag("extra")) continue;
    if (!has_priority(context, plan.priority)) continue;
    std::string key = "1" + repository.id + '\0' + plan.path;
    items.push_back({std::move(key), {&repository, nullptr, &plan}});
  }
}

void write_audited(JsonWriter& writer, RepositorySnapshot const& repository) {
  DispatchView const& dispatch = *repository.dispatch;
  writer.begin_object().member("repository", repository.id).member("branch", dispatch.branch);
  writer.member("tip", dispatch.tip).member("audited_tip", dispatch.audited_tip);
  writer.member("complete", dispatch.complete).end_object();
}

void write_item(JsonWriter& writer, DispatchItem const& item) {
  if (item.event) write_dispatch_event(writer, item.repository->id, *item.event);
  if (item.plan) write_dispatch_plan(writer, item.repository->id, *item.plan);
}

}  // namespace

ApiReply handle_undispatched(ApiContext const& context) {
  Items items;
  JsonWriter writer;
  writer.begin_object().key("audited").begin_array();
  for (auto const* repository : context.selected()) {
    if (!repository->dispatch) continue;
    write_audited(writer, *repository);
    add_events(context, *repository, items);
    add_plans(context, *repository, items);
  }
  writer.end_array().member("total", std::uint64_t{items.size()});
  auto const page = page_of(context, std::move(items));
  writer.key("items").begin_array();
  for (auto const& listed : page.items) write_item(writer, listed.item);
  writer.end_array();
  end_list(writer, page.next_cursor, context.selection_filtered());
  return json_answer(context.style, writer.take());
}

}  // namespace govseal
