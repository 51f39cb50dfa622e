// What can be read off the text of the product: layers, lengths, banned calls, where exceptions are
// caught, what stands beside co_await. Every list of exceptions here may only become shorter.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/tidy/source_tree.h"

namespace govseal {
namespace {

using PathSet = std::set<std::string>;

std::string at(SourceFile const& file, std::size_t line) {
  return file.path + ":" + std::to_string(line + 1);
}

/// `rule(file, index of the line)` for every line; a true one is a mistake.
template <class Rule>
std::string mistakes(Rule const& rule) {
  std::string found;
  for (SourceFile const& file : product_sources()) {
    for (std::size_t i = 0; i < file.code.size(); ++i) {
      if (rule(file, i)) found += at(file, i) + ": " + file.lines[i] + "\n";
    }
  }
  return found;
}

std::string included(std::string const& line) {
  static std::regex const form("#include [<\"]([^>\"]+)[>\"]");
  std::smatch match;
  return std::regex_search(line, match, form) ? match[1].str() : "";
}

TEST_CASE("the tree was found and literals and comments are no code") {
  REQUIRE(product_sources().size() > 200);
  for (SourceFile const& file : product_sources()) {
    REQUIRE(file.code.size() == file.lines.size());
    for (std::string const& line : file.code) {
      if (line.starts_with("#include")) continue;
      REQUIRE_MESSAGE(line.find("//") == std::string::npos, file.path << ": " << line);
    }
  }
}

TEST_CASE("a layer includes itself and what lies below it") {
  std::map<std::string, PathSet> const below = {
      {"base", {}},
      {"config", {"base"}},
      {"watchers", {"base"}},
      {"sealing", {"base"}},
      {"reporting", {"base", "config", "watchers", "sealing"}},
      {"agent", {"base", "config", "watchers", "sealing", "reporting"}},
  };
  CHECK(mistakes([&](SourceFile const& file, std::size_t i) {
          std::string const name = included(file.lines[i]);
          std::string const layer = name.substr(0, name.find('/'));
          return below.count(layer) != 0 && layer != file.layer() &&
                 below.at(file.layer()).count(layer) == 0;
        }) == "");
}

TEST_CASE("islands: git and the ledger see no neighbour, reporting sees no kernel event") {
  CHECK(mistakes([](SourceFile const& file, std::size_t i) {
          std::string const name = included(file.lines[i]);
          auto const within = [&](char const* folder) { return file.path.starts_with(folder); };
          auto const names = [&](char const* folder) { return name.starts_with(folder); };
          if (within("watchers/git/")) return names("watchers/") && !names("watchers/git/");
          if (within("watchers/")) return names("watchers/git/");
          if (within("reporting/")) return names("watchers/") && !names("watchers/git/");
          return false;
        }) == "");
}

TEST_CASE("libraries stay in their rooms") {
  // agent/api/health.cpp tells their versions.
  std::map<std::string, std::vector<std::string>> const rooms = {
      {"boost/", {"agent/"}},
      {"git2", {"watchers/git/"}},
      {"sqlite3.h", {"sealing/"}},
      {"toml++/", {"config/"}},
      {"yaml-cpp/", {"reporting/layer_down/"}},
      {"CLI/", {"agent/cli/"}},
      {"systemd/", {"agent/"}},
      {"sys/inotify.h", {"watchers/"}},
      {"openssl/", {"base/", "sealing/"}},
  };
  CHECK(mistakes([&](SourceFile const& file, std::size_t i) {
          std::string const name = included(file.lines[i]);
          for (auto const& [library, folders] : rooms) {
            if (!name.starts_with(library) || file.path == "agent/api/health.cpp") continue;
            return std::none_of(folders.begin(), folders.end(), [&](std::string const& folder) {
              return file.path.starts_with(folder);
            });
          }
          return false;
        }) == "");
}

TEST_CASE("files are short enough to be read at once") {
  // Longer than 400 lines since before this rule; the number is a ceiling.
  std::map<std::string, std::size_t> const known = {
      {"agent/service.cpp", 675},
      {"agent/workers.cpp", 428},
      {"reporting/projection.cpp", 402},
  };
  for (SourceFile const& file : product_sources()) {
    auto const found = known.find(file.path);
    std::size_t const most = found == known.end() ? 400 : found->second;
    CHECK_MESSAGE(file.lines.size() <= most,
                  file.path << " has " << file.lines.size() << " lines, at most " << most);
  }
  for (auto const& [path, most] : known) {
    CHECK_MESSAGE(most > 400, path << " needs no exception any more");
  }
}

TEST_CASE("functions are short enough to be read at once") {
  // A definition starts and ends in column 0, and nothing of it but labels stands there.
  std::regex const other("^(namespace|class|struct|enum|extern)\\b|= \\{");
  std::string found;
  for (SourceFile const& file : product_sources()) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < file.code.size(); ++i) {
      std::string const& line = file.code[i];
      if (!line.empty() && line[0] != ' ' && line[0] != '}') begin = i;
      if (line != "}" || std::regex_search(file.code[begin], other)) continue;
      if (i - begin > 70) found += at(file, begin) + "\n";
    }
  }
  CHECK(found == "");
}

