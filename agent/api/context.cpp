#include "agent/api/context.h"

#include <charconv>
#include <cstdio>

#include "base/nearest.h"
#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::size_t kLimitDefault = 100;

// Comparing words costs their lengths multiplied; a request must not buy seconds of the loop.
constexpr std::size_t kNearestBytesMax = 200;
constexpr std::size_t kNearestWordsMax = 2000;

/// Writes compact JSON again with two-space indents.
std::string prettify(std::string const& json) {
  auto const parsed = parse_json(json);
  auto const* value = std::get_if<JsonValue>(&parsed);
  if (!value) return json;
  return JsonWriter(JsonWriter::Style::indent2).value(*value).take();
}

/// Entity tags of a list, weakly compared (RFC 9110 13.1.2).
bool lists_tag(std::string_view list, std::string_view tag) {
  while (!list.empty()) {
    auto const comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == tag || item == "*") return true;
  }
  return false;
}

}  // namespace

std::string const* ApiRequest::header(std::string_view name) const noexcept {
  for (auto const& [key, value] : headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string const* ApiContext::parameter(std::string_view name) const {
  auto const found = parameters.find(name);
  return found == parameters.end() ? nullptr : &found->second;
}

bool ApiContext::flag(std::string_view name) const {
  auto const* text = parameter(name);
  return text && *text == "1";
}

std::optional<std::uint64_t> ApiContext::number(std::string_view name) const {
  auto const* text = parameter(name);
  return text ? parse_number(*text) : std::nullopt;
}

std::optional<nanoseconds> ApiContext::time(std::string_view name) const {
  auto const* text = parameter(name);
  return text ? parse_utc(*text) : std::nullopt;
}

std::optional<nanoseconds> ApiContext::duration(std::string_view name) const {
  auto const* text = parameter(name);
  return text ? parse_duration(*text) : std::nullopt;
}

std::size_t ApiContext::limit() const {
  return number("limit").value_or(kLimitDefault);
}

RepositorySnapshot const* ApiContext::repository(std::string_view id) const {
  for (auto const* one : visible) {
    if (one->id == id) return one;
  }
  return nullptr;
}

std::vector<RepositorySnapshot const*> ApiContext::selected() const {
  auto const* id = parameter("repository");
  if (!id) return visible;
  return {repository(*id)};
}

bool ApiContext::selection_filtered() const {
  return filtered && !parameter("repository");
}

std::vector<std::string> ApiContext::visible_ids() const {
  std::vector<std::string> ids;
  for (auto const* one : visible) ids.push_back(one->id);
  return ids;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  if (number >= (std::uint64_t{1} << 53)) return {};
  return number;
}

std::optional<nanoseconds> parse_duration(std::string_view text) {
  auto const digits = std::min(text.find_first_not_of("0123456789"), text.size());
  auto const number = parse_number(text.substr(0, digits));
  if (!number || *number > 1'000'000'000) return {};
  auto const count = static_cast<std::int64_t>(*number);
  auto const unit = text.substr(digits);
  if (unit == "ms") return std::chrono::milliseconds(count);
  if (unit == "s") return std::chrono::seconds(count);
  if (unit == "m") return std::chrono::seconds(count * 60);
  return {};
}

void set_header(ApiResponse& response, std::string_view name, std::string value) {
  for (auto& [key, old] : response.headers) {
    if (key != name) continue;
    old = std::move(value);
    return;
  }
  response.headers.emplace_back(name, std::move(value));
}

std::string const* find_header(ApiResponse const& response, std::string_view name) {
  for (auto const& [key, value] : response.headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

ApiResponse text_answer(AnswerStyle const& style, std::string_view media, std::string body) {
  ApiResponse response;
  response.route = style.route;
  set_header(response, "Content-Type", std::string(media));
  set_header(response, "Cache-Control", "no-store");
  if (!style.etag.empty()) set_header(response, "ETag", style.etag);
  response.body = std::move(body);
  return response;
}

ApiResponse json_answer(AnswerStyle const& style, std::string json, unsigned status) {
  std::string body = style.pretty ? prettify(json) : std::move(json);
  ApiResponse response = text_answer(style, "application/json", std::move(body) + "\n");
  response.status = status;
  return response;
}

ApiResponse problem_answer(AnswerStyle const& style, Problem const& problem) {
  std::string const instance = "urn:govseal:request:" + std::to_string(style.request_number);
  AnswerStyle plain = style;
  plain.etag.clear();
  ApiResponse response =
      json_answer(plain, problem_json(problem, instance), status_of(problem.name));
  set_header(response, "Content-Type", "application/problem+json");
  for (auto const& [key, json] : problem.extra) {
    if (key == "retry_after_s") set_header(response, "Retry-After", json);
  }
  return response;
}

ApiResponse apply_conditions(AnswerStyle const& style, ApiResponse response) {
  auto const* etag = find_header(response, "ETag");
  if (response.status != 200 || !etag || !lists_tag(style.if_none_match, *etag)) return response;
  response.status = 304;
  response.body.clear();
  std::erase_if(response.headers,
                [](auto const& header) { return header.first == "Content-Type"; });
  return response;
}

Problem bad_parameter(std::string_view name, std::string detail) {
  return {"bad-request", std::move(detail), {{"parameter", json_text(name)}}};
}

Problem no_such(std::string_view problem, std::string_view what, std::string_view wanted,
                std::vector<std::string> const& known) {
  std::optional<std::string_view> nearest;
  if (wanted.size() <= kNearestBytesMax && known.size() <= kNearestWordsMax) {
    nearest = find_nearest_word(wanted, known);
  }
  std::string detail = "there is no " + std::string(what) + " \"" + utf8_with_replacement(wanted) +
                       "\" that you can see";
  return {std::string(problem),
          std::move(detail),
          {{"nearest", nearest ? json_text(*nearest) : "null"}}};
}

std::string list_name(ApiRoute const& route, std::string const* order) {
  return std::string(route.pattern) + "?" + (order ? *order : "");
}

void end_list(JsonWriter& writer, std::optional<std::string> const& next_cursor, bool filtered) {
  writer.member("next_cursor", next_cursor);
  if (filtered) writer.member("filtered", true);
  writer.end_object();
}

std::string sort_key(std::uint64_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "%020llu", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace govseal
