#include <algorithm>

#include "agent/api/problem.h"
#include "agent/api/route.h"
#include "base/json.h"

namespace govseal {
namespace {

void write_words(JsonWriter& writer, std::vector<std::string_view> const& words) {
  if (words.empty()) return;
  writer.key("enum").begin_array();
  for (auto const word : words) writer.value(word);
  writer.end_array();
}

void write_parameter_schema(JsonWriter& writer, ParameterRule const& rule) {
  writer.key("schema").begin_object();
  switch (rule.kind) {
    case ParameterKind::number:
      writer.member("type", "integer").member("minimum", 0);
      break;
    case ParameterKind::limit:
      writer.member("type", "integer").member("minimum", 1).member("maximum", 1000);
      break;
    case ParameterKind::flag:
      writer.member("type", "string").key("enum").begin_array().value("0").value("1").end_array();
      break;
    case ParameterKind::time:
      writer.member("type", "string").member("format", "date-time");
      break;
    case ParameterKind::duration:
      writer.member("type", "string").member("pattern", "^[0-9]+(ms|s|m)$");
      break;
    case ParameterKind::text:
    case ParameterKind::repository:
    case ParameterKind::cursor:
    case ParameterKind::word:
      writer.member("type", "string");
      write_words(writer, rule.words);
      break;
  }
  writer.end_object();
}

std::vector<std::string_view> names_in(std::string_view pattern) {
  std::vector<std::string_view> names;
  for (auto open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{')) {
    auto const close = pattern.find('}', open);
    names.push_back(pattern.substr(open + 1, close - open - 1));
    pattern.remove_prefix(close + 1);
  }
  return names;
}

void write_parameters(JsonWriter& writer, ApiRoute const& route) {
  writer.key("parameters").begin_array();
  for (auto const name : names_in(route.pattern)) {
    writer.begin_object().member("name", name).member("in", "path").member("required", true);
    writer.key("schema").begin_object().member("type", "string").end_object().end_object();
  }
  for (auto const& rule : all_parameters(route)) {
    writer.begin_object().member("name", rule.name).member("in", "query");
    writer.member("description", rule.meaning);
    write_parameter_schema(writer, rule);
    writer.end_object();
  }
  writer.end_array();
}

void write_body(JsonWriter& writer, ApiRoute const& route) {
  auto const is_required = [](BodyField const& rule) { return rule.required; };
  bool const any_required = std::any_of(route.fields.begin(), route.fields.end(), is_required);
  writer.key("requestBody").begin_object().member("required", any_required);
  writer.key("content").begin_object().key("application/json").begin_object();
  writer.key("schema").begin_object().member("type", "object");
  writer.member("additionalProperties", false);
  if (any_required) {
    writer.key("required").begin_array();
    for (auto const& rule : route.fields) {
      if (rule.required) writer.value(rule.name);
    }
    writer.end_array();
  }
  writer.key("properties").begin_object();
  for (auto const& rule : route.fields) {
    writer.key(rule.name).begin_object();
    writer.member("type", rule.kind == BodyFieldKind::flag ? "boolean" : "string");
    writer.member("description", rule.meaning);
    write_words(writer, rule.words);
    writer.end_object();
  }
  writer.end_object().end_object().end_object().end_object().end_object();
}

void write_schema_reference(JsonWriter& writer, std::string_view schema) {
  writer.begin_object().key("schema").begin_object();
  writer.member("$ref", "#/components/schemas/" + std::string(schema)).end_object().end_object();
}

void write_responses(JsonWriter& writer, ApiRoute const& route) {
  writer.key("responses").begin_object().key(std::to_string(route.status)).begin_object();
  writer.member("description", route.summary).key("content").begin_object();
  for (auto const media : route.media) {
    writer.key(media);
    if (media == "application/json") {
      write_schema_reference(writer, route.schema);
    } else {
      writer.begin_object().key("schema").begin_object().member("type", "string");
      writer.end_object().end_object();
    }
  }
  writer.end_object().end_object();
  writer.key("default").begin_object().member("description", "A problem (RFC 9457)");
  writer.key("content").begin_object().key("application/problem+json");
  write_schema_reference(writer, "Problem");
  writer.end_object().end_object().end_object();
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return result;
}

void write_operation(JsonWriter& writer, ApiRoute const& route) {
  writer.key(lower(route.method)).begin_object().member("summary", route.summary);
  writer.member("x-role", route.needs == Role::none ? "anyone" : to_text(route.needs));
  write_parameters(writer, route);
  if (!route.is_get()) write_body(writer, route);
  write_responses(writer, route);
  writer.end_object();
}

}  // namespace

std::string openapi_json(std::vector<ApiRoute> const& routes, std::string_view version) {
  JsonWriter writer;
  writer.begin_object().member("openapi", "3.0.3");
  writer.key("info").begin_object().member("title", "govseal");
  writer.member("version", version).end_object();
  writer.key("paths").begin_object();
  std::vector<std::string_view> done;
  for (auto const& route : routes) {
    if (std::find(done.begin(), done.end(), route.pattern) != done.end()) continue;
    done.push_back(route.pattern);
    writer.key(route.pattern).begin_object();
    for (auto const& same_path : routes) {
      if (same_path.pattern == route.pattern) write_operation(writer, same_path);
    }
    writer.end_object();
  }
  writer.end_object();
  writer.key("components").begin_object().key("schemas").raw(api_schemas()).end_object();
  return writer.end_object().take();
}

}  // namespace govseal
