#include "tests/support/memory_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/error.h"

namespace govseal {
namespace {

constexpr int kLinksMax = 40;

std::uint32_t type_bits(FileKind kind) {
  switch (kind) {
    case FileKind::regular:
      return S_IFREG;
    case FileKind::directory:
      return S_IFDIR;
    case FileKind::symlink:
      return S_IFLNK;
    case FileKind::special:
      return S_IFIFO;
  }
  return 0;
}

std::uint32_t count_subdirectories(memory::Node const& directory) {
  return static_cast<std::uint32_t>(
      std::count_if(directory.entries.begin(), directory.entries.end(),
                    [](auto const& entry) { return entry.second->kind == FileKind::directory; }));
}

std::vector<std::string> elements_of(std::string const& path) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while (at < path.size()) {
    std::size_t const end = std::min(path.find('/', at), path.size());
    if (end > at) out.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

MemoryFileSystem::State::State() {
  root = std::make_shared<Node>();
  root->kind = FileKind::directory;
  root->dev = 1;
  root->ino = 1;
  root->nlink = 2;
  root->mode = root->synced_mode = S_IFDIR | 0755U;
  root->mtime_ns = root->ctime_ns = now_ns;
}

memory::NodePtr MemoryFileSystem::State::make_node(FileKind kind, std::uint32_t permissions,
                                                   Node const& parent) {
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->dev = parent.dev;
  node->ino = next_ino++;
  node->mode = node->synced_mode = type_bits(kind) | (permissions & 07777U);
  node->mtime_ns = node->ctime_ns = now_ns;
  return node;
}

void MemoryFileSystem::State::change_names(Node& directory,
                                           std::vector<std::pair<std::string, NodePtr>> effects,
                                           std::uint64_t id) {
  // New names first, so that a renamed file never counts as gone.
  for (auto const& [name, node] : effects) {
    if (node) count_link(*node, true);
  }
  for (auto const& [name, node] : effects) {
    auto const old = directory.entries.find(name);
    if (old != directory.entries.end()) {
      bool const moved = std::any_of(effects.begin(), effects.end(), [&](auto const& effect) {
        return effect.second == old->second;
      });
      bool const is_directory = old->second->kind == FileKind::directory;
      if (!is_directory || !moved) count_link(*old->second, false);
      directory.entries.erase(old);
    }
    if (node) directory.entries[name] = node;
  }
  directory.nlink = 2 + count_subdirectories(directory);
  directory.mtime_ns = directory.ctime_ns = now_ns;
  directory.pending.push_back({id == 0 ? next_change++ : id, std::move(effects)});
}

void MemoryFileSystem::State::count_link(Node& node, bool added) {
  node.ctime_ns = now_ns;
  if (node.kind == FileKind::directory) {
    node.nlink = added ? 2 + count_subdirectories(node) : 0;
    return;
  }
  if (added && node.nlink == 0) used_bytes += node.content.size();
  node.nlink += added ? 1U : static_cast<std::uint32_t>(-1);
  if (node.nlink == 0) used_bytes -= node.content.size();
}

void MemoryFileSystem::State::set_content(Node& file, std::string content, std::size_t same_size) {
  if (file.nlink > 0) used_bytes += content.size() - file.content.size();
  file.content = std::move(content);
  file.same_size = std::min(file.same_size, same_size);
  for (auto& range : file.lost) range.end = std::min(range.end, same_size);
  std::erase_if(file.lost, [](auto const& range) { return range.begin >= range.end; });
  file.mtime_ns = file.ctime_ns = now_ns;
}

std::size_t MemoryFileSystem::State::append(Node& file, std::string_view bytes) {
  std::size_t room = bytes.size();
  if (bytes_max) {
    std::uint64_t const free = *bytes_max > used_bytes ? *bytes_max - used_bytes : 0;
    room = static_cast<std::size_t>(std::min<std::uint64_t>(room, free));
  }
  std::size_t const old_size = file.content.size();
  if (file.nlink > 0) used_bytes += room;
  file.content += bytes.substr(0, room);
  file.same_size = std::min(file.same_size, old_size);
  file.mtime_ns = file.ctime_ns = now_ns;
  return room;
}

void MemoryFileSystem::State::truncate(Node& file, std::uint64_t size) {
  std::string content = file.content;
  std::size_t const old_size = content.size();
  content.resize(static_cast<std::size_t>(size), '\0');
  set_content(file, std::move(content), std::min(old_size, static_cast<std::size_t>(size)));
}

void MemoryFileSystem::State::set_mode(Node& node, std::uint32_t permissions) {
  node.mode = type_bits(node.kind) | (permissions & 07777U);
  node.ctime_ns = now_ns;
}

void MemoryFileSystem::State::sync_file(Node& file) {
  file.synced_content = file.content;
  for (auto const& [begin, end] : file.lost) {
    std::fill(file.synced_content.begin() + static_cast<std::ptrdiff_t>(begin),
              file.synced_content.begin() + static_cast<std::ptrdiff_t>(end), '\0');
  }
  file.same_size = file.lost.empty() ? file.content.size() : file.lost.front().begin;
  file.synced_mode = file.mode;
}

void MemoryFileSystem::State::lose_unsynced(Node& file) {
  if (file.same_size < file.content.size()) {
    file.lost.push_back({file.same_size, file.content.size()});
  }
}

void MemoryFileSystem::State::sync_directory(Node& directory) {
  directory.synced_entries = directory.entries;
  directory.synced_mode = directory.mode;
  directory.pending.clear();
}

void MemoryFileSystem::State::for_each_node(
    std::function<void(NodePtr const&)> const& visit) const {
  std::set<Node const*> seen;
  std::vector<NodePtr> waiting = {root};
  while (!waiting.empty()) {
    NodePtr const node = std::move(waiting.back());
    waiting.pop_back();
    if (!seen.insert(node.get()).second) continue;
    visit(node);
    for (auto const& [name, child] : node->entries) waiting.push_back(child);
  }
}

void MemoryFileSystem::State::settle_after_crash() {
  used_bytes = 0;
  for_each_node([](NodePtr const& node) { node->nlink = 0; });
  root->nlink = 2 + count_subdirectories(*root);
  for_each_node([this](NodePtr const& node) {
    for (auto const& [name, child] : node->entries) {
      std::int64_t const child_ctime_ns = child->ctime_ns;
      count_link(*child, true);
      child->ctime_ns = child_ctime_ns;
    }
    node->synced_entries = node->entries;
    node->pending.clear();
    node->synced_content = node->content;
    node->same_size = node->content.size();
    node->synced_mode = node->mode;
    node->lost.clear();
  });
}

FileStat MemoryFileSystem::State::stat_of(Node const& node) const {
  FileStat stat;
  stat.kind = node.kind;
  stat.dev = node.dev;
  stat.ino = node.ino;
  stat.size = node.kind == FileKind::directory ? 4096 : node.content.size();
  stat.mtime_ns = node.mtime_ns;
  stat.ctime_ns = node.ctime_ns;
  stat.mode = node.mode;
  stat.nlink = node.nlink;
  stat.uid = node.uid;
  stat.gid = node.gid;
  return stat;
}

MemoryFileSystem::State::Found MemoryFileSystem::State::resolve(std::string const& path,
                                                                bool follow_last) const {
  std::vector<NodePtr> stack = {root};
  std::vector<std::string> rest = elements_of(path);
  std::reverse(rest.begin(), rest.end());
  int links = 0;
  while (!rest.empty()) {
    std::string const name = std::move(rest.back());
    rest.pop_back();
    if (stack.back()->kind != FileKind::directory) return {};
    if (name == ".") continue;
    if (name == "..") {
      if (stack.size() > 1) stack.pop_back();
      continue;
    }
    auto const found = stack.back()->entries.find(name);
    if (found == stack.back()->entries.end()) return {};
    NodePtr const node = found->second;
    if (node->kind != FileKind::symlink || (rest.empty() && !follow_last)) {
      stack.push_back(node);
      continue;
    }
    if (++links > kLinksMax) return {nullptr, OpenFailure::wrong_kind};
    if (node->content.starts_with('/')) stack.resize(1);
    auto target = elements_of(node->content);
    rest.insert(rest.end(), target.rbegin(), target.rend());
  }
  return {stack.back(), OpenFailure::not_found};
}

MemoryFileSystem::State::Step::Step(State& state, FileOperation operation, std::string const& path,
                                    std::uint64_t epoch)
    : state_(state), operation_(operation), path_(path) {
  if (state.power_off || epoch != state.epoch) throw SimulatedCrash();
  ++state.operations;
  if (state.hook) {
    auto const hook = state.hook;  // Kept: it may replace itself.
    fault_ = (*hook)(operation, path);
  }
  if (state.power_off || epoch != state.epoch) throw SimulatedCrash();
  switch (fault_.kind) {
    case Fault::Kind::pass:
    case Fault::Kind::fail_done:
    case Fault::Kind::crash_done:
      return;
    case Fault::Kind::fail_partly:
      partly = operation == FileOperation::append || operation == FileOperation::publish_write;
      if (partly) return;
      [[fallthrough]];
    case Fault::Kind::fail:
      throw_errno(fault_.error_number, to_string(operation), path);
    case Fault::Kind::crash_now:
      state.power_off = true;
      throw SimulatedCrash();
  }
}

void MemoryFileSystem::State::Step::finish() const {
  if (fault_.kind == Fault::Kind::crash_done) {
    state_.power_off = true;
    throw SimulatedCrash();
  }
  if (fault_.kind != Fault::Kind::pass) {
    throw_errno(fault_.error_number, to_string(operation_), path_);
  }
}

}  // namespace govseal
