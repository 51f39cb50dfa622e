#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/api/api.h"
#include "agent/api/cursor.h"
#include "agent/api/route.h"
#include "base/json.h"

namespace govseal {

/// What every answer of one request has in common. Copied into pool jobs.
struct AnswerStyle {
  std::string_view route;  // pattern
  std::uint64_t request_number = 0;
  bool pretty = false;
  std::string etag;           // of the snapshot, quoted; empty: none
  std::string if_none_match;  // header of the request
};

/// One request after everything about it has been checked. Lives on the stack of Api::handle; what
/// a pool job needs is copied.
struct ApiContext {
  ApiParts const& parts;
  std::vector<ApiRoute> const& routes;
  CursorBox const& cursors;
  ApiRequest const& request;
  Peer const& peer;
  ApiRoute const& route;
  Instant now;
  AnswerStyle style;
  std::string_view media;  // what was negotiated
  std::vector<std::string> captures;
  std::map<std::string, std::string, std::less<>> parameters;  // valid according to the table
  std::optional<std::string> cursor_key;
  JsonValue body;
  SnapshotPtr snapshot;
  std::vector<RepositorySnapshot const*> visible;  // what the peer may see, by id
  bool filtered = false;                           // that is not everything
  bool waited = false;                             // what the handler wanted to wait for is over
  std::string waited_result;                       // JSON of the job that was waited for

  [[nodiscard]] std::string const* parameter(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const;
  [[nodiscard]] std::optional<nanoseconds> time(std::string_view name) const;
  [[nodiscard]] std::optional<nanoseconds> duration(std::string_view name) const;
  [[nodiscard]] std::size_t limit() const;
  /// The visible repository of that id; nullptr when there is none.
  [[nodiscard]] RepositorySnapshot const* repository(std::string_view id) const;
  /// Those the parameter `repository` selects: one or all visible ones.
  [[nodiscard]] std::vector<RepositorySnapshot const*> selected() const;
  /// Something was left out of an answer about `selected()`.
  [[nodiscard]] bool selection_filtered() const;
  [[nodiscard]] std::vector<std::string> visible_ids() const;
};

// Parsing of parameter values; pure.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);
/// `500ms`, `1s`, `2m`; nullopt when it is none or does not fit.
[[nodiscard]] std::optional<nanoseconds> parse_duration(std::string_view text);

// Answers.
[[nodiscard]] ApiResponse json_answer(AnswerStyle const& style, std::string json,
                                      unsigned status = 200);
[[nodiscard]] ApiResponse text_answer(AnswerStyle const& style, std::string_view media,
                                      std::string body);
[[nodiscard]] ApiResponse problem_answer(AnswerStyle const& style, Problem const& problem);
void set_header(ApiResponse& response, std::string_view name, std::string value);
[[nodiscard]] std::string const* find_header(ApiResponse const& response, std::string_view name);
/// 304 when the answer's ETag is one the client has.
[[nodiscard]] ApiResponse apply_conditions(AnswerStyle const& style, ApiResponse response);

/// `bad-request` about a parameter.
[[nodiscard]] Problem bad_parameter(std::string_view name, std::string detail);
/// One of the 404 problems, with the nearest of what there is.
[[nodiscard]] Problem no_such(std::string_view problem, std::string_view what,
                              std::string_view wanted, std::vector<std::string> const& known);

/// An item of a list and the bytes it is sorted by.
template <typename Item>
struct Listed {
  std::string key;
  Item item;
};

/// One page: what is left of `items` behind the cursor, at most `limit`, in order of the keys.
template <typename Item>
struct Page {
  std::vector<Listed<Item>> items;
  std::optional<std::string> next_cursor;
};

/// The list of a cursor: a route and what decides about its order.
[[nodiscard]] std::string list_name(ApiRoute const& route, std::string const* order);

template <typename Item>
[[nodiscard]] Page<Item> page_of(ApiContext const& context, std::vector<Listed<Item>> items) {
  auto const before = [](auto const& a, auto const& b) { return a.key < b.key; };
  if (!std::is_sorted(items.begin(), items.end(), before)) {
    std::sort(items.begin(), items.end(), before);
  }
  auto first = items.begin();
  if (context.cursor_key) {
    first = std::upper_bound(items.begin(), items.end(), *context.cursor_key,
                             [](auto const& key, auto const& item) { return key < item.key; });
  }
  auto const left = static_cast<std::size_t>(items.end() - first);
  auto const last = first + static_cast<std::ptrdiff_t>(std::min(left, context.limit()));
  Page<Item> page;
  if (last != items.end()) {
    auto const list = list_name(context.route, context.parameter("order"));
    page.next_cursor = context.cursors.encode(list, std::prev(last)->key);
  }
  page.items.assign(std::make_move_iterator(first), std::make_move_iterator(last));
  return page;
}

/// `"next_cursor":…}` and, where something was left out, `"filtered":true`.
void end_list(JsonWriter& writer, std::optional<std::string> const& next_cursor, bool filtered);

/// Twenty digits, so that numbers sort as bytes.
[[nodiscard]] std::string sort_key(std::uint64_t number);

}  // namespace govseal
