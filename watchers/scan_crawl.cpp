#include "watchers/scan_crawl.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "watchers/inotify_crawl.h"

namespace govseal {
namespace {

/// Runs one call of the file seam; the errno when it throws. A directory that cannot be read must
/// not end the scan of all others.
template <typename Call>
int error_of(Call const& call) {
  try {
    call();
    return 0;
  } catch (Error const& error) {
    return error.error_number() == 0 ? EIO : error.error_number();
  }
}

}  // namespace

ScanCrawl::ScanCrawl(Order order, FileSystem const& files)
    : order_(std::move(order)), files_(files), rules_(order_.root, order_.limits) {
  result_.root = order_.root.id;
  result_.ticket = order_.ticket;
}

CrawlResult ScanCrawl::run(std::stop_token stop) {
  auto found = find_root();
  if (int const* const error = std::get_if<int>(&found)) {
    GapCause const cause = *error == ENOENT ? GapCause::root_missing : cause_of(*error);
    result_.failure = NotPossible{cause, *error};
  } else if (auto const* const object = std::get_if<FileStat>(&found)) {
    result_.presence = RootPresence::other;
    listing_.object = *object;
  } else if (auto* const root = std::get_if<Handle>(&found)) {
    result_.presence = RootPresence::directory;
    scan(std::move(*root), stop);
  }
  auto data = std::make_unique<ScanData>();
  data->looked_at = listing_.entries();
  result_.directories = listing_.directories();
  result_.entries = listing_.entries();
  if (result_.failure || result_.stopped) {
    data->listing = std::move(order_.before);
  } else {
    data->changes = compare_listings(order_.before, listing_);
    data->listing = std::move(listing_);
  }
  result_.data = std::move(data);
  return std::move(result_);
}

/// The base that is not there is an error, since nothing tells what became of the repository.
std::variant<ScanCrawl::Handle, FileStat, std::monostate, int> ScanCrawl::find_root() {
  std::variant<Handle, FileStat, std::monostate, int> found = std::monostate();
  int const error = error_of([&] {
    auto base = files_.open_directory(order_.root.base);
    if (std::holds_alternative<OpenFailure>(base)) throw_errno(ENOENT, "open", order_.root.base);
    Handle at = std::get<Handle>(std::move(base));
    auto const elements = order_.root.path.elements();
    for (std::size_t i = 0; i < elements.size(); ++i) {
      auto const status = at->find(elements[i]);
      if (!status) return;
      if (status->kind != FileKind::directory) {
        if (i + 1 == elements.size()) found = *status;
        return;
      }
      auto next = at->open_directory(RelativePath::of(elements[i]));
      if (auto const* const failure = std::get_if<OpenFailure>(&next)) {
        if (*failure == OpenFailure::other_device) throw_errno(EXDEV, "open", order_.root.base);
        return;
      }
      at = std::get<Handle>(std::move(next));
    }
    found = std::move(at);
  });
  if (error != 0) return error;
  return found;
}

void ScanCrawl::scan(Handle root, std::stop_token const& stop) {
  FileStat status;
  Frame first{std::move(root), RelativePath(), {}, 0};
  int error = error_of([&] { status = first.directory->status(); });
  result_.identity = DirectoryIdentity{status.dev, status.ino, std::nullopt};
  int const fd = first.directory->native_handle();
  if (fd >= 0) result_.filesystem = read_filesystem_facts(fd);
  if (error == 0) error = list(first);
  if (error != 0) {
    result_.failure = NotPossible{cause_of(error), error};
    return;
  }
  stack_.push_back(std::move(first));
  while (!stack_.empty()) {
    if (stop.stop_requested()) {
      result_.stopped = true;
      return;
    }
    Frame& top = stack_.back();
    if (top.next == top.subdirectories.size()) {
      stack_.pop_back();
    } else {
      enter_child(top, top.subdirectories[top.next++]);
    }
  }
}

int ScanCrawl::list(Frame& frame) {
  std::vector<DirectoryEntry> entries;
  int const error = error_of([&] { entries = frame.directory->list(); });
  if (error != 0) return error;
  std::sort(entries.begin(), entries.end());
  if (entries.size() > order_.limits.entries_per_directory_max) {
    entries.resize(order_.limits.entries_per_directory_max);
    leave_out(frame.path, PartialCoverage::Reason::entries, 0);
  }
  return error_of([&] { list_names(frame, entries); });
}

void ScanCrawl::list_names(Frame& frame, std::vector<DirectoryEntry> const& entries) {
  (void)listing_.begin_directory();
  auto const levels = static_cast<unsigned>(frame.path.elements().size()) + 1;
  for (DirectoryEntry const& entry : entries) {
    // Unless even a directory of that name would be left out.
    if (rules_.hints(entry.name, true, levels) || rules_.hints(entry.name, false, levels)) {
      add_item(frame, entry.name, levels);
    }
  }
}

void ScanCrawl::add_item(Frame& frame, std::string const& name, unsigned levels) {
  auto const status = frame.directory->find(name);
  if (!status) return;  // Gone since it was listed.
  bool const is_directory = status->kind == FileKind::directory;
  if (!rules_.hints(name, is_directory, levels)) return;
  std::uint32_t const item = listing_.add(name, *status);
  if (!is_directory) return;
  RootRules::Enter const enter = rules_.enter(levels);
  if (enter == RootRules::Enter::yes) frame.subdirectories.push_back(item);
  if (enter == RootRules::Enter::too_deep) {
    leave_out(frame.path / name, PartialCoverage::Reason::depth, 0);
  }
}

void ScanCrawl::enter_child(Frame const& parent, std::uint32_t item) {
  std::string const name(listing_.name(listing_.item(item)));
  Frame child{nullptr, parent.path / name, {}, 0};
  std::optional<OpenFailure> failure;
  int error = error_of([&] {
    auto opened = parent.directory->open_directory(RelativePath::of(name));
    if (auto* const handle = std::get_if<Handle>(&opened)) {
      child.directory = std::move(*handle);
    } else {
      failure = std::get<OpenFailure>(opened);
    }
  });
  if (failure == OpenFailure::other_device) {
    return leave_out(child.path, PartialCoverage::Reason::other_filesystem, EXDEV);
  }
  if (failure) return;  // Gone or replaced since it was listed.
  auto const number = static_cast<std::uint32_t>(listing_.directories());
  if (error == 0) error = list(child);
  if (listing_.directories() > number) listing_.set_directory(item, number);
  if (error != 0) {
    bool const denied = error == EACCES || error == EPERM;
    using Reason = PartialCoverage::Reason;
    return leave_out(child.path, denied ? Reason::permission : Reason::failure, error);
  }
  if (!child.subdirectories.empty()) stack_.push_back(std::move(child));
}

void ScanCrawl::leave_out(RelativePath path, PartialCoverage::Reason reason, int error_number) {
  result_.partial.push_back({order_.root.id, std::move(path), reason, error_number});
}

}  // namespace govseal