TEST_CASE("calls that are never right here") {
  std::regex const banned(
      R"((^|[^\w.>:])(std::)?(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|rand|srand|tmpnam|)"
      R"(mktemp|setenv|putenv|localtime|gmtime|asctime|ctime|atoi|atol|system|popen|fork|vfork|)"
      R"(execve|execl|execv|execvp)\s*\()");
  CHECK(mistakes([&](SourceFile const& file, std::size_t i) {
          return std::regex_search(file.code[i], banned);
        }) == "");
}

TEST_CASE("a path is opened in the few places where it comes from the operator or the system") {
  PathSet const known = {
      "agent/cli/verb_commands.cpp",  // --out FILE
      "base/clock.cpp",               // /proc
      "config/config_file.cpp",       // the configuration, checked for its owner
      "config/discovery.cpp",         // directories of discovery globs
      "config/host.cpp",              // /proc
      "watchers/git/git_layout.cpp",  // what git itself reads, before libgit2 does
  };
  std::regex const opens(R"((::open\(|fopen\(|std::ifstream|std::ofstream|std::fstream))");
  std::regex const methods(R"(\w+::open\()");
  CHECK(mistakes([&](SourceFile const& file, std::size_t i) {
          std::string const code = std::regex_replace(file.code[i], methods, "");
          return known.count(file.path) == 0 && std::regex_search(code, opens);
        }) == "");
}

TEST_CASE("clocks and randomness are read in base, and outside it never for a fact") {
  std::regex const clocks(
      R"((system_clock|steady_clock)::now|clock_gettime|gettimeofday|[^_\w]time\(nullptr|random_device|)"
      R"([^\w]getrandom\()");
  PathSet const known = {
      "agent/api/exchange.cpp",     // timeouts of a connection, never a fact
      "agent/api/session.cpp",      // the same
      "agent/cli/agent_api.cpp",    // the Idempotency-Key
      "agent/cli/http_client.cpp",  // timeouts
      "agent/cli/progress.cpp",     // the line on the terminal
      "agent/service.cpp",          // the seed of the draws for re-hashing
  };
  CHECK(mistakes([&](SourceFile const& file, std::size_t i) {
          return file.layer() != "base" && known.count(file.path) == 0 &&
                 std::regex_search(file.code[i], clocks);
        }) == "");
}

