#include "tests/support/memory_file_system.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/error.h"
#include "base/sha256.h"
#include "tests/support/memory_tree.h"

namespace govseal {
namespace {

using State = MemoryFileSystem::State;
using memory::NameChange;
using memory::Node;
using memory::NodePtr;
using Lock = std::lock_guard<std::recursive_mutex>;

constexpr std::size_t kBlockBytes = 512;

std::string parent_of(std::string const& path) {
  auto const slash = path.rfind('/');
  GOVSEAL_ASSERT(path.starts_with('/') && slash + 1 < path.size());
  return path.substr(0, slash);
}

std::string name_of(std::string const& path) {
  return path.substr(path.rfind('/') + 1);
}

/// The directory of `path`, made where it is missing.
NodePtr parent_node(State& state, std::string const& path) {
  NodePtr node = state.root;
  std::string so_far;
  std::string rest = parent_of(path);
  while (!rest.empty()) {
    auto const end = std::min(rest.find('/', 1), rest.size());
    std::string const step = rest.substr(0, end);
    so_far += step;
    rest.erase(0, end);
    auto const found = state.resolve(so_far, true);
    if (!found.node) {
      NodePtr const made = state.make_node(FileKind::directory, 0755, *node);
      state.change_names(*node, {{step.substr(1), made}});
      node = made;
      continue;
    }
    node = found.node;
    GOVSEAL_ASSERT(node->kind == FileKind::directory);
  }
  return node;
}

NodePtr existing(State const& state, std::string const& path) {
  NodePtr node = state.resolve(path, true).node;
  GOVSEAL_ASSERT(node != nullptr);
  return node;
}

NodePtr regular(State const& state, std::string const& path) {
  NodePtr const node = state.resolve(path, true).node;
  return node && node->kind == FileKind::regular ? node : nullptr;
}

/// Puts something new at a free name.
NodePtr place(State& state, std::string const& path, FileKind kind, std::uint32_t mode) {
  NodePtr const parent = parent_node(state, path);
  GOVSEAL_ASSERT(parent->entries.count(name_of(path)) == 0);
  NodePtr const node = state.make_node(kind, mode, *parent);
  state.change_names(*parent, {{name_of(path), node}});
  return node;
}

/// Decides with one seed what of the unsynced survives.
class Survival {
 public:
  explicit Survival(std::uint64_t seed) : random_(seed) {}

  void decide(Node& node) {
    if (node.kind == FileKind::directory) {
      decide_names(node);
    } else if (node.kind == FileKind::regular) {
      decide_bytes(node);
    }
    if (coin()) node.synced_mode = node.mode;
  }

 private:
  bool coin() { return below(2) == 0; }
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  /// Changes persist in any order, but one that builds on a lost one is lost too.
  void decide_names(Node& node) {
    std::set<std::string> lost_names;
    for (NameChange const& change : node.pending) {
      auto const [known, is_new] = kept_.try_emplace(change.id, false);
      if (is_new) known->second = coin();
      bool keep = known->second;
      for (auto const& [name, target] : change.effects) keep = keep && !lost_names.count(name);
      for (auto const& [name, target] : change.effects) {
        if (!keep) {
          lost_names.insert(name);
        } else if (target) {
          node.synced_entries[name] = target;
        } else {
          node.synced_entries.erase(name);
        }
      }
    }
  }

  void decide_bytes(Node& node) {
    bool const changed = node.same_size < node.content.size() || !node.lost.empty() ||
                         node.synced_content.size() != node.content.size();
    if (!changed || coin()) return;
    std::string bytes = node.content;
    std::size_t const same = std::min(node.same_size, bytes.size());
    if (coin()) bytes.resize(same + below(bytes.size() - same + 1));
    bool const zeroes = coin();
    for (std::size_t at = same; zeroes && at < bytes.size();) {
      std::size_t const end = std::min((at / kBlockBytes + 1) * kBlockBytes, bytes.size());
      if (coin()) std::fill(bytes.begin() + diff(at), bytes.begin() + diff(end), '\0');
      at = end;
    }
    for (auto const& [begin, end] : node.lost) {
      if (begin >= bytes.size()) continue;
      std::fill(bytes.begin() + diff(begin), bytes.begin() + diff(std::min(end, bytes.size())),
                '\0');
    }
    node.synced_content = std::move(bytes);
  }

  static std::ptrdiff_t diff(std::size_t at) { return static_cast<std::ptrdiff_t>(at); }

