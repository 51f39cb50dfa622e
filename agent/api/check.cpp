#include "agent/api/check.h"

#include <algorithm>

#include "agent/api/context.h"
#include "base/nearest.h"

namespace govseal {
namespace {

constexpr std::uint64_t kLimitMax = 1000;
constexpr std::size_t kWordBytesMax = 200;  // longer ones have no nearest word

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::optional<std::string> nearest_of(std::string_view word,
                                      std::vector<std::string_view> const& known) {
  if (word.size() > kWordBytesMax) return {};
  auto const nearest = find_nearest_word(word, known);
  return nearest ? std::optional(std::string(*nearest)) : std::nullopt;
}

std::string joined(std::vector<std::string_view> const& words) {
  std::string text;
  for (auto const word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

bool is_one_of(std::vector<std::string_view> const& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// What a value of this kind has to be when `value` is none; empty when it is fine.
std::string fault_of(ParameterRule const& rule, std::string const& value) {
  auto const number = parse_number(value);
  switch (rule.kind) {
    case ParameterKind::text:
    case ParameterKind::repository:
    case ParameterKind::cursor:
      return value.empty() ? "must not be empty" : "";
    case ParameterKind::flag:
      return value == "0" || value == "1" ? "" : "must be 0 or 1";
    case ParameterKind::number:
      return number ? "" : "must be a whole number below 2^53";
    case ParameterKind::limit:
      return number && *number >= 1 && *number <= kLimitMax ? "" : "must be between 1 and 1000";
    case ParameterKind::time:
      return parse_utc(value) ? "" : "must be a UTC time such as 2026-11-20T16:09:00.120Z";
    case ParameterKind::duration:
      return parse_duration(value) ? "" : "must be a duration such as 500ms or 10s";
    case ParameterKind::word:
      return is_one_of(rule.words, value) ? "" : "must be one of " + joined(rule.words);
  }
  return "";
}

Problem unknown_parameter(std::string const& name, std::vector<ParameterRule> const& rules) {
  std::vector<std::string_view> known;
  for (auto const& rule : rules) known.push_back(rule.name);
  auto const nearest = nearest_of(name, known);
  std::string detail = "the route has no parameter \"" + name + "\"";
  if (nearest) detail += " (did you mean \"" + *nearest + "\"?)";
  return {"unknown-parameter",
          std::move(detail),
          {{"parameter", json_text(name)}, {"nearest", nearest ? json_text(*nearest) : "null"}}};
}

/// Collects what is wrong with the fields of a body.
class FieldErrors {
 public:
  void add(std::string_view field, std::string message) {
    if (first_.empty()) first_ = std::string(field) + ": " + message;
    errors_.emplace_back(field, std::move(message));
  }
  [[nodiscard]] bool empty() const noexcept { return errors_.empty(); }
  [[nodiscard]] Problem problem() const {
    JsonWriter writer;
    writer.begin_array();
    for (auto const& [field, message] : errors_) {
      writer.begin_object().member("field", field).member("message", message).end_object();
    }
    return {"invalid-field", first_, {{"errors", writer.end_array().take()}}};
  }

 private:
  std::string first_;
  std::vector<std::pair<std::string, std::string>> errors_;
};

std::string fault_of(BodyField const& rule, JsonValue const& value) {
  if (rule.kind == BodyFieldKind::flag) return value.as_bool() ? "" : "must be true or false";
  auto const* text = value.as_string();
  if (!text) return "must be a string";
  if (text->empty() || text->size() > rule.bytes_max) {
    return "must have 1 to " + std::to_string(rule.bytes_max) + " bytes";
  }
  if (text->find('\0') != std::string::npos) return "must not hold a NUL";
  if (rule.kind == BodyFieldKind::word && !is_one_of(rule.words, *text)) {
    return "must be one of " + joined(rule.words);
  }
  return "";
}

std::optional<Problem> check_fields(ApiRoute const& route, JsonValue const& body) {
  FieldErrors errors;
  std::vector<std::string_view> known;
  for (auto const& rule : route.fields) known.push_back(rule.name);
  for (auto const& [name, value] : *body.as_object()) {
    if (is_one_of(known, name)) continue;
    auto const nearest = nearest_of(name, known);
    errors.add(name,
               nearest ? "unknown field (did you mean \"" + *nearest + "\"?)" : "unknown field");
  }
  for (auto const& rule : route.fields) {
    auto const* value = body.find(rule.name);
    if (!value && rule.required) errors.add(rule.name, "is required");
    std::string fault = value ? fault_of(rule, *value) : "";
    if (!fault.empty()) errors.add(rule.name, std::move(fault));
  }
  if (errors.empty()) return {};
  return errors.problem();
}

bool is_json_media(std::string const& value) {
  std::string type = lower(value.substr(0, value.find(';')));
  while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
  return type == "application/json";
}

Problem malformed(std::string detail, std::size_t offset) {
  return {"malformed-body", std::move(detail), {{"offset", std::to_string(offset)}}};
}

}  // namespace

std::optional<Problem> check_origin(ApiRequest const& request) {
  unsigned hosts = 0;
  bool foreign = false;
  for (auto const& [name, value] : request.headers) {
    if (name == "origin") foreign = true;
    if (name != "host") continue;
    ++hosts;
    auto const host = lower(value);
    foreign |= host != "localhost" && host != "govseal";
  }
  if (foreign) {
    return Problem{"foreign-origin",
                   "requests with an Origin header, or a Host other than localhost or govseal, are "
                   "not answered",
                   {}};
  }
  if (hosts > 1) return bad_parameter("Host", "Host: given more than once");
  return {};
}

std::variant<Parameters, Problem> check_parameters(ApiRoute const& route, ApiTarget const& target) {
  auto const rules = all_parameters(route);
  Parameters parameters;
  for (auto const& [name, value] : target.parameters) {
    auto const rule = std::find_if(rules.begin(), rules.end(),
                                   [&](ParameterRule const& r) { return r.name == name; });
    if (rule == rules.end()) return unknown_parameter(name, rules);
    std::string const fault = fault_of(*rule, value);
    if (!fault.empty()) return bad_parameter(name, name + ": " + fault);
    parameters.emplace(name, value);
  }
  return parameters;
}

std::variant<JsonValue, Problem> check_body(ApiRoute const& route, ApiRequest const& request) {
  auto const* media = request.header("content-type");
  if (request.body.empty() && !media) {
    JsonValue empty{JsonValue::Data(JsonValue::Object())};
    if (auto problem = check_fields(route, empty)) return std::move(*problem);
    return empty;
  }
  if (!media || !is_json_media(*media)) {
    return Problem{"unsupported-media-type", "Content-Type: application/json is needed", {}};
  }
  auto parsed = parse_json(request.body);
  if (auto const* error = std::get_if<JsonError>(&parsed)) {
    return malformed("the body is no JSON that can be used: " + error->detail, error->offset);
  }
  auto& body = std::get<JsonValue>(parsed);
  if (!body.as_object()) return malformed("the body must be one JSON object", 0);
  if (auto problem = check_fields(route, body)) return std::move(*problem);
  return std::move(body);
}

}  // namespace govseal
