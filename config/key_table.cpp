#include "config/key_table.h"

#include <vector>

#include "config/key_rows.h"

namespace govseal {
namespace {

std::vector<KeySpec> all_rows() {
  std::vector<KeySpec> rows;
  for (auto const part : {detail::agent_rows(), detail::watch_rows(), detail::repository_rows(),
                          detail::dispatch_rows()}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  return rows;
}

constexpr SectionSpec kSections[] = {
    {"", SectionSpec::Kind::top, ""},
    {"agent", SectionSpec::Kind::table, "The agent itself."},
    {"api", SectionSpec::Kind::table, "The socket and who may ask on it."},
    {"watch", SectionSpec::Kind::table, "How changes are noticed."},
    {"sealing", SectionSpec::Kind::table, "How run folders are hashed, swept and read again."},
    {"ledger", SectionSpec::Kind::table, "The audit ledger."},
    {"anchor", SectionSpec::Kind::table, "Where checkpoints are kept outside this host."},
    {"anchor.git", SectionSpec::Kind::table, "The anchor branch."},
    {"report", SectionSpec::Kind::table, "The drift report."},
    {"repository", SectionSpec::Kind::array,
     "A watched repository, or all that match a glob; any number of them."},
    {"repository.run_root", SectionSpec::Kind::array,
     "A directory of run folders. Without any, a repository has .codex/RUNS (auto), reports/runs\n"
     "and reports/path1/evidence/runs (verify)."},
    {"repository.dispatch", SectionSpec::Kind::table,
     "For governance repositories: dispatches to consumers. All paths are below the repository."},
    {"repository.consumer", SectionSpec::Kind::array,
     "A local clone of a consumer; only these are verified."},
    {"repository.guard", SectionSpec::Kind::array,
     "A rule for guarded paths. The default rules are prehandover, assurance,\n"
     "scope-declarations, session-memory, memory-archive, fail-only-once, changelog, records and\n"
     "immutable-marker."},
    {"repository.registry", SectionSpec::Kind::table,
     "The repository's registries of runs. All paths are below the repository."},
};

}  // namespace

std::span<KeySpec const> key_table() {
  static std::vector<KeySpec> const rows = all_rows();
  return rows;
}

std::span<SectionSpec const> section_table() {
  return kSections;
}

std::span<KeySpec const> keys_of(std::string_view section) {
  auto const table = key_table();
  std::size_t first = 0;
  while (first < table.size() && table[first].section != section) ++first;
  std::size_t last = first;
  while (last < table.size() && table[last].section == section) ++last;
  return table.subspan(first, last - first);
}

KeySpec const* find_key(std::string_view section, std::string_view name) noexcept {
  for (auto const& key : keys_of(section)) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

std::string dotted_name(KeySpec const& key) {
  if (key.section.empty()) return std::string(key.name);
  return std::string(key.section) + "." + std::string(key.name);
}

}  // namespace govseal
