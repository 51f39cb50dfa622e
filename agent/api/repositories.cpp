#include "agent/api/context.h"
#include "agent/api/json.h"

namespace govseal {
namespace {

Problem no_such_repository(ApiContext const& context, std::string_view id) {
  return no_such("no-such-repository", "repository", id, context.visible_ids());
}

/// The parts of a timeline that touch the period asked for.
WatchRootView within(WatchRootView root, std::optional<nanoseconds> from,
                     std::optional<nanoseconds> to) {
  std::erase_if(root.intervals, [from, to](CoverageInterval const& interval) {
    bool const ends_before = from && interval.to && *interval.to <= *from;
    bool const begins_after = to && interval.from >= *to;
    return ends_before || begins_after;
  });
  return root;
}

}  // namespace

ApiReply handle_repositories(ApiContext const& context) {
  std::vector<Listed<RepositorySnapshot const*>> items;
  for (auto const* repository : context.visible) items.push_back({repository->id, repository});
  auto const page = page_of(context, std::move(items));
  JsonWriter writer;
  writer.begin_object().key("items").begin_array();
  for (auto const& listed : page.items) write_repository(writer, *listed.item);
  writer.end_array();
  end_list(writer, page.next_cursor, context.filtered);
  return json_answer(context.style, writer.take());
}

ApiReply handle_repository(ApiContext const& context) {
  auto const* repository = context.repository(context.captures[0]);
  if (!repository) {
    return problem_answer(context.style, no_such_repository(context, context.captures[0]));
  }
  JsonWriter writer;
  write_repository(writer, *repository);
  return json_answer(context.style, writer.take());
}

ApiReply handle_coverage(ApiContext const& context) {
  auto const* repository = context.repository(context.captures[0]);
  if (!repository) {
    return problem_answer(context.style, no_such_repository(context, context.captures[0]));
  }
  auto const* wanted = context.parameter("root");
  bool any = false;
  JsonWriter writer;
  writer.begin_object().member("repository", repository->id).key("roots").begin_array();
  for (auto const& root : repository->roots) {
    if (wanted && *wanted != root.id && *wanted != root.path) continue;
    any = true;
    write_coverage_root(writer, within(root, context.time("from"), context.time("to")));
  }
  writer.end_array().end_object();
  if (wanted && !any) {
    return problem_answer(context.style,
                          bad_parameter("root", "the repository has no such watch root"));
  }
  return json_answer(context.style, writer.take());
}

}  // namespace govseal
