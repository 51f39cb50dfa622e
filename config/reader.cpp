// One walk over the tree of the parser. A table is matched against the rows of its section; what is
// no row is a subsection or unknown. Every place is remembered under the path of the value in
// Config.

#include "config/reader.h"

#include <algorithm>
#include <functional>
#include <set>

#include "base/nearest.h"
#include "config/document.h"
#include "config/value_reader.h"

namespace govseal {
namespace {

/// Reads a subsection; `path` is where it lies in Config.
using ReadNode = std::function<void(toml::node const& node)>;
using Subsections = std::map<std::string_view, ReadNode>;

bool is_default_guard(std::string_view name) {
  auto const rules = default_guards();
  return std::any_of(rules.begin(), rules.end(),
                     [&](GuardConfig const& rule) { return rule.name == name; });
}

std::string joined(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : std::string(path) + "." + std::string(name);
}

std::string element_path(std::string_view path, std::size_t index) {
  return std::string(path) + "[" + std::to_string(index) + "]";
}

/// A table of the document and what it is read into.
struct Target {
  std::string_view section;  // of the key table
  std::string path;          // in Config
  void* object;              // the section's struct
};

class Reader {
 public:
  Reader(std::string const& file, Config& config, ProblemList& problems)
      : file_(file), config_(config), problems_(problems), values_(file, problems) {}

  void read_main(toml::table const& document);
  void read_fragment(toml::table const& document);

 private:
  std::set<std::string, std::less<>> read_keys(toml::table const& table, Target const& target,
                                               Subsections const& subsections);
  void read_key(KeySpec const& key, toml::node const& node, Target const& target);
  void remember_places(std::string const& path, toml::node const& node);
  void require_keys(toml::table const& table, std::string_view section,
                    std::set<std::string, std::less<>> const& seen);
  void unknown(toml::key const& key, toml::node const& node, std::string_view section,
               Subsections const& subsections);

  template <typename Section>
  ReadNode table_reader(std::string_view section, std::string path, Section& object,
                        Subsections subsections = {});
  void for_each_table(std::string_view section, toml::node const& node,
                      std::function<void(toml::table const&)> const& read);
  [[nodiscard]] toml::table const* as_table(std::string_view section, toml::node const& node);

  void read_repositories(toml::node const& node);
  void read_repository(toml::table const& table);
  void read_run_root(toml::table const& table, RepositoryConfig& repository,
                     std::string const& path);
  void read_consumer(toml::table const& table, RepositoryConfig& repository,
                     std::string const& path);
  void read_guard(toml::table const& table, RepositoryConfig& repository, std::string const& path);
  void complain(toml::source_region const& region, std::string key, std::string message) {
    problems_.error(location_of(file_, region), std::move(key), std::move(message));
  }