  std::mt19937_64 random_;
  std::map<std::uint64_t, bool> kept_;
};

/// Makes the durable tree the present one.
void cut_power(State& state) {
  std::vector<NodePtr> waiting = {state.root};
  std::set<Node const*> seen;
  while (!waiting.empty()) {
    NodePtr const node = std::move(waiting.back());
    waiting.pop_back();
    if (!seen.insert(node.get()).second) continue;
    node->entries = node->synced_entries;
    node->mode = node->synced_mode;
    if (node->kind == FileKind::regular) node->content = node->synced_content;
    for (auto const& [name, child] : node->entries) waiting.push_back(child);
  }
  state.settle_after_crash();
  state.power_off = false;
  ++state.epoch;
}

class Cloner {
 public:
  NodePtr clone(NodePtr const& from) {
    if (!from) return nullptr;
    auto const known = copies_.find(from.get());
    if (known != copies_.end()) return known->second;
    auto const to = std::make_shared<Node>(*from);
    copies_[from.get()] = to;
    for (auto& [name, child] : to->entries) child = clone(child);
    for (auto& [name, child] : to->synced_entries) child = clone(child);
    for (auto& change : to->pending) {
      for (auto& [name, child] : change.effects) child = clone(child);
    }
    return to;
  }

 private:
  std::map<Node const*, NodePtr> copies_;
};

void dump_directory(Node const& directory, std::string const& path, std::string& out) {
  for (auto const& [name, node] : directory.entries) {
    std::string const here = path + "/" + name;
    char mode[16];
    std::snprintf(mode, sizeof mode, " %04o", node->mode & 07777U);
    switch (node->kind) {
      case FileKind::directory:
        out += here + "/" + mode + "\n";
        dump_directory(*node, here, out);
        break;
      case FileKind::regular:
        out += here + mode + " " + std::to_string(node->content.size()) + " " +
               sha256(node->content).hex().substr(0, 16) + "\n";
        break;
      case FileKind::symlink:
        out += here + " -> " + node->content + "\n";
        break;
      case FileKind::special:
        out += here + "|" + mode + "\n";
        break;
    }
  }
}

}  // namespace

std::string_view to_string(FileOperation operation) {
  static constexpr std::string_view kNames[] = {"open_directory",
                                                "list",
                                                "find",
                                                "open_file",
                                                "status",
                                                "read",
                                                "create_exclusive",
                                                "open_append",
                                                "append",
                                                "truncate",
                                                "set_mode",
                                                "sync_data",
                                                "sync_file",
                                                "publish_write",
                                                "publish_sync",
                                                "publish_link",
                                                "make_directory",
                                                "rename",
                                                "unlink",
                                                "remove_directory",
                                                "sync_directory"};
  return kNames[static_cast<std::size_t>(operation)];
}

bool is_writing(FileOperation operation) {
  switch (operation) {
    case FileOperation::open_directory:
    case FileOperation::list:
    case FileOperation::find:
    case FileOperation::open_file:
    case FileOperation::status:
    case FileOperation::read:
    case FileOperation::open_append:
      return false;
    case FileOperation::create_exclusive:
    case FileOperation::append:
    case FileOperation::truncate:
    case FileOperation::set_mode:
    case FileOperation::sync_data:
    case FileOperation::sync_file:
    case FileOperation::publish_write:
    case FileOperation::publish_sync:
    case FileOperation::publish_link:
    case FileOperation::make_directory:
    case FileOperation::rename:
    case FileOperation::unlink:
    case FileOperation::remove_directory:
    case FileOperation::sync_directory:
      return true;
  }
  return false;
}

FaultHook fault_at(std::size_t n, Fault fault) {
  return [n, fault, count = std::size_t{0}](FileOperation operation, std::string const&) mutable {
    if (!is_writing(operation)) return Fault::pass();
    return count++ == n ? fault : Fault::pass();
  };
}

MemoryFileSystem::MemoryFileSystem() : state_(std::make_shared<State>()) {}
MemoryFileSystem::MemoryFileSystem(std::shared_ptr<State> state) : state_(std::move(state)) {}
MemoryFileSystem::~MemoryFileSystem() = default;
MemoryFileSystem::MemoryFileSystem(MemoryFileSystem&&) noexcept = default;
MemoryFileSystem& MemoryFileSystem::operator=(MemoryFileSystem&&) noexcept = default;

std::variant<std::unique_ptr<Directory>, OpenFailure> MemoryFileSystem::open_directory(
    std::string const& absolute_path) const {
  Lock const lock(state_->mutex);
  bool const usable =
      absolute_path.starts_with('/') && absolute_path.find('\0') == std::string::npos;
  if (!usable) throw_errno(EINVAL, "open directory", absolute_path);
  State::Step const step(*state_, FileOperation::open_directory, absolute_path, state_->epoch);
  step.finish();
  auto const found = state_->resolve(absolute_path, true);
  if (!found.node) return found.failure;
  if (found.node->kind != FileKind::directory) return OpenFailure::wrong_kind;
  return state_->handle_of(state_, found.node, absolute_path);
}

std::unique_ptr<Directory> MemoryFileSystem::open(std::string const& absolute_path) const {
  auto opened = open_directory(absolute_path);
  GOVSEAL_ASSERT(opened.index() == 0);
  return std::get<0>(std::move(opened));
}

void MemoryFileSystem::crash() {
  Lock const lock(state_->mutex);
  cut_power(*state_);
}

void MemoryFileSystem::crash(std::uint64_t seed) {
  Lock const lock(state_->mutex);
  Survival survival(seed);
  // Nodes that only a change not yet synced reaches are decided about when the change survives, so
  // the walk follows what is present and what is durable.
  std::set<Node const*> seen;
  std::vector<NodePtr> waiting = {state_->root};
  while (!waiting.empty()) {
    NodePtr const node = std::move(waiting.back());
    waiting.pop_back();
    if (!seen.insert(node.get()).second) continue;
    survival.decide(*node);
    for (auto const& [name, child] : node->synced_entries) waiting.push_back(child);
  }
  cut_power(*state_);
}

void MemoryFileSystem::sync_all() {
  Lock const lock(state_->mutex);
  state_->for_each_node([](NodePtr const& node) {
    State::sync_file(*node);
    State::sync_directory(*node);
  });
}

void MemoryFileSystem::set_fault_hook(FaultHook hook) {
  Lock const lock(state_->mutex);
  state_->hook = hook ? std::make_shared<FaultHook>(std::move(hook)) : nullptr;
}

std::uint64_t MemoryFileSystem::operation_count() const {
  Lock const lock(state_->mutex);
  return state_->operations;
}

void MemoryFileSystem::set_free_bytes(std::optional<std::uint64_t> bytes) {
  Lock const lock(state_->mutex);
  state_->bytes_max = bytes ? std::optional(state_->used_bytes + *bytes) : std::nullopt;
}

void MemoryFileSystem::set_unnamed_files(bool supported) {
  Lock const lock(state_->mutex);
  state_->unnamed_files = supported;
}

MemoryFileSystem MemoryFileSystem::clone() const {
  Lock const lock(state_->mutex);
  auto copy = std::make_shared<State>();
  copy->root = Cloner().clone(state_->root);
  copy->now_ns = state_->now_ns;
  copy->next_ino = state_->next_ino;
  copy->next_dev = state_->next_dev;
  copy->next_change = state_->next_change;
  copy->unnamed_files = state_->unnamed_files;
  copy->used_bytes = state_->used_bytes;
  copy->power_off = state_->power_off;
  return MemoryFileSystem(std::move(copy));
}

void MemoryFileSystem::set_time_ns(std::int64_t now) {
  Lock const lock(state_->mutex);
  state_->now_ns = now;
}

void MemoryFileSystem::advance_ns(std::int64_t by) {
  Lock const lock(state_->mutex);
  state_->now_ns += by;
}

void MemoryFileSystem::make_directory(std::string const& path, std::uint32_t mode) {
  Lock const lock(state_->mutex);
  NodePtr const found = state_->resolve(path, true).node;
  if (found) {
    GOVSEAL_ASSERT(found->kind == FileKind::directory);
    return;
  }
  place(*state_, path, FileKind::directory, mode);
}

void MemoryFileSystem::write(std::string const& path, std::string_view bytes, std::uint32_t mode) {
  Lock const lock(state_->mutex);
  NodePtr node = state_->resolve(path, true).node;
  if (!node) node = place(*state_, path, FileKind::regular, mode);
  GOVSEAL_ASSERT(node->kind == FileKind::regular);
  state_->set_content(*node, std::string(bytes), 0);
}

void MemoryFileSystem::append(std::string const& path, std::string_view bytes) {
  Lock const lock(state_->mutex);
  NodePtr const node = regular(*state_, path);
  GOVSEAL_ASSERT(node != nullptr);
  state_->set_content(*node, node->content + std::string(bytes), node->content.size());
}

void MemoryFileSystem::make_symlink(std::string const& path, std::string_view target) {
  Lock const lock(state_->mutex);
  NodePtr const node = place(*state_, path, FileKind::symlink, 0777);
  node->content = node->synced_content = target;
  state_->used_bytes += target.size();
}

void MemoryFileSystem::make_fifo(std::string const& path) {
  Lock const lock(state_->mutex);
  place(*state_, path, FileKind::special, 0644);
}

void MemoryFileSystem::make_hard_link(std::string const& existing_path, std::string const& path) {
  Lock const lock(state_->mutex);
  NodePtr const node = state_->resolve(existing_path, false).node;
  GOVSEAL_ASSERT(node != nullptr && node->kind != FileKind::directory);
  NodePtr const parent = parent_node(*state_, path);
  GOVSEAL_ASSERT(parent->entries.count(name_of(path)) == 0);
  state_->change_names(*parent, {{name_of(path), node}});
}

void MemoryFileSystem::rename(std::string const& from, std::string const& to) {
  Lock const lock(state_->mutex);
  NodePtr const node = state_->resolve(from, false).node;
  GOVSEAL_ASSERT(node != nullptr);
  NodePtr const old_parent = existing(*state_, parent_of(from));
  NodePtr const new_parent = parent_node(*state_, to);
  auto const replaced = new_parent->entries.find(name_of(to));
  bool const taken = replaced != new_parent->entries.end();
  GOVSEAL_ASSERT(!taken || replaced->second->entries.empty());
  if (taken && replaced->second == node) return;
  if (old_parent == new_parent) {
    state_->change_names(*old_parent, {{name_of(to), node}, {name_of(from), nullptr}});
    return;
  }
  std::uint64_t const id = state_->next_change++;
  state_->change_names(*old_parent, {{name_of(from), nullptr}}, id);
  state_->change_names(*new_parent, {{name_of(to), node}}, id);
}

bool MemoryFileSystem::remove(std::string const& path) {
  Lock const lock(state_->mutex);
  NodePtr const node = state_->resolve(path, false).node;
  if (!node) return false;
  auto const children = node->entries;
  for (auto const& [name, child] : children) remove(path + "/" + name);
  state_->change_names(*existing(*state_, parent_of(path)), {{name_of(path), nullptr}});
  return true;
}

void MemoryFileSystem::set_mode(std::string const& path, std::uint32_t mode) {
  Lock const lock(state_->mutex);
  state_->set_mode(*existing(*state_, path), mode);
}

void MemoryFileSystem::set_mtime_ns(std::string const& path, std::int64_t mtime) {
  Lock const lock(state_->mutex);
  NodePtr const node = existing(*state_, path);
  node->mtime_ns = mtime;
  node->ctime_ns = state_->now_ns;
}

void MemoryFileSystem::set_owner(std::string const& path, std::uint32_t uid, std::uint32_t gid) {
  Lock const lock(state_->mutex);
  NodePtr const node = existing(*state_, path);
  node->uid = uid;
  node->gid = gid;
  node->ctime_ns = state_->now_ns;
}

void MemoryFileSystem::make_mount_point(std::string const& path) {
  Lock const lock(state_->mutex);
  make_directory(path);
  existing(*state_, path)->dev = state_->next_dev++;
}

std::optional<std::string> MemoryFileSystem::read(std::string const& path) const {
  Lock const lock(state_->mutex);
  NodePtr const node = regular(*state_, path);
  return node ? std::optional(node->content) : std::nullopt;
}

std::optional<FileStat> MemoryFileSystem::stat(std::string const& path) const {
  Lock const lock(state_->mutex);
  NodePtr const node = state_->resolve(path, false).node;
  return node ? std::optional(state_->stat_of(*node)) : std::nullopt;
}

std::vector<std::string> MemoryFileSystem::list(std::string const& path) const {
  Lock const lock(state_->mutex);
  std::vector<std::string> out;
  NodePtr const node = state_->resolve(path, true).node;
  if (!node) return out;
  for (auto const& [name, child] : node->entries) out.push_back(name);
  return out;
}

std::string MemoryFileSystem::dump() const {
  Lock const lock(state_->mutex);
  std::string out;
  dump_directory(*state_->root, "", out);
  return out;
}

}  // namespace govseal