TEST_CASE("exceptions are caught where work ends, or turned into a value at once") {
  std::map<std::string, int> const known = {
      {"agent/api/exchange.cpp", 1},       // a request ends
      {"agent/cli/cli.cpp", 6},            // the program ends, three times by CLI11's way
      {"agent/cli/job_wait.cpp", 1},       // Ctrl-C while waiting is an answer
      {"agent/cli/verb_dispatch.cpp", 1},  // one repository of several
      {"agent/cli/verify_local.cpp", 2},   // one folder of several
      {"agent/main.cpp", 1},               // the program ends
      {"agent/workers.cpp", 1},            // a job ends
      {"base/publish.cpp", 1},             // cleaning up on the way of an exception
      {"base/task_pool.cpp", 1},           // carried to the thread that asked
      {"config/document.cpp", 1},          // toml++ throws what it cannot parse
      {"reporting/layer_down/yaml_document.cpp", 1},  // so does yaml-cpp
      {"sealing/ledger/io_attempt.cpp", 1},           // a failed write is a state of the ledger
      {"sealing/seal_step.cpp", 1},                   // a failed step is an outcome
      {"watchers/scan_crawl.cpp", 1},                 // an unreadable directory is a gap
  };
  for (SourceFile const& file : product_sources()) {
    int count = 0;
    for (std::string const& line : file.code) {
      if (std::regex_search(line, std::regex("\\bcatch \\("))) ++count;
    }
    auto const found = known.find(file.path);
    int const most = found == known.end() ? 0 : found->second;
    CHECK_MESSAGE(count == most, file.path << " catches " << count << " times, expected " << most);
  }
}

TEST_CASE("no braces and no lambda stand in a statement with co_await") {
  // g++ 12.2 copies such temporaries bytewise and destroys them twice.
  std::string found;
  for (SourceFile const& file : product_sources()) {
    for (std::size_t i = 0; i < file.code.size(); ++i) {
      auto const begin = file.code[i].find("co_await");
      if (begin == std::string::npos) continue;
      std::string statement = file.code[i].substr(begin);
      for (std::size_t j = i + 1; statement.find(';') == std::string::npos; ++j) {
        REQUIRE(j < file.code.size());
        statement += file.code[j];
      }
      statement.resize(statement.find(';'));
      if (statement.find_first_of("{}[") != std::string::npos) found += at(file, i) + "\n";
    }
  }
  CHECK(found == "");
}

TEST_CASE("a header says once what it is and opens no namespace for others") {
  std::string found;
  for (SourceFile const& file : product_sources()) {
    if (!file.is_header()) continue;
    if (file.lines.empty() || file.lines[0] != "#pragma once") found += file.path + ": no guard\n";
    for (std::string const& line : file.code) {
      if (line.starts_with("using namespace")) found += file.path + ": using namespace\n";
    }
  }
  CHECK(found == "");
}

TEST_CASE("a type is defined once: two of one name in one namespace end as one of them") {
  std::regex const opening(R"(^(inline )?namespace( [\w:]+)? \{)");
  std::regex const definition(R"(^(struct|class|enum class) (\w+)( final)?( :.*)? \{)");
  std::map<std::string, std::string> places;
  std::string found;
  for (SourceFile const& file : product_sources()) {
    std::vector<std::string> namespaces;
    for (std::size_t i = 0; i < file.code.size(); ++i) {
      std::smatch match;
      if (std::regex_search(file.code[i], match, opening)) namespaces.push_back(match[2].str());
      // The end of a namespace is the one brace in column 0 that a comment follows.
      if (file.lines[i].starts_with("}  // namespace")) namespaces.pop_back();
      if (!std::regex_search(file.code[i], match, definition)) continue;
      std::string name;
      for (std::string const& part : namespaces) name += part.empty() ? file.path + " " : part;
      name += "::" + match[2].str();
      auto const [known, added] = places.try_emplace(name, at(file, i));
      if (!added) found += name + ": " + known->second + " and " + at(file, i) + "\n";
    }
  }
  CHECK(found == "");
}

TEST_CASE("every header compiles alone (GOVSEAL_TIDY_HEADERS=1)") {
  if (std::getenv("GOVSEAL_TIDY_HEADERS") == nullptr) {
    MESSAGE("SKIPPED: takes minutes");
    return;
  }
  for (SourceFile const& file : product_sources()) {
    if (!file.is_header()) continue;
    std::string const command = "g++-12 -std=c++20 -fsyntax-only -x c++ -I'" GOVSEAL_SOURCE_DIR
                                "' $(pkg-config --cflags libgit2) '" GOVSEAL_SOURCE_DIR "/" +
                                file.path + "' 2>&1";
    CHECK_MESSAGE(std::system(command.c_str()) == 0, file.path);
  }
}

}  // namespace
}  // namespace govseal
