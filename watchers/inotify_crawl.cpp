#include "watchers/inotify_crawl.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "base/disk_calls.h"

namespace govseal {

GapCause cause_of(int error_number) noexcept {
  switch (error_number) {
    case ENOSPC:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return GapCause::watch_limit;
    case EACCES:
    case EPERM:
      return GapCause::permission_denied;
    case EXDEV:
    case EOPNOTSUPP:
      return GapCause::filesystem_unsupported;
    default:
      return GapCause::io_error;
  }
}

InotifyCrawl::InotifyCrawl(Order order, InotifyHandle inotify)
    : order_(std::move(order)), inotify_(std::move(inotify)), rules_(order_.root, order_.limits) {
  auto data = std::make_unique<InotifyCrawlData>();
  data_ = data.get();
  result_.root = order_.root.id;
  result_.ticket = order_.ticket;
  result_.data = std::move(data);
}

CrawlResult InotifyCrawl::run(std::stop_token stop) {
  RootWalk walk = walk_to_root(order_.root, [this](int directory_fd) {
    std::int32_t const watch = inotify_.add(directory_fd);
    if (watch == 0) return errno;
    data_->way.push_back(watch);
    return 0;
  });
  result_.presence = walk.presence;
  int const nearest = walk.fd.valid() ? walk.fd.get() : walk.nearest.get();
  if (nearest >= 0) result_.filesystem = read_filesystem_facts(nearest);
  if (walk.base_missing) {
    result_.failure = NotPossible{GapCause::root_missing, ENOENT};
  } else if (walk.error_number != 0) {
    fail(walk.error_number);
  } else if (result_.filesystem && is_remote_filesystem(result_.filesystem->type)) {
    result_.failure = NotPossible{GapCause::filesystem_unsupported, 0};
  } else if (walk.presence == RootPresence::directory) {
    crawl(std::move(walk.fd), stop);
  }
  result_.directories = data_->tree.size();
  result_.entries = data_->entries.size();
  return std::move(result_);
}

void InotifyCrawl::crawl(UniqueFd root_fd, std::stop_token const& stop) {
  result_.identity = identity_of(root_fd.get());
  data_->tree.make_root();
  enter(std::move(root_fd), DirectoryTree::kRoot);
  while (!stack_.empty() && !result_.failure) {
    if (stop.stop_requested()) {
      result_.stopped = true;
      return;
    }
    Frame& top = stack_.back();
    if (top.next == top.subdirectories.size()) {
      stack_.pop_back();
      continue;
    }
    std::string const name = std::move(top.subdirectories[top.next++]);
    enter_child(top, name);
  }
}

void InotifyCrawl::enter_child(Frame& parent, std::string const& name) {
  disk::Opened child = disk::open_beneath(parent.fd.get(), name, O_RDONLY | O_DIRECTORY);
  switch (child.error) {
    case 0:
      break;
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
      return;  // Removed or replaced since it was listed; the event about it is on its way.
    case EACCES:
      return leave_out(parent.node, name, PartialCoverage::Reason::permission, child.error);
    case EXDEV:
      return leave_out(parent.node, name, PartialCoverage::Reason::other_filesystem, child.error);
    default:
      return fail(child.error);
  }
  if (data_->tree.size() >= order_.directories_left) return fail(ENOSPC);
  DirectoryTree::Node const node = data_->tree.add(parent.node, name);
  enter(std::move(child.fd), node);
}

void InotifyCrawl::enter(UniqueFd fd, DirectoryTree::Node node) {
  std::int32_t const watch = inotify_.add(fd.get());
  if (watch == 0) {
    int const error = errno;
    bool const gone = error == ENOENT;  // Removed since it was opened; its parent tells.
    if ((!gone && error != EACCES) || node == DirectoryTree::kRoot) return fail(error);
    if (!gone) leave_out(node, {}, PartialCoverage::Reason::permission, error);
    return data_->tree.remove(node, [](DirectoryTree::Node) {});
  }
  data_->tree.set_watch(node, watch);
  Frame frame{std::move(fd), node, {}, 0};
  list(frame);
  if (!frame.subdirectories.empty()) stack_.push_back(std::move(frame));
}

void InotifyCrawl::list(Frame& frame) {
  unsigned const levels = data_->tree.depth(frame.node) + 1;
  data_->entries.begin_directory(data_->tree.handle(frame.node));
  reader_.start(frame.fd.get());
  DirectoryReader::Entry entry;
  for (std::size_t count = 0;; ++count) {
    auto const step = reader_.next(entry);
    if (step == DirectoryReader::Step::end) return;
    if (step == DirectoryReader::Step::failed) {
      return leave_out(frame.node, {}, PartialCoverage::Reason::failure, errno);
    }
    if (count == order_.limits.entries_per_directory_max) {
      return leave_out(frame.node, {}, PartialCoverage::Reason::entries, 0);
    }
    if (rules_.hints(entry.name, entry.is_directory, levels)) {
      data_->entries.add(entry.name, entry.is_directory);
    }
    if (!entry.is_directory) continue;
    RootRules::Enter const enter = rules_.enter(levels);
    if (enter == RootRules::Enter::yes) frame.subdirectories.emplace_back(entry.name);
    if (enter == RootRules::Enter::too_deep) {
      leave_out(frame.node, entry.name, PartialCoverage::Reason::depth, 0);
    }
  }
}

void InotifyCrawl::fail(int error_number) {
  result_.failure = NotPossible{cause_of(error_number), error_number};
}

void InotifyCrawl::leave_out(DirectoryTree::Node parent, std::string_view name,
                             PartialCoverage::Reason reason, int error_number) {
  RelativePath const path = data_->tree.path(parent).value_or(RelativePath());
  result_.partial.push_back(
      {order_.root.id, name.empty() ? path : path / name, reason, error_number});
}

}  // namespace govseal
