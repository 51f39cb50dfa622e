#include "config/value_reader.h"

#include <algorithm>
#include <sstream>

#include "base/nearest.h"
#include "config/document.h"
#include "config/text_forms.h"

namespace govseal {
namespace {

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string quoted_list(std::vector<std::string_view> const& words) {
  std::string text;
  for (auto const word : words) text += (text.empty() ? "" : ", ") + quoted(word);
  return text;
}

/// What a text of this type has to look like; `index` counts the elements of a list.
Complaint check_text(KeyType type, std::string_view text, std::size_t index) {
  switch (type) {
    case KeyType::path:
    case KeyType::path_list:
      return check_absolute_path(text);
    case KeyType::relative:
    case KeyType::relative_list:
    case KeyType::prefix_list:
      return check_relative_path(text);
    case KeyType::glob:
    case KeyType::glob_list:
      return check_glob(text);
    case KeyType::absolute_glob:
      return check_absolute_glob(text, false);
    case KeyType::absolute_glob_list:
      return check_absolute_glob(text, true);
    case KeyType::file_name:
    case KeyType::name_list:
      return check_file_name(text);
    case KeyType::host_name:
      return check_host_name(text);
    case KeyType::octal_mode:
      return check_socket_mode(text);
    case KeyType::principal_list:
      return check_principal(text);
    case KeyType::repository_id:
    case KeyType::rule_name:
      if (is_repository_id(text)) return std::nullopt;
      return "must begin with a letter or digit and consist of up to 64 letters, digits, \".\", "
             "\"_\" and \"-\"";
    case KeyType::reference:
      return check_reference(text);
    case KeyType::branch:
      return check_branch(text);
    case KeyType::slug:
    case KeyType::slug_map:
      return check_slug(text);
    case KeyType::origin:
      return check_origin(text);
    case KeyType::remote:
      return check_remote(text);
    case KeyType::argv:
      return check_argument(text, index == 0);
    case KeyType::health_list:
      return check_health_condition(text);
    case KeyType::schedule:
      if (parse_schedule(text)) return std::nullopt;
      return "must be \"daily HH:MM\", \"hourly\" or \"off\"";
    case KeyType::time_of_day:
      if (parse_time_of_day(text)) return std::nullopt;
      return "must be a time of day HH:MM";
    case KeyType::group:
      if (!text.starts_with('@') && !check_principal(text)) return std::nullopt;
      return "must be the name or number of a group";
    case KeyType::text:
    case KeyType::text_list:
      if (text.find('\0') == text.npos) return std::nullopt;
      return "must not contain a NUL";
    case KeyType::boolean:
    case KeyType::integer:
    case KeyType::size:
    case KeyType::duration:
    case KeyType::choice:
    case KeyType::choice_list:
    case KeyType::baseline:
    case KeyType::toggle:
      break;
  }
  return std::nullopt;
}

/// Types whose empty text means "none".
bool may_be_empty(KeySpec const& key) {
  return key.default_text == "\"\"";
}

std::string normalised(KeyType type, std::string text) {
  switch (type) {
    case KeyType::path:
    case KeyType::path_list:
    case KeyType::absolute_glob:
    case KeyType::absolute_glob_list:
      return normal_path(text);
    case KeyType::relative:
    case KeyType::relative_list:
      if (text.ends_with('/')) text.pop_back();
      return text;
    default:
      return text;
  }
}

}  // namespace

std::vector<std::string_view> choice_words(KeySpec const& key) {
  std::vector<std::string_view> words;
  auto rest = key.choices;
  while (!rest.empty()) {
    auto const end = std::min(rest.find(' '), rest.size());
    words.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return words;
}

std::string bounds_text(KeySpec const& key) {
  if (key.bounds.max == 0) return {};
  auto const show = [&](std::int64_t value) {
    return key.type == KeyType::duration ? to_duration_text(value) : std::to_string(value);
  };
  auto text = "from " + show(key.bounds.min) + " to " + show(key.bounds.max);
  if (!key.unit.empty()) text += " " + std::string(key.unit);
  return text;
}

std::optional<ConfigValue> ValueReader::read(KeySpec const& key, toml::node const& node) {
  key_ = &key;
  switch (key.type) {
    case KeyType::boolean:
      return read_boolean(node);
    case KeyType::integer:
    case KeyType::size:
      return read_integer(node);
    case KeyType::duration:
      return read_duration(node);
    case KeyType::choice:
      return read_choice(node);
    case KeyType::choice_list:
      return read_choice_list(node);
    case KeyType::toggle:
      return read_toggle(node);
    case KeyType::baseline:
      return read_baseline(node);
    case KeyType::slug_map:
      return read_slug_map(node);
    case KeyType::text_list:
    case KeyType::path_list:
    case KeyType::relative_list:
    case KeyType::prefix_list:
    case KeyType::glob_list:
    case KeyType::absolute_glob_list:
    case KeyType::principal_list:
    case KeyType::argv:
    case KeyType::health_list:
    case KeyType::name_list:
      return read_text_list(node);
    case KeyType::text:
    case KeyType::file_name:
    case KeyType::path:
    case KeyType::relative:
    case KeyType::glob:
    case KeyType::absolute_glob:
    case KeyType::host_name:
    case KeyType::octal_mode:
    case KeyType::group:
    case KeyType::repository_id:
    case KeyType::rule_name:
    case KeyType::reference:
    case KeyType::branch:
    case KeyType::slug:
    case KeyType::origin:
    case KeyType::remote:
    case KeyType::schedule:
    case KeyType::time_of_day:
      return read_text(node);
  }
  return std::nullopt;
}

void ValueReader::complain(toml::node const& node, std::string message, std::string nearest) {
  problems_.error(location_of(file_, node.source()), dotted_name(*key_), std::move(message),
                  std::move(nearest));
}

void ValueReader::wrong_type(toml::node const& node, std::string_view wanted) {
  complain(node, "must be " + std::string(wanted) + ", not " + describe_type(node));
}

std::optional<ConfigValue> ValueReader::in_bounds(std::int64_t value, toml::node const& node) {
  auto const& bounds = key_->bounds;
  if (bounds.max == 0 || (value >= bounds.min && value <= bounds.max)) return value;
  auto const shown =
      key_->type == KeyType::duration ? to_duration_text(value) : std::to_string(value);
  complain(node, shown + " is out of bounds: must be " + bounds_text(*key_));
  return std::nullopt;
}

bool ValueReader::count_in_bounds(std::size_t count, toml::node const& node) {
  auto const& bounds = key_->bounds;
  auto const entries = static_cast<std::int64_t>(count);
  if (bounds.max == 0 || (entries >= bounds.min && entries <= bounds.max)) return true;
  complain(node, "has " + std::to_string(count) + " entries: must have " + bounds_text(*key_));
  return false;
}

std::optional<ConfigValue> ValueReader::read_boolean(toml::node const& node) {
  if (auto const* value = node.as_boolean()) return value->get();
  wrong_type(node, "true or false");
  return std::nullopt;
}

std::optional<ConfigValue> ValueReader::read_integer(toml::node const& node) {
  if (auto const* value = node.as_integer()) return in_bounds(value->get(), node);
  bool const is_size = key_->type == KeyType::size;
  if (auto const* text = node.as_string(); text != nullptr && is_size) {
    if (auto const bytes = parse_size_text(text->get())) return in_bounds(*bytes, node);
    complain(node, "must be a number of bytes, or a string such as \"64KiB\" (KiB, MiB, GiB)");
    return std::nullopt;
  }
  wrong_type(node, "an integer " + bounds_text(*key_));
  return std::nullopt;
}

std::optional<ConfigValue> ValueReader::read_duration(toml::node const& node) {
  auto const* text = node.as_string();
  if (text == nullptr) {
    wrong_type(node, "a string such as \"10m\" (s, m, h, d)");
    return std::nullopt;
  }
  if (auto const seconds = parse_duration_text(text->get())) return in_bounds(*seconds, node);
  complain(node, "must be an integer with s, m, h or d, such as \"10m\"");
  return std::nullopt;
}

std::optional<std::int64_t> ValueReader::choice_index(toml::node const& node) {
  auto const words = choice_words(*key_);
  auto const* text = node.as_string();
  if (text == nullptr) {
    wrong_type(node, "one of " + quoted_list(words));
    return std::nullopt;
  }
  auto const found = std::find(words.begin(), words.end(), text->get());
  if (found != words.end()) return found - words.begin();
  auto const nearest = find_nearest_word(text->get(), words);
  complain(node, quoted(text->get()) + " is not one of " + quoted_list(words),
           std::string(nearest.value_or("")));
  return std::nullopt;
}

std::optional<ConfigValue> ValueReader::read_choice(toml::node const& node) {
  if (auto const index = choice_index(node)) return *index;
  return std::nullopt;
}

std::optional<ConfigValue> ValueReader::read_choice_list(toml::node const& node) {
  auto const* array = node.as_array();
  if (array == nullptr) {
    wrong_type(node, "a list of " + quoted_list(choice_words(*key_)));
    return std::nullopt;
  }
  std::vector<std::int64_t> indices;
  bool good = true;
  for (auto const& element : *array) {
    auto const index = choice_index(element);
    good = good && index.has_value();
    bool const is_new = index && std::find(indices.begin(), indices.end(), *index) == indices.end();
    if (is_new) indices.push_back(*index);
  }
  if (!good || !count_in_bounds(indices.size(), node)) return std::nullopt;
  return indices;
}

std::optional<ConfigValue> ValueReader::read_toggle(toml::node const& node) {
  if (auto const* value = node.as_boolean()) return std::int64_t{value->get() ? 1 : 2};
  auto const* text = node.as_string();
  if (text != nullptr && text->get() == "auto") return std::int64_t{0};
  complain(node, "must be \"auto\", true or false");
  return std::nullopt;
}

std::optional<ConfigValue> ValueReader::read_baseline(toml::node const& node) {
  std::string text;
  if (auto const* word = node.as_string()) {
    text = word->get();
  } else if (auto const* date = node.as_date()) {
    std::ostringstream out;
    out << date->get();
    text = out.str();
  }
  if (auto baseline = parse_baseline(text)) return *baseline;
  complain(node, "must be \"root\", a commit of 7 to 40 hex digits or a date YYYY-MM-DD");
  return std::nullopt;
}

std::optional<std::string> ValueReader::checked_text(toml::node const& node, std::size_t index) {
  auto const* value = node.as_string();
  if (value == nullptr) {
    wrong_type(node, "a string");
    return std::nullopt;
  }
  auto const& text = value->get();
  if (text.empty() && may_be_empty(*key_)) return text;
  if (auto complaint = check_text(key_->type, text, index)) {
    complain(node, quoted(text) + " " + *complaint);
    return std::nullopt;
  }
  return normalised(key_->type, text);
}

std::optional<ConfigValue> ValueReader::read_text(toml::node const& node) {
  auto const text = checked_text(node, 0);
  if (!text) return std::nullopt;
  auto const bytes = static_cast<std::int64_t>(text->size());
  if (key_->bounds.max != 0 && (bytes < key_->bounds.min || bytes > key_->bounds.max)) {
    complain(node, "has " + std::to_string(bytes) + " bytes: must have " + bounds_text(*key_));
    return std::nullopt;
  }
  switch (key_->type) {
    case KeyType::octal_mode:
      return static_cast<std::int64_t>(*parse_octal_mode(*text));
    case KeyType::schedule:
      return *parse_schedule(*text);
    case KeyType::time_of_day:
      return *parse_time_of_day(*text);
    default:
      return *text;
  }
}

std::optional<ConfigValue> ValueReader::read_text_list(toml::node const& node) {
  auto const* array = node.as_array();
  if (array == nullptr) {
    wrong_type(node, "a list of strings");
    return std::nullopt;
  }
  std::vector<std::string> texts;
  bool good = true;
  for (std::size_t i = 0; i < array->size(); ++i) {
    auto text = checked_text(*array->get(i), i);
    good = good && text.has_value();
    if (text) texts.push_back(std::move(*text));
  }
  if (!count_in_bounds(array->size(), node) || !good) return std::nullopt;
  return texts;
}

std::optional<ConfigValue> ValueReader::read_slug_map(toml::node const& node) {
  auto const* table = node.as_table();
  if (table == nullptr) {
    wrong_type(node, "a table of name = \"owner/repo\"");
    return std::nullopt;
  }
  std::map<std::string, std::string> slugs;
  bool good = true;
  for (auto const& [name, value] : *table) {
    auto slug = checked_text(value, 0);
    good = good && slug.has_value();
    if (slug) slugs.emplace(std::string(name.str()), std::move(*slug));
  }
  if (!count_in_bounds(table->size(), node) || !good) return std::nullopt;
  return slugs;
}

}  // namespace govseal
