#include "reporting/layer_down/audit_window.h"

#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "reporting/layer_down/dispatch_record.h"

namespace govseal {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

bool has_date_form(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00";
  if (text.size() < kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '-' ? text[i] != '-' : !digit) return false;
  }
  return text.size() == kForm.size() || text[kForm.size()] == 'T';
}

std::variant<AuditWindow, WindowError> date_window(std::string_view text) {
  auto full = text.find('T') == std::string_view::npos ? std::string(text) + "T00:00:00Z"
                                                       : std::string(text);
  auto time = parse_utc(full);
  if (!time) return WindowError::not_a_date;
  AuditWindow window;
  window.kind = AuditWindow::Kind::date;
  // A fraction of a second counts as the next second: commits have whole ones.
  window.from_s = (time->count() + kNsPerSecond - 1) / kNsPerSecond;
  window.from = format_utc_s(*time);
  return window;
}

std::optional<CommitId> find_commit(GitReader& git, std::string_view text) {
  for (auto const& name :
       {std::string(text), "refs/" + std::string(text), "refs/heads/" + std::string(text),
        "refs/tags/" + std::string(text), "refs/remotes/" + std::string(text)}) {
    auto target = git.resolve_reference(name);
    if (auto const* commit = std::get_if<CommitId>(&target)) return *commit;
  }
  auto name = parse_commit_text(text);
  auto const* digits = std::get_if<CommitText>(&name);
  if (digits == nullptr || digits->trimmed) return std::nullopt;
  auto found = git.find_object(digits->digits);
  auto const* object = std::get_if<FoundObject>(&found);
  if (object == nullptr || object->kind != ObjectKind::commit) return std::nullopt;
  return object->id;
}

/// Position of the newest commit of the line that `from` reaches. Everything older on the line is
/// reached too, and nothing newer, so the walk ends at the line.
std::optional<std::uint32_t> newest_reached(GitReader& git, DispatchHistory const& history,
                                            CommitId const& from) {
  std::optional<std::uint32_t> newest;
  std::unordered_set<CommitId> seen{from};
  std::vector<CommitId> work{from};
  while (!work.empty()) {
    auto id = work.back();
    work.pop_back();
    if (auto position = history.position_on_line(id)) {
      if (!newest || *position > *newest) newest = position;
      continue;
    }
    auto commit = git.read_commit(id);
    if (!commit || commit->at_shallow_boundary) continue;
    for (auto const& parent : commit->parents) {
      if (seen.insert(parent).second) work.push_back(parent);
    }
  }
  return newest;
}

AuditWindow commit_window(GitReader& git, DispatchHistory const& history, CommitId const& commit,
                          AuditWindow::Kind kind) {
  AuditWindow window;
  window.kind = kind;
  window.from = commit.hex();
  window.after_position = newest_reached(git, history, commit);
  return window;
}

}  // namespace

bool is_inside(AuditWindow const& window, std::uint32_t position,
               std::int64_t committed_s) noexcept {
  if (window.after_position && position <= *window.after_position) return false;
  return !window.from_s || committed_s >= *window.from_s;
}

std::variant<AuditWindow, WindowError> make_window(GitReader& git, DispatchHistory const& history,
                                                   std::string_view since) {
  if (has_date_form(since)) return date_window(since);
  auto commit = find_commit(git, since);
  if (!commit) return WindowError::no_such_commit;
  return commit_window(git, history, *commit, AuditWindow::Kind::commit);
}

AuditWindow make_cursor_window(GitReader& git, DispatchHistory const& history,
                               CommitId const& cursor) {
  return commit_window(git, history, cursor, AuditWindow::Kind::cursor);
}

}  // namespace govseal