  std::string const& file_;
  Config& config_;
  ProblemList& problems_;
  ValueReader values_;
};

void Reader::remember_places(std::string const& path, toml::node const& node) {
  config_.locations[path] = location_of(file_, node.source());
  if (auto const* array = node.as_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      config_.locations[element_path(path, i)] = location_of(file_, array->get(i)->source());
    }
  }
}

void Reader::read_key(KeySpec const& key, toml::node const& node, Target const& target) {
  auto const value = values_.read(key, node);
  if (!value) return;
  key.access.set(target.object, *value);
  remember_places(joined(target.path, key.name), node);
}

void Reader::unknown(toml::key const& key, toml::node const& node, std::string_view section,
                     Subsections const& subsections) {
  std::vector<std::string_view> known;
  for (auto const& spec : keys_of(section)) known.push_back(spec.name);
  for (auto const& [name, read] : subsections) known.push_back(name);
  auto const nearest = find_nearest_word(key.str(), known);
  bool const is_table = node.is_table() || node.is_array_of_tables();
  problems_.error(location_of(file_, key.source()), joined(section, key.str()),
                  is_table ? "unknown table" : "unknown key", std::string(nearest.value_or("")));
}

/// Returns the names that were there, good or bad.
std::set<std::string, std::less<>> Reader::read_keys(toml::table const& table, Target const& target,
                                                     Subsections const& subsections) {
  std::set<std::string, std::less<>> seen;
  for (auto const& [key, node] : table) {
    seen.emplace(key.str());
    if (auto const* spec = find_key(target.section, key.str())) {
      read_key(*spec, node, target);
    } else if (auto const found = subsections.find(key.str()); found != subsections.end()) {
      found->second(node);
    } else {
      unknown(key, node, target.section, subsections);
    }
  }
  return seen;
}

void Reader::require_keys(toml::table const& table, std::string_view section,
                          std::set<std::string, std::less<>> const& seen) {
  for (auto const& key : keys_of(section)) {
    if (!key.required || seen.contains(key.name)) continue;
    complain(table.source(), dotted_name(key), "is required");
  }
}

toml::table const* Reader::as_table(std::string_view section, toml::node const& node) {
  if (auto const* table = node.as_table()) return table;
  complain(node.source(), std::string(section),
           "must be a table [" + std::string(section) + "], not " + describe_type(node));
  return nullptr;
}

template <typename Section>
ReadNode Reader::table_reader(std::string_view section, std::string path, Section& object,
                              Subsections subsections) {
  return [this, section, path = std::move(path), &object,
          subsections = std::move(subsections)](toml::node const& node) {
    if (auto const* table = as_table(section, node)) {
      read_keys(*table, {section, path, &object}, subsections);
    }
  };
}

void Reader::for_each_table(std::string_view section, toml::node const& node,
                            std::function<void(toml::table const&)> const& read) {
  auto const wanted = "[[" + std::string(section) + "]]";
  auto const* array = node.as_array();
  if (array == nullptr) {
    complain(node.source(), std::string(section),
             "must be an array of tables " + wanted + ", not " + describe_type(node));
    return;
  }
  for (auto const& element : *array) {
    if (auto const* table = element.as_table()) {
      read(*table);
    } else {
      complain(element.source(), std::string(section),
               "must be a table " + wanted + ", not " + describe_type(element));
    }
  }
}

void Reader::read_main(toml::table const& document) {
  Subsections const anchor = {
      {"git", table_reader("anchor.git", "anchor.git", config_.anchor.git)}};
  read_keys(document, {"", "", &config_},
            {{"agent", table_reader("agent", "agent", config_.agent)},
             {"api", table_reader("api", "api", config_.api)},
             {"watch", table_reader("watch", "watch", config_.watch)},
             {"sealing", table_reader("sealing", "sealing", config_.sealing)},
             {"ledger", table_reader("ledger", "ledger", config_.ledger)},
             {"anchor", table_reader("anchor", "anchor", config_.anchor, anchor)},
             {"report", table_reader("report", "report", config_.report)},
             {"repository", [this](toml::node const& node) { read_repositories(node); }}});
}

void Reader::read_fragment(toml::table const& document) {
  constexpr std::string_view kRule =
      "not in a fragment, which holds one [[repository]] with its subtables and nothing else";
  for (auto const& [key, node] : document) {
    if (key.str() != "repository") {
      complain(key.source(), std::string(key.str()), std::string(kRule));
      continue;
    }
    auto const* array = node.as_array();
    if (array != nullptr && array->size() > 1) {
      complain(array->get(1)->source(), "repository",
               "a second [[repository]] is " + std::string(kRule));
    }
    read_repositories(node);
  }
  auto const* repositories = document.get_as<toml::array>("repository");
  bool const is_empty = repositories != nullptr && repositories->empty();
  if (is_empty || !document.contains("repository")) {
    problems_.error({file_, 1, 1}, "repository", "a fragment must hold one [[repository]]");
  }
}

void Reader::read_repositories(toml::node const& node) {
  for_each_table("repository", node, [this](toml::table const& table) { read_repository(table); });
}

void Reader::read_repository(toml::table const& table) {
  auto const path = element_path("repository", config_.repositories.size());
  auto& repository = config_.repositories.emplace_back();
  config_.locations[path] = location_of(file_, table.source());
  auto const each = [this](std::string_view section, auto read) {
    return [this, section, read](toml::node const& node) { for_each_table(section, node, read); };
  };
  auto const seen = read_keys(
      table, {"repository", path, &repository},
      {{"dispatch", table_reader("repository.dispatch", path + ".dispatch", repository.dispatch)},
       {"registry", table_reader("repository.registry", path + ".registry", repository.registry)},
       {"run_root", each("repository.run_root",
                         [&](toml::table const& root) { read_run_root(root, repository, path); })},
       {"consumer",
        each("repository.consumer",
             [&](toml::table const& consumer) { read_consumer(consumer, repository, path); })},
       {"guard", each("repository.guard",
                      [&](toml::table const& guard) { read_guard(guard, repository, path); })}});
  if (!seen.contains("path") && !seen.contains("glob")) {
    complain(table.source(), "repository.path", "is required, or glob");
  }
}

void Reader::read_run_root(toml::table const& table, RepositoryConfig& repository,
                           std::string const& path) {
  auto const root_path = element_path(path + ".run_root", repository.run_roots.size());
  auto& root = repository.run_roots.emplace_back();
  config_.locations[root_path] = location_of(file_, table.source());
  require_keys(table, "repository.run_root",
               read_keys(table, {"repository.run_root", root_path, &root}, {}));
}

void Reader::read_consumer(toml::table const& table, RepositoryConfig& repository,
                           std::string const& path) {
  auto const consumer_path = element_path(path + ".consumer", repository.consumers.size());
  auto& consumer = repository.consumers.emplace_back();
  config_.locations[consumer_path] = location_of(file_, table.source());
  require_keys(table, "repository.consumer",
               read_keys(table, {"repository.consumer", consumer_path, &consumer}, {}));
}

void Reader::read_guard(toml::table const& table, RepositoryConfig& repository,
                        std::string const& path) {
  auto const guard_path = element_path(path + ".guard", repository.guards.size());
  auto& guard = repository.guards.emplace_back();
  config_.locations[guard_path] = location_of(file_, table.source());
  auto seen = read_keys(table, {"repository.guard", guard_path, &guard}, {});
  // Switching a default rule off takes nothing but its name.
  if (!guard.enabled && is_default_guard(guard.name)) seen.insert({"kind", "paths"});
  require_keys(table, "repository.guard", seen);
}

}  // namespace

void read_document(toml::table const& document, std::string const& display, FileRole role,
                   Config& config, ProblemList& problems) {
  Reader reader(display, config, problems);
  switch (role) {
    case FileRole::main:
      reader.read_main(document);
      return;
    case FileRole::fragment:
      reader.read_fragment(document);
      return;
  }
}

}  // namespace govseal
