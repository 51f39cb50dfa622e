#include "config/render_value.h"

#include <array>
#include <cstdio>

#include "base/utf8.h"
#include "config/text_forms.h"
#include "config/value_reader.h"

namespace govseal {
namespace {

/// What api.md 8 does not let through to a terminal.
bool needs_escape(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x200e || c == 0x200f ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

template <typename Items, typename Render>
std::string joined(Items const& items, Render render) {
  std::string text;
  for (auto const& item : items) text += (text.empty() ? "" : ", ") + render(item);
  return text;
}

std::string quoted(std::string_view text) {
  return toml_string(text);
}

/// Renders each alternative of ConfigValue; which one it is follows from the type of the key.
struct Renderer {
  KeySpec const& key;

  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const {
    auto const words = choice_words(key);
    auto const index = static_cast<std::size_t>(value);
    switch (key.type) {
      case KeyType::toggle:
        return value == 0 ? quoted(words[0]) : std::string(words[index]);
      case KeyType::choice:
        return quoted(words[index]);
      case KeyType::duration:
        return quoted(to_duration_text(value));
      case KeyType::time_of_day:
        return quoted(time_of_day_text(value));
      case KeyType::octal_mode: {
        std::array<char, 8> text{};
        std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(value) & 0777U);
        return quoted(text.data());
      }
      default:
        return std::to_string(value);
    }
  }
  std::string operator()(std::string const& text) const { return quoted(text); }
  std::string operator()(std::vector<std::string> const& texts) const {
    return "[" + joined(texts, quoted) + "]";
  }
  std::string operator()(std::vector<std::int64_t> const& indices) const {
    auto const words = choice_words(key);
    auto const word = [&](std::int64_t index) {
      return quoted(words[static_cast<std::size_t>(index)]);
    };
    return "[" + joined(indices, word) + "]";
  }
  std::string operator()(std::map<std::string, std::string> const& entries) const {
    auto const entry = [](auto const& pair) {
      return quoted(pair.first) + " = " + quoted(pair.second);
    };
    return entries.empty() ? "{}" : "{ " + joined(entries, entry) + " }";
  }
  std::string operator()(ScheduleConfig const& schedule) const { return quoted(to_text(schedule)); }
  std::string operator()(DispatchConfig::Baseline const& baseline) const {
    return quoted(to_text(baseline));
  }
};

}  // namespace

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    auto const length = utf8_sequence_length(text);
    auto const sequence = text.substr(0, length == 0 ? 1 : length);
    auto const c = length == 0 ? char32_t{0xfffd} : utf8_decode(sequence);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += sequence;
    } else if (length == 0 || needs_escape(c)) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c) & 0xffffU);
      out += escaped.data();
    } else {
      out += sequence;
    }
    text.remove_prefix(sequence.size());
  }
  return out + "\"";
}

std::string render_value(KeySpec const& key, ConfigValue const& value) {
  return std::visit(Renderer{key}, value);
}

}  // namespace govseal
