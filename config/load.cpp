#include "config/load.h"

#include <algorithm>

#include "config/config_file.h"
#include "config/defaults.h"
#include "config/document.h"
#include "config/reader.h"
#include "config/text_forms.h"
#include "config/validate.h"

namespace govseal {
namespace {

constexpr std::string_view kFragmentDirectory = "govseal.d";

std::string directory_of(std::string const& path) {
  auto const slash = path.rfind('/');
  if (slash == path.npos) return {};
  return path.substr(0, std::max<std::size_t>(slash, 1));
}

std::string below(std::string const& directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  return directory + (directory.ends_with('/') ? "" : "/") + std::string(name);
}

/// The files of a configuration and what is wrong with getting at them.
struct FileSet {
  std::vector<ConfigText> files;  // empty: the main file cannot be read
  std::vector<ConfigProblem> problems;
  bool is_syntax_error = false;  // of the main file, which stands alone
};

/// Where the fragments are: what the main file says, or beside it.
struct FragmentPlace {
  std::string path;
  std::string display;
  std::uint32_t fragments_max;
};

/// Reads as much of the main file as says where the fragments are.
FragmentPlace fragment_place(toml::table const& document, ConfigText const& main) {
  FragmentPlace place{below(directory_of(main.path), kFragmentDirectory),
                      below(directory_of(main.display), kFragmentDirectory),
                      AgentConfig().repositories_max};
  if (auto const include = document["include"].value<std::string>()) {
    if (!check_absolute_path(*include)) place.path = place.display = normal_path(*include);
  }
  if (auto const most = document["agent"]["repositories_max"].value<std::int64_t>()) {
    if (*most >= 1 && *most <= 100'000) place.fragments_max = static_cast<std::uint32_t>(*most);
  }
  return place;
}

void read_fragments(FragmentPlace const& place, FileTrust trust, FileSet& set) {
  auto listed = list_fragments(place.path, place.display, trust);
  if (auto* problem = std::get_if<ConfigProblem>(&listed)) {
    problem->key = "include";
    set.problems.push_back(std::move(*problem));
    return;
  }
  auto const& listing = std::get<FragmentListing>(listed);
  for (auto const& name : listing.ignored) {
    ConfigProblem problem;
    problem.file = below(place.display, name);
    problem.message = "ignored: no fragment is named like this (NAME.toml, NAME a repository id)";
    problem.severity = ConfigProblem::Severity::warning;
    set.problems.push_back(std::move(problem));
  }
  if (listing.names.size() > place.fragments_max) {
    ConfigProblem problem;
    problem.file = place.display;
    problem.key = "include";
    problem.message = "holds " + std::to_string(listing.names.size()) +
                      " fragments: at most agent.repositories_max, " +
                      std::to_string(place.fragments_max);
    set.problems.push_back(std::move(problem));
    return;
  }
  for (auto const& name : listing.names) {
    ConfigText file{below(place.path, name), below(place.display, name), {}};
    auto text = read_config_file(file.path, file.display, trust);
    if (auto* problem = std::get_if<ConfigProblem>(&text)) {
      set.problems.push_back(std::move(*problem));
      continue;
    }
    file.text = std::move(std::get<std::string>(text));
    set.files.push_back(std::move(file));
  }
}

FileSet read_files(ConfigSources const& sources) {
  FileSet set;
  FileTrust const trust{sources.environment.uid};
  ConfigText main{absolute_path(sources.main_file), sources.main_file, {}};
  auto text = read_config_file(main.path, main.display, trust);
  if (auto* problem = std::get_if<ConfigProblem>(&text)) {
    set.problems.push_back(std::move(*problem));
    return set;
  }
  main.text = std::move(std::get<std::string>(text));
  auto const document = parse_document(main);
  if (auto const* problem = std::get_if<ConfigProblem>(&document)) {
    set.problems.push_back(*problem);
    set.is_syntax_error = true;
    set.files.push_back(std::move(main));
    return set;
  }
  auto const place = fragment_place(std::get<toml::table>(document), main);
  set.files.push_back(std::move(main));
  read_fragments(place, trust, set);
  return set;
}

Digest digest_of(std::vector<ConfigText> const& files) {
  std::string lines;
  for (auto const& file : files) lines += sha256(file.text).hex() + "  " + file.path + "\n";
  return sha256(lines);
}

}  // namespace

LoadOutcome parse_config(std::vector<ConfigText> const& files, Environment const& environment,
                         HostView const& host) {
  LoadOutcome outcome;
  ProblemList problems;
  auto config = default_config(environment);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto const& file = files[i];
    names.push_back(file.display);
    config.files.push_back(file.path);
    auto const document = parse_document(file);
    if (auto const* problem = std::get_if<ConfigProblem>(&document)) {
      problems.error({file.display, problem->line, problem->column}, problem->key,
                     problem->message);
      if (i == 0) break;  // nothing behind it can be read, and the fragments belong to it
      continue;
    }
    auto const role = i == 0 ? FileRole::main : FileRole::fragment;
    read_document(std::get<toml::table>(document), file.display, role, config, problems);
  }
  bool const main_is_readable = config.files.size() == files.size();
  if (main_is_readable) {
    if (config.include.empty()) {
      config.include = below(directory_of(files.front().path), kFragmentDirectory);
    }
    derive_defaults(config);
    complete_repositories(config, problems);
    Places const places(config, files.front().display);
    validate_values(config, places, problems);
    validate_host(config, environment, host, places, problems);
    config.digest = digest_of(files);
  }
  bool const good = !problems.has_errors();
  outcome.problems = problems.take(names);
  if (good) outcome.config = std::move(config);
  return outcome;
}

LoadOutcome load_config(ConfigSources const& sources) {
  return load_config(sources, SystemHost());
}

LoadOutcome load_config(ConfigSources const& sources, HostView const& host) {
  auto set = read_files(sources);
  if (set.files.empty() || set.is_syntax_error) return {std::nullopt, std::move(set.problems)};
  auto outcome = parse_config(set.files, sources.environment, host);
  bool const is_readable =
      std::none_of(set.problems.begin(), set.problems.end(), [](ConfigProblem const& problem) {
        return problem.severity == ConfigProblem::Severity::error;
      });
  if (!is_readable) outcome.config.reset();
  auto& problems = outcome.problems;
  problems.insert(problems.end(), set.problems.begin(), set.problems.end());
  return outcome;
}

std::optional<Digest> digest_on_disk(ConfigSources const& sources) {
  auto const set = read_files(sources);
  if (set.files.empty()) return std::nullopt;
  return digest_of(set.files);
}

}  // namespace govseal
