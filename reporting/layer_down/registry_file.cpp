#include "reporting/layer_down/registry_file.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "base/json.h"
#include "reporting/layer_down/markdown.h"

namespace govseal {
namespace {

bool is_alphanumeric(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z');
}

/// Letters, digits and single inner hyphens, at most 39.
bool is_login(std::string_view text) {
  if (text.empty() || text.size() > 39 || text.starts_with('-') || text.ends_with('-') ||
      text.find("--") != std::string_view::npos) {
    return false;
  }
  return std::all_of(text.begin(), text.end(),
                     [](char byte) { return byte == '-' || is_alphanumeric(byte); });
}

bool is_blank(std::string_view text) {
  return trim_blanks(text).empty();
}

/// At most one of the liaison codes, in the order of the table; nullptr: fine.
char const* liaison_defect(JsonValue const& entry) {
  auto const* liaison = entry.find("governance_liaison");
  if (liaison == nullptr || liaison->is_null()) return "liaison_missing";
  auto const* login = liaison->as_string();
  if (login == nullptr) return "liaison_login_invalid";
  if (login->empty()) return "liaison_missing";
  if (is_blank(*login)) return "liaison_blank";
  auto const* agent = entry.find_string("governance_liaison_agent");
  if (agent != nullptr && *agent == *login) return "liaison_is_agent";
  return is_login(*login) ? nullptr : "liaison_login_invalid";
}

bool stops(std::string_view code) {
  constexpr std::array<std::string_view, 6> kStopping = {"unreadable",         "entry_not_object",
                                                         "repository_missing", "repository_invalid",
                                                         "liaison_missing",    "liaison_blank"};
  return std::find(kStopping.begin(), kStopping.end(), code) != kStopping.end();
}

class Reader {
 public:
  RegistryFile run(JsonValue::Array const& consumers) {
    for (auto const& entry : consumers) {
      read_entry(entry);
      ++index_;
    }
    std::stable_sort(file_.findings.begin(), file_.findings.end(),
                     [](auto const& a, auto const& b) {
                       return std::tie(a.index, a.code) < std::tie(b.index, b.code);
                     });
    return std::move(file_);
  }

  void add(std::string_view code, std::optional<std::string> repository,
           std::optional<std::size_t> index) {
    file_.stop = file_.stop || stops(code);
    file_.findings.push_back({"registry_file." + std::string(code), index, std::move(repository)});
  }
  RegistryFile take() { return std::move(file_); }

 private:
  void read_entry(JsonValue const& entry) {
    if (entry.as_object() == nullptr) {
      add("entry_not_object", std::nullopt, index_);
      return;
    }
    auto const* repository = entry.find("repository");
    std::optional<std::string> name;
    if (repository != nullptr && repository->as_string() != nullptr)
      name = *repository->as_string();
    bool valid = name && is_repository_name(*name);
    if (repository == nullptr || repository->is_null()) {
      add("repository_missing", name, index_);
    } else if (!valid) {
      add("repository_invalid", name, index_);
    }
    bool first = valid && seen_.insert(lower_ascii(*name)).second;
    if (valid && !first) add("duplicate", name, index_);
    if (first) file_.repositories.push_back(*name);
    read_enabled(entry, name, valid);
  }

  void read_enabled(JsonValue const& entry, std::optional<std::string> const& name, bool valid) {
    auto const* enabled = entry.find("enabled");
    if (enabled == nullptr || enabled->as_bool() == nullptr) {
      add("enabled_not_boolean", name, index_);
      return;
    }
    if (!*enabled->as_bool()) return;
    if (auto const* code = liaison_defect(entry)) add(code, name, index_);
    if (valid && enabled_.insert(lower_ascii(*name)).second) file_.enabled.push_back(*name);
  }

  RegistryFile file_;
  std::size_t index_ = 0;
  std::set<std::string> seen_;
  std::set<std::string> enabled_;
};

}  // namespace

bool is_repository_name(std::string_view text) noexcept {
  auto slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  auto owner = text.substr(0, slash);
  auto name = text.substr(slash + 1);
  auto in_owner = [](char byte) { return byte == '-' || is_alphanumeric(byte); };
  auto in_name = [](char byte) {
    return byte == '.' || byte == '_' || byte == '-' || is_alphanumeric(byte);
  };
  return !owner.empty() && owner.size() <= 39 && is_alphanumeric(owner.front()) &&
         std::all_of(owner.begin(), owner.end(), in_owner) && !name.empty() && name.size() <= 100 &&
         std::all_of(name.begin(), name.end(), in_name);
}

RegistryFile read_registry_file(std::optional<std::string_view> text) {
  Reader reader;
  if (text) {
    auto parsed = parse_json(*text, {.allow_duplicate_keys = true});
    auto const* value = std::get_if<JsonValue>(&parsed);
    auto const* consumers = value != nullptr ? value->find("consumers") : nullptr;
    if (consumers != nullptr && consumers->as_array() != nullptr) {
      return reader.run(*consumers->as_array());
    }
  }
  reader.add("unreadable", std::nullopt, std::nullopt);
  return reader.take();
}

}  // namespace govseal
